#include "http/cursor.hpp"
#include "http/trace_list_json.hpp"
#include "tests/http/traces.hpp"
#include "trace/trace_json.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::size_t plenty = std::size_t{32} << 20;

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document result;
  const auto flags = rapidjson::kParseValidateEncodingFlag;
  REQUIRE_FALSE(result.Parse<flags>(text.c_str()).HasParseError());
  return result;
}

std::shared_ptr<trace> wide_trace(const std::string& id, int spans) {
  std::vector<entry> entries;
  for (int i = 0; i < spans; ++i)
    entries.push_back(whole_span(id, "s" + std::to_string(i), i, i + 1));
  return joined(entries);
}

trace_page page_of(const std::vector<trace_ptr>& traces) {
  trace_page result;
  for (auto& x : traces)
    result.traces.push_back(
      {x, {}, false, key_of(trace_view{*x}, trace_order::end_time)});
  return result;
}

} // namespace

TEST_CASE("a list says what it shows and of how many") {
  page_query query;
  query.offset = 3;
  query.limit = 5;
  auto page = page_of({simple_trace("a", 1, 2), simple_trace("b", 1, 2)});
  const auto list = parsed(list_json(true, query, page, 17, plenty));
  CHECK(list["enabled"].GetBool());
  CHECK(list["total"].GetInt() == 17);
  CHECK(list["limit"].GetInt() == 5);
  CHECK(list["offset"].GetInt() == 3);
  CHECK(list["count"].GetInt() == 2);
  CHECK(list["complete"].GetBool());
  CHECK(list["traces"].Size() == 2);
  CHECK(list["traces"][1]["trace_id"] == "b");
  CHECK(list["traces"][1]["spans"].Size() == 1);
  page.complete = false;
  CHECK_FALSE(
    parsed(list_json(true, query, page, 17, plenty))["complete"].GetBool());
}

TEST_CASE("an empty list is a list") {
  const auto list = parsed(list_json(false, {}, {}, 0, plenty));
  CHECK_FALSE(list["enabled"].GetBool());
  CHECK(list["traces"].Empty());
  CHECK(list["count"].GetInt() == 0);
}

TEST_CASE("a search carries its criteria and the way to the next page") {
  auto page = page_of({simple_trace("a", 1, 2)});
  const auto last = parsed(search_json(true, {}, page, R"({"x":1})", plenty));
  CHECK(last["criteria"]["x"].GetInt() == 1);
  CHECK(last["count"].GetInt() == 1);
  CHECK(last["complete"].GetBool());
  CHECK_FALSE(last.HasMember("next_cursor"));
  page.next = page.traces[0].key;
  const auto more = parsed(search_json(true, {}, page, "{}", plenty));
  CHECK(parse_cursor(more["next_cursor"].GetString(), trace_order::end_time)
        == page.next);
}

TEST_CASE("a summary has no spans and does not call them omitted") {
  page_query query;
  query.summary = true;
  const auto list = parsed(
    list_json(true, query, page_of({simple_trace("a", 1, 2)}), 1, plenty));
  CHECK_FALSE(list["traces"][0].HasMember("spans"));
  CHECK_FALSE(list["traces"][0].HasMember("spans_omitted"));
}

TEST_CASE("an active trace is shown as active") {
  auto page = page_of({simple_trace("a", 1, 2), simple_trace("b", 1, 2)});
  page.traces[0].active = true;
  page.traces[0].head.revision = 4;
  const auto list = parsed(list_json(true, {}, page, 1, plenty));
  CHECK(list["traces"][0]["state"] == "active");
  CHECK(list["traces"][0]["revision"].GetInt() == 4);
  CHECK(list["traces"][1]["state"] == "complete");
}

TEST_CASE("no span takes less than is reckoned with") {
  const auto one = joined({{{"trace_id", "t"}, {"span_id", "s"}}});
  const trace_view view{*one};
  std::string full;
  std::string without;
  append_trace_json(full, view, {}, false, json_detail::full);
  append_trace_json(without, view, {}, false, json_detail::spans_omitted);
  CHECK(full.size() > without.size() + least_span_bytes - 50);
  CHECK(full.size() < without.size() + least_span_bytes + 200);
}

TEST_CASE("no answer is larger than it may be, and nobody is lost") {
  std::vector<trace_ptr> traces;
  for (int i = 0; i < 20; ++i)
    traces.push_back(wide_trace("t" + std::to_string(i), 1 + i * i));
  const auto page = page_of(traces);
  for (const std::size_t most : {64U << 10U, 100U << 10U, 300U << 10U}) {
    CAPTURE(most);
    const auto text = search_json(true, {}, page, "{}", most);
    CHECK(text.size() <= most);
    const auto search = parsed(text);
    CHECK(search["count"].GetInt() == 20);
    CHECK(search["complete"].GetBool());
    CHECK_FALSE(search["traces"][0].HasMember("spans_omitted"));
    CHECK(search["traces"][19]["spans_omitted"].GetBool());
    CHECK_FALSE(search["traces"][19].HasMember("spans"));
    CHECK(search["traces"][19]["span_count"].GetInt() == 362);
  }
}

TEST_CASE("a small trace behind a huge one keeps its spans") {
  const auto page
    = page_of({wide_trace("huge", 1000), simple_trace("small", 1, 2)});
  const auto list = parsed(list_json(true, {}, page, 2, 64U << 10U));
  CHECK(list["traces"][0]["spans_omitted"].GetBool());
  CHECK(list["traces"][1]["spans"].Size() == 1);
}

TEST_CASE("what does not fit even without spans is left out and missed") {
  std::vector<trace_ptr> traces;
  for (int i = 0; i < 4; ++i)
    traces.push_back(simple_trace("t" + std::to_string(i), 1, 2));
  const auto text = list_json(true, {}, page_of(traces), 4, 2500);
  CHECK(text.size() <= 2500);
  const auto list = parsed(text);
  CHECK(list["count"].GetUint() == list["traces"].Size());
  CHECK(list["count"].GetInt() < 4);
  CHECK(list["count"].GetInt() > 0);
  CHECK_FALSE(list["complete"].GetBool());
}

TEST_CASE("one trace is answered whole, without spans, or not at all") {
  const auto content = wide_trace("t", 100);
  const listed_trace x{content, {}, false, {}};
  CHECK(parsed(one_trace_json(x, false, plenty).value())["spans"].Size()
        == 100);
  const auto cut = one_trace_json(x, false, 10'000).value();
  CHECK(cut.size() <= 10'000);
  CHECK(parsed(cut)["spans_omitted"].GetBool());
  CHECK_FALSE(one_trace_json(x, false, 100));
}

TEST_CASE("nasty texts make valid JSON") {
  auto span = whole_span("t", "s", 1, 2);
  span.emplace_back("error_message", std::string{"\"\\\n\0\x1b\xff\xc0", 7});
  span.emplace_back("\"key\n\xfe", "</script>\xe2\x80\xa8");
  const auto list
    = parsed(list_json(true, {}, page_of({joined({span})}), 1, plenty));
  CHECK(list["traces"][0]["spans"].Size() == 1);
}
