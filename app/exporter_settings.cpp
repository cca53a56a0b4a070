#include "app/exporter_settings.hpp"

#include "app/version.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace meshtrace {

namespace {

std::chrono::milliseconds to_ms(settings::duration x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x);
}

/// `host:port` and addresses without a path made whole.
std::string telemetry_url(const settings& config) {
  auto url = config.telemetry_endpoint;
  if (url.find("://") == std::string::npos)
    url.insert(0, config.telemetry_insecure ? "http://" : "https://");
  const auto path = url.find('/', url.find("://") + 3);
  if (config.telemetry_protocol != otlp_protocol::grpc
      && path == std::string::npos)
    url += "/v1/traces";
  return url;
}

} // namespace

exporter_options exporter_options_of(const settings& config) {
  exporter_options result;
  const batch_options batch{config.export_batch_bytes,
                            to_ms(config.export_batch_delay)};
  const auto timeout = to_ms(config.export_timeout);
  result.console.pretty = config.pretty_output;
  result.json
    = {config.json_output_dir, config.json_file_layout, config.json_max_bytes,
       to_ms(config.json_max_age), config.json_keep};
  result.otlp
    = {config.telemetry_protocol,
       {telemetry_url(config), config.telemetry_headers, config.telemetry_gzip,
        to_ms(config.telemetry_timeout), config.telemetry_tls},
       batch,
       std::string{version()}};
  result.zipkin = {{config.zipkin_endpoint, config.zipkin_headers, true,
                    timeout, config.export_tls},
                   batch};
  result.webhook = {{config.webhook_url, config.webhook_headers, false, timeout,
                     config.export_tls},
                    config.webhook_traces,
                    config.webhook_rate};
  return result;
}

} // namespace meshtrace
