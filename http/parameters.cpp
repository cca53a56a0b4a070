#include "http/parameters.hpp"

#include "trace/ids.hpp"
#include "trace/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace meshtrace {

namespace {

using value = arguments::value;

template <class T>
std::optional<value> as_value(std::optional<T> read) {
  return read ? std::optional<value>{std::move(*read)} : std::nullopt;
}

std::optional<value> text_if(bool legal, std::string_view text) {
  return legal ? std::optional<value>{std::string{text}} : std::nullopt;
}

std::optional<bool> parse_go_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == yes)
      return true;
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == no)
      return false;
  return std::nullopt;
}

std::optional<value> read(const parameter& expected, std::string_view text) {
  switch (expected.kind) {
  case value_kind::text:
    return text_if(!text.empty(), text);
  case value_kind::id:
    return as_value(canonical_id(text));
  case value_kind::integer: {
    const auto number = parse_integer(text);
    const bool legal
      = number && *number >= expected.least && *number <= expected.greatest;
    return legal ? as_value(number) : std::nullopt;
  }
  case value_kind::whole_number:
    return as_value(parse_integer(text));
  case value_kind::boolean:
    return as_value(parse_bool(text));
  case value_kind::go_boolean:
    return as_value(parse_go_bool(text));
  case value_kind::time:
    return as_value(parse_rfc3339(text));
  case value_kind::duration_ms:
    return as_value(parse_duration_ms(text));
  case value_kind::choice:
    return text_if(std::ranges::count(expected.choices, text) > 0, text);
  case value_kind::key_value: {
    const auto colon = text.find(':');
    return text_if(colon != 0 && colon != std::string_view::npos, text);
  }
  }
  return std::nullopt;
}

/// Go's strconv.Atoi takes a plus before a number.
std::string_view without_plus(std::string_view text) {
  const bool signed_number
    = text.size() > 1 && text[0] == '+' && text[1] >= '0' && text[1] <= '9';
  return text.substr(signed_number ? 1 : 0);
}

std::optional<value>
read_leniently(const parameter& expected, std::string_view text) {
  const bool number = expected.kind == value_kind::integer
                      || expected.kind == value_kind::whole_number;
  if (number)
    text = without_plus(text);
  if (const auto given = parse_integer(text);
      expected.clamped && given && *given > expected.greatest)
    return expected.greatest;
  return read(expected, text);
}

api_error
unknown_parameter(std::span<const parameter> known, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& each : known)
    names.push_back(each.name);
  const auto hint = names.empty()
                      ? std::string{"there are none here"}
                      : fmt::format("known here: {}", fmt::join(names, ", "));
  return {.status = 400,
          .code = "unknown_parameter",
          .message = fmt::format("unknown parameter {}; {}",
                                 quoted_for_client(name), hint),
          .parameter = std::string{name}};
}

api_error repeated_parameter(std::string_view name) {
  return {.status = 400,
          .code = "repeated_parameter",
          .message = fmt::format("{} may be given only once", name),
          .parameter = std::string{name}};
}

} // namespace

std::string legal_text(const parameter& expected) {
  switch (expected.kind) {
  case value_kind::text:
    return "text that is not empty";
  case value_kind::id:
    return "an id of 1 to 128 visible ASCII characters";
  case value_kind::integer:
    return fmt::format("{}..{}", expected.least, expected.greatest);
  case value_kind::whole_number:
    return "a whole number";
  case value_kind::boolean:
  case value_kind::go_boolean:
    return "true or false";
  case value_kind::time:
    return "a time as in RFC 3339, such as 2026-11-23T04:38:33.5Z";
  case value_kind::duration_ms:
    return "a number of milliseconds, at least 0";
  case value_kind::choice:
    return fmt::format("one of {}", fmt::join(expected.choices, ", "));
  case value_kind::key_value:
    return "key:value";
  }
  return {};
}

template <class T>
const T* arguments::find(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &argument::name);
  return found == all_.end() ? nullptr : std::get_if<T>(&found->content);
}

std::optional<std::string_view> arguments::text(std::string_view name) const {
  const auto* found = find<std::string>(name);
  return found ? std::optional<std::string_view>{*found} : std::nullopt;
}

std::vector<std::string_view> arguments::texts(std::string_view name) const {
  std::vector<std::string_view> result;
  for (const auto& each : all_)
    if (const auto* content = std::get_if<std::string>(&each.content);
        content && each.name == name)
      result.emplace_back(*content);
  return result;
}

std::optional<std::int64_t> arguments::number(std::string_view name) const {
  const auto* found = find<std::int64_t>(name);
  return found ? std::optional{*found} : std::nullopt;
}

std::optional<bool> arguments::flag(std::string_view name) const {
  const auto* found = find<bool>(name);
  return found ? std::optional{*found} : std::nullopt;
}

void arguments::add(std::string_view name, value content) {
  all_.push_back({name, std::move(content)});
}

api_expected<arguments::value>
read_value(const parameter& expected, std::string_view text) {
  if (auto result = read(expected, text))
    return std::move(*result);
  return tl::unexpected{
    invalid_parameter(expected.name, legal_text(expected), text)};
}

api_expected<void>
read_arguments(std::span<const parameter> known,
               const std::vector<query_pair>& given, arguments& into) {
  const auto has = [&](std::string_view name) {
    return std::ranges::count(into.all(), name, &arguments::argument::name) > 0;
  };
  for (const auto& [name, text] : given) {
    const auto found = std::ranges::find(known, name, &parameter::name);
    if (found == known.end())
      return tl::unexpected{unknown_parameter(known, name)};
    if (!found->repeatable && has(name))
      return tl::unexpected{repeated_parameter(found->name)};
    auto content = read_value(*found, text);
    if (!content)
      return tl::unexpected{std::move(content.error())};
    into.add(found->name, std::move(*content));
  }
  for (const auto& each : known)
    if (!each.fallback.empty() && !has(each.name))
      into.add(each.name, read_value(each, each.fallback).value());
  return {};
}

void read_lenient_arguments(std::span<const parameter> known,
                            const std::vector<query_pair>& given,
                            arguments& into) {
  for (const auto& each : known) {
    const auto found = std::ranges::find(given, each.name, &query_pair::name);
    auto content = found == given.end() ? std::nullopt
                                        : read_leniently(each, found->value);
    if (!content && !each.fallback.empty())
      content = read(each, each.fallback);
    if (content)
      into.add(each.name, std::move(*content));
  }
}

} // namespace meshtrace
