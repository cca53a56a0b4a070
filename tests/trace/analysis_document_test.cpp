// Holds the code to docs/analysis.md: its spans go in, its tables come out.
#include "tests/trace/entries.hpp"
#include "trace/analysis.hpp"
#include "trace/ids.hpp"
#include "trace/skew.hpp"
#include "trace/time_text.hpp"

#include <fstream>
#include <sstream>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

using row = std::vector<std::string>;
using table = std::vector<row>;

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t epoch_ms = 1'764'000'000'000;

row cells_of(const std::string& line) {
  row result;
  std::istringstream in{line.substr(1)};
  for (std::string cell; std::getline(in, cell, '|');)
    result.emplace_back(trimmed(cell));
  return result;
}

/// The rows under `<!-- name -->`, without head and ruler.
table document_table(const std::string& name) {
  std::ifstream in{MESHTRACE_ANALYSIS_DOCUMENT};
  std::string line;
  while (std::getline(in, line) && line != "<!-- " + name + " -->")
    ;
  table result;
  while (std::getline(in, line) && line.starts_with('|'))
    result.push_back(cells_of(line));
  REQUIRE_MESSAGE(result.size() > 2, name);
  result.erase(result.begin(), result.begin() + 2);
  return result;
}

std::string seconds(const std::string& ms) {
  return std::to_string(epoch_ms + std::stoll(ms)) + "E-3";
}

entry entry_of(const row& x) {
  REQUIRE(x.size() == 9);
  entry result{{"trace_id", "t1"},
               {"span_id", x[0]},
               {"parent_span", x[1]},
               {"agent_name", x[2]},
               {"agent_ip", x[3]},
               {"function_name", x[4]},
               {"start_time", seconds(x[5])},
               {"end_time", seconds(x[6])},
               {"target_agent", x[8]}};
  std::istringstream in{x[7]};
  for (auto* name :
       {"llm_input_tokens", "llm_output_tokens", "llm_total_tokens"})
    if (std::string number; std::getline(in, number, '/'))
      result.emplace_back(name, number);
  std::erase_if(result, [](auto& field) { return field.second == "-"; });
  return result;
}

std::string ms(std::int64_t ns) {
  CHECK(ns % ns_per_ms == 0);
  return std::to_string(ns / ns_per_ms);
}

std::string text_of(const token_sums& x) {
  return std::to_string(x.input) + '/' + std::to_string(x.output) + '/'
         + std::to_string(x.total);
}

template <class List, class F>
std::string joined_texts(const List& list, F text) {
  std::string result;
  for (auto& x : list)
    result += (result.empty() ? "" : ", ") + std::string{text(x)};
  return result;
}

std::string plain(std::string_view text) {
  return std::string{text};
}

/// The trace of the document.
struct example {
  example() {
    std::vector<entry> entries;
    for (auto& x : document_table("spans"))
      entries.push_back(entry_of(x));
    content = joined(entries);
    view.emplace(*content);
  }

  std::shared_ptr<trace> content;
  std::optional<trace_view> view;
};

struct adjusted_example : example {
  adjusted_example() {
    correct_skew(*view);
    found = analyse(*view);
  }

  std::string id(const span_view* x) const {
    return std::string{x->id};
  }

  trace_analysis found;
};

} // namespace

TEST_SUITE_BEGIN("docs/analysis.md");

TEST_CASE_FIXTURE(example, "the document has nine spans") {
  CHECK(view->spans().size() == 9);
  CHECK(ms(*view->duration) == "2470");
}

TEST_CASE_FIXTURE(example, "without adjust the proxy seems to work alone") {
  const auto found = analyse(*view);
  for (auto& x : found.self_times)
    if (x.span->id == "a2")
      CHECK(ms(x.self) == "400");
  REQUIRE(found.agents.back().name == "planner");
  CHECK(ms(found.agents.back().waiting) == "400"); // for hotels alone
}

TEST_CASE_FIXTURE(adjusted_example, "clocks") {
  table result;
  for (auto& wanted : document_table("clocks")) // in the document's own order
    for (auto& x : view->spans())
      if (x.id == wanted[0])
        result.push_back({plain(x.id), ms(*x.start - epoch_ms * ns_per_ms),
                          ms(*x.end - epoch_ms * ns_per_ms),
                          x.note == skew_note::moved ? ms(x.skew) : "0",
                          skew_warning(x).empty() ? "no" : "yes"});
  CHECK(result == document_table("clocks"));
  CHECK(ms(*view->duration) == "1000");
}

TEST_CASE_FIXTURE(adjusted_example, "critical path") {
  table result;
  for (auto& x : found.path.steps)
    result.push_back({plain(view->spans()[x.span].id), ms(x.self)});
  CHECK(result == document_table("critical path"));
  CHECK(ms(found.path.length) == "1000");
}

TEST_CASE_FIXTURE(adjusted_example, "self times") {
  table result;
  for (auto& x : found.self_times)
    result.push_back({id(x.span), ms(x.duration), ms(x.self)});
  CHECK(result == document_table("self times"));
}

TEST_CASE_FIXTURE(adjusted_example, "what is missing") {
  table missing;
  for (auto& x : found.missing_parents)
    missing.push_back(
      {plain(x.id), plain(x.likely_agent),
       joined_texts(x.children, [](auto* child) { return child->id; }),
       joined_texts(x.agents, plain)});
  CHECK(missing == document_table("missing parents"));
  table calls;
  for (auto& x : found.unanswered_calls)
    calls.push_back({id(x.span), plain(x.target_agent),
                     joined_texts(found.never_reported, plain)});
  CHECK(calls == document_table("unanswered calls"));
}

TEST_CASE_FIXTURE(adjusted_example, "repeated calls") {
  table result;
  for (auto& x : found.repeated_calls)
    result.push_back({plain(x.agent), plain(x.operation),
                      std::to_string(x.count), ms(x.total),
                      std::to_string(x.under_one_parent), plain(x.parent)});
  CHECK(result == document_table("repeated calls"));
}

TEST_CASE_FIXTURE(adjusted_example, "loops") {
  table result;
  for (auto& x : found.loops)
    result.push_back({joined_texts(x.agents, plain), std::to_string(x.count),
                      id(x.closed_by)});
  CHECK(result == document_table("loops"));
}

TEST_CASE_FIXTURE(adjusted_example, "agents") {
  table result;
  for (auto& x : found.agents)
    result.push_back({plain(x.name), std::to_string(x.spans), ms(x.busy),
                      ms(x.waiting), text_of(x.tokens)});
  CHECK(result == document_table("agents"));
  CHECK(text_of(found.tokens) == "1250/170/1420");
  CHECK_FALSE(found.truncated);
}

TEST_SUITE_END();
