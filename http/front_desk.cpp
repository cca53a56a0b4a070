#include "http/front_desk_work.hpp"
#include "http/index.hpp"
#include "http/service_json.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace meshtrace {

namespace {

/// The label of requests that found no route.
constexpr std::string_view no_route = "none";

/// When clients should come again after a 503.
constexpr int pause_seconds = 1;

api_error unavailable(std::string message) {
  auto result = standard_error(503);
  result.message = std::move(message);
  result.retry_after_seconds = pause_seconds;
  return result;
}

http_response metrics_response(const metrics& counters) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = counters.render()};
}

} // namespace

front_desk::front_desk(self_pointer self, gateway_options options,
                       gateway_parts parts, metrics* counters)
  : self_(self), options_(std::move(options)), parts_(std::move(parts)),
    counters_(counters) {
  if (options_.started == std::chrono::steady_clock::time_point{})
    options_.started = self_->clock().now();
}

void front_desk::take(const exchange_ptr& waiting) {
  const auto request = route_request(waiting->request(), options_.token);
  if (!request)
    return answer_error(no_route, waiting, request.error());
  if (request->matched->target == endpoint::backup)
    return take_backup(waiting);
  if (answered_at_once(*request, waiting) || turned_away(*request, waiting))
    return;
  const auto number = self_->state.pending.add(
    {waiting, request->matched->path, self_->clock().now() + options_.timeout});
  arm_tick();
  ask(number, *request);
}

/// What needs nobody else. Probes and scrapes work also under overload.
bool front_desk::answered_at_once(const routed_request& request,
                                  const exchange_ptr& to) {
  const auto reply = [&](http_response response) {
    answer(request.matched->path, to, std::move(response));
    return true;
  };
  switch (request.matched->target) {
  case endpoint::index:
    return reply(index_response(request.content_type, options_.version));
  case endpoint::healthz:
    return reply(health_response());
  case endpoint::metrics:
    return reply(metrics_response(*counters_));
  case endpoint::version:
    return reply(version_response(options_.version));
  case endpoint::dashboard_health:
  case endpoint::registry_health:
    return reply({.body = health_json(request.matched->target)});
  default:
    return !options_.enabled && reply(disabled(request));
  }
}

bool front_desk::turned_away(const routed_request& request,
                             const exchange_ptr& to) {
  const auto refuse = [&](std::string why) {
    answer_error(request.matched->path, to, unavailable(std::move(why)));
    return true;
  };
  if (self_->state.draining)
    return refuse("the service is stopping");
  if (self_->state.pending.size() < options_.max_pending)
    return false;
  counters_->http_rejected.Increment();
  return refuse(std::to_string(options_.max_pending)
                + " requests wait already (TRACE_HTTP_MAX_PENDING)");
}

void front_desk::ask(ticket number, const routed_request& request) {
  switch (request.matched->target) {
  case endpoint::trace:
  case endpoint::trace_analysis:
  case endpoint::dashboard_trace:
    return ask_trace(number, request);
  case endpoint::list:
  case endpoint::search:
  case endpoint::dashboard_recent:
  case endpoint::dashboard_list:
  case endpoint::dashboard_search:
    return ask_page(number, request);
  case endpoint::stats:
    return ask_stats(number, request);
  case endpoint::analytics:
    return ask_analytics(number, request);
  case endpoint::dead_letters:
    return ask_dead_letters(number, request);
  case endpoint::readyz:
    return ask_readiness(number);
  case endpoint::status:
    return ask_status(number);
  default: // answered at once
    return answer_error(number, standard_error(500));
  }
}

void front_desk::answer(std::string_view route, const exchange_ptr& to,
                        http_response response) {
  counters_->http_requests(route, response.status).Increment();
  counters_->http_seconds(route).Observe(to->age().count());
  to->answer(std::move(response));
}

void front_desk::answer(ticket number, http_response response) {
  if (const auto found = self_->state.pending.take(number))
    answer(found->route, found->waiting, std::move(response));
}

void front_desk::answer_error(std::string_view route, const exchange_ptr& to,
                              const api_error& why) {
  answer(route, to,
         is_dashboard(to->request()) ? plain_error_response(why)
                                     : error_response(why));
}

void front_desk::answer_error(ticket number, const api_error& why) {
  if (const auto found = self_->state.pending.take(number))
    answer_error(found->route, found->waiting, why);
}

bool front_desk::is_pending(ticket number) const {
  return self_->state.pending.contains(number);
}

/// Where the one who was asked was too slow, the request's own time is up in
/// the same moment: the tick answers.
void front_desk::fail(ticket number, const caf::error& reason) {
  if (reason != caf::sec::request_timeout)
    answer_error(number, unavailable(reason_of(reason)));
}

std::string front_desk::reason_of(const caf::error& e) {
  if (e.context().match_elements<std::string>())
    return e.context().get_as<std::string>(0);
  if (e == caf::sec::request_timeout)
    return "there was no answer in time";
  return "the part of the service that knows the answer has ended";
}

void front_desk::expire() {
  self_->state.tick_armed = false;
  for (auto& late : self_->state.pending.take_due(self_->clock().now())) {
    counters_->http_timeouts.Increment();
    answer_error(late.route, late.waiting, standard_error(504));
  }
  arm_tick();
}

void front_desk::arm_tick() {
  auto& state = self_->state;
  const auto due = state.pending.next_deadline();
  if (!due || std::exchange(state.tick_armed, true))
    return;
  self_->delayed_send(self_, *due - self_->clock().now(), caf::tick_atom_v);
}

void front_desk::drain() {
  self_->state.draining = true;
  for (auto& x : self_->state.pending.take_all())
    answer_error(x.route, x.waiting, unavailable("the service is stopping"));
  answer_backup(error_response(unavailable("the service is stopping")));
}

std::int64_t front_desk::wall_now() const {
  if (options_.wall_clock)
    return options_.wall_clock();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace meshtrace
