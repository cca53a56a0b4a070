#include "actors/trace_store.hpp"

#include "actors/mailbox_size.hpp"
#include "actors/wall_clock.hpp"
#include "messages/reason.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <iterator>
#include <set>
#include <utility>

namespace meshtrace {

namespace {

using self_pointer = trace_store_actor::stateful_pointer<trace_store_state>;

/// How often the metrics hear of the store.
constexpr std::chrono::milliseconds level_period{500};

caf::error refused(const error& problem) {
  return caf::make_error(caf::sec::runtime_error, problem.reason);
}

/// The engine's answer as CAF wants it.
template <class T>
caf::result<T> answer(expected<T>&& result) {
  if (!result)
    return refused(result.error());
  return std::move(*result);
}

/// Counts what has become durable.
void count(metrics& counters, const std::vector<trace_write>& writes,
           const std::vector<written_trace>& written) {
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const auto revision = written[i].head.revision;
    if (revision == 1 && writes[i].base_revision == 0)
      counters.completed[static_cast<std::size_t>(writes[i].reason)]
        ->Increment();
    else if (revision > writes[i].base_revision)
      counters.revisions.Increment();
  }
}

/// Writes, and answers writes when they are durable. Owned by the behaviour's
/// handlers.
class writer {
public:
  writer(self_pointer self, std::shared_ptr<engine> keep,
         store_syncer_actor syncer, status_board_actor board, metrics* counters)
    : self_(self), keep_(std::move(keep)), syncer_(std::move(syncer)),
      board_(std::move(board)), counters_(counters), levels_(counters->store()),
      mailbox_(counters->mailbox("trace-store", 0)) {
    // nop
  }

  caf::result<trace_committed> commit(const trace_commit& writes) {
    const auto start = std::chrono::steady_clock::now();
    auto written = keep_->commit(*writes, wall_now());
    const std::chrono::duration<double> took
      = std::chrono::steady_clock::now() - start;
    counters_->commit_seconds.Observe(took.count());
    if (!written) {
      counters_->commit_failures.Increment();
      return refuse(written.error());
    }
    auto done = std::make_shared<trace_committed>();
    done->traces = std::move(*written);
    return when_durable<trace_committed>([this, writes, done] {
      count(*counters_, *writes, done->traces);
      tell_followers(*writes);
      return std::move(*done);
    });
  }

  caf::result<trace_checkpointed> save(const trace_checkpoint& batch) {
    if (auto saved = keep_->save_checkpoints(*batch); !saved)
      return refuse(saved.error());
    const auto traces = batch->size();
    return when_durable<trace_checkpointed>([this, traces] {
      counters_->checkpoints.Increment(static_cast<double>(traces));
      return trace_checkpointed{traces};
    });
  }

  caf::result<caf::ok_atom> save(const notes_save& x) {
    if (auto saved = keep_->save_notes(x.notes); !saved)
      return refuse(saved.error());
    return when_durable<caf::ok_atom>([] { return caf::ok_atom_v; });
  }

  caf::error refuse(const error& problem) {
    note_health(&problem);
    return refused(problem);
  }

  /// The store's totals and what waits for this actor, for the metrics.
  void tell_levels() {
    self_->delayed_send(self_, level_period, caf::tick_atom_v);
    const auto totals = keep_->totals();
    mailbox_.Set(static_cast<double>(mailbox_size(self_)));
    levels_.traces.Set(static_cast<double>(totals.traces));
    levels_.incomplete.Set(static_cast<double>(totals.incomplete));
    levels_.bytes.Set(static_cast<double>(totals.bytes));
  }

private:
  /// Answers with `make()` after the next sync, or with its problem.
  template <class T, class Make>
  caf::result<T> when_durable(Make make) {
    auto promise = self_->make_response_promise<T>();
    self_->state.written.push_back(
      [promise, make](const error* problem) mutable {
        if (problem == nullptr)
          promise.deliver(make());
        else
          promise.deliver(refused(*problem));
      });
    if (!keep_->durable())
      finish_written();
    else if (self_->state.syncing.empty())
      ask_for_sync();
    return promise;
  }

  void finish_written() {
    note_health(nullptr);
    auto done = std::exchange(self_->state.written, {});
    for (auto& finish : done)
      finish(nullptr);
  }

  void ask_for_sync() {
    auto& state = self_->state;
    state.syncing = std::exchange(state.written, {});
    // On the ingest path: no timeout, the reader's watchdog tells (design 2).
    self_->request(syncer_, caf::infinite, sync_atom_v)
      .then([this](caf::ok_atom) { synced(nullptr); },
            [this](const caf::error& e) {
              const error problem{reason_of(e, self_->system())};
              counters_->commit_failures.Increment();
              synced(&problem);
            });
  }

  void synced(const error* problem) {
    note_health(problem);
    auto& state = self_->state;
    auto done = std::exchange(state.syncing, {});
    for (auto& finish : done)
      finish(problem);
    if (!state.written.empty() && state.syncing.empty())
      ask_for_sync();
  }

  void tell_followers(const std::vector<trace_write>& writes) {
    std::set<std::uint32_t> partitions;
    for (auto& write : writes)
      partitions.insert(write.partition);
    const log_advanced news{{partitions.begin(), partitions.end()}};
    for (auto& follower : self_->state.followers)
      self_->send(follower, news);
  }

  /// Says so when the engine's health changes.
  void note_health(const error* problem) {
    const bool healthy = problem == nullptr;
    if (healthy == self_->state.healthy)
      return;
    self_->state.healthy = healthy;
    if (healthy)
      spdlog::info("trace-store: works again");
    else
      spdlog::error("trace-store: {}", problem->reason);
    self_->send(board_, store_health{healthy, healthy ? "" : problem->reason});
  }

  self_pointer self_;
  std::shared_ptr<engine> keep_;
  store_syncer_actor syncer_;
  status_board_actor board_;
  metrics* counters_;
  metrics::store_gauges levels_;
  metrics::gauge& mailbox_;
};

expected<trace_found> find_trace(engine& keep, const std::string& id) {
  auto stored = keep.find(id);
  if (!stored)
    return tl::unexpected(stored.error());
  auto active = keep.find_checkpoint(id);
  if (!active)
    return tl::unexpected(active.error());
  return trace_found{std::move(*stored), std::move(*active)};
}

expected<base_answer> find_bases(engine& keep, const base_lookup& lookup) {
  base_answer result;
  for (auto& id : lookup.trace_ids) {
    auto found = find_trace(keep, id);
    if (!found)
      return tl::unexpected(found.error());
    auto& [stored, active] = *found;
    const bool dropped = !stored && !active && keep.was_dropped(id, wall_now());
    if (stored || active || dropped)
      result.bases.push_back(
        {id, std::move(stored), std::move(active), dropped});
  }
  return result;
}

expected<traces_found> find_traces(engine& keep, const traces_find& wanted) {
  traces_found result;
  std::size_t bytes = 0;
  for (auto& id : wanted.trace_ids) {
    if (result.looked_for > 0 && bytes >= wanted.max_bytes)
      break;
    auto found = keep.find(id);
    if (!found)
      return tl::unexpected(found.error());
    ++result.looked_for;
    if (*found) {
      bytes += (*found)->content->bytes();
      result.traces.push_back(std::move(**found));
    }
  }
  return result;
}

expected<notes_found>
find_notes(engine& keep, const std::vector<std::string>& keys) {
  auto found = keep.find_notes(keys);
  if (!found)
    return tl::unexpected(found.error());
  return notes_found{std::move(*found)};
}

} // namespace

trace_store_actor::behavior_type
trace_store(self_pointer self, std::shared_ptr<engine> keep,
            const store_syncer_actor& syncer, const status_board_actor& board,
            metrics* counters) {
  auto out = std::make_shared<writer>(self, keep, syncer, board, counters);
  out->tell_levels();
  return {
    [=](const base_lookup& lookup) -> caf::result<base_answer> {
      auto found = find_bases(*keep, lookup);
      if (!found)
        return out->refuse(found.error());
      return std::move(*found);
    },
    [=](const trace_commit& writes) { return out->commit(writes); },
    [=](const trace_checkpoint& batch) { return out->save(batch); },
    [=](const checkpoint_query& query) -> caf::result<checkpoint_page> {
      return answer(keep->load_checkpoints(query));
    },
    [=](follow_atom, const log_follower_actor& follower) {
      self->state.followers.push_back(follower);
    },
    [=](const log_read& x) -> caf::result<log_page> {
      return answer(keep->read_log(x.partition, x.number, x.limit));
    },
    [=](ends_atom) { return keep->log_ends(); },
    [=](const trace_find& x) -> caf::result<trace_found> {
      return answer(find_trace(*keep, x.trace_id));
    },
    [=](const traces_find& x) -> caf::result<traces_found> {
      return answer(find_traces(*keep, x));
    },
    [=](const store_query& query) -> caf::result<store_page> {
      return answer(keep->search(query));
    },
    [=](totals_atom) { return keep->totals(); },
    [=](sweep_atom) -> caf::result<retention_report> {
      return answer(keep->enforce_retention(wall_now()));
    },
    [=](const notes_find& x) -> caf::result<notes_found> {
      return answer(find_notes(*keep, x.keys));
    },
    [=](const notes_save& x) { return out->save(x); },
    [=](const backup_request& x) -> caf::result<caf::ok_atom> {
      if (auto done = keep->backup(x.directory); !done)
        return refused(done.error());
      return caf::ok_atom_v;
    },
    [=](caf::tick_atom) { out->tell_levels(); },
  };
}

} // namespace meshtrace
