#include "storage/revision.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace {

/// What two writers know of a trace is joined whole; each kept the limits.
trace_limits join_limits(const span_limits& of_span) {
  constexpr auto none = static_cast<std::size_t>(-1);
  return {of_span, none, none / 2};
}

} // namespace

expected<void>
check_writes(std::span<const trace_write> batch, std::uint32_t partitions) {
  for (auto& x : batch) {
    if (!x.content)
      return failure("a write has no trace");
    if (x.partition >= partitions)
      return failure(fmt::format("trace {} is for partition {} of {}",
                                 x.content->id(), x.partition, partitions));
  }
  return {};
}

written_trace first_revision(const trace_write& write, std::int64_t now) {
  auto content = trace::share(write.content);
  const auto number = write.base_revision + 1;
  content->stamp(number);
  return {std::move(content), {number, write.reason, now, now}};
}

joined_revision
join_revision(const stored_trace& before, const trace_write& write,
              std::int64_t now, const span_limits& of_span) {
  using change = joined_revision::change;
  auto joined = trace::share(before.content);
  const bool changed = joined->merge(*write.content, join_limits(of_span))
                       == join_result::changed;
  if (changed) {
    const auto number = before.head.revision + 1;
    joined->stamp(number);
    return {{std::move(joined),
             {number, write.reason, before.head.first_commit_time, now}},
            change::content};
  }
  if (joined->truncated() != before.content->truncated())
    return {{std::move(joined), before.head}, change::mark};
  return {{before.content, before.head}, change::none};
}

} // namespace meshtrace
