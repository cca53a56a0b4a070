#include "app/settings_table.hpp"

#include "app/settings_rows.hpp"
#include "exporters/grpc_credentials.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::hours;
using namespace rows;

constexpr std::size_t kib = 1U << 10U;
constexpr std::size_t mib = 1U << 20U;
constexpr std::size_t gib = 1U << 30U;

setting_group tracing_group() {
  using s = settings;
  return {
    "Tracing",
    {
      boolean("MCP_MESH_DISTRIBUTED_TRACING_ENABLED", &s::tracing_enabled,
              "Whether events are read at all. When off, the REST API answers "
              "with `\"enabled\": false`."),
      exporters("TRACE_EXPORTER_TYPE", &s::exporters,
                "Where finished traces are sent. `multi` (also `multiple` and "
                "`all`) is the console and whatever else has a target that "
                "was set."),
      boolean("TRACE_PRETTY_OUTPUT", &s::pretty_output,
              "Whether the console exporter prints trees for people; when off, "
              "one JSON object a line."),
      boolean(
        "TRACE_ENABLE_STATS", &s::stats_enabled,
        "Whether statistics are kept for `/trace/stats`, `/analytics` and "
        "the summary line."),
    }};
}

setting_group redis_group() {
  using s = settings;
  return {
    "Redis",
    {
      redis_url("REDIS_URL", &s::redis_url,
                "The server with the streams. Percent-encode special "
                "characters of user and password."),
      streams("TRACE_STREAMS", &s::streams, "The streams that are read."),
      word("TRACE_CONSUMER_GROUP", &s::consumer_group,
           "The consumer group. No other service may use it: services in one "
           "group take each other's events."),
      computed(word("TRACE_CONSUMER_NAME", &s::consumer_name,
                    "The name of this process in the group. Keep it stable "
                    "over restarts and different for every process."),
               "meshtrace-<host name>-<port>",
               [](settings& to, const host_facts& host) {
                 // Host names have at most 64 bytes, so that this is legal.
                 to.consumer_name
                   = fmt::format("meshtrace-{}-{}", host.name, to.port);
               }),
      duration("MCP_MESH_TRACE_RETENTION", &s::retention, 0s, hours{87'600},
               "How long traces and stream entries are kept; `0` keeps them "
               "for ever. Entries that a group still needs stay longer."),
      integer("TRACE_STREAM_MAXLEN", &s::stream_maxlen, 0,
              std::size_t{1'000'000'000},
              "Entries that a stream keeps, about; `0` is no limit. Entries "
              "that a group still needs stay up to twice as many."),
      choice("TRACE_START_FROM", &s::start_from,
             std::array{std::pair{"oldest"sv, start_position::oldest},
                        std::pair{"newest"sv, start_position::newest}},
             "Where a new consumer group begins: with the oldest event that "
             "Redis still has, or with what comes next."),
      duration("TRACE_REDIS_TIMEOUT", &s::redis_timeout, 10ms, 1min,
               "How long connecting and one command may take."),
    }};
}

setting_group flow_group() {
  using s = settings;
  return {
    "Batches and windows",
    {
      integer("TRACE_BATCH_SIZE", &s::batch_size, 1, std::size_t{1000},
              "Entries that are read at once when there is little to do."),
      integer("TRACE_BATCH_MAX", &s::batch_max, 1, std::size_t{10'000},
              "Entries that are read at once at most; not less than "
              "TRACE_BATCH_SIZE."),
      integer("TRACE_WINDOW", &s::window, 1, std::size_t{64},
              "Batches that a reader has in flight before it waits."),
      integer("TRACE_COMMIT_WINDOW", &s::commit_window, 1,
              std::size_t{10'000'000},
              "Finished traces that a correlator has on the way to the store "
              "before it slows reading down."),
      integer("TRACE_MAX_UNACKED", &s::max_unacked, 1000,
              std::size_t{100'000'000},
              "Entries that are read and not yet acknowledged; beyond it the "
              "quietest traces are written as they are (with the memory "
              "engine: completed, reason `memory`)."),
      word("TRACE_DEAD_LETTER_STREAM", &s::dead_letter_stream,
           "The stream that entries go to which can be part of no trace."),
      integer("TRACE_DEAD_LETTER_MAX", &s::dead_letter_max, 1,
              std::size_t{10'000'000},
              "Entries that the stream of dead letters keeps at most, about."),
      duration("TRACE_WATCHDOG", &s::watchdog, 100ms, hours{1},
               "How long a batch may go unanswered before the log and "
               "`/readyz` say so."),
    }};
}

setting_group completion_group() {
  using s = settings;
  return {
    "Completing traces",
    {
      duration("TRACE_ROOT_QUIET", &s::root_quiet, 0s, hours{1},
               "How long a trace is quiet before it is complete when its root "
               "has ended and nothing is missing."),
      duration("TRACE_PARENT_WAIT", &s::parent_wait, 0s, hours{24},
               "How long a trace is quiet before it is given up as incomplete "
               "when a parent has not come."),
      duration("TRACE_TIMEOUT", &s::trace_timeout, 100ms, hours{168},
               "How long a trace is quiet before it is given up as incomplete "
               "when a started span has not ended."),
    }};
}

setting_group limit_group() {
  using s = settings;
  return {
    "Limits",
    {
      size("TRACE_MEMORY_BUDGET", &s::memory_budget, 16 * mib, 1024 * gib,
           "Memory for active traces, for those on the way to the store and "
           "for the memory store together. Beyond it the quietest traces leave "
           "memory for the disk (with the memory engine: are completed, "
           "reason `memory`)."),
      integer("TRACE_MAX_SPANS", &s::max_spans, 1, std::size_t{1'000'000},
              "Spans of one trace; more are dropped and counted, and the trace "
              "is marked as truncated."),
      size("TRACE_MAX_TRACE_BYTES", &s::max_trace_bytes, 64 * kib, gib,
           "Bytes of one trace; beyond it new spans are dropped likewise."),
      integer("TRACE_MAX_ATTRIBUTES", &s::max_attributes, 0,
              std::size_t{10'000}, "Unknown fields that are kept of one span."),
      size("TRACE_MAX_VALUE_BYTES", &s::max_value_bytes, 16, mib,
           "Bytes that are kept of one text value."),
    }};
}

setting_group store_group() {
  using s = settings;
  return {
    "Store",
    {
      choice("TRACE_STORE", &s::store,
             std::array{std::pair{"rocksdb"sv, std::string{"rocksdb"}},
                        std::pair{"memory"sv, std::string{"memory"}}},
             "The engine that keeps finished traces. `rocksdb` has them in "
             "TRACE_DATA_DIR; `memory` forgets them when the process ends."),
      integer("TRACE_MAX_STORED", &s::max_stored, 1, std::size_t{10'000'000},
              "Traces that the memory engine keeps; the oldest are dropped."),
      folder("TRACE_DATA_DIR", &s::data_dir,
             "The folder of the `rocksdb` engine; made if it is not there."),
      size("TRACE_STORE_MAX_BYTES", &s::store_max_bytes, 16 * mib,
           1024 * 1024 * gib,
           "Bytes of the `rocksdb` engine on disk; beyond it the oldest traces "
           "are dropped."),
      size("TRACE_ROCKSDB_MEMORY", &s::rocksdb_memory, 8 * mib, 1024 * gib,
           "Memory that RocksDB may take, beside TRACE_MEMORY_BUDGET."),
      duration("TRACE_SYNC_INTERVAL", &s::sync_interval, 0s, 10s,
               "How long the store may gather what it writes before it waits "
               "for the disk. Entries are acknowledged after that."),
      duration("TRACE_CHECKPOINT", &s::checkpoint, 100ms, hours{1},
               "How long an entry of an active trace stays unacknowledged "
               "before the trace is written as it is."),
      integer("TRACE_SEARCH_BUDGET", &s::search_budget, 100,
              std::size_t{100'000'000},
              "Records that one search looks at before it answers with what it "
              "has found."),
    }};
}

setting_group http_group() {
  using s = settings;
  return {
    "HTTP",
    {
      host("HOST", &s::host,
           "The address to listen at; `0.0.0.0` is every IPv4 address of the "
           "machine."),
      integer("PORT", &s::port, 0, std::uint16_t{65'535},
              "The port to listen at; `0` takes any free one."),
      token("TRACE_HTTP_TOKEN", &s::http_token,
            "The bearer token that every request but `/healthz` and `/readyz` "
            "must carry."),
      duration("TRACE_HTTP_TIMEOUT", &s::http_timeout, 10ms, 10min,
               "How long a question may wait inside before it is answered "
               "with 504."),
      integer("TRACE_HTTP_MAX_PENDING", &s::http_max_pending, 1,
              std::size_t{65'536},
              "Requests that wait at the same time; more are answered with "
              "503."),
      integer("TRACE_HTTP_MAX_CONNECTIONS", &s::http_max_connections, 1,
              std::size_t{65'536}, "Connections that are open at once."),
      size("TRACE_HTTP_MAX_URL_BYTES", &s::http_max_url_bytes, 256, mib,
           "Bytes of a URL; more is answered with 414."),
      size("TRACE_HTTP_MAX_HEADER_BYTES", &s::http_max_header_bytes, kib, mib,
           "Bytes of all header fields; more is answered with 431."),
      size("TRACE_HTTP_MAX_BODY_BYTES", &s::http_max_body_bytes, kib, gib,
           "Bytes of a request's body; more is answered with 413."),
      size("TRACE_HTTP_MAX_RESPONSE_BYTES", &s::http_max_response_bytes,
           64 * kib, gib,
           "Bytes of an answer; traces beyond come without their spans."),
    }};
}

setting_group pool_group() {
  using s = settings;
  constexpr std::size_t most = 64;
  return {
    "Pools",
    {
      integer("TRACE_READERS", &s::readers, 1, most,
              "Readers that share the streams; never more than streams."),
      computed(integer("TRACE_CORRELATORS", &s::correlators, 1, most,
                       "Actors that join events into traces."),
               "cores, at most 4",
               [](settings& to, const host_facts& host) {
                 to.correlators = std::clamp(host.cores, 1U, 4U);
               }),
      integer("TRACE_STORES", &s::stores, 1, most,
              "Actors that write to the store and answer from it."),
      integer("TRACE_HTTP_THREADS", &s::http_threads, 1, most,
              "Threads that serve HTTP connections."),
      computed(integer("TRACE_WORKERS", &s::workers, 1, std::size_t{256},
                       "Threads that run actors. Cores are counted as the "
                       "control group allows them."),
               "cores",
               [](settings& to, const host_facts& host) {
                 to.workers = std::clamp(host.cores, 1U, 256U);
               }),
      integer("TRACE_PARTITIONS", &s::partitions, 1, std::size_t{1024},
              "Parts that all trace ids are divided into."),
    }};
}

setting_group process_group() {
  using s = settings;
  return {"Process",
          {
            choice("TRACE_LOG_LEVEL", &s::level,
                   std::array{std::pair{"trace"sv, log_level::trace},
                              std::pair{"debug"sv, log_level::debug},
                              std::pair{"info"sv, log_level::info},
                              std::pair{"warn"sv, log_level::warn},
                              std::pair{"error"sv, log_level::error},
                              std::pair{"off"sv, log_level::off}},
                   "The least important lines that are logged, to stderr."),
            choice("TRACE_LOG_FORMAT", &s::format,
                   std::array{std::pair{"text"sv, log_format::text},
                              std::pair{"json"sv, log_format::json}},
                   "Log lines for people, or one JSON object a line."),
            duration("TRACE_SHUTDOWN_TIMEOUT", &s::shutdown_timeout, 100ms,
                     10min, "How long stopping may take after SIGTERM."),
          }};
}

} // namespace

const std::vector<setting_group>& settings_groups() {
  static const std::vector<setting_group> groups{
    tracing_group(), exporting_group(),  telemetry_group(), redis_group(),
    flow_group(),    completion_group(), limit_group(),     store_group(),
    http_group(),    pool_group(),       process_group()};
  return groups;
}

const std::vector<setting>& settings_table() {
  static const auto table = [] {
    std::vector<setting> rows;
    for (const auto& group : settings_groups())
      rows.insert(rows.end(), group.rows.begin(), group.rows.end());
    return rows;
  }();
  return table;
}

std::vector<std::string> contradictions(const settings& config) {
  std::vector<std::string> result;
  if (config.batch_max < config.batch_size)
    result.push_back(fmt::format("TRACE_BATCH_MAX ({}) must not be less than "
                                 "TRACE_BATCH_SIZE ({})",
                                 config.batch_max, config.batch_size));
  if (std::ranges::count(config.streams, config.dead_letter_stream) > 0)
    result.push_back(fmt::format(
      "TRACE_DEAD_LETTER_STREAM ({}) must not be one of TRACE_STREAMS: what "
      "cannot be understood would be read again for ever",
      config.dead_letter_stream));
  const auto exports_to = [&](std::string_view name) {
    return std::ranges::count(config.exporters, name) > 0;
  };
  if (exports_to("json") && config.json_output_dir.empty())
    result.emplace_back("TRACE_EXPORTER_TYPE has json, which wants "
                        "TRACE_JSON_OUTPUT_DIR, the folder to write to");
  if (exports_to("zipkin") && config.zipkin_endpoint.empty())
    result.emplace_back("TRACE_EXPORTER_TYPE has zipkin, which wants "
                        "ZIPKIN_ENDPOINT, where to post to");
  if (exports_to("webhook") && config.webhook_url.empty())
    result.emplace_back("TRACE_EXPORTER_TYPE has webhook, which wants "
                        "TRACE_WEBHOOK_URL, where to post to");
  if (exports_to("otlp") && config.telemetry_protocol == otlp_protocol::grpc
      && metadata_of(config.telemetry_headers).size()
           != config.telemetry_headers.size())
    result.emplace_back(
      "TELEMETRY_HEADERS has a field that gRPC cannot send: names are of "
      "letters, digits, '-', '_' and '.' and do not begin with grpc-, values "
      "are of printable ASCII");
  for (const auto& [name, tls] :
       {std::pair{"TELEMETRY_TLS", &config.telemetry_tls},
        std::pair{"TRACE_EXPORT_TLS", &config.export_tls}})
    if (tls->cert.empty() != tls->key.empty())
      result.push_back(fmt::format("{0}_CERT and {0}_KEY go together", name));
  return result;
}

} // namespace meshtrace
