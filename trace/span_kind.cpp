#include "trace/span_kind.hpp"

#include "trace/text.hpp"

#include <string_view>
#include <unordered_map>

namespace meshtrace {

namespace {

bool is_other_agent(const span& a, const span& b) {
  for (auto field : {text_field::agent_id, text_field::agent_name})
    if (text_rank(a[field]) == 2 && text_rank(b[field]) == 2)
      return a[field] != b[field];
  return false;
}

} // namespace

span_kind kind_of(const span& x, const span* parent) {
  if (is_proxy(x))
    return span_kind::client;
  if (parent == nullptr || is_proxy(*parent) || is_other_agent(x, *parent))
    return span_kind::server;
  return span_kind::internal;
}

std::vector<span_kind> span_kinds(const trace_view& trace) {
  std::unordered_map<std::string_view, const span*> by_id;
  by_id.reserve(trace.spans().size());
  for (const auto& x : trace.spans())
    by_id.emplace(x.id, x.content);
  std::vector<span_kind> result;
  result.reserve(trace.spans().size());
  for (const auto& x : trace.spans()) {
    const auto parent = by_id.find((*x.content)[text_field::parent_span]);
    result.push_back(
      kind_of(*x.content, parent == by_id.end() ? nullptr : parent->second));
  }
  return result;
}

} // namespace meshtrace
