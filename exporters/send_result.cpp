#include "exporters/send_result.hpp"

#include <utility>

namespace meshtrace {

namespace {

using verdict = send_result::verdict;

bool may_be_sent_again(long status, retry_rules rules) {
  if (status == 429 || status == 502 || status == 503 || status == 504)
    return true;
  if (rules == retry_rules::otlp)
    return false;
  return status >= 500 || status == 408 || status == 401 || status == 403
         || status == 404 || status == 407 || status < 400;
}

/// Whether what was sent is to blame, and not who sent it or where.
bool is_about_content(long status) {
  return status == 400 || status == 413 || status == 422;
}

} // namespace

send_result judge_status(long status, retry_rules rules, std::string reason,
                         std::chrono::milliseconds pause) {
  if (status >= 200 && status < 300)
    return {};
  send_result result;
  result.reason = std::move(reason);
  if (may_be_sent_again(status, rules)) {
    result.what = verdict::later;
    result.pause = pause;
  } else {
    result.what
      = is_about_content(status) ? verdict::refused : verdict::refused_whole;
  }
  return result;
}

} // namespace meshtrace
