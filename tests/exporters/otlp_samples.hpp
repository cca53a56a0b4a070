#pragma once

#include "exporters/otlp_model.hpp"
#include "tests/exporters/samples.hpp"

#include <deque>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// The spans of traces as an exporter gets them, all of revision 1.
class outgoing {
public:
  explicit outgoing(std::vector<stored_trace> traces) {
    for (auto& x : traces) {
      const auto& made = entries_.emplace_back(exported_trace{x, 1});
      const auto& view = views_.emplace_back(*made.trace.content);
      for (const auto& span : view.spans())
        spans.push_back({&made, &view, &span});
    }
  }

  std::vector<outgoing_span> spans;

private:
  std::deque<exported_trace> entries_;
  std::deque<trace_view> views_;
};

/// What OTLP says of `entries`, which are of one agent.
inline otlp_resource one_resource(const std::vector<entry>& entries) {
  const outgoing from{{stored(entries)}};
  auto result = to_otlp(from.spans);
  REQUIRE(result.size() == 1);
  return result.front();
}

/// The same of one entry.
inline otlp_span one_span(const entry& from) {
  const auto result = one_resource({from});
  REQUIRE(result.spans.size() == 1);
  return result.spans.front();
}

/// The value of `key`; null if there is none.
inline const wire_value*
find(const wire_attributes& attributes, std::string_view key) {
  for (const auto& x : attributes)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

inline std::string
text(const wire_attributes& attributes, std::string_view key) {
  const auto* value = find(attributes, key);
  return value == nullptr ? "(none)" : std::get<std::string>(*value);
}

inline std::int64_t
number(const wire_attributes& attributes, std::string_view key) {
  const auto* value = find(attributes, key);
  return value == nullptr ? -1 : std::get<std::int64_t>(*value);
}

inline bool yes(const wire_attributes& attributes, std::string_view key) {
  const auto* value = find(attributes, key);
  return value != nullptr && std::get<bool>(*value);
}

} // namespace meshtrace::test
