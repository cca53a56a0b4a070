#pragma once

#include "storage/record.hpp"
#include "storage/rocksdb_state.hpp"
#include "trace/contribution.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace meshtrace {

/// A revision with all that is made of it without the engine's lock.
struct prepared_revision {
  explicit prepared_revision(written_trace from);

  written_trace written;
  std::string record;
  record_head head;
  contribution said;
};

/// One commit in the making: collects what to write and what it changes in the
/// state, and does both in `finish` or, destroyed before, neither. The caller
/// holds the engine's lock all the time.
class rocksdb_commit {
public:
  rocksdb_commit(rocksdb_database& db, rocksdb_state& state,
                 const rocksdb_options& options)
    : db_(db), state_(state), options_(options), totals_(state.totals),
      checkpoints_(state.checkpoints) {
    log_ends_.reserve(state.logs.size());
    for (auto& log : state.logs)
      log_ends_.push_back(log.end);
  }

  /// Finds what is there of all of `batch`. Once, before the first `apply`.
  expected<void> look_up(std::span<const trace_write> batch);

  /// The write `index` of the batch. `ready` may have its first revision.
  expected<written_trace>
  apply(const trace_write& write, std::size_t index,
        std::optional<prepared_revision> ready, std::int64_t now);

  /// What could not be read of the store and was written anew.
  const std::vector<std::string>& damage() const {
    return damage_;
  }

  rocksdb::Status finish();

private:
  /// What is there of a trace, and the size of its record.
  struct present {
    std::uint64_t number = 0;
    stored_trace stored;
    std::size_t bytes = 0;
  };

  expected<std::optional<present>>
  find(const std::string& id, std::size_t index);
  void give_up(std::uint64_t number, const std::string& why);
  expected<void> remove_checkpoint(const std::string& id);
  written_trace
  update(const present& before, const trace_write& write, std::int64_t now);
  void put(std::uint64_t number, const prepared_revision& next);
  void put_names();
  void append_log(const trace_write& write, const prepared_revision& next,
                  const contribution* replaced);

  rocksdb_database& db_;
  rocksdb_state& state_;
  const rocksdb_options& options_;
  rocksdb::WriteBatch batch_;
  /// Trace numbers by place in the batch, 0 if there is none.
  std::vector<std::uint64_t> numbers_;
  /// What this commit has written, for an id that comes twice in it.
  std::unordered_map<std::string, present> written_;
  std::unordered_set<std::string> removed_checkpoints_;
  std::vector<std::string> damage_;
  rocksdb_totals totals_;
  std::vector<std::uint64_t> checkpoints_;
  std::vector<std::uint64_t> log_ends_;
};

} // namespace meshtrace
