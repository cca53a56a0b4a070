// How the RocksDB engine does with many traces: fills a new folder with COUNT
// traces of four spans, opens it again and asks. Prints one figure a line.
//
//   store_open FOLDER COUNT
#include "storage/rocksdb_engine.hpp"
#include "trace/ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace meshtrace;

namespace {

constexpr std::uint32_t partitions = 64;
constexpr std::size_t batch_size = 500;
constexpr std::int64_t first_time = 1'767'225'600'000'000'000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
    .count();
}

/// Of all threads of this process.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

template <class T>
T value(expected<T> x) {
  if (!x)
    throw std::runtime_error{x.error().reason};
  return std::move(*x);
}

void check(const expected<void>& x) {
  if (!x)
    throw std::runtime_error{x.error().reason};
}

std::string id_of(std::uint64_t number) {
  std::mt19937_64 dice{number};
  return fmt::format("{:016x}{:016x}", dice(), dice());
}

/// Four spans of some of 48 agents, one after the other.
trace_ptr make_trace(std::uint64_t number) {
  std::mt19937_64 dice{number ^ 0x5eed};
  auto result = std::make_shared<trace>(id_of(number));
  auto time = first_time + static_cast<std::int64_t>(number) * 400'000;
  const auto root = fmt::format("{:016x}", dice());
  for (int i = 0; i < 4; ++i) {
    const auto agent = fmt::format("agent-{}", dice() % 48);
    const auto operation = fmt::format("operation_{}", dice() % 200);
    const auto id = i == 0 ? root : fmt::format("{:016x}", dice());
    span_event event;
    auto& x = event.values;
    x.id = id;
    x.started = x.ended = true;
    x.success = dice() % 50 == 0 ? outcome::failure : outcome::success;
    x.start_time = {time};
    x[number_field::duration]
      = {static_cast<std::int64_t>(dice() % 900'000) * 1000};
    x[text_field::agent_name] = agent;
    x[text_field::operation] = operation;
    if (i > 0)
      x[text_field::parent_span] = root;
    result->join(event, {});
    time += 1'000'000;
  }
  return result;
}

void fill(engine& store, std::uint64_t count) {
  double cpu = 0;
  double wall = 0;
  for (std::uint64_t number = 0; number < count;) {
    std::vector<trace_write> batch;
    for (; number < count && batch.size() < batch_size; ++number) {
      auto content = make_trace(number);
      const auto partition = partition_of(content->id(), partitions);
      batch.push_back({std::move(content), partition,
                       completion_reason::root_closed, 0, false});
    }
    const auto start = std::chrono::steady_clock::now();
    const auto cpu_start = cpu_seconds();
    value(store.commit(batch, first_time));
    if (number / batch_size % 20 == 0)
      check(store.sync());
    cpu += cpu_seconds() - cpu_start;
    wall += seconds_since(start);
  }
  check(store.sync());
  fmt::print("commit: {:.1f} us of CPU a trace, {:.0f} traces/s\n",
             cpu * 1e6 / static_cast<double>(count),
             static_cast<double>(count) / wall);
}

/// Runs `ask` some times and prints the median and the worst.
template <class Function>
void measure(const char* what, int times, Function ask) {
  std::vector<double> took;
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ask(i);
    took.push_back(seconds_since(start) * 1e3);
  }
  std::sort(took.begin(), took.end());
  fmt::print("{}: {:.3f} ms median, {:.3f} ms worst of {}\n", what,
             took[took.size() / 2], took.back(), times);
}

void ask(engine& store, std::uint64_t count) {
  std::mt19937_64 dice{1};
  measure("find", 5000, [&](int) {
    if (!value(store.find(id_of(dice() % count))))
      throw std::runtime_error{"a trace is missing"};
  });
  measure("find what is not there", 5000,
          [&](int) { value(store.find(id_of(count + dice() % count))); });
  store_query query;
  query.limit = 100;
  measure("100 newest", 200, [&](int) { value(store.search(query)); });
  const auto search = [&](const char* what, const store_query& asked) {
    std::size_t hits = 0;
    bool complete = true;
    measure(what, 20, [&](int) {
      const auto page = value(store.search(asked));
      hits = page.traces.size();
      complete = page.complete;
    });
    fmt::print("  found {}{}\n", hits, complete ? "" : ", budget spent");
  };
  auto agent = query;
  agent.filter.agent_name = "agent-7";
  search("100 newest of one agent", agent);
  auto rare = query;
  rare.filter.agent_name = "nobody";
  search("nobody", rare);
  auto both = query;
  both.filter.operation = "operation_17";
  both.filter.success = false;
  search("failures of some operations", both);
  auto slow = query;
  slow.order = trace_order::duration;
  search("100 slowest", slow);
  measure("totals", 50, [&](int) { store.totals(); });
}

} // namespace

int main(int count, char** arguments) try {
  if (count != 3) {
    fmt::print(stderr, "usage: store_open FOLDER COUNT\n");
    return 2;
  }
  rocksdb_options options;
  options.directory = arguments[1];
  options.partitions = partitions;
  const auto traces = std::stoull(arguments[2]);
  if (std::filesystem::exists(options.directory))
    throw std::runtime_error{options.directory + " is there already"};
  fill(*value(rocksdb_engine::open(options)), traces);
  const auto start = std::chrono::steady_clock::now();
  const auto store = value(rocksdb_engine::open(options));
  fmt::print("open: {:.3f} s\n", seconds_since(start));
  const auto totals = store->totals();
  fmt::print("stored: {} traces, {} bytes each\n", totals.traces,
             totals.bytes / std::max<std::uint64_t>(1, totals.traces));
  ask(*store, traces);
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "store_open: {}\n", e.what());
  return 1;
}
