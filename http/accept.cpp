#include "http/accept.hpp"

#include "trace/ids.hpp"
#include "trace/numbers.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace meshtrace {

namespace {

bool same_text(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a))
           == std::tolower(static_cast<unsigned char>(b));
  });
}

/// Takes the text before the next `separator` off `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto result = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return result;
}

/// How exactly a media range names `type`: 0 not at all, then `*/*`, `text/*`
/// and the type itself.
int match(std::string_view range, std::string_view type) {
  if (same_text(range, type))
    return 3;
  const auto group = type.substr(0, type.find('/'));
  if (range.ends_with("/*")
      && same_text(range.substr(0, range.size() - 2), group))
    return 2;
  return range == "*/*" || range == "*" ? 1 : 0;
}

/// The weight of a media range in thousandths, from its parameters.
std::int64_t weight(std::string_view parameters) {
  while (!parameters.empty()) {
    auto text = take_until(parameters, ';');
    const auto name = take_until(text, '=');
    if (same_text(name, "q"))
      return std::clamp<std::int64_t>(parse_decimal(text, 3).value_or(1000), 0,
                                      1000);
  }
  return 1000;
}

std::int64_t weight_of(std::string_view accept, std::string_view type) {
  int best = 0;
  std::int64_t result = 0;
  while (!accept.empty()) {
    auto entry = take_until(accept, ',');
    const auto exactness = match(take_until(entry, ';'), type);
    if (exactness > best) {
      best = exactness;
      result = weight(entry);
    }
  }
  return result;
}

} // namespace

std::string_view preferred_type(std::string_view accept,
                                std::span<const std::string_view> offered) {
  if (trimmed(accept).empty())
    return offered.front();
  std::string_view result;
  std::int64_t best = 0;
  for (const auto type : offered) {
    const auto found = weight_of(accept, type);
    if (found > best) {
      best = found;
      result = type;
    }
  }
  return result;
}

} // namespace meshtrace
