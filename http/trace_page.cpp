#include "http/trace_page.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace meshtrace {

namespace {

using states = page_query::states;

bool lists_completed(states state) {
  return state == states::completed || state == states::all;
}

bool by_cursor(const page_query& query) {
  return query.by == page_query::paging::cursor;
}

/// How many traces each side must show to be sure of the page. Behind a cursor
/// one more than the page has: it says whether there is another page.
std::size_t depth_of(const page_query& query) {
  return by_cursor(query) ? query.limit + 1 : query.offset + query.limit;
}

/// How many stored traces come before the page, whatever the active ones do.
std::size_t safe_skip(const page_query& query, const active_part& active) {
  if (by_cursor(query))
    return 0;
  return query.offset - std::min(query.offset, active.traces.size());
}

bool comes_before(const listed_trace& a, const listed_trace& b) {
  return b.key < a.key;
}

order_key key_of(const trace& content, trace_order order) {
  return key_of(trace_view{content}, order);
}

/// Both sides in order. Where the store stopped early, active traces behind
/// that place wait for the next page: others may have to come before them.
std::vector<listed_trace>
mix(const page_query& query, const active_part& active, store_page& stored) {
  std::vector<listed_trace> completed;
  for (auto& x : stored.traces)
    completed.push_back(
      {x.content, x.head, false, key_of(*x.content, query.order)});
  auto end = active.traces.end();
  if (!stored.complete)
    end = std::find_if(active.traces.begin(), end, [&](auto& x) {
      return !stored.last_seen || x.key <= *stored.last_seen;
    });
  std::vector<listed_trace> result;
  std::merge(active.traces.begin(), end, completed.begin(), completed.end(),
             std::back_inserter(result), comes_before);
  return result;
}

} // namespace

active_query active_query_of(const page_query& query) {
  active_query result;
  result.filter = query.filter;
  result.uncommitted
    = query.state == states::active || query.state == states::all;
  result.committed
    = query.state == states::active || lists_completed(query.state);
  result.order = query.order;
  result.after = query.after;
  result.limit = depth_of(query);
  return result;
}

active_part
join_active(const page_query& query, std::vector<active_matches> answers) {
  active_part result;
  for (auto& answer : answers) {
    for (auto& x : answer.traces) {
      result.without.insert(x.content->id());
      auto key = key_of(*x.content, query.order);
      result.traces.push_back(
        {std::move(x.content), x.head, true, std::move(key)});
    }
    for (auto& x : answer.stale) {
      result.without.insert(std::move(x.trace_id));
      ++result.stale;
      result.stale_whole += x.stored_whole ? 1 : 0;
    }
    result.total += answer.total;
    result.complete = result.complete && answer.complete;
  }
  std::sort(result.traces.begin(), result.traces.end(), comes_before);
  if (result.traces.size() > depth_of(query))
    result.traces.resize(depth_of(query));
  return result;
}

bool beyond_overlap(const page_query& query, const active_part& active) {
  return query.state != states::active && !by_cursor(query)
         && std::min(query.offset, active.traces.size()) > max_overlap;
}

std::optional<store_query>
store_query_of(const page_query& query, const active_part& active,
               std::size_t budget) {
  if (query.state == states::active)
    return std::nullopt;
  store_query result;
  result.filter = query.filter;
  if (query.state == states::complete)
    result.state = store_query::states::complete;
  if (query.state == states::incomplete)
    result.state = store_query::states::incomplete;
  result.order = query.order;
  result.after = query.after;
  result.without = active.without;
  result.offset = safe_skip(query, active);
  result.limit = depth_of(query) - result.offset;
  result.budget = budget;
  return result;
}

trace_page join_parts(const page_query& query, const active_part& active,
                      store_page stored) {
  trace_page result;
  result.complete = active.complete && stored.complete;
  auto all = mix(query, active, stored);
  const auto skip
    = by_cursor(query) ? 0 : query.offset - safe_skip(query, active);
  all.erase(all.begin(),
            all.begin()
              + static_cast<std::ptrdiff_t>(std::min(skip, all.size())));
  const bool more = all.size() > query.limit;
  if (more)
    all.resize(query.limit);
  if (by_cursor(query) && more && !all.empty())
    result.next = all.back().key;
  else if (by_cursor(query) && !stored.complete)
    result.next = std::move(stored.last_seen);
  result.traces = std::move(all);
  return result;
}

std::uint64_t total_of(const page_query& query, const active_part& active,
                       const store_totals& stored) {
  // The store may have dropped some of these since the correlators answered.
  const auto less = [](std::uint64_t from, std::uint64_t by) {
    return from - std::min(from, by);
  };
  switch (query.state) {
  case states::completed:
    return stored.traces;
  case states::complete:
    return less(stored.complete, active.stale_whole);
  case states::incomplete:
    return less(stored.incomplete, active.stale - active.stale_whole);
  case states::active:
    return active.total;
  case states::all:
    return stored.traces + less(active.total, active.stale);
  }
  return 0;
}

} // namespace meshtrace
