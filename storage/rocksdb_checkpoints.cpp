// Active traces on disk. A checkpoint lies under its id; an empty key by
// (partition, due, id) finds it.
#include "storage/checkpoint_codec.hpp"
#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_engine.hpp"
#include "storage/rocksdb_keys.hpp"
#include "storage/rocksdb_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace meshtrace {

namespace keys = rocksdb_keys;

namespace {

expected<void>
check_checkpoints(std::span<const checkpoint> batch, std::uint32_t partitions) {
  for (auto& x : batch) {
    if (!x.content)
      return failure("a checkpoint has no trace");
    if (x.partition >= partitions)
      return failure(
        fmt::format("the checkpoint of trace {} is for partition {} of {}",
                    x.content->id(), x.partition, partitions));
  }
  return {};
}

} // namespace

expected<void>
rocksdb_engine::save_checkpoints(std::span<const checkpoint> batch) {
  if (auto legal = check_checkpoints(batch, options_.partitions); !legal)
    return legal;
  if (auto mended = mend(); !mended)
    return mended;
  // Of an id that comes twice the last one counts.
  std::unordered_map<std::string_view, std::string> values;
  std::unordered_map<std::string_view, const checkpoint*> last;
  for (auto& x : batch)
    last[x.content->id()] = &x;
  for (auto& [id, x] : last)
    values.emplace(id, encode_checkpoint(*x));
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  const std::lock_guard guard{mutex_};
  auto counts = state_->checkpoints;
  rocksdb::WriteBatch changes;
  auto* const where = (*db)[family::checkpoints];
  for (auto& [id, x] : last) {
    const auto key = keys::of_checkpoint(id);
    std::string before;
    const auto status = db->get(family::checkpoints, key, before);
    if (!status.ok() && !status.IsNotFound())
      return db->failed(status);
    if (const auto head = read_checkpoint_head(before);
        status.ok() && head && head->partition < counts.size()) {
      changes.Delete(where, keys::of_due(head->partition, head->due, id));
      --counts[head->partition];
    }
    changes.Put(where, key, values[id]);
    changes.Put(where, keys::of_due(x->partition, x->due, id), {});
    ++counts[x->partition];
  }
  if (const auto status = db->write(changes); !status.ok())
    return broken(status);
  state_->checkpoints = std::move(counts);
  return {};
}

expected<std::optional<checkpoint>>
rocksdb_engine::find_checkpoint(std::string_view trace_id) {
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  std::string value;
  const auto status
    = db->get(family::checkpoints, keys::of_checkpoint(trace_id), value);
  if (status.IsNotFound())
    return std::nullopt;
  auto found = status.ok() ? decode_checkpoint(value)
                           : expected<checkpoint>{db->failed(status)};
  if (!found)
    return failure(fmt::format("the checkpoint of trace {}: {}", trace_id,
                               found.error().reason));
  return std::optional{std::move(*found)};
}

expected<checkpoint_page>
rocksdb_engine::load_checkpoints(const checkpoint_query& query) {
  checkpoint_page page;
  std::shared_lock<std::shared_mutex> use;
  if (database(use) == nullptr)
    return closed();
  {
    const std::lock_guard guard{mutex_};
    for (const auto partition : query.partitions)
      if (partition < options_.partitions)
        page.total += state_->checkpoints[partition];
  }
  // The page before ended behind the key `after`, in its partition.
  auto from = query.partitions.begin();
  if (query.after.size() > keys::due_prefix.size() + 8) {
    const auto text
      = std::string_view{query.after}.substr(keys::due_prefix.size());
    from = std::find(query.partitions.begin(), query.partitions.end(),
                     static_cast<std::uint32_t>(keys::read64(text) >> 32));
  }
  auto last = query.after;
  std::size_t bytes = 0;
  for (auto i = from; i != query.partitions.end(); ++i) {
    const auto full = load_page(*i, query, page, last, bytes);
    if (!full)
      return tl::unexpected(full.error());
    if (*full) {
      page.next = last;
      break;
    }
  }
  return page;
}

/// Adds what one partition has behind the key `last`. True if the page is full
/// and there is more.
expected<bool>
rocksdb_engine::load_page(std::uint32_t partition,
                          const checkpoint_query& query, checkpoint_page& page,
                          std::string& last, std::size_t& bytes) {
  const auto first
    = keys::of_due(partition, std::numeric_limits<std::int64_t>::min(), {});
  const auto prefix
    = std::string_view{first}.substr(0, keys::due_prefix.size() + 4);
  const rocksdb_snapshot view{db_->db()};
  const auto i = db_->iterate(family::checkpoints, view.how);
  i->Seek(last.starts_with(prefix) ? last : first);
  if (i->Valid() && i->key() == last)
    i->Next();
  for (; i->Valid() && i->key().starts_with(slice_of(prefix)); i->Next()) {
    const auto rest = view_of(i->key()).substr(prefix.size());
    if (keys::from_ordered(keys::read64(rest)) > query.until)
      break;
    if (page.checkpoints.size() >= query.limit || bytes >= query.max_bytes)
      return true;
    last = i->key().ToString();
    const std::string id{rest.substr(8)};
    std::string value;
    const auto status
      = db_->get(family::checkpoints, keys::of_checkpoint(id), value, view.how);
    if (!status.ok() && !status.IsCorruption())
      return db_->failed(status);
    auto found = status.ok() ? decode_checkpoint(value)
                             : expected<checkpoint>{db_->failed(status)};
    if (!found) {
      report_damage(fmt::format("the checkpoint of trace {}: {}", id,
                                found.error().reason));
      continue;
    }
    bytes += found->content->bytes();
    page.checkpoints.push_back(std::move(*found));
  }
  if (!i->status().ok())
    return db_->failed(i->status());
  return false;
}

} // namespace meshtrace
