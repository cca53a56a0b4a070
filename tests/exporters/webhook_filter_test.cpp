#include "exporters/webhook_filter.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

/// A trace of one second.
const entry good = done("a1", "agent", "work", "1753576434", "1753576435");
const entry bad = with(good, {{"success", "false"}});
const entry orphan = with(good, {{"parent_span", "gone"}});

std::vector<std::string>
reasons(const webhook_filter& filter, const entry& from) {
  const auto trace = joined({from});
  const trace_view view{*trace};
  const auto found = filter.reasons(view);
  CHECK(filter.matches(view) == (filter.all || found.any()));
  std::vector<std::string> result;
  for (std::size_t i = 0; i < webhook_reason_count; ++i)
    if (found.test(i))
      result.emplace_back(to_string(static_cast<webhook_reason>(i)));
  return result;
}

using texts = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("webhook filter");

TEST_CASE("what is written is read, and written again") {
  for (const auto* text : {"all", "failed", "incomplete", "slow:1.5s",
                           "failed,incomplete,slow:1m0s"}) {
    const auto filter = parse_webhook_filter(text);
    REQUIRE(filter);
    CHECK(to_string(*filter) == text);
  }
  CHECK(parse_webhook_filter(" failed , slow:2s ")
        == webhook_filter{.failed = true, .slow = 2s});
  CHECK(parse_webhook_filter(" all ") == webhook_filter{.all = true});
}

TEST_CASE("anything else is refused with its reason") {
  for (const auto& [text, part] :
       {std::pair{"", "no filter \"\""}, std::pair{"failed,", "no filter"},
        std::pair{"fail", "no filter \"fail\""},
        std::pair{"all,failed", "no filter \"all\""},
        std::pair{"slow", "no filter \"slow\""},
        std::pair{"slow:", "above zero"}, std::pair{"slow:0s", "above zero"},
        std::pair{"slow:-1s", "above zero"}, std::pair{"slow:5", "above zero"},
        std::pair{"slow: 5s", "above zero"},
        std::pair{"FAILED", "no filter"}}) {
    CAPTURE(text);
    const auto filter = parse_webhook_filter(text);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().reason.find(part) != std::string::npos);
  }
}

TEST_CASE("a trace matches for what is the matter with it") {
  const webhook_filter failed{.failed = true};
  CHECK(reasons(failed, good).empty());
  CHECK(reasons(failed, bad) == texts{"failed"});
  CHECK(reasons(failed, orphan).empty());
  const webhook_filter incomplete{.incomplete = true};
  CHECK(reasons(incomplete, good).empty());
  CHECK(reasons(incomplete, bad).empty());
  CHECK(reasons(incomplete, orphan) == texts{"incomplete"});
  CHECK(reasons({.slow = 1s}, good) == texts{"slow"});
  CHECK(reasons({.slow = 1001ms}, good).empty());
}

TEST_CASE("one of several terms is enough, and each is named") {
  const webhook_filter any{.failed = true, .incomplete = true, .slow = 1s};
  CHECK(reasons(any, good) == texts{"slow"});
  CHECK(reasons(any, with(bad, {{"parent_span", "gone"}}))
        == texts{"failed", "incomplete", "slow"});
}

TEST_CASE("a trace without times is not slow") {
  CHECK(
    reasons({.slow = 1ns},
            {{"trace_id", "t"}, {"span_id", "a"}, {"event_type", "span_start"}})
      .empty());
}

TEST_CASE("all matches everything, and says what is the matter") {
  CHECK(reasons({.all = true}, good).empty());
  CHECK(reasons({.all = true}, bad) == texts{"failed"});
  CHECK(reasons({.all = true}, orphan) == texts{"incomplete"});
}

TEST_SUITE_END();
