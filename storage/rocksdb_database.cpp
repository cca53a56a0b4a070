#include "storage/rocksdb_database.hpp"

#include "storage/rocksdb_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

namespace meshtrace {

namespace {

constexpr std::array<std::string_view, rocksdb_database::families> names
  = {"default", "records", "ids", "ends", "durations", "log", "checkpoints"};

constexpr std::size_t mib = std::size_t{1} << 20;

/// The cache is in so few parts that a filter of a megabyte fits into one: what
/// does not fit is read again for every id.
constexpr int shard_bits = 1;

/// Blocks, filters and write buffers share one budget: buffers take their part
/// out of the cache. A quarter is for what RocksDB does not account for.
struct memory_share {
  explicit memory_share(std::size_t memory)
    : cache(rocksdb::NewLRUCache(memory / 4 * 3, shard_bits)),
      buffers(std::make_shared<rocksdb::WriteBufferManager>(memory / 3, cache)),
      buffer_bytes(std::clamp(memory / 8, mib, 64 * mib)) {
    // nop
  }

  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
  std::size_t buffer_bytes;
};

rocksdb::DBOptions db_options_of(const memory_share& memory) {
  rocksdb::DBOptions result;
  result.create_if_missing = true;
  result.create_missing_column_families = true;
  result.write_buffer_manager = memory.buffers;
  result.max_open_files = 256;
  result.max_background_jobs = 2;
  // One family that is written seldom must not keep the log of all alive.
  result.max_total_wal_size = 8 * memory.buffer_bytes;
  result.info_log_level = rocksdb::WARN_LEVEL;
  result.max_log_file_size = 4 * mib;
  result.keep_log_file_num = 3;
  // Writers come one at a time anyway.
  result.allow_concurrent_memtable_write = false;
  result.skip_stats_update_on_db_open = true;
  result.bytes_per_sync = mib;
  return result;
}

rocksdb::ColumnFamilyOptions
family_options_of(family which, const memory_share& memory) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.cache;
  table.block_size = 16 * 1024;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  const bool by_point = which == family::ids || which == family::checkpoints;
  if (by_point)
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions result;
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  result.compression = rocksdb::kLZ4Compression;
  result.write_buffer_size = memory.buffer_bytes;
  result.max_write_buffer_number = 3;
  if (by_point) { // most ids that are asked for are new
    result.memtable_prefix_bloom_size_ratio = 0.05;
    result.memtable_whole_key_filtering = true;
  }
  // What retention deletes here and there gives its space back soon.
  result.table_properties_collector_factories.push_back(
    rocksdb::NewCompactOnDeletionCollectorFactory(10'000, 5'000));
  return result;
}

/// Refuses what a newer meshtrace or another program has made.
expected<void> check_families(const std::string& directory) {
  std::vector<std::string> present;
  const auto listed = rocksdb::DB::ListColumnFamilies({}, directory, &present);
  if (!listed.ok()) // nothing is there, or opening will say what is wrong
    return {};
  for (auto& name : present)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return failure(fmt::format(
        "{} was not made by this version of meshtrace (it has \"{}\"): run the "
        "version that made it, or choose another folder",
        directory, name));
  return {};
}

expected<void> make_folder(const std::string& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed)
    return failure(fmt::format("cannot make the folder {}: {}", directory,
                               failed.message()));
  return {};
}

} // namespace

expected<std::unique_ptr<rocksdb_database>>
rocksdb_database::open(const rocksdb_options& options) {
  if (auto made = make_folder(options.directory); !made)
    return tl::unexpected(made.error());
  if (auto ours = check_families(options.directory); !ours)
    return tl::unexpected(ours.error());
  const memory_share memory{options.memory};
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (std::size_t i = 0; i < families; ++i)
    wanted.emplace_back(std::string{names[i]},
                        family_options_of(static_cast<family>(i), memory));
  std::unique_ptr<rocksdb_database> result{
    new rocksdb_database{options.directory}};
  rocksdb::DB* opened = nullptr;
  const auto status
    = rocksdb::DB::Open(db_options_of(memory), options.directory, wanted,
                        &result->handles_, &opened);
  if (!status.ok() && status.ToString().find("lock") != std::string::npos)
    return failure(fmt::format(
      "{} is in use by another process: stop that one, or choose another "
      "folder ({})",
      options.directory, status.ToString()));
  if (!status.ok())
    return result->failed(status);
  result->db_.reset(opened);
  return result;
}

rocksdb_database::~rocksdb_database() {
  if (!db_)
    return;
  for (auto* handle : handles_)
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

rocksdb::Status
rocksdb_database::get(family from, std::string_view key, std::string& value,
                      const rocksdb::ReadOptions& how) {
  return db_->Get(how, (*this)[from], slice_of(key), &value);
}

std::unique_ptr<rocksdb::Iterator>
rocksdb_database::iterate(family over, const rocksdb::ReadOptions& how) {
  return std::unique_ptr<rocksdb::Iterator>{
    db_->NewIterator(how, (*this)[over])};
}

rocksdb::Status rocksdb_database::write(rocksdb::WriteBatch& batch) {
  return db_->Write({}, &batch);
}

std::uint64_t rocksdb_database::bytes(std::initializer_list<family> of) const {
  std::uint64_t result = 0;
  for (const auto which : of) {
    std::uint64_t bytes = 0;
    db_->GetIntProperty((*this)[which],
                        rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
    result += bytes;
  }
  return result;
}

std::uint64_t rocksdb_database::bytes() const {
  auto result = bytes({family::records, family::ids, family::ends,
                       family::durations, family::log});
  rocksdb::VectorLogPtr files;
  if (db_->GetSortedWalFiles(files).ok())
    for (auto& file : files)
      result += file->SizeFileBytes();
  return result;
}

rocksdb::Status rocksdb_database::flush() {
  return db_->Flush({}, handles_);
}

rocksdb::Status rocksdb_database::compact(family which, const std::string* to) {
  rocksdb::CompactRangeOptions how;
  how.exclusive_manual_compaction = false;
  const auto last = slice_of(to == nullptr ? std::string_view{} : *to);
  return db_->CompactRange(how, (*this)[which], nullptr,
                           to == nullptr ? nullptr : &last);
}

tl::unexpected<error>
rocksdb_database::failed(const rocksdb::Status& status) const {
  return failure(fmt::format("{}: {}", directory_, status.ToString()));
}

} // namespace meshtrace
