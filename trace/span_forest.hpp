#pragma once

#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace meshtrace {

/// The parents of a trace's spans as trees without cycles. Spans go by their
/// index in `trace_view::spans()`.
class span_forest {
public:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// What became of the parent that a span names.
  enum class link : std::uint8_t {
    /// It names none.
    root,
    here,
    /// Not in the trace: the span is an orphan.
    missing,
    /// The span is its own ancestor. Every cycle is cut at one span, the one
    /// with the least (start as it was sent, id), which then counts as a root.
    cut,
  };

  /// Reads the view; does not keep it.
  explicit span_forest(const trace_view& view);

  std::size_t size() const {
    return parents_.size();
  }

  /// `none` unless the link is `here`.
  std::size_t parent(std::size_t i) const {
    return parents_[i];
  }

  link link_of(std::size_t i) const {
    return links_[i];
  }

  /// In the order of the view.
  std::span<const std::size_t> children(std::size_t i) const {
    return {children_.data() + first_child_[i],
            first_child_[i + 1] - first_child_[i]};
  }

  /// Every span once, parents before their children.
  const std::vector<std::size_t>& top_down() const {
    return top_down_;
  }

private:
  void find_parents(const trace_view& view);
  void cut_cycles(const trace_view& view);
  void gather_children();

  std::vector<std::size_t> parents_;
  std::vector<link> links_;
  /// The children of span i are children_[first_child_[i]] and the following,
  /// up to children_[first_child_[i + 1]].
  std::vector<std::size_t> first_child_;
  std::vector<std::size_t> children_;
  std::vector<std::size_t> top_down_;
};

} // namespace meshtrace
