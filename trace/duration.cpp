#include "trace/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>

namespace meshtrace {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// The micro sign and the Greek letter mu are two different characters.
constexpr std::array<unit, 8> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"\u00b5s", 1'000},
                                     {"\u03bcs", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"h", 3'600'000'000'000}}};

// The magnitude of the least 64-bit number; a positive duration ends one below.
constexpr auto most = std::uint64_t{1} << 63U;

std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9')
    ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

const unit* take_unit(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] != '.' && (text[n] < '0' || text[n] > '9'))
    ++n;
  for (const auto& candidate : units)
    if (candidate.name == text.substr(0, n)) {
      text.remove_prefix(n);
      return &candidate;
    }
  return nullptr;
}

std::optional<std::uint64_t>
whole_part(std::string_view digits, std::uint64_t scale) {
  std::uint64_t value = 0;
  for (const auto digit : digits) {
    if (value > most / 10)
      return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (value > most / scale)
    return std::nullopt;
  return value * scale;
}

// From the last digit to the first: cutting at each step gives the same as
// cutting once at the end, for any number of digits.
std::uint64_t fraction_part(std::string_view digits, std::uint64_t scale) {
  std::uint64_t value = 0;
  for (auto i = digits.rbegin(); i != digits.rend(); ++i)
    value = (value + static_cast<std::uint64_t>(*i - '0') * scale) / 10;
  return value;
}

tl::unexpected<error> not_a_duration(std::string_view text) {
  return failure(fmt::format("\"{}\" is not a duration such as 300ms, 1.5s or "
                             "1h30m",
                             text));
}

std::string
with_fraction(std::uint64_t value, std::uint64_t scale, std::string_view name) {
  auto result = fmt::format("{}", value / scale);
  if (auto rest = value % scale; rest != 0) {
    result += '.';
    for (; rest != 0; rest = rest * 10 % scale)
      result += static_cast<char>('0' + rest * 10 / scale);
  }
  return result.append(name);
}

} // namespace

expected<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  auto rest = text;
  const auto negative = rest.starts_with('-');
  if (negative || rest.starts_with('+'))
    rest.remove_prefix(1);
  if (rest == "0")
    return std::chrono::nanoseconds{0};
  if (rest.empty())
    return not_a_duration(text);
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const auto whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    const auto* unit = take_unit(rest);
    if (unit == nullptr || (whole.empty() && fraction.empty()))
      return not_a_duration(text);
    const auto part = whole_part(whole, unit->nanoseconds);
    // Neither sum can wrap: each term is at most 2^63.
    if (!part || *part > most - total)
      return failure(fmt::format("\"{}\" is longer than 292 years", text));
    total += *part;
    const auto below = fraction_part(fraction, unit->nanoseconds);
    if (below > most - total)
      return failure(fmt::format("\"{}\" is longer than 292 years", text));
    total += below;
  }
  if (total == most && !negative)
    return failure(fmt::format("\"{}\" is longer than 292 years", text));
  if (!negative)
    return std::chrono::nanoseconds{static_cast<std::int64_t>(total)};
  return std::chrono::nanoseconds{static_cast<std::int64_t>(0 - total)};
}

std::string format_go_duration(std::chrono::nanoseconds duration) {
  const auto count = duration.count();
  const std::string sign = count < 0 ? "-" : "";
  const auto bits = static_cast<std::uint64_t>(count);
  const auto value = count < 0 ? 0 - bits : bits;
  if (value == 0)
    return "0s";
  if (value < 1'000)
    return fmt::format("{}{}ns", sign, value);
  if (value < 1'000'000)
    return sign + with_fraction(value, 1'000, "\u00b5s");
  if (value < 1'000'000'000)
    return sign + with_fraction(value, 1'000'000, "ms");
  constexpr std::uint64_t minute = 60'000'000'000;
  const auto seconds = with_fraction(value % minute, 1'000'000'000, "s");
  const auto minutes = value / minute;
  if (minutes == 0)
    return sign + seconds;
  if (minutes < 60)
    return fmt::format("{}{}m{}", sign, minutes, seconds);
  return fmt::format("{}{}h{}m{}", sign, minutes / 60, minutes % 60, seconds);
}

} // namespace meshtrace
