// What a correlator answers about its active traces.
#include "actors/correlator_state.hpp"
#include "trace/view.hpp"

#include <algorithm>
#include <utility>

namespace meshtrace {

bool correlator_state::is_active(const active& x) const {
  return x.content && (x.dirty || x.committing);
}

active_found correlator_state::find(const std::string& trace_id) const {
  const auto i = by_id_.find(trace_id);
  if (i == by_id_.end() || !is_active(*i->second))
    return {};
  return {active_trace{i->second->content, i->second->head}};
}

active_matches correlator_state::search(const active_query& query) const {
  active_matches result;
  result.complete = parked_ == 0;
  std::vector<std::pair<order_key, const active*>> found;
  std::size_t looked_at = 0;
  // The newest first, in case there are too many to look at.
  for (auto i = by_quiet_.rbegin(); i != by_quiet_.rend(); ++i) {
    const auto& x = **i;
    if (!is_active(x))
      continue;
    if (++looked_at > search_budget) {
      result.complete = false;
      break;
    }
    const bool stored = x.head.revision > 0;
    if (stored)
      result.stale.push_back({x.id, x.stored_whole});
    if (!(stored ? query.committed : query.uncommitted))
      continue;
    const trace_view view{*x.content};
    auto key = key_of(view, query.order);
    if (!matches(query.filter, view))
      continue;
    ++result.total;
    if (!query.after || key < *query.after)
      found.emplace_back(std::move(key), &x);
  }
  const auto most = std::min(query.limit, found.size());
  std::partial_sort(
    found.begin(), found.begin() + static_cast<std::ptrdiff_t>(most),
    found.end(), [](auto& a, auto& b) { return b.first < a.first; });
  for (std::size_t i = 0; i < most; ++i)
    result.traces.push_back({found[i].second->content, found[i].second->head});
  return result;
}

correlator_load correlator_state::load() const {
  correlator_load result;
  for (auto* x : by_quiet_) {
    if (!is_active(*x))
      continue;
    ++result.active_traces;
    if (!result.oldest || x->first_seen < *result.oldest)
      result.oldest = x->first_seen;
  }
  result.active_traces += parked_;
  result.parked_traces = parked_;
  result.active_spans = spans_;
  result.active_bytes = bytes_;
  result.uncommitted = uncommitted_;
  result.unacked_entries = unacked_;
  return result;
}

} // namespace meshtrace
