// Dropping. Traces go in the order of their numbers, so that all records below
// one number go at once: whole files are deleted, which gives their space back
// without rewriting anything. The indexes get one deletion a trace; RocksDB
// compacts files with many of them.
#include "storage/record.hpp"
#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_engine.hpp"
#include "storage/rocksdb_keys.hpp"
#include "storage/rocksdb_state.hpp"
#include "trace/bytes.hpp"

#include <algorithm>
#include <limits>
#include <rocksdb/convenience.h>

namespace meshtrace {

namespace keys = rocksdb_keys;

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

/// Writers wait while so many traces are dropped.
constexpr std::uint64_t slice_traces = 256;

/// How often the size is looked at again in one sweep.
constexpr int size_rounds = 8;

/// A sweep by size goes so far below the limit that the next is not due soon.
constexpr double filled_after = 0.95;

} // namespace

/// What to drop, and what was dropped.
struct rocksdb_engine::sweep {
  /// Traces whose first commit is before this, or so many bytes of records.
  std::int64_t older_than = std::numeric_limits<std::int64_t>::min();
  std::uint64_t wanted_bytes = 0;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;

  bool takes(const record_head& head) const {
    return head.head.first_commit_time < older_than || bytes < wanted_bytes;
  }
};

expected<retention_report> rocksdb_engine::enforce_retention(std::int64_t now) {
  if (auto mended = mend(); !mended)
    return tl::unexpected(mended.error());
  retention_report result;
  {
    std::shared_lock<std::shared_mutex> use;
    if (database(use) == nullptr)
      return closed();
    const std::lock_guard one{retention_mutex_};
    sweep by_age;
    if (options_.retention > 0)
      by_age.older_than = now - options_.retention;
    sweep by_size;
    auto done = drop(now, by_age);
    if (done)
      done = cut_logs(false);
    if (done)
      done = drop_beyond_size(now, by_size);
    if (done)
      done = forget_drops(now);
    if (!done)
      return tl::unexpected(done.error());
    result.by_age = by_age.count;
    result.by_age_bytes = by_age.bytes;
    result.by_size = by_size.count;
    result.by_size_bytes = by_size.bytes;
  }
  result.left = totals();
  return result;
}

expected<void> rocksdb_engine::drop(std::int64_t now, sweep& x) {
  for (;;) {
    const auto more = drop_slice(now, x);
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return give_space_back();
  }
}

/// Drops some traces; false if the next one is to stay. A record that cannot
/// be read goes with the next one that can.
expected<bool> rocksdb_engine::drop_slice(std::int64_t now, sweep& x) {
  const std::lock_guard guard{mutex_};
  auto left = state_->totals;
  auto after = x;
  byte_writer hashes{slice_traces * 8};
  rocksdb::WriteBatch changes;
  const auto end = std::min(left.next, left.first + slice_traces);
  auto number = left.first;
  for (std::string record; number < end; ++number) {
    const auto status
      = db_->get(family::records, keys::of_number(number), record);
    if (!status.ok() && !status.IsNotFound() && !status.IsCorruption())
      return db_->failed(status);
    const auto head = status.ok() ? read_head(record)
                                  : expected<record_head>{failure("no record")};
    if (!head) {
      if (!status.IsNotFound()) {
        left.remove(0, false);
        ++after.count;
      }
      continue;
    }
    if (!after.takes(*head) || (after.wanted_bytes > 0 && left.traces <= 1))
      break;
    const auto id = record_id(record);
    changes.Delete((*db_)[family::ids], id);
    changes.Delete((*db_)[family::ends], keys::of_order(head->end.raw, id));
    changes.Delete((*db_)[family::durations],
                   keys::of_order(head->duration.raw, id));
    hashes.fixed64(drop_memory::hash_of(id));
    left.remove(record.size(), head->whole);
    ++after.count;
    after.bytes += record.size();
    left.first = number + 1;
  }
  if (left.first == state_->totals.first)
    return false;
  const auto second = static_cast<std::uint64_t>(now / ns_per_s);
  changes.Put(keys::of_drop(second, left.first), slice_of(hashes.view()));
  changes.Put(slice_of(keys::totals_key), encode_totals(left));
  if (const auto status = db_->write(changes); !status.ok())
    return broken(status);
  state_->totals = left;
  x = after;
  for (byte_reader in{hashes.view()}; in.left() >= 8;)
    state_->dropped.add_hash(in.fixed64(), now);
  return number == end;
}

expected<void> rocksdb_engine::give_space_back() {
  std::uint64_t first = 0;
  {
    const std::lock_guard guard{mutex_};
    first = state_->totals.first;
  }
  if (first <= deleted_below_)
    return {};
  auto* const records = (*db_)[family::records];
  const auto from = keys::of_number(deleted_below_);
  const auto to = keys::of_number(first);
  rocksdb::WriteBatch changes;
  changes.DeleteRange(records, from, to);
  if (const auto status = db_->write(changes); !status.ok())
    return broken(status);
  const rocksdb::Slice last{to};
  const auto status
    = rocksdb::DeleteFilesInRange(&db_->db(), records, nullptr, &last, false);
  if (!status.ok())
    return db_->failed(status);
  deleted_below_ = first;
  return {};
}

/// The size is known only after what was deleted has left the files: drops
/// what seems to be too much and looks again. The first time only records are
/// rewritten, which is cheap; the indexes if that did not suffice.
expected<void> rocksdb_engine::drop_beyond_size(std::int64_t now, sweep& x) {
  if (db_->bytes() <= options_.max_bytes)
    return {};
  auto status = db_->flush(); // a buffer is larger than what becomes of it
  for (int round = 0; round < size_rounds && status.ok(); ++round) {
    const auto size = db_->bytes();
    if (size <= options_.max_bytes)
      return {};
    if (db_->bytes({family::log}) > options_.max_bytes / 4)
      if (auto cut = cut_logs(true); !cut)
        return cut;
    const auto most = static_cast<double>(options_.max_bytes) * filled_after;
    const auto share = 1 - most / static_cast<double>(size);
    {
      const std::lock_guard guard{mutex_};
      x.wanted_bytes = x.bytes + 1
                       + static_cast<std::uint64_t>(
                         share * static_cast<double>(state_->totals.bytes));
    }
    if (auto dropped = drop(now, x); !dropped)
      return dropped;
    status = db_->flush();
    const auto below = keys::of_number(deleted_below_);
    if (status.ok())
      status = db_->compact(family::records, &below);
    if (round > 0)
      for (const auto index :
           {family::ends, family::durations, family::ids, family::log})
        if (status.ok())
          status = db_->compact(index);
  }
  if (!status.ok())
    return broken(status);
  return {};
}

/// Deletes what is beyond the share of each log, or `hard` half of what is
/// there. The last entry stays, so that numbers go on after a restart.
expected<void> rocksdb_engine::cut_logs(bool hard) {
  const std::lock_guard guard{mutex_};
  const auto share = log_share(options_);
  auto logs = state_->logs;
  rocksdb::WriteBatch changes;
  for (std::uint32_t p = 0; p < logs.size(); ++p) {
    auto& log = logs[p];
    const auto left = log.end - log.gone;
    const auto gone = log.gone_with(hard ? (left + 1) / 2 : share);
    // Many short ranges would slow reading down.
    if (gone == log.gone || gone >= log.end
        || (!hard && gone - log.gone < share / 8))
      continue;
    changes.DeleteRange((*db_)[family::log], keys::of_log(p, log.gone + 1),
                        keys::of_log(p, gone + 1));
    log.gone = gone;
  }
  if (changes.Count() == 0)
    return {};
  if (const auto status = db_->write(changes); !status.ok())
    return broken(status);
  state_->logs = std::move(logs);
  return {};
}

expected<void> rocksdb_engine::forget_drops(std::int64_t now) {
  const auto until = now / ns_per_s - drop_memory::keep_seconds;
  if (until <= 0)
    return {};
  const auto from = keys::of_drop(0, 0);
  const auto to = keys::of_drop(static_cast<std::uint64_t>(until), 0);
  const auto i = db_->iterate(family::common);
  i->Seek(from);
  if (!i->Valid() || i->key().compare(to) >= 0)
    return {};
  rocksdb::WriteBatch changes;
  changes.DeleteRange((*db_)[family::common], i->key(), to);
  if (const auto status = db_->write(changes); !status.ok())
    return broken(status);
  return {};
}

bool rocksdb_engine::was_dropped(std::string_view trace_id, std::int64_t now) {
  std::shared_lock<std::shared_mutex> use;
  if (database(use) == nullptr)
    return false;
  const std::lock_guard guard{mutex_};
  return state_->dropped.contains(trace_id, now);
}

} // namespace meshtrace
