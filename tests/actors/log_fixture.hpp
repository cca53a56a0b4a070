#pragma once

#include "actors/trace_store.hpp"
#include "metrics/metrics.hpp"
#include "storage/memory_engine.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/trace/entries.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// A memory engine whose reading can be broken.
class breakable_engine : public memory_engine {
public:
  using memory_engine::memory_engine;

  expected<std::optional<stored_trace>>
  find(std::string_view trace_id) override {
    if (find_broken)
      return failure("cannot find anything");
    return memory_engine::find(trace_id);
  }

  expected<log_page> read_log(std::uint32_t partition, std::uint64_t number,
                              std::size_t limit) override {
    ++reads;
    if (log_broken)
      return failure("cannot read the log");
    return memory_engine::read_log(partition, number, limit);
  }

  expected<void> save_notes(std::span<const note> notes) override {
    if (notes_broken)
      return failure("cannot write");
    return memory_engine::save_notes(notes);
  }

  bool find_broken = false;
  bool notes_broken = false;
  bool log_broken = false;
  /// How often the log was asked for.
  std::size_t reads = 0;
};

/// A store with two partitions whose log a test writes, to be followed.
struct log_fixture : deterministic_system {
  explicit log_fixture(memory_options options = {}) {
    options.partitions = 2;
    engine = std::make_shared<breakable_engine>(options);
    store = spawn(trace_store, engine, store_syncer_actor{},
                  me<status_board_actor>(), &counters);
  }

  /// A trace of one span with this id; another span makes another revision.
  static trace_write
  write(const std::string& trace_id, const std::string& span_id = "s1",
        std::uint32_t base_revision = 0) {
    return {joined({with(execution(span_id), {{"trace_id", trace_id}})}),
            static_cast<std::uint32_t>(trace_id.size()) % 2,
            completion_reason::root_closed, base_revision};
  }

  /// Stores `batch` and lets everybody know.
  void commit(std::vector<trace_write> batch) {
    deliver(store,
            std::make_shared<const std::vector<trace_write>>(std::move(batch)));
    REQUIRE(next<trace_committed>());
  }

  metrics counters;
  std::shared_ptr<breakable_engine> engine;
  trace_store_actor store;
};

} // namespace meshtrace::test
