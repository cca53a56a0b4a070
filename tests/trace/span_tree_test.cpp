#include "tests/trace/entries.hpp"
#include "trace/span_tree.hpp"

#include <set>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// A span that starts that many seconds after the others' epoch.
entry at(std::string_view id, std::string_view parent, int start) {
  return with(execution(id, parent),
              {{"start_time", std::to_string(1'753'576'434 + start)},
               {"end_time", std::to_string(1'753'576'500)}});
}

/// `id<parent` of each span, in the order of the view.
std::string drawn(const trace& content) {
  std::string result;
  for (auto& x : span_tree(trace_view{content}))
    result += (result.empty() ? "" : " ") + x.id + "<" + std::string{x.parent};
  return result;
}

} // namespace

TEST_CASE("a tree without cycles stays as it was said") {
  CHECK(drawn(*joined(
          {at("a", "", 0), at("b", "a", 1), at("c", "b", 2), at("d", "a", 3)}))
        == "a< b<a c<b d<a");
  CHECK(drawn(*joined({at("late", "root", 0), at("root", "", 1)}))
        == "late<root root<");
}

TEST_CASE("a parent that has not come stays named") {
  CHECK(drawn(*joined({at("a", "gone", 0), at("b", "a", 1)})) == "a<gone b<a");
}

TEST_CASE("the first span of a cycle becomes a root") {
  CHECK(drawn(*joined({at("self", "self", 0)})) == "self<");
  CHECK(drawn(*joined({at("c", "b", 2), at("a", "c", 0), at("b", "a", 1)}))
        == "a< b<a c<b");
  // The walk begins outside of the cycle and meets it in its middle.
  CHECK(drawn(*joined({at("tail", "c", 0), at("b", "c", 1), at("c", "b", 2)}))
        == "tail<c b< c<b");
}

TEST_CASE("each of several cycles is cut once, beside a whole tree") {
  CHECK(drawn(*joined({at("r", "", 0), at("k", "r", 1), at("a", "b", 2),
                       at("b", "a", 3), at("x", "y", 4), at("y", "x", 5),
                       at("z", "y", 6)}))
        == "r< k<r a< b<a x< y<x z<y");
}

TEST_CASE("functions of one span id have an id each, the first the plain one") {
  auto f = with(at("s", "s", 0), {{"function_name", "f"}});
  auto g = with(at("s", "s", 1), {{"function_name", "g"}});
  const auto content = joined({f, g, at("child", "s", 2)});
  const auto places = span_tree(trace_view{*content});
  std::set<std::string> ids;
  for (auto& x : places)
    ids.insert(x.id);
  CHECK(ids.size() == 3);
  CHECK(places[0].id == "s");
  CHECK(places[0].parent.empty()); // its own parent
  CHECK(places[1].parent == "s");
  CHECK(places[2].parent == "s");
}

TEST_CASE(
  "an id that looks like that of a second function is not shown twice") {
  auto f = with(at("s", "", 0), {{"function_name", "f"}});
  auto g = with(at("s", "", 1), {{"function_name", "g"}});
  const auto first = joined({f, g});
  const auto taken = span_tree(trace_view{*first})[1].id;
  const auto content = joined({f, g, at(taken, "s", 2)});
  const auto places = span_tree(trace_view{*content});
  CHECK(places[1].id == taken);
  CHECK(places[2].id == taken + "~");
}

TEST_CASE("a long chain that ends in a cycle is walked once") {
  std::vector<entry> entries;
  for (int i = 0; i < 5000; ++i)
    entries.push_back(at("s" + std::to_string(i), // the parent of the last
                         "s" + std::to_string(i == 4999 ? 4000 : i + 1), i));
  const auto content = joined(entries);
  int roots = 0;
  for (auto& x : span_tree(trace_view{*content}))
    roots += x.parent.empty() ? 1 : 0;
  CHECK(roots == 1);
}
