// The groups of settings about exporting.
#include "app/settings_rows.hpp"
#include "app/settings_table.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::hours;
using namespace rows;

constexpr std::size_t kib = 1U << 10U;
constexpr std::size_t mib = 1U << 20U;
constexpr std::size_t gib = 1U << 30U;

/// The specification's base address: each kind of data has a path below it.
std::string below_base(std::string_view base) {
  while (base.ends_with('/'))
    base.remove_suffix(1);
  return std::string{base}.append("/v1/traces");
}

/// The specification's address of traces is used as it is: without a path it
/// is the root.
std::string as_it_is(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos
      || url.find('/', scheme + 3) != std::string_view::npos)
    return std::string{url};
  return std::string{url}.append("/");
}

/// The specification's whole milliseconds.
std::string milliseconds_text(std::string_view text) {
  return std::string{text}.append("ms");
}

/// A variable of the OpenTelemetry specification, the one for traces first.
std::vector<setting_alias>
otel(std::string_view of_traces, std::string_view of_all,
     std::string (*rewrite)(std::string_view) = nullptr) {
  return {{of_traces, rewrite}, {of_all, rewrite}};
}

} // namespace

setting_group exporting_group() {
  using s = settings;
  return {
    "Exporting",
    {
      choice("TRACE_EXPORT_FROM", &s::export_from,
             std::array{std::pair{"now"sv, export_start::now},
                        std::pair{"oldest"sv, export_start::oldest}},
             "What an exporter begins with that was not configured before: "
             "what comes next, or the oldest trace that is stored."),
      size("TRACE_EXPORT_BATCH_BYTES", &s::export_batch_bytes, 16 * kib,
           64 * mib,
           "Bytes of one request to OTLP and Zipkin targets, about and before "
           "compression."),
      duration("TRACE_EXPORT_BATCH_DELAY", &s::export_batch_delay, 0s, 1min,
               "How long a span may wait for others to fill a request to "
               "OTLP and Zipkin targets."),
      duration("TRACE_EXPORT_TIMEOUT", &s::export_timeout, 10ms, 5min,
               "How long one request to Zipkin or the webhook may take."),
      tls_file("TRACE_EXPORT_TLS_CA", &s::export_tls, &tls_options::ca,
               "Whom to trust with Zipkin and the webhook; empty trusts whom "
               "the system trusts."),
      tls_file("TRACE_EXPORT_TLS_CERT", &s::export_tls, &tls_options::cert,
               "The certificate to show to Zipkin and the webhook."),
      tls_file("TRACE_EXPORT_TLS_KEY", &s::export_tls, &tls_options::key,
               "Its private key."),
      tls_flag("TRACE_EXPORT_TLS_SKIP_VERIFY", &s::export_tls,
               &tls_options::skip_verify,
               "Whether the certificates of Zipkin and the webhook are not "
               "looked at."),
      optional_folder("TRACE_JSON_OUTPUT_DIR", &s::json_output_dir,
                      "The folder that the json exporter writes to; made if "
                      "it is not there."),
      choice("TRACE_JSON_LAYOUT", &s::json_file_layout,
             std::array{std::pair{"files"sv, json_layout::files},
                        std::pair{"lines"sv, json_layout::lines}},
             "A file for each trace, or a line for each trace in files that "
             "are closed by size and age."),
      size("TRACE_JSON_MAX_BYTES", &s::json_max_bytes, 64 * kib, 1024 * gib,
           "Bytes after which a file of lines is closed."),
      duration("TRACE_JSON_MAX_AGE", &s::json_max_age, 1s, hours{87'600},
               "How old a file of lines gets before it is closed."),
      integer("TRACE_JSON_KEEP", &s::json_keep, 0, std::size_t{1'000'000},
              "Closed files of lines that stay, the oldest are deleted; `0` "
              "keeps all."),
      also_from(url("ZIPKIN_ENDPOINT", &s::zipkin_endpoint,
                    "Where the zipkin exporter posts spans to."),
                {{"OTEL_EXPORTER_ZIPKIN_ENDPOINT"}}),
      headers("ZIPKIN_HEADERS", &s::zipkin_headers,
              "Header fields of each request to Zipkin."),
      secret_url("TRACE_WEBHOOK_URL", &s::webhook_url,
                 "Where the webhook exporter posts traces to."),
      webhook_traces("TRACE_WEBHOOK_FILTER", &s::webhook_traces,
                     "Which traces the webhook is called for."),
      integer("TRACE_WEBHOOK_RATE", &s::webhook_rate, 1, std::size_t{60'000},
              "Calls of the webhook within a minute; traces beyond are held "
              "back and counted."),
      headers("TRACE_WEBHOOK_HEADERS", &s::webhook_headers,
              "Header fields of each call of the webhook."),
    }};
}

setting_group telemetry_group() {
  using s = settings;
  auto address = also_from(
    endpoint("TELEMETRY_ENDPOINT", &s::telemetry_endpoint,
             "Where the otlp exporter sends to. With HTTP an address without "
             "a path gets `/v1/traces`."),
    {{"OTLP_ENDPOINT"},
     {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", as_it_is},
     {"OTEL_EXPORTER_OTLP_ENDPOINT", below_base}});
  auto protocol = also_from(
    choice(
      "TELEMETRY_PROTOCOL", &s::telemetry_protocol,
      std::array{std::pair{"grpc"sv, otlp_protocol::grpc},
                 std::pair{"http/protobuf"sv, otlp_protocol::http_protobuf},
                 std::pair{"http"sv, otlp_protocol::http_protobuf},
                 std::pair{"http/json"sv, otlp_protocol::http_json}},
      "How the otlp exporter sends. Where the endpoint comes from an "
      "OTEL variable, the default is theirs, `http/protobuf`."),
    otel("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"));
  protocol = computed(std::move(protocol), "grpc",
                      [](settings& to, const host_facts&) {
                        const auto from = to.sources.find("TELEMETRY_ENDPOINT");
                        if (from != to.sources.end()
                            && from->second.find("OTEL_") != std::string::npos)
                          to.telemetry_protocol = otlp_protocol::http_protobuf;
                      });
  return {
    "OTLP",
    {
      std::move(address),
      std::move(protocol),
      also_from(headers("TELEMETRY_HEADERS", &s::telemetry_headers,
                        "Header fields (with gRPC: metadata) of each request."),
                otel("OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                     "OTEL_EXPORTER_OTLP_HEADERS")),
      also_from(choice("TELEMETRY_COMPRESSION", &s::telemetry_gzip,
                       std::array{std::pair{"gzip"sv, true},
                                  std::pair{"none"sv, false}},
                       "How requests are compressed."),
                otel("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
                     "OTEL_EXPORTER_OTLP_COMPRESSION")),
      also_from(duration("TELEMETRY_TIMEOUT", &s::telemetry_timeout, 10ms, 5min,
                         "How long one request may take."),
                otel("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
                     "OTEL_EXPORTER_OTLP_TIMEOUT", milliseconds_text)),
      also_from(boolean("TELEMETRY_INSECURE", &s::telemetry_insecure,
                        "Whether an endpoint without a scheme is spoken to "
                        "without TLS."),
                otel("OTEL_EXPORTER_OTLP_TRACES_INSECURE",
                     "OTEL_EXPORTER_OTLP_INSECURE")),
      also_from(tls_file("TELEMETRY_TLS_CA", &s::telemetry_tls,
                         &tls_options::ca,
                         "Whom to trust; empty trusts whom the system trusts."),
                otel("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                     "OTEL_EXPORTER_OTLP_CERTIFICATE")),
      also_from(tls_file("TELEMETRY_TLS_CERT", &s::telemetry_tls,
                         &tls_options::cert, "The certificate to show."),
                otel("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
                     "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")),
      also_from(tls_file("TELEMETRY_TLS_KEY", &s::telemetry_tls,
                         &tls_options::key, "Its private key."),
                otel("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
                     "OTEL_EXPORTER_OTLP_CLIENT_KEY")),
      tls_flag("TELEMETRY_TLS_SKIP_VERIFY", &s::telemetry_tls,
               &tls_options::skip_verify,
               "Whether the target's certificate is not looked at."),
    }};
}

void resolve_exporters(settings& config) {
  if (config.exporters != std::vector<std::string>{"multi"})
    return;
  config.exporters = {"console"};
  for (const auto& [exporter, target] :
       {std::pair{"json", "TRACE_JSON_OUTPUT_DIR"},
        std::pair{"otlp", "TELEMETRY_ENDPOINT"},
        std::pair{"zipkin", "ZIPKIN_ENDPOINT"},
        std::pair{"webhook", "TRACE_WEBHOOK_URL"}})
    if (config.given(target))
      config.exporters.emplace_back(exporter);
}

} // namespace meshtrace
