#include "app/exporter_settings.hpp"
#include "tests/app/loading.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

/// What the exporters are told where these variables are set.
exporter_options options_with(const environment& variables) {
  const auto result = loaded({}, variables);
  CHECK(result.errors == "");
  REQUIRE(result.serve.has_value());
  return exporter_options_of(*result.serve);
}

std::string refusal(const environment& variables) {
  return loaded({}, variables).errors;
}

} // namespace

TEST_SUITE_BEGIN("settings of exporting");

TEST_CASE("the defaults are those of the targets' own tools") {
  const auto options = options_with({});
  CHECK(options.zipkin.target.url == "http://localhost:9411/api/v2/spans");
  CHECK(options.zipkin.target.gzip);
  CHECK(options.zipkin.target.timeout == 10s);
  CHECK(options.zipkin.batch.max_bytes == 1'048'576);
  CHECK(options.zipkin.batch.delay == 200ms);
  CHECK(options.webhook.per_minute == 60);
  CHECK(options.webhook.filter == webhook_filter{.failed = true});
  CHECK_FALSE(options.webhook.target.gzip);
  CHECK(options.otlp.protocol == otlp_protocol::grpc);
  CHECK(options.otlp.target.url == "http://localhost:4317");
}

TEST_CASE("what is set reaches the exporters") {
  const auto options
    = options_with({{"ZIPKIN_ENDPOINT", "https://z:1/x"},
                    {"ZIPKIN_HEADERS", "a=b%2Cc, D = e=f"},
                    {"TRACE_WEBHOOK_URL", "http://h/secret"},
                    {"TRACE_WEBHOOK_FILTER", "incomplete,slow:2s"},
                    {"TRACE_WEBHOOK_RATE", "7"},
                    {"TRACE_WEBHOOK_HEADERS", "x=y"},
                    {"TRACE_EXPORT_TIMEOUT", "3s"},
                    {"TRACE_EXPORT_BATCH_BYTES", "64KiB"},
                    {"TRACE_EXPORT_BATCH_DELAY", "1s"},
                    {"TRACE_EXPORT_TLS_CA", "/ca"},
                    {"TRACE_EXPORT_TLS_SKIP_VERIFY", "yes"}});
  const auto& zipkin = options.zipkin;
  CHECK(zipkin.target.url == "https://z:1/x");
  CHECK(zipkin.target.headers == header_fields{{"a", "b,c"}, {"D", "e=f"}});
  CHECK(zipkin.target.timeout == 3s);
  CHECK(zipkin.target.tls.ca == "/ca");
  CHECK(zipkin.target.tls.skip_verify);
  CHECK(zipkin.batch.max_bytes == 65'536);
  CHECK(zipkin.batch.delay == 1s);
  const auto& webhook = options.webhook;
  CHECK(webhook.target.url == "http://h/secret");
  CHECK(webhook.target.headers == header_fields{{"x", "y"}});
  CHECK(webhook.filter == webhook_filter{.incomplete = true, .slow = 2s});
  CHECK(webhook.per_minute == 7);
}

TEST_CASE("multi is the console and every target that was set") {
  const auto exporters = [](const environment& variables) {
    auto all = variables;
    all["TRACE_EXPORTER_TYPE"] = "multi";
    const auto result = loaded({}, all);
    CHECK(result.errors == "");
    return result.serve.value().exporters;
  };
  CHECK(exporters({}) == names{"console"});
  CHECK(exporters({{"ZIPKIN_ENDPOINT", "http://localhost:9411/api/v2/spans"}})
        == names{"console", "zipkin"});
  CHECK(exporters({{"ZIPKIN_ENDPOINT", ""}}) == names{"console"});
  CHECK(exporters({{"TRACE_WEBHOOK_URL", "http://h"},
                   {"TRACE_JSON_OUTPUT_DIR", "/d"},
                   {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://o:4318"}})
        == names{"console", "json", "otlp", "webhook"});
  for (const auto* alias : {"multiple", "all", "MULTI"})
    CHECK(loaded({"--trace-exporter-type", alias}).serve.value().exporters
          == names{"console"});
}

TEST_CASE("an exporter without its target is a contradiction") {
  CHECK(says(refusal({{"TRACE_EXPORTER_TYPE", "webhook"}}),
             {"TRACE_EXPORTER_TYPE has webhook", "TRACE_WEBHOOK_URL"}));
  CHECK(says(
    loaded({"--trace-exporter-type=zipkin", "--zipkin-endpoint", ""}).errors,
    {"TRACE_EXPORTER_TYPE has zipkin", "ZIPKIN_ENDPOINT"}));
  CHECK(says(refusal({{"TRACE_EXPORT_TLS_CERT", "/c"}}),
             {"TRACE_EXPORT_TLS_CERT and TRACE_EXPORT_TLS_KEY go together"}));
  CHECK(says(refusal({{"TELEMETRY_TLS_KEY", "/k"}}),
             {"TELEMETRY_TLS_CERT and TELEMETRY_TLS_KEY go together"}));
  for (const char* fields : {"grpc-timeout=1", "a!b=c", "name=caf%C3%A9"}) {
    CHECK(says(
      refusal({{"TRACE_EXPORTER_TYPE", "otlp"}, {"TELEMETRY_HEADERS", fields}}),
      {"gRPC cannot send"}));
    CHECK(refusal({{"TRACE_EXPORTER_TYPE", "otlp"},
                   {"TELEMETRY_PROTOCOL", "http"},
                   {"TELEMETRY_HEADERS", fields}})
          == "");
  }
}

TEST_CASE("URLs and header fields are looked at before the start") {
  for (const auto* url : {"localhost:9411", "ftp://h/x", "http://",
                          "http://a b", "http://h:99999/", "unix:///x"})
    CHECK_MESSAGE(says(refusal({{"ZIPKIN_ENDPOINT", url}}),
                       {"ZIPKIN_ENDPOINT", "http:// or https://"}),
                  url);
  for (const auto* fields : {"a", "=b", "a b=c", "a=b%0Ac", "a=b,c", "a:b=c"})
    CHECK_MESSAGE(says(refusal({{"ZIPKIN_HEADERS", fields}}),
                       {"ZIPKIN_HEADERS", "name=value"}),
                  fields);
  CHECK(says(refusal({{"TRACE_WEBHOOK_FILTER", "slow:fast"}}),
             {"TRACE_WEBHOOK_FILTER", "such as slow:1.5s"}));
  CHECK(refusal({{"TRACE_WEBHOOK_RATE", "0"}}) != "");
}

TEST_CASE("secrets of targets are never shown") {
  const environment variables{{"TRACE_WEBHOOK_URL", "https://h/hunter2"},
                              {"TRACE_WEBHOOK_HEADERS", "a=hunter2"},
                              {"ZIPKIN_HEADERS", "a=hunter2"},
                              {"TELEMETRY_HEADERS", "a=hunter2"},
                              {"TELEMETRY_ENDPOINT", "u:hunter2@h:4317"},
                              {"ZIPKIN_ENDPOINT", "http://u:hunter2@h/@x"},
                              {"TRACE_EXPORTER_TYPE", "webhook"}};
  const auto printed = loaded({"--print-config"}, variables);
  CHECK(says(printed.output, {"***", "***@h:4317", "http://***@h/@x"}));
  CHECK_FALSE(says(printed.output, {"hunter2"}));
  for (const auto* name :
       {"TRACE_WEBHOOK_HEADERS", "ZIPKIN_HEADERS", "TELEMETRY_HEADERS"})
    CHECK_FALSE(says(refusal({{name, "hunter2"}}), {"hunter2"}));
  for (const auto* name : {"TRACE_WEBHOOK_URL", "ZIPKIN_ENDPOINT"})
    CHECK_FALSE(says(refusal({{name, "ftp://u:hunter2@x"}}), {"hunter2"}));
}

TEST_CASE("OpenTelemetry's variables are taken, and ours beat them") {
  const environment otel{
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://o:4318/base/"},
    {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"},
    {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"},
    {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca"},
    {"OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://z/api/v2/spans"}};
  auto options = options_with(otel);
  CHECK(options.otlp.protocol == otlp_protocol::http_protobuf);
  CHECK(options.otlp.target.url == "http://o:4318/base/v1/traces");
  CHECK(options.otlp.target.headers == header_fields{{"a", "b"}});
  CHECK_FALSE(options.otlp.target.gzip);
  CHECK(options.otlp.target.timeout == 1500ms);
  CHECK(options.otlp.target.tls.ca == "/ca");
  CHECK(options.zipkin.target.url == "http://z/api/v2/spans");
  auto more = otel;
  more["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://t:4318";
  more["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/json";
  options = options_with(more);
  CHECK(options.otlp.target.url == "http://t:4318/");
  CHECK(options.otlp.protocol == otlp_protocol::http_json);
  more["TELEMETRY_ENDPOINT"] = "mine:4317";
  more["TELEMETRY_PROTOCOL"] = "grpc";
  options = options_with(more);
  CHECK(options.otlp.target.url == "http://mine:4317");
  CHECK(options.otlp.protocol == otlp_protocol::grpc);
  CHECK(options_with({{"OTLP_ENDPOINT", "old:4317"}}).otlp.target.url
        == "http://old:4317");
}

TEST_CASE(
  "an endpoint without scheme is spoken to as TELEMETRY_INSECURE says") {
  CHECK(options_with({{"TELEMETRY_INSECURE", "false"}}).otlp.target.url
        == "https://localhost:4317");
  CHECK(options_with(
          {{"TELEMETRY_PROTOCOL", "http"}, {"TELEMETRY_ENDPOINT", "o:4318"}})
          .otlp.target.url
        == "http://o:4318/v1/traces");
}

TEST_SUITE_END();
