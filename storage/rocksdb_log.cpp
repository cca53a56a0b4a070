// Reading the logs of the partitions; rocksdb_commit.cpp appends to them.
#include "storage/log_codec.hpp"
#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_engine.hpp"
#include "storage/rocksdb_keys.hpp"
#include "storage/rocksdb_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace keys = rocksdb_keys;

expected<log_page>
rocksdb_engine::read_log(std::uint32_t partition, std::uint64_t number,
                         std::size_t limit) {
  if (partition >= options_.partitions)
    return failure(
      fmt::format("no partition {} of {}", partition, options_.partitions));
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  const rocksdb_snapshot view{
    db->db()}; // before the range, so that a cut does not hide
  rocksdb_log_range log;
  {
    const std::lock_guard guard{mutex_};
    log = state_->logs[partition];
  }
  const auto gone = log.gone_with(log_share(options_));
  log_page result{partition, {}, gone > number ? gone - number : 0};
  auto next = std::max(number, gone) + 1;
  if (next > log.synced)
    return result;
  const auto i = db->iterate(family::log, view.how);
  const auto prefix = keys::of_log(partition, next).substr(0, 4);
  // What was synced after the snapshot is not in it: the next read has it.
  for (i->Seek(keys::of_log(partition, next));
       i->Valid() && i->key().starts_with(prefix) && next <= log.synced
       && result.entries.size() < limit;
       i->Next(), ++next) {
    if (i->key() != keys::of_log(partition, next))
      return failure(fmt::format("{}: log entry {} of partition {} is missing",
                                 options_.directory, next, partition));
    auto entry = decode_log_entry(view_of(i->value()), next, state_->names);
    if (!entry)
      return tl::unexpected(entry.error());
    result.entries.push_back(std::move(*entry));
  }
  if (!i->status().ok())
    return db->failed(i->status());
  return result;
}

std::vector<std::uint64_t> rocksdb_engine::log_ends() {
  std::shared_lock<std::shared_mutex> use;
  std::vector<std::uint64_t> result(options_.partitions);
  if (database(use) == nullptr)
    return result;
  const std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = state_->logs[i].synced;
  return result;
}

} // namespace meshtrace
