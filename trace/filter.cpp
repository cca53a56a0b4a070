#include "trace/filter.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has_attribute(const span& x, const std::string& name,
                   const std::string& value) {
  return std::binary_search(x.attributes.begin(), x.attributes.end(),
                            attribute{name, value});
}

/// What the filter says of the trace as a whole: cheap, so it comes first.
bool matches_summary(const trace_filter& filter, const trace_view& view) {
  if (filter.trace_id && *filter.trace_id != view.content().id())
    return false;
  if (filter.success
      && view.success
           != (*filter.success ? outcome::success : outcome::failure))
    return false;
  if (filter.not_failed && view.success == outcome::failure)
    return false;
  if (view.spans().size() < filter.min_spans)
    return false;
  if (filter.start_time
      && !(view.start.has_value() && *view.start >= *filter.start_time))
    return false;
  if (filter.end_time
      && !(view.end.has_value() && *view.end <= *filter.end_time))
    return false;
  if (filter.min_duration
      && !(view.duration.has_value() && *view.duration >= *filter.min_duration))
    return false;
  return !filter.max_duration
         || (view.duration.has_value()
             && *view.duration <= *filter.max_duration);
}

} // namespace

bool matches(const trace_filter& filter, const trace_view& view) {
  if (!matches_summary(filter, view))
    return false;
  const auto& spans = view.spans();
  // Whether `holds` is true of some span, where the filter asks for it at all.
  const auto some = [&](const auto& wanted, auto holds) {
    return !wanted || std::any_of(spans.begin(), spans.end(), [&](auto& x) {
      return holds(*x.content, *wanted);
    });
  };
  const auto equals = [](text_field field) {
    return [field](const span& x, const std::string& wanted) {
      return x[field] == wanted;
    };
  };
  const auto includes = [](text_field field) {
    return [field](const span& x, const std::string& wanted) {
      return contains(x[field], wanted);
    };
  };
  if (filter.root_operation
      && (view.root() == nullptr
          || (*view.root()->content)[text_field::operation]
               != *filter.root_operation))
    return false;
  const auto has_pair = [&](const auto& wanted) {
    return std::any_of(spans.begin(), spans.end(), [&](auto& x) {
      return has_attribute(*x.content, wanted.first, wanted.second);
    });
  };
  return some(filter.parent_span_id, equals(text_field::parent_span))
         && some(filter.agent_name, equals(text_field::agent_name))
         && some(filter.llm_model, equals(text_field::llm_model))
         && some(filter.operation, includes(text_field::operation))
         && some(filter.error_message, includes(text_field::error_message))
         && std::all_of(filter.attributes.begin(), filter.attributes.end(),
                        has_pair);
}

order_key key_of(const trace_view& view, trace_order order) {
  const auto value = order == trace_order::end_time ? view.end : view.duration;
  return {value.raw, view.content().id()};
}

} // namespace meshtrace
