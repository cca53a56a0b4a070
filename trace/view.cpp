#include "trace/view.hpp"

#include "trace/ids.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <xxhash.h>

namespace meshtrace {

namespace {

/// Sorts "no start" last.
std::int64_t start_key(optional_int start) {
  return start.has_value() ? *start : std::numeric_limits<std::int64_t>::max();
}

span_view make_view(const span& content) {
  return {content.id, &content, effective_start(content),
          effective_end(content), effective_duration(content)};
}

bool starts_before(const span_view& a, const span_view& b) {
  return std::make_tuple(start_key(a.start), a.id)
         < std::make_tuple(start_key(b.start), b.id);
}

} // namespace

std::string_view to_string(completion_reason reason) {
  static constexpr std::array<std::string_view, 5> names
    = {"none", "root_closed", "parent_missing", "timeout", "memory"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view to_string(trace_state state) {
  static constexpr std::array<std::string_view, 3> names
    = {"active", "complete", "incomplete"};
  return names[static_cast<std::size_t>(state)];
}

trace_view::trace_view(const trace& content) : content_(content) {
  if (content.has_shared_ids()) {
    resolve_shared_ids();
  } else {
    spans_.reserve(content.spans().size());
    for (auto& x : content.spans())
      spans_.push_back(make_view(x));
  }
  std::sort(spans_.begin(), spans_.end(), starts_before);
  summarise();
}

void trace_view::adjust(const std::vector<move>& moves) {
  const auto shift = [](optional_int& time, std::int64_t by) {
    if (time.has_value())
      time.raw += by;
  };
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    auto& x = spans_[i];
    if (moves[i].note == skew_note::none)
      continue; // what an earlier adjustment noted still holds
    x.note = moves[i].note;
    x.skew = moves[i].skew;
    if (x.note != skew_note::moved)
      continue;
    shift(x.start, x.skew);
    shift(x.end, x.skew);
  }
  adjusted_ = true;
  std::sort(spans_.begin(), spans_.end(), starts_before);
  summarise();
}

/// Several parts under one span id: execution events of different functions
/// are different spans, and what the three-event protocol said belongs to the
/// one of the same operation, else to the first. The first shows the plain id.
void trace_view::resolve_shared_ids() {
  const auto sorted = content_.sorted_spans();
  for (auto first = sorted.begin(); first != sorted.end();) {
    auto last = std::find_if(first, sorted.end(),
                             [&](auto* x) { return x->id != (*first)->id; });
    std::vector<const span*> functions;
    const span* plain = nullptr;
    for (auto i = first; i != last; ++i)
      if ((*i)->function.empty())
        plain = *i;
      else
        functions.push_back(*i);
    first = last;
    if (functions.empty()) {
      spans_.push_back(make_view(*plain));
      continue;
    }
    std::sort(functions.begin(), functions.end(), [](auto* a, auto* b) {
      return std::make_tuple(start_key(effective_start(*a)), a->function)
             < std::make_tuple(start_key(effective_start(*b)), b->function);
    });
    std::size_t joins = 0; // the function that `plain` belongs to
    for (std::size_t i = 0; plain != nullptr && i < functions.size(); ++i)
      if (functions[i]->function == (*plain)[text_field::operation])
        joins = i;
    for (std::size_t i = 0; i < functions.size(); ++i) {
      auto* content = functions[i];
      if (plain != nullptr && i == joins)
        content = &merge_parts(*content, *plain);
      auto view = make_view(*content);
      if (i > 0) {
        const auto& f = content->function;
        view.id = names_.emplace_back(
          std::string{content->id} + '~'
          + hex16(XXH3_64bits(f.data(), f.size())).substr(0, 8));
      }
      spans_.push_back(view);
    }
  }
}

const span& trace_view::merge_parts(const span& execution, const span& plain) {
  constexpr auto none = static_cast<std::size_t>(-1);
  constexpr trace_limits no_limits{{none, none}, none, none / 2};
  auto& result = merged_.emplace_back(content_.id());
  for (auto* part : {&execution, &plain}) {
    span_event event{content_.id(), *part, part->attributes};
    event.values.function = execution.function;
    result.join(event, no_limits);
  }
  if (execution.revision != 0 && plain.revision != 0) // else one is uncommitted
    result.stamp(std::max(execution.revision, plain.revision));
  return result.spans().front();
}

void trace_view::summarise() {
  const span_view* orphan = nullptr;
  start = end = {};
  success = outcome::unknown;
  error_count = orphan_count = open_count = 0;
  has_root = false;
  root_ = nullptr;
  agents_.clear();
  for (auto& view : spans_) {
    const auto& x = *view.content;
    const auto parent = x[text_field::parent_span];
    if (view.start.has_value() && (!start.has_value() || *view.start < *start))
      start = view.start;
    end = std::max(end, view.end);
    success = std::max(success, x.success);
    error_count += x.success == outcome::failure ? 1 : 0;
    open_count += x.open() ? 1 : 0;
    if (parent.empty()) {
      has_root = true;
      root_ = root_ == nullptr ? &view : root_;
    } else if (!content_.contains_id(parent)) {
      ++orphan_count;
      orphan = orphan == nullptr ? &view : orphan;
    }
    if (const auto agent = x[text_field::agent_name]; !agent.empty())
      agents_.push_back(agent);
  }
  root_ = root_ == nullptr ? orphan : root_;
  std::sort(agents_.begin(), agents_.end());
  agents_.erase(std::unique(agents_.begin(), agents_.end()), agents_.end());
  duration = elapsed(start, end);
}

trace_state trace_view::state(bool uncommitted) const {
  if (uncommitted)
    return trace_state::active;
  return is_whole() ? trace_state::complete : trace_state::incomplete;
}

} // namespace meshtrace
