#include "trace/span_tree.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_map>

namespace meshtrace {

namespace {

constexpr auto nobody = static_cast<std::size_t>(-1);

/// Spans by their shown id; gives everybody an id of his own on the way.
std::unordered_map<std::string_view, std::size_t>
numbers_of(std::vector<tree_place>& places) {
  std::unordered_map<std::string_view, std::size_t> result;
  result.reserve(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    while (result.contains(places[i].id))
      places[i].id += '~';
    result.emplace(places[i].id, i);
  }
  return result;
}

/// Walks from `first` towards the root over spans that no walk has seen.
/// Returns a span that the walk came to twice, or nobody.
std::size_t walk_up(std::size_t first, const std::vector<std::size_t>& parents,
                    std::vector<std::size_t>& seen_by) {
  auto at = first;
  while (at != nobody && seen_by[at] == nobody) {
    seen_by[at] = first;
    at = parents[at];
  }
  return at != nobody && seen_by[at] == first ? at : nobody;
}

/// The least number in the cycle that `member` is in.
std::size_t
first_of_cycle(std::size_t member, const std::vector<std::size_t>& parents) {
  auto result = member;
  for (auto at = parents[member]; at != member; at = parents[at])
    result = std::min(result, at);
  return result;
}

} // namespace

std::vector<tree_place> span_tree(const trace_view& view) {
  std::vector<tree_place> result;
  result.reserve(view.spans().size());
  for (const auto& x : view.spans())
    result.push_back(
      {std::string{x.id}, (*x.content)[text_field::parent_span]});
  const auto numbers = numbers_of(result);
  std::vector<std::size_t> parents;
  parents.reserve(result.size());
  for (const auto& x : result) {
    const auto found = numbers.find(x.parent);
    parents.push_back(found == numbers.end() ? nobody : found->second);
  }
  std::vector<std::size_t> seen_by(result.size(), nobody);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (seen_by[i] != nobody)
      continue;
    if (const auto member = walk_up(i, parents, seen_by); member != nobody)
      result[first_of_cycle(member, parents)].parent = {};
  }
  return result;
}

} // namespace meshtrace
