#pragma once

#include "storage/engine.hpp"

#include <cstdint>
#include <span>

namespace meshtrace {

/// Whether an engine of so many partitions can make these writes.
expected<void>
check_writes(std::span<const trace_write> batch, std::uint32_t partitions);

/// What is stored of a trace that the store does not have. It may have had it:
/// revisions go on then.
written_trace first_revision(const trace_write& write, std::int64_t now);

/// What a write makes of a trace that is there.
struct joined_revision {
  enum class change : std::uint8_t {
    none,
    /// Only `truncated`: worth keeping, but nothing new to tell.
    mark,
    content,
  };

  written_trace written;
  change what = change::none;
};

/// Joins the write with what is there, also where it was made from it: joining
/// what is known changes nothing, and what changed has no revision then.
joined_revision
join_revision(const stored_trace& before, const trace_write& write,
              std::int64_t now, const span_limits& of_span);

} // namespace meshtrace
