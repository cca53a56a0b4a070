#include "exporters/span_exporter.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;
using verdict = send_result::verdict;

/// A target that takes spans as its script says.
class scripted : public span_exporter {
public:
  explicit scripted(std::size_t max_bytes = 1 << 20)
    : span_exporter({max_bytes, 200ms}) {
    // nop
  }

  std::string_view name() const override {
    return "scripted";
  }

  /// Answers of the next requests; after them `poison` decides.
  std::deque<send_result> script;
  /// Requests with one of these are refused.
  std::set<std::string> poison;
  /// The span ids of each request, and of each that was taken.
  std::vector<ids> requests;
  ids taken;

protected:
  send_result send(std::span<const outgoing_span> spans) override {
    auto& request = requests.emplace_back();
    for (const auto& x : spans)
      request.emplace_back(x.span->id);
    auto result = answer(request);
    if (result.what == verdict::delivered)
      taken.insert(taken.end(), request.begin(), request.end());
    return result;
  }

private:
  send_result answer(const ids& request) {
    if (!script.empty()) {
      auto result = script.front();
      script.pop_front();
      return result;
    }
    for (const auto& id : request)
      if (poison.contains(id))
        return {verdict::refused, "no " + id};
    return {};
  }
};

/// A trace whose spans are `<name>0`, `<name>1` and so on, all of the revision.
exported_trace
of(const std::string& name, int spans, std::uint32_t revision = 1) {
  std::vector<entry> entries;
  for (int i = 0; i < spans; ++i)
    entries.push_back(
      with(done(name + std::to_string(i), "agent", "work",
                "1753576434." + std::to_string(100 + i), "1753576435"),
           {{"trace_id", name}}));
  auto content = joined(entries);
  content->stamp(revision);
  return {{content, {revision, completion_reason::root_closed, 0, 0}},
          revision};
}

send_result later(std::chrono::milliseconds pause = 0ms) {
  return {verdict::later, "busy", pause};
}

ids numbered(const std::string& name, int from, int to) {
  ids result;
  for (int i = from; i < to; ++i)
    result.push_back(name + std::to_string(i));
  return result;
}

ids operator+(ids a, const ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool is_ok(const export_result& result) {
  return std::holds_alternative<export_ok>(result);
}

/// Bytes that a span of `of` counts for, about.
constexpr std::size_t one_span = 700;

} // namespace

TEST_SUITE_BEGIN("span exporter");

TEST_CASE("a batch that fits is one request, in order") {
  scripted out;
  const std::vector batch{of("a", 3), of("b", 2)};
  CHECK(is_ok(out.export_batch(batch)));
  CHECK(out.requests
        == std::vector<ids>{numbered("a", 0, 3) + numbered("b", 0, 2)});
  CHECK_FALSE(out.whole_traces());
  CHECK(out.batch_delay() == 200ms);
}

TEST_CASE("requests have a size, whatever the borders of traces") {
  scripted out{4 * one_span};
  const std::vector batch{of("a", 10), of("b", 10)};
  CHECK(is_ok(out.export_batch(batch)));
  CHECK(out.taken == numbered("a", 0, 10) + numbered("b", 0, 10));
  CHECK(out.requests.size() >= 4);
  for (const auto& request : out.requests)
    CHECK(request.size() <= 5);
}

TEST_CASE("a span that is larger than a request goes alone") {
  scripted out{1};
  const std::vector batch{of("a", 3)};
  CHECK(is_ok(out.export_batch(batch)));
  CHECK(out.requests == std::vector<ids>{{"a0"}, {"a1"}, {"a2"}});
}

TEST_CASE("only spans of the entry's revision are sent") {
  scripted out;
  auto entry = of("a", 3);
  // The trace has a newer revision, which the entry does not announce.
  auto newer = entry.trace.content->clone();
  newer->join(
    decoding{with(done("a9", "agent", "late", "1753576434.9", "1753576435"),
                  {{"trace_id", "a"}})}
      .event(),
    {});
  newer->stamp(2);
  entry.trace.content = newer;
  CHECK(is_ok(out.export_batch(std::vector{entry})));
  CHECK(out.taken == numbered("a", 0, 3));
  entry.revision = 2;
  CHECK(is_ok(out.export_batch(std::vector{entry})));
  CHECK(out.taken == numbered("a", 0, 3) + ids{"a9"});
}

TEST_CASE("an entry without news costs no request") {
  scripted out;
  auto entry = of("a", 3);
  entry.revision = 2;
  CHECK(is_ok(out.export_batch(std::vector{entry})));
  CHECK(out.requests.empty());
}

TEST_CASE("a target that is busy is left alone, and told where it was") {
  scripted out{2 * one_span};
  const std::vector batch{of("a", 2), of("b", 2), of("c", 2)};
  out.script = {{}, later(7s)};
  const auto result = out.export_batch(batch);
  const auto* again = std::get_if<retry_after>(&result);
  REQUIRE(again != nullptr);
  CHECK(again->pause == 7s);
  CHECK(again->reason == "busy");
  CHECK(again->done == 1);
  CHECK(out.requests.size() == 2);
  CHECK(is_ok(out.export_batch(std::span{batch}.subspan(1))));
  CHECK(out.taken
        == numbered("a", 0, 2) + numbered("b", 0, 2) + numbered("c", 0, 2));
}

TEST_CASE("a trace that was begun is carried on, and not sent twice") {
  scripted out{2 * one_span};
  const std::vector batch{of("a", 7)};
  for (int i = 0; i < 3; ++i) {
    out.script = {{}, later()};
    const auto result = out.export_batch(batch);
    REQUIRE(std::holds_alternative<retry_after>(result));
    CHECK(std::get<retry_after>(result).done == 0);
  }
  CHECK(is_ok(out.export_batch(batch)));
  CHECK(out.taken == numbered("a", 0, 7));
}

TEST_CASE("what changed meanwhile is sent from its beginning") {
  scripted out{2 * one_span};
  auto batch = std::vector{of("a", 4)};
  out.script = {{}, later()};
  CHECK_FALSE(is_ok(out.export_batch(batch)));
  // The store tells of a newer state, in which a0 is news of revision 2.
  auto newer = batch[0].trace.content->clone();
  newer->join(
    decoding{with(done("a0", "agent", "work", "1753576434.100", "1753576436"),
                  {{"trace_id", "a"}})}
      .event(),
    {});
  newer->stamp(2);
  batch[0].trace.content = newer;
  CHECK(is_ok(out.export_batch(batch)));
  CHECK(out.taken == ids{"a0", "a1"} + numbered("a", 1, 4));
}

TEST_CASE("another trace after one that was begun starts at its beginning") {
  scripted out{2 * one_span};
  out.script = {{}, later()};
  CHECK_FALSE(is_ok(out.export_batch(std::vector{of("a", 4)})));
  CHECK(is_ok(out.export_batch(std::vector{of("b", 3)})));
  CHECK(out.taken == numbered("a", 0, 2) + numbered("b", 0, 3));
}

TEST_CASE("the one span that a target refuses is found") {
  for (int poison = 0; poison < 9; ++poison) {
    CAPTURE(poison);
    scripted out;
    out.poison = {"b" + std::to_string(poison)};
    const std::vector batch{of("a", 3), of("b", 9), of("c", 4)};
    const auto result = out.export_batch(batch);
    const auto* never = std::get_if<reject>(&result);
    REQUIRE(never != nullptr);
    CHECK(never->trace_ids == ids{"b"});
    CHECK(never->reason == "no " + *out.poison.begin());
    CHECK(never->done >= batch.size());
    auto expected = numbered("b", 0, 9);
    std::erase(expected, *out.poison.begin());
    CHECK(out.taken == numbered("a", 0, 3) + expected + numbered("c", 0, 4));
    CHECK(out.requests.size() < 12);
  }
}

TEST_CASE("spans refused in several traces name each of them once") {
  scripted out;
  out.poison = {"a0", "a2", "c1"};
  const std::vector batch{of("a", 3), of("b", 3), of("c", 3)};
  const auto result = out.export_batch(batch);
  REQUIRE(std::holds_alternative<reject>(result));
  CHECK(std::get<reject>(result).trace_ids == ids{"a", "c"});
  CHECK(out.taken == ids{"a1"} + numbered("b", 0, 3) + ids{"c0", "c2"});
}

TEST_CASE("what is refused as a whole is not sent in parts") {
  scripted out;
  out.script = {{verdict::refused_whole, "who are you"}};
  const std::vector batch{of("a", 2), of("b", 2)};
  const auto result = out.export_batch(batch);
  REQUIRE(std::holds_alternative<reject>(result));
  CHECK(std::get<reject>(result).trace_ids == ids{"a", "b"});
  CHECK(std::get<reject>(result).reason == "who are you");
  CHECK(out.requests.size() == 1);
}

TEST_CASE("busy in the middle of a search loses and repeats nothing") {
  // Every place at which the search can be cut short.
  for (std::size_t cut = 0; cut < 9; ++cut) {
    CAPTURE(cut);
    scripted out;
    out.poison = {"b1"};
    const std::vector batch{of("a", 2), of("b", 4), of("c", 2)};
    {
      // How the requests go before the cut is what `poison` makes of them.
      scripted plan;
      plan.poison = out.poison;
      plan.export_batch(batch);
      for (std::size_t i = 0; i < std::min(cut, plan.requests.size()); ++i) {
        const auto& request = plan.requests[i];
        const bool bad = std::count(request.begin(), request.end(), "b1") > 0;
        out.script.push_back(bad ? send_result{verdict::refused, "no b1"}
                                 : send_result{});
      }
      out.script.push_back(later());
    }
    std::size_t done = 0;
    std::set<std::string> rejected;
    for (int tries = 0; done < batch.size(); ++tries) {
      REQUIRE(tries < 10);
      const auto result = out.export_batch(std::span{batch}.subspan(done));
      if (const auto* again = std::get_if<retry_after>(&result)) {
        done += again->done;
      } else if (const auto* never = std::get_if<reject>(&result)) {
        for (const auto& id : never->trace_ids)
          CHECK(rejected.insert(id).second);
        done += std::min(never->done, batch.size() - done);
      } else {
        break;
      }
    }
    CHECK(rejected == std::set<std::string>{"b"});
    CHECK(out.taken == ids{"a0", "a1", "b0", "b2", "b3", "c0", "c1"});
  }
}

TEST_CASE("spans that a target leaves out are told once, with its reason") {
  scripted out{2 * one_span};
  out.script = {{verdict::delivered, "too old", 0ms, 1},
                {verdict::delivered, "too young", 0ms, 2}};
  CHECK(is_ok(out.export_batch(std::vector{of("a", 6)})));
  const auto left = out.take_left_out();
  CHECK(left.spans == 3);
  CHECK(left.reason == "too young");
  CHECK(out.take_left_out().spans == 0);
  CHECK(out.take_left_out().reason.empty());
}

TEST_SUITE_END();
