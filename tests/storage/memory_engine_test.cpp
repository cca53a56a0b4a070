#include "storage/memory_engine.hpp"
#include "tests/storage/engine_suite.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

memory_options options_of(const engine_setup& setup) {
  memory_options result;
  result.max_stored = 1'000'000;
  result.max_bytes = setup.max_bytes;
  result.retention = setup.retention;
  result.partitions = engine_setup::partitions;
  result.contributions = setup.contributions;
  result.log_limit = setup.log_limit;
  return result;
}

struct memory_factory {
  static std::unique_ptr<engine> make(const engine_setup& setup) {
    return std::make_unique<memory_engine>(options_of(setup));
  }
};

} // namespace

MESHTRACE_ENGINE_SUITE(memory_factory);

TEST_CASE("the last TRACE_MAX_STORED traces are kept") {
  auto options = options_of({});
  options.max_stored = 10;
  memory_engine store{options};
  trace_maker maker{1};
  CHECK(store.name() == "memory");
  for (int i = 0; i < 25; ++i)
    commit_one(store, maker.simple(numbered(i), 100 - i, 200));
  CHECK(store.totals().traces == 10);
  for (int i = 0; i < 25; ++i) {
    const auto id = numbered(i);
    CHECK(is_there(store, id) == (i >= 15));
    CHECK(store.was_dropped(id, engine_now) == (i < 15));
  }
  const auto report = store.enforce_retention(engine_now);
  REQUIRE(report);
  CHECK(report->by_size == 15);
  CHECK(report->by_age == 0);
  CHECK(store.enforce_retention(engine_now)->by_size == 0);
}

TEST_CASE("a batch that is larger than the store leaves its end") {
  auto options = options_of({});
  options.max_stored = 3;
  memory_engine store{options};
  trace_maker maker{1};
  std::vector<trace_write> batch;
  for (int i = 0; i < 8; ++i)
    batch.push_back(write_of(maker.simple(numbered(i), 1, 2)));
  const auto written = store.commit(batch, engine_now);
  REQUIRE(written);
  CHECK(written->size() == 8);
  CHECK(ids_of(searched(store, {}))
        == std::vector<std::string>{"t7", "t6", "t5"});
}

TEST_CASE("the newest trace stays however large it is") {
  auto options = options_of({});
  options.max_bytes = 1;
  memory_engine store{options};
  trace_maker maker{1};
  commit_one(store, maker.simple("a", 1, 2));
  commit_one(store, maker.simple("b", 1, 2));
  CHECK(store.totals().traces == 1);
  CHECK(is_there(store, "b"));
}

TEST_CASE("the log keeps no more bytes of records than it may") {
  auto options = options_of({});
  options.log_max_bytes = 10'000;
  memory_engine store{options};
  trace_maker maker{1};
  for (int i = 0; i < 1000; ++i)
    commit_one(store, maker.simple(numbered(i), 1, 2));
  std::size_t kept = 0;
  for (std::uint32_t p = 0; p < engine_setup::partitions; ++p)
    kept += whole_log(store, p, 100).entries.size();
  CHECK(kept > 50);
  CHECK(kept < 250);
}
