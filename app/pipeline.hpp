#pragma once

#include "app/settings.hpp"
#include "exporters/exporter.hpp"
#include "http/gateway.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "redis/endpoint.hpp"
#include "storage/engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace meshtrace {

/// The composition root: spawns every actor, downstream first, and drains them
/// in the order of the flow. The actor system, the metrics and the engine
/// outlive it.
class pipeline {
public:
  /// `on_loss` is called from an actor's thread when a vital part has ended.
  pipeline(caf::actor_system& system, const settings& config, metrics& counters,
           std::function<void(const std::string&)> on_loss);

  ~pipeline();

  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;

  /// Begins to read. Not before the HTTP port is ours: a process that cannot
  /// start must not take the lease from one of its name that runs.
  void begin();

  /// Where HTTP requests go.
  const gateway_actor& front() const {
    return gateway_;
  }

  /// Stops reading, lets what was read be joined, gives the lease back and ends
  /// every actor, all within `limit`. Completes nothing: what is active is read
  /// again by the next start.
  void drain(std::chrono::milliseconds limit);

private:
  void spawn_keeping();
  void spawn_joining();
  void spawn_reading();
  void spawn_front();
  void watch();
  gateway_options front_options() const;

  template <class Handle>
  void follow_others(const Handle& follower);

  template <class Handle>
  void add(std::string name, const Handle& handle);

  /// Asks `who` to drain and waits, at most until `deadline`.
  template <class Handle>
  void drain_part(caf::scoped_actor& self, const char* name, const Handle& who,
                  std::chrono::steady_clock::time_point deadline);

  void drain_feeds(caf::scoped_actor& self,
                   std::chrono::steady_clock::time_point deadline);

  caf::actor_system& system_;
  const settings config_;
  metrics& counters_;
  std::function<void(const std::string&)> on_loss_;
  redis::endpoint redis_;
  std::shared_ptr<engine> engine_;
  store_syncer_actor syncer_;

  status_board_actor board_;
  acknowledger_actor acknowledger_;
  std::vector<trace_store_actor> stores_;
  /// Of the feeds; they export, and only `interrupt` is called from here.
  std::vector<std::shared_ptr<exporter>> targets_;
  std::vector<exporter_feed_actor> feeds_;
  analytics_actor analytics_;
  std::vector<correlator_actor> correlators_;
  retention_actor retention_;
  dead_letter_actor dead_letter_;
  shard_router_actor router_;
  std::vector<stream_reader_actor> readers_;
  stream_keeper_actor keeper_;
  gateway_actor gateway_;
  caf::actor supervisor_;
  /// Everything that was spawned, upstream last.
  std::vector<caf::strong_actor_ptr> all_;
  /// What the service cannot do without.
  std::vector<std::pair<std::string, caf::strong_actor_ptr>> vital_;
};

} // namespace meshtrace
