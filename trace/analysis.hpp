#pragma once

#include "trace/critical_path.hpp"
#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Tokens as the spans of an agent or trace reported them.
struct token_sums {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t total = 0;

  token_sums& operator+=(const token_sums& other);
  bool operator==(const token_sums&) const = default;
};

/// How long a span took and how much of that none of its children explains.
struct span_time {
  const span_view* span = nullptr;
  std::int64_t duration = 0;
  std::int64_t self = 0;
};

/// A span id that spans name as their parent and that has not come.
struct missing_parent {
  std::string_view id;
  std::size_t child_count = 0;
  /// The spans that wait for it, in the order of the view.
  std::vector<const span_view*> children;
  /// Their agents, sorted, each once.
  std::vector<std::string_view> agents;
  /// Whose span it is, where that can be told: an SDK's `proxy_call_wrapper`
  /// runs in the agent of the span that it is called from. Empty if not.
  std::string_view likely_agent;
};

/// A call to another agent of which no span of the called side has come.
struct unanswered_call {
  const span_view* span = nullptr;
  /// As the caller names the called side; empty where it does not.
  std::string_view target_agent;
  /// Where the caller sent it, as the SDK wrote it (`endpoint`, or
  /// `dependencies` of Python); empty where it did not.
  std::string_view endpoint;
};

/// The same work done more than once.
struct repeated_call {
  std::string_view agent;
  std::string_view operation;
  /// How often in the trace; the sum of the durations that are known.
  std::size_t count = 0;
  std::int64_t total = 0;
  /// How often under one and the same parent at most, and which that is;
  /// 1 and empty where no parent had it twice.
  std::size_t under_one_parent = 1;
  std::string_view parent;
};

/// Agents that called each other in a circle.
struct agent_loop {
  /// The first agent again at the end: A, B, A.
  std::vector<std::string_view> agents;
  /// How many spans close this loop, and the first of them.
  std::size_t count = 0;
  const span_view* closed_by = nullptr;
};

/// What one agent did in the trace.
struct agent_part {
  /// Empty for spans that name no agent.
  std::string_view name;
  std::size_t spans = 0;
  /// Time in which at least one of its spans ran.
  std::int64_t busy = 0;
  /// Time in which at least one of its spans had a child of another agent.
  std::int64_t waiting = 0;
  token_sums tokens;
};

/// What limits an analysis. Counts and sums are made before anything is left
/// out.
struct analysis_limits {
  /// Rows of each list, and texts in each row.
  std::size_t rows = 1000;
  /// How far back a loop may begin, in agents.
  std::size_t loop_agents = 100;
};

/// What can be said of a trace beyond its spans (docs/analysis.md). Refers to
/// the view, which must outlive it.
struct trace_analysis {
  critical_path path;
  /// Longest first. Spans without times are not here.
  std::vector<span_time> self_times;
  /// Those that most spans wait for first.
  std::vector<missing_parent> missing_parents;
  std::vector<unanswered_call> unanswered_calls;
  /// Target agents of unanswered calls that have no span in the trace.
  std::vector<std::string_view> never_reported;
  /// The most time first.
  std::vector<repeated_call> repeated_calls;
  /// The most frequent first.
  std::vector<agent_loop> loops;
  /// Where cycles of parents were cut, a span each.
  std::vector<const span_view*> parent_cycles;
  /// Sorted by name.
  std::vector<agent_part> agents;
  token_sums tokens;
  /// Something was left out because of a limit.
  bool truncated = false;
};

trace_analysis
analyse(const trace_view& view, const analysis_limits& limits = {});

} // namespace meshtrace
