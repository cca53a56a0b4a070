#pragma once

#include "actors/correlator_state.hpp"
#include "storage/memory_engine.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::test {

inline constexpr stream_ms t0 = 1'764'000'000'000;

/// The state between a reader and a real memory engine, with a stream clock
/// that the test moves. Everything the state wants done is done at once, unless
/// the test holds it back.
struct correlator_fixture {
  using field_list = std::vector<std::pair<std::string, std::string>>;

  correlator_fixture() {
    configure({});
  }

  void configure(correlator_options options) {
    options.partitions = 4;
    options.own_partitions = {0, 1, 2, 3};
    state.configure(options);
    work();
  }

  /// An event of `span` at `at` ms after t0; `parent` may be empty.
  field_list event(std::string trace, std::string span, std::string parent,
                   std::string type = "") {
    field_list result{{"trace_id", trace},
                      {"span_id", span},
                      {"agent_name", "agent"},
                      {"operation", "work"}};
    if (!parent.empty())
      result.emplace_back("parent_span", parent);
    if (!type.empty())
      result.emplace_back("event_type", type);
    else
      result.emplace_back("end_time", "1764000000.5");
    return result;
  }

  /// Reads these events in one batch whose entries were written at `at`.
  void read(const std::vector<field_list>& entries, stream_ms at) {
    auto batch = std::make_shared<event_batch>();
    decode_counts counts;
    span_batch mine;
    for (auto& entry : entries) {
      std::vector<field> fields;
      for (auto& [name, value] : entry)
        fields.push_back({batch->memory.copy(name), batch->memory.copy(value)});
      const auto decoded = decode(fields, {}, batch->memory, counts);
      REQUIRE(decoded.has_value());
      mine.events.push_back(static_cast<std::uint32_t>(batch->events.size()));
      batch->events.push_back(
        {{0, 0, 1, {static_cast<std::uint64_t>(at), next_seq++}}, *decoded});
    }
    mine.source = batch;
    mine.now = now;
    state.receive(std::move(mine));
    work();
  }

  /// Stream time moves on to `to`.
  void advance(stream_ms to) {
    now = to;
    state.set_now(now);
    work();
  }

  /// Does what the state wants done until it wants nothing.
  void work() {
    for (;;) {
      auto out = state.take_outbox();
      answers += out.answers.size();
      durable.insert(durable.end(), out.durable.begin(), out.durable.end());
      duplicates += out.duplicates;
      for (auto& timer : out.timers.timers)
        timers[timer.key] = timer.due;
      for (auto key : out.timers.disarmed)
        timers.erase(key);
      bool more = false;
      if (!out.lookups.empty()) {
        state.receive_bases(out.lookup, look_up(out.lookups));
        more = true;
      }
      if (out.load) {
        state.receive_checkpoints(load(*out.load));
        more = true;
      }
      if (!out.saves.empty())
        saves.emplace_back(out.save, std::move(out.saves));
      if (!hold_saves && !saves.empty()) {
        save_all();
        more = true;
      }
      if (!out.writes.empty())
        commits.emplace_back(out.commit, std::move(out.writes));
      if (!hold_commits && !commits.empty()) {
        commit_all();
        more = true;
      }
      if (now && fire())
        more = true;
      if (!more)
        return;
    }
  }

  base_answer look_up(const std::vector<std::string>& ids) {
    base_answer result;
    for (auto& id : ids) {
      auto found = store.find(id);
      REQUIRE(found.has_value());
      const bool dropped = !*found && store.was_dropped(id, wall);
      if (*found || dropped || checkpoints.count(id) != 0)
        result.bases.push_back({id, *found, checkpoint_of(id), dropped});
    }
    return result;
  }

  void commit_all() {
    auto todo = std::exchange(commits, {});
    for (auto& [number, writes] : todo) {
      auto written = store.commit(writes, wall);
      REQUIRE(written.has_value());
      for (auto& x : *written)
        heads.push_back(x.head);
      for (auto& x : writes)
        if (x.checkpointed)
          checkpoints.erase(x.content->id());
      state.receive_committed(number, *written);
    }
  }

  std::optional<checkpoint> checkpoint_of(const std::string& id) {
    const auto i = checkpoints.find(id);
    return i == checkpoints.end() ? std::nullopt : std::optional{i->second};
  }

  void save_all() {
    auto todo = std::exchange(saves, {});
    for (auto& [number, batch] : todo) {
      for (auto& x : batch)
        checkpoints.insert_or_assign(x.content->id(), x);
      saved += batch.size();
      state.receive_saved(number);
    }
  }

  /// One page, by id instead of by time: the state must not care.
  checkpoint_page load(const checkpoint_query& query) {
    checkpoint_page page;
    page.total = checkpoints.size();
    for (auto i = checkpoints.upper_bound(query.after); i != checkpoints.end();
         ++i) {
      if (i->second.due > query.until)
        continue;
      if (page.checkpoints.size() == page_limit) {
        page.next = page.checkpoints.back().content->id();
        break;
      }
      page.checkpoints.push_back(i->second);
    }
    return page;
  }

  /// The state is lost; what the store has is not.
  void restart(correlator_options options) {
    state = correlator_state{};
    timers.clear();
    durable.clear();
    configure(std::move(options));
  }

  /// Nothing has changed anything for long enough to save what waits.
  void tick(std::uint64_t times = correlator_state::ticks_to_checkpoint) {
    for (std::uint64_t i = 0; i < times; ++i) {
      state.tick();
      work();
    }
  }

  bool fire() {
    traces_due due{{}, *now};
    for (auto i = timers.begin(); i != timers.end();)
      if (i->second <= *now) {
        due.keys.push_back(i->first);
        i = timers.erase(i);
      } else {
        ++i;
      }
    if (due.keys.empty())
      return false;
    state.look_again(due, wall);
    return true;
  }

  std::optional<stored_trace> stored(const std::string& id) {
    return store.find(id).value();
  }

  memory_engine store{memory_options{}};
  correlator_state state;
  std::optional<stream_ms> now = t0;
  std::int64_t wall = t0 * 1'000'000;
  std::uint64_t next_seq = 1;
  std::map<std::uint64_t, stream_ms> timers;
  std::vector<std::pair<std::uint64_t, std::vector<trace_write>>> commits;
  bool hold_commits = false;
  std::map<std::string, checkpoint> checkpoints;
  std::vector<std::pair<std::uint64_t, std::vector<checkpoint>>> saves;
  bool hold_saves = false;
  std::size_t saved = 0;
  std::size_t page_limit = 1000;
  std::vector<envelope> heads;
  std::vector<entry_ref> durable;
  std::size_t answers = 0;
  std::uint64_t duplicates = 0;
};

} // namespace meshtrace::test
