#pragma once

#include "http/gateway.hpp"
#include "http/routes.hpp"
#include "http/status_json.hpp"
#include "http/trace_list_json.hpp"
#include "http/trace_page.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace {

/// Whom the gateway asks.
struct gateway_parts {
  std::vector<correlator_actor> correlators;
  std::vector<trace_store_actor> stores;
  analytics_actor analytics;
  dead_letter_actor dead_letters;
  status_board_actor board;
};

/// What the gateway does with a request: understand it, ask those who know,
/// answer once. Owned by the gateway's behaviour and used by nobody else.
class front_desk {
public:
  using self_pointer = gateway_actor::stateful_pointer<gateway_state>;
  using ticket = pending_exchanges::ticket;

  /// `counters` must outlive the desk.
  front_desk(self_pointer self, gateway_options options, gateway_parts parts,
             metrics* counters);

  /// Answers now, or asks others and answers later.
  void take(const exchange_ptr& waiting);

  /// Answers those who have waited for too long.
  void expire();

  /// Answers all who wait, and all who still come, with 503.
  void drain();

private:
  struct trace_work;
  struct page_work;
  struct status_work;

  // -- answering (front_desk.cpp) ---------------------------------------------

  void answer(std::string_view route, const exchange_ptr& to,
              http_response response);
  void answer(ticket number, http_response response);
  /// In the words of the API that was asked.
  void answer_error(std::string_view route, const exchange_ptr& to,
                    const api_error& why);
  void answer_error(ticket number, const api_error& why);
  void fail(ticket number, const caf::error& reason);
  bool is_pending(ticket number) const;
  /// What the one who was asked said, or what became of it.
  static std::string reason_of(const caf::error& e);
  /// Has the first deadline watched, if there is one.
  void arm_tick();
  void ask(ticket number, const routed_request& request);
  bool answered_at_once(const routed_request& request, const exchange_ptr& to);
  bool turned_away(const routed_request& request, const exchange_ptr& to);
  std::int64_t wall_now() const;

  // -- traces (front_desk_traces.cpp) -----------------------------------------

  static api_error too_large(const std::string& trace_id);
  static api_error no_such_trace(const std::string& trace_id);
  void ask_trace(ticket number, const routed_request& request);
  void ask_correlator_for(const trace_work& work);
  void ask_store_for(const trace_work& work);
  void answer_trace(const trace_work& work, const listed_trace* found);
  void ask_page(ticket number, const routed_request& request);
  void ask_store_for(const std::shared_ptr<page_work>& work);
  void ask_totals(const std::shared_ptr<page_work>& work);
  void answer_page(const page_work& work);

  // -- the mesh's dashboard API (front_desk_dashboard.cpp) --------------------

  static api_error no_such_dashboard_trace(const std::string& trace_id);
  void
  answer_dashboard_trace(const trace_work& work, const listed_trace* found);
  std::string
  dashboard_page(const page_work& work, const trace_page& page) const;
  std::string health_json(endpoint target) const;

  // -- sums and states (front_desk_states.cpp) --------------------------------

  void ask_stats(ticket number, const routed_request& request);
  void ask_analytics(ticket number, const routed_request& request);
  void ask_readiness(ticket number);
  void ask_status(ticket number);
  void answer_status(const status_work& work);

  // -- dead letters and backups (front_desk_admin.cpp) ------------------------

  void ask_dead_letters(ticket number, const routed_request& request);
  void take_backup(const exchange_ptr& waiting);
  void answer_backup(http_response response);
  static api_error backup_problem(const caf::error& reason, std::string why);

  /// The answer of a service that does not trace.
  http_response disabled(const routed_request& request) const;

  /// Asks `whom`; the request fails if that does.
  template <class Handle, class Message, class F>
  void
  ask_part(ticket number, const Handle& whom, const Message& question, F then) {
    self_->request(whom, options_.timeout, question)
      .then(std::move(then),
            [this, number](const caf::error& reason) { fail(number, reason); });
  }

  self_pointer self_;
  gateway_options options_;
  gateway_parts parts_;
  metrics* counters_;
};

} // namespace meshtrace
