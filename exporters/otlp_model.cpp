#include "exporters/otlp_model.hpp"

#include "exporters/wire_ids.hpp"
#include "trace/text.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace meshtrace {

namespace {

/// Knows the trace that is looked at.
class neighbourhood {
public:
  /// To be called before the others, with spans of one trace one after the
  /// other.
  void look_at(const trace_view& trace) {
    if (trace_ == &trace)
      return;
    trace_ = &trace;
    kinds_ = span_kinds(trace);
    ids_.clear();
    for (const auto& x : trace.spans())
      ids_.insert(x.id);
  }

  span_kind kind_of(const span_view& x) const {
    // Its kind stands where the span stands in its trace.
    return kinds_[static_cast<std::size_t>(&x - trace_->spans().data())];
  }

  bool has(std::string_view id) const {
    return ids_.contains(id);
  }

private:
  const trace_view* trace_ = nullptr;
  std::vector<span_kind> kinds_;
  std::unordered_set<std::string_view> ids_;
};

std::uint64_t to_unsigned(std::int64_t time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0));
}

/// OTLP has no absent times, and 0 would be shown as 1970: an open span ends
/// where it starts, and a span without any time is where its trace starts, or
/// was first seen. Attributes say so.
void set_times(otlp_span& to, const outgoing_span& from) {
  const auto& view = *from.span;
  const auto add = [&](const char* key, wire_value value) {
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
  const auto trace = wire_trace_id(trace_id);
  to.trace_id = trace.bytes;
  if (!trace.kept)
    add("mcp_mesh.trace_id", trace_id);
  const auto own = wire_span_id(from.span->id);
  to.span_id = own.bytes;
  if (!own.kept)
    add("mcp_mesh.span_id", from.span->id);
  const auto& x = *from.span->content;
  if (!x.has_parent())
    return;
  const auto parent = wire_span_id(x[text_field::parent_span]);
  to.parent_id = parent.bytes;
  if (!parent.kept)
    add("mcp_mesh.parent_span_id", x[text_field::parent_span]);
}

otlp_span to_otlp(const outgoing_span& from, neighbourhood& near) {
  near.look_at(*from.trace);
  const auto& x = *from.span->content;
  otlp_span result;
  std::string mended;
  result.name = valid_utf8(x[text_field::operation], mended);
  result.kind = near.kind_of(*from.span);
  result.attributes = span_attributes(x);
  set_ids(result, from);
  set_times(result, from);
  set_status(result, x);
  if (x.open())
    result.attributes.push_back({"mcp_mesh.open", true});
  if (x.has_parent() && !near.has(x[text_field::parent_span]))
    result.attributes.push_back({"mcp_mesh.orphan", true});
  return result;
}

/// Agents are told apart by everything that is said of them.
std::string key_of(const wire_attributes& resource) {
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
  neighbourhood near;
  for (const auto& x : spans) {
    auto resource = resource_attributes(*x.span->content);
    const auto [i, is_new]
      = places.try_emplace(key_of(resource), result.size());
    if (is_new)
      result.push_back({std::move(resource), {}});
    result[i->second].spans.push_back(to_otlp(x, near));
  }
  return result;
}

} // namespace meshtrace
