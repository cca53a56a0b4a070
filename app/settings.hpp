#pragma once

#include "app/log.hpp"
#include "exporters/json.hpp"
#include "exporters/otlp.hpp"
#include "exporters/target.hpp"
#include "exporters/webhook_filter.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Where a new consumer group begins to read.
enum class start_position : std::uint8_t { oldest, newest };

/// What a target that was never exported to gets first.
enum class export_start : std::uint8_t { now, oldest };

/// Everything an operator can choose, in the order of settings_table(), which
/// says what is legal. The initial values here are the defaults. There is one
/// of these, so that its order is for readers and not for the least size.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct settings {
  using duration = std::chrono::nanoseconds;

  // Tracing and what it prints.
  bool tracing_enabled = false;
  std::vector<std::string> exporters{"console"}; ///< Empty for `none`.
  bool pretty_output = true;
  bool stats_enabled = true;

  // Exporting.
  export_start export_from = export_start::now;
  std::size_t export_batch_bytes = 1U << 20U; ///< Bytes of a request.
  duration export_batch_delay{std::chrono::milliseconds{200}};
  duration export_timeout{std::chrono::seconds{10}}; ///< One request.
  tls_options export_tls; ///< Of Zipkin and the webhook.
  std::string json_output_dir;
  json_layout json_file_layout = json_layout::files;
  std::size_t json_max_bytes = 64U << 20U; ///< Bytes of a file of lines.
  duration json_max_age{std::chrono::hours{1}};
  std::size_t json_keep = 0; ///< Closed files of lines; 0 keeps all.
  std::string telemetry_endpoint = "localhost:4317";
  otlp_protocol telemetry_protocol = otlp_protocol::grpc;
  header_fields telemetry_headers; ///< Secret.
  bool telemetry_gzip = true;
  duration telemetry_timeout{std::chrono::seconds{10}};
  bool telemetry_insecure = true; ///< No TLS where the endpoint has no scheme.
  tls_options telemetry_tls;
  std::string zipkin_endpoint = "http://localhost:9411/api/v2/spans";
  header_fields zipkin_headers; ///< Secret.
  std::string webhook_url;      ///< Secret.
  webhook_filter webhook_traces{.failed = true};
  std::size_t webhook_rate = 60; ///< Calls a minute.
  header_fields webhook_headers; ///< Secret.

  // Redis.
  std::string redis_url
    = "redis://localhost:6379"; ///< Secret, has been parsed.
  std::vector<std::string> streams{"mcp-mesh:traces", "mesh:trace"};
  std::string consumer_group = "meshtrace";
  std::string consumer_name; ///< Never empty once loaded.
  /// Of traces and stream entries; 0 keeps for ever.
  duration retention{std::chrono::hours{24}};
  std::size_t stream_maxlen = 0; ///< Entries of a stream; 0 is no limit.
  start_position start_from = start_position::oldest;
  duration redis_timeout{std::chrono::seconds{2}}; ///< One command, connecting.

  // Batches and windows.
  std::size_t batch_size = 100; ///< Entries a read when there is little to do.
  std::size_t batch_max = 1000; ///< Entries a read at most.
  std::size_t window = 4;       ///< Batches in flight for each reader.
  std::size_t commit_window = 20'000;  ///< Traces not yet stored, a correlator.
  std::size_t max_unacked = 1'000'000; ///< Entries read and not acknowledged.
  duration watchdog{std::chrono::seconds{5}};
  std::string dead_letter_stream = "mesh:trace:dead";
  std::size_t dead_letter_max = 100'000; ///< Entries of that stream.

  // Completion.
  duration trace_timeout{std::chrono::minutes{5}};
  duration root_quiet{std::chrono::milliseconds{500}};
  duration parent_wait{std::chrono::seconds{60}};

  // Limits of one trace, and of all in memory.
  std::size_t memory_budget = 512U << 20U; ///< Bytes.
  std::size_t max_spans = 10'000;          ///< Of one trace.
  std::size_t max_trace_bytes = 8U << 20U; ///< Bytes of one trace.
  std::size_t max_attributes = 64;         ///< Of one span.
  std::size_t max_value_bytes = 8U << 10U; ///< Bytes of one text value.

  // The store.
  std::string store = "rocksdb";
  std::string data_dir = "./meshtrace-data";
  std::size_t max_stored = 1000; ///< Traces.
  std::size_t store_max_bytes = std::size_t{10} << 30U;
  std::size_t rocksdb_memory = 64U << 20U; ///< Bytes, beside the budget.
  duration sync_interval{std::chrono::milliseconds{50}};
  duration checkpoint{std::chrono::seconds{2}};
  std::size_t search_budget = 100'000; ///< Records one search may look at.

  // HTTP.
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000; ///< 0 takes any free one.
  std::string http_token;    ///< Secret; empty asks for none.
  duration http_timeout{std::chrono::seconds{5}};
  std::size_t http_max_pending = 256;
  std::size_t http_max_connections = 1024;
  std::size_t http_max_url_bytes = 8U << 10U;
  std::size_t http_max_header_bytes = 16U << 10U;
  std::size_t http_max_body_bytes = 64U << 10U;
  std::size_t http_max_response_bytes = 32U << 20U;

  // Sizes of pools.
  std::size_t readers = 1;
  std::size_t correlators = 1; ///< Loaded: as many as cores, at most 4.
  std::size_t stores = 1;
  std::size_t http_threads = 1;
  std::size_t workers = 1; ///< Loaded: as many as cores.
  std::size_t partitions = 64;

  // The process.
  log_level level = log_level::info;
  log_format format = log_format::text;
  duration shutdown_timeout{std::chrono::seconds{10}};

  /// Where the settings come from that were given: "environment",
  /// "--trace-batch-size" or "meshtrace.toml:3", by the variable's name.
  std::map<std::string, std::string, std::less<>> sources;

  /// Whether the setting of this name (`TRACE_BATCH_SIZE`) was given, even if
  /// it was given as what is the default anyway.
  bool given(std::string_view name) const;
};

/// One setting for people and for REST.
struct shown_setting {
  std::string key;  ///< As in the file, `trace_batch_size`.
  std::string text; ///< Secrets are masked.
};

/// All settings in the order of the table.
std::vector<shown_setting> shown(const settings& config);

} // namespace meshtrace
