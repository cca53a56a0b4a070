#pragma once

#include "trace/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace meshtrace {

struct rocksdb_options {
  /// TRACE_DATA_DIR; made if it is not there.
  std::string directory;
  /// Bytes that RocksDB may take for blocks and buffers
  /// (TRACE_ROCKSDB_MEMORY).
  std::size_t memory = 64 * 1024 * 1024;
  /// Bytes on disk (TRACE_STORE_MAX_BYTES); beyond it, at the next
  /// `enforce_retention`, the trace that was committed first goes.
  std::uint64_t max_bytes = std::uint64_t{10} << 30;
  /// Nanoseconds since the first commit; 0 keeps for ever.
  std::int64_t retention = 0;
  /// A folder keeps the count it was made with.
  std::uint32_t partitions = 64;
  /// Log entries say what they add to statistics.
  bool contributions = true;
  /// For what two writers said of one span.
  span_limits of_span;
  /// Most log entries over all partitions, each of which has an equal share.
  std::size_t log_limit = 1'000'000;
  /// Called once, from any thread, with what is wrong with the first damaged
  /// record that is passed over.
  std::function<void(const std::string&)> on_damage = [](const std::string&) {
    // not told to anybody
  };
};

} // namespace meshtrace
