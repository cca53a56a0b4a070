#pragma once

#include "storage/engine.hpp"
#include "trace/analytics_report.hpp"
#include "trace/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// Asks the store for one trace by canonical id.
struct trace_find {
  std::string trace_id;
};

struct trace_found {
  std::optional<stored_trace> trace;
  /// Joined with `trace`; present while something of it is in no revision.
  std::optional<checkpoint> active;
};

/// Asks for notes by key.
struct notes_find {
  std::vector<std::string> keys;
};

/// The notes in the order asked for; an empty value where there is none.
struct notes_found {
  std::vector<note> notes;
};

/// Keeps all of these notes or none; answered when they are durable.
struct notes_save {
  std::vector<note> notes;
};

/// Asks the store for a copy of everything in a new folder on its host.
struct backup_request {
  std::string directory;
};

/// The log of these partitions has new entries.
struct log_advanced {
  std::vector<std::uint32_t> partitions;
};

/// Asks for a partition's log after `number`.
struct log_read {
  std::uint32_t partition = 0;
  std::uint64_t number = 0;
  std::uint32_t limit = 1000;
};

/// Asks for many traces by id; those that are gone are left out.
struct traces_find {
  std::vector<std::string> trace_ids;
  /// Bytes of content (`trace::bytes`) after which the answer ends.
  std::size_t max_bytes = std::size_t{16} << 20;
};

struct traces_found {
  std::vector<stored_trace> traces;
  /// The first so many ids were looked for, at least one.
  std::size_t looked_for = 0;
};

/// Asks for the statistics of a window that ends at `now` (nanoseconds since
/// 1970).
struct statistics_query {
  statistics_window window = statistics_window::all;
  std::int64_t now = 0;
};

} // namespace meshtrace
