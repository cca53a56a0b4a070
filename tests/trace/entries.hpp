#pragma once

#include "trace/decode.hpp"
#include "trace/trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// A stream entry as a publisher writes it, with texts of its own.
using entry = std::vector<std::pair<std::string, std::string>>;

/// `base` with `extra` in place of, or after, the fields of the same names.
inline entry with(entry base, const entry& extra) {
  for (auto& [name, value] : extra) {
    const auto i = std::find_if(base.begin(), base.end(),
                                [&](auto& x) { return x.first == name; });
    if (i == base.end())
      base.emplace_back(name, value);
    else
      i->second = value;
  }
  return base;
}

inline entry without(entry base, std::string_view name) {
  std::erase_if(base, [&](auto& x) { return x.first == name; });
  return base;
}

/// One decoded entry together with everything that its views point into.
class decoding {
public:
  explicit decoding(entry from, span_limits limits = {})
    : from_(std::move(from)), limits_(limits) {
    std::vector<field> fields;
    for (auto& [name, value] : from_)
      fields.push_back({name, value});
    result = decode(fields, limits_, memory_, counts);
  }

  decoding(const decoding&) = delete;
  decoding& operator=(const decoding&) = delete;

  const span_event& event() const {
    REQUIRE(result.has_value());
    return *result;
  }
  const span_values& values() const {
    return event().values;
  }
  std::string_view operator[](text_field name) const {
    return values()[name];
  }
  /// Absent is the least number, so that plain numbers can be compared.
  std::int64_t operator[](number_field name) const {
    return values()[name].raw;
  }
  std::optional<std::string_view> attribute_of(std::string_view name) const {
    for (auto& x : event().attributes)
      if (x.name == name)
        return x.value;
    return std::nullopt;
  }

  decode_counts counts;
  tl::expected<span_event, dead_reason> result
    = tl::unexpected(dead_reason::no_fields);

private:
  entry from_;
  span_limits limits_;
  arena memory_;
};

inline constexpr std::int64_t absent = optional_int::absent;

/// The trace that `entries`, all of one trace id, make together.
inline std::shared_ptr<trace>
joined(const std::vector<entry>& entries, const trace_limits& limits = {}) {
  std::shared_ptr<trace> result;
  for (auto& x : entries) {
    const decoding one{x, limits.of_span};
    if (!result)
      result = std::make_shared<trace>(one.event().trace_id);
    REQUIRE(one.event().trace_id == result->id());
    result->join(one.event(), limits);
  }
  return result;
}

/// A complete execution event with the least that makes a span.
inline entry execution(std::string_view span_id, std::string_view parent = {},
                       std::string_view function = "work") {
  entry result{{"trace_id", "t1"},
               {"span_id", std::string{span_id}},
               {"function_name", std::string{function}},
               {"agent_name", "agent"},
               {"start_time", "1753576434.5"},
               {"end_time", "1753576435.5"},
               {"success", "True"}};
  if (!parent.empty())
    result.emplace_back("parent_span", parent);
  return result;
}

/// An event of the three-event protocol.
inline entry event(std::string_view type, std::string_view span_id,
                   std::string_view timestamp) {
  return {{"trace_id", "t1"},
          {"span_id", std::string{span_id}},
          {"event_type", std::string{type}},
          {"timestamp", std::string{timestamp}}};
}

} // namespace meshtrace::test
