#include "exporters/otlp_model.hpp"

#include "exporters/otlp_attributes.hpp"
#include "trace/text.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace meshtrace {

namespace {

/// Finds the spans of the trace that is looked at.
class span_index {
public:
  const span* find(const trace_view& trace, std::string_view id) {
    if (trace_ != &trace) {
      trace_ = &trace;
      spans_.clear();
      for (const auto& x : trace.spans())
        spans_.emplace(x.id, x.content);
    }
    const auto i = spans_.find(id);
    return i == spans_.end() ? nullptr : i->second;
  }

private:
  const trace_view* trace_ = nullptr;
  std::unordered_map<std::string_view, const span*> spans_;
};

bool differ(const span& a, const span& b, text_field field) {
  return !a[field].empty() && !b[field].empty() && a[field] != b[field];
}

/// A call to another agent is a client's; what answers one is a server's.
otlp_kind kind_of(const outgoing_span& from, const span* parent) {
  const auto& x = *from.span->content;
  if (x[text_field::operation] == proxy_call)
    return otlp_kind::client;
  if (!x.has_parent() || from.span == from.trace->root())
    return otlp_kind::server;
  if (parent == nullptr)
    return otlp_kind::internal;
  const bool called = (*parent)[text_field::operation] == proxy_call
                      || differ(x, *parent, text_field::agent_name)
                      || differ(x, *parent, text_field::agent_id);
  return called ? otlp_kind::server : otlp_kind::internal;
}

std::uint64_t to_unsigned(std::int64_t time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0));
}

/// OTLP has no absent times, and 0 would be shown as 1970: an open span ends
/// where it starts, and a span without any time is where its trace starts, or
/// was first seen. Attributes say so.
void set_times(otlp_span& to, const outgoing_span& from) {
  const auto& view = *from.span;
  const auto add = [&](const char* key, otlp_value value) {
    to.attributes.push_back({key, std::move(value)});
  };
  auto start = view.start.has_value() ? view.start : view.end;
  if (!start.has_value()) {
    add("mcp_mesh.time_unknown", true);
    start = from.trace->start.has_value()
              ? from.trace->start
              : optional_int{from.entry->trace.head.first_commit_time};
  }
  to.start = to_unsigned(*start);
  to.end = view.end.has_value() ? to_unsigned(*view.end) : to.start;
  to.end = std::max(to.end, to.start);
  // What was measured may differ from what the two times say.
  if (view.duration.has_value()
      && to_unsigned(*view.duration) != to.end - to.start)
    add("mcp_mesh.duration_ns", *view.duration);
}

void set_status(otlp_span& to, const span& x) {
  std::string mended;
  if (x.success == outcome::success)
    to.status = otlp_status::ok;
  if (x.success == outcome::failure) {
    to.status = otlp_status::error;
    to.status_message = valid_utf8(x[text_field::error_message], mended);
  }
}

/// Ids, and the originals of those that had to be hashed.
void set_ids(otlp_span& to, const outgoing_span& from) {
  const auto add = [&](const char* key, std::string_view id) {
    std::string mended;
    to.attributes.push_back({key, std::string{valid_utf8(id, mended)}});
  };
  const auto& trace_id = from.trace->content().id();
  const auto trace = otlp_trace_id_of(trace_id);
  to.trace_id = trace.bytes;
  if (trace.hashed)
    add("mcp_mesh.trace_id", trace_id);
  const auto own = otlp_span_id_of(from.span->id);
  to.span_id = own.bytes;
  if (own.hashed)
    add("mcp_mesh.span_id", from.span->id);
  const auto& x = *from.span->content;
  if (!x.has_parent())
    return;
  const auto parent = otlp_span_id_of(x[text_field::parent_span]);
  to.parent_id = parent.bytes;
  if (parent.hashed)
    add("mcp_mesh.parent_span_id", x[text_field::parent_span]);
}

otlp_span to_otlp(const outgoing_span& from, span_index& index) {
  const auto& x = *from.span->content;
  const auto* parent = x.has_parent()
                         ? index.find(*from.trace, x[text_field::parent_span])
                         : nullptr;
  otlp_span result;
  std::string mended;
  result.name = valid_utf8(x[text_field::operation], mended);
  result.kind = kind_of(from, parent);
  result.attributes = span_attributes(x);
  set_ids(result, from);
  set_times(result, from);
  set_status(result, x);
  if (x.open())
    result.attributes.push_back({"mcp_mesh.open", true});
  if (x.has_parent() && parent == nullptr)
    result.attributes.push_back({"mcp_mesh.orphan", true});
  return result;
}

/// Agents are told apart by everything that is said of them.
std::string key_of(const otlp_attributes& resource) {
  std::string result;
  for (const auto& [key, value] : resource) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    result.append(key).append(1, '\0');
    result.append(text != nullptr ? *text : texts->front()).append(1, '\0');
  }
  return result;
}

} // namespace

std::vector<otlp_resource> to_otlp(std::span<const outgoing_span> spans) {
  std::vector<otlp_resource> result;
  std::map<std::string, std::size_t> places;
  span_index index;
  for (const auto& x : spans) {
    auto resource = resource_attributes(*x.span->content);
    const auto [i, is_new]
      = places.try_emplace(key_of(resource), result.size());
    if (is_new)
      result.push_back({std::move(resource), {}});
    result[i->second].spans.push_back(to_otlp(x, index));
  }
  return result;
}

} // namespace meshtrace
