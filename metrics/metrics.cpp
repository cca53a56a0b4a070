#include "metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <map>

namespace meshtrace {

namespace {

using counter = metrics::counter;
using family = prometheus::Family<counter>;

family& make_family(prometheus::Registry& registry, const std::string& name,
                    const std::string& help) {
  return prometheus::BuildCounter()
    .Name("meshtrace_" + name + "_total")
    .Help(help)
    .Register(registry);
}

counter& make(prometheus::Registry& registry, const std::string& name,
              const std::string& help) {
  return make_family(registry, name, help).Add({});
}

/// From 50 us to 5 s: what a commit, a sync or a request may take.
const prometheus::Histogram::BucketBoundaries latencies{
  50e-6, 200e-6, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5};

prometheus::Family<metrics::histogram>&
make_latencies(prometheus::Registry& registry, const std::string& name,
               const std::string& help) {
  return prometheus::BuildHistogram()
    .Name("meshtrace_" + name + "_seconds")
    .Help(help)
    .Register(registry);
}

metrics::histogram&
make_latency(prometheus::Registry& registry, const std::string& name,
             const std::string& help) {
  return make_latencies(registry, name, help).Add({}, latencies);
}

metrics::gauge&
make_level(prometheus::Registry& registry, const std::string& name,
           const std::string& help,
           const std::map<std::string, std::string>& labels = {}) {
  return prometheus::BuildGauge()
    .Name("meshtrace_" + name)
    .Help(help)
    .Register(registry)
    .Add(labels);
}

/// One counter for each value of an enum, told apart by the label `reason`.
template <class Enum, std::size_t N>
std::array<counter*, N>
make_by_reason(prometheus::Registry& registry, const std::string& name,
               const std::string& help) {
  auto& all = make_family(registry, name, help);
  std::array<counter*, N> result = {};
  for (std::size_t i = 0; i < N; ++i)
    result[i]
      = &all.Add({{"reason", std::string{to_string(static_cast<Enum>(i))}}});
  return result;
}

} // namespace

std::string_view to_string(drop_reason reason) {
  static constexpr std::array<std::string_view, drop_reasons> names
    = {"trace_limit", "late_after_retention", "trimmed"};
  return names[static_cast<std::size_t>(reason)];
}

metrics::metrics()
  : deliveries(
    make(registry_, "deliveries", "Stream entries that Redis delivered.")),
    joined(make(registry_, "joined",
                "Stream entries that told a trace something new.")),
    duplicates(
      make(registry_, "duplicates", "Stream entries that told nothing new.")),
    dead(make_by_reason<dead_reason, dead_reasons>(
      registry_, "dead", "Stream entries that can be part of no trace.")),
    dropped(make_by_reason<drop_reason, drop_reasons>(
      registry_, "dropped", "Stream entries that were left out.")),
    dead_letter_failures(make(registry_, "dead_letter_failures",
                              "Times Redis did not take dead letters.")),
    dead_letters_trimmed(make(registry_, "dead_letters_trimmed",
                              "Dead letters dropped because of too many.")),
    bad_fields(make(registry_, "bad_fields",
                    "Values that could not be read; kept as attributes.")),
    bad_parents(make(registry_, "bad_parents",
                     "Parent ids that can be no id; kept as attributes.")),
    cut_values(
      make(registry_, "cut_values", "Values cut at TRACE_MAX_VALUE_BYTES.")),
    cut_attributes(make(registry_, "cut_attributes",
                        "Attributes left out beyond TRACE_MAX_ATTRIBUTES.")),
    completed(make_by_reason<completion_reason, 5>(
      registry_, "traces_completed", "First revisions of traces.")),
    revisions(make(registry_, "trace_revisions",
                   "Revisions of traces after their first.")),
    commit_failures(
      make(registry_, "commit_failures", "Commits that the store refused.")),
    commit_seconds(make_latency(registry_, "store_commit",
                                "What one commit took, without its sync.")),
    sync_seconds(make_latency(registry_, "store_sync",
                              "What one sync of the store took.")),
    checkpoints(
      make(registry_, "checkpoints", "Checkpoints of active traces written.")),
    retention_by_age(make(registry_, "retention_dropped_by_age",
                          "Traces dropped because of their age.")),
    retention_by_size(make(registry_, "retention_dropped_by_size",
                           "Traces dropped because there were too many.")),
    acknowledged(
      make(registry_, "acknowledged", "Stream entries acknowledged in Redis.")),
    acknowledge_seconds(
      make_latency(registry_, "acknowledge", "What one XACK took.")),
    reconnects(make(registry_, "redis_reconnects",
                    "Connections to Redis that were made again.")),
    groups_renewed(make(registry_, "redis_groups_renewed",
                        "Consumer groups that were lost and made again.")),
    trimmed_unread(make(registry_, "trimmed_unread",
                        "Stream entries gone before they were delivered.")),
    stream_trimmed(make(registry_, "stream_trimmed",
                        "Stream entries trimmed by age or length.")),
    stream_forced(
      make(registry_, "stream_forced",
           "Stream entries trimmed by length though a group needed them.")),
    claimed(make(registry_, "redis_claimed",
                 "Pending entries taken over from dead consumers.")),
    watchdog(make(registry_, "watchdog",
                  "Times a batch waited too long for its answer.")),
    http_rejected(make(registry_, "http_rejected",
                       "Requests turned away because too many waited.")),
    http_timeouts(make(registry_, "http_timeouts",
                       "Requests that waited too long for their answer.")),
    statistics_lost(make(registry_, "statistics_lost",
                         "Revisions that statistics never saw.")),
    statistics_forgotten(make(registry_, "statistics_forgotten",
                              "Names that statistics and analytics forgot "
                              "because there were too many.")),
    http_requests_(
      make_family(registry_, "http_requests", "Requests answered.")),
    http_seconds_(make_latencies(registry_, "http_request",
                                 "What answering a request took.")) {
  // nop
}

metrics::counter& metrics::http_requests(std::string_view route, int code) {
  return http_requests_.Add(
    {{"route", std::string{route}}, {"code", std::to_string(code)}});
}

metrics::exporter_counters metrics::exporter(const std::string& name) {
  const auto add
    = [&](const std::string& what, const std::string& help) -> counter& {
    return make_family(registry_, "exporter_" + what, help)
      .Add({{"exporter", name}});
  };
  return {
    add("exported", "Traces that the target has."),
    add("failed", "Attempts that the target refused."),
    add("retried", "Traces that were tried again."),
    add("rejected", "Traces that the target will never take."),
    add("overtaken", "Traces dropped before they were exported."),
    add("rejected_spans", "Spans that the target left out of what it took."),
    add("held_back", "Traces that the exporter did not send, to send no "
                     "more than it may."),
    make_level(registry_, "exporter_lag",
               "Log entries that the exporter has not dealt with.",
               {{"exporter", name}})};
}

metrics::histogram& metrics::http_seconds(std::string_view route) {
  return http_seconds_.Add({{"route", std::string{route}}}, latencies);
}

metrics::correlator_gauges metrics::correlator(std::size_t shard) {
  const auto add = [&](const std::string& what, const std::string& help) //
    -> gauge& {
    return make_level(registry_, what, help,
                      {{"shard", std::to_string(shard)}});
  };
  return {add("active_traces", "Traces with something uncommitted."),
          add("parked_traces", "Active traces that only the store has."),
          add("active_spans", "Spans of active traces in memory."),
          add("active_bytes", "Memory that active traces take."),
          add("uncommitted_traces", "Traces on their way to the store."),
          add("unacknowledged_entries", "Entries of active traces.")};
}

metrics::stream_gauges metrics::stream(const std::string& name) {
  const auto add = [&](const std::string& what, const std::string& help) //
    -> gauge& {
    return make_level(registry_, "stream_" + what, help, {{"stream", name}});
  };
  return {add("length", "Entries in the stream."),
          add("pending", "Entries delivered and not acknowledged."),
          add("lag", "Entries not delivered yet.")};
}

metrics::store_gauges metrics::store() {
  return {make_level(registry_, "store_traces", "Completed traces stored."),
          make_level(registry_, "store_incomplete_traces",
                     "Stored traces that are incomplete."),
          make_level(registry_, "store_bytes", "Bytes that the store takes.")};
}

metrics::gauge& metrics::window(std::size_t reader) {
  return make_level(registry_, "window_batches",
                    "Batches of a reader that are not answered.",
                    {{"reader", std::to_string(reader)}});
}

metrics::gauge& metrics::mailbox(const std::string& role, std::size_t index) {
  return make_level(registry_, "mailbox_messages",
                    "Messages that wait for an actor.",
                    {{"role", role}, {"index", std::to_string(index)}});
}

metrics::gauge& metrics::build_info(const std::string& version) {
  return make_level(registry_, "build_info", "The version that runs.",
                    {{"version", version}});
}

metrics::span_families metrics::spans() {
  const auto counters = [&](const char* name, const char* help) -> auto& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  };
  const auto histograms = [&](const char* name, const char* help) -> auto& {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(
      registry_);
  };
  return {
    counters("traces_spanmetrics_calls_total", "Spans of completed traces."),
    histograms("traces_spanmetrics_latency",
               "Seconds that spans of completed traces took."),
    counters("traces_service_graph_request_total",
             "Calls from one agent to another."),
    counters("traces_service_graph_request_failed_total",
             "Calls from one agent to another that failed."),
    histograms("traces_service_graph_request_server_seconds",
               "Seconds that the called agent took."),
    make(registry_, "span_metrics_other",
         "Spans and calls beyond the rows that these metrics may have, "
         "counted in one called other.")};
}

std::string metrics::render() const {
  return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

} // namespace meshtrace
