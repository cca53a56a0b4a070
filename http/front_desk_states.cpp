#include "http/analytics_json.hpp"
#include "http/dashboard_json.hpp"
#include "http/dead_letters_json.hpp"
#include "http/front_desk.hpp"
#include "http/gather.hpp"
#include "http/page_query.hpp"
#include "http/service_json.hpp"
#include "http/stats_json.hpp"

#include <caf/event_based_actor.hpp>

namespace meshtrace {

/// A status that waits for what is still unsaid.
struct front_desk::status_work {
  ticket number = 0;
  status_answers said;
  int missing = 3;
};

namespace {

std::string silence_of(std::string_view who, const caf::error& reason) {
  const auto* how = reason == caf::sec::request_timeout
                      ? " did not answer in time"
                      : " could not answer";
  return std::string{who} + how;
}

} // namespace

void front_desk::ask_stats(ticket number, const routed_request& request) {
  const auto window = window_of(request.given.text("window").value_or("all"));
  if (!options_.stats_enabled || !parts_.analytics)
    return answer(number, {.body = stats_json(true, false, {}, window)});
  ask_part(number, parts_.analytics, statistics_query{window, wall_now()},
           [=, this](const statistics_report& report) {
             answer(number, {.body = stats_json(true, true, report, window)});
           });
}

void front_desk::ask_analytics(ticket number, const routed_request& request) {
  const auto query
    = read_analytics_query(request.matched->path, request.given, wall_now());
  if (!options_.stats_enabled || !parts_.analytics)
    return answer(number, {.body = analytics_json(true, query, {})});
  ask_part(number, parts_.analytics, query,
           [=, this](const analytics_report& report) {
             answer(number, {.body = analytics_json(true, query, report)});
           });
}

// Half of the time is for the parts, so that an answer still goes out in time
// where one of them says nothing.

void front_desk::ask_readiness(ticket number) {
  self_->request(parts_.board, options_.timeout / 2, status_atom_v)
    .then(
      [=, this](const service_status& status) {
        answer(number,
               ready_response(reasons_not_ready(status, options_.group)));
      },
      [=, this](const caf::error& reason) {
        answer(number,
               ready_response({silence_of("the status board", reason)}));
      });
}

void front_desk::ask_status(ticket number) {
  auto work = std::make_shared<status_work>();
  work->number = number;
  work->said.correlators = parts_.correlators.size();
  const auto note_one = [this, work] {
    if (--work->missing == 0)
      answer_status(*work);
  };
  self_->request(parts_.board, options_.timeout / 2, status_atom_v)
    .then(
      [=](const service_status& status) {
        work->said.service = status;
        note_one();
      },
      [=](const caf::error& reason) {
        work->said.service = failure(silence_of("the status board", reason));
        note_one();
      });
  gather<correlator_load>(self_, parts_.correlators, options_.timeout / 2,
                          load_atom_v, [=](gathered<correlator_load> all) {
                            work->said.loads = std::move(all.answers);
                            if (!all.errors.empty())
                              work->said.loads_error
                                = silence_of(std::to_string(all.errors.size())
                                               + " of the shards",
                                             all.errors.front());
                            note_one();
                          });
  self_->request(parts_.stores.front(), options_.timeout / 2, totals_atom_v)
    .then(
      [=](const store_totals& totals) {
        work->said.totals = totals;
        note_one();
      },
      [=](const caf::error& reason) {
        work->said.totals = failure(silence_of("the store", reason));
        note_one();
      });
}

void front_desk::answer_status(const status_work& work) {
  const auto uptime = self_->clock().now() - options_.started;
  answer(work.number,
         {.body = status_json(options_, work.said, uptime, wall_now())});
}

// -- tracing off --------------------------------------------------------------

http_response front_desk::disabled(const routed_request& request) const {
  const auto most = options_.max_response_bytes;
  const auto uptime = self_->clock().now() - options_.started;
  if (request.matched->dashboard)
    return dashboard_off(request.matched->target);
  switch (request.matched->target) {
  case endpoint::trace:
  case endpoint::trace_analysis:
    return error_response(
      no_such_trace(std::string{request.given.text("trace_id").value_or("")}));
  case endpoint::dead_letters:
    return {.body = dead_letters_json(false, {}, most)};
  case endpoint::readyz:
    return ready_response({});
  case endpoint::stats:
    return {.body = stats_json(
              false, options_.stats_enabled, {},
              window_of(request.given.text("window").value_or("all")))};
  case endpoint::analytics:
    return {.body = analytics_json(
              false,
              read_analytics_query(request.matched->path, request.given, 0),
              {})};
  case endpoint::status:
    return {.body = status_json(options_, {}, uptime, wall_now())};
  default:
    break;
  }
  const auto query = read_page_query(request);
  if (!query)
    return error_response(query.error());
  return {.body
          = request.matched->target == endpoint::list
              ? list_json(false, *query, {}, 0, most)
              : search_json(false, *query, {}, criteria_json(request), most)};
}

} // namespace meshtrace
