#include "trace/analysis_parts.hpp"
#include "trace/span_kind.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

/// Who called whom: what is missing, and what was done more than once.
namespace meshtrace::analysis_parts {

namespace {

std::string_view attribute_of(const span& x, std::string_view name) {
  const auto found = std::lower_bound(
    x.attributes.begin(), x.attributes.end(), name,
    [](auto& each, std::string_view wanted) { return each.name < wanted; });
  return found != x.attributes.end() && found->name == name
           ? found->value
           : std::string_view{};
}

/// Whether the span says that it calls another agent.
bool is_call(const subject& of, std::size_t i) {
  const auto& x = of.content(i);
  const auto target = x[text_field::target_agent];
  return is_proxy(x) || (!target.empty() && target != of.agent(i));
}

/// Whatever a proxy's call led to is a child of the proxy, its own agent's
/// too; other spans may have children of their own agent that are no answer.
bool is_answered(const subject& of, std::size_t i) {
  const auto children = of.forest.children(i);
  if (is_proxy(of.content(i)))
    return !children.empty();
  return std::any_of(children.begin(), children.end(), [&](auto child) {
    return of.agent(child) != of.agent(i);
  });
}

void sort_unique(std::vector<std::string_view>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

/// The agent of the calls that wait for a parent, if they agree.
std::string_view agent_of_calls(const std::vector<const span_view*>& children) {
  std::string_view result;
  for (auto* child : children) {
    const auto& x = *child->content;
    const auto agent = x[text_field::agent_name];
    if (!is_proxy(x) || agent.empty())
      continue;
    if (!result.empty() && result != agent)
      return {};
    result = agent;
  }
  return result;
}

/// Agent, operation, and of a call that was not answered its target.
using work_key
  = std::tuple<std::string_view, std::string_view, std::string_view>;

work_key key_of(const subject& of, std::size_t i) {
  const auto& x = of.content(i);
  return {of.agent(i), x[text_field::operation],
          is_proxy(x) ? x[text_field::target_agent] : std::string_view{}};
}

/// A proxy that was answered is none: its callee's span is. One that was not
/// stands for what it tried.
bool is_work(const subject& of, std::size_t i,
             const std::set<const span_view*>& tried) {
  const auto& x = of.content(i);
  return !x[text_field::operation].empty()
         && (!is_proxy(x) || tried.contains(&of.view.spans()[i]));
}

struct work_count {
  void add(const span_view& x) {
    ++sum.count;
    if (x.duration.has_value())
      sum.total = saturating_sum(sum.total, *x.duration);
    const auto parent = (*x.content)[text_field::parent_span];
    if (parent.empty())
      return;
    if (const auto times = ++by_parent[parent]; times > sum.under_one_parent) {
      sum.under_one_parent = times;
      sum.parent = parent;
    }
  }

  repeated_call sum;
  std::map<std::string_view, std::size_t> by_parent;
};

} // namespace

std::vector<missing_parent> find_missing_parents(const subject& of) {
  std::vector<missing_parent> result;
  std::unordered_map<std::string_view, std::size_t> rows;
  for (std::size_t i = 0; i < of.forest.size(); ++i) {
    if (of.forest.link_of(i) != span_forest::link::missing)
      continue;
    const auto id = of.content(i)[text_field::parent_span];
    const auto [row, is_new] = rows.emplace(id, result.size());
    if (is_new)
      result.emplace_back().id = id;
    auto& found = result[row->second];
    ++found.child_count;
    found.children.push_back(&of.view.spans()[i]);
    if (const auto agent = of.agent(i); !agent.empty())
      found.agents.push_back(agent);
  }
  for (auto& each : result) {
    sort_unique(each.agents);
    each.likely_agent = agent_of_calls(each.children);
  }
  std::stable_sort(result.begin(), result.end(), [](auto& a, auto& b) {
    return a.child_count > b.child_count;
  });
  return result;
}

std::vector<unanswered_call> find_unanswered_calls(const subject& of) {
  std::vector<unanswered_call> result;
  for (std::size_t i = 0; i < of.forest.size(); ++i) {
    if (!is_call(of, i) || is_answered(of, i))
      continue;
    const auto& x = of.content(i);
    const auto endpoint = attribute_of(x, "endpoint");
    result.push_back(
      {&of.view.spans()[i], x[text_field::target_agent],
       endpoint.empty() ? attribute_of(x, "dependencies") : endpoint});
  }
  return result;
}

std::vector<std::string_view>
find_never_reported(const subject& of,
                    const std::vector<unanswered_call>& calls) {
  std::set<std::string_view> reported;
  for (auto& x : of.view.spans())
    for (auto field : {text_field::agent_name, text_field::agent_id})
      reported.insert((*x.content)[field]);
  std::vector<std::string_view> result;
  for (auto& call : calls)
    if (!call.target_agent.empty() && !reported.contains(call.target_agent))
      result.push_back(call.target_agent);
  sort_unique(result);
  return result;
}

std::vector<repeated_call>
find_repeated_calls(const subject& of,
                    const std::vector<unanswered_call>& unanswered) {
  std::set<const span_view*> tried;
  for (auto& call : unanswered)
    tried.insert(call.span);
  std::map<work_key, work_count> by_work;
  for (std::size_t i = 0; i < of.forest.size(); ++i)
    if (is_work(of, i, tried))
      by_work[key_of(of, i)].add(of.view.spans()[i]);
  std::vector<repeated_call> result;
  for (auto& [work, found] : by_work) {
    if (found.sum.count < 2)
      continue;
    found.sum.agent = std::get<0>(work);
    found.sum.operation = std::get<1>(work);
    result.push_back(found.sum);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](auto& a, auto& b) { return a.total > b.total; });
  return result;
}

} // namespace meshtrace::analysis_parts
