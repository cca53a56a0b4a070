#pragma once

#include "trace/decode.hpp"
#include "trace/view.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace meshtrace {

/// Why an entry that was read is in no trace and no dead letter either.
enum class drop_reason : std::uint8_t {
  /// The trace is at TRACE_MAX_SPANS or TRACE_MAX_TRACE_BYTES.
  trace_limit,
  /// Retention dropped its trace less than an hour ago.
  late_after_retention,
  /// Redis had trimmed the entry's body before it was read again.
  trimmed,
};
inline constexpr std::size_t drop_reasons = 3;

std::string_view to_string(drop_reason reason);

/// Every metric of the service, by the name that /metrics shows without the
/// prefix `meshtrace_`. Counters may be raised from any thread; each is raised
/// where the thing happens and derived from no other. Over the life of a
/// process, deliveries = joined + duplicates + dead + dropped + in flight.
class metrics {
public:
  metrics();

  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  using counter = prometheus::Counter;
  using histogram = prometheus::Histogram;
  using gauge = prometheus::Gauge;

private:
  prometheus::Registry registry_; // first: owns what the others refer to

public:
  // -- the books --------------------------------------------------------------

  /// Entries that Redis delivered to this process, repetitions included.
  counter& deliveries;
  /// Entries that told a trace something new.
  counter& joined;
  /// Entries that told nothing new.
  counter& duplicates;
  std::array<counter*, dead_reasons> dead;
  std::array<counter*, drop_reasons> dropped;

  // -- dead letters -----------------------------------------------------------

  /// Times Redis did not take dead letters; they are tried again.
  counter& dead_letter_failures;
  /// Dead letters that TRACE_DEAD_LETTER_MAX had Redis drop.
  counter& dead_letters_trimmed;

  // -- what the decoder mended ------------------------------------------------

  counter& bad_fields;
  counter& bad_parents;
  counter& cut_values;
  counter& cut_attributes;

  // -- traces -----------------------------------------------------------------

  /// First revisions, by completion reason.
  std::array<counter*, 5> completed;
  /// Revisions after the first.
  counter& revisions;
  /// Commits that the store refused; they are tried again.
  counter& commit_failures;
  /// Seconds that one commit took, without its sync.
  histogram& commit_seconds;
  /// Seconds that one sync of the store took.
  histogram& sync_seconds;
  /// Checkpoints of active traces written.
  counter& checkpoints;
  counter& retention_by_age;
  counter& retention_by_size;

  // -- Redis ------------------------------------------------------------------

  counter& acknowledged;
  /// Seconds that one XACK took.
  histogram& acknowledge_seconds;
  counter& reconnects;
  /// Times a lost group was made again.
  counter& groups_renewed;
  /// Entries that were gone before our group was given them.
  counter& trimmed_unread;
  /// Entries that we trimmed because of their age or TRACE_STREAM_MAXLEN.
  counter& stream_trimmed;
  /// Those of them that somebody had not read or acknowledged yet, perhaps.
  counter& stream_forced;
  /// Entries taken over from consumers that are dead.
  counter& claimed;
  /// Times a batch waited longer than TRACE_WATCHDOG for its answer.
  counter& watchdog;

  // -- HTTP -------------------------------------------------------------------

  /// Requests that found TRACE_HTTP_MAX_PENDING others waiting: 503.
  counter& http_rejected;
  /// Requests that waited longer than TRACE_HTTP_TIMEOUT: 504.
  counter& http_timeouts;

  /// Requests answered, by route template and status code.
  counter& http_requests(std::string_view route, int code);

  /// Seconds from the last byte of a request to its answer.
  histogram& http_seconds(std::string_view route);

  // -- levels -----------------------------------------------------------------
  // Said by those who know them, about twice a second.

  /// What one correlator holds.
  struct correlator_gauges {
    gauge& traces;
    gauge& parked;
    gauge& spans;
    gauge& bytes;
    gauge& uncommitted;
    gauge& unacked;
  };
  correlator_gauges correlator(std::size_t shard);

  /// What Redis says of one stream.
  struct stream_gauges {
    gauge& length;
    gauge& pending;
    /// NaN where Redis cannot tell.
    gauge& lag;
  };
  stream_gauges stream(const std::string& name);

  struct store_gauges {
    gauge& traces;
    gauge& incomplete;
    gauge& bytes;
  };
  store_gauges store();

  /// Batches of one reader that are not answered yet: at TRACE_WINDOW it waits.
  gauge& window(std::size_t reader);

  /// Messages that wait for one actor of a role.
  gauge& mailbox(const std::string& role, std::size_t index);

  /// Always 1; the label says the version.
  gauge& build_info(const std::string& version);

  // -- following the log ------------------------------------------------------

  /// What one exporter did.
  struct exporter_counters {
    counter& exported;
    counter& failed;
    counter& retried;
    counter& rejected;
    /// Traces that were dropped before this exporter came to them.
    counter& overtaken;
    counter& rejected_spans;
    counter& held_back;
    /// Log entries that are not dealt with.
    gauge& lag;
  };
  exporter_counters exporter(const std::string& name);

  /// Log entries that statistics never saw because the log was cut.
  counter& statistics_lost;
  /// Names and keys that statistics and analytics forgot to make room.
  counter& statistics_forgotten;

  /// Rows of these are made by `span_metrics`. Their names are those of others
  /// and have no prefix.
  struct span_families {
    prometheus::Family<counter>& calls;
    prometheus::Family<histogram>& latency;
    prometheus::Family<counter>& requests;
    prometheus::Family<counter>& failed;
    prometheus::Family<histogram>& seconds;
    /// Spans and calls that were counted in the rows called `other`.
    counter& beyond_limit;
  };
  span_families spans();

  /// The text format of Prometheus.
  std::string render() const;

private:
  prometheus::Family<counter>& http_requests_;
  prometheus::Family<histogram>& http_seconds_;
};

} // namespace meshtrace
