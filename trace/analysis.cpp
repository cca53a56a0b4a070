#include "trace/analysis.hpp"

#include "trace/analysis_parts.hpp"

namespace meshtrace {

namespace {

using namespace analysis_parts;

/// Keeps the first `most` of a list.
class cutter {
public:
  cutter(std::size_t most, bool& truncated)
    : most_(most), truncated_(truncated) {
    // nop
  }

  template <class T>
  void operator()(std::vector<T>& list) {
    if (list.size() <= most_)
      return;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(most_), list.end());
    truncated_ = true;
  }

private:
  std::size_t most_;
  bool& truncated_;
};

void cut(trace_analysis& x, std::size_t most) {
  cutter shorten{most, x.truncated};
  shorten(x.path.steps);
  shorten(x.self_times);
  shorten(x.missing_parents);
  for (auto& each : x.missing_parents) {
    shorten(each.children);
    shorten(each.agents);
  }
  shorten(x.unanswered_calls);
  shorten(x.never_reported);
  shorten(x.repeated_calls);
  shorten(x.loops);
  shorten(x.parent_cycles);
  shorten(x.agents);
}

} // namespace

token_sums& token_sums::operator+=(const token_sums& other) {
  input = saturating_sum(input, other.input);
  output = saturating_sum(output, other.output);
  total = saturating_sum(total, other.total);
  return *this;
}

trace_analysis analyse(const trace_view& view, const analysis_limits& limits) {
  const subject of{view};
  trace_analysis result;
  result.path = find_critical_path(view, of.forest, of.extents);
  result.self_times = find_self_times(of);
  result.missing_parents = find_missing_parents(of);
  result.unanswered_calls = find_unanswered_calls(of);
  result.never_reported = find_never_reported(of, result.unanswered_calls);
  result.repeated_calls = find_repeated_calls(of, result.unanswered_calls);
  result.loops = find_loops(of, limits.loop_agents, result.truncated);
  for (std::size_t i = 0; i < of.forest.size(); ++i)
    if (of.forest.link_of(i) == span_forest::link::cut)
      result.parent_cycles.push_back(&view.spans()[i]);
  result.agents = sum_agents(of);
  for (auto& each : result.agents)
    result.tokens += each.tokens;
  cut(result, limits.rows);
  return result;
}

} // namespace meshtrace
