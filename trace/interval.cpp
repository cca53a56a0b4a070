#include "trace/interval.hpp"

#include <algorithm>
#include <limits>

namespace meshtrace {

std::optional<interval> extent(const span_view& x, optional_int trace_end) {
  const auto end = x.end.has_value() || !x.content->open() ? x.end : trace_end;
  if (!elapsed(x.start, end).has_value())
    return std::nullopt;
  return interval{*x.start, *end};
}

std::optional<interval> overlap(interval a, interval b) {
  const interval both{std::max(a.from, b.from), std::min(a.to, b.to)};
  return both.from < both.to ? std::optional{both} : std::nullopt;
}

std::int64_t covered(std::vector<interval>& all) {
  std::sort(all.begin(), all.end(),
            [](auto& a, auto& b) { return a.from < b.from; });
  std::int64_t result = 0;
  auto until = std::numeric_limits<std::int64_t>::min();
  for (auto& x : all) {
    if (x.to <= until)
      continue;
    result = saturating_sum(result, x.to - std::max(x.from, until));
    until = x.to;
  }
  return result;
}

std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  return __builtin_add_overflow(a, b, &result)
           ? std::numeric_limits<std::int64_t>::max()
           : result;
}

} // namespace meshtrace
