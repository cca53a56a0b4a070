#include "storage/rocksdb_engine.hpp"

#include "storage/revision.hpp"
#include "storage/rocksdb_commit.hpp"
#include "storage/rocksdb_keys.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <rocksdb/utilities/checkpoint.h>

namespace meshtrace {

namespace keys = rocksdb_keys;

// -- the database -------------------------------------------------------------

expected<std::unique_ptr<rocksdb_engine>>
rocksdb_engine::open(const rocksdb_options& options) {
  std::unique_ptr<rocksdb_engine> result{new rocksdb_engine{options}};
  if (auto opened = result->open_database(); !opened)
    return tl::unexpected(opened.error());
  return result;
}

rocksdb_engine::rocksdb_engine(const rocksdb_options& options)
  : options_(options) {
  // nop
}

rocksdb_engine::~rocksdb_engine() = default;

expected<void> rocksdb_engine::open_database() {
  auto db = rocksdb_database::open(options_);
  if (!db)
    return tl::unexpected(db.error());
  auto state = load_state(**db, options_);
  if (!state)
    return tl::unexpected(state.error());
  db_ = std::move(*db);
  state_ = std::move(*state);
  return {};
}

expected<void> rocksdb_engine::mend() {
  if (!broken_)
    return {};
  const std::unique_lock alone{open_mutex_};
  if (!broken_)
    return {};
  if (db_ && db_->db().Resume().ok()) {
    broken_ = false;
    return {};
  }
  db_.reset(); // only one may be open
  auto opened = open_database();
  broken_ = !opened;
  reopened_ = true;
  return opened;
}

rocksdb_database*
rocksdb_engine::database(std::shared_lock<std::shared_mutex>& guard) {
  guard = std::shared_lock{open_mutex_};
  return db_.get();
}

tl::unexpected<error> rocksdb_engine::closed() const {
  return failure(fmt::format("{} could not be opened again after an error",
                             options_.directory));
}

tl::unexpected<error> rocksdb_engine::broken(const rocksdb::Status& status) {
  broken_ = true;
  return db_->failed(status);
}

void rocksdb_engine::report_damage(const std::string& what) {
  if (damaged_++ == 0)
    options_.on_damage(
      fmt::format("{}: {}; it is passed over, further ones are only counted",
                  options_.directory, what));
}

// -- writing ------------------------------------------------------------------

expected<std::vector<written_trace>>
rocksdb_engine::commit(std::span<const trace_write> batch, std::int64_t now) {
  if (auto legal = check_writes(batch, options_.partitions); !legal)
    return tl::unexpected(legal.error());
  if (auto mended = mend(); !mended)
    return tl::unexpected(mended.error());
  // Most traces are new: they are made ready before the lock is taken.
  std::vector<std::optional<prepared_revision>> ready(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (batch[i].base_revision == 0)
      ready[i].emplace(first_revision(batch[i], now));
  std::vector<written_trace> result;
  result.reserve(batch.size());
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  const std::lock_guard guard{mutex_};
  rocksdb_commit commit{*db, *state_, options_};
  if (auto found = commit.look_up(batch); !found)
    return tl::unexpected(found.error());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto written = commit.apply(batch[i], i, std::move(ready[i]), now);
    if (!written)
      return tl::unexpected(written.error());
    result.push_back(std::move(*written));
  }
  if (const auto status = commit.finish(); !status.ok())
    return broken(status);
  for (auto& what : commit.damage())
    report_damage(what);
  return result;
}

expected<void> rocksdb_engine::sync() {
  if (auto mended = mend(); !mended)
    return mended;
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  // Somebody may wait for the sync of what the database lost with its tail.
  if (reopened_.exchange(false))
    return failure(fmt::format("{} was opened again after an error: what was "
                               "not synced has to be written again",
                               options_.directory));
  const std::lock_guard one{sync_mutex_};
  std::vector<std::uint64_t> ends;
  {
    const std::lock_guard guard{mutex_};
    for (auto& log : state_->logs)
      ends.push_back(log.end);
  }
  if (const auto status = db->db().SyncWAL(); !status.ok())
    return broken(status);
  const std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < ends.size(); ++i)
    state_->logs[i].synced = ends[i];
  return {};
}

// -- notes, backup ------------------------------------------------------------

expected<void> rocksdb_engine::save_notes(std::span<const note> notes) {
  if (auto mended = mend(); !mended)
    return mended;
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  rocksdb::WriteBatch batch;
  for (auto& [key, value] : notes) {
    if (value.empty())
      batch.Delete(keys::of_note(key));
    else
      batch.Put(keys::of_note(key), value);
  }
  if (const auto status = db->write(batch); !status.ok())
    return broken(status);
  return {};
}

expected<std::vector<note>>
rocksdb_engine::find_notes(std::span<const std::string> wanted) {
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  std::vector<note> result;
  result.reserve(wanted.size());
  for (auto& key : wanted) {
    std::string value;
    const auto status = db->get(family::common, keys::of_note(key), value);
    if (!status.ok() && !status.IsNotFound())
      return db->failed(status);
    result.push_back({key, std::move(value)});
  }
  return result;
}

expected<void> rocksdb_engine::backup(const std::string& directory) {
  std::error_code failed;
  const auto target = std::filesystem::absolute(directory, failed);
  if (failed || directory.empty())
    return failure(fmt::format("\"{}\" is no folder to back up to", directory));
  if (std::filesystem::exists(target, failed))
    return failure(fmt::format("{} is there already: name a folder that is not",
                               target.string()));
  std::shared_lock<std::shared_mutex> use;
  auto* db = database(use);
  if (db == nullptr)
    return closed();
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(&db->db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> maker{made};
  if (status.ok())
    status = maker->CreateCheckpoint(target.string());
  if (!status.ok())
    return failure(fmt::format("cannot back up to {}: {}", target.string(),
                               status.ToString()));
  return {};
}

} // namespace meshtrace
