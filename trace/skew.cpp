#include "trace/skew.hpp"

#include "trace/interval.hpp"
#include "trace/span_forest.hpp"
#include "trace/text.hpp"
#include "trace/time_text.hpp"

#include <limits>
#include <string_view>

namespace meshtrace {

namespace {

using move = trace_view::move;

std::string_view host_of(const span& x) {
  for (auto field :
       {text_field::ip_address, text_field::agent_id, text_field::agent_name})
    if (text_rank(x[field]) == 2)
      return x[field];
  return {};
}

std::int64_t saturating_difference(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  if (!__builtin_sub_overflow(a, b, &result))
    return result;
  return a < b ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

/// What spans below a span have to know of it.
struct place {
  std::string_view host;
  /// What was found for its host; not applied where that is too far.
  std::int64_t skew = 0;
  bool measured = false;
  /// The next span that has a start, itself included.
  std::size_t reference = span_forest::none;
};

class skew_finder {
public:
  skew_finder(const trace_view& view, std::int64_t most)
    : view_(view), most_(most), forest_(view), places_(forest_.size()),
      moves_(forest_.size()) {
    // nop
  }

  std::vector<move> run() {
    for (auto i : forest_.top_down())
      look_at(i);
    return std::move(moves_);
  }

private:
  const span_view& at(std::size_t i) const {
    return view_.spans()[i];
  }

  void look_at(std::size_t i) {
    auto& here = places_[i];
    here.host = host_of(*at(i).content);
    const bool timed = at(i).start.has_value();
    if (timed)
      here.reference = i;
    const auto parent = forest_.parent(i);
    if (parent == span_forest::none) {
      here.measured = timed;
      moves_[i].note = note_of_top(i);
      return;
    }
    const auto& above = places_[parent];
    if (!timed) {
      here.reference = above.reference;
      moves_[i].note = skew_note::no_time;
      return;
    }
    here.measured = true;
    if (here.host == above.host && !here.host.empty() && above.measured)
      here.skew = above.skew;
    else if (above.reference != span_forest::none)
      here.skew = measure(i, above.reference);
    else
      moves_[i].note = skew_note::no_time;
    if (here.skew != 0)
      moves_[i]
        = {here.skew, is_believed(i) ? skew_note::moved : skew_note::too_far};
  }

  skew_note note_of_top(std::size_t i) const {
    switch (forest_.link_of(i)) {
    case span_forest::link::missing:
      return skew_note::parent_missing;
    case span_forest::link::cut:
      return skew_note::parent_cycle;
    default:
      return at(i).start.has_value() ? skew_note::none : skew_note::no_time;
    }
  }

  bool is_believed(std::size_t i) const {
    const auto skew = places_[i].skew;
    std::int64_t moved;
    return skew <= most_ && skew >= -most_
           && !__builtin_add_overflow(*at(i).start, skew, &moved)
           && (!at(i).end.has_value()
               || !__builtin_add_overflow(*at(i).end, skew, &moved));
  }

  /// How far `child` has to be moved to make sense under `above`.
  std::int64_t measure(std::size_t child, std::size_t above) const {
    const auto& moved = moves_[above];
    const auto by = moved.note == skew_note::moved ? moved.skew : 0;
    const auto start = *at(child).start;
    const auto earliest = *at(above).start + by;
    auto outer = extent(at(above), {});
    const auto inner = extent(at(child), {});
    if (!outer || !inner || inner->length() > outer->length())
      return start < earliest ? saturating_difference(earliest, start) : 0;
    outer = {outer->from + by, outer->to + by};
    if (inner->from >= outer->from && inner->to <= outer->to)
      return 0;
    const auto one_way = (outer->length() - inner->length()) / 2;
    return saturating_difference(outer->from + one_way, start);
  }

  const trace_view& view_;
  std::int64_t most_;
  span_forest forest_;
  std::vector<place> places_;
  std::vector<move> moves_;
};

} // namespace

std::vector<move> find_skew(const trace_view& view, std::int64_t most) {
  return skew_finder{view, most}.run();
}

void correct_skew(trace_view& view, std::int64_t most) {
  view.adjust(find_skew(view, most));
}

std::string skew_warning(const span_view& x) {
  switch (x.note) {
  case skew_note::none:
    return {};
  case skew_note::moved:
    return "its times were moved by " + format_ms(x.skew)
           + " ms: the clock of its host differs from that of its parent's";
  case skew_note::too_far:
    return "its times were not moved: " + format_ms(x.skew)
           + " ms would be more than clocks are believed to differ";
  case skew_note::parent_missing:
    return "its times were not moved: its parent is missing";
  case skew_note::parent_cycle:
    return "its times were not moved: it is its own ancestor";
  case skew_note::no_time:
    return "its times were not moved: there are no times to compare";
  }
  return {};
}

} // namespace meshtrace
