#include "app/settings_file.hpp"
#include "tests/app/loading.hpp"

#include <doctest/doctest.h>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

command with_file(const std::string& text) {
  const temporary_file file{text};
  return loaded({"--config", file.path()});
}

std::string refused(const std::string& text) {
  const auto result = with_file(text);
  CHECK(result.exit_code == 2);
  return result.errors;
}

} // namespace

TEST_CASE("a file has native values or texts") {
  const auto config = with_file("mcp_mesh_distributed_tracing_enabled = true\n"
                                "trace_pretty_output = \"off\"\n"
                                "trace_enable_stats = 0\n"
                                "trace_batch_size = 50\n"
                                "trace_batch_max = \"60\"\n"
                                "trace_timeout = \"1m\"\n"
                                "trace_root_quiet = 0\n"
                                "trace_max_value_bytes = 1000\n"
                                "trace_max_trace_bytes = \"1MiB\"\n"
                                "trace_streams = [\"a\", \"b\"]\n"
                                "trace_exporter_type = \"none\"\n")
                        .serve.value();
  CHECK(config.tracing_enabled);
  CHECK_FALSE(config.pretty_output);
  CHECK_FALSE(config.stats_enabled);
  CHECK(config.batch_size == 50);
  CHECK(config.batch_max == 60);
  CHECK(config.trace_timeout == 1min);
  CHECK(config.root_quiet == 0s);
  CHECK(config.max_value_bytes == 1000);
  CHECK(config.max_trace_bytes == 1'048'576);
  CHECK(config.streams == std::vector<std::string>{"a", "b"});
  CHECK(config.exporters.empty());
}

TEST_CASE("an empty file is a file") {
  CHECK(with_file("").serve);
  CHECK(with_file("# nothing\n").serve);
}

TEST_CASE("a value of the wrong type is named with its line") {
  CHECK(says(refused("\ntrace_batch_size = 1.5\n"),
             {":2", "TRACE_BATCH_SIZE", "floating", "whole number"}));
  CHECK(says(refused("trace_batch_size = true"), {":1", "boolean"}));
  CHECK(says(refused("host = true"), {"HOST", "boolean"}));
  CHECK(says(refused("port = [1]"), {"PORT", "array"}));
  CHECK(says(refused("trace_streams = 5"), {"TRACE_STREAMS", "integer"}));
  CHECK(says(refused("trace_streams = [5]"), {"TRACE_STREAMS", "array"}));
  CHECK(says(refused("trace_streams = [\"a,b\"]"), {"TRACE_STREAMS"}));
  CHECK(says(refused("trace_streams = []"), {"TRACE_STREAMS"}));
  CHECK(says(refused("trace_streams = [\"\"]"), {"TRACE_STREAMS"}));
}

TEST_CASE("what a file should not have is named with its line") {
  CHECK(says(refused("a = 1\n\nprot = 1\n"),
             {":1: there is no setting \"a\"",
              ":3: there is no setting \"prot\"; did you mean port?"}));
  CHECK(says(refused("[http]\nport = 1"), {"no setting \"http\""}));
  CHECK(says(refused("TRACE_WINDOW = 1"), {"did you mean trace_window?"}));
  CHECK(says(refused("port = 1\nport = 2\n"), {":2: it is not TOML"}));
  CHECK(says(refused("port ="), {"it is not TOML"}));
}

TEST_CASE("a file that can not be read is an error that says why") {
  CHECK(says(loaded({"--config", "/no/such/file"}).errors,
             {"/no/such/file", "No such file"}));
  CHECK(says(loaded({"--config", "/"}).errors, {"directory"}));
  CHECK(says(refused(std::string((1U << 20U) + 1, '\n')), {"1 MiB"}));
}

TEST_CASE("what print-config prints loads again") {
  const std::vector<std::string> strange{
    "--trace-consumer-group=\"g\\#'", "--trace-streams=a#1,\"b\"",
    "--trace-exporter-type=none",     "--mcp-mesh-distributed-tracing-enabled",
    "--trace-timeout=1h0m0.5s",       "--trace-max-value-bytes=1001",
    "--redis-url=redis://u:p@h:1/2",  "--trace-http-token=secret",
    "--trace-log-level=off",          "--trace-workers=2"};
  auto arguments = strange;
  arguments.emplace_back("--print-config");
  const auto printed = loaded(arguments, {{"PORT", "99"}});
  CHECK(printed.exit_code == 0);
  const auto again = with_file(printed.output);
  REQUIRE_MESSAGE(again.serve, again.errors);
  const auto first = shown(loaded(strange, {{"PORT", "99"}}).serve.value());
  const auto second = shown(again.serve.value());
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CAPTURE(first[i].key);
    CHECK(first[i].text == second[i].text);
  }
  CHECK(again.serve->consumer_group == "\"g\\#'");
}

TEST_CASE("print-config says where each value comes from") {
  const temporary_file file{"trace_window = 5\n"};
  const auto text
    = loaded({"--config", file.path(), "--print-config", "--trace-stores=2"},
             {{"PORT", "99"}})
        .output;
  const auto place = "trace_window = 5 # " + file.path() + ":1\n";
  CHECK(says(text, {"\nport = 99 # environment\n",
                    "\ntrace_stores = 2 # --trace-stores\n", place.c_str(),
                    "\ntrace_readers = 1 # default\n",
                    "\ntrace_streams = [\"mcp-mesh:traces\", \"mesh:trace\"] "
                    "# default\n",
                    "\ntrace_timeout = \"5m\" # default\n"}));
}

TEST_CASE("a mask that is loaded as a secret is a warning") {
  const auto result = with_file("trace_http_token = \"***\"\n");
  CHECK(result.serve);
  REQUIRE(result.warnings.size() == 1);
  CHECK(says(result.warnings[0], {"TRACE_HTTP_TOKEN", "--print-config"}));
  CHECK(with_file("trace_http_token = \"\"\n").warnings.empty());
}
