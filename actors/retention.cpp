#include "actors/retention.hpp"

#include "messages/reason.hpp"
#include "trace/time_text.hpp"

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace meshtrace {

namespace {

using self_pointer = retention_actor::stateful_pointer<retention_state>;

constexpr std::chrono::seconds answer_timeout{30};

std::string mib(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB",
                     static_cast<double>(bytes) / (1024.0 * 1024.0));
}

/// Gathers the active traces of all correlators, then tells about the sweep.
void tell(self_pointer self, const retention_report& report,
          const std::vector<correlator_actor>& correlators) {
  auto active = std::make_shared<std::uint64_t>(0);
  auto missing = std::make_shared<std::size_t>(correlators.size());
  const auto one_less = [=] {
    if (--*missing > 0)
      return;
    if (auto line
        = self->state.cleanup_line(report, *active, self->clock().now()))
      spdlog::info("retention: {}", *line);
  };
  for (auto& correlator : correlators)
    self->request(correlator, answer_timeout, load_atom_v)
      .then(
        [=](const correlator_load& load) {
          *active += load.active_traces;
          one_less();
        },
        [=](const caf::error&) { one_less(); }); // the line says what it knows
}

} // namespace

std::optional<std::string>
retention_state::cleanup_line(const retention_report& report,
                              std::uint64_t active_traces, time_point now) {
  const bool dropped = report.by_age > 0 || report.by_size > 0;
  if (!dropped && last_line_ && now - *last_line_ < quiet_period)
    return std::nullopt;
  const bool first = !last_line_;
  last_line_ = now;
  if (first && !dropped)
    return std::nullopt; // nothing has happened since the start
  const auto& left = report.left;
  return fmt::format(
    "cleanup: dropped {} traces ({}) by age, {} ({}) by size; {} stored, "
    "oldest {}; {} active",
    report.by_age, mib(report.by_age_bytes), report.by_size,
    mib(report.by_size_bytes), left.traces,
    left.oldest.has_value() ? format_time(*left.oldest) : "none",
    active_traces);
}

retention_actor::behavior_type
retention(self_pointer self, const trace_store_actor& store,
          const std::vector<correlator_actor>& correlators, metrics* counters) {
  self->delayed_send(self, retention_state::period, caf::tick_atom_v);
  return {
    [=](caf::tick_atom) {
      self->delayed_send(self, retention_state::period, caf::tick_atom_v);
      self->request(store, answer_timeout, sweep_atom_v)
        .then(
          [=](const retention_report& report) {
            counters->retention_by_age.Increment(
              static_cast<double>(report.by_age));
            counters->retention_by_size.Increment(
              static_cast<double>(report.by_size));
            tell(self, report, correlators);
          },
          [=](const caf::error& e) {
            spdlog::error("retention: the store cannot be swept: {}",
                          reason_of(e, self->system()));
          });
    },
  };
}

} // namespace meshtrace
