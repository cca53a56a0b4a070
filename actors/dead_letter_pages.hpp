#pragma once

#include "messages/dead_letters.hpp"
#include "redis/connection.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <string_view>

namespace meshtrace {

/// Reads the newest dead letters of `stream`, as many and of the reason that
/// `query` asks for. Looks at a bounded number of entries and bytes and for a
/// bounded time, each a few times as much as any answer needs.
expected<dead_letters_page>
read_dead_letters(redis::connection& from, std::string_view stream,
                  const dead_letters_query& query,
                  std::chrono::milliseconds timeout);

} // namespace meshtrace
