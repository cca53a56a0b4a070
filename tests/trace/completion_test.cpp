#include "tests/trace/entries.hpp"
#include "trace/completion.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

std::string_view pending(const std::vector<entry>& entries) {
  return to_string(pending_reason(*joined(entries)));
}

/// A root and `count` children of it, enough that the trace keeps an index.
std::vector<entry> family(int count) {
  std::vector<entry> result = {execution("root")};
  for (int i = 0; i < count; ++i)
    result.push_back(execution("c" + std::to_string(i), "root"));
  return result;
}

} // namespace

TEST_CASE("a closed root with everybody here waits only a moment") {
  CHECK(pending({execution("a")}) == "root_closed");
  CHECK(pending({execution("b", "a"), execution("a")}) == "root_closed");
  CHECK(pending({event("span_start", "a", "1753576434"),
                 event("span_end", "a", "1753576435")})
        == "root_closed");
  CHECK(pending(family(40)) == "root_closed");
}

TEST_CASE("a named parent that has not come is an open span") {
  CHECK(pending({execution("b", "a")}) == "parent_missing");
  CHECK(pending({execution("a"), execution("c", "b")}) == "parent_missing");
  auto large = family(40);
  large.push_back(execution("x", "gone"));
  CHECK(pending(large) == "parent_missing");
}

TEST_CASE("a trace in a circle has no root to close") {
  CHECK(pending({execution("a", "a")}) == "parent_missing");
  CHECK(pending({execution("a", "b"), execution("b", "a")})
        == "parent_missing");
  CHECK(to_string(pending_reason(trace{"t1"})) == "parent_missing");
}

TEST_CASE("an open span is waited for, whatever else is missing") {
  CHECK(pending({event("span_start", "a", "1753576434")}) == "timeout");
  CHECK(
    pending({execution("b", "gone"), event("span_start", "a", "1753576434")})
    == "timeout");
  auto large = family(40);
  large.push_back(event("span_start", "x", "1753576434"));
  CHECK(pending(large) == "timeout");
}

TEST_CASE("parts under a shared id are put together first") {
  const auto start = with(event("span_start", "s", "1753576434"),
                          {{"operation", "f"}, {"parent_span", "p"}});
  // The start part alone would be open, and the execution part without parent.
  CHECK(pending({start, execution("s", {}, "f"), execution("p")})
        == "root_closed");
  CHECK(pending({start, execution("s", {}, "f")}) == "parent_missing");
  CHECK(pending({execution("s", {}, "f"), execution("s", {}, "g")})
        == "root_closed");
}

TEST_CASE("every rule has its own wait") {
  using namespace std::chrono_literals;
  const completion_waits waits{1ms, 2ms, 3ms};
  CHECK(wait_for(completion_reason::root_closed, waits) == 1ms);
  CHECK(wait_for(completion_reason::parent_missing, waits) == 2ms);
  CHECK(wait_for(completion_reason::timeout, waits) == 3ms);
  const completion_waits usual;
  CHECK(usual.root_quiet == 500ms);
  CHECK(usual.parent_wait == 60s);
  CHECK(usual.timeout == 5min);
}
