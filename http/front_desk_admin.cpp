#include "http/backup_order.hpp"
#include "http/dead_letters_json.hpp"
#include "http/front_desk.hpp"
#include "trace/text.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace meshtrace {

void front_desk::ask_dead_letters(ticket number,
                                  const routed_request& request) {
  dead_letters_query query;
  query.limit
    = static_cast<std::size_t>(request.given.number("limit").value_or(20));
  query.reason = request.given.text("reason").value_or("");
  ask_part(number, parts_.dead_letters, query,
           [=, this](const dead_letters_page& page) {
             answer(number, {.body = dead_letters_json(
                               true, page, options_.max_response_bytes)});
           });
}

/// A backup takes its own time, so it waits apart from the other requests, and
/// there is one at a time.
void front_desk::take_backup(const exchange_ptr& waiting) {
  constexpr std::string_view route = "/admin/backup";
  const auto refuse = [&](int status, std::string code, std::string message) {
    answer(route, waiting,
           error_response({.status = status,
                           .code = std::move(code),
                           .message = std::move(message)}));
  };
  const auto directory = read_backup_order(waiting->request(), options_.token);
  if (!directory)
    return answer(route, waiting, error_response(directory.error()));
  if (self_->state.draining)
    return refuse(503, "unavailable", "the service is stopping");
  if (parts_.stores.empty())
    return refuse(409, "backup_failed", "tracing is off: there is no store");
  if (self_->state.backup)
    return refuse(409, "backup_running", "another backup is under way");
  self_->state.backup = waiting;
  spdlog::info("gateway: a backup to {} begins", escaped(*directory));
  self_
    ->request(parts_.stores.front(), options_.backup_timeout,
              backup_request{*directory})
    .then(
      [=, this, path = *directory](caf::ok_atom) {
        spdlog::info("gateway: the backup to {} is there", escaped(path));
        answer_backup(backup_response(path));
      },
      [=, this, path = *directory](const caf::error& reason) {
        const auto why = reason_of(reason);
        spdlog::warn("gateway: no backup to {}: {}", escaped(path),
                     escaped(why));
        answer_backup(error_response(backup_problem(reason, why)));
      });
}

api_error
front_desk::backup_problem(const caf::error& reason, std::string why) {
  if (reason == caf::sec::request_timeout)
    return standard_error(504);
  // The store's own words, as against the loss of the store.
  if (reason == caf::sec::runtime_error)
    return {.status = 409, .code = "backup_failed", .message = std::move(why)};
  auto result = standard_error(503);
  result.message = std::move(why);
  return result;
}

void front_desk::answer_backup(http_response response) {
  if (const auto waiting = std::exchange(self_->state.backup, nullptr))
    answer("/admin/backup", waiting, std::move(response));
}

} // namespace meshtrace
