#include "storage/search_run.hpp"

#include "storage/prefilter.hpp"

#include <algorithm>
#include <limits>

namespace meshtrace {

order_key key_of(std::string_view record, trace_order order) {
  const auto head = read_head(record).value_or(record_head{});
  const auto value = order == trace_order::end_time ? head.end : head.duration;
  return {value.raw, record_id(record)};
}

search_bounds bounds_of(const store_query& query) {
  const bool by_end = query.order == trace_order::end_time;
  const auto& most = by_end ? query.filter.end_time : query.filter.max_duration;
  search_bounds result{query.after, {}};
  // A start sets no bound to ends: a trace may know a start and an older end.
  if (!by_end)
    result.least = query.filter.min_duration;
  if (most && *most < std::numeric_limits<std::int64_t>::max()) {
    const order_key above{*most + 1, {}};
    result.after = result.after ? std::min(*result.after, above) : above;
  }
  return result;
}

search_run::search_run(const store_query& query)
  : query_(query), head_decides_(head_decides(query.filter)) {
  // nop
}

expected<void> search_run::look_at(std::string_view record) {
  ++looked_at_;
  const auto head = read_head(record);
  if (!head)
    return tl::unexpected(head.error());
  const bool id_matters = !query_.without.empty() || query_.filter.trace_id;
  if (!wants(*head, id_matters ? record_id(record) : std::string{}))
    return {};
  return take_record(record);
}

bool search_run::wants(const record_head& head, std::string_view id) {
  if (rules_out(head)
      || (!query_.without.empty() && query_.without.count(std::string{id}) != 0)
      || (query_.filter.trace_id && *query_.filter.trace_id != id))
    return false;
  return !head_decides_ || !skips();
}

expected<void> search_run::take_record(std::string_view record) {
  auto found = decode_record(record);
  if (!found)
    return tl::unexpected(found.error());
  if (head_decides_
      || (matches(query_.filter, trace_view{*found->content}) && !skips()))
    page_.traces.push_back(std::move(*found));
  return {};
}

bool search_run::rules_out(const record_head& head) const {
  using states = store_query::states;
  return !may_match(query_.filter, head)
         || (query_.state == states::complete && !head.whole)
         || (query_.state == states::incomplete && head.whole);
}

bool search_run::skips() {
  if (skipped_ >= query_.offset)
    return false;
  ++skipped_;
  return true;
}

} // namespace meshtrace
