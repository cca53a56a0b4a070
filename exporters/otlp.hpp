#pragma once

#include "exporters/target.hpp"

#include <cstdint>

namespace meshtrace {

enum class otlp_protocol : std::uint8_t { grpc, http_protobuf, http_json };

/// What the OTLP exporter needs to know.
struct otlp_options {
  otlp_protocol protocol = otlp_protocol::grpc;
  /// With gRPC the path of its URL means nothing.
  target_options target;
  batch_options batch;
};

} // namespace meshtrace
