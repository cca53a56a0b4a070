#include "http/exchange.hpp"

#include "http/error_json.hpp"

namespace meshtrace {

exchange::exchange(http_request request, sink deliver)
  : request_{std::move(request)}, deliver_{std::move(deliver)} {}

exchange::~exchange() {
  if (!answered_)
    answer(error_response({.status = 500,
                           .code = "internal_error",
                           .message = "the request was dropped without an "
                                      "answer; the log of the service may "
                                      "say why"}));
}

void exchange::answer(http_response response) {
  if (answered_.exchange(true))
    return;
  // Moved out, so that what the sink holds (the connection) is let go here and
  // not only when the last owner of the exchange goes.
  const auto deliver = std::exchange(deliver_, {});
  deliver(std::move(response));
}

} // namespace meshtrace
