#include "tests/support/trace_maker.hpp"
#include "tests/trace/entries.hpp"
#include "trace/contribution.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

entry of(std::string_view id, std::string_view parent, std::string_view agent,
         std::string_view operation = "work", const entry& extra = {}) {
  return with(with(execution(id, parent, operation),
                   {{"agent_name", std::string{agent}}}),
              extra);
}

const entry failing{{"success", "False"}};

entry tokens(const char* in, const char* out) {
  return {{"llm_input_tokens", in}, {"llm_output_tokens", out}};
}

contribution made_of(const std::vector<entry>& entries) {
  const auto trace = joined(entries);
  return contribution_of(trace_view{*trace});
}

} // namespace

TEST_SUITE_BEGIN("contribution");

// -- edges --------------------------------------------------------------------

TEST_CASE("a call through a proxy is one edge, with the callee's duration") {
  const auto x
    = made_of({of("a", "", "planner", "plan"),
               of("b", "a", "planner", "proxy_call_wrapper"),
               of("c", "b", "weather", "get", {{"duration_ms", "7"}}),
               of("d", "c", "weather", "look_up")});
  REQUIRE(x.edges.size() == 1);
  CHECK(x.edges[0]
        == contribution::edge_part{
          "planner", "weather", "get", true, 1, 0, {7'000'000}});
}

TEST_CASE("a call without a proxy is an edge too") {
  const auto x = made_of({of("a", "", "one"), of("b", "a", "two", "f"),
                          of("c", "a", "two", "f", failing)});
  REQUIRE(x.edges.size() == 1);
  CHECK(x.edges[0].calls == 2);
  CHECK(x.edges[0].errors == 1);
}

TEST_CASE("a call whose caller says it failed has failed") {
  const auto x = made_of({of("a", "", "one", "proxy_call_wrapper", failing),
                          of("b", "a", "two", "f")});
  REQUIRE(x.edges.size() == 1);
  CHECK(x.edges[0].reached);
  CHECK(x.edges[0].errors == 1);
  // Other spans fail for reasons of their own.
  CHECK(made_of({of("a", "", "one", "f", failing), of("b", "a", "two", "f")})
          .edges[0]
          .errors
        == 0);
}

TEST_CASE("a failed proxy that reached nobody is an edge to its target") {
  const auto wrapper = [](entry extra) {
    return made_of({of("a", "", "one", "plan"),
                    of("b", "a", "one", "proxy_call_wrapper",
                       with(std::move(extra), {{"duration_ms", "3"}}))});
  };
  const auto x = wrapper(
    {{"success", "False"}, {"target_agent", "two"}, {"capability", "book"}});
  REQUIRE(x.edges.size() == 1);
  CHECK(
    x.edges[0]
    == contribution::edge_part{"one", "two", "book", false, 1, 1, {3'000'000}});
  const auto java = wrapper({{"success", "False"}, {"tool_name", "book"}});
  REQUIRE(java.edges.size() == 1);
  CHECK(java.edges[0].callee.empty());
  CHECK(java.edges[0].function == "book");
  CHECK(wrapper({{"target_agent", "two"}}).edges.empty()); // went well
  CHECK(wrapper({{"success", "False"}, {"target_agent", "one"}}).edges.empty());
}

TEST_CASE("a failed proxy with some span below reached who it was for") {
  // An agent that calls itself is no edge.
  CHECK(made_of({of("a", "", "one", "proxy_call_wrapper", failing),
                 of("b", "a", "one", "f", failing)})
          .edges.empty());
  // With a target, a span of its own is not the call's.
  const auto x = made_of({of("a", "", "one", "proxy_call_wrapper",
                             with(failing, {{"target_agent", "two"}})),
                          of("b", "a", "one", "f", failing)});
  REQUIRE(x.edges.size() == 1);
  CHECK_FALSE(x.edges[0].reached);
}

TEST_CASE("who does not say who it is calls nobody") {
  CHECK(made_of(
          {without(of("a", "", "one"), "agent_name"), of("b", "a", "two", "f")})
          .edges.empty());
}

// -- tokens -------------------------------------------------------------------

TEST_CASE("tokens that caller and provider both report count once") {
  const auto model = [](entry more) {
    return with(std::move(more),
                {{"llm_model", "large"}, {"llm_provider", "acme"}});
  };
  const auto x
    = made_of({of("a", "", "planner", "plan", model(tokens("100", "20"))),
               of("b", "a", "planner", "proxy_call_wrapper"),
               of("c", "b", "provider", "ask", model(tokens("100", "20")))});
  REQUIRE(x.usage.size() == 1);
  CHECK(x.usage[0].agent == "provider");
  CHECK(x.usage[0].tokens == contribution::token_counts{100, 20, 120});
  REQUIRE(x.models.size() == 1);
  CHECK(x.models[0].model == "large");
  CHECK(x.models[0].provider == "acme");
  CHECK(x.models[0].calls == 1);
  CHECK(x.models[0].tokens == contribution::token_counts{100, 20, 120});
}

TEST_CASE("tokens that only the caller reports are the caller's") {
  const entry large{{"llm_model", "large"}};
  const auto x
    = made_of({of("a", "", "planner", "plan", with(tokens("5", "0"), large)),
               of("b", "a", "provider", "ask",
                  with(with(tokens("0", "0"), large), failing))});
  REQUIRE(x.usage.size() == 1);
  CHECK(x.usage[0].agent == "planner");
  CHECK(x.usage[0].tokens == contribution::token_counts{5, 0, 5});
  REQUIRE(x.models.size() == 1);
  CHECK(x.models[0].calls == 1); // the provider's
  CHECK(x.models[0].errors == 1);
  CHECK(x.models[0].tokens.total == 5);
}

TEST_CASE("a total that somebody says is not made up") {
  const auto x
    = made_of({of("a", "", "one", "f",
                  with(tokens("5", "6"), {{"llm_total_tokens", "40"}}))});
  REQUIRE(x.usage.size() == 1);
  CHECK(x.usage[0].tokens == contribution::token_counts{5, 6, 40});
  CHECK(x.models.empty());
}

TEST_CASE("sizes that nobody can believe do not overflow the sums") {
  const auto x = made_of(
    {of("a", "", "one", "f",
        {{"request_bytes", "9223372036854775807"}, {"response_bytes", "-4"}})});
  REQUIRE(x.usage.size() == 1);
  CHECK(x.usage[0].request_bytes == contribution::most_amount);
  CHECK(x.usage[0].response_bytes == 0);
}

// -- by brute force -----------------------------------------------------------

namespace {

/// Whether some span below `view.spans()[top]` holds, by looking at all.
template <class F>
bool below(const trace_view& view, std::size_t top, F holds) {
  std::set<std::string_view> above{view.spans()[top].id};
  std::set<std::size_t> found;
  for (std::size_t size = 0; size != above.size() + found.size();) {
    size = above.size() + found.size();
    for (std::size_t i = 0; i < view.spans().size(); ++i) {
      auto& x = view.spans()[i];
      const auto parent = (*x.content)[text_field::parent_span];
      if (parent != x.id && above.count(parent) > 0) {
        found.insert(i);
        above.insert(x.id);
      }
    }
  }
  return std::any_of(found.begin(), found.end(), [&](std::size_t i) {
    return holds(*view.spans()[i].content);
  });
}

std::uint64_t number(const span& x, number_field field) {
  return !x[field].has_value() || *x[field] <= 0
           ? 0
           : std::min<std::uint64_t>(static_cast<std::uint64_t>(*x[field]),
                                     contribution::most_amount);
}

bool has_tokens(const span& x) {
  return number(x, number_field::llm_input_tokens)
           + number(x, number_field::llm_output_tokens)
           + number(x, number_field::llm_total_tokens)
         > 0;
}

void check_operations(const contribution& x, const trace_view& view) {
  std::map<std::tuple<std::string_view, std::string_view, outcome>,
           std::multiset<std::int64_t>>
    wanted;
  std::map<std::tuple<std::string_view, std::string_view, outcome>, unsigned>
    counts;
  for (auto& each : view.spans()) {
    const auto key = std::tuple{(*each.content)[text_field::operation],
                                (*each.content)[text_field::agent_name],
                                each.content->success};
    ++counts[key];
    if (each.duration.has_value())
      wanted[key].insert(*each.duration);
  }
  for (auto& part : x.operations) {
    const auto key = std::tuple{std::string_view{part.operation},
                                std::string_view{part.agent}, part.success};
    counts[key] -= part.count;
    CHECK(part.errors == (part.success == outcome::failure ? part.count : 0));
    for (auto duration : part.durations) {
      const auto i = wanted[key].find(duration);
      REQUIRE(i != wanted[key].end());
      wanted[key].erase(i);
    }
  }
  for (auto& [key, left] : wanted)
    CHECK(left.empty());
  for (auto& [key, left] : counts)
    CHECK(left == 0);
}

void check_edges(const contribution& x, const trace_view& view) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           unsigned>
    wanted;
  for (auto& callee : view.spans())
    for (auto& caller : view.spans()) {
      const auto a = (*caller.content)[text_field::agent_name];
      const auto b = (*callee.content)[text_field::agent_name];
      if ((*callee.content)[text_field::parent_span] == caller.id && a != b
          && !a.empty() && !b.empty())
        ++wanted[{a, b, (*callee.content)[text_field::operation]}];
    }
  for (auto& edge : x.edges)
    if (edge.reached)
      wanted[{edge.caller, edge.callee, edge.function}] -= edge.calls;
  for (auto& [key, left] : wanted)
    CHECK(left == 0);
}

void check_tokens(const contribution& x, const trace_view& view) {
  std::map<std::string_view, std::uint64_t> agents;
  std::uint64_t calls = 0;
  const auto has_model = [](const span& s) {
    return !s[text_field::llm_model].empty();
  };
  for (std::size_t i = 0; i < view.spans().size(); ++i) {
    auto& content = *view.spans()[i].content;
    if (!below(view, i, has_tokens))
      agents[content[text_field::agent_name]]
        += number(content, number_field::llm_input_tokens);
    calls += has_model(content) && !below(view, i, has_model) ? 1 : 0;
  }
  for (auto& used : x.usage)
    agents[used.agent] -= used.tokens.input;
  for (auto& [agent, left] : agents)
    CHECK(left == 0);
  for (auto& model : x.models)
    calls -= model.calls;
  CHECK(calls == 0);
}

} // namespace

TEST_CASE("random traces, cycles among them, equal what a look at all pairs "
          "of spans says") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 400; ++round) {
    const auto made = maker.make();
    const trace_view view{*made};
    const auto x = contribution_of(view);
    CHECK(x.detailed);
    check_operations(x, view);
    check_edges(x, view);
    check_tokens(x, view);
  }
}

TEST_SUITE_END();
