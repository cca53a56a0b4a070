#pragma once

#include "storage/record.hpp"
#include "trace/filter.hpp"

namespace meshtrace {

/// False if the head rules out that the trace matches; true says nothing yet.
bool may_match(const trace_filter& filter, const record_head& head);

/// Whether `may_match` is the whole truth about `filter`, its `trace_id` aside.
bool head_decides(const trace_filter& filter);

} // namespace meshtrace
