#include "trace/analysis_parts.hpp"

#include <algorithm>
#include <map>
#include <tuple>

/// How much: time and tokens, by span and by agent.
namespace meshtrace::analysis_parts {

namespace {

token_sums tokens_of(const span& x) {
  const auto number = [&](number_field field) {
    return std::max<std::int64_t>(x[field].has_value() ? *x[field] : 0, 0);
  };
  token_sums result{number(number_field::llm_input_tokens),
                    number(number_field::llm_output_tokens),
                    number(number_field::llm_total_tokens)};
  if (result.total == 0)
    result.total = saturating_sum(result.input, result.output);
  return result;
}

/// The parts of span `i` in which a child ran, only those of other agents if
/// `others`.
void add_children(std::vector<interval>& to, const subject& of, std::size_t i,
                  bool others) {
  for (auto child : of.forest.children(i)) {
    if (!of.extents[child] || (others && of.agent(child) == of.agent(i)))
      continue;
    if (const auto part = overlap(*of.extents[child], *of.extents[i]))
      to.push_back(*part);
  }
}

} // namespace

subject::subject(const trace_view& from) : view(from), forest(from) {
  extents.reserve(from.spans().size());
  for (auto& x : from.spans())
    extents.push_back(extent(x, from.end));
}

std::string_view subject::agent(std::size_t i) const {
  const auto name = content(i)[text_field::agent_name];
  return name.empty() ? content(i)[text_field::agent_id] : name;
}

std::vector<span_time> find_self_times(const subject& of) {
  std::vector<span_time> result;
  std::vector<interval> explained;
  for (std::size_t i = 0; i < of.extents.size(); ++i) {
    if (!of.extents[i])
      continue;
    explained.clear();
    add_children(explained, of, i, false);
    const auto duration = of.extents[i]->length();
    result.push_back(
      {&of.view.spans()[i], duration, duration - covered(explained)});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](auto& a, auto& b) { return a.self > b.self; });
  return result;
}

std::vector<token_sums> counted_tokens(const subject& of) {
  std::vector<token_sums> result(of.forest.size());
  std::vector<bool> below(of.forest.size()); // a descendant has tokens
  const auto& order = of.forest.top_down();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const auto own = tokens_of(of.content(*at));
    if (!below[*at])
      result[*at] = own;
    const auto parent = of.forest.parent(*at);
    if (parent != span_forest::none && (below[*at] || own.total > 0))
      below[parent] = true;
  }
  return result;
}

std::vector<agent_part> sum_agents(const subject& of) {
  struct sums {
    agent_part shown;
    std::vector<interval> busy;
    std::vector<interval> waiting;
  };
  std::map<std::string_view, sums> by_name;
  const auto tokens = counted_tokens(of);
  for (std::size_t i = 0; i < of.extents.size(); ++i) {
    auto& sum = by_name[of.agent(i)];
    ++sum.shown.spans;
    sum.shown.tokens += tokens[i];
    if (!of.extents[i])
      continue;
    sum.busy.push_back(*of.extents[i]);
    add_children(sum.waiting, of, i, true);
  }
  std::vector<agent_part> result;
  for (auto& [name, sum] : by_name) {
    sum.shown.name = name;
    sum.shown.busy = covered(sum.busy);
    sum.shown.waiting = covered(sum.waiting);
    result.push_back(sum.shown);
  }
  return result;
}

} // namespace meshtrace::analysis_parts
