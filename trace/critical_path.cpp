#include "trace/critical_path.hpp"

#include <algorithm>
#include <tuple>

namespace meshtrace {

namespace {

using extent_list = std::vector<std::optional<interval>>;

std::size_t root_of(const trace_view& view, const span_forest& forest) {
  if (view.root() != nullptr)
    return static_cast<std::size_t>(view.root() - view.spans().data());
  for (std::size_t i = 0; i < forest.size(); ++i)
    if (forest.link_of(i) == span_forest::link::cut)
      return i;
  return span_forest::none;
}

/// A walk back through the spans, with a stack of its own: traces may be as
/// deep as they have spans.
class walk {
public:
  walk(const trace_view& view, const span_forest& forest,
       const extent_list& extents)
    : view_(view), forest_(forest), extents_(extents) {
    // nop
  }

  std::vector<critical_path::step> run(std::size_t root) {
    enter(root, *extents_[root]);
    while (!stack_.empty())
      go_on();
    // A stable sort: parents were entered before the children they start with.
    std::stable_sort(entered_.begin(), entered_.end(), [](auto& a, auto& b) {
      return a.window.from < b.window.from;
    });
    std::vector<critical_path::step> result;
    result.reserve(entered_.size());
    for (auto& x : entered_)
      result.push_back({x.span, x.self});
    return result;
  }

private:
  /// A span of the path and the part of it that counts.
  struct place {
    std::size_t span;
    interval window;
    std::int64_t self = 0;
  };
  struct frame {
    std::size_t place;
    /// All after this is explained.
    std::int64_t point;
    /// The children with times, the last to end first.
    std::vector<std::size_t> children;
    std::size_t next = 0;
  };

  void enter(std::size_t span, interval window) {
    frame top{entered_.size(), window.to, {}, 0};
    entered_.push_back({span, window});
    for (auto child : forest_.children(span))
      if (extents_[child])
        top.children.push_back(child);
    std::sort(top.children.begin(), top.children.end(), [&](auto a, auto b) {
      const auto key = [&](std::size_t i) {
        return std::make_tuple(-extents_[i]->to, extents_[i]->from,
                               view_.spans()[i].id);
      };
      return key(a) < key(b);
    });
    stack_.push_back(std::move(top));
  }

  /// Goes into the next child of the span on top, or leaves the span.
  void go_on() {
    auto& top = stack_.back();
    auto& here = entered_[top.place];
    while (top.next < top.children.size()) {
      const auto child = top.children[top.next++];
      const auto part = overlap(*extents_[child], here.window);
      if (!part || part->to > top.point)
        continue;
      here.self += top.point - part->to;
      top.point = part->from;
      enter(child, *part); // `top` and `here` are gone
      return;
    }
    here.self += top.point - here.window.from;
    stack_.pop_back();
  }

  const trace_view& view_;
  const span_forest& forest_;
  const extent_list& extents_;
  std::vector<place> entered_;
  std::vector<frame> stack_;
};

} // namespace

critical_path
find_critical_path(const trace_view& view, const span_forest& forest,
                   const extent_list& extents) {
  const auto root = root_of(view, forest);
  if (root == span_forest::none || !extents[root])
    return {};
  return {root, extents[root]->length(), walk{view, forest, extents}.run(root)};
}

} // namespace meshtrace
