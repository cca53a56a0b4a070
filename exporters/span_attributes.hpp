#pragma once

#include "exporters/exporter.hpp"
#include "trace/view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meshtrace {

/// A field of a span under the name that tracing systems know. Its text points
/// into the trace.
struct span_attribute {
  std::string name;
  std::variant<std::string_view, std::int64_t, bool> value;
};

/// Everything that a span says beside its ids, name, kind, times and outcome,
/// each name once: OpenTelemetry's GenAI conventions where there is one,
/// `mcp_mesh.` and our own name otherwise. What agents send beyond the known
/// fields keeps its name if that has a dot, so that conventions we do not know
/// go through; it gets `mcp_mesh.` before it if not, and
/// `mcp_mesh.attribute.` where that name is taken.
std::vector<span_attribute> span_attributes(const span& x);

} // namespace meshtrace
