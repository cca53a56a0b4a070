#include "tests/support/trace_maker.hpp"
#include "trace/analytics_sums.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t minute = 60'000 * ms;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t now = 29'226'240 * minute;

constexpr auto kinds = {analytics_kind::edges, analytics_kind::agents,
                        analytics_kind::models, analytics_kind::operations};

std::string text_of(std::string_view x, std::string_view unsaid = "unknown") {
  return std::string{x.empty() ? unsaid : x};
}

// -- brute force --------------------------------------------------------------

struct exact_row {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  analytics_amounts amounts = {};
  std::vector<std::int64_t> durations;

  void add(std::uint64_t more_calls, std::uint64_t more_errors,
           const std::vector<std::int64_t>& more) {
    calls += more_calls;
    errors += more_errors;
    durations.insert(durations.end(), more.begin(), more.end());
  }
  void add(const contribution::token_counts& x) {
    amounts[0] += x.input;
    amounts[1] += x.output;
    amounts[2] += x.total;
  }
};

using exact_rows = std::map<std::vector<std::string>, exact_row>;

void add(exact_rows& to, const contribution& x, analytics_kind kind) {
  if (kind == analytics_kind::edges)
    for (auto& e : x.edges) {
      auto& row = to[{e.caller, text_of(e.callee), text_of(e.function)}];
      row.add(e.calls, e.errors, e.durations);
      row.amounts[0] += e.reached ? 0 : e.calls;
    }
  if (kind == analytics_kind::models)
    for (auto& m : x.models) {
      to[{m.model, m.provider}].add(m.calls, m.errors, m.durations);
      to[{m.model, m.provider}].add(m.tokens);
    }
  for (auto& o : x.operations) {
    if (kind == analytics_kind::agents)
      to[{text_of(o.agent)}].add(o.count, o.errors, o.durations);
    if (kind == analytics_kind::operations)
      to[{text_of(o.agent), text_of(o.operation)}].add(o.count, o.errors,
                                                       o.durations);
  }
  if (kind == analytics_kind::agents)
    for (auto& used : x.usage) {
      auto& row = to[{text_of(used.agent)}];
      row.add(used.tokens);
      row.amounts[3] += used.request_bytes;
      row.amounts[4] += used.response_bytes;
    }
}

double exact_quantile(std::vector<std::int64_t> values, double q) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto rank
    = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[static_cast<std::size_t>(rank) - 1]) / 1e6;
}

bool close(double actual, double exact) {
  return std::abs(actual - exact) <= 0.02 * exact + 1e-6;
}

void check_equal(const analytics_report& actual, const exact_rows& exact) {
  REQUIRE(actual.rows.size() == exact.size());
  CHECK_FALSE(actual.truncated);
  for (auto& row : actual.rows) {
    const auto i = exact.find(row.names);
    REQUIRE(i != exact.end());
    auto& wanted = i->second;
    REQUIRE(row.calls == wanted.calls);
    REQUIRE(row.errors == wanted.errors);
    REQUIRE(row.amounts == wanted.amounts);
    REQUIRE(close(row.min_ms, exact_quantile(wanted.durations, 0)));
    REQUIRE(close(row.p50_ms, exact_quantile(wanted.durations, 0.5)));
    REQUIRE(close(row.p90_ms, exact_quantile(wanted.durations, 0.9)));
    REQUIRE(close(row.p99_ms, exact_quantile(wanted.durations, 0.99)));
    REQUIRE(close(row.max_ms, exact_quantile(wanted.durations, 1)));
  }
}

/// The final revisions that ended within a window.
exact_rows brute_force(const std::vector<contribution>& last,
                       analytics_kind kind, statistics_window window) {
  std::int64_t width = minute;
  std::int64_t count = 5;
  if (window == statistics_window::hour)
    count = 60;
  if (window == statistics_window::day) {
    width = 10 * minute;
    count = 144;
  }
  exact_rows result;
  for (auto& x : last)
    if (window == statistics_window::all
        || (x.end.has_value() && *x.end / width <= now / width
            && *x.end / width > now / width - count))
      add(result, x, kind);
  return result;
}

void check_all(const analytics_sums& sums,
               const std::vector<contribution>& last) {
  for (auto kind : kinds)
    for (auto window :
         {statistics_window::five_minutes, statistics_window::hour,
          statistics_window::day, statistics_window::all})
      check_equal(
        sums.report({kind, window, analytics_sort::calls, 100'000, now}),
        brute_force(last, kind, window));
}

// -- random revisions ---------------------------------------------------------

/// The contributions of one random trace as its events come in.
std::vector<contribution> revisions_of(trace_maker& maker) {
  const auto id = maker.id();
  const auto events = maker.events(id, 1 + maker.below(8));
  const auto parts = 1 + maker.below(3);
  // Up to 30 h ago, often within the last 90 minutes.
  const auto end = now
                   - static_cast<std::int64_t>(maker.below(
                     static_cast<std::size_t>(maker.one_in(2)   ? 6 * minute
                                              : maker.one_in(2) ? 90 * minute
                                                                : 30 * hour)));
  std::vector<contribution> result;
  for (std::size_t i = 1; i <= parts; ++i) {
    const auto made = join_events(
      id, std::span{events}.first((i * events.size() + parts - 1) / parts));
    result.push_back(contribution_of(trace_view{*made}));
    if (result.back().end.has_value()) // the maker's times are long ago
      result.back().end
        = {std::min(now, end + static_cast<std::int64_t>(i) * minute)};
  }
  return result;
}

struct step {
  const contribution* added;
  const contribution* replaced;
};

/// The revisions of all traces, each trace's in their order.
std::vector<step> shuffled(const std::vector<std::vector<contribution>>& traces,
                           trace_maker& maker) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < traces.size(); ++i)
    order.insert(order.end(), traces[i].size(), i);
  std::shuffle(order.begin(), order.end(), maker.dice);
  std::vector<std::size_t> used(traces.size());
  std::vector<step> result;
  for (auto i : order) {
    const auto k = used[i]++;
    result.push_back({&traces[i][k], k == 0 ? nullptr : &traces[i][k - 1]});
  }
  return result;
}

contribution one_call(const std::string& callee, std::int64_t duration = ms,
                      std::int64_t end = now) {
  contribution result;
  result.detailed = true;
  result.end = {end};
  result.edges = {{"a", callee, "f", true, 1, 0, {duration}}};
  return result;
}

analytics_report edges(const analytics_sums& sums, std::size_t limit = 100,
                       analytics_sort sort = analytics_sort::calls) {
  return sums.report(
    {analytics_kind::edges, statistics_window::all, sort, limit, now});
}

} // namespace

TEST_SUITE_BEGIN("analytics sums");

TEST_CASE("rows are those of the final revisions, in whatever order they came "
          "and however often they were saved and loaded") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 10; ++round) {
    std::vector<std::vector<contribution>> traces(1 + maker.below(100));
    std::vector<contribution> last;
    for (auto& x : traces) {
      x = revisions_of(maker);
      last.push_back(x.back());
    }
    auto sums = std::make_unique<analytics_sums>();
    std::map<std::string, std::string> saved;
    for (auto& x : shuffled(traces, maker)) {
      sums->apply(x.added, x.replaced, now);
      if (!maker.one_in(10))
        continue;
      for (auto& part : sums->save("here", maker.one_in(5)))
        saved[part.name] = part.bytes;
      if (!maker.one_in(3))
        continue;
      std::vector<statistics_part> parts;
      for (auto& name : sums->part_names())
        parts.push_back({name, saved[name]});
      sums = std::make_unique<analytics_sums>();
      REQUIRE(sums->load(parts).value() == "here");
    }
    check_all(*sums, last);
    CHECK(sums->forgotten() == 0);
  }
}

TEST_CASE("as time goes on calls leave the windows") {
  analytics_sums sums;
  const auto x = one_call("b");
  sums.apply(&x, nullptr, now);
  const auto count = [&](statistics_window window, std::int64_t at) {
    return sums
      .report({analytics_kind::edges, window, analytics_sort::calls, 10, at})
      .rows.size();
  };
  CHECK(count(statistics_window::five_minutes, now + 4 * minute) == 1);
  CHECK(count(statistics_window::five_minutes, now + 5 * minute) == 0);
  CHECK(count(statistics_window::hour, now + 59 * minute) == 1);
  CHECK(count(statistics_window::hour, now + hour) == 0);
  CHECK(count(statistics_window::day, now + 23 * hour) == 1);
  CHECK(count(statistics_window::day, now + 24 * hour) == 0);
  CHECK(count(statistics_window::all, now + 240 * hour) == 1);
}

TEST_CASE("rows come in the order asked for, and no more than asked for") {
  analytics_sums sums;
  for (int i = 0; i < 6; ++i)
    for (int k = 0; k <= i; ++k) {
      auto x = one_call("b" + std::to_string(i), (10 - i) * ms);
      x.edges[0].errors = i == 2 ? 1 : 0;
      sums.apply(&x, nullptr, now);
    }
  const auto by_calls = edges(sums, 2);
  CHECK(by_calls.truncated);
  REQUIRE(by_calls.rows.size() == 2);
  CHECK(by_calls.rows[0].names[1] == "b5");
  CHECK(by_calls.rows[1].names[1] == "b4");
  for (auto sort :
       {analytics_sort::avg, analytics_sort::p50, analytics_sort::p90,
        analytics_sort::p99, analytics_sort::max})
    CHECK(edges(sums, 1, sort).rows[0].names[1] == "b0");
  for (auto sort : {analytics_sort::errors, analytics_sort::error_rate})
    CHECK(edges(sums, 1, sort).rows[0].names[1] == "b2");
  CHECK(edges(sums, 1, analytics_sort::error_rate).rows[0].error_rate == 100);
  // Equal ones by name.
  CHECK(edges(sums, 1, analytics_sort::total_tokens).rows[0].names[1] == "b0");
  CHECK_FALSE(edges(sums, 6).truncated);
}

TEST_CASE("beyond the limit the least recently seen key goes, from everywhere "
          "and for good") {
  analytics_limits limits;
  limits.edges.keys = 2;
  analytics_sums sums{limits};
  for (auto* callee : {"b", "c", "b", "d"}) {
    const auto x = one_call(callee);
    sums.apply(&x, nullptr, now);
  }
  const auto names = [](const analytics_sums& of) {
    std::vector<std::string> result;
    for (auto& row : edges(of).rows)
      result.push_back(row.names[1]);
    return result;
  };
  CHECK(names(sums) == std::vector<std::string>{"b", "d"});
  CHECK(sums.forgotten() == 1);
  analytics_sums again{limits};
  REQUIRE(again.load(sums.save("x", true)));
  CHECK(names(again) == std::vector<std::string>{"b", "d"});
  CHECK(again.forgotten() == 1);
}

TEST_CASE("memory is bounded whatever the durations are") {
  constexpr std::size_t limit = 200'000;
  analytics_table table{analytics_kind::edges, {1000, limit}};
  for (std::int64_t i = 0; i < 100'000; ++i) {
    const auto x = one_call("b" + std::to_string(i % 50), i * i * 997,
                            now - i % 60 * minute);
    table.apply(&x, nullptr, now);
  }
  CHECK(table.forgotten() > 0);
  // Looked at now and then only.
  CHECK(table.bytes() < 2 * limit);
}

TEST_CASE("what was never seen cannot be taken out") {
  analytics_sums sums;
  const auto lost = one_call("b", ms);
  const auto seen = one_call("b", 5 * ms);
  sums.apply(&seen, nullptr, now);
  sums.apply(nullptr, &lost, now);
  sums.apply(nullptr, &lost, now);
  CHECK(edges(sums).rows.empty());
  sums.apply(&seen, nullptr, now);
  CHECK(edges(sums).rows[0].calls == 1);
}

TEST_CASE("entries of before there were analytics add nothing") {
  analytics_sums sums;
  auto x = one_call("b");
  x.operations = {{"f", 1, 0, {ms}}};
  x.detailed = false;
  sums.apply(&x, nullptr, now);
  for (auto kind : kinds)
    CHECK(
      sums
        .report({kind, statistics_window::all, analytics_sort::calls, 10, now})
        .rows.empty());
}

TEST_CASE("saved analytics that are damaged are an error") {
  analytics_sums sums;
  const auto x = one_call("b");
  sums.apply(&x, nullptr, now);
  const auto saved = sums.save("x", true);
  for (std::size_t i = 0; i < saved.size(); ++i) {
    auto parts = saved;
    parts[i].bytes.pop_back(); // nothing at all is no part
    if (!parts[i].bytes.empty())
      CHECK_FALSE(analytics_sums{}.load(parts));
    parts[i].bytes += "xyz";
    CHECK_FALSE(analytics_sums{}.load(parts));
  }
  CHECK_FALSE(analytics_sums{}.load({{"head", "\x02"}}));
  CHECK_FALSE(analytics_sums{}.load({{"nonsense", "x"}}));
  CHECK(analytics_sums{}.load({}).value().empty());
}

TEST_SUITE_END();
