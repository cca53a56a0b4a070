#pragma once

#include "exporters/span_exporter.hpp"
#include "exporters/target.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace meshtrace {

class otlp_sender;

enum class otlp_protocol : std::uint8_t { grpc, http_protobuf, http_json };

/// What the OTLP exporter needs to know.
struct otlp_options {
  otlp_protocol protocol = otlp_protocol::grpc;
  /// With gRPC the path of its URL means nothing.
  target_options target;
  batch_options batch;
  /// Of this service, for the scope of the spans.
  std::string version;
};

/// Sends spans to whatever speaks OTLP: Jaeger, Tempo, a collector.
class otlp : public span_exporter {
public:
  /// Throws std::runtime_error where a file of the TLS options cannot be read.
  explicit otlp(const otlp_options& options);
  ~otlp() override;

  std::string_view name() const override {
    return "otlp";
  }

  void interrupt() override;

protected:
  send_result send(std::span<const outgoing_span> spans) override;

private:
  std::unique_ptr<otlp_sender> sender_;
};

} // namespace meshtrace
