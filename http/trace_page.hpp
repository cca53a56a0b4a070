#pragma once

#include "messages/joining.hpp"
#include "storage/engine.hpp"
#include "trace/filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// How a list of traces is put together from two sources: the active traces
/// of the correlators and the completed ones of the store. Correlators are
/// asked first, so that a trace that is committed in between is seen twice and
/// not missed; what a correlator has shown is then left out of the store's
/// part. No actors here.
namespace meshtrace {

/// One page of traces as REST asks for it.
struct page_query {
  /// `completed` is complete and incomplete together.
  enum class states : std::uint8_t {
    completed,
    complete,
    incomplete,
    active,
    all
  };
  /// How the page is found: by counting from the first trace, or behind the
  /// last trace of the page before.
  enum class paging : std::uint8_t { offset, cursor };

  trace_filter filter;
  states state = states::completed;
  trace_order order = trace_order::end_time;
  paging by = paging::offset;
  std::size_t offset = 0;
  std::optional<order_key> after;
  std::size_t limit = 20;
  /// Without spans.
  bool summary = false;
};

/// A trace with its place in the list.
struct listed_trace {
  trace_ptr content;
  envelope head;
  /// Some of it is in no revision yet.
  bool active = false;
  order_key key;
};

/// What all correlators say together.
struct active_part {
  /// The first of those that belong on the list, in order.
  std::vector<listed_trace> traces;
  /// How many match in all.
  std::uint64_t total = 0;
  /// Ids to leave out of the store's part: its version is out of date, or the
  /// trace is in `traces`.
  std::set<std::string> without;
  /// Active traces that have a revision, and those of them that are complete
  /// there.
  std::uint64_t stale = 0;
  std::uint64_t stale_whole = 0;
  bool complete = true;
};

struct trace_page {
  std::vector<listed_trace> traces;
  /// False if not everything that might belong here was looked at.
  bool complete = true;
  /// Where the next page goes on; nothing if this is the last. For pages by
  /// cursor only.
  std::optional<order_key> next;
};

/// Most stored traces that a page by offset reads beyond its limit, because it
/// cannot know how the active ones mix with them.
inline constexpr std::size_t max_overlap = 1000;

active_query active_query_of(const page_query& query);

active_part
join_active(const page_query& query, std::vector<active_matches> answers);

/// Whether the page is too deep in a mix of active and stored traces.
bool beyond_overlap(const page_query& query, const active_part& active);

/// What to ask the store for; nothing if the list has no completed traces.
std::optional<store_query>
store_query_of(const page_query& query, const active_part& active,
               std::size_t budget);

/// `stored` answers store_query_of(); an empty page if that was nothing.
trace_page join_parts(const page_query& query, const active_part& active,
                      store_page stored);

/// How many traces the whole list has; exact for queries without a filter
/// while nothing is committed between the two answers.
std::uint64_t total_of(const page_query& query, const active_part& active,
                       const store_totals& stored);

} // namespace meshtrace
