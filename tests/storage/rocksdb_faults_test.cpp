// A disk that refuses writes, as far as a process can play it to itself: files
// beyond a size are refused by the kernel.
#include "storage/rocksdb_engine.hpp"
#include "tests/storage/durable_suite_reopen.hpp"

#include <csignal>
#include <sys/resource.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// Lets no file of this process grow beyond some bytes while it lives.
class full_disk {
public:
  explicit full_disk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

private:
  rlimit before_{};
};

std::vector<trace_write> some_writes(trace_maker& maker, int count) {
  std::vector<trace_write> result;
  for (int i = 0; i < count; ++i)
    result.push_back(write_of(maker.make()));
  return result;
}

} // namespace

TEST_CASE("a full disk stops commits, and they go on when there is room") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const temp_folder folder;
  rocksdb_options options;
  options.directory = folder / "data";
  options.partitions = engine_setup::partitions;
  const auto store = std::move(*rocksdb_engine::open(options));
  std::vector<std::vector<trace_write>> unsynced;
  std::vector<trace_ptr> all;
  // Everything that was not synced comes again, as correlators send it.
  const auto write_all = [&] {
    for (auto& batch : unsynced) {
      const auto done = store->commit(batch, engine_now);
      if (!done) {
        CHECK(done.error().reason.find(options.directory) != std::string::npos);
        return false;
      }
      for (auto& x : *done)
        REQUIRE(x.head.revision == 1);
    }
    if (!store->sync())
      return false;
    unsynced.clear();
    return true;
  };
  for (int round = 0; round < 5; ++round) {
    int refused = 0;
    {
      const full_disk full{200'000 + 100'000 * maker.below(10)};
      for (int i = 0; i < 400 && refused < 3; ++i) {
        if (refused == 0 || unsynced.empty()) {
          unsynced.push_back(some_writes(maker, 20));
          for (auto& x : unsynced.back())
            all.push_back(x.content);
        }
        refused += write_all() ? 0 : 1;
      }
    }
    REQUIRE(refused == 3);
    // Once more because a store that was opened again says so once.
    REQUIRE((write_all() || write_all()));
  }
  CHECK(store->totals().traces == all.size());
  for (auto& x : all)
    REQUIRE(dump(*found(*store, x->id()).content) == dump(*x));
  CHECK(log_lines(*store).size() == all.size());
}
