#pragma once

#include "trace/view.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Where a span stands for somebody who draws the trace as a tree.
struct tree_place {
  /// That of the view; where two spans would show the same one, the later has
  /// `~` behind it.
  std::string id;
  /// The parent that was named, whether or not it has come; empty for roots.
  /// Belongs to the trace.
  std::string_view parent;
};

/// The places of `view.spans()`, in their order. Nobody is his own ancestor:
/// in a cycle of parents, the first span of the view is shown as a root.
std::vector<tree_place> span_tree(const trace_view& view);

} // namespace meshtrace
