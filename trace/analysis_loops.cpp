#include "trace/analysis_parts.hpp"

#include <algorithm>
#include <map>

namespace meshtrace::analysis_parts {

namespace {

/// Agents on the way from a root to a span, each once however many spans it
/// had in a row. All ways together are a tree; `before` leads to its root.
struct stage {
  std::string_view agent;
  std::size_t before = span_forest::none;
};

class loop_finder {
public:
  loop_finder(const subject& of, std::size_t most) : of_(of), most_(most) {
    // nop
  }

  /// A way that comes back to an agent closes a loop and goes on from where
  /// that agent stood before, so that no agent is on a way twice and each loop
  /// is reported without the loops within it.
  void run() {
    std::vector<std::size_t> stage_of(of_.forest.size(), span_forest::none);
    for (auto i : of_.forest.top_down()) {
      const auto parent = of_.forest.parent(i);
      const auto before
        = parent == span_forest::none ? span_forest::none : stage_of[parent];
      stage_of[i] = step(i, before);
    }
  }

  std::vector<agent_loop> take() {
    std::vector<agent_loop> result;
    for (auto& [_, loop] : loops_)
      result.push_back(std::move(loop));
    std::stable_sort(result.begin(), result.end(),
                     [](auto& a, auto& b) { return a.count > b.count; });
    return result;
  }

  bool gave_up() const {
    return gave_up_;
  }

private:
  std::size_t step(std::size_t i, std::size_t before) {
    const auto agent = of_.agent(i);
    if (agent.empty()
        || (before != span_forest::none && stages_[before].agent == agent))
      return before;
    auto at = before;
    std::vector<std::string_view> way{agent};
    while (at != span_forest::none && stages_[at].agent != agent
           && way.size() <= most_) {
      way.push_back(stages_[at].agent);
      at = stages_[at].before;
    }
    const bool closed = at != span_forest::none && stages_[at].agent == agent;
    if (closed) {
      note(way, i);
      return at;
    }
    gave_up_ = gave_up_ || at != span_forest::none;
    stages_.push_back({agent, before});
    return stages_.size() - 1;
  }

  /// `way` leads back from the agent that closes the loop.
  void note(std::vector<std::string_view> way, std::size_t closed_by) {
    way.push_back(way.front());
    std::reverse(way.begin(), way.end());
    auto& loop = loops_[way];
    const auto* span = &of_.view.spans()[closed_by];
    loop.agents = std::move(way);
    ++loop.count;
    if (loop.closed_by == nullptr || span < loop.closed_by)
      loop.closed_by = span;
  }

  const subject& of_;
  std::size_t most_;
  std::vector<stage> stages_;
  std::map<std::vector<std::string_view>, agent_loop> loops_;
  bool gave_up_ = false;
};

} // namespace

std::vector<agent_loop>
find_loops(const subject& of, std::size_t most, bool& truncated) {
  loop_finder finder{of, most};
  finder.run();
  truncated = truncated || finder.gave_up();
  return finder.take();
}

} // namespace meshtrace::analysis_parts
