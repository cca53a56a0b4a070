#include "app/log.hpp"

#include "app/log_json.hpp"
#include "trace/text.hpp"

#include <fmt/chrono.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace meshtrace {

namespace {

struct level_words {
  std::string_view padded; ///< For people: lines up in columns.
  std::string_view plain;
};

level_words words(spdlog::level::level_enum level) {
  switch (level) {
  case spdlog::level::trace:
    return {"TRACE", "trace"};
  case spdlog::level::debug:
    return {"DEBUG", "debug"};
  case spdlog::level::info:
    return {"INFO ", "info"};
  case spdlog::level::warn:
    return {"WARN ", "warn"};
  default:
    return {"ERROR", "error"};
  }
}

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
  case log_level::trace:
    return spdlog::level::trace;
  case log_level::debug:
    return spdlog::level::debug;
  case log_level::info:
    return spdlog::level::info;
  case log_level::warn:
    return spdlog::level::warn;
  case log_level::error:
    return spdlog::level::err;
  case log_level::off:
    break;
  }
  return spdlog::level::off;
}

std::string utc(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto second = floor<seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(system_clock::to_time_t(second)),
                     duration_cast<milliseconds>(time - second).count());
}

class line_formatter final : public spdlog::formatter {
public:
  explicit line_formatter(log_format format) : format_(format) {}

  void format(const spdlog::details::log_msg& msg,
              spdlog::memory_buf_t& dest) override {
    const std::string_view text{msg.payload.data(), msg.payload.size()};
    const auto [padded, plain] = words(msg.level);
    auto line = format_ == log_format::json
                  ? log_line_json(utc(msg.time), plain, text)
                  : fmt::format("{} {} {}", utc(msg.time), padded,
                                meshtrace::escaped(text));
    line += '\n';
    dest.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>(format_);
  }

private:
  log_format format_;
};

} // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(log_format format) {
  return std::make_unique<line_formatter>(format);
}

void start_logging(log_level level, log_format format) {
  std::signal(SIGPIPE, SIG_IGN);
  auto logger = std::make_shared<spdlog::logger>(
    "meshtrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(make_log_formatter(format));
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace meshtrace
