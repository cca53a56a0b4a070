#pragma once

#include "actors/log_cursors.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "trace/analytics_sums.hpp"
#include "trace/statistics.hpp"
#include "trace/statistics_summary.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace meshtrace {

struct analytics_options {
  /// Most log entries at a time.
  std::uint32_t page = 1000;
  /// How long the store may take for an answer.
  std::chrono::milliseconds store_timeout{10'000};
  /// How often the log's ends are looked at, news or not. Also the pause after
  /// the store refused.
  std::chrono::milliseconds period{500};
  /// How often the sums are saved while they change. After a crash the log is
  /// read again from there. For each MiB that was saved the next time is so
  /// much later.
  std::chrono::milliseconds save_every{1000};
  /// The store outlives the process: saving is of use.
  bool durable = true;
};

/// Sums of the log, and how far they have come.
struct analytics_state {
  static constexpr const char* name = "analytics";

  analytics_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Takes back what was saved, with the cursors; begins anew where nothing
  /// was. An error says why what was saved is of no use.
  expected<void>
  restore(const std::vector<note>& saved, std::size_t partitions);

  /// Every key that `save` may give.
  std::vector<std::string> saved_keys() const;

  /// What has changed since the last call, with how far that is in the log; or
  /// everything.
  std::vector<note> save(bool all);

  /// Takes over the answer to `asked`. `now` is nanoseconds since 1970, `clock`
  /// the same moment for the summary. Returns the lines that became due.
  std::vector<std::string>
  take_page(const log_read& asked, const log_page& page, std::int64_t now,
            statistics_summary::time_point clock);

  /// Names and keys that made room for others.
  std::uint64_t forgotten() const {
    return sums->forgotten() + calls->forgotten();
  }

  log_cursors cursors;
  std::unique_ptr<statistics> sums = std::make_unique<statistics>();
  /// As far in the log as `sums`.
  std::unique_ptr<analytics_sums> calls = std::make_unique<analytics_sums>();
  /// Something was summed up that is not saved.
  bool changed = false;
  /// What an earlier process saved is of no use and must go.
  bool stale = false;
  /// What the log gets a line about, of this process alone.
  statistics_summary summary;
};

/// Sums the whole log up, and what comes; goes on where it was saved last.
/// Follows `store` by itself. A `log_advanced` without partitions, which it
/// also sends to itself, makes it look at the log's ends.
analytics_actor::behavior_type
analytics(analytics_actor::stateful_pointer<analytics_state> self,
          const trace_store_actor& store, metrics* counters,
          const analytics_options& options);

} // namespace meshtrace
