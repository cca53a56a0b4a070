#include "trace/statistics_summary.hpp"

#include "trace/text.hpp"
#include "trace/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meshtrace {

namespace {

void take_out(std::uint64_t& from, std::uint64_t n) {
  from -= std::min(from, n);
}

/// Milliseconds as people read them, `285.0ms`.
std::string ms_text(double ns) {
  return fmt::format("{:.1f}ms", ns / 1e6);
}

std::string time_or_none(optional_int time) {
  return time.has_value() ? format_time(*time) : "?";
}

} // namespace

void statistics_summary::apply(std::string_view id, std::uint32_t revision,
                               const contribution* added,
                               const contribution* replaced, time_point now) {
  if (!began_)
    began_ = now;
  if (revision <= 1)
    ids_.emplace(id);
  else if (!ids_.contains(std::string{id})) {
    ++revised_;
    return;
  }
  if (added != nullptr)
    add(*added);
  if (replaced != nullptr)
    subtract(*replaced);
}

std::optional<std::string> statistics_summary::take(time_point now) {
  if (!began_ || (now - *began_ < longest && ids_.size() < most_traces))
    return std::nullopt;
  auto result = line();
  *this = {};
  return result;
}

void statistics_summary::add(const contribution& x) {
  failed_ += x.success == outcome::failure ? 1u : 0u;
  incomplete_ += x.incomplete ? 1u : 0u;
  spans_ += x.span_count;
  if (x.duration.has_value())
    durations_.add(*x.duration);
  for (auto& name : x.agents)
    if (agents_.size() < most_agents)
      agents_.insert(name);
    else
      more_agents_ = more_agents_ || !agents_.contains(name);
  if (x.start.has_value() && (!first_.has_value() || *x.start < *first_))
    first_ = x.start;
  last_ = std::max(last_, x.end);
}

void statistics_summary::subtract(const contribution& x) {
  take_out(failed_, x.success == outcome::failure ? 1 : 0);
  take_out(incomplete_, x.incomplete ? 1 : 0);
  take_out(spans_, x.span_count);
  if (x.duration.has_value())
    durations_.subtract(*x.duration);
}

std::string statistics_summary::line() const {
  const auto count = ids_.size();
  const auto revised
    = revised_ > 0 ? fmt::format("; {} revisions of earlier traces", revised_)
                   : std::string{};
  if (count == 0)
    return "0 traces" + revised;
  const auto good = static_cast<double>(count - std::min(count, failed_));
  return fmt::format(
    "{} trace{} ({:.1f}% success, {} failed, {} incomplete), {} span{}, "
    "duration avg {} p95 {}, {}, {} to {}{}",
    count, count == 1 ? "" : "s", 100 * good / static_cast<double>(count),
    failed_, incomplete_, spans_, spans_ == 1 ? "" : "s",
    ms_text(durations_.average()), ms_text(durations_.quantile(0.95)),
    agents_text(), time_or_none(first_), time_or_none(last_), revised);
}

std::string statistics_summary::agents_text() const {
  auto result
    = fmt::format("{}{} agent{}", agents_.size(), more_agents_ ? "+" : "",
                  agents_.size() == 1 ? "" : "s");
  std::string_view separator = " (";
  std::size_t named = 0;
  for (auto& name : agents_) {
    if (named++ == most_named) {
      result += ", ...";
      break;
    }
    result += separator;
    result
      += name.empty() ? "unknown" : escaped(cut_utf8(name, most_name_bytes));
    separator = ", ";
  }
  return agents_.empty() ? result : result + ')';
}

} // namespace meshtrace
