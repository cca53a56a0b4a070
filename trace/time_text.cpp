#include "trace/time_text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace meshtrace {

std::string format_time(std::int64_t ns) {
  using namespace std::chrono;
  const nanoseconds time{ns};
  // In seconds, because the first day of the range begins before the range.
  const sys_seconds second{floor<seconds>(time)};
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss clock{second - day};
  const auto fraction = ns % 1'000'000'000;
  return fmt::format(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
    fraction < 0 ? fraction + 1'000'000'000 : fraction);
}

std::string format_ms(std::int64_t ns) {
  const auto us = ns / 1000;
  const auto magnitude = us < 0 ? -us : us;
  return fmt::format("{}{}.{:03}", us < 0 ? "-" : "", magnitude / 1000,
                     magnitude % 1000);
}

} // namespace meshtrace
