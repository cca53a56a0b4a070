#include "http/query.hpp"

#include <algorithm>
#include <charconv>

namespace meshtrace {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string blanks{text};
  std::ranges::replace(blanks, '+', ' ');
  return percent_decoded(blanks);
}

api_error broken_escape(std::string_view where, std::string_view parameter) {
  return {.status = 400,
          .code = "invalid_escape",
          .message = std::string{where}
                     + ": % must be followed by two hex digits (write % itself "
                       "as %25)",
          .parameter = std::string{parameter}};
}

/// Takes the first pair off `query`; nothing between two `&` is none.
api_expected<std::optional<query_pair>> take_pair(std::string_view& query) {
  const auto end = std::min(query.find('&'), query.size());
  const auto pair = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  if (pair.empty())
    return std::nullopt;
  const auto equals = std::min(pair.find('='), pair.size());
  const auto raw_name = pair.substr(0, equals);
  auto name = form_decoded(raw_name);
  auto value = form_decoded(pair.substr(std::min(equals + 1, pair.size())));
  if (!name || !value) {
    const auto& shown = name ? *name : std::string{raw_name};
    return tl::unexpected{broken_escape(quoted_for_client(shown), shown)};
  }
  return query_pair{std::move(*name), std::move(*value)};
}

} // namespace

target_parts split_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (!target.starts_with('/')) {
    const auto scheme = target.find("://");
    if (scheme != std::string_view::npos
        && scheme < target.find_first_of("/?")) {
      target.remove_prefix(scheme + 3);
      const auto path = target.find_first_of("/?");
      target.remove_prefix(std::min(path, target.size()));
    }
  }
  const auto mark = target.find('?');
  if (mark == std::string_view::npos)
    return {target.empty() ? "/" : target, {}};
  return {mark == 0 ? "/" : target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const auto low = high < 0 ? -1 : hex_value(text[i + 2]);
    if (low < 0)
      return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

api_expected<std::vector<query_pair>> parse_query(std::string_view query) {
  std::vector<query_pair> result;
  while (!query.empty()) {
    auto pair = take_pair(query);
    if (!pair)
      return tl::unexpected{std::move(pair.error())};
    if (*pair)
      result.push_back(std::move(**pair));
  }
  return result;
}

std::vector<query_pair> parse_query_leniently(std::string_view query) {
  std::vector<query_pair> result;
  while (!query.empty())
    if (auto pair = take_pair(query); pair && *pair)
      result.push_back(std::move(**pair));
  return result;
}

api_expected<std::vector<std::string>> path_segments(std::string_view path) {
  std::vector<std::string> result;
  if (path.starts_with('/'))
    path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    auto segment = percent_decoded(path.substr(0, end));
    if (!segment)
      return tl::unexpected{broken_escape("the path", {})};
    result.push_back(std::move(*segment));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t result = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, result);
  return failed == std::errc{} && stop == end ? std::optional{result}
                                              : std::nullopt;
}

} // namespace meshtrace
