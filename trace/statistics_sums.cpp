#include "trace/statistics_sums.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

constexpr double ns_per_ms = 1e6;
constexpr std::size_t most_operations = 10;

void take(std::uint64_t& from, std::uint64_t n) {
  from -= std::min(from, n);
}

void write_time(byte_writer& to, optional_int time) {
  to.fixed64(static_cast<std::uint64_t>(time.raw));
}

optional_int read_time(byte_reader& from) {
  return {static_cast<std::int64_t>(from.fixed64())};
}

void extend(optional_int& first, optional_int& last, optional_int start,
            optional_int end) {
  if (start.has_value() && (!first.has_value() || *start < *first))
    first = start;
  last = std::max(last, end);
}

} // namespace

void statistics_sums::add(const contribution& x,
                          const contribution_names& names) {
  ++total_;
  failed_ += x.success == outcome::failure ? 1u : 0u;
  incomplete_ += x.incomplete ? 1u : 0u;
  spans_ += x.span_count;
  if (x.duration.has_value())
    durations_.add(*x.duration);
  for (auto number : names.agents)
    ++agents_[number];
  for (std::size_t i = 0; i < x.operations.size(); ++i) {
    auto& part = x.operations[i];
    auto& sums = operations_[names.operations[i]];
    sums.count += part.count;
    sums.errors += part.errors;
    for (auto duration : part.durations)
      sums.durations.add(duration);
  }
  extend(first_, last_, x.start, x.end);
}

void statistics_sums::subtract(const contribution& x,
                               const contribution_names& names) {
  take(total_, 1);
  take(failed_, x.success == outcome::failure ? 1 : 0);
  take(incomplete_, x.incomplete ? 1 : 0);
  take(spans_, x.span_count);
  if (x.duration.has_value())
    durations_.subtract(*x.duration);
  for (auto number : names.agents)
    if (const auto i = agents_.find(number); i != agents_.end()) {
      take(i->second, 1);
      if (i->second == 0)
        agents_.erase(i);
    }
  for (std::size_t k = 0; k < x.operations.size(); ++k) {
    auto& part = x.operations[k];
    const auto i = operations_.find(names.operations[k]);
    if (i == operations_.end())
      continue;
    take(i->second.count, part.count);
    take(i->second.errors, part.errors);
    for (auto duration : part.durations)
      i->second.durations.subtract(duration);
    if (i->second.count == 0)
      operations_.erase(i);
  }
  if (empty())
    *this = {};
}

void statistics_sums::merge(const statistics_sums& other) {
  total_ += other.total_;
  failed_ += other.failed_;
  incomplete_ += other.incomplete_;
  spans_ += other.spans_;
  durations_.merge(other.durations_);
  for (auto& [number, count] : other.agents_)
    agents_[number] += count;
  for (auto& [number, sums] : other.operations_) {
    auto& to = operations_[number];
    to.count += sums.count;
    to.errors += sums.errors;
    to.durations.merge(sums.durations);
  }
  extend(first_, last_, other.first_, other.last_);
}

void statistics_sums::tidy(const recent_names& agents,
                           const recent_names& operations) {
  const auto drop_forgotten = [](auto& from, const recent_names& names) {
    if (from.size() > 2 * names.limit())
      std::erase_if(from,
                    [&](auto& x) { return names.name_of(x.first) == nullptr; });
  };
  drop_forgotten(agents_, agents);
  drop_forgotten(operations_, operations);
}

void statistics_sums::write(byte_writer& to) const {
  for (auto value : {total_, failed_, incomplete_, spans_})
    to.varint(value);
  durations_.write(to);
  to.varint(agents_.size());
  for (auto& [number, count] : agents_) {
    to.varint(number);
    to.varint(count);
  }
  to.varint(operations_.size());
  for (auto& [number, sums] : operations_) {
    to.varint(number);
    to.varint(sums.count);
    to.varint(sums.errors);
    sums.durations.write(to);
  }
  write_time(to, first_);
  write_time(to, last_);
}

void statistics_sums::read(byte_reader& from) {
  *this = {};
  for (auto* value : {&total_, &failed_, &incomplete_, &spans_})
    *value = from.varint();
  durations_.read(from);
  for (auto left = from.varint(); left > 0 && !from.failed(); --left) {
    const auto number = from.varint();
    agents_[number] = from.varint();
  }
  for (auto left = from.varint(); left > 0 && !from.failed(); --left) {
    auto& sums = operations_[from.varint()];
    sums.count = from.varint();
    sums.errors = from.varint();
    sums.durations.read(from);
  }
  first_ = read_time(from);
  last_ = read_time(from);
}

std::vector<operation_statistics>
statistics_sums::top_operations(const recent_names& names) const {
  struct candidate {
    const std::string* name;
    const operation_sums* sums;
  };
  std::vector<candidate> all;
  for (auto& [number, sums] : operations_)
    if (auto* name = names.name_of(number))
      all.push_back({name, &sums});
  const auto n = std::min(all.size(), most_operations);
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n),
                    all.end(), [](auto& a, auto& b) {
                      return a.sums->count != b.sums->count
                               ? a.sums->count > b.sums->count
                               : *a.name < *b.name;
                    });
  std::vector<operation_statistics> result;
  for (std::size_t i = 0; i < n; ++i) {
    auto& x = *all[i].sums;
    result.push_back({*all[i].name, x.count, x.errors,
                      x.durations.average() / ns_per_ms,
                      x.durations.quantile(0.99) / ns_per_ms});
  }
  return result;
}

statistics_report
statistics_sums::report(const recent_names& agents,
                        const recent_names& operations) const {
  statistics_report result;
  result.total_traces = total_;
  result.failed_traces = failed_;
  result.success_traces = total_ - std::min(total_, failed_);
  result.incomplete_traces = incomplete_;
  result.total_spans = spans_;
  result.avg_duration_ms = durations_.average() / ns_per_ms;
  result.p50_duration_ms = durations_.quantile(0.5) / ns_per_ms;
  result.p90_duration_ms = durations_.quantile(0.9) / ns_per_ms;
  result.p99_duration_ms = durations_.quantile(0.99) / ns_per_ms;
  for (auto& [number, _] : agents_)
    if (auto* name = agents.name_of(number))
      result.agents_involved.push_back(*name);
  std::sort(result.agents_involved.begin(), result.agents_involved.end());
  result.top_operations = top_operations(operations);
  result.first_trace = first_;
  result.last_trace = last_;
  return result;
}

} // namespace meshtrace
