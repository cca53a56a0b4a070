#include "app/settings_names.hpp"
#include "app/settings_print.hpp"
#include "app/settings_table.hpp"
#include "tests/app/loading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

// The reason why a value is refused; empty if it is taken.
std::string refusal(const std::string& name, const std::string& value) {
  return loaded({flag_name(name), value}).errors;
}

} // namespace

TEST_CASE("each row of the table has all that an operator needs") {
  std::set<std::string> names;
  for (const auto& entry : settings_table()) {
    CAPTURE(entry.name);
    CHECK(names.insert(std::string{entry.name}).second);
    CHECK_FALSE(entry.legal.empty());
    CHECK(entry.description.ends_with('.'));
  }
}

TEST_CASE("only what nothing can be guessed for has no default") {
  std::set<std::string_view> without;
  for (const auto& entry : settings_table())
    if (entry.default_text.empty())
      without.insert(entry.name);
  CHECK(without
        == std::set<std::string_view>{
          "TRACE_HTTP_TOKEN", "TRACE_JSON_OUTPUT_DIR", "TRACE_WEBHOOK_URL",
          "TRACE_WEBHOOK_HEADERS", "ZIPKIN_HEADERS", "TELEMETRY_HEADERS",
          "TRACE_EXPORT_TLS_CA", "TRACE_EXPORT_TLS_CERT",
          "TRACE_EXPORT_TLS_KEY", "TELEMETRY_TLS_CA", "TELEMETRY_TLS_CERT",
          "TELEMETRY_TLS_KEY"});
}

TEST_CASE("what is shown of a default is legal and the default again") {
  settings config;
  config.consumer_name = "me";
  for (const auto& entry : settings_table()) {
    CAPTURE(entry.name);
    const auto before = entry.show(config);
    CHECK(entry.assign(config, before));
    CHECK(entry.show(config) == before);
  }
}

TEST_CASE("the defaults are those of the design") {
  const auto config = loaded({}).serve.value();
  CHECK_FALSE(config.tracing_enabled);
  CHECK(config.exporters == std::vector<std::string>{"console"});
  CHECK(config.pretty_output);
  CHECK(config.stats_enabled);
  CHECK(config.batch_size == 100);
  CHECK(config.batch_max == 1000);
  CHECK(config.trace_timeout == 5min);
  CHECK(config.root_quiet == 500ms);
  CHECK(config.parent_wait == 60s);
  CHECK(config.redis_url == "redis://localhost:6379");
  CHECK(config.retention == 24h);
  CHECK(config.streams
        == std::vector<std::string>{"mcp-mesh:traces", "mesh:trace"});
  CHECK(config.host == "127.0.0.1");
  CHECK(config.port == 8000);
  CHECK(config.memory_budget == 536'870'912);
  CHECK(config.max_trace_bytes == 8'388'608);
  CHECK(config.shutdown_timeout == 10s);
}

TEST_CASE("some defaults follow the machine and other settings") {
  auto config = loaded({}).serve.value();
  CHECK(config.consumer_name == "meshtrace-box-8000");
  CHECK(config.workers == 6);
  CHECK(config.correlators == 4);
  CHECK_FALSE(config.given("TRACE_WORKERS"));
  config = loaded({"--port=90", "--trace-workers=3"}).serve.value();
  CHECK(config.consumer_name == "meshtrace-box-90");
  CHECK(config.workers == 3);
  CHECK(load({}, {}, {"box", 2}).serve.value().correlators == 2);
}

TEST_CASE("numbers have limits, which belong to them") {
  for (const auto& [name, least, most] :
       {std::tuple{"TRACE_BATCH_SIZE", "1", "1000"},
        std::tuple{"TRACE_BATCH_MAX", "100", "10000"},
        std::tuple{"TRACE_WINDOW", "1", "64"}, std::tuple{"PORT", "0", "65535"},
        std::tuple{"TRACE_PARTITIONS", "1", "1024"},
        std::tuple{"TRACE_MEMORY_BUDGET", "16MiB", "1024GiB"},
        std::tuple{"TRACE_TIMEOUT", "100ms", "168h"},
        std::tuple{"MCP_MESH_TRACE_RETENTION", "0", "87600h"}}) {
    CHECK(refusal(name, least) == "");
    CHECK(refusal(name, most) == "");
  }
  for (const auto& [name, value] :
       {std::pair{"TRACE_BATCH_SIZE", "0"},
        std::pair{"TRACE_BATCH_SIZE", "1001"},
        std::pair{"TRACE_BATCH_MAX", "10001"}, std::pair{"TRACE_WINDOW", "65"},
        std::pair{"PORT", "65536"}, std::pair{"PORT", "-1"},
        std::pair{"TRACE_PARTITIONS", "0"},
        std::pair{"TRACE_MEMORY_BUDGET", "16777215"},
        std::pair{"TRACE_MEMORY_BUDGET", "1025GiB"},
        std::pair{"TRACE_TIMEOUT", "99ms"}, std::pair{"TRACE_TIMEOUT", "5"},
        std::pair{"TRACE_TIMEOUT", "168h0.1s"},
        std::pair{"TRACE_ROOT_QUIET", "-1s"}})
    CHECK(says(refusal(name, value), {name, value, "it must be"}));
}

TEST_CASE("a batch can not be greater than the greatest batch") {
  CHECK(says(refusal("TRACE_BATCH_MAX", "99"),
             {"TRACE_BATCH_MAX (99)", "TRACE_BATCH_SIZE (100)"}));
  CHECK(loaded({"--trace-batch-max=99", "--trace-batch-size=99"}).errors == "");
}

TEST_CASE("only exporters that exist are taken") {
  using names = std::vector<std::string>;
  const auto taken = [](const std::string& text) {
    return loaded({"--trace-exporter-type", text}).serve.value().exporters;
  };
  CHECK(taken("console") == names{"console"});
  CHECK(taken("none").empty());
  CHECK(taken("zipkin, Console") == names{"zipkin", "console"});
  CHECK(
    says(refusal("TRACE_EXPORTER_TYPE", "oltp"),
         {"none, multi, or a comma list of: console", "no exporter \"oltp\""}));
  CHECK(says(refusal("TRACE_EXPORTER_TYPE", "multi,console"),
             {"multi stands alone"}));
  CHECK(says(refusal("TRACE_EXPORTER_TYPE", "console,none"),
             {"none stands alone"}));
  CHECK(refusal("TRACE_EXPORTER_TYPE", "console,console") != "");
  CHECK(refusal("TRACE_EXPORTER_TYPE", "console,") != "");
}

TEST_CASE("streams are names, each once, at least one") {
  const auto config = loaded({"--trace-streams", "a, b:c"}).serve.value();
  CHECK(config.streams == std::vector<std::string>{"a", "b:c"});
  CHECK(says(refusal("TRACE_STREAMS", "a,a"), {"\"a\" comes twice"}));
  CHECK(refusal("TRACE_STREAMS", "") != "");
  CHECK(says(refusal("TRACE_STREAMS", "a b"), {"blank"}));
  std::string many = "s0";
  for (int i = 1; i < 64; ++i)
    many += ",s" + std::to_string(i);
  CHECK(refusal("TRACE_STREAMS", many) == "");
  CHECK(refusal("TRACE_STREAMS", many + ",s64") != "");
}

TEST_CASE("words are one of those that are known") {
  const auto config
    = loaded({"--trace-start-from=newest", "--trace-log-level=WARN",
              "--trace-log-format=json"})
        .serve.value();
  CHECK(config.start_from == start_position::newest);
  CHECK(config.level == log_level::warn);
  CHECK(config.format == log_format::json);
  CHECK(says(refusal("TRACE_START_FROM", "now"), {"oldest or newest"}));
  CHECK(says(refusal("TRACE_LOG_LEVEL", "loud"),
             {"trace, debug, info, warn, error or off"}));
  CHECK(
    says(refusal("TRACE_STORE", "sqlite"), {"it must be rocksdb or memory"}));
}

TEST_CASE("the address to listen at is one without a port") {
  for (const auto* host :
       {"0.0.0.0", "::1", "fe80::1%eth0", "db.example-1.org"})
    CHECK_MESSAGE(refusal("HOST", host) == "", host);
  for (const auto* host : {"", "a b", "localhost:80", "http://x", "[::1]"})
    CHECK_MESSAGE(refusal("HOST", host) != "", host);
}

TEST_CASE("names in the group are visible text") {
  CHECK(refusal("TRACE_CONSUMER_GROUP", std::string(128, 'a')) == "");
  for (const auto& name : {std::string{}, std::string(129, 'a'),
                           std::string{"a b"}, std::string{"a\x7f"}}) {
    CHECK(refusal("TRACE_CONSUMER_GROUP", name) != "");
    CHECK(refusal("TRACE_CONSUMER_NAME", name) != "");
  }
}

TEST_CASE("Redis is reached by TCP and unix sockets, not yet by TLS") {
  CHECK(refusal("REDIS_URL", "redis://user:pass@redis:6380/2") == "");
  CHECK(refusal("REDIS_URL", "unix:///run/redis.sock?db=1") == "");
  CHECK(says(refusal("REDIS_URL", "rediss://redis"), {"TLS"}));
  CHECK(says(refusal("REDIS_URL", "http://redis"), {"starts with redis://"}));
}

TEST_CASE("no secret is ever shown") {
  for (const auto* url : {"redis://u:hunter2@h", "redis://:hunter2@h:1/2",
                          "unix://u:hunter2@/s", "rediss://u:hunter2@h",
                          "http://u:hunter2@h", "redis://u:hunter2@h:port",
                          "redis://u:hun/ter2@h", "redis://u:hunter2%zz@h"}) {
    CAPTURE(url);
    for (const auto& result :
         {loaded({"--print-config"}, {{"REDIS_URL", url}}),
          loaded({"--print-config", "--redis-url", url}),
          loaded({"--print-config"}, {{"TRACE_HTTP_TOKEN", "hunter2"}}),
          loaded({"--print-config", "--trace-http-token=hunter2 ter2"})})
      for (const auto* part : {"hunter2", "ter2"}) {
        CHECK_FALSE(says(result.output, {part}));
        CHECK_FALSE(says(result.errors, {part}));
      }
  }
  const auto config
    = loaded({"--redis-url=redis://u:hunter2@h", "--trace-http-token=hunter2"})
        .serve.value();
  CHECK(config.http_token == "hunter2");
  CHECK(config.redis_url == "redis://u:hunter2@h");
  for (const auto& [key, text] : shown(config))
    CHECK_MESSAGE(text.find("hunter2") == std::string::npos, key);
}

TEST_CASE("docs/configuration.md has the table of this program") {
  const std::string path = MESHTRACE_CONFIGURATION_DOCUMENT;
  std::ifstream in{path};
  std::string document{std::istreambuf_iterator<char>{in}, {}};
  const std::string begin = "<!-- settings: begin -->\n";
  const std::string end = "<!-- settings: end -->\n";
  const auto from = document.find(begin);
  const auto to = document.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  const auto old
    = document.substr(from + begin.size(), to - from - begin.size());
  const auto now = '\n' + markdown_tables();
  if (std::getenv("MESHTRACE_WRITE_DOCS") != nullptr && old != now) {
    document.replace(from + begin.size(), old.size(), now);
    std::ofstream{path} << document;
    return;
  }
  INFO("write it anew as the document itself says");
  CHECK(old == now);
}
