#include "tests/trace/entries.hpp"
#include "trace/span_kind.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

entry of(std::string_view id, std::string_view parent, std::string_view agent,
         std::string_view operation = "work", std::string_view agent_id = {}) {
  return with(
    execution(id, parent, operation),
    {{"agent_name", std::string{agent}}, {"agent_id", std::string{agent_id}}});
}

/// The kind of each span by its id as shown.
std::map<std::string, span_kind> kinds_of(const std::vector<entry>& entries) {
  const auto trace = joined(entries);
  const trace_view view{*trace};
  const auto kinds = span_kinds(view);
  REQUIRE(kinds.size() == view.spans().size());
  std::map<std::string, span_kind> result;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    result.emplace(view.spans()[i].id, kinds[i]);
  return result;
}

} // namespace

TEST_SUITE_BEGIN("span kind");

TEST_CASE("a call through a proxy is a client and a server") {
  const auto kinds = kinds_of({of("a", "", "caller", "plan"),
                               of("b", "a", "caller", "proxy_call_wrapper"),
                               of("c", "b", "callee", "answer"),
                               of("d", "c", "callee", "look_up")});
  CHECK(kinds.at("a") == span_kind::server);
  CHECK(kinds.at("b") == span_kind::client);
  CHECK(kinds.at("c") == span_kind::server);
  CHECK(kinds.at("d") == span_kind::internal);
}

TEST_CASE("an agent that calls itself is a server too") {
  const auto kinds
    = kinds_of({of("a", "", "one"), of("b", "a", "one", "proxy_call_wrapper"),
                of("c", "b", "one")});
  CHECK(kinds.at("c") == span_kind::server);
}

TEST_CASE("a span below another agent's is a server without a proxy") {
  CHECK(kinds_of({of("a", "", "one"), of("b", "a", "two")}).at("b")
        == span_kind::server);
  CHECK(kinds_of({of("a", "", "one", "work", "one-1"),
                  of("b", "a", "one", "work", "one-2")})
          .at("b")
        == span_kind::server);
}

TEST_CASE("who does not say who it is, is nobody else") {
  CHECK(kinds_of({of("a", "", "one"), of("b", "a", "unknown-agent")}).at("b")
        == span_kind::internal);
  CHECK(
    kinds_of({of("a", "", "one", "work", "one-1"), of("b", "a", "one")}).at("b")
    == span_kind::internal);
}

TEST_CASE("a span whose parent is not here came from outside") {
  CHECK(kinds_of({of("a", "elsewhere", "one")}).at("a") == span_kind::server);
}

TEST_CASE("a span that is its own parent is legal") {
  CHECK(kinds_of({of("a", "a", "one")}).at("a") == span_kind::internal);
}

TEST_SUITE_END();
