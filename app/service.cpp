#include "app/service.hpp"

#include "app/pipeline.hpp"
#include "app/version.hpp"
#include "http/server.hpp"
#include "messages/handles.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace meshtrace {

namespace {

using std::chrono::milliseconds;

struct actor_config : caf::actor_system_config {
  explicit actor_config(std::size_t workers) {
    meshtrace::add_message_types(*this);
    add_gateway_types(*this);
    // `sharing` costs nothing while idle and answers faster on few cores
    // (docs/pitfalls.md).
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", workers);
  }
};

/// The signals that this service waits for instead of being interrupted.
sigset_t awaited_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    sigaddset(&result, signal);
  return result;
}

/// Waits for SIGTERM or SIGINT (0), or for the loss of a part (1).
int wait_for_end(const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0)
      continue;
    if (signal == SIGHUP) {
      spdlog::info("meshtrace: SIGHUP is ignored; settings are read at start");
      continue;
    }
    if (signal == SIGUSR1)
      return 1;
    spdlog::info("meshtrace: {}, stopping",
                 signal == SIGTERM ? "SIGTERM" : "SIGINT");
    return 0;
  }
}

/// From here on a second signal ends the process as it would any other.
void restore_signals(const sigset_t& signals) {
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]"
         || host.rfind("127.", 0) == 0;
}

server_options http_options(const settings& config) {
  server_options result;
  result.host = config.host;
  result.port = config.port;
  result.threads = static_cast<unsigned>(config.http_threads);
  result.max_connections = config.http_max_connections;
  result.max_url_bytes = config.http_max_url_bytes;
  result.max_header_bytes = config.http_max_header_bytes;
  result.max_body_bytes = config.http_max_body_bytes;
  // RESTinio must not give up before the gateway has answered 504.
  result.handle_timeout
    = std::max(std::chrono::duration_cast<milliseconds>(config.http_timeout),
               milliseconds{longest_backup})
      + milliseconds{5000};
  return result;
}

void say_hello(const settings& config, std::uint16_t port) {
  spdlog::info("meshtrace {} listens on http://{}:{}", version(), config.host,
               port);
  if (!config.tracing_enabled)
    spdlog::warn("meshtrace: tracing is off, nothing is read; set "
                 "MCP_MESH_DISTRIBUTED_TRACING_ENABLED=true to turn it on");
  if (!is_loopback(config.host) && config.http_token.empty())
    spdlog::warn("meshtrace: everybody who reaches {}:{} can read the traces; "
                 "set TRACE_HTTP_TOKEN to ask for a token",
                 config.host, port);
}

} // namespace

int serve(const settings& config) {
  const auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr); // in every thread from here on
  const auto process = getpid();
  metrics counters;
  actor_config actors{config.workers};
  caf::actor_system system{actors};
  if (system.scheduler().num_workers() != config.workers)
    throw std::runtime_error{"the actor system did not take TRACE_WORKERS"};
  pipeline parts{system, config, counters, [process](const std::string&) {
                   kill(process, SIGUSR1);
                 }};
  auto http = server::start(http_options(config),
                            [front = parts.front()](exchange_ptr request) {
                              caf::anon_send(front, std::move(request));
                            });
  if (!http) {
    spdlog::critical("meshtrace: {}", http.error().reason);
    parts.drain(milliseconds{1000});
    return 1;
  }
  parts.begin();
  say_hello(config, http->port());
  const auto result = wait_for_end(signals);
  restore_signals(signals);
  const auto begin = std::chrono::steady_clock::now();
  const auto limit
    = std::chrono::duration_cast<milliseconds>(config.shutdown_timeout);
  http->stop(std::min(limit / 4, milliseconds{2000}));
  const auto used = std::chrono::duration_cast<milliseconds>(
    std::chrono::steady_clock::now() - begin);
  parts.drain(std::max(limit - used, milliseconds{500}));
  spdlog::info("meshtrace: stopped");
  return result;
}

} // namespace meshtrace
