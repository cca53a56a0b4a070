#pragma once

#include "trace/view.hpp"

#include <cstdint>
#include <vector>

namespace meshtrace {

/// What tracing systems call the kind of a span, with the numbers of OTLP.
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3 };

inline bool is_proxy(const span& x) {
  return x[text_field::operation] == proxy_operation;
}

/// The kind of a span whose parent is `parent`, null if that is not here:
///
/// - client: an SDK's `proxy_call_wrapper`, the caller's side of a call;
/// - server: the called side, and where a trace comes into the mesh. That is
///   what has no parent, a parent that is not here (the caller is outside, or
///   was lost), a `proxy_call_wrapper` or a span of another agent as parent;
/// - internal: everything else.
///
/// Agents are told apart by id, or by name where one of two says no id. Who
/// says neither is nobody else.
span_kind kind_of(const span& x, const span* parent);

/// The kind of each span of `trace`, in the order of `trace.spans()`.
std::vector<span_kind> span_kinds(const trace_view& trace);

} // namespace meshtrace
