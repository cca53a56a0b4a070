#include "actors/status_board.hpp"

#include <algorithm>
#include <limits>

namespace meshtrace {

void status_board_state::note(const reader_status& status, time_point now) {
  readers_.insert_or_assign(status.reader, status);
  std::uint64_t sum = 0;
  for (auto& [_, reader] : readers_)
    sum += reader.events_read;
  samples_.push_back({now, sum});
  // One sample before the window stays, to have something to compare with.
  while (samples_.size() > 2 && now - samples_[1].at > rate_window)
    samples_.pop_front();
}

void status_board_state::note(const exporter_status& status) {
  exporters_.insert_or_assign(status.name, status);
}

service_status status_board_state::report(time_point now) {
  service_status result;
  for (auto& [_, reader] : readers_)
    result.readers.push_back(reader);
  for (auto& [_, exporter] : exporters_)
    result.exporters.push_back(exporter);
  result.keeper = keeper;
  result.acknowledger = acknowledger;
  result.dead_letter = dead_letter;
  result.store = store;
  if (!samples_.empty() && now - samples_.front().at > rate_window / 20) {
    const std::chrono::duration<double> span
      = std::min<std::chrono::steady_clock::duration>(now - samples_.front().at,
                                                      2 * rate_window);
    const auto events
      = samples_.back().events_read - samples_.front().events_read;
    result.events_per_second = static_cast<double>(events) / span.count();
  }
  return result;
}

std::vector<std::string>
reasons_not_ready(const service_status& status, const std::string& group) {
  std::vector<std::string> result;
  const auto& keeper = status.keeper;
  const auto because = [](const std::string& error) {
    return error.empty() ? error : ": " + error;
  };
  if (!keeper.connected)
    result.push_back("Redis is not connected" + because(keeper.last_error));
  else if (!keeper.lease_held)
    result.push_back(
      keeper.lease_holder.empty()
        ? "the lease of group " + group + " is not held yet"
        : "group " + group + " is held by " + keeper.lease_holder
            + "; set another TRACE_CONSUMER_GROUP to read beside it");
  if (status.readers.empty() && result.empty())
    result.push_back("nothing is read yet");
  for (auto& reader : status.readers) {
    const auto name = "reader " + std::to_string(reader.reader);
    // Before that its group may not be there, and what is published is lost to
    // TRACE_START_FROM=newest.
    if (reader.state == "standby" && keeper.lease_held)
      result.push_back(name + " has not begun yet");
    if (reader.stuck)
      result.push_back(name + " waits too long for its batches to be joined");
    if (reader.state == "connecting" && keeper.connected)
      result.push_back(name + " is not connected to Redis"
                       + because(reader.last_error));
  }
  if (!status.dead_letter.last_error.empty())
    result.push_back("dead letters cannot be written"
                     + because(status.dead_letter.last_error));
  if (!status.store.healthy)
    result.push_back("the store does not write"
                     + because(status.store.last_error));
  return result;
}

namespace {

void tell_levels(const keeper_status& status, metrics& counters) {
  for (auto& x : status.streams) {
    auto levels = counters.stream(x.stream);
    levels.length.Set(static_cast<double>(x.length));
    levels.pending.Set(static_cast<double>(x.pending));
    levels.lag.Set(x.lag ? static_cast<double>(*x.lag)
                         : std::numeric_limits<double>::quiet_NaN());
  }
}

} // namespace

status_board_actor::behavior_type
status_board(status_board_actor::stateful_pointer<status_board_state> self,
             std::chrono::seconds rate_window, metrics* counters) {
  self->state.rate_window = rate_window;
  return {
    [=](const reader_status& x) {
      counters->window(x.reader).Set(x.batches_unanswered);
      self->state.note(x, self->clock().now());
    },
    [=](const keeper_status& x) {
      tell_levels(x, *counters);
      self->state.keeper = x;
    },
    [self](const acknowledger_status& x) { self->state.acknowledger = x; },
    [self](const exporter_status& x) { self->state.note(x); },
    [self](const dead_letter_status& x) { self->state.dead_letter = x; },
    [self](const store_health& x) { self->state.store = x; },
    [self](status_atom) { return self->state.report(self->clock().now()); },
  };
}

} // namespace meshtrace
