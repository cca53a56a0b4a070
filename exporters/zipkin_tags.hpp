#pragma once

#include "trace/trace.hpp"

#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// Names and values, each name once; all in UTF-8.
using tag_list = std::vector<std::pair<std::string, std::string>>;

/// Everything that a span says beside its ids, name, kind, endpoints, times and
/// outcome, as span_attributes.hpp names it.
tag_list zipkin_tags(const span& x);

} // namespace meshtrace
