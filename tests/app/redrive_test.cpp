#include "app/backup.hpp"
#include "app/redrive.hpp"
#include "redis/dead_letters.hpp"
#include "tests/app/loading.hpp"
#include "tests/support/redis_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::chrono::milliseconds limit{2000};

using pairs = std::vector<std::pair<std::string, std::string>>;

struct redrive_fixture {
  redrive_fixture() {
    run({"FLUSHALL"});
    options.redis = where();
    options.from = "dead";
    options.streams = {"a", "b"};
    options.timeout = limit;
  }

  static redis::endpoint where() {
    static redis_server server;
    return redis::parse_url(server.url()).value();
  }

  const redis::reply& run(std::initializer_list<std::string_view> argv) {
    const auto result = link.command(argv, memory, limit);
    REQUIRE(result);
    REQUIRE_FALSE((*result)->is_error());
    return **result;
  }

  void
  add(std::string_view stream, std::string_view reason, const pairs& fields) {
    redis::append_dead_letter(link, "dead", 100'000,
                              {reason, stream, "1-0", fields});
    REQUIRE(redis::send(link, limit));
    REQUIRE(redis::receive(link, "XADD", memory, limit));
  }

  std::int64_t length(std::string_view stream) {
    return run({"XLEN", stream}).integer;
  }

  /// The texts of the first entry of a stream.
  std::vector<std::string> first(std::string_view stream) {
    const auto& all = run({"XRANGE", stream, "-", "+", "COUNT", "1"});
    std::vector<std::string> result;
    const auto entry = redis::as_entry(all.items[0]);
    for (auto& text : entry.value().fields)
      result.emplace_back(text.text);
    return result;
  }

  arena memory;
  redis::connection link = redis::connection::open(where(), limit).value();
  redrive_options options;
};

} // namespace

TEST_SUITE_BEGIN("redrive");

TEST_CASE_FIXTURE(redrive_fixture, "a letter becomes the entry that it was, "
                                   "whatever its fields are called") {
  const std::string binary{"\x00\xff\n", 3};
  add("a", "no_trace_id",
      {{"reason", "mine"}, {binary, ""}, {"x", "1"}, {"x", "2"}});
  const auto report = redrive(options);
  CHECK(report.problem.empty());
  CHECK(report.total() == 1);
  CHECK(first("a")
        == std::vector<std::string>{"reason", "mine", binary, "", "x", "1", "x",
                                    "2"});
  CHECK(length("dead") == 0);
}

TEST_CASE_FIXTURE(redrive_fixture, "thousands go back to where they came "
                                   "from, in order") {
  for (int i = 0; i < 3000; ++i)
    add(i % 3 == 0 ? "a" : "b", "no_trace_id", {{"n", std::to_string(i)}});
  const auto report = redrive(options);
  CHECK(report.put_back == decltype(report.put_back){{"a", 1000}, {"b", 2000}});
  CHECK(length("a") == 1000);
  CHECK(length("b") == 2000);
  CHECK(length("dead") == 0);
  CHECK(first("b") == std::vector<std::string>{"n", "1"});
  CHECK(redrive(options).total() == 0);
}

TEST_CASE_FIXTURE(redrive_fixture, "only the reason and the number asked for "
                                   "go back, the oldest first") {
  for (const auto* n : {"1", "2", "3"}) {
    add("a", "bad_trace_id", {{"n", n}});
    add("b", "no_trace_id", {{"n", n}});
  }
  options.reason = "bad_trace_id";
  options.limit = 2;
  CHECK(redrive(options).total() == 2);
  CHECK(length("a") == 2);
  CHECK(length("b") == 0);
  CHECK(first("a") == std::vector<std::string>{"n", "1"});
  CHECK(length("dead") == 4);
}

TEST_CASE_FIXTURE(redrive_fixture, "what cannot go back stays and is "
                                   "counted") {
  add("gone", "no_trace_id", {{"n", "1"}});
  add("a", "no_fields", {});
  run({"XADD", "dead", "*", "not", "ours"});
  add("a", "no_trace_id", {{"n", "2"}});
  const auto report = redrive(options);
  CHECK(report.total() == 1);
  CHECK(report.of_unknown_stream == 1);
  CHECK(report.unusable == 2);
  CHECK(length("dead") == 3);
  CHECK(length("gone") == 0);
  CHECK(says(to_text(report), {"put back 1 dead letters\n  1 to a\n",
                               "left 1 that came from", "left 2 that are no"}));
}

TEST_CASE_FIXTURE(redrive_fixture, "a letter whose stream takes nothing stays, "
                                   "and the reason is told") {
  run({"SET", "b", "in the way"});
  add("b", "no_trace_id", {{"n", "1"}});
  add("a", "no_trace_id", {{"n", "2"}});
  const auto report = redrive(options);
  CHECK(report.total() == 1);
  CHECK(says(report.problem, {"WRONGTYPE"}));
  CHECK(length("dead") == 1);
  CHECK(length("a") == 1);
}

TEST_CASE_FIXTURE(redrive_fixture, "a Redis that is away is told") {
  options.redis.port = free_port();
  CHECK_FALSE(redrive(options).problem.empty());
}

TEST_CASE("a process that listens everywhere is asked here") {
  CHECK(backup_url("0.0.0.0", 80) == "http://127.0.0.1:80/admin/backup");
  CHECK(backup_url("::", 80) == "http://[::1]:80/admin/backup");
  CHECK(backup_url("[fe80::1]", 80) == "http://[fe80::1]:80/admin/backup");
  CHECK(backup_url("fe80::1", 80) == "http://[fe80::1]:80/admin/backup");
  CHECK(backup_url("localhost", 80) == "http://localhost:80/admin/backup");
}

TEST_CASE("a backup of nobody says whom it asked") {
  backup_options options;
  options.port = free_port();
  options.directory = "/nowhere";
  const auto done = backup(options);
  REQUIRE_FALSE(done);
  CHECK(says(done.error().reason,
             {"http://127.0.0.1:", "/admin/backup: Couldn't connect"}));
}

TEST_SUITE_END();
