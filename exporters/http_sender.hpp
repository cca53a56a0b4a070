#pragma once

#include "exporters/send_result.hpp"
#include "exporters/target.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace meshtrace {

/// What a target answered.
struct http_answer {
  long status = 0;
  std::string content_type;
  /// At most `http_sender::most_answer_bytes`; the rest is left out.
  std::string body;
};

/// Sends requests to one target over a connection that it keeps (libcurl).
/// Belongs to one thread, but for `interrupt`.
class http_sender {
public:
  static constexpr std::size_t most_answer_bytes = std::size_t{64} << 10;

  http_sender(target_options target, retry_rules rules);
  ~http_sender();

  http_sender(const http_sender&) = delete;
  http_sender& operator=(const http_sender&) = delete;

  /// Posts `body`, compressed if the target is to get it so and it is worth
  /// it. Blocks up to the target's timeout. `answer` may be null.
  send_result post(std::string_view content_type, std::string_view body,
                   http_answer* answer = nullptr);

  /// Makes a `post` in progress and all later ones return within about a
  /// second. From any thread.
  void interrupt() {
    interrupted_ = true;
  }

private:
  struct parts;

  const target_options target_;
  const retry_rules rules_;
  std::unique_ptr<parts> parts_;
  std::atomic<bool> interrupted_ = false;
};

/// `url` for messages: scheme, host and port. Paths hold secrets too.
std::string url_for_people(std::string_view url);

} // namespace meshtrace
