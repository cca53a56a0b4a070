#include "http/analytics_json.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <limits>

using namespace meshtrace;

namespace {

analytics_row row_of(std::vector<std::string> names) {
  analytics_row result;
  result.names = std::move(names);
  result.calls = 4;
  result.errors = 1;
  result.error_rate = 25;
  result.amounts = {1, 2, 3, 4, 5};
  result.avg_ms = 1.5;
  result.min_ms = 0.25;
  result.p50_ms = 1;
  result.p90_ms = 2;
  result.p99_ms = 3;
  result.max_ms = std::numeric_limits<double>::quiet_NaN();
  return result;
}

rapidjson::Document
answer(analytics_kind kind, const std::vector<std::string>& names) {
  analytics_query query;
  query.kind = kind;
  query.window = statistics_window::day;
  rapidjson::Document result;
  const auto text = analytics_json(true, query, {{row_of(names)}, false});
  REQUIRE_FALSE(result.Parse(text.c_str()).HasParseError());
  return result;
}

} // namespace

TEST_SUITE_BEGIN("analytics json");

TEST_CASE("a row of edges says who calls whom") {
  const auto x = answer(analytics_kind::edges, {"a", "b", "f"});
  CHECK(x["enabled"].GetBool());
  CHECK(x["window"] == "24h");
  CHECK(x["count"].GetInt() == 1);
  CHECK_FALSE(x["truncated"].GetBool());
  auto& row = x["rows"][0];
  CHECK(row["caller"] == "a");
  CHECK(row["callee"] == "b");
  CHECK(row["function"] == "f");
  CHECK(row["calls"].GetInt() == 4);
  CHECK(row["errors"].GetInt() == 1);
  CHECK(row["error_rate"].GetDouble() == 25);
  CHECK(row["unreached_calls"].GetInt() == 1);
  CHECK(row["avg_ms"].GetDouble() == 1.5);
  CHECK(row["min_ms"].GetDouble() == 0.25);
  CHECK(row["p50_ms"].GetDouble() == 1);
  CHECK(row["p90_ms"].GetDouble() == 2);
  CHECK(row["p99_ms"].GetDouble() == 3);
  CHECK(row["max_ms"].GetDouble() == 0); // never NaN
  CHECK(row.MemberCount() == 13);
}

TEST_CASE("rows of agents and models have tokens, those of operations not") {
  const auto agents = answer(analytics_kind::agents, {"a"});
  auto& agent = agents["rows"][0];
  CHECK(agent["agent"] == "a");
  CHECK(agent["spans"].GetInt() == 4);
  CHECK(agent["input_tokens"].GetInt() == 1);
  CHECK(agent["output_tokens"].GetInt() == 2);
  CHECK(agent["total_tokens"].GetInt() == 3);
  CHECK(agent["request_bytes"].GetInt() == 4);
  CHECK(agent["response_bytes"].GetInt() == 5);
  CHECK(agent.MemberCount() == 15);
  const auto models = answer(analytics_kind::models, {"m", ""});
  auto& model = models["rows"][0];
  CHECK(model["model"] == "m");
  CHECK(model["provider"] == "");
  CHECK(model["calls"].GetInt() == 4);
  CHECK(model["total_tokens"].GetInt() == 3);
  CHECK(model.MemberCount() == 14);
  const auto operations = answer(analytics_kind::operations, {"a", "o"});
  auto& operation = operations["rows"][0];
  CHECK(operation["agent"] == "a");
  CHECK(operation["operation"] == "o");
  CHECK(operation["calls"].GetInt() == 4);
  CHECK(operation.MemberCount() == 11);
}

TEST_CASE("every name of a sort is understood") {
  const auto sort_of = [](std::string name) {
    arguments given;
    given.add("sort", std::move(name));
    return read_analytics_query("/analytics/models", given, 7).sort;
  };
  CHECK(sort_of("spans") == analytics_sort::calls);
  CHECK(sort_of("calls") == analytics_sort::calls);
  CHECK(sort_of("errors") == analytics_sort::errors);
  CHECK(sort_of("error_rate") == analytics_sort::error_rate);
  CHECK(sort_of("avg_ms") == analytics_sort::avg);
  CHECK(sort_of("p50_ms") == analytics_sort::p50);
  CHECK(sort_of("p90_ms") == analytics_sort::p90);
  CHECK(sort_of("p99_ms") == analytics_sort::p99);
  CHECK(sort_of("max_ms") == analytics_sort::max);
  CHECK(sort_of("total_tokens") == analytics_sort::total_tokens);
  const auto query = read_analytics_query("/analytics/models", {}, 7);
  CHECK(query.kind == analytics_kind::models);
  CHECK(query.limit == 100);
  CHECK(query.now == 7);
}

TEST_SUITE_END();
