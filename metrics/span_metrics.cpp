#include "metrics/span_metrics.hpp"

#include "trace/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

namespace meshtrace {

namespace {

constexpr std::string_view other = "other";

/// Labels are cut to so many bytes.
constexpr std::size_t most_label_bytes = 128;

/// Seconds: from quick tools to slow language models.
const prometheus::Histogram::BucketBoundaries latencies{
  0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4,
  0.8,   1,     1.4,   2,     5,    10,   15,  30,  60};

std::string label(std::string_view name) {
  return escaped(cut_utf8(name.empty() ? std::string_view{"unknown"} : name,
                          most_label_bytes));
}

std::string_view to_label(span_kind kind) {
  static constexpr std::array<std::string_view, 4> names
    = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
       "SPAN_KIND_CLIENT"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view to_label(outcome success) {
  static constexpr std::array<std::string_view, 3> names
    = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
  return names[static_cast<std::size_t>(success)];
}

auto order_of(const contribution::operation_part& x) {
  return std::tie(x.operation, x.agent, x.kind, x.success);
}

auto order_of(const contribution::edge_part& x) {
  return std::tie(x.caller, x.callee, x.function, x.reached);
}

/// The part of `among`, which is sorted, with the names of `x`; null if there
/// is none.
template <class Part>
const Part* same_in(const std::vector<Part>& among, const Part& x) {
  const auto i
    = std::lower_bound(among.begin(), among.end(), x, [](auto& a, auto& b) {
        return order_of(a) < order_of(b);
      });
  return i == among.end() || order_of(*i) != order_of(x) ? nullptr : &*i;
}

std::uint32_t grown(std::uint32_t now, std::uint32_t before) {
  return now > before ? now - before : 0;
}

/// The durations that are new in `now`. One that only changed is not.
std::vector<std::int64_t>
grown(std::vector<std::int64_t> now, std::vector<std::int64_t> before) {
  if (before.empty() || now.size() <= before.size())
    return before.empty() ? now : std::vector<std::int64_t>{};
  const auto count = now.size() - before.size();
  std::sort(now.begin(), now.end(), std::greater{});
  std::sort(before.begin(), before.end(), std::greater{});
  std::vector<std::int64_t> result;
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                      std::back_inserter(result), std::greater{});
  result.resize(std::min(result.size(), count));
  return result;
}

void observe(metrics::histogram* to, const std::vector<std::int64_t>& all) {
  if (to != nullptr)
    for (const auto duration : all)
      to->Observe(static_cast<double>(std::max<std::int64_t>(duration, 0))
                  / 1e9);
}

void append(std::string& key, std::string_view part) {
  key += part;
  key += '\xFF';
}

} // namespace

span_metrics::span_metrics(metrics& to, const span_metrics_limits& limits)
  : limits_(limits), families_(to.spans()) {
  // nop
}

void span_metrics::apply(const contribution* added,
                         const contribution* replaced) {
  if (added == nullptr || !added->detailed)
    return;
  add_spans(*added, replaced);
  add_edges(*added, replaced);
}

void span_metrics::add_spans(const contribution& added,
                             const contribution* replaced) {
  for (auto& x : added.operations) {
    const auto* before
      = replaced == nullptr ? nullptr : same_in(replaced->operations, x);
    const auto calls = grown(x.count, before == nullptr ? 0 : before->count);
    const auto durations
      = before == nullptr ? x.durations : grown(x.durations, before->durations);
    if (calls == 0 && durations.empty())
      continue;
    auto& row = row_of(x);
    row.calls->Increment(calls);
    observe(row.latency, durations);
    if (&row == &other_span_)
      families_.beyond_limit.Increment(calls);
  }
}

void span_metrics::add_edges(const contribution& added,
                             const contribution* replaced) {
  for (auto& x : added.edges) {
    const auto* before
      = replaced == nullptr ? nullptr : same_in(replaced->edges, x);
    const auto calls = grown(x.calls, before == nullptr ? 0 : before->calls);
    const auto errors = grown(x.errors, before == nullptr ? 0 : before->errors);
    const auto durations
      = before == nullptr ? x.durations : grown(x.durations, before->durations);
    if (calls == 0 && errors == 0 && durations.empty())
      continue;
    auto& row = row_of(x);
    row.requests->Increment(calls);
    row.failed->Increment(errors);
    observe(x.reached ? row.seconds : nullptr, durations);
    if (&row == &other_edge_)
      families_.beyond_limit.Increment(calls);
  }
}

span_metrics::span_row&
span_metrics::row_of(const contribution::operation_part& x) {
  key_.clear();
  for (std::string_view part :
       {std::string_view{x.operation}, std::string_view{x.agent},
        to_label(x.kind), to_label(x.success)})
    append(key_, part);
  if (const auto i = spans_.find(key_); i != spans_.end())
    return i->second;
  if (spans_.size() < limits_.spans)
    return spans_[key_]
           = make_span_row({{"service", label(x.agent)},
                            {"span_name", label(x.operation)},
                            {"span_kind", std::string{to_label(x.kind)}},
                            {"status_code", std::string{to_label(x.success)}}});
  if (other_span_.calls == nullptr)
    other_span_ = make_span_row({{"service", std::string{other}},
                                 {"span_name", std::string{other}},
                                 {"span_kind", std::string{other}},
                                 {"status_code", std::string{other}}});
  return other_span_;
}

/// Names that are only different beyond what a label keeps share their row.
span_metrics::span_row span_metrics::make_span_row(const labels& names) {
  return {&families_.calls.Add(names),
          &families_.latency.Add(names, latencies)};
}

span_metrics::edge_row& span_metrics::row_of(const contribution::edge_part& x) {
  key_.clear();
  append(key_, x.caller);
  append(key_, x.callee);
  key_ += x.reached ? 'r' : 'u';
  if (const auto i = edges_.find(key_); i != edges_.end())
    return i->second;
  if (edges_.size() < limits_.edges)
    return edges_[key_] = make_edge_row(
             {{"client", label(x.caller)},
              {"server", label(x.callee)},
              {"connection_type", x.reached ? "" : "virtual_node"}},
             x.reached);
  if (other_edge_.requests == nullptr)
    other_edge_ = make_edge_row({{"client", std::string{other}},
                                 {"server", std::string{other}},
                                 {"connection_type", ""}},
                                true);
  return other_edge_;
}

span_metrics::edge_row
span_metrics::make_edge_row(const labels& names, bool reached) {
  return {&families_.requests.Add(names), &families_.failed.Add(names),
          reached ? &families_.seconds.Add(names, latencies) : nullptr};
}

} // namespace meshtrace
