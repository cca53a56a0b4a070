#include "exporters/webhook_calls.hpp"

namespace meshtrace {

webhook_calls::verdict
webhook_calls::decide(std::string_view trace_id, webhook_reasons reasons,
                      bool always, time_point now) {
  while (!calls_.empty() && now - calls_.front() >= window)
    calls_.pop_front();
  const bool again = failed_id_ == trace_id && !failed_id_.empty();
  failed_id_.clear();
  if (!always) {
    const auto said = said_.find(std::string{trace_id});
    if (said != said_.end() && (reasons & ~said->second).none())
      return verdict::said_before;
  }
  if (calls_.size() >= per_minute_) {
    if (again) {
      failed_id_ = trace_id;
      return verdict::later;
    }
    ++held_back_;
    return verdict::held_back;
  }
  calls_.push_back(now);
  return verdict::call;
}

void webhook_calls::delivered(std::string_view trace_id,
                              webhook_reasons reasons) {
  held_back_ = 0;
  remember(trace_id, reasons);
}

void webhook_calls::failed(std::string_view trace_id) {
  failed_id_ = trace_id;
}

webhook_calls::time_point webhook_calls::free_at(time_point now) const {
  if (calls_.size() < per_minute_)
    return now;
  return calls_.front() + window;
}

void webhook_calls::remember(std::string_view trace_id,
                             webhook_reasons reasons) {
  const auto [i, is_new] = said_.try_emplace(std::string{trace_id});
  i->second |= reasons;
  if (!is_new)
    return;
  said_order_.push_back(i->first);
  if (said_order_.size() > most_remembered) {
    said_.erase(said_order_.front());
    said_order_.pop_front();
  }
}

} // namespace meshtrace
