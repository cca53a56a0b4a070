#include "http/routes.hpp"
#include "tests/http/gateway_fixture.hpp"

#include <algorithm>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

http_request backup_of(std::string body) {
  http_request result{.method = "POST", .path = "/admin/backup"};
  result.content_type = "application/json";
  result.remote_is_loopback = true;
  result.body = std::move(body);
  return result;
}

const std::string good_body = R"({"directory": "/a/b"})";

} // namespace

TEST_SUITE_BEGIN("dead letters and backups");

TEST_CASE("the reasons of the route are those of the decoder") {
  const auto route
    = std::ranges::find(routes(), "/dead-letters", &meshtrace::route::path);
  REQUIRE(route != routes().end());
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < dead_reasons; ++i)
    names.push_back(to_string(static_cast<dead_reason>(i)));
  CHECK(std::ranges::equal(route->parameters[1].choices, names));
}

TEST_CASE_FIXTURE(gateway_fixture, "dead letters are shown as they are, any "
                                   "bytes in them") {
  dead_letters.page.total = 7;
  dead_letters.page.letters
    = {{"5-0",
        "no_trace_id",
        "mesh:trace",
        "4-1",
        {{"a", "\\\"\n"}, {"a", std::string{"\xff\x00", 2}}},
        true}};
  const auto x = get("/dead-letters?limit=3&reason=no_trace_id");
  CHECK(x.status() == 200);
  CHECK(dead_letters.last_query.value().limit == 3);
  CHECK(dead_letters.last_query.value().reason == "no_trace_id");
  CHECK(x.body()
        == R"({"enabled":true,"dead_letters":[{"id":"5-0",)"
           R"("reason":"no_trace_id","stream":"mesh:trace","entry_id":"4-1",)"
           R"("fields":[{"name":"a","value":"\\\\\"\\n"},)"
           R"({"name":"a","value":"\\xff\\x00"}],"truncated":true}],)"
           R"("count":1,"total":7,"complete":true})");
  get("/dead-letters");
  CHECK(dead_letters.last_query.value().limit == 20);
  CHECK(dead_letters.last_query.value().reason.empty());
  CHECK(get("/dead-letters?reason=because").status() == 400);
  CHECK(get("/dead-letters?limit=101").status() == 400);
}

TEST_CASE_FIXTURE(gateway_fixture, "an answer with dead letters has a largest "
                                   "size") {
  auto options = usual_options();
  options.max_response_bytes = 20'000;
  start(options);
  shown_dead_letter letter{
    "5-0", "no_trace_id", "s", "4-1", {{"a", std::string(1000, '\xff')}},
    false};
  dead_letters.page.letters.assign(10, letter);
  const auto x = get("/dead-letters?limit=10");
  CHECK(x.body().size() <= options.max_response_bytes);
  CHECK(x.json()["count"].GetInt() == 3);
  CHECK_FALSE(x.json()["complete"].GetBool());
}

TEST_CASE_FIXTURE(gateway_fixture, "dead letters that nobody can read are no "
                                   "empty list") {
  dead_letters.failure = "Redis is away";
  CHECK(get("/dead-letters").status() == 503);
  CHECK(get("/dead-letters").error_message() == "Redis is away");
  dead_letters.silent = true;
  const auto x = get("/dead-letters");
  advance(timeout, timeout);
  CHECK(x.status() == 504);
  auto options = usual_options();
  options.enabled = false;
  start(options);
  CHECK(get("/dead-letters").body()
        == R"({"enabled":false,"dead_letters":[],"count":0,"total":0,)"
           R"("complete":true})");
}

TEST_CASE_FIXTURE(gateway_fixture, "a backup goes to the folder and is "
                                   "answered when it is there") {
  keep->backup_folder = "";
  const auto x = ask(backup_of(good_body));
  CHECK(x.status() == 200);
  CHECK(x.body() == R"({"status":"ok","directory":"/a/b"})");
  CHECK(keep->backup_folder == "/a/b");
  CHECK(answers_counted("/admin/backup", 200) == 1);
}

TEST_CASE_FIXTURE(gateway_fixture, "a store without backups says so") {
  const auto x = ask(backup_of(good_body));
  CHECK(x.status() == 409);
  CHECK(x.error_code() == "backup_failed");
  CHECK(x.error_message().find("memory store has nothing to back up")
        != std::string::npos);
  auto options = usual_options();
  options.enabled = false;
  stores.clear();
  start(options);
  CHECK(ask(backup_of(good_body)).status() == 409);
}

TEST_CASE_FIXTURE(gateway_fixture, "only programs on this machine may ask for "
                                   "a backup, or who has the token") {
  keep->backup_folder = "";
  auto from_afar = backup_of(good_body);
  from_afar.remote_is_loopback = false;
  CHECK(ask(from_afar).status() == 403);
  auto from_page = backup_of(good_body);
  from_page.origin = "http://evil.example";
  CHECK(ask(from_page).status() == 403);
  auto from_form = backup_of(good_body);
  from_form.content_type = "text/plain";
  CHECK(ask(from_form).status() == 400);
  CHECK(keep->backup_folder == "");

  auto options = usual_options();
  options.token = "secret";
  start(options);
  CHECK(ask(backup_of(good_body)).status() == 401);
  from_afar.authorization = "Bearer secret";
  CHECK(ask(from_afar).status() == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "a backup needs a folder that is meant") {
  keep->backup_folder = "";
  for (const auto* wrong :
       {"", "[]", "{}", R"({"directory": 3})", R"({"directory": ""})",
        R"({"directory": "a/b"})", R"({"directory": "/a", "x": 1})",
        "{\"directory\": \"/a\\u0000b\"}"}) {
    CAPTURE(wrong);
    CHECK(ask(backup_of(wrong)).status() == 400);
  }
  CHECK(ask(backup_of(std::string(60'000, '['))).status() == 400);
  CHECK(ask(backup_of(R"({"directory":"/)" + std::string(5000, 'x') + "\"}"))
          .status()
        == 400);
  CHECK(keep->backup_folder == "");
  CHECK(get("/admin/backup").status() == 405);
}

TEST_CASE_FIXTURE(gateway_fixture, "there is one backup at a time, and each "
                                   "is answered") {
  stores = {me<trace_store_actor>()};
  auto options = usual_options();
  options.backup_timeout = 60s;
  start(options);
  const auto first = ask(backup_of(good_body));
  CHECK(ask(backup_of(good_body)).error_code() == "backup_running");
  advance(59s, 1s);
  CHECK_FALSE(first.answered());
  advance(1s, 1s);
  CHECK(first.status() == 504);
  const auto second = ask(backup_of(good_body));
  CHECK_FALSE(second.answered());
  deliver(front, drain_atom_v);
  CHECK(second.status() == 503);
  CHECK(ask(backup_of(good_body)).status() == 503);
}

TEST_SUITE_END();
