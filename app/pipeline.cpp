#include "app/pipeline.hpp"

#include "actors/acknowledger.hpp"
#include "actors/analytics.hpp"
#include "actors/correlator.hpp"
#include "actors/dead_letter.hpp"
#include "actors/exporter_feed.hpp"
#include "actors/retention.hpp"
#include "actors/shard_router.hpp"
#include "actors/status_board.hpp"
#include "actors/store_syncer.hpp"
#include "actors/stream_keeper.hpp"
#include "actors/stream_reader.hpp"
#include "actors/trace_store.hpp"
#include "app/exporter_settings.hpp"
#include "app/supervisor.hpp"
#include "app/version.hpp"
#include "exporters/registry.hpp"
#include "messages/reason.hpp"
#include "storage/memory_engine.hpp"
#include "storage/rocksdb_engine.hpp"

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace meshtrace {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// How far back `events_per_second` of /trace/status looks.
constexpr std::chrono::seconds rate_window{10};

milliseconds to_ms(std::chrono::nanoseconds x) {
  return std::chrono::duration_cast<milliseconds>(x);
}

span_limits span_limits_of(const settings& config) {
  return {config.max_attributes, config.max_value_bytes};
}

/// TRACE_MEMORY_BUDGET is shared by active traces and the memory store. RocksDB
/// has a budget of its own.
std::size_t store_budget(const settings& config) {
  return config.store == "memory" ? config.memory_budget / 2 : 0;
}

memory_options memory_options_of(const settings& config) {
  memory_options result;
  result.max_stored = config.max_stored;
  result.max_bytes = store_budget(config);
  result.retention = config.retention.count();
  result.partitions = static_cast<std::uint32_t>(config.partitions);
  result.contributions = config.stats_enabled;
  result.of_span = span_limits_of(config);
  // Room for what is committed while a follower of the log waits for its turn.
  result.log_limit = 10 * config.commit_window;
  result.log_max_bytes = config.memory_budget / 8;
  return result;
}

rocksdb_options rocksdb_options_of(const settings& config) {
  rocksdb_options result;
  result.directory = config.data_dir;
  result.memory = config.rocksdb_memory;
  result.max_bytes = config.store_max_bytes;
  result.retention = config.retention.count();
  result.partitions = static_cast<std::uint32_t>(config.partitions);
  result.contributions = config.stats_enabled;
  result.of_span = span_limits_of(config);
  result.log_limit = std::max(result.log_limit, 10 * config.commit_window);
  result.on_damage = [](const std::string& what) {
    spdlog::error("trace-store: {}", what);
  };
  return result;
}

std::shared_ptr<engine> open_engine(const settings& config) {
  if (config.store == "memory")
    return std::make_shared<memory_engine>(memory_options_of(config));
  auto opened = rocksdb_engine::open(rocksdb_options_of(config));
  if (!opened)
    throw std::runtime_error{"TRACE_DATA_DIR: " + opened.error().reason};
  return std::move(*opened);
}

correlator_options
correlator_options_of(const settings& config, std::size_t index, bool durable) {
  const auto share = [&](std::size_t whole) {
    return std::max<std::size_t>(1, whole / config.correlators);
  };
  correlator_options result;
  result.waits = {to_ms(config.root_quiet), to_ms(config.parent_wait),
                  to_ms(config.trace_timeout)};
  result.limits
    = {span_limits_of(config), config.max_spans, config.max_trace_bytes};
  result.partitions = static_cast<std::uint32_t>(config.partitions);
  result.index = index;
  result.durable = durable;
  result.checkpoint = to_ms(config.checkpoint);
  for (auto p = index; p < config.partitions; p += config.correlators)
    result.own_partitions.push_back(static_cast<std::uint32_t>(p));
  result.max_uncommitted = share(config.commit_window);
  // An eighth is for copies on their way to the disk, or half for the store.
  const auto of_others
    = durable ? config.memory_budget / 8 : store_budget(config);
  result.max_bytes = share(config.memory_budget - of_others);
  result.max_unacked = share(config.max_unacked);
  return result;
}

stream_reader_options
reader_options_of(const settings& config, const redis::endpoint& redis,
                  std::size_t index, std::size_t readers) {
  stream_reader_options result;
  result.index = static_cast<std::uint32_t>(index);
  result.window = config.window;
  result.watchdog = to_ms(config.watchdog);
  auto& session = result.session;
  session.redis = redis;
  session.group = config.consumer_group;
  session.consumer = config.consumer_name;
  session.from_oldest = config.start_from == start_position::oldest;
  session.batch_size = config.batch_size;
  session.batch_max = config.batch_max;
  session.timeout = to_ms(config.redis_timeout);
  session.lively_for = to_ms(config.root_quiet) + milliseconds{1500};
  session.limits = span_limits_of(config);
  for (std::size_t i = index; i < config.streams.size(); i += readers)
    session.streams.emplace_back(config.streams[i],
                                 static_cast<std::uint16_t>(i));
  return result;
}

} // namespace

pipeline::pipeline(caf::actor_system& system, const settings& config,
                   metrics& counters,
                   std::function<void(const std::string&)> on_loss)
  : system_(system), config_(config), counters_(counters),
    on_loss_(std::move(on_loss)) {
  auto redis = redis::parse_url(config.redis_url);
  if (!redis)
    throw std::runtime_error{"REDIS_URL: " + redis.error().reason};
  redis_ = std::move(*redis);
  counters_.build_info(std::string{version()}).Set(1);
  board_ = system_.spawn(status_board, rate_window, &counters_);
  add("status-board", board_);
  if (config_.tracing_enabled) {
    spawn_keeping();
    spawn_joining();
  }
  spawn_front();
}

void pipeline::begin() {
  if (config_.tracing_enabled)
    spawn_reading();
  watch();
}

pipeline::~pipeline() {
  if (supervisor_)
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  for (auto i = all_.rbegin(); i != all_.rend(); ++i)
    caf::anon_send_exit(caf::actor_cast<caf::actor>(*i),
                        caf::exit_reason::user_shutdown);
}

template <class Handle>
void pipeline::add(std::string name, const Handle& handle) {
  auto actor = caf::actor_cast<caf::strong_actor_ptr>(handle);
  all_.push_back(actor);
  vital_.emplace_back(std::move(name), std::move(actor));
}

/// The store and everything that follows its log.
void pipeline::spawn_keeping() {
  engine_ = open_engine(config_);
  syncer_ = system_.spawn<caf::detached>(
    store_syncer, engine_, to_ms(config_.sync_interval), &counters_);
  add("store-syncer", syncer_);
  for (std::size_t i = 0; i < config_.stores; ++i) {
    stores_.push_back(
      system_.spawn(trace_store, engine_, syncer_, board_, &counters_));
    add("trace-store", stores_.back());
  }
  for (auto& name : config_.exporters) {
    exporter_feed_options options;
    options.cursor.durable = engine_->durable();
    options.cursor.from_oldest = config_.export_from == export_start::oldest;
    std::shared_ptr<exporter> target
      = make_exporter(name, exporter_options_of(config_));
    if (!target)
      throw std::runtime_error{"TRACE_EXPORTER_TYPE: no exporter " + name};
    targets_.push_back(target);
    feeds_.push_back(system_.spawn<caf::detached>(
      exporter_feed, target, stores_.front(), board_, &counters_, options));
    follow_others(feeds_.back());
    add("exporter-feed " + name, feeds_.back());
  }
  if (config_.stats_enabled) {
    analytics_options options;
    options.durable = engine_->durable();
    analytics_ = system_.spawn(analytics, stores_.front(), &counters_, options);
    follow_others(analytics_);
    add("analytics", analytics_);
  }
}

/// A follower asks the first store, which has the engine of all, and is told by
/// each what it has written.
template <class Handle>
void pipeline::follow_others(const Handle& follower) {
  for (std::size_t i = 1; i < stores_.size(); ++i)
    caf::anon_send(stores_[i], follow_atom_v,
                   caf::actor_cast<log_follower_actor>(follower));
}

void pipeline::spawn_joining() {
  acknowledger_ = system_.spawn<caf::detached>(
    acknowledger,
    acknowledger_options{redis_, config_.consumer_group, config_.streams,
                         to_ms(config_.redis_timeout)},
    board_, &counters_);
  add("acknowledger", acknowledger_);
  dead_letter_ = system_.spawn<caf::detached>(
    dead_letter,
    dead_letter_options{redis_, config_.streams, config_.dead_letter_stream,
                        config_.dead_letter_max, to_ms(config_.redis_timeout)},
    acknowledger_, board_, &counters_);
  add("dead-letter", dead_letter_);
  for (std::size_t i = 0; i < config_.correlators; ++i) {
    correlators_.push_back(system_.spawn(
      correlator, correlator_options_of(config_, i, engine_->durable()),
      stores_[i % stores_.size()], acknowledger_, &counters_));
    add("correlator", correlators_.back());
  }
  retention_
    = system_.spawn(retention, stores_.front(), correlators_, &counters_);
  add("retention", retention_);
}

void pipeline::spawn_reading() {
  const auto readers = std::min(config_.readers, config_.streams.size());
  router_ = system_.spawn(shard_router,
                          static_cast<std::uint32_t>(config_.partitions),
                          readers, correlators_, &counters_);
  add("shard-router", router_);
  for (std::size_t i = 0; i < readers; ++i) {
    readers_.push_back(system_.spawn<caf::detached>(
      stream_reader, reader_options_of(config_, redis_, i, readers), router_,
      dead_letter_, acknowledger_, stores_.front(), board_, &counters_));
    add("stream-reader", readers_.back());
  }
  keeper_ = system_.spawn<caf::detached>(
    stream_keeper,
    stream_keeper_options{redis_, config_.consumer_group, config_.consumer_name,
                          config_.streams, to_ms(config_.redis_timeout),
                          trim_options{config_.consumer_group,
                                       to_ms(config_.retention).count(),
                                       config_.stream_maxlen}},
    readers_, board_, &counters_);
  add("stream-keeper", keeper_);
}

gateway_options pipeline::front_options() const {
  gateway_options result;
  result.token = config_.http_token;
  result.timeout = config_.http_timeout;
  result.max_pending = config_.http_max_pending;
  result.max_response_bytes = config_.http_max_response_bytes;
  result.partitions = static_cast<std::uint32_t>(config_.partitions);
  result.search_budget = config_.search_budget;
  result.enabled = config_.tracing_enabled;
  result.stats_enabled = config_.stats_enabled;
  result.exporters = config_.exporters;
  result.group = config_.consumer_group;
  result.consumer = config_.consumer_name;
  result.streams = config_.streams;
  result.engine = config_.store;
  result.version = version();
  for (auto& setting : shown(config_))
    result.config.emplace_back(setting.key, setting.text);
  return result;
}

void pipeline::spawn_front() {
  gateway_ = system_.spawn(gateway, front_options(), correlators_, stores_,
                           analytics_, dead_letter_, board_, &counters_);
  add("gateway", gateway_);
}

void pipeline::watch() {
  std::vector<vital_part> parts;
  for (auto& [name, actor] : vital_)
    parts.push_back({name, actor});
  supervisor_ = system_.spawn(supervisor, std::move(parts), on_loss_);
}

template <class Handle>
void pipeline::drain_part(caf::scoped_actor& self, const char* name,
                          const Handle& who,
                          steady_clock::time_point deadline) {
  const auto left = std::max(
    std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()),
    milliseconds{1});
  self->request(who, left, drain_atom_v)
    .receive(
      [](caf::ok_atom) {
        // done
      },
      [&](const caf::error& e) {
        spdlog::warn("meshtrace: {} did not drain: {}", name,
                     reason_of(e, system_));
      });
}

void pipeline::drain(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  caf::scoped_actor self{system_};
  if (supervisor_)
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  drain_part(self, "gateway", gateway_, deadline);
  if (dead_letter_)
    drain_part(self, "dead-letter", dead_letter_, deadline);
  for (auto& reader : readers_)
    drain_part(self, "stream-reader", reader, deadline);
  for (auto& correlator : correlators_)
    drain_part(self, "correlator", correlator, deadline);
  if (acknowledger_)
    drain_part(self, "acknowledger", acknowledger_, deadline);
  drain_feeds(self, deadline);
  if (keeper_)
    drain_part(self, "stream-keeper", keeper_, deadline);
}

/// All at the same time: each may have a target that takes nothing. A feed is
/// deaf while its target hangs, so that the target is interrupted in the end.
void pipeline::drain_feeds(caf::scoped_actor& self,
                           steady_clock::time_point deadline) {
  // Time to save cursors, and for what comes after the feeds.
  const auto limit = std::min(
    deadline - seconds{2},
    steady_clock::now() + exporter_feed_options{}.drain_limit + seconds{1});
  for (auto& feed : feeds_)
    self->send(feed, drain_atom_v);
  std::size_t drained = 0;
  while (drained < feeds_.size() && steady_clock::now() < limit)
    self->receive([&](caf::ok_atom) { ++drained; },
                  caf::after(limit - steady_clock::now()) >> [] {});
  if (drained < feeds_.size())
    spdlog::warn("meshtrace: {} of {} exporters did not drain", //
                 feeds_.size() - drained, feeds_.size());
  for (auto& target : targets_)
    target->interrupt();
}

} // namespace meshtrace
