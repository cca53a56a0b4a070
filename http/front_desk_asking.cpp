#include "http/front_desk.hpp"
#include "http/gather.hpp"
#include "http/page_query.hpp"
#include "http/service_json.hpp"
#include "http/stats_json.hpp"
#include "trace/ids.hpp"

#include <caf/event_based_actor.hpp>

namespace meshtrace {

/// A list or search on its way from correlators to store to client.
struct front_desk::page_work {
  ticket number = 0;
  endpoint target = endpoint::list;
  page_query query;
  std::string criteria;
  active_part active;
  store_page stored;
  store_totals totals;
};

/// A status that waits for what is still unsaid.
struct front_desk::status_work {
  ticket number = 0;
  status_answers said;
  int missing = 3;
};

namespace {

api_error no_such_trace(const std::string& trace_id) {
  auto result = standard_error(404);
  result.code = "trace_not_found";
  result.message = "no trace has this id, or retention has dropped it";
  result.trace_id = trace_id;
  return result;
}

api_error too_large(const std::string& trace_id) {
  auto result = standard_error(503);
  result.code = "answer_too_large";
  result.message = "the trace does not fit into an answer; a greater "
                   "TRACE_HTTP_MAX_RESPONSE_BYTES would let it through";
  result.trace_id = trace_id;
  return result;
}

api_error too_deep(const page_query& query) {
  return invalid_parameter(
    "offset",
    "at most " + std::to_string(max_overlap)
      + " while so many traces are active; /trace/search pages by cursor",
    std::to_string(query.offset));
}

std::string silence_of(std::string_view who, const caf::error& reason) {
  const auto* how = reason == caf::sec::request_timeout
                      ? " did not answer in time"
                      : " could not answer";
  return std::string{who} + how;
}

} // namespace

void front_desk::ask(ticket number, const routed_request& request) {
  switch (request.matched->target) {
  case endpoint::trace:
    return ask_trace(number,
                     std::string{request.given.text("trace_id").value_or("")});
  case endpoint::list:
  case endpoint::search:
    return ask_page(number, request);
  case endpoint::stats:
    return ask_stats(number, request);
  case endpoint::readyz:
    return ask_readiness(number);
  case endpoint::status:
    return ask_status(number);
  default: // answered at once
    return answer(number, error_response(standard_error(500)));
  }
}

// -- one trace ----------------------------------------------------------------

void front_desk::ask_trace(ticket number, const std::string& trace_id) {
  const auto partition = partition_of(trace_id, options_.partitions);
  auto& correlators = parts_.correlators;
  ask_part(
    number, correlators[partition % correlators.size()],
    active_lookup{trace_id}, [=, this](const active_found& found) {
      if (!found.trace)
        return ask_store_for(number, partition, trace_id);
      const listed_trace x{found.trace->content, found.trace->head, true, {}};
      answer_trace(number, trace_id, &x);
    });
}

void front_desk::ask_store_for(ticket number, std::uint32_t partition,
                               const std::string& trace_id) {
  if (!is_pending(number))
    return;
  ask_part(
    number, parts_.stores[partition % parts_.stores.size()],
    trace_find{trace_id}, [=, this](const trace_found& found) {
      if (!found.trace)
        return answer_trace(number, trace_id, nullptr);
      const listed_trace x{found.trace->content, found.trace->head, false, {}};
      answer_trace(number, trace_id, &x);
    });
}

void front_desk::answer_trace(ticket number, const std::string& trace_id,
                              const listed_trace* found) {
  if (!is_pending(number))
    return;
  if (found == nullptr)
    return answer(number, error_response(no_such_trace(trace_id)));
  auto body = one_trace_json(*found, options_.max_response_bytes);
  answer(number, body ? http_response{.body = std::move(*body)}
                      : error_response(too_large(trace_id)));
}

// -- many traces --------------------------------------------------------------

void front_desk::ask_page(ticket number, const routed_request& request) {
  const auto query = read_page_query(request);
  if (!query)
    return answer(number, error_response(query.error()));
  auto work = std::make_shared<page_work>();
  work->number = number;
  work->target = request.matched->target;
  work->query = *query;
  work->criteria = criteria_json(request);
  gather<active_matches>(
    self_, parts_.correlators, options_.timeout, active_query_of(*query),
    [this, work](gathered<active_matches> all) {
      if (!all.errors.empty())
        return fail(work->number, all.errors.front());
      work->active = join_active(work->query, std::move(all.answers));
      ask_store_for(work);
    });
}

void front_desk::ask_store_for(const std::shared_ptr<page_work>& work) {
  if (!is_pending(work->number))
    return;
  if (beyond_overlap(work->query, work->active))
    return answer(work->number, error_response(too_deep(work->query)));
  const auto query
    = store_query_of(work->query, work->active, options_.search_budget);
  if (!query)
    return answer_page(*work);
  ask_part(work->number, parts_.stores[work->number % parts_.stores.size()],
           *query, [this, work](const store_page& page) {
             work->stored = page;
             if (work->target == endpoint::list)
               ask_totals(work);
             else
               answer_page(*work);
           });
}

void front_desk::ask_totals(const std::shared_ptr<page_work>& work) {
  if (!is_pending(work->number))
    return;
  ask_part(work->number, parts_.stores[work->number % parts_.stores.size()],
           totals_atom_v, [this, work](const store_totals& totals) {
             work->totals = totals;
             answer_page(*work);
           });
}

void front_desk::answer_page(const page_work& work) {
  if (!is_pending(work.number))
    return;
  const auto page = join_parts(work.query, work.active, work.stored);
  const auto most = options_.max_response_bytes;
  answer(
    work.number,
    {.body = work.target == endpoint::list
               ? list_json(true, work.query, page,
                           total_of(work.query, work.active, work.totals), most)
               : search_json(true, work.query, page, work.criteria, most)});
}

// -- sums and states ----------------------------------------------------------

void front_desk::ask_stats(ticket number, const routed_request& request) {
  const auto window = window_of(request.given.text("window").value_or("all"));
  if (!options_.stats_enabled || !parts_.analytics)
    return answer(number, {.body = stats_json(true, false, {}, window)});
  ask_part(number, parts_.analytics, statistics_query{window, wall_now()},
           [=, this](const statistics_report& report) {
             answer(number, {.body = stats_json(true, true, report, window)});
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
  switch (request.matched->target) {
  case endpoint::trace:
    return error_response(
      no_such_trace(std::string{request.given.text("trace_id").value_or("")}));
  case endpoint::readyz:
    return ready_response({});
  case endpoint::stats:
    return {.body = stats_json(
              false, options_.stats_enabled, {},
              window_of(request.given.text("window").value_or("all")))};
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
