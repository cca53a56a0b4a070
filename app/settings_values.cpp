#include "app/settings_values.hpp"

#include "app/settings_names.hpp"
#include "trace/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace meshtrace {

namespace {

constexpr std::array<std::pair<std::string_view, unsigned>, 3> size_units{
  {{"GiB", 30U}, {"MiB", 20U}, {"KiB", 10U}}};

} // namespace

expected<bool> read_boolean(std::string_view text) {
  const auto word = lower(text);
  for (const auto* yes : {"true", "1", "yes", "on"})
    if (word == yes)
      return true;
  for (const auto* no : {"false", "0", "no", "off"})
    if (word == no)
      return false;
  return failure("it is neither true nor false");
}

expected<std::uint64_t> read_integer(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, value);
  if (ec == std::errc::result_out_of_range)
    return failure("it does not fit 64 bits");
  if (ec != std::errc{} || at != end)
    return failure("it is not a whole number");
  return value;
}

expected<std::uint64_t> read_size(std::string_view text) {
  unsigned shift = 0;
  for (const auto& [unit, bits] : size_units)
    if (text.ends_with(unit)) {
      text.remove_suffix(unit.size());
      shift = bits;
      break;
    }
  const auto value = read_integer(trimmed(text));
  if (value && *value > (std::numeric_limits<std::uint64_t>::max() >> shift))
    return failure("it does not fit 64 bits");
  return value.map([shift](std::uint64_t number) { return number << shift; });
}

std::string show_size(std::uint64_t bytes) {
  for (const auto& [unit, bits] : size_units)
    if (bytes != 0 && bytes % (std::uint64_t{1} << bits) == 0)
      return fmt::format("{}{}", bytes >> bits, unit);
  return fmt::format("{}", bytes);
}

std::string show_duration(std::chrono::nanoseconds duration) {
  auto text = format_go_duration(duration);
  if (text.ends_with("m0s"))
    text.resize(text.size() - 2);
  if (text.ends_with("h0m"))
    text.resize(text.size() - 2);
  return text;
}

expected<std::vector<std::string>> read_list(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    std::string item{trimmed(text.substr(begin, end - begin))};
    if (item.empty())
      return failure("a name is empty");
    if (std::find(result.begin(), result.end(), item) != result.end())
      return failure(in_quotes(item) + " comes twice");
    result.push_back(std::move(item));
    begin = end + 1;
  }
  return result;
}

std::string show_list(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ","));
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace meshtrace
