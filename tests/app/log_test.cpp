#include "app/log.hpp"
#include "app/log_json.hpp"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <sstream>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

// 2026-11-23T07:03:01Z
constexpr std::chrono::system_clock::time_point noon{1'795'417'381'000ms};

std::string line(log_format format, std::string_view text,
                 spdlog::level::level_enum level = spdlog::level::info,
                 std::chrono::system_clock::time_point time = noon + 123ms) {
  spdlog::details::log_msg message{
    time, spdlog::source_loc{}, "name", level,
    spdlog::string_view_t{text.data(), text.size()}};
  spdlog::memory_buf_t out;
  make_log_formatter(format)->clone()->format(message, out);
  return {out.data(), out.size()};
}

} // namespace

TEST_CASE("a text line has time, level and text") {
  CHECK(line(log_format::text, "stream-reader: text")
        == "2026-11-23T07:03:01.123Z INFO  stream-reader: text\n");
  CHECK(line(log_format::text, "x", spdlog::level::err, noon + 7ms)
        == "2026-11-23T07:03:01.007Z ERROR x\n");
  CHECK(line(log_format::text, "x", spdlog::level::warn, noon)
        == "2026-11-23T07:03:01.000Z WARN  x\n");
  CHECK(line(log_format::text, "x", spdlog::level::debug, noon)
        == "2026-11-23T07:03:01.000Z DEBUG x\n");
  CHECK(line(log_format::text, "x", spdlog::level::trace, noon)
        == "2026-11-23T07:03:01.000Z TRACE x\n");
}

TEST_CASE("a json line is one object") {
  CHECK(line(log_format::json, "a \"quoted\" word", spdlog::level::warn)
        == R"({"time":"2026-11-23T07:03:01.123Z","level":"warn",)"
           R"("message":"a \"quoted\" word"})"
           "\n");
  CHECK(line(log_format::json, "x", spdlog::level::err).find(R"("error")")
        != std::string::npos);
}

TEST_CASE("no text can forge a line or move the cursor") {
  const std::string_view evil
    = "a\r\n2026 INFO fake\x1b[2J\0\x7f\u009b\u2028\u202e\xff end";
  const std::string_view all{evil.data(), evil.size()};
  for (const auto format : {log_format::text, log_format::json}) {
    const auto text = line(format, all);
    CHECK(text.find('\n') == text.size() - 1);
    for (const auto* bad : {"\r", "\x1b", "\u009b", "\u2028", "\u202e", "\xff"})
      CHECK_MESSAGE(text.find(bad) == std::string::npos, text);
  }
  CHECK(line(log_format::text, "\x7f").find('\x7f') == std::string::npos);
  CHECK(line(log_format::json, std::string_view{"a\0b", 3}).find(R"(a\u0000b)")
        != std::string::npos);
}

TEST_CASE("bad UTF-8 in a json line is replaced") {
  CHECK(log_line_json("t", "info", "a\xff")
        == R"({"time":"t","level":"info","message":"a\uFFFD"})");
}

TEST_CASE("the level that is chosen is the least that is written") {
  const auto before = spdlog::default_logger();
  start_logging(log_level::warn, log_format::text);
  CHECK(spdlog::should_log(spdlog::level::warn));
  CHECK_FALSE(spdlog::should_log(spdlog::level::info));
  start_logging(log_level::off, log_format::json);
  CHECK_FALSE(spdlog::should_log(spdlog::level::critical));
  start_logging(log_level::trace, log_format::text);
  CHECK(spdlog::should_log(spdlog::level::trace));
  // A closed pipe must not end the process.
  CHECK(std::raise(SIGPIPE) == 0);
  spdlog::set_default_logger(before);
}
