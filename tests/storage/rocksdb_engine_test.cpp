#include "storage/rocksdb_engine.hpp"
#include "tests/storage/engine_suite.hpp"
#include "tests/support/temp_folder.hpp"

#include <deque>

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
