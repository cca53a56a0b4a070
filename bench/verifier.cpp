#include "bench/verifier.hpp"

#include "bench/compare.hpp"
#include "bench/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace meshtrace::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto request_limit = 10s;
/// Between two rounds of asking.
constexpr auto pause = 100ms;
constexpr std::size_t shown_traces = 10;
constexpr std::size_t shown_per_trace = 5;

/// A trace that did not come back as planned.
struct verdict {
  std::uint64_t index = 0;
  bool missing = false;
  std::vector<std::string> problems;
};

verdict ask(http_client& client, const plan_options& plan, std::uint64_t index,
            bool must_be_complete) {
  const auto trace = make_trace(plan, index);
  const auto answer = client.get("/trace/" + trace.id);
  verdict result{index, true, {}};
  if (!answer)
    result.problems.push_back(answer.error().reason);
  else if (answer->status != 200)
    result.problems.push_back(fmt::format("status {}: {}", answer->status,
                                          answer->body.substr(0, 200)));
  else
    result = {index, false, compare(trace, answer->body, must_be_complete)};
  for (auto& problem : result.problems)
    problem.insert(0, fmt::format("trace {} ({}): ", trace.id, index));
  if (result.problems.size() > shown_per_trace)
    result.problems.resize(shown_per_trace);
  return result;
}

/// Asks for the traces of `open`, over several connections, and returns those
/// that are not right, by index.
std::vector<verdict>
ask_all(const plan_options& plan, const verify_options& options,
        const std::vector<std::uint64_t>& open) {
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::vector<verdict> result;
  const auto work = [&] {
    http_client client{options.service, request_limit};
    for (auto i = next++; i < open.size(); i = next++) {
      auto found = ask(client, plan, open[i], options.must_be_complete);
      if (found.problems.empty())
        continue;
      const std::lock_guard guard{lock};
      // Bounded: what is counted as wrong needs no text beyond the first.
      if (result.size() >= shown_traces)
        found.problems.clear();
      result.push_back(std::move(found));
    }
  };
  std::vector<std::jthread> threads;
  const auto wanted = std::min(options.connections, open.size());
  for (std::size_t i = 0; i < wanted; ++i)
    threads.emplace_back(work);
  threads.clear();
  return result;
}

} // namespace

verify_result verify(const plan_options& plan, const verify_options& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.wait;
  std::vector<std::uint64_t> open(options.traces);
  for (std::size_t i = 0; i < open.size(); ++i)
    open[i] = i;
  auto bad = ask_all(plan, options, open);
  while (!bad.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(pause);
    open.clear();
    for (const auto& one : bad)
      open.push_back(one.index);
    bad = ask_all(plan, options, open);
  }
  verify_result result;
  result.right = options.traces - bad.size();
  for (auto& one : bad) {
    ++(one.missing ? result.missing : result.wrong);
    for (auto& problem : one.problems)
      result.differences.push_back(std::move(problem));
  }
  return result;
}

} // namespace meshtrace::bench
