#pragma once

#include "exporters/console.hpp"
#include "exporters/exporter.hpp"
#include "exporters/json.hpp"
#include "exporters/otlp.hpp"
#include "exporters/webhook.hpp"
#include "exporters/zipkin.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What the settings say to the exporters.
struct exporter_options {
  console_options console;
  json_options json;
  otlp_options otlp;
  zipkin_options zipkin;
  webhook_options webhook;
};

/// The exporters that there are, as TRACE_EXPORTER_TYPE names them. `none` is
/// not one of them.
std::vector<std::string_view> exporter_names();

/// The exporter of this name; null if there is none.
std::unique_ptr<exporter>
make_exporter(std::string_view name, const exporter_options& options);

} // namespace meshtrace
