#include "trace/span_forest.hpp"

#include <string_view>
#include <tuple>
#include <unordered_map>

namespace meshtrace {

namespace {

/// As it was sent, so that a correction of clocks cuts nothing elsewhere.
auto cut_order(const span_view& x) {
  const auto start = effective_start(*x.content);
  return std::make_tuple(!start.has_value(), start, x.id);
}

} // namespace

span_forest::span_forest(const trace_view& view)
  : parents_(view.spans().size(), none),
    links_(view.spans().size(), link::root) {
  find_parents(view);
  cut_cycles(view);
  gather_children();
}

void span_forest::find_parents(const trace_view& view) {
  const auto& spans = view.spans();
  std::unordered_map<std::string_view, std::size_t> by_id;
  by_id.reserve(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i)
    by_id.emplace(spans[i].id, i);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto named = (*spans[i].content)[text_field::parent_span];
    if (named.empty())
      continue;
    const auto found = by_id.find(named);
    links_[i] = found == by_id.end() ? link::missing : link::here;
    parents_[i] = found == by_id.end() ? none : found->second;
  }
}

/// Walks up from each span until it meets a span of an earlier walk, or one of
/// its own: then there is a cycle.
void span_forest::cut_cycles(const trace_view& view) {
  const auto& spans = view.spans();
  std::vector<std::size_t> walk_of(size(), none);
  for (std::size_t i = 0; i < size(); ++i) {
    auto at = i;
    while (at != none && walk_of[at] == none) {
      walk_of[at] = i;
      at = parents_[at];
    }
    if (at == none || walk_of[at] != i)
      continue;
    auto least = at;
    for (auto x = parents_[at]; x != at; x = parents_[x])
      if (cut_order(spans[x]) < cut_order(spans[least]))
        least = x;
    parents_[least] = none;
    links_[least] = link::cut;
  }
}

void span_forest::gather_children() {
  first_child_.assign(size() + 1, 0);
  for (auto parent : parents_)
    if (parent != none)
      ++first_child_[parent + 1];
  for (std::size_t i = 0; i < size(); ++i)
    first_child_[i + 1] += first_child_[i];
  children_.resize(first_child_.back());
  auto next = first_child_;
  for (std::size_t i = 0; i < size(); ++i)
    if (parents_[i] != none)
      children_[next[parents_[i]]++] = i;
    else
      top_down_.push_back(i);
  top_down_.reserve(size());
  for (std::size_t i = 0; i < top_down_.size(); ++i)
    for (auto child : children(top_down_[i]))
      top_down_.push_back(child);
}

} // namespace meshtrace
