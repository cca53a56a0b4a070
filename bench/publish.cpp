// publish: makes traces, sends them to Redis as agents do, asks a meshtrace
// for them. It shares no decoding and no joining with the service, so that
// neither can hide the other's mistake.
#include "bench/options.hpp"
#include "bench/redis_writer.hpp"
#include "bench/verifier.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

using namespace meshtrace;
using namespace meshtrace::bench;

namespace {

using steady = std::chrono::steady_clock;

struct sent {
  std::uint64_t events = 0;
  std::uint64_t spans = 0;
};

/// Keeps to a number of events per second; sends what waits before it sleeps.
class pace {
public:
  explicit pace(std::uint64_t rate) : rate_(rate), start_(steady::now()) {}

  expected<void> before(std::uint64_t event, redis_writer& redis) {
    if (rate_ == 0)
      return {};
    const auto due = start_
                     + std::chrono::microseconds{
                       static_cast<std::int64_t>(event * 1'000'000 / rate_)};
    if (steady::now() >= due)
      return {};
    auto done = redis.flush();
    std::this_thread::sleep_until(due);
    return done;
  }

private:
  std::uint64_t rate_;
  steady::time_point start_;
};

expected<sent> publish(const publish_options& options) {
  auto connection = connect_redis(options.redis_url);
  if (!connection)
    return tl::unexpected(connection.error());
  redis_writer redis{std::move(*connection), options.maxlen};
  schedule events{options.plan, options.order};
  pace speed{options.rate};
  sent result;
  std::vector<placed_event> window;
  while (events.next(window)) {
    for (const auto& event : window) {
      auto done = speed.before(result.events, redis);
      if (done)
        done = redis.add(options.streams[event.stream], event.content);
      if (!done)
        return tl::unexpected(done.error());
      ++result.events;
    }
  }
  if (auto done = redis.flush(); !done)
    return tl::unexpected(done.error());
  result.spans = events.spans();
  return result;
}

/// Summaries go to stderr where stdout has the ids.
std::FILE* summary_of(const publish_options& options) {
  return options.print_ids ? stderr : stdout;
}

bool run_publish(const publish_options& options) {
  const auto start = steady::now();
  const auto done = publish(options);
  if (!done) {
    fmt::print(stderr, "publish: {}\n", done.error().reason);
    return false;
  }
  const std::chrono::duration<double> took = steady::now() - start;
  fmt::print(summary_of(options),
             "published {} traces, {} spans, {} events in {:.2f} s\n",
             options.order.traces, done->spans, done->events, took.count());
  return true;
}

bool run_verify(const publish_options& options, const http_url& service) {
  verify_options how;
  how.service = service;
  how.traces = options.order.traces;
  how.wait = std::chrono::milliseconds{
    static_cast<std::int64_t>(options.wait_seconds * 1'000)};
  how.must_be_complete = !options.any_state;
  how.connections = options.connections;
  const auto found = verify(options.plan, how);
  fmt::print(summary_of(options), "verified {} traces, {} missing, {} wrong\n",
             how.traces, found.missing, found.wrong);
  for (const auto& line : found.differences)
    fmt::print(stderr, "{}\n", line);
  return found.ok();
}

} // namespace

int main(int argc, char** argv) {
  bool help_asked = false;
  const auto options = parse_options(argc, argv, help_asked);
  if (!options) {
    fmt::print(help_asked ? stdout : stderr, "{}", options.error().reason);
    return help_asked ? 0 : 2;
  }
  http_url service;
  if (!options->verify_url.empty()) {
    const auto url = parse_http_url(options->verify_url);
    if (!url) {
      fmt::print(stderr, "publish: --verify: {}\n", url.error().reason);
      return 2;
    }
    service = *url;
  }
  if (!options->redis_url.empty() && !run_publish(*options))
    return 2;
  if (options->print_ids)
    for (std::uint64_t i = 0; i < options->order.traces; ++i)
      fmt::print("{}\n", make_trace(options->plan, i).id);
  if (!options->verify_url.empty() && !run_verify(*options, service))
    return 1;
  return 0;
}
