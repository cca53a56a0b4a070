#pragma once

#include "storage/name_table.hpp"
#include "storage/record.hpp"
#include "trace/contribution.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What an index says of a trace, so that most searches can rule it out
/// without its record. Of `head` the envelope is not kept.
struct trace_summary {
  /// The number of its record.
  std::uint64_t number = 0;
  record_head head;
  /// Of agents and operations, in a `name_table`. If not `named`, some have no
  /// number and only the record knows.
  bool named = true;
  std::vector<std::uint32_t> names;
};

trace_summary summary_of(std::uint64_t number, const record_head& head,
                         const contribution& said, name_table& names);

std::string encode_summary(const trace_summary& x);

/// False if these are no such bytes. Reuses the memory of `to`.
bool decode_summary(std::string_view bytes, trace_summary& to);

} // namespace meshtrace
