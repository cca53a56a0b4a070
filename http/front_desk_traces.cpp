#include "http/analysis_json.hpp"
#include "http/dashboard_query.hpp"
#include "http/front_desk_work.hpp"
#include "http/gather.hpp"
#include "http/page_query.hpp"
#include "trace/ids.hpp"

#include <caf/event_based_actor.hpp>

namespace meshtrace {

namespace {

api_error too_deep(const page_query& query) {
  return invalid_parameter(
    "offset",
    "at most " + std::to_string(max_overlap)
      + " while so many traces are active; /trace/search pages by cursor",
    std::to_string(query.offset));
}

} // namespace

api_error front_desk::too_large(const std::string& trace_id) {
  auto result = standard_error(503);
  result.code = "answer_too_large";
  result.message = "the trace does not fit into an answer; a greater "
                   "TRACE_HTTP_MAX_RESPONSE_BYTES would let it through";
  result.trace_id = trace_id;
  return result;
}

api_error front_desk::no_such_trace(const std::string& trace_id) {
  auto result = standard_error(404);
  result.code = "trace_not_found";
  result.message = "no trace has this id, or retention has dropped it";
  result.trace_id = trace_id;
  return result;
}

// -- one trace ----------------------------------------------------------------

void front_desk::ask_trace(ticket number, const routed_request& request) {
  trace_work work;
  work.number = number;
  work.target = request.matched->target;
  work.trace_id = request.given.text("trace_id").value_or("");
  work.adjust = request.given.flag("adjust").value_or(false);
  if (work.target == endpoint::dashboard_trace) {
    // What cannot be an id is one that nobody has.
    const auto canonical = canonical_id(work.trace_id);
    if (!canonical)
      return answer_dashboard_trace(work, nullptr);
    work.trace_id = *canonical;
  }
  work.partition = partition_of(work.trace_id, options_.partitions);
  ask_correlator_for(work);
}

void front_desk::ask_correlator_for(const trace_work& work) {
  auto& correlators = parts_.correlators;
  ask_part(
    work.number, correlators[work.partition % correlators.size()],
    active_lookup{work.trace_id}, [=, this](const active_found& found) {
      if (!found.trace || !work.may_show(found.trace->head))
        return ask_store_for(work);
      const listed_trace x{found.trace->content, found.trace->head, true, {}};
      answer_trace(work, &x);
    });
}

void front_desk::ask_store_for(const trace_work& work) {
  if (!is_pending(work.number))
    return;
  ask_part(
    work.number, parts_.stores[work.partition % parts_.stores.size()],
    trace_find{work.trace_id}, [=, this](const trace_found& found) {
      // The correlator has parked it.
      if (found.active && work.may_show(found.active->head)) {
        const listed_trace x{
          found.active->content, found.active->head, true, {}};
        return answer_trace(work, &x);
      }
      if (!found.trace)
        return answer_trace(work, nullptr);
      const listed_trace x{found.trace->content, found.trace->head, false, {}};
      answer_trace(work, &x);
    });
}

void front_desk::answer_trace(const trace_work& work,
                              const listed_trace* found) {
  if (!is_pending(work.number))
    return;
  if (work.target == endpoint::dashboard_trace)
    return answer_dashboard_trace(work, found);
  if (found == nullptr)
    return answer_error(work.number, no_such_trace(work.trace_id));
  const auto most = options_.max_response_bytes;
  auto body = work.target == endpoint::trace_analysis
                ? analysis_json(*found, work.adjust, most)
                : one_trace_json(*found, work.adjust, most);
  if (!body)
    return answer_error(work.number, too_large(work.trace_id));
  answer(work.number, {.body = std::move(*body)});
}

// -- many traces --------------------------------------------------------------

void front_desk::ask_page(ticket number, const routed_request& request) {
  const bool dashboard = request.matched->dashboard;
  const auto query
    = dashboard ? read_dashboard_query(request) : read_page_query(request);
  if (!query)
    return answer_error(number, query.error());
  auto work = std::make_shared<page_work>();
  work->number = number;
  work->target = request.matched->target;
  work->query = *query;
  work->criteria
    = dashboard ? dashboard_criteria_json(request) : criteria_json(request);
  if (query->limit == 0)
    return answer_page(*work);
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
    return answer_error(work->number, too_deep(work->query));
  const auto query
    = store_query_of(work->query, work->active, options_.search_budget);
  if (!query)
    return answer_page(*work);
  ask_part(work->number, parts_.stores[work->number % parts_.stores.size()],
           *query, [this, work](const store_page& page) {
             work->stored = page;
             if (work->target == endpoint::list
                 || work->target == endpoint::dashboard_list)
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
  const auto total = total_of(work.query, work.active, work.totals);
  switch (work.target) {
  case endpoint::list:
    return answer(work.number,
                  {.body = list_json(true, work.query, page, total, most)});
  case endpoint::search:
    return answer(work.number, {.body = search_json(true, work.query, page,
                                                    work.criteria, most)});
  default:
    return answer(work.number, {.body = dashboard_page(work, page)});
  }
}

} // namespace meshtrace
