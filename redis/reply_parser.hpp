#pragma once

#include "redis/reply.hpp"
#include "trace/arena.hpp"
#include "trace/error.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace meshtrace::redis {

/// The most bytes that one reply may take, on the wire and in its arena.
inline constexpr std::size_t max_reply_bytes = std::size_t{256} << 20;

/// Turns the bytes of a connection into replies: hiredis' reader with a reply
/// tree of our own that costs no heap allocation for a value.
/// After a failure it stays failed.
class reply_parser {
public:
  explicit reply_parser(std::size_t max_bytes = max_reply_bytes);

  /// Takes bytes as they came, cut anywhere.
  expected<void> feed(std::string_view bytes);

  /// The next reply, or null when more bytes are needed first; go on with the
  /// same arena then, untouched, because it holds the first part.
  expected<const reply*> next(arena& memory);

private:
  struct state;

  struct state_deleter {
    void operator()(state* x) const;
  };

  std::unique_ptr<state, state_deleter> state_;
};

} // namespace meshtrace::redis
