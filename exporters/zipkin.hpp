#pragma once

#include "exporters/http_sender.hpp"
#include "exporters/span_exporter.hpp"
#include "exporters/target.hpp"

#include <span>
#include <string_view>

namespace meshtrace {

/// What the Zipkin exporter needs to know.
struct zipkin_options {
  target_options target;
  batch_options batch;
};

/// Posts spans to a Zipkin server, or to what takes its format. Whatever may
/// be mended there is tried again.
class zipkin : public span_exporter {
public:
  explicit zipkin(const zipkin_options& options);

  std::string_view name() const override {
    return "zipkin";
  }

  void interrupt() override {
    sender_.interrupt();
  }

protected:
  send_result send(std::span<const outgoing_span> spans) override;

private:
  http_sender sender_;
};

} // namespace meshtrace
