#pragma once

#include "exporters/otlp_answer.hpp"
#include "exporters/otlp_model.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace {

/// `resources` as an ExportTraceServiceRequest. `version` is the scope's.
std::string to_otlp_protobuf(std::span<const otlp_resource> resources,
                             std::string_view version);

/// Reads an ExportTraceServiceResponse; nothing if `bytes` are none.
std::optional<otlp_answer> read_otlp_protobuf_answer(std::string_view bytes);

/// Reads a google.rpc.Status; empty where `bytes` are none.
otlp_refusal read_otlp_protobuf_refusal(std::string_view bytes);

} // namespace meshtrace
