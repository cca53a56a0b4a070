#pragma once

#include "storage/engine.hpp"
#include "storage/record.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace meshtrace {

/// The place of a record in a sorted list.
order_key key_of(std::string_view record, trace_order order);

/// Keys from which to which a search has to look; both are empty where the
/// filter sets no bounds.
struct search_bounds {
  /// Only records that sort after this.
  std::optional<order_key> after;
  /// No record whose value is less.
  std::optional<std::int64_t> least;
};

search_bounds bounds_of(const store_query& query);

/// One search in progress: an engine shows it records, greatest first, until
/// it is done. Decodes only what can match.
class search_run {
public:
  /// `query` must outlive the run.
  explicit search_run(const store_query& query);

  /// The page is full.
  bool done() const {
    return page_.traces.size() >= query_.limit;
  }

  /// No further record may be looked at.
  bool spent() const {
    return looked_at_ + heads_ / heads_a_record >= query_.budget;
  }

  /// Takes the record into the page if it belongs there.
  expected<void> look_at(std::string_view record);

  // The same in steps, for an engine that has heads apart from records.

  /// Whether the record may belong into the page. Counts one that is skipped
  /// because of the offset: ask once a record.
  bool wants(const record_head& head, std::string_view id);

  /// Takes a wanted record if it matches.
  expected<void> take_record(std::string_view record);

  /// What to count for a record that was read, and for one that a head alone
  /// ruled out.
  void count_record() {
    ++looked_at_;
  }
  void count_head() {
    ++heads_;
  }

  store_page take() {
    return std::move(page_);
  }

  /// What there is if the budget ended the search behind `last_seen`.
  store_page take_cut(std::optional<order_key> last_seen) {
    page_.complete = false;
    page_.last_seen = std::move(last_seen);
    return take();
  }

private:
  /// A head is so much cheaper than a record.
  static constexpr std::size_t heads_a_record = 10;

  bool rules_out(const record_head& head) const;
  bool skips();

  const store_query& query_;
  bool head_decides_;
  std::size_t looked_at_ = 0;
  std::size_t heads_ = 0;
  std::size_t skipped_ = 0;
  store_page page_;
};

} // namespace meshtrace
