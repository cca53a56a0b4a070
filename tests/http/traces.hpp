#pragma once

#include "messages/joining.hpp"
#include "storage/engine.hpp"
#include "trace/decode.hpp"
#include "trace/trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::test {

using entry = std::vector<std::pair<std::string, std::string>>;

/// An execution event of a whole span; times are seconds since `epoch`.
inline constexpr std::int64_t epoch = 1'764'000'000;

inline entry whole_span(std::string_view trace_id, std::string_view span_id,
                        std::int64_t start, std::int64_t end) {
  return {{"trace_id", std::string{trace_id}},
          {"span_id", std::string{span_id}},
          {"agent_name", "agent"},
          {"operation", "work"},
          {"success", "true"},
          {"start_time", std::to_string(epoch + start)},
          {"end_time", std::to_string(epoch + end)}};
}

/// The join of entries of one trace.
inline std::shared_ptr<trace> joined(const std::vector<entry>& entries) {
  std::shared_ptr<trace> result;
  for (auto& each : entries) {
    arena memory{1024};
    decode_counts counts;
    std::vector<field> fields;
    for (auto& [name, value] : each)
      fields.push_back({name, value});
    const auto event = decode(fields, {}, memory, counts);
    REQUIRE(event.has_value());
    if (!result)
      result = std::make_shared<trace>(event->trace_id);
    result->join(*event, {});
  }
  return result;
}

/// A trace of one span that starts and ends then.
inline std::shared_ptr<trace>
simple_trace(std::string_view id, std::int64_t start, std::int64_t end) {
  return joined({whole_span(id, "s1", start, end)});
}

/// The same, but its parent is missing: incomplete.
inline std::shared_ptr<trace>
orphan_trace(std::string_view id, std::int64_t start, std::int64_t end) {
  auto span = whole_span(id, "s1", start, end);
  span.emplace_back("parent_span", "gone");
  return joined({span});
}

/// Answers as a correlator that holds these.
struct active_model {
  struct item {
    active_trace trace;
    /// What it is in the store, if its revision is not 0.
    bool stored_whole = false;
  };
  std::vector<item> items;

  active_found find(std::string_view id) const {
    for (auto& x : items)
      if (x.trace.content->id() == id)
        return {x.trace};
    return {};
  }

  active_matches search(const active_query& query) const {
    active_matches result;
    std::vector<std::pair<order_key, active_trace>> found;
    for (auto& [trace, whole] : items) {
      const bool stored = trace.head.revision > 0;
      if (stored)
        result.stale.push_back({trace.content->id(), whole});
      const trace_view view{*trace.content};
      if (!(stored ? query.committed : query.uncommitted)
          || !matches(query.filter, view))
        continue;
      ++result.total;
      auto key = key_of(view, query.order);
      if (!query.after || key < *query.after)
        found.emplace_back(std::move(key), trace);
    }
    std::sort(found.begin(), found.end(),
              [](auto& a, auto& b) { return b.first < a.first; });
    found.resize(std::min(found.size(), query.limit));
    for (auto& [_, x] : found)
      result.traces.push_back(x);
    return result;
  }
};

/// Commits a trace to an engine as its next revision.
inline envelope commit(engine& to, trace_ptr content, std::uint32_t base = 0) {
  const std::vector<trace_write> batch{
    {std::move(content), 0, completion_reason::root_closed, base}};
  const auto written = to.commit(batch, epoch * 1'000'000'000);
  REQUIRE(written.has_value());
  return written->front().head;
}

} // namespace meshtrace::test
