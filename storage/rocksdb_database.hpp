#pragma once

#include "storage/rocksdb_options.hpp"
#include "trace/error.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The column families; rocksdb_keys.hpp says what is in them.
enum class family : std::uint8_t {
  common,
  records,
  ids,
  ends,
  durations,
  log,
  checkpoints,
};

/// One open RocksDB folder with our column families. Closes it when destroyed.
/// Any thread may use it.
class rocksdb_database {
public:
  static constexpr std::size_t families = 7;

  /// Opens the folder or makes it. The reason of a failure names the folder
  /// and, where there is something, what to do.
  static expected<std::unique_ptr<rocksdb_database>>
  open(const rocksdb_options& options);

  ~rocksdb_database();
  rocksdb_database(const rocksdb_database&) = delete;
  rocksdb_database& operator=(const rocksdb_database&) = delete;

  rocksdb::DB& db() {
    return *db_;
  }

  rocksdb::ColumnFamilyHandle* operator[](family which) const {
    return handles_[static_cast<std::size_t>(which)];
  }

  /// "NotFound" and damage are for the caller to tell apart.
  rocksdb::Status get(family from, std::string_view key, std::string& value,
                      const rocksdb::ReadOptions& how = {});

  std::unique_ptr<rocksdb::Iterator>
  iterate(family over, const rocksdb::ReadOptions& how = {});

  /// Atomic, in the log of the operating system, not yet synced.
  rocksdb::Status write(rocksdb::WriteBatch& batch);

  /// Bytes of the live files of some families.
  std::uint64_t bytes(std::initializer_list<family> of) const;
  /// Of what is bounded by a limit of bytes: traces, indexes, log, and the
  /// write-ahead log.
  std::uint64_t bytes() const;

  rocksdb::Status flush();
  /// Rewrites what lies below `to`, or everything.
  rocksdb::Status compact(family which, const std::string* to = nullptr);

  /// What went wrong, with the name of the folder.
  tl::unexpected<error> failed(const rocksdb::Status& status) const;

private:
  explicit rocksdb_database(std::string directory)
    : directory_(std::move(directory)) {
    // nop
  }

  std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

/// One state of the database for everything that one question reads.
class rocksdb_snapshot {
public:
  explicit rocksdb_snapshot(rocksdb::DB& db)
    : db_(db), snapshot_(db.GetSnapshot()) {
    how.snapshot = snapshot_;
  }
  ~rocksdb_snapshot() {
    db_.ReleaseSnapshot(snapshot_);
  }
  rocksdb_snapshot(const rocksdb_snapshot&) = delete;
  rocksdb_snapshot& operator=(const rocksdb_snapshot&) = delete;

  /// To be given to every read.
  rocksdb::ReadOptions how;

private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

/// Bytes of ours as RocksDB takes them.
inline rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view_of(const rocksdb::Slice& x) {
  return {x.data(), x.size()};
}

} // namespace meshtrace
