#include "exporters/closed_files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <string_view>

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

constexpr std::string_view closed_start = "traces-";
constexpr std::string_view closed_end = ".jsonl";
/// Of a time as it stands in names: `20261123T142352Z`.
constexpr std::size_t time_size = 16;

std::string time_text(std::int64_t now) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(now / ns_per_s)));
}

std::string closed_name(std::string_view time, std::uint64_t n) {
  return fmt::format("{}{}-{}{}", closed_start, time, n, closed_end);
}

bool is_time(std::string_view text) {
  constexpr std::string_view shape = "00000000T000000Z";
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char like) {
                      return like == '0' ? c >= '0' && c <= '9' : c == like;
                    });
}

std::optional<closed_file> as_closed_file(const std::string& name) {
  const auto digits_at = closed_start.size() + time_size + 1;
  if (name.size() <= digits_at + closed_end.size())
    return std::nullopt;
  closed_file result{name.substr(closed_start.size(), time_size), 0, name};
  const auto* end = name.data() + name.size() - closed_end.size();
  const auto number = std::from_chars(name.data() + digits_at, end, result.n);
  if (number.ec != std::errc{} || number.ptr != end || !is_time(result.time)
      || name != closed_name(result.time, result.n))
    return std::nullopt;
  return result;
}

} // namespace

std::vector<closed_file> closed_files_in(const output_folder& folder) {
  std::vector<closed_file> result;
  for (auto& name : folder.names())
    if (auto file = as_closed_file(name))
      result.push_back(std::move(*file));
  std::sort(result.begin(), result.end());
  return result;
}

std::string
next_closed_name(const std::vector<closed_file>& files, std::int64_t now) {
  const auto time = time_text(now);
  std::uint64_t n = 1;
  for (auto& file : files)
    if (file.time == time)
      n = std::max(n, file.n + 1);
  return closed_name(time, n);
}

} // namespace meshtrace
