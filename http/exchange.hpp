#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// What of an HTTP request meshtrace looks at. Texts are as they were sent:
/// nothing is decoded, trimmed or checked yet. An absent header is empty.
struct http_request {
  std::string method;     ///< In capitals, as HTTP spells it.
  std::string path;       ///< Still percent-encoded, without the query.
  std::string query = {}; ///< Still percent-encoded, without the `?`.
  std::string accept = {};
  std::string authorization = {};
  std::string origin = {};
  std::string host = {};
  std::string content_type = {};
  std::string last_event_id = {};
  std::string body = {};
  /// Whether the client is on this machine (127.0.0.0/8 or ::1).
  bool remote_is_loopback = false;
};

struct http_response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  /// Beyond those that the server adds to every answer. Values are our own
  /// text, never a client's: they are not checked for line breaks.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// One HTTP request that waits for its one answer. It is how a request travels
/// inside a CAF message: nothing but server.cpp knows RESTinio, and a test
/// poses as the server by passing a sink of its own.
///
/// Whoever holds it may answer from any thread. The first answer counts. An
/// exchange that is dropped without one answers 500 by itself, so that a client
/// never sees a connection close without a word.
class exchange {
public:
  /// Takes the answer to the client; called exactly once, must not throw.
  using sink = std::function<void(http_response)>;

  exchange(http_request request, sink deliver);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  const http_request& request() const {
    return request_;
  }

  void answer(http_response response);

  /// Since it was made.
  std::chrono::duration<double> age() const {
    return std::chrono::steady_clock::now() - made_;
  }

private:
  std::chrono::steady_clock::time_point made_
    = std::chrono::steady_clock::now();
  http_request request_;
  sink deliver_;
  std::atomic<bool> answered_{false};
};

using exchange_ptr = std::shared_ptr<exchange>;

} // namespace meshtrace
