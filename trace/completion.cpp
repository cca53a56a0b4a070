#include "trace/completion.hpp"

#include <algorithm>

namespace meshtrace {

completion_reason pending_reason(const trace& content) {
  bool open = false;
  bool has_root = false;
  bool parent_missing = false;
  if (content.has_shared_ids()) { // parts must be put together first
    const trace_view view{content};
    open = view.open_count > 0;
    has_root = view.has_root;
    parent_missing = view.orphan_count > 0;
  } else {
    for (auto& x : content.spans()) {
      open = open || x.open();
      has_root = has_root || !x.has_parent();
      parent_missing = parent_missing
                       || (x.has_parent()
                           && !content.contains_id(x[text_field::parent_span]));
    }
  }
  if (open)
    return completion_reason::timeout;
  return parent_missing || !has_root ? completion_reason::parent_missing
                                     : completion_reason::root_closed;
}

std::chrono::milliseconds
wait_for(completion_reason reason, const completion_waits& waits) {
  switch (reason) {
  case completion_reason::root_closed:
    return waits.root_quiet;
  case completion_reason::parent_missing:
    return waits.parent_wait;
  default:
    return waits.timeout;
  }
}

} // namespace meshtrace
