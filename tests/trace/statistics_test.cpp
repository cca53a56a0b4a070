#include "trace/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace meshtrace;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t minute = 60'000 * ms;
constexpr std::int64_t hour = 60 * minute;
/// A whole hour in 2025.
constexpr std::int64_t now = 1'753'574'400'000 * ms;

/// A trace of one span.
contribution simple(optional_int end, std::int64_t duration,
                    const std::string& operation = "op",
                    const std::string& agent = "agent") {
  contribution result;
  result.end = end;
  if (end.has_value())
    result.start = {*end - duration};
  result.duration = {duration};
  result.success = outcome::success;
  result.span_count = 1;
  result.agents = {agent};
  result.operations = {{operation, 1, 0, {duration}}};
  return result;
}

// -- brute force -------------------------------------------------------------

double exact_quantile(std::vector<std::int64_t> values, double q) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto rank
    = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[static_cast<std::size_t>(rank) - 1]) / 1e6;
}

double exact_average(const std::vector<std::int64_t>& values) {
  double sum = 0;
  for (auto x : values)
    sum += static_cast<double>(x) / 1e6;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

struct exact_report : statistics_report {
  std::vector<std::int64_t> durations;
  std::map<std::string, std::vector<std::int64_t>> of_operation;
};

/// The report of these contributions, durations apart.
exact_report brute_force(const std::vector<const contribution*>& all) {
  exact_report result;
  std::set<std::string> agents;
  std::map<std::string, operation_statistics> operations;
  for (auto* x : all) {
    ++result.total_traces;
    ++(x->success == outcome::failure ? result.failed_traces
                                      : result.success_traces);
    result.incomplete_traces += x->incomplete ? 1u : 0u;
    result.total_spans += x->span_count;
    if (x->duration.has_value())
      result.durations.push_back(*x->duration);
    agents.insert(x->agents.begin(), x->agents.end());
    for (auto& part : x->operations) {
      auto& sums = operations[part.operation];
      sums.operation = part.operation;
      sums.count += part.count;
      sums.error_count += part.errors;
      auto& durations = result.of_operation[part.operation];
      durations.insert(durations.end(), part.durations.begin(),
                       part.durations.end());
    }
    if (x->start.has_value()
        && (!result.first_trace.has_value() || x->start < result.first_trace))
      result.first_trace = x->start;
    result.last_trace = std::max(result.last_trace, x->end);
  }
  result.agents_involved = {agents.begin(), agents.end()};
  for (auto& [_, sums] : operations)
    result.top_operations.push_back(sums);
  std::stable_sort(result.top_operations.begin(), result.top_operations.end(),
                   [](auto& a, auto& b) { return a.count > b.count; });
  if (result.top_operations.size() > 10)
    result.top_operations.resize(10);
  return result;
}

void check_close(double actual, double exact, double tolerance) {
  CHECK(std::abs(actual - exact) <= tolerance * exact + 1e-9);
}

void check_equal(const statistics_report& actual, const exact_report& exact) {
  CHECK(actual.total_traces == exact.total_traces);
  CHECK(actual.success_traces == exact.success_traces);
  CHECK(actual.failed_traces == exact.failed_traces);
  CHECK(actual.incomplete_traces == exact.incomplete_traces);
  CHECK(actual.total_spans == exact.total_spans);
  CHECK(actual.agents_involved == exact.agents_involved);
  CHECK(actual.first_trace.raw == exact.first_trace.raw);
  CHECK(actual.last_trace.raw == exact.last_trace.raw);
  check_close(actual.avg_duration_ms, exact_average(exact.durations), 1e-9);
  check_close(actual.p50_duration_ms, exact_quantile(exact.durations, 0.5),
              0.02);
  check_close(actual.p90_duration_ms, exact_quantile(exact.durations, 0.9),
              0.02);
  check_close(actual.p99_duration_ms, exact_quantile(exact.durations, 0.99),
              0.02);
  REQUIRE(actual.top_operations.size() == exact.top_operations.size());
  for (std::size_t i = 0; i < actual.top_operations.size(); ++i) {
    auto& a = actual.top_operations[i];
    auto& b = exact.top_operations[i];
    CHECK(a.operation == b.operation);
    CHECK(a.count == b.count);
    CHECK(a.error_count == b.error_count);
    auto& durations = exact.of_operation.at(a.operation);
    check_close(a.avg_duration_ms, exact_average(durations), 1e-9);
    check_close(a.p99_duration_ms, exact_quantile(durations, 0.99), 0.02);
  }
}

/// The final contributions that ended within the window before `now`.
std::vector<const contribution*>
within(const std::vector<contribution>& all, std::int64_t width,
       std::int64_t count) {
  std::vector<const contribution*> result;
  for (auto& x : all)
    if (width == 0
        || (x.end.has_value() && *x.end / width <= now / width
            && *x.end / width > now / width - count))
      result.push_back(&x);
  return result;
}

// -- random contributions ----------------------------------------------------

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {
    // nop
  }

  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  /// One that extends `before`, as revisions do.
  contribution next(const contribution* before) {
    contribution result;
    result.span_count = static_cast<std::uint32_t>(below(20));
    result.success = static_cast<outcome>(below(3));
    result.incomplete = below(4) == 0;
    if (below(10) > 0)
      result.duration = {below(hour)};
    std::set<std::string> agents;
    for (auto n = below(4); n > 0; --n)
      agents.insert("agent" + std::to_string(below(30)));
    result.agents = {agents.begin(), agents.end()};
    for (std::int64_t i = 0; i < 15; ++i)
      if (below(4) == 0)
        result.operations.push_back(random_part("op" + std::to_string(i)));
    result.end = later(before == nullptr ? optional_int{} : before->end);
    if (before != nullptr && before->start.has_value())
      result.start = {*before->start - below(hour)};
    else if (result.end.has_value() && below(5) > 0)
      result.start = {*result.end - below(hour)};
    return result;
  }

  /// Some index whose vector is not used up.
  template <class T>
  std::size_t pick(const std::vector<std::vector<T>>& from,
                   const std::vector<std::size_t>& used) {
    for (;;) {
      const auto i = static_cast<std::size_t>(
        below(static_cast<std::int64_t>(from.size())));
      if (used[i] < from[i].size())
        return i;
    }
  }

private:
  contribution::operation_part random_part(const std::string& name) {
    contribution::operation_part result{
      name, static_cast<std::uint32_t>(1 + below(5)), 0, {}};
    result.errors = static_cast<std::uint32_t>(below(result.count + 1));
    for (auto n = below(result.count + 1); n > 0; --n)
      result.durations.push_back(below(100'000 * ms));
    return result;
  }

  optional_int later(optional_int end) {
    if (!end.has_value()) // up to 30 h ago, often within the last 90 minutes
      return below(10) == 0
               ? end
               : optional_int{now
                              - below(below(2) == 0 ? 90 * minute : 30 * hour)};
    return {std::min(now, *end + below(below(2) == 0 ? minute : hour))};
  }

  std::mt19937_64 random_;
};

} // namespace

TEST_SUITE_BEGIN("statistics");

TEST_CASE("sums are those of the final contributions, in whatever order") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  generator random{seed};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<contribution>> revisions(
      static_cast<std::size_t>(1 + random.below(200)));
    std::size_t missing = 0;
    for (auto& of_trace : revisions)
      for (auto n = 1 + random.below(4); n > 0; --n, ++missing)
        of_trace.push_back(
          random.next(of_trace.empty() ? nullptr : &of_trace.back()));
    statistics sums;
    std::vector<std::size_t> used(revisions.size());
    for (; missing > 0; --missing) {
      const auto i = random.pick(revisions, used);
      const auto k = used[i]++;
      sums.apply(&revisions[i][k], k == 0 ? nullptr : &revisions[i][k - 1],
                 now);
    }
    std::vector<contribution> last;
    for (auto& of_trace : revisions)
      last.push_back(of_trace.back());
    check_equal(sums.report(statistics_window::all, now),
                brute_force(within(last, 0, 0)));
    check_equal(sums.report(statistics_window::hour, now),
                brute_force(within(last, minute, 60)));
    check_equal(sums.report(statistics_window::day, now),
                brute_force(within(last, 10 * minute, 144)));
  }
}

TEST_CASE("nothing is all zeros") {
  const statistics none;
  for (auto window : {statistics_window::hour, statistics_window::day,
                      statistics_window::all})
    check_equal(none.report(window, now), exact_report{});
}

TEST_CASE(
  "as time goes on traces leave the windows, and are counted for ever") {
  statistics sums;
  const auto x = simple({now}, ms);
  sums.apply(&x, nullptr, now);
  const auto count = [&](statistics_window window, std::int64_t at) {
    return sums.report(window, at).total_traces;
  };
  CHECK(count(statistics_window::hour, now + 59 * minute) == 1);
  CHECK(count(statistics_window::hour, now + 60 * minute) == 0);
  CHECK(count(statistics_window::day, now + 23 * hour) == 1);
  CHECK(count(statistics_window::day, now + 24 * hour) == 0);
  CHECK(count(statistics_window::all, now + 240 * hour) == 1);
}

TEST_CASE("a trace without an end counts for ever only") {
  statistics sums;
  const auto x = simple({}, ms);
  sums.apply(&x, nullptr, now);
  CHECK(sums.report(statistics_window::hour, now).total_traces == 0);
  CHECK(sums.report(statistics_window::day, now).total_traces == 0);
  CHECK(sums.report(statistics_window::all, now).total_traces == 1);
}

TEST_CASE("clocks far ahead or behind make no buckets") {
  statistics sums;
  for (std::int64_t year = -20; year <= 20; ++year) {
    const auto x = simple({now + year * 365 * 24 * hour + hour}, ms);
    sums.apply(&x, nullptr, now);
  }
  CHECK(sums.report(statistics_window::all, now).total_traces == 41);
  // Only the one that is an hour ahead comes into the day; none the hour.
  CHECK(sums.report(statistics_window::day, now + hour).total_traces == 1);
  CHECK(sums.report(statistics_window::hour, now + hour).total_traces == 0);
}

TEST_CASE("a clock a little ahead is counted when its time comes") {
  statistics sums;
  const auto x = simple({now + 2 * minute}, ms);
  sums.apply(&x, nullptr, now);
  CHECK(sums.report(statistics_window::hour, now).total_traces == 0);
  CHECK(sums.report(statistics_window::hour, now + 2 * minute).total_traces
        == 1);
}

TEST_CASE("what was replaced long ago is taken out of what still counts it") {
  statistics sums;
  const auto before = simple({now - 2 * hour}, ms, "before");
  const auto after = simple({now}, 5 * ms, "after");
  sums.apply(&before, nullptr, now - 2 * hour);
  sums.apply(&after, &before, now);
  for (auto window : {statistics_window::hour, statistics_window::day,
                      statistics_window::all}) {
    const auto report = sums.report(window, now);
    CHECK(report.total_traces == 1);
    REQUIRE(report.top_operations.size() == 1);
    CHECK(report.top_operations[0].operation == "after");
    CHECK(report.avg_duration_ms == doctest::Approx(5));
  }
}

TEST_CASE("what was never seen cannot be taken out") {
  statistics sums;
  const auto lost = simple({now}, ms, "lost");
  const auto seen = simple({now}, ms, "seen");
  sums.apply(nullptr, &lost, now);
  CHECK(sums.report(statistics_window::all, now).total_traces == 0);
  sums.apply(&seen, nullptr, now);
  CHECK(sums.report(statistics_window::all, now).total_traces == 1);
}

TEST_CASE("beyond the limit the least recently seen names are forgotten") {
  statistics sums{{2, 2}};
  for (auto name : {"a", "b", "a", "c"}) {
    const auto x = simple({now}, ms, name, name);
    sums.apply(&x, nullptr, now);
  }
  const auto report = sums.report(statistics_window::hour, now);
  CHECK(report.total_traces == 4);
  CHECK(report.agents_involved == std::vector<std::string>{"a", "c"});
  REQUIRE(report.top_operations.size() == 2);
  CHECK(report.top_operations[0].operation == "a");
  CHECK(report.top_operations[0].count == 2);
  CHECK(sums.forgotten() == 2);
}

TEST_CASE("a name that comes back begins again") {
  statistics sums{{1, 1}};
  const auto a = simple({now}, ms, "a", "a");
  const auto b = simple({now}, ms, "b", "b");
  for (auto* x : {&a, &a, &b, &a})
    sums.apply(x, nullptr, now);
  auto report = sums.report(statistics_window::all, now);
  REQUIRE(report.top_operations.size() == 1);
  CHECK(report.top_operations[0].count == 1);
  sums.apply(&b, &a, now); // a revision whose trace was counted under `a`
  report = sums.report(statistics_window::all, now);
  CHECK(report.agents_involved == std::vector<std::string>{"b"});
  CHECK(report.total_traces == 4);
}

TEST_CASE("endless names take no endless room in the answer or in memory") {
  statistics sums{{5, 5}};
  for (int i = 0; i < 1000; ++i) {
    const auto name = std::string(10'000, 'x') + std::to_string(i);
    const auto x = simple({now}, ms, name, std::to_string(i) + name);
    sums.apply(&x, nullptr, now);
  }
  const auto report = sums.report(statistics_window::day, now);
  CHECK(report.agents_involved.size() == 5);
  REQUIRE(report.top_operations.size() == 1); // cut, they are all the same
  CHECK(report.top_operations[0].operation == std::string(256, 'x'));
}

TEST_CASE("forgotten names take room for a while only") {
  recent_names agents{5};
  recent_names operations{5};
  statistics_sums sums;
  const auto x = simple({now}, ms);
  for (int i = 0; i < 1000; ++i) {
    const auto name = std::to_string(i);
    sums.add(x, {{agents.see(name)}, {operations.see(name)}});
    sums.tidy(agents, operations);
    REQUIRE(sums.names_held() <= 20);
  }
}

TEST_CASE("names that nobody sent are unknown") {
  statistics sums;
  const auto x = simple({now}, ms, "");
  sums.apply(&x, nullptr, now);
  const auto report = sums.report(statistics_window::all, now);
  REQUIRE(report.top_operations.size() == 1);
  CHECK(report.top_operations[0].operation == "unknown");
}

TEST_SUITE_END();

TEST_CASE("statistics that are saved now and then and loaded again are as if "
          "they had never been away") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  statistics steady{{5, 5}};
  auto moved = std::make_unique<statistics>(statistics_limits{5, 5});
  std::map<std::string, std::string> saved;
  auto at = now;
  std::vector<contribution> applied;
  for (int i = 0; i < 3000; ++i) {
    at += pick(20) * 1000 * ms;
    auto next = simple({at - pick(30) * minute}, pick(5000) * ms,
                       "op" + std::to_string(pick(8)),
                       "agent" + std::to_string(pick(8)));
    const contribution* replaced = nullptr;
    if (!applied.empty() && pick(3) == 0)
      replaced = &applied[random() % applied.size()];
    steady.apply(&next, replaced, at);
    moved->apply(&next, replaced, at);
    applied.push_back(next);
    if (pick(10) == 0)
      for (auto& x : moved->save(std::to_string(i), pick(4) == 0))
        saved.insert_or_assign(x.name, x.bytes);
    else if (pick(20) != 0)
      continue;
    else
      for (auto& x : moved->save(std::to_string(i), false))
        saved.insert_or_assign(x.name, x.bytes);
    if (pick(3) != 0)
      continue;
    moved = std::make_unique<statistics>(statistics_limits{5, 5});
    std::vector<statistics_part> parts;
    for (auto& name : moved->part_names())
      parts.push_back({name, saved[name]});
    const auto cursor = moved->load(parts);
    REQUIRE(cursor.has_value());
    CHECK(*cursor == std::to_string(i));
    CHECK(saved.size() <= moved->part_names().size());
  }
  for (auto window : {statistics_window::all, statistics_window::hour,
                      statistics_window::day}) {
    const auto a = steady.report(window, at);
    const auto b = moved->report(window, at);
    CHECK(a.total_traces == b.total_traces);
    CHECK(a.total_spans == b.total_spans);
    CHECK(a.avg_duration_ms == b.avg_duration_ms);
    CHECK(a.p99_duration_ms == b.p99_duration_ms);
    CHECK(a.agents_involved == b.agents_involved);
    CHECK(a.first_trace.raw == b.first_trace.raw);
    CHECK(a.top_operations.size() == b.top_operations.size());
  }
  CHECK(steady.forgotten() == moved->forgotten());
}

TEST_CASE("damaged saved statistics are an error") {
  statistics sums;
  const auto x = simple({now}, 5 * ms);
  sums.apply(&x, nullptr, now);
  for (auto& part : sums.save("7", true))
    for (std::size_t cut = 1; cut < part.bytes.size(); ++cut) {
      statistics fresh;
      CHECK_FALSE(fresh.load({{part.name, part.bytes.substr(0, cut)}}));
    }
  statistics other;
  CHECK_FALSE(other.load({{"head", "\x09"}}));
}
