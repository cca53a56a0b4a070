#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// The file of a trace:
///
///   name   = "trace_" 8*safe "_" hash ".json"
///   safe   = one of the id's first 8 characters; "_" for all but letters,
///            digits and "-"
///   hash   = the first 8 hex digits of the id's xxh3_64
///
/// An id whose place is taken by another one has all 16 digits of its hash.
/// Whatever the id, the name stays in its folder, and no two are the same to a
/// file system that knows no case.
struct json_file_names {
  std::string usual;
  std::string longer;
};
json_file_names json_file_names_of(std::string_view trace_id);

/// The beginning of a trace's JSON, which says its id and nothing else.
std::string_view json_id_part(std::string_view json);

enum class json_place : std::uint8_t {
  /// There is nothing, or an earlier state of the trace.
  ours,
  /// Another trace, or what is no trace.
  taken,
  /// A later state of the trace.
  newer,
};

/// A trace that wants a name.
struct json_candidate {
  std::string_view id_part;
  std::uint32_t revision = 0;
  /// Nanoseconds since 1970.
  std::int64_t commit_time = 0;
};

/// What is there under `name`. A greater revision counts as later only if it
/// was written after this one was stored: that is another process with the same
/// folder that was faster. Else the store has begun anew since.
json_place
look_at(int folder, const std::string& name, const json_candidate& x);

} // namespace meshtrace
