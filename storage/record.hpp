#pragma once

#include "storage/engine.hpp"
#include "trace/error.hpp"
#include "trace/view.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// What a record says of its trace before its spans: enough to sort it and to
/// rule it out in most searches.
struct record_head {
  envelope head;
  optional_int start;
  optional_int end;
  optional_int duration;
  outcome success = outcome::unknown;
  /// Nothing is open, no parent is missing, there is a root.
  bool whole = false;
  /// Spans as shown: parts of one span id count as one.
  std::uint64_t span_count = 0;

  bool operator==(const record_head&) const = default;
};

record_head head_of(const trace_view& view, const envelope& head);

/// The record of a stored trace; record.cpp has its grammar. The spans of the
/// view's trace carry their revisions.
std::string encode_record(const trace_view& view, const envelope& head);

/// Everything that was encoded, or what is wrong with the bytes. Never reads
/// outside of them and takes no memory that they do not account for.
expected<stored_trace> decode_record(std::string_view record);

/// The same, without its spans.
expected<record_head> read_head(std::string_view record);

/// The canonical id of a record that was encoded here, empty if there is none.
/// Fast: nothing is checked that needs the whole record.
std::string record_id(std::string_view record);

/// The spans of a trace as bytes: equal content gives equal bytes and nothing
/// else does. No envelope, no revisions, and not `truncated()`, which says
/// that content is missing.
std::string encode_content(const trace& content);

} // namespace meshtrace
