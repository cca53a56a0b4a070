#pragma once

#include "storage/drop_memory.hpp"
#include "storage/engine.hpp"
#include "storage/memory_table.hpp"
#include "storage/partition_logs.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

struct memory_options {
  /// Most traces (TRACE_MAX_STORED) and most bytes of them with what finds
  /// them; beyond either, the trace that was committed first goes. The newest
  /// one always stays.
  std::size_t max_stored = 1000;
  std::size_t max_bytes = 256 * 1024 * 1024;
  /// Nanoseconds since the first commit; 0 keeps for ever.
  std::int64_t retention = 0;
  std::uint32_t partitions = 64;
  /// Log entries say what they add to statistics.
  bool contributions = true;
  /// Most log entries over all partitions, and most bytes of the records that
  /// they keep alive.
  std::size_t log_limit = 20'000;
  std::size_t log_max_bytes = 64 * 1024 * 1024;
  /// For what two writers said of one span.
  span_limits of_span;
};

/// Keeps traces in memory, as records: a tenth of what their spans take.
class memory_engine : public engine {
public:
  explicit memory_engine(const memory_options& options);

  std::string_view name() const override {
    return "memory";
  }

  expected<std::vector<written_trace>>
  commit(std::span<const trace_write> batch, std::int64_t now) override;
  bool durable() const override {
    return false;
  }
  expected<void> sync() override {
    return {};
  }
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

private:
  /// A revision that is ready to be stored.
  struct revision {
    written_trace written;
    memory_table::item stored;
    std::shared_ptr<const contribution> added;
  };

  // What needs no lock.
  revision make_revision(written_trace written) const;
  std::shared_ptr<const contribution>
  contribution_if_small(const trace_view& view) const;

  // What needs the lock.
  expected<void> check_stored(std::span<const trace_write> batch);
  expected<written_trace>
  apply(const trace_write& write, std::optional<revision>& ready,
        std::int64_t now);
  void insert(const revision& next, std::uint32_t partition, std::int64_t now);
  written_trace update(const stored_trace& before, const trace_write& write,
                       std::int64_t now);
  void
  drop_oldest(std::int64_t now, std::uint64_t& count, std::uint64_t& bytes);

  const memory_options options_;
  std::mutex mutex_;
  memory_table table_;
  partition_logs logs_;
  drop_memory dropped_;
  /// Bounded by the keys that the service has: some per stream and follower.
  std::map<std::string, std::string, std::less<>> notes_;
  /// Evictions by `commit` that no report has named yet.
  std::uint64_t evicted_ = 0;
  std::uint64_t evicted_bytes_ = 0;
};

} // namespace meshtrace
