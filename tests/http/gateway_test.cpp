#include "tests/http/gateway_fixture.hpp"

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

/// Ids of a page in order.
std::vector<std::string> ids(const rapidjson::Document& page) {
  std::vector<std::string> result;
  for (auto& x : page["traces"].GetArray())
    result.emplace_back(x["trace_id"].GetString());
  return result;
}

using list = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("gateway");

// -- one trace ----------------------------------------------------------------

TEST_CASE_FIXTURE(gateway_fixture, "a trace is found wherever it is") {
  commit(*keep, simple_trace("done", 1, 2));
  add_active(simple_trace("going", 1, 2));
  const auto done = get("/trace/done").json();
  CHECK(done["state"] == "complete");
  CHECK(done["revision"].GetInt() == 1);
  CHECK(done["spans"].Size() == 1);
  const auto going = get("/trace/going").json();
  CHECK(going["state"] == "active");
  CHECK(going["revision"].GetInt() == 0);
  CHECK(going["completion_reason"].IsNull());
}

TEST_CASE_FIXTURE(gateway_fixture,
                  "a stored trace with news is shown joined and active") {
  const auto head = commit(*keep, simple_trace("t", 1, 2));
  add_active(joined({whole_span("t", "s1", 1, 2), whole_span("t", "s2", 2, 3)}),
             head);
  const auto x = get("/trace/t").json();
  CHECK(x["state"] == "active");
  CHECK(x["revision"].GetInt() == 1);
  CHECK(x["spans"].Size() == 2);
}

TEST_CASE_FIXTURE(gateway_fixture, "each trace is asked of its own correlator "
                                   "in any spelling of its id") {
  for (int i = 0; i < 20; ++i) {
    const auto id = "T-" + std::to_string(i);
    add_active(simple_trace(id, 1, 2));
    CHECK(get("/trace/" + id).status() == 200);
  }
  add_active(simple_trace("abcdef0123456789", 1, 2));
  CHECK(get("/trace/ABCDEF01-23456789").status() == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "an active trace that only the store has "
                                   "is found") {
  keep->parked.emplace().content = simple_trace("parked", 1, 2);
  const auto found = get("/trace/parked").json();
  CHECK(found["state"] == "active");
  CHECK(found["spans"].Size() == 1);
}

TEST_CASE_FIXTURE(gateway_fixture, "an unknown trace is a 404 that names it") {
  const auto x = get("/trace/none");
  CHECK(x.status() == 404);
  CHECK(x.error_code() == "trace_not_found");
  CHECK(x.json()["trace_id"] == "none");
  CHECK(answers_counted("/trace/{trace_id}", 404) == 1);
}

TEST_CASE_FIXTURE(gateway_fixture, "a trace too large comes without spans") {
  auto options = usual_options();
  options.max_response_bytes = 2000;
  start(options);
  std::vector<entry> spans;
  for (int i = 0; i < 50; ++i)
    spans.push_back(whole_span("t", "s" + std::to_string(i), i, i + 1));
  commit(*keep, joined(spans));
  const auto x = get("/trace/t");
  CHECK(x.body().size() <= 2000);
  CHECK(x.json()["spans_omitted"].GetBool());
  options.max_response_bytes = 100;
  start(options);
  const auto refused = get("/trace/t");
  CHECK(refused.status() == 503);
  CHECK(refused.error_code() == "answer_too_large");
}

// -- what is made of one trace ------------------------------------------------

namespace {

entry span_of(std::string_view id, std::string_view parent,
              std::string_view agent, std::int64_t start, std::int64_t end) {
  auto result = whole_span("t", id, start, end);
  result[2].second = agent;
  result.emplace_back("parent_span", parent);
  return result;
}

/// The second agent's clock is 80 seconds ahead.
std::shared_ptr<trace> skewed_trace() {
  return joined({span_of("a", "null", "planner", 0, 100),
                 span_of("b", "a", "flights", 110, 150)});
}

const std::string analysis_keys
  = "trace_id state revision adjusted start_time end_time duration_ms "
    "span_count orphan_span_count critical_path self_times missing_parents "
    "unanswered_calls never_reported repeated_calls loops parent_cycles agents "
    "tokens truncated ";

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "a trace is analysed wherever it is") {
  commit(*keep, skewed_trace());
  add_active(simple_trace("going", 1, 2));
  keep->parked.emplace().content = simple_trace("parked", 1, 2);
  const auto done = get("/trace/T/analysis");
  CHECK(done.status() == 404); // ids that are no hex are as they were sent
  const auto raw = get("/trace/t/analysis").json();
  std::string keys;
  for (auto& x : raw.GetObject())
    keys += std::string{x.name.GetString()} + ' ';
  CHECK(keys == analysis_keys);
  CHECK(raw["state"] == "complete");
  CHECK_FALSE(raw["adjusted"].GetBool());
  CHECK(raw["duration_ms"].GetDouble() == 150'000);
  CHECK(raw["critical_path"]["spans"].Size() == 1);
  CHECK(raw["agents"][1]["waiting_ms"].GetDouble() == 0);
  const auto adjusted = get("/trace/t/analysis?adjust=true").json();
  CHECK(adjusted["adjusted"].GetBool());
  CHECK(adjusted["duration_ms"].GetDouble() == 100'000);
  CHECK(adjusted["critical_path"]["root_span_id"] == "a");
  CHECK(adjusted["critical_path"]["duration_ms"].GetDouble() == 100'000);
  CHECK(adjusted["critical_path"]["spans"][1]["span_id"] == "b");
  CHECK(adjusted["critical_path"]["spans"][1]["self_ms"].GetDouble() == 40'000);
  CHECK(adjusted["agents"][1]["waiting_ms"].GetDouble() == 40'000);
  CHECK(get("/trace/going/analysis").json()["state"] == "active");
  CHECK(get("/trace/parked/analysis").json()["state"] == "active");
  CHECK(answers_counted("/trace/{trace_id}/analysis", 200) == 4);
}

TEST_CASE_FIXTURE(gateway_fixture, "an analysis of nothing is a 404, one too "
                                   "large is refused") {
  const auto none = get("/trace/none/analysis");
  CHECK(none.status() == 404);
  CHECK(none.error_code() == "trace_not_found");
  CHECK(none.json()["trace_id"] == "none");
  CHECK(get("/trace/none/analysis?adjust=maybe").json()["error"]["parameter"]
        == "adjust");
  commit(*keep, skewed_trace());
  auto options = usual_options();
  options.max_response_bytes = 1000;
  start(options);
  CHECK(get("/trace/t/analysis").error_code() == "answer_too_large");
  options.enabled = false;
  start(options);
  CHECK(get("/trace/t/analysis").status() == 404);
}

TEST_CASE_FIXTURE(gateway_fixture, "times are corrected only if asked for") {
  commit(*keep, skewed_trace());
  const auto raw = get("/trace/t").body();
  CHECK(get("/trace/t?adjust=false").body() == raw);
  CHECK(raw.find("adjusted") == std::string::npos);
  CHECK(raw.find("warnings") == std::string::npos);
  const auto x = get("/trace/t?adjust=true").json();
  CHECK(x["adjusted"].GetBool());
  CHECK(x["duration_ms"].GetDouble() == 100'000);
  CHECK(x["spans"][0]["clock_skew_ms"].GetDouble() == 0);
  CHECK(x["spans"][0]["warnings"].Empty());
  CHECK(x["spans"][1]["clock_skew_ms"].GetDouble() == -80'000);
  CHECK(x["spans"][1]["warnings"].Size() == 1);
  CHECK(x["spans"][1]["duration_ms"].GetDouble() == 40'000);
}

// -- many traces --------------------------------------------------------------

TEST_CASE_FIXTURE(gateway_fixture, "a list mixes active and stored traces") {
  commit(*keep, simple_trace("a", 1, 10));
  const auto head = commit(*keep, simple_trace("b", 1, 20));
  commit(*keep, orphan_trace("c", 1, 30));
  add_active(simple_trace("b", 1, 40), head);
  add_active(simple_trace("d", 1, 25));
  const auto ids_of = [&](const std::string& query) {
    return ids(get("/trace/list?" + query).json());
  };
  CHECK(ids_of("") == list{"b", "c", "a"});
  CHECK(ids_of("state=complete") == list{"a"});
  CHECK(ids_of("state=incomplete") == list{"c"});
  CHECK(ids_of("state=active") == list{"b", "d"});
  CHECK(ids_of("state=all") == list{"b", "c", "d", "a"});
  CHECK(ids_of("state=all&offset=1&limit=2") == list{"c", "d"});
  const auto total_of = [&](const std::string& query) {
    return get("/trace/list?" + query).json()["total"].GetInt();
  };
  CHECK(total_of("") == 3);
  CHECK(total_of("state=complete") == 1);
  CHECK(total_of("state=incomplete") == 1);
  CHECK(total_of("state=active") == 2);
  CHECK(total_of("state=all") == 4);
  CHECK(get("/trace/list?fields=summary").body().find("\"spans\"")
        == std::string::npos);
  CHECK(answers_counted("/trace/list", 200) == 12);
}

TEST_CASE_FIXTURE(gateway_fixture, "a search finds by filter in both and pages "
                                   "by cursor") {
  for (int i = 0; i < 5; ++i)
    commit(*keep, simple_trace("done" + std::to_string(i), 1, 10 + 2 * i));
  for (int i = 0; i < 4; ++i)
    add_active(simple_trace("going" + std::to_string(i), 1, 11 + 2 * i));
  list seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page
      = get("/trace/search?state=all&limit=4&agent_name=agent" + cursor);
    REQUIRE(page.status() == 200);
    const auto x = page.json();
    for (auto& id : ids(x))
      seen.push_back(id);
    CHECK(x["criteria"]["agent_name"] == "agent");
    CHECK(x["complete"].GetBool());
    cursor = x.HasMember("next_cursor")
               ? "&cursor=" + std::string{x["next_cursor"].GetString()}
               : "";
    ++pages;
  } while (!cursor.empty() && pages < 10);
  CHECK(pages == 3);
  CHECK(seen
        == list{"done4", "going3", "done3", "going2", "done2", "going1",
                "done1", "going0", "done0"});
  CHECK(get("/trace/search?state=all&agent_name=other").json()["count"].GetInt()
        == 0);
}

TEST_CASE_FIXTURE(gateway_fixture, "a spent search budget is told") {
  auto options = usual_options();
  options.search_budget = 2;
  start(options);
  for (int i = 0; i < 5; ++i)
    commit(*keep, simple_trace("t" + std::to_string(i), 1, 10 - i));
  const auto x = get("/trace/search?agent_name=other").json();
  CHECK(x["count"].GetInt() == 0);
  CHECK_FALSE(x["complete"].GetBool());
  const std::string cursor = x["next_cursor"].GetString();
  CHECK(ids(get("/trace/search?limit=1&cursor=" + cursor).json())
        == list{"t2"});
}

TEST_CASE_FIXTURE(gateway_fixture, "a bad cursor is refused by name") {
  const auto x = get("/trace/search?cursor=abc");
  CHECK(x.status() == 400);
  CHECK(x.json()["error"]["parameter"] == "cursor");
}

TEST_CASE_FIXTURE(gateway_fixture, "deep pages of very many active traces are "
                                   "refused") {
  for (int i = 0; i < 1001; ++i)
    add_active(simple_trace("t" + std::to_string(i), 1, 2));
  CHECK(get("/trace/list?state=all&offset=1000").status() == 200);
  const auto x = get("/trace/list?state=all&offset=1001");
  CHECK(x.status() == 400);
  CHECK(x.json()["error"]["parameter"] == "offset");
  CHECK(get("/trace/list?state=active&offset=1000").json()["count"].GetInt()
        == 1);
}

TEST_CASE_FIXTURE(gateway_fixture, "a list is never larger than it may be") {
  auto options = usual_options();
  options.max_response_bytes = 12'000;
  start(options);
  for (int i = 0; i < 15; ++i)
    commit(*keep, simple_trace("t" + std::to_string(i), 1, 2));
  const auto x = get("/trace/list");
  CHECK(x.body().size() <= 12'000);
  CHECK(x.json()["count"].GetInt() == 15);
  CHECK(x.json()["traces"][0].HasMember("spans"));
  CHECK(x.json()["traces"][14].HasMember("spans_omitted"));
}

TEST_CASE_FIXTURE(gateway_fixture, "nasty texts make valid JSON everywhere") {
  auto span = whole_span("\"t\\<", "s\"", 1, 2);
  span.emplace_back("error_message", std::string{"\"\\\n\0\x1b\xff", 6});
  commit(*keep, joined({span}));
  for (const auto* target :
       {"/trace/list", "/trace/search?operation=w", "/trace/%22t%5C%3C"})
    CHECK(get(target).json().IsObject());
  CHECK(get("/trace/search?operation=%FF%22%0A%00").json()["count"].GetInt()
        == 0);
}

// -- sums and states ----------------------------------------------------------

TEST_CASE_FIXTURE(gateway_fixture, "statistics come from analytics, by wall "
                                   "time") {
  analytics.report.total_traces = 4;
  const auto x = get("/trace/stats?window=24h").json();
  CHECK(x["enabled"].GetBool());
  CHECK(x["stats_enabled"].GetBool());
  CHECK(x["total_traces"].GetInt() == 4);
  CHECK(x["window"] == "24h");
  REQUIRE(analytics.last_query);
  CHECK(analytics.last_query->window == statistics_window::day);
  CHECK(analytics.last_query->now == epoch * 1'000'000'000);
}

TEST_CASE_FIXTURE(gateway_fixture, "without statistics there are zeros") {
  analytics.report.total_traces = 4;
  auto options = usual_options();
  options.stats_enabled = false;
  start(options);
  const auto x = get("/trace/stats").json();
  CHECK(x["enabled"].GetBool());
  CHECK_FALSE(x["stats_enabled"].GetBool());
  CHECK(x["total_traces"].GetInt() == 0);
  analytics_handle = analytics_actor{};
  start(usual_options());
  CHECK_FALSE(get("/trace/stats").json()["stats_enabled"].GetBool());
}

TEST_CASE_FIXTURE(gateway_fixture, "analytics are asked for rows") {
  analytics_row row;
  row.names = {"planner", "weather", "get"};
  row.calls = 3;
  analytics.rows = {{row}, true};
  const auto x = get("/analytics/edges?window=5m&limit=1&sort=p99_ms").json();
  CHECK(x["enabled"].GetBool());
  CHECK(x["window"] == "5m");
  CHECK(x["count"].GetInt() == 1);
  CHECK(x["truncated"].GetBool());
  CHECK(x["rows"][0]["callee"] == "weather");
  REQUIRE(analytics.last_rows_query);
  const auto& query = *analytics.last_rows_query;
  CHECK(query.kind == analytics_kind::edges);
  CHECK(query.window == statistics_window::five_minutes);
  CHECK(query.limit == 1);
  CHECK(query.sort == analytics_sort::p99);
  CHECK(query.now == epoch * 1'000'000'000);
  CHECK(get("/analytics/edges?sort=total_tokens").status() == 400);
  CHECK(get("/analytics/agents?window=1d").status() == 400);
}

TEST_CASE_FIXTURE(gateway_fixture, "without statistics there are no rows") {
  analytics.rows.rows.resize(1);
  for (const bool enabled : {true, false}) {
    auto options = usual_options();
    options.enabled = enabled;
    options.stats_enabled = false;
    start(options);
    for (const auto* kind : {"edges", "agents", "models", "operations"}) {
      const auto x = get(std::string{"/analytics/"} + kind).json();
      CHECK(x["enabled"].GetBool() == enabled);
      CHECK(x["window"] == "all");
      CHECK(x["rows"].Size() == 0);
      CHECK(x["count"].GetInt() == 0);
      CHECK_FALSE(x["truncated"].GetBool());
    }
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "status asks everybody") {
  commit(*keep, simple_trace("t", 1, 2));
  correlators[0].load.active_traces = 2;
  correlators[1].load.active_traces = 3;
  board.status.readers.resize(1);
  board.status.readers[0].events_read = 7;
  advance(3s, 1s);
  for (const auto* target : {"/trace/status", "/trace/info"}) {
    const auto x = get(target).json();
    CHECK(x["complete"].GetBool());
    CHECK(x["uptime_seconds"].GetInt() == 3);
    CHECK(x["consumer"]["connection_state"] == "connected");
    CHECK(x["consumer"]["events_read"].GetInt() == 7);
    CHECK(x["correlator"]["active_traces"].GetInt() == 5);
    CHECK(x["correlator"]["shards"].GetInt() == 2);
    CHECK(x["store"]["traces"].GetInt() == 1);
    CHECK(x["config"]["trace_store"] == "memory");
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "status says who did not answer and why") {
  correlators[0].load.active_traces = 2;
  correlators[1].silent = true;
  board.failure = "broken";
  const auto waiting = get("/trace/status");
  CHECK_FALSE(waiting.answered());
  advance(timeout / 2, timeout / 2);
  const auto x = waiting.json();
  CHECK(waiting.status() == 200);
  CHECK_FALSE(x["complete"].GetBool());
  CHECK(x["correlator"]["active_traces"].GetInt() == 2);
  CHECK(x["correlator"]["last_error"]
        == "1 of the shards did not answer in time");
  CHECK(x["consumer"]["last_error"] == "the status board could not answer");
  CHECK_FALSE(x["store"].HasMember("last_error"));
}

TEST_CASE_FIXTURE(gateway_fixture, "ready follows the status board") {
  CHECK(get("/readyz").status() == 200);
  board.status.keeper.connected = false;
  board.status.keeper.last_error = "refused";
  const auto x = get("/readyz");
  CHECK(x.status() == 503);
  CHECK(x.json()["reasons"][0] == "Redis is not connected: refused");
  CHECK(x.error_code() == "not_ready");
  board.silent = true;
  const auto silent = get("/readyz");
  advance(timeout / 2, timeout / 2);
  CHECK(silent.status() == 503);
  CHECK(silent.json()["reasons"][0]
        == "the status board did not answer in time");
}

TEST_CASE_FIXTURE(gateway_fixture, "the small endpoints answer at once") {
  CHECK(get("/healthz").body() == R"({"status":"ok"})");
  CHECK(get("/version").json()["version"] == "1.2.3");
  CHECK(get("/").json()["version"] == "1.2.3");
  const auto x = get("/metrics");
  CHECK(x.status() == 200);
  CHECK((*x.response)->content_type.starts_with("text/plain"));
  CHECK(x.body().find("meshtrace_http_requests_total{code=\"200\",route="
                      "\"/healthz\"} 1")
        != std::string::npos);
}

// -- tracing off --------------------------------------------------------------

TEST_CASE_FIXTURE(gateway_fixture, "with tracing off every answer is there and "
                                   "nobody is asked") {
  correlator_handles.clear();
  stores.clear();
  auto options = usual_options();
  options.enabled = false;
  start(options);
  const auto list_answer = get("/trace/list?limit=3").json();
  CHECK_FALSE(list_answer["enabled"].GetBool());
  CHECK(list_answer["traces"].Empty());
  CHECK(list_answer["total"].GetInt() == 0);
  CHECK(list_answer["limit"].GetInt() == 3);
  CHECK(list_answer["complete"].GetBool());
  const auto search = get("/trace/search?operation=x").json();
  CHECK_FALSE(search["enabled"].GetBool());
  CHECK(search["count"].GetInt() == 0);
  CHECK(search["criteria"]["operation"] == "x");
  CHECK(get("/trace/search?cursor=x").status() == 400);
  const auto stats = get("/trace/stats?window=1h").json();
  CHECK_FALSE(stats["enabled"].GetBool());
  CHECK(stats["total_traces"].GetInt() == 0);
  CHECK(stats["window"] == "1h");
  const auto status = get("/trace/status").json();
  CHECK_FALSE(status["enabled"].GetBool());
  CHECK(status["consumer"]["connection_state"] == "disabled");
  CHECK(status["complete"].GetBool());
  CHECK(get("/trace/t").error_code() == "trace_not_found");
  CHECK(get("/readyz").status() == 200);
  CHECK(board.asked == 0);
}

TEST_SUITE_END();
