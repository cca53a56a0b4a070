#include "actors/dead_letter.hpp"
#include "actors/dead_letter_pages.hpp"
#include "actors/status_board.hpp"
#include "redis/dead_letters.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/redis_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds limit{2000};
constexpr std::string_view letters = "dead";

dead_entry entry(std::uint64_t ms, std::string value = "v",
                 dead_reason reason = dead_reason::no_trace_id) {
  return {{1, 0, 1, {ms, 7}}, reason, {{"name", std::move(value)}}};
}

using ids = std::vector<std::uint64_t>;

ids ids_of(const std::vector<dead_entry>& entries) {
  ids result;
  for (auto& x : entries)
    result.push_back(x.ref.id.ms);
  return result;
}

ids ids_of(const dead_letter_state& state) {
  ids result;
  for (auto& x : state.waiting)
    result.push_back(x.entry.ref.id.ms);
  return result;
}

/// A dead_letter between the test, which is its acknowledger and its status
/// board, and a real Redis.
struct dead_fixture : test::deterministic_system {
  dead_fixture() {
    link = redis::connection::open(where(), limit).value();
    run({"FLUSHALL"});
  }

  static redis::endpoint where() {
    static test::redis_server server;
    return redis::parse_url(server.url()).value();
  }

  dead_letter_options options() {
    return {where(), {"s0", "s1"}, std::string{letters}, 1000, limit};
  }

  void start(dead_letter_options with) {
    dead = spawn(dead_letter, std::move(with), me<acknowledger_actor>(),
                 me<status_board_actor>(), &counters);
  }

  const redis::reply& run(std::initializer_list<std::string_view> argv) {
    const auto result = link->command(argv, memory, limit);
    REQUIRE(result);
    REQUIRE_FALSE((*result)->is_error());
    return **result;
  }

  /// All texts of the newest letter.
  std::vector<std::string> newest() {
    const auto found
      = redis::read_range(*link, letters, {"-", "+", 1, true}, memory, limit);
    REQUIRE(found);
    std::vector<std::string> result;
    if (found->empty())
      return result;
    const auto entry = redis::as_entry(found->front());
    for (auto& text : entry.value().fields)
      result.emplace_back(text.text);
    return result;
  }

  dead_letters_page show(const dead_letters_query& query) {
    return read_dead_letters(*link, letters, query, limit).value();
  }

  metrics counters;
  arena memory;
  std::optional<redis::connection> link;
  dead_letter_actor dead;
};

} // namespace

TEST_SUITE_BEGIN("dead letter");

TEST_CASE("a batch is answered once all of its entries are written") {
  dead_letter_state state;
  const auto first = state.add({entry(1), entry(2)});
  const auto second = state.add({entry(3), entry(4)});
  CHECK(state.next() == 4);
  auto done = state.confirm({true, false, true});
  CHECK(ids_of(done.entries) == ids{1, 3});
  CHECK(done.batches.empty());
  CHECK(ids_of(state) == ids{2, 4});
  done = state.confirm({false, true});
  REQUIRE(done.batches.size() == 1);
  CHECK(done.batches[0].batch == second);
  CHECK(done.batches[0].entries == 2);
  done = state.confirm({true});
  CHECK(done.batches.at(0).batch == first);
  CHECK(state.next() == 0);
}

TEST_CASE("a write has a bounded number of entries and bytes") {
  dead_letter_state state;
  state.add(
    std::vector<dead_entry>(dead_letter_state::most_entries + 1, entry(1)));
  CHECK(state.next() == dead_letter_state::most_entries);
  dead_letter_state large;
  large.add({entry(1, std::string(dead_letter_state::most_bytes, 'x')),
             entry(2), entry(3)});
  CHECK(large.next() == 1);
  large.confirm({true});
  CHECK(large.next() == 2);
}

TEST_CASE("what is given up is answered") {
  dead_letter_state state;
  state.add({entry(1)});
  state.add({entry(2), entry(3)});
  state.confirm({true, true});
  const auto given_up = state.give_up();
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].entries == 2);
  CHECK(state.next() == 0);
}

TEST_CASE_FIXTURE(dead_fixture, "an entry is acknowledged and counted once "
                                "Redis has it with all that it said") {
  start(options());
  const std::string binary{"\x00\xff\r\n", 4};
  auto x = entry(9);
  x.fields
    = {{"reason", "mine"}, {binary, binary}, {"", ""}, {"a", "1"}, {"a", "2"}};
  deliver(dead, std::vector<dead_entry>{x});
  CHECK(next<batch_joined>().value().events == 1);
  CHECK(next<entries_durable>().value().entries.at(0).id
        == stream_entry_id{9, 7});
  CHECK(newest()
        == std::vector<std::string>{
          "reason", "no_trace_id", "source_stream", "s1", "source_id", "9-7",
          "reason", "mine", binary, binary, "", "", "a", "1", "a", "2"});
  CHECK(
    counters.dead[static_cast<std::size_t>(dead_reason::no_trace_id)]->Value()
    == 1);
  CHECK(next<dead_letter_status>().value().last_error.empty());
}

TEST_CASE_FIXTURE(dead_fixture, "while Redis refuses nothing is acknowledged, "
                                "and nothing is lost") {
  start(options());
  run({"SET", letters, "in the way"});
  deliver(dead, std::vector<dead_entry>{entry(1)});
  deliver(dead, std::vector<dead_entry>{entry(2)});
  advance(20s, 1s);
  CHECK_FALSE(next<entries_durable>());
  CHECK_FALSE(next<batch_joined>());
  CHECK(counters.dead_letter_failures.Value() >= 3);
  std::optional<dead_letter_status> last;
  while (auto status = next<dead_letter_status>())
    last = status;
  REQUIRE(last);
  CHECK(last->waiting == 2);
  CHECK(last->last_error.find("WRONGTYPE") != std::string::npos);
  service_status all;
  all.dead_letter = *last;
  CHECK(reasons_not_ready(all, "g").back().find("dead letters cannot be "
                                                "written: ")
        == 0);

  run({"DEL", letters});
  advance(6s, 1s);
  CHECK(next<entries_durable>().value().entries.size() == 2);
  CHECK(next<batch_joined>());
  CHECK(next<batch_joined>());
  CHECK(next<dead_letter_status>().value().last_error.empty());
  CHECK(show({}).total == 2);
}

TEST_CASE_FIXTURE(dead_fixture, "a Redis that is away is tried again, each "
                                "time a little later") {
  auto away = options();
  away.redis.port = test::free_port();
  start(away);
  deliver(dead, std::vector<dead_entry>{entry(1)});
  advance(10s, 10ms);
  const auto tries = counters.dead_letter_failures.Value();
  CHECK(tries >= 6);
  CHECK(tries <= 10);
  CHECK_FALSE(next<entries_durable>());
}

TEST_CASE_FIXTURE(dead_fixture, "at the end what cannot be written is "
                                "answered and stays pending") {
  start(options());
  run({"SET", letters, "in the way"});
  deliver(dead, std::vector<dead_entry>{entry(1)});
  CHECK_FALSE(next<batch_joined>());
  deliver(dead, drain_atom_v);
  CHECK(next<batch_joined>());
  deliver(dead, std::vector<dead_entry>{entry(2)});
  CHECK(next<batch_joined>());
  CHECK_FALSE(next<entries_durable>());
}

TEST_CASE_FIXTURE(dead_fixture, "what the limit of the stream drops is "
                                "counted") {
  auto few = options();
  few.most = 50;
  start(few);
  for (int i = 0; i < 4; ++i)
    deliver(dead, std::vector<dead_entry>(200, entry(1)));
  const auto left = show({}).total;
  CHECK(left < 400);
  CHECK(counters.dead_letters_trimmed.Value()
        == static_cast<double>(800 - left));
}

TEST_CASE_FIXTURE(dead_fixture, "letters are shown newest first, by reason") {
  start(options());
  std::vector<dead_entry> many;
  for (std::uint64_t i = 1; i <= 300; ++i)
    many.push_back(entry(i, "v",
                         i % 100 == 0 ? dead_reason::bad_trace_id
                                      : dead_reason::no_trace_id));
  deliver(dead, many);
  run({"XADD", letters, "*", "not", "ours"});
  const auto all = show({2, ""});
  CHECK(all.total == 301);
  CHECK(all.complete);
  REQUIRE(all.letters.size() == 2);
  CHECK(all.letters[0].source_id == "300-7");
  CHECK(all.letters[0].source_stream == "s1");
  CHECK(all.letters[1].source_id == "299-7");
  const auto bad = show({100, "bad_trace_id"});
  REQUIRE(bad.letters.size() == 3);
  CHECK(bad.letters[2].source_id == "100-7");
  deliver(dead, dead_letters_query{1, "no_trace_id"});
  CHECK(next<dead_letters_page>().value().letters.at(0).source_id == "299-7");
}

TEST_CASE_FIXTURE(dead_fixture, "a long letter is shown in part") {
  start(options());
  auto x = entry(1, std::string(5 << 20, 'x'));
  for (int i = 0; i < 10'000; ++i)
    x.fields.emplace_back("f" + std::to_string(i), "");
  deliver(dead, std::vector<dead_entry>{x, entry(2)});
  const auto page = show({});
  REQUIRE(page.letters.size() == 2);
  CHECK_FALSE(page.letters[0].cut);
  CHECK(page.letters[1].cut);
  CHECK(page.letters[1].fields.size() == 100);
  CHECK(page.letters[1].fields[0].second.size() == 1024);
}

TEST_CASE_FIXTURE(dead_fixture, "no stream has no letters, and a Redis that "
                                "is away says so") {
  start(options());
  CHECK(show({}).total == 0);
  auto away = options();
  away.redis.port = test::free_port();
  start(away);
  auto answer = self->request(dead, 1s, dead_letters_query{});
  sched.run();
  answer.receive(
    [](const dead_letters_page&) { FAIL("nobody can know"); },
    [](const caf::error& e) { CHECK(e == caf::sec::runtime_error); });
}

TEST_SUITE_END();
