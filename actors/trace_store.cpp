#include "actors/trace_store.hpp"

#include "actors/wall_clock.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <set>
#include <utility>

namespace meshtrace {

namespace {

using self_pointer = trace_store_actor::stateful_pointer<trace_store_state>;

/// Says so when the engine's health changes.
void note_health(self_pointer self, const status_board_actor& board,
                 const error* problem) {
  const bool healthy = problem == nullptr;
  if (healthy == self->state.healthy)
    return;
  self->state.healthy = healthy;
  if (healthy)
    spdlog::info("trace-store: works again");
  else
    spdlog::error("trace-store: {}", problem->reason);
  self->send(board, store_health{healthy, healthy ? "" : problem->reason});
}

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

} // namespace

trace_store_actor::behavior_type
trace_store(self_pointer self, std::shared_ptr<engine> keep,
            const status_board_actor& board, metrics* counters) {
  return {
    [=](const base_lookup& lookup) -> caf::result<base_answer> {
      base_answer result;
      for (auto& id : lookup.trace_ids) {
        auto stored = keep->find(id);
        if (!stored) {
          note_health(self, board, &stored.error());
          return refused(stored.error());
        }
        const bool dropped = !*stored && keep->was_dropped(id, wall_now());
        if (*stored || dropped)
          result.bases.push_back({id, std::move(*stored), dropped});
      }
      return result;
    },
    [=](const trace_commit& writes) -> caf::result<trace_committed> {
      auto written = keep->commit(*writes, wall_now());
      if (!written) {
        counters->commit_failures.Increment();
        note_health(self, board, &written.error());
        return refused(written.error());
      }
      note_health(self, board, nullptr);
      count(*counters, *writes, *written);
      std::set<std::uint32_t> partitions;
      for (auto& write : *writes)
        partitions.insert(write.partition);
      const log_advanced news{{partitions.begin(), partitions.end()}};
      for (auto& follower : self->state.followers)
        self->send(follower, news);
      return trace_committed{std::move(*written)};
    },
    [=](follow_atom, const log_follower_actor& follower) {
      self->state.followers.push_back(follower);
    },
    [=](const log_read& x) -> caf::result<log_page> {
      return answer(keep->read_log(x.partition, x.number, x.limit));
    },
    [=](ends_atom) { return keep->log_ends(); },
    [=](const trace_find& x) -> caf::result<trace_found> {
      auto found = keep->find(x.trace_id);
      if (!found)
        return refused(found.error());
      return trace_found{std::move(*found)};
    },
    [=](const traces_find& x) -> caf::result<traces_found> {
      traces_found result;
      for (auto& id : x.trace_ids) {
        auto found = keep->find(id);
        if (!found)
          return refused(found.error());
        if (*found)
          result.traces.push_back(std::move(**found));
      }
      return result;
    },
    [=](const store_query& query) -> caf::result<store_page> {
      return answer(keep->search(query));
    },
    [=](totals_atom) { return keep->totals(); },
    [=](sweep_atom) -> caf::result<retention_report> {
      return answer(keep->enforce_retention(wall_now()));
    },
  };
}

} // namespace meshtrace
