#pragma once

#include "exporters/otlp_answer.hpp"
#include "exporters/otlp_model.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace {

/// `resources` as an ExportTraceServiceRequest in JSON. `version` is the
/// scope's.
std::string to_otlp_json(std::span<const otlp_resource> resources,
                         std::string_view version);

/// Reads an ExportTraceServiceResponse in JSON; nothing if `text` is none.
std::optional<otlp_answer> read_otlp_json_answer(std::string_view text);

/// Reads a google.rpc.Status in JSON; empty where `text` is none.
otlp_refusal read_otlp_json_refusal(std::string_view text);

} // namespace meshtrace
