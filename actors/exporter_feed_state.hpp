#pragma once

#include "actors/log_cursors.hpp"
#include "exporters/exporter.hpp"
#include "messages/status.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What an exporter feed remembers: how far it has come in the log, and one
/// page of it in hand. Knows nothing of actors and time.
struct exporter_feed_state {
  static constexpr const char* name = "exporter-feed";

  exporter_feed_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Takes the answer to `asked` into the empty hand. Returns the ids of the
  /// traces to fetch, each once.
  std::vector<std::string>
  take_page(const log_read& asked, const log_page& page);

  /// The traces of the page in hand, those that are still there. Where the
  /// exporter wants whole traces, entries that a newer one replaces go.
  void take_traces(const traces_found& found, bool whole_traces);

  /// Gives back the page in hand, to be read again.
  void drop_page();

  /// What to export now. Empty where nothing is in hand.
  std::span<const exported_trace> batch();

  /// What became of `batch()`: what is settled leaves the hand.
  void settle(const export_result& result);

  /// Nothing is in hand and no partition is known to have more.
  bool idle() const {
    return hand_.empty() && cursors.idle();
  }

  /// How far the exporter has come, to be kept: said at `time`, nanoseconds
  /// since 1970.
  struct saved_cursors {
    std::int64_t time = 0;
    std::vector<std::uint64_t> cursors;
  };
  std::string write_note(std::int64_t time) const;
  static std::optional<saved_cursors> read_note(std::string_view text);

  log_cursors cursors;
  /// What happened since the beginning, but for `lag_traces`.
  exporter_status status;
  /// Traces that were gone before they were exported.
  std::uint64_t overtaken = 0;

private:
  /// Forgets the first `n` in hand and moves the cursor.
  void advance(std::size_t n);

  std::uint32_t partition_ = 0;
  std::uint64_t page_end_ = 0;
  /// The page was full: there may be more.
  bool more_ = false;
  std::vector<log_entry> entries_;
  std::vector<exported_trace> hand_;
  /// The log's numbers of what is in hand.
  std::vector<std::uint64_t> numbers_;
  /// What is in hand was tried before.
  bool tried_ = false;
};

} // namespace meshtrace
