#pragma once

#include "storage/drop_memory.hpp"
#include "storage/name_table.hpp"
#include "storage/rocksdb_database.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// What is counted of all records; written with each batch.
struct rocksdb_totals {
  std::uint64_t traces = 0;
  std::uint64_t whole = 0;
  /// Of the records, before they are compressed.
  std::uint64_t bytes = 0;
  /// Trace numbers: the first that may have a record, the next to give.
  std::uint64_t first = 1;
  std::uint64_t next = 1;

  /// As if a trace were not there any more.
  void remove(std::uint64_t record_bytes, bool was_whole) {
    traces -= traces > 0 ? 1 : 0;
    whole -= was_whole && whole > 0 ? 1 : 0;
    bytes -= record_bytes < bytes ? record_bytes : bytes;
  }
};

std::string encode_totals(const rocksdb_totals& x);

/// The log of a partition has the entries from `gone` + 1 to `end`, of which
/// those until `synced` are visible.
struct rocksdb_log_range {
  std::uint64_t gone = 0;
  std::uint64_t end = 0;
  std::uint64_t synced = 0;

  /// `gone` as soon as the log is cut to `share` entries, which readers do not
  /// wait for.
  std::uint64_t gone_with(std::uint64_t share) const {
    return end > share && end - share > gone ? end - share : gone;
  }
};

/// Most entries of one partition.
inline std::uint64_t log_share(const rocksdb_options& options) {
  const auto share = options.log_limit / options.partitions;
  return share > 0 ? share : 1;
}

/// What the engine remembers of an open folder; all of it is in the folder too.
struct rocksdb_state {
  rocksdb_totals totals;
  /// By partition.
  std::vector<rocksdb_log_range> logs;
  /// How many, by partition.
  std::vector<std::uint64_t> checkpoints;
  name_table names;
  /// Names below this number are in the folder.
  std::uint32_t names_saved = 0;
  drop_memory dropped;
};

/// Reads what is there; a new folder is given its format and partition count.
/// An error if the folder is of another format or partition count.
expected<std::unique_ptr<rocksdb_state>>
load_state(rocksdb_database& from, const rocksdb_options& options);

} // namespace meshtrace
