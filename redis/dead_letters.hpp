#pragma once

#include "redis/command.hpp"
#include "redis/stream_commands.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::redis {

/// An entry of the stream of dead letters:
///
///   letter = "reason" REASON "source_stream" STREAM "source_id" ID
///            *( name value )      ; all fields of the entry, in its order
///
/// Exactly the first three pairs are ours. The entry's own fields stay as they
/// are even where they have the same names: a stream entry may repeat a name.
struct dead_letter {
  entry_id id; ///< In the stream of dead letters.
  std::string_view reason;
  std::string_view source_stream;
  std::string_view source_id;
  std::span<const reply> fields; ///< Name, value, name, value, ...
};

/// Takes a letter apart; absent when it is none: somebody else wrote it.
std::optional<dead_letter> as_dead_letter(const stream_entry& entry);

/// What `append_dead_letter` writes.
struct new_dead_letter {
  std::string_view reason;
  std::string_view source_stream;
  std::string_view source_id;
  std::span<const std::pair<std::string, std::string>> fields;
};

/// Adds the XADD of a letter to what the next `flush` sends; its reply is an
/// id. The stream keeps about `most` entries.
void append_dead_letter(connection& to, std::string_view stream,
                        std::size_t most, const new_dead_letter& letter);

/// Adds the XADD of what a letter's entry said, to the stream that it came
/// from. It must have fields.
void append_redrive(connection& to, const dead_letter& letter);

/// At most `count` entries from `first` to `last`, either `-`, `+` or an id,
/// one that is excluded with `(` before it. The other way round where
/// `newest_first`; then `first` is still the lesser.
struct range_request {
  std::string first = "-";
  std::string last = "+";
  std::size_t count = 1;
  bool newest_first = false;
};

/// The entries of a range, for `as_entry`.
answer<std::span<const reply>>
read_range(connection& of, std::string_view stream, const range_request& what,
           arena& memory, std::chrono::milliseconds timeout);

/// Deletes entries. Returns how many there were. No ids are no request.
answer<std::uint64_t> delete_entries(connection& of, std::string_view stream,
                                     std::span<const entry_id> ids,
                                     std::chrono::milliseconds timeout);

/// The texts of an entry, in bytes.
std::size_t bytes_of(std::span<const reply> fields);

} // namespace meshtrace::redis
