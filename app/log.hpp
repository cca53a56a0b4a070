#pragma once

#include <cstdint>
#include <memory>

namespace spdlog {
class formatter;
} // namespace spdlog

namespace meshtrace {

/// What is worth a line. Each level includes those after it.
enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };

enum class log_format : std::uint8_t { text, json };

/// Sends spdlog's default logger to stderr, one line a message, each written
/// before the call returns. Call once, before other threads start. A message
/// begins with the name of who speaks ("stream-reader: ..."). Messages need no
/// escaping by the caller: whatever they quote, they stay one line.
///
/// Ignores SIGPIPE for the whole process: a closed stderr or socket must not
/// end the service.
void start_logging(log_level level, log_format format);

/// How a line looks, always in UTC and ending in a line feed:
///
///   text  2026-11-23T07:03:01.123Z INFO  stream-reader: connected
///   json  {"time":"2026-11-23T07:03:01.123Z","level":"info","message":"..."}
///
/// In both no byte of a message can be taken for a new line or reaches a
/// terminal as a control character.
std::unique_ptr<spdlog::formatter> make_log_formatter(log_format format);

} // namespace meshtrace
