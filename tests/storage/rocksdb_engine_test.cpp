#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_engine.hpp"
#include "storage/rocksdb_keys.hpp"
#include "tests/storage/durable_suite.hpp"
#include "tests/storage/engine_suite.hpp"
#include "tests/support/temp_folder.hpp"

#include <deque>
#include <filesystem>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

rocksdb_options
options_of(const engine_setup& setup, const std::string& directory) {
  rocksdb_options result;
  result.directory = directory;
  result.max_bytes = setup.max_bytes;
  result.retention = setup.retention;
  result.partitions = engine_setup::partitions;
  result.contributions = setup.contributions;
  result.log_limit = setup.log_limit;
  return result;
}

std::unique_ptr<engine>
opened(const std::string& directory, const engine_setup& setup = {}) {
  auto result = rocksdb_engine::open(options_of(setup, directory));
  REQUIRE_MESSAGE(result, (result ? "" : result.error().reason));
  return std::move(*result);
}

struct rocksdb_factory {
  static std::unique_ptr<engine>
  make_at(const std::string& directory, const engine_setup& setup) {
    return opened(directory, setup);
  }

  /// No test has more than a few engines at a time: folders of earlier ones go.
  static std::unique_ptr<engine> make(const engine_setup& setup) {
    static std::deque<temp_folder> folders;
    if (folders.size() > 3)
      folders.pop_front();
    folders.emplace_back();
    return make_at(folders.back() / "data", setup);
  }
};

} // namespace

MESHTRACE_ENGINE_SUITE(rocksdb_factory);
MESHTRACE_DURABLE_SUITE(rocksdb_factory);

namespace {

/// Why the folder cannot be opened.
std::string refusal(const rocksdb_options& options) {
  const auto result = rocksdb_engine::open(options);
  REQUIRE_FALSE(result);
  return result.error().reason;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Writes `bytes` over what RocksDB has under `key`, behind the engine's back.
void overwrite(const std::string& directory, family where,
               const std::string& key, const std::string& bytes) {
  const auto db = rocksdb_database::open(options_of({}, directory));
  REQUIRE(db);
  rocksdb::WriteBatch batch;
  batch.Put((**db)[where], key, bytes);
  REQUIRE((*db)->write(batch).ok());
}

} // namespace

TEST_CASE("a folder that cannot be opened is refused with what to do") {
  const temp_folder folder;
  const auto directory = folder / "data";
  auto options = options_of({}, directory);
  SUBCASE("another process has it") {
    const auto store = opened(directory);
    CHECK(says(refusal(options), "in use by another process"));
    CHECK(says(refusal(options), directory));
  }
  SUBCASE("another partition count") {
    opened(directory);
    options.partitions = 9;
    CHECK(says(refusal(options), "made with 4 partitions"));
    CHECK(says(refusal(options), "TRACE_PARTITIONS=4"));
  }
  SUBCASE("a newer format") {
    opened(directory);
    overwrite(directory, family::common, "format", "\x07");
    CHECK(says(refusal(options), "has format 7"));
  }
  SUBCASE("it cannot be made") {
    options.directory = "/proc/no/such/folder";
    CHECK(says(refusal(options), "/proc/no/such/folder"));
  }
}

TEST_CASE("a damaged record hurts nobody else") {
  const temp_folder folder;
  const auto directory = folder / "data";
  trace_maker maker{1};
  {
    const auto store = opened(directory);
    for (int i = 0; i < 5; ++i)
      commit_one(*store, maker.simple(numbered(i), 1, 10 + i));
  }
  overwrite(directory, family::records, rocksdb_keys::of_number(3), "rubbish");
  std::vector<std::string> said;
  auto options = options_of({}, directory);
  options.on_damage = [&](const std::string& what) {
    said.push_back(what);
  };
  options.retention = 100 * second;
  const auto store = std::move(*rocksdb_engine::open(options));
  const auto found_damaged = store->find("t2");
  REQUIRE_FALSE(found_damaged);
  CHECK(says(found_damaged.error().reason, "trace t2"));
  const std::vector<std::string> others = {"t4", "t3", "t1", "t0"};
  for (int i = 0; i < 3; ++i)
    CHECK(ids_of(searched(*store, {})) == others);
  CHECK(store->damaged() == 3);
  REQUIRE(said.size() == 1);
  CHECK(says(said.front(), "trace t2"));
  SUBCASE("it is written anew") {
    const std::vector<trace_write> batch
      = {write_of(maker.simple("t2", 1, 99), 1),
         write_of(maker.simple("t9", 1, 2))};
    const auto written = store->commit(batch, engine_now);
    REQUIRE(written);
    CHECK((*written)[0].head.revision == 2);
    CHECK(ids_of(searched(*store, {})).front() == "t2");
    CHECK(searched(*store, {}).traces.size() == 6);
    CHECK(store->totals().traces == 6);
    CHECK(store->enforce_retention(engine_now + 101 * second)->by_age == 6);
  }
  SUBCASE("it is dropped with the others") {
    const auto report = store->enforce_retention(engine_now + 101 * second);
    REQUIRE(report);
    CHECK(report->by_age == 5);
    CHECK(report->left.traces == 0);
    CHECK(searched(*store, {}).traces.empty());
  }
}

TEST_CASE("a search for a name looks at no other records") {
  const temp_folder folder;
  trace_maker maker{1};
  const auto store = opened(folder / "data");
  for (int i = 0; i < 300; ++i)
    commit_one(*store, maker.simple(numbered(i), 1, 10 + i));
  store_query query;
  query.filter.agent_name = "nobody has this name";
  query.budget = 31; // of records: ten times as many heads
  CHECK(searched(*store, query).complete);
  query.filter.agent_name = "weather";
  query.limit = 1000;
  CHECK_FALSE(searched(*store, query).complete);
  CHECK(searched(*store, query).traces.size() == 31);
}

TEST_CASE("space that is dropped is given back") {
  const temp_folder folder;
  trace_maker maker{1};
  engine_setup setup;
  setup.max_bytes = 512 * 1024;
  const auto directory = folder / "data";
  const auto store = opened(directory, setup);
  const auto on_disk = [&] {
    std::uintmax_t result = 0;
    for (auto& file : std::filesystem::directory_iterator{directory})
      if (file.path().extension() == ".sst")
        result += file.file_size();
    return result;
  };
  for (int i = 0; i < 4; ++i) {
    std::vector<trace_write> batch;
    for (int n = 0; n < 5000; ++n)
      batch.push_back(write_of(maker.make()));
    REQUIRE(store->commit(batch, engine_now + i));
    const auto report = store->enforce_retention(engine_now + i);
    REQUIRE(report);
    CHECK(report->by_size > 1000);
    CHECK(report->left.bytes <= setup.max_bytes);
    CHECK(report->left.traces > 100);
    CHECK(report->left.bytes > setup.max_bytes / 3);
    CHECK(on_disk() < setup.max_bytes + 256 * 1024);
  }
}
