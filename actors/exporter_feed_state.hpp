#pragma once

#include "actors/log_cursors.hpp"
#include "exporters/exporter.hpp"
#include "messages/status.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What an exporter feed remembers: how far it has come in the log, and the
/// traces in hand, gathered from pages of several partitions. Knows nothing of
/// actors and time.
struct exporter_feed_state {
  static constexpr const char* name = "exporter-feed";

  exporter_feed_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Begins after these numbers, one for each partition; or, all being zero,
  /// with the oldest that there is, so that nothing before it is missed.
  void start(std::vector<std::uint64_t> numbers, bool at_oldest = false);

  /// Takes the answer to `asked`. Returns the ids of the traces to fetch, each
  /// once.
  std::vector<std::string>
  take_page(const log_read& asked, const log_page& page);

  /// The traces of the page, those that are still there, come into the hand.
  /// Where the exporter wants whole traces, entries that a newer one replaces
  /// go. What was not looked for will be read again.
  void take_traces(const traces_found& found, bool whole_traces);

  /// Gives back the page, to be read again.
  void drop_page();

  /// Traces in hand, and their bytes.
  std::size_t in_hand() const {
    return hand_.size();
  }
  std::size_t bytes_in_hand() const {
    return bytes_;
  }

  /// What is in hand was refused for now: nothing is added to it.
  bool tried() const {
    return tried_;
  }

  /// What to export now. Empty where nothing is in hand.
  std::span<const exported_trace> batch();

  /// What became of `batch()`: what is settled leaves the hand.
  void settle(const export_result& result);

  /// What the target said to be left out is counted.
  void count(const left_out& what);

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
  /// How far a partition's cursor may go once a trace in hand is settled.
  struct settlement {
    std::uint32_t partition = 0;
    std::uint64_t number = 0;
  };

  /// Entries of the partition up to `number` need nothing more than what is in
  /// hand of them.
  void settle_up_to(std::uint32_t partition, std::uint64_t number);

  /// Forgets the first `n` in hand and moves the cursors.
  void advance(std::size_t n);

  /// The page that waits for its traces.
  log_read asked_;
  std::uint64_t page_end_ = 0;
  /// The page was full: there may be more.
  bool more_ = false;
  std::vector<log_entry> entries_;
  std::vector<exported_trace> hand_;
  std::vector<settlement> settlements_;
  std::size_t bytes_ = 0;
  /// What is in hand was tried before.
  bool tried_ = false;
  /// Partitions that were never read, where what the log has no more was not
  /// ours to export.
  std::vector<bool> never_read_;
};

} // namespace meshtrace
