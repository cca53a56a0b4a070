#include "trace/trace.hpp"

#include "trace/text.hpp"

#include <algorithm>
#include <tuple>

namespace meshtrace {

namespace {

/// Fields whose values repeat from span to span.
bool is_shared(text_field field) {
  return field != text_field::parent_span && field != text_field::error_message;
}

/// An attribute value that repeats is mostly short.
constexpr std::size_t short_value = 24;

bool raise(optional_int& to, optional_int from) {
  if (from.raw <= to.raw)
    return false;
  to = from;
  return true;
}

bool raise(outcome& to, outcome from) {
  if (from <= to)
    return false;
  to = from;
  return true;
}

bool raise(bool& to, bool from) {
  const bool changed = from && !to;
  to = to || from;
  return changed;
}

bool lower(optional_int& to, optional_int from) {
  if (!from.has_value() || (to.has_value() && *to <= *from))
    return false;
  to = from;
  return true;
}

} // namespace

std::size_t trace::key_hash::operator()(const key& x) const {
  const auto seed = XXH3_64bits(x.function.data(), x.function.size());
  return XXH3_64bits_withSeed(x.id.data(), x.id.size(), seed);
}

trace::trace(std::string_view id, std::shared_ptr<text_pool> pool)
  : id_(id), pool_(std::move(pool)) {
  // nop
}

std::string_view trace::keep_rare(std::string_view text) {
  return memory_.copy(text);
}

std::size_t trace::bytes() const {
  return sizeof(trace) + extra_bytes_ + memory_.capacity()
         + spans_.capacity() * sizeof(span);
}

std::string_view trace::keep(std::string_view text) {
  if (pool_)
    if (const auto shared = pool_->find_or_add(text); !shared.empty())
      return shared;
  return keep_rare(text);
}

span* trace::find(std::string_view id, std::string_view function) {
  if (spans_.size() > index_above) {
    const auto i = by_key_.find({id, function});
    return i == by_key_.end() ? nullptr : &spans_[i->second];
  }
  const auto i = std::find_if(spans_.begin(), spans_.end(), [&](auto& x) {
    return x.id == id && x.function == function;
  });
  return i == spans_.end() ? nullptr : &*i;
}

bool trace::contains_id(std::string_view span_id) const {
  if (spans_.size() > index_above)
    return by_id_.count(span_id) != 0;
  return std::any_of(spans_.begin(), spans_.end(),
                     [&](auto& x) { return x.id == span_id; });
}

span& trace::add(std::string_view id, std::string_view function) {
  shared_ids_ = shared_ids_ || contains_id(id);
  auto& result = spans_.emplace_back();
  result.id = keep_rare(id);
  result.function = function.empty() ? function : keep(function);
  index_new_spans();
  return result;
}

void trace::append(span ready) {
  shared_ids_ = shared_ids_ || contains_id(ready.id);
  extra_bytes_ += ready.attributes.capacity() * sizeof(attribute);
  spans_.push_back(std::move(ready));
  index_new_spans();
}

void trace::index_new_spans() {
  // The index begins with the first span that makes it worth having.
  for (auto i = by_key_.size();
       spans_.size() > index_above && i < spans_.size(); ++i) {
    by_key_.emplace(key{spans_[i].id, spans_[i].function}, i);
    by_id_.emplace(spans_[i].id, i);
    extra_bytes_ += 2 * sizeof(key) + 64; // what the two nodes take, about
  }
}

join_result trace::join(const span_event& event, const trace_limits& limits) {
  return join(event.values, event.attributes.data(), event.attributes.size(),
              limits);
}

join_result
trace::join(const span_values& from, const attribute* attributes,
            std::size_t attribute_count, const trace_limits& limits) {
  auto* to = find(from.id, from.function);
  // Spans that are there may still grow, to twice the limit and no further.
  const bool full = to == nullptr ? spans_.size() >= limits.max_spans
                                      || bytes() >= limits.max_bytes
                                  : bytes() >= 2 * limits.max_bytes;
  if (full) {
    truncated_ = true;
    return join_result::dropped;
  }
  bool changed = to == nullptr;
  if (changed) {
    to = &add(from.id, from.function);
    to->attributes.reserve(attribute_count);
  }
  changed = join_values(*to, from) || changed;
  for (std::size_t i = 0; i < attribute_count; ++i)
    changed = join_attribute(*to, attributes[i], limits.of_span.max_attributes)
              || changed;
  if (!changed)
    return join_result::unchanged;
  to->revision = 0;
  return join_result::changed;
}

bool trace::join_values(span& to, const span_values& from) {
  bool changed = false;
  for (std::size_t i = 0; i < text_fields; ++i) {
    if (!text_wins(from.text[i], to.text[i]))
      continue;
    to.text[i] = is_shared(static_cast<text_field>(i))
                   ? keep(from.text[i])
                   : keep_rare(from.text[i]);
    changed = true;
  }
  changed = lower(to.start_time, from.start_time) || changed;
  for (std::size_t i = 0; i < number_fields; ++i)
    changed = raise(to.number[i], from.number[i]) || changed;
  changed = raise(to.success, from.success) || changed;
  changed = raise(to.started, from.started) || changed;
  changed = raise(to.ended, from.ended) || changed;
  return raise(to.attributes_cut, from.attributes_cut) || changed;
}

bool trace::join_attribute(span& to, const attribute& from, std::size_t most) {
  auto& list = to.attributes;
  const auto i = std::lower_bound(
    list.begin(), list.end(), from.name,
    [](const attribute& x, std::string_view name) { return x.name < name; });
  const auto keep_value = [&] {
    return from.value.size() <= short_value ? keep(from.value)
                                            : keep_rare(from.value);
  };
  if (i != list.end() && i->name == from.name) {
    if (!text_wins(from.value, i->value))
      return false;
    i->value = keep_value();
    return true;
  }
  // Only the bytewise smallest names stay, so that the order does not matter.
  const bool full = list.size() >= most;
  if (full && i == list.end())
    return raise(to.attributes_cut, true);
  if (full) {
    list.pop_back();
    to.attributes_cut = true;
  }
  list.insert(i, attribute{keep(from.name), keep_value()});
  extra_bytes_ += full ? 0 : sizeof(attribute);
  return true;
}

join_result trace::merge(const trace& other, const trace_limits& limits) {
  bool changed = false;
  bool dropped = false;
  for (auto& from : other.spans_) {
    const auto result
      = join(from, from.attributes.data(), from.attributes.size(), limits);
    changed = changed || result == join_result::changed;
    dropped = dropped || result == join_result::dropped;
  }
  truncated_ = truncated_ || other.truncated_;
  return changed   ? join_result::changed
         : dropped ? join_result::dropped
                   : join_result::unchanged;
}

std::shared_ptr<trace> trace::clone() const {
  constexpr auto none = static_cast<std::size_t>(-1);
  constexpr trace_limits no_limits{{none, none}, none, none / 2};
  auto result = std::make_shared<trace>(id_, pool_);
  result->spans_.reserve(spans_.size() + 1); // a copy is made to be added to
  result->merge(*this, no_limits);
  for (std::size_t i = 0; i < spans_.size(); ++i)
    result->spans_[i].revision = spans_[i].revision;
  return result;
}

std::shared_ptr<trace> trace::share(std::shared_ptr<const trace> base) {
  auto result = std::make_shared<trace>(base->id_);
  result->spans_ = base->spans_;
  result->by_key_ = base->by_key_;
  result->by_id_ = base->by_id_;
  result->extra_bytes_ = base->extra_bytes_;
  result->shared_ids_ = base->shared_ids_;
  result->truncated_ = base->truncated_;
  result->base_ = std::move(base);
  return result;
}

void trace::stamp(std::uint32_t revision) {
  for (auto& x : spans_)
    if (x.revision == 0)
      x.revision = revision;
}

void trace::settle(const trace& committed) {
  for (auto& was : committed.spans_) {
    auto* is = find(was.id, was.function);
    if (is != nullptr && static_cast<const span_values&>(*is) == was
        && is->attributes == was.attributes)
      is->revision = was.revision;
  }
}

std::vector<const span*> trace::sorted_spans() const {
  std::vector<const span*> result;
  result.reserve(spans_.size());
  for (auto& x : spans_)
    result.push_back(&x);
  std::sort(result.begin(), result.end(), [](auto* a, auto* b) {
    return std::tie(a->id, a->function) < std::tie(b->id, b->function);
  });
  return result;
}

} // namespace meshtrace
