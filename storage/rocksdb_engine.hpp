#pragma once

#include "storage/engine.hpp"
#include "storage/rocksdb_options.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rocksdb {
class Status;
} // namespace rocksdb

namespace meshtrace {

class rocksdb_database;
struct rocksdb_state;

/// Keeps traces in a RocksDB folder: they outlive the process. What is where
/// in it: rocksdb_keys.hpp. Everything that is written goes to the write-ahead
/// log at once, which survives the process, and to the disk with `sync`, which
/// survives the machine.
///
/// A write that failed (disk full, broken, read-only) leaves everything as it
/// was. The next one tries to mend first: RocksDB is told to resume, or opened
/// again if that is not enough. Then what was never synced may be gone, so the
/// next sync fails.
class rocksdb_engine : public engine {
public:
  static expected<std::unique_ptr<rocksdb_engine>>
  open(const rocksdb_options& options);

  ~rocksdb_engine() override;

  std::string_view name() const override {
    return "rocksdb";
  }

  expected<std::vector<written_trace>>
  commit(std::span<const trace_write> batch, std::int64_t now) override;
  bool durable() const override {
    return true;
  }
  expected<void> sync() override;
  expected<void> save_checkpoints(std::span<const checkpoint> batch) override;
  expected<std::optional<checkpoint>>
  find_checkpoint(std::string_view trace_id) override;
  expected<checkpoint_page>
  load_checkpoints(const checkpoint_query& query) override;
  expected<void> save_notes(std::span<const note> notes) override;
  expected<std::vector<note>>
  find_notes(std::span<const std::string> keys) override;
  expected<void> backup(const std::string& directory) override;
  expected<std::optional<stored_trace>>
  find(std::string_view trace_id) override;
  expected<store_page> search(const store_query& query) override;
  store_totals totals() override;
  expected<log_page> read_log(std::uint32_t partition, std::uint64_t number,
                              std::size_t limit) override;
  std::vector<std::uint64_t> log_ends() override;
  expected<retention_report> enforce_retention(std::int64_t now) override;
  bool was_dropped(std::string_view trace_id, std::int64_t now) override;

  /// Records that could not be read and were passed over.
  std::uint64_t damaged() const {
    return damaged_;
  }

private:
  explicit rocksdb_engine(const rocksdb_options& options);

  // The database, rocksdb_engine.cpp.
  expected<void> open_database();
  expected<void> mend();
  /// The database and the right to use it; null after a failed `mend`.
  rocksdb_database* database(std::shared_lock<std::shared_mutex>& guard);
  tl::unexpected<error> closed() const;
  tl::unexpected<error> broken(const rocksdb::Status& status);
  void report_damage(const std::string& what);

  // rocksdb_checkpoints.cpp.
  expected<bool>
  load_page(std::uint32_t partition, const checkpoint_query& query,
            checkpoint_page& page, std::string& last, std::size_t& bytes);

  // rocksdb_retention.cpp.
  struct sweep;
  expected<bool> drop_slice(std::int64_t now, sweep& x);
  expected<void> drop(std::int64_t now, sweep& x);
  expected<void> drop_beyond_size(std::int64_t now, sweep& x);
  expected<void> give_space_back();
  expected<void> cut_logs(bool hard);
  expected<void> forget_drops(std::int64_t now);

  const rocksdb_options options_;

  /// Shared by all who use `db_`, alone to open it again. Before `mutex_`.
  std::shared_mutex open_mutex_;
  std::unique_ptr<rocksdb_database> db_;
  /// Held while something is read, joined, numbered and written.
  std::mutex mutex_;
  std::unique_ptr<rocksdb_state> state_;
  /// One sync, one sweep at a time.
  std::mutex sync_mutex_;
  std::mutex retention_mutex_;
  /// Below this trace number records were deleted; `retention_mutex_`.
  std::uint64_t deleted_below_ = 0;
  /// A write has failed since the database was opened or resumed.
  std::atomic<bool> broken_ = false;
  /// It was opened again, and no sync has said so yet.
  std::atomic<bool> reopened_ = false;
  std::atomic<std::uint64_t> damaged_ = 0;
};

} // namespace meshtrace
