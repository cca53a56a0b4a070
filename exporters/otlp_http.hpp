#pragma once

#include "exporters/http_sender.hpp"
#include "exporters/otlp.hpp"
#include "exporters/otlp_sender.hpp"

#include <string>

namespace meshtrace {

/// OTLP over HTTP, in Protocol Buffers or in JSON.
class otlp_http : public otlp_sender {
public:
  explicit otlp_http(const otlp_options& options);

  send_result send(std::span<const otlp_resource> resources) override;
  void interrupt() override;

private:
  const bool json_;
  const std::string version_;
  const std::string where_;
  http_sender http_;
};

} // namespace meshtrace
