#include "app/command_line.hpp"
#include "app/settings_names.hpp"
#include "app/settings_table.hpp"
#include "app/version.hpp"
#include "tests/app/loading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace meshtrace;
using namespace meshtrace::test;

TEST_CASE("flags beat the environment beats the file beats the default") {
  const temporary_file file{"trace_batch_size = 20\nport = 20\n"
                            "trace_window = 20\n"};
  const environment variables{{"TRACE_BATCH_SIZE", "30"}, {"PORT", "30"}};
  const auto config
    = loaded({"--config", file.path(), "--trace-batch-size=40"}, variables)
        .serve.value();
  CHECK(config.batch_size == 40);
  CHECK(config.port == 30);
  CHECK(config.window == 20);
  CHECK(config.readers == 1);
  CHECK(config.sources
        == std::map<std::string, std::string, std::less<>>{
          {"TRACE_BATCH_SIZE", "--trace-batch-size"},
          {"PORT", "environment"},
          {"TRACE_WINDOW", file.path() + ":3"}});
  CHECK(config.given("PORT"));
  CHECK_FALSE(config.given("TRACE_READERS"));
}

TEST_CASE("a flag has its value behind = or as the next word") {
  CHECK(loaded({"--trace-batch-size=7"}).serve.value().batch_size == 7);
  CHECK(loaded({"--trace-batch-size", "7"}).serve.value().batch_size == 7);
  CHECK(loaded({"--port=1", "--port", "2"}).serve.value().port == 2);
  CHECK(loaded({"--trace-http-token", ""}).serve.value().http_token.empty());
  CHECK(loaded({"--trace-batch-size"}).exit_code == 2);
}

TEST_CASE("a boolean's flag may stand alone") {
  const auto enabled = [](std::vector<std::string> arguments) {
    return loaded(std::move(arguments)).serve.value().tracing_enabled;
  };
  CHECK(enabled({"--mcp-mesh-distributed-tracing-enabled"}));
  CHECK(enabled({"--mcp-mesh-distributed-tracing-enabled", "--port", "1"}));
  CHECK(enabled({"--mcp-mesh-distributed-tracing-enabled", "yes"}));
  CHECK_FALSE(enabled({"--mcp-mesh-distributed-tracing-enabled=off"}));
  CHECK_FALSE(
    loaded({"--trace-pretty-output", "off"}).serve.value().pretty_output);
}

TEST_CASE("an empty variable is one that is not set") {
  const auto config
    = loaded({}, {{"TRACE_BATCH_SIZE", ""}, {"TRACE_STREAMS", ""}})
        .serve.value();
  CHECK(config.batch_size == 100);
  CHECK_FALSE(config.given("TRACE_BATCH_SIZE"));
}

TEST_CASE("blanks around a value do not matter") {
  CHECK(loaded({}, {{"PORT", " 81\n"}}).serve.value().port == 81);
}

TEST_CASE("all wrong values are named at once, with where they come from") {
  const temporary_file file{"\ntrace_window = 99\ntrace_bach_size = 1\n"};
  const auto result = loaded({"--config", file.path(), "--port=x", "--prot=1"},
                             {{"TRACE_TIMEOUT", "5 minutes"}});
  CHECK(result.exit_code == 2);
  CHECK_FALSE(result.serve);
  CHECK(result.output == "");
  const auto place = file.path() + ":2";
  CHECK(says(result.errors,
             {"TRACE_WINDOW = \"99\"", place.c_str(), "from 1 to 64"}));
  CHECK(says(result.errors, {"\"trace_bach_size\"; did you mean "
                             "trace_batch_size?"}));
  CHECK(says(result.errors,
             {"PORT = \"x\" (--port) is wrong", "it is not a whole number"}));
  CHECK(says(result.errors, {"no flag \"--prot\"; did you mean --port?"}));
  CHECK(says(result.errors, {"TRACE_TIMEOUT = \"5 minutes\" (environment)"}));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 5);
}

TEST_CASE("what is wrong with the words themselves is an error") {
  CHECK(says(loaded({"serv"}).errors, {"\"serv\" is more than"}));
  CHECK(says(loaded({"--no-such-thing"}).errors, {"no flag"}));
  CHECK(says(loaded({"-x"}).errors, {"no flag \"-x\""}));
  const auto unknown = loaded({"--no-such-thing", "value"});
  CHECK(unknown.exit_code == 2);
  CHECK_FALSE(says(unknown.errors, {"value"}));
  CHECK(loaded({"--config"}).exit_code == 2);
  CHECK(says(loaded({"--port=\x1b[2J"}).errors, {"\\x1b[2J"}));
}

TEST_CASE("variables that only look like settings are a warning") {
  const auto result = loaded({}, {{"TRACE_BACH_SIZE", "1"},
                                  {"MCP_MESH_TRACE_ANYTHING", "1"},
                                  {"MCP_MESH_AGENT_NAME", "x"},
                                  {"TRACE_BATCH_SIZE", "1"}});
  CHECK(result.serve);
  REQUIRE(result.warnings.size() == 2);
  CHECK(says(result.warnings[0], {"\"MCP_MESH_TRACE_ANYTHING\""}));
  CHECK(says(result.warnings[1],
             {"TRACE_BACH_SIZE", "did you mean TRACE_BATCH_SIZE?"}));
}

TEST_CASE("help names every setting in lines of 80 columns") {
  const auto result = loaded({"--help", "--port=x"}, {{"PORT", "wrong"}});
  CHECK(result.exit_code == 0);
  CHECK_FALSE(result.serve);
  CHECK(result.output == loaded({"-h"}).output);
  for (const auto& entry : settings_table()) {
    CHECK(result.output.find(flag_name(entry.name)) != std::string::npos);
    CHECK(result.output.find(entry.name) != std::string::npos);
  }
  std::size_t widest = 0;
  for (std::size_t at = 0; at < result.output.size();) {
    const auto end = result.output.find('\n', at);
    widest = std::max(widest, end - at);
    at = end + 1;
  }
  CHECK(widest <= 80);
}

TEST_CASE("the version is printed") {
  const auto result = loaded({"--version"});
  CHECK(result.exit_code == 0);
  CHECK(result.output == "meshtrace " + std::string{version()} + "\n");
  CHECK(version().substr(0, 2) == "0.");
}

TEST_CASE("check-config says whether the settings are right") {
  CHECK(loaded({"--check-config"}).exit_code == 0);
  CHECK_FALSE(loaded({"--check-config"}).serve);
  CHECK(loaded({"--check-config"}).output == "the settings are right\n");
  CHECK(loaded({"--check-config", "--port=x"}).exit_code == 2);
}

TEST_CASE("redrive takes a reason, a limit and every setting") {
  const auto order
    = loaded({"--redis-url", "redis://box", "redrive", "--reason",
              "no_trace_id", "--limit=3", "--trace-streams=a"});
  CHECK_FALSE(order.serve);
  REQUIRE(order.redrive);
  CHECK(order.redrive->reason == "no_trace_id");
  CHECK(order.redrive->limit == 3);
  CHECK(order.redrive->config.redis_url == "redis://box");
  CHECK(order.redrive->config.streams == std::vector<std::string>{"a"});
  const auto all = loaded({"redrive"});
  REQUIRE(all.redrive);
  CHECK(all.redrive->reason.empty());
  CHECK_FALSE(all.redrive->limit);
}

TEST_CASE("redrive says what is wrong with its words") {
  CHECK(says(loaded({"redrive", "--reason=because"}).errors,
             {"--reason", "\"because\"", "no_fields, no_trace_id"}));
  for (const auto* wrong : {"0", "-1", "1x", "99999999999999999999"})
    CHECK(says(loaded({"redrive", "--limit", wrong}).errors,
               {"--limit", "at least 1", wrong}));
  CHECK(says(loaded({"redrive", "now"}).errors, {"\"now\""}));
  CHECK(says(loaded({"redrive", "--port=x"}).errors, {"PORT"}));
  CHECK(says(loaded({"--limit=3"}).errors, {"--limit"}));
}

TEST_CASE("backup takes a folder and makes its path absolute") {
  const auto order = loaded({"backup", "/a/../b", "--port", "7"});
  REQUIRE(order.backup);
  CHECK(order.backup->directory == "/b");
  CHECK(order.backup->config.port == 7);
  const auto relative = loaded({"backup", "copies/monday"});
  REQUIRE(relative.backup);
  CHECK(relative.backup->directory
        == std::filesystem::current_path() / "copies/monday");
  CHECK(loaded({"backup"}).exit_code == 2);
  CHECK(says(loaded({"backup"}).errors, {"needs the folder"}));
  CHECK(loaded({"backup", "--help"}).exit_code == 0);
}

TEST_CASE("dead letters must not come back by themselves") {
  const auto result
    = loaded({}, {{"TRACE_DEAD_LETTER_STREAM", "a"}, {"TRACE_STREAMS", "a,b"}});
  CHECK(result.exit_code == 2);
  CHECK(says(result.errors, {"TRACE_DEAD_LETTER_STREAM (a)", "TRACE_STREAMS"}));
}
