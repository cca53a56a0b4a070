#pragma once

#include "metrics/metrics.hpp"
#include "trace/contribution.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>

namespace meshtrace {

/// How many rows of each kind there may be in /metrics. What comes later is
/// counted in one row whose labels are `other`.
struct span_metrics_limits {
  std::size_t spans = 1000;
  std::size_t edges = 500;
};

/// Requests, errors and durations of spans and of calls between agents, under
/// the names that others use for them (traces_spanmetrics_*,
/// traces_service_graph_*). They only grow: a revision adds what the one before
/// it did not have. For one thread.
class span_metrics {
public:
  /// `to` must outlive it.
  explicit span_metrics(metrics& to, const span_metrics_limits& limits = {});

  /// Counts what a revision `added` that the one before did not have. Each may
  /// be null.
  void apply(const contribution* added, const contribution* replaced);

private:
  using counter = metrics::counter;
  using histogram = metrics::histogram;
  using labels = std::map<std::string, std::string>;

  struct span_row {
    counter* calls = nullptr;
    histogram* latency = nullptr;
  };
  struct edge_row {
    counter* requests = nullptr;
    counter* failed = nullptr;
    /// Null for calls that reached nobody.
    histogram* seconds = nullptr;
  };

  void add_spans(const contribution& added, const contribution* replaced);
  void add_edges(const contribution& added, const contribution* replaced);
  span_row& row_of(const contribution::operation_part& x);
  edge_row& row_of(const contribution::edge_part& x);
  span_row make_span_row(const labels& names);
  edge_row make_edge_row(const labels& names, bool reached);

  span_metrics_limits limits_;
  metrics::span_families families_;
  /// By what tells rows apart, with a byte 0xFF between the parts.
  std::unordered_map<std::string, span_row> spans_;
  std::unordered_map<std::string, edge_row> edges_;
  span_row other_span_;
  edge_row other_edge_;
  /// Reused.
  std::string key_;
};

} // namespace meshtrace
