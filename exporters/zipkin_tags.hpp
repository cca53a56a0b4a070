#pragma once

#include "trace/trace.hpp"

#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// Names and values, each name once; in UTF-8 as far as the span is.
using tag_list = std::vector<std::pair<std::string, std::string>>;

/// Everything that a span says beside its ids, name, kind, times and outcome,
/// under the names that OTLP has for it: OpenTelemetry's conventions where
/// there is one, `mcp_mesh.` and our own name where not, and
/// `mcp_mesh.attribute.` before what agents send beyond the known fields.
tag_list zipkin_tags(const span& x);

} // namespace meshtrace
