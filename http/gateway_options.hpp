#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// A backup is made of links, or of copies on another file system.
inline constexpr std::chrono::minutes longest_backup{10};

/// What the gateway has to know of the settings.
struct gateway_options {
  /// TRACE_HTTP_TOKEN; empty asks for none.
  std::string token;
  /// How long a request may wait for its answer (TRACE_HTTP_TIMEOUT).
  std::chrono::nanoseconds timeout{std::chrono::seconds{5}};
  /// How long a backup may take; the server has to wait longer.
  std::chrono::nanoseconds backup_timeout = longest_backup;
  /// Requests that wait at the same time (TRACE_HTTP_MAX_PENDING).
  std::size_t max_pending = 256;
  /// Most bytes of an answer (TRACE_HTTP_MAX_RESPONSE_BYTES).
  std::size_t max_response_bytes = std::size_t{32} << 20;
  /// TRACE_PARTITIONS.
  std::uint32_t partitions = 64;
  /// Records that one search looks at (TRACE_SEARCH_BUDGET).
  std::size_t search_budget = 100'000;

  /// MCP_MESH_DISTRIBUTED_TRACING_ENABLED. While it is off, nobody is asked:
  /// every answer is there with zeros and empty lists.
  bool enabled = false;
  /// TRACE_ENABLE_STATS.
  bool stats_enabled = true;

  // What status shows of the settings, also before anything was read.
  std::vector<std::string> exporters;
  std::string group;
  std::string consumer;
  std::vector<std::string> streams;
  /// The value of TRACE_STORE.
  std::string engine;
  std::string version;
  /// All settings as key and text, secrets masked.
  std::vector<std::pair<std::string, std::string>> config;

  /// When the process started. Where it is left out, the gateway's own start
  /// counts.
  std::chrono::steady_clock::time_point started = {};
  /// Wall time in nanoseconds since 1970; tests put a clock of their own here.
  /// Empty means the real one.
  std::function<std::int64_t()> wall_clock = {};
};

} // namespace meshtrace
