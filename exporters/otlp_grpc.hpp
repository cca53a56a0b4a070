#pragma once

#include "exporters/otlp.hpp"
#include "exporters/otlp_sender.hpp"

#include <memory>

namespace meshtrace {

/// OTLP over gRPC.
class otlp_grpc : public otlp_sender {
public:
  explicit otlp_grpc(const otlp_options& options);
  ~otlp_grpc() override;

  send_result send(std::span<const otlp_resource> resources) override;
  void interrupt() override;

private:
  class channel;

  const std::string version_;
  std::unique_ptr<channel> channel_;
};

/// What an answer of gRPC means for the request. `code` is that of its status,
/// `reason` for the operator, `details` a google.rpc.Status that came with it.
send_result
judge_grpc_status(int code, std::string reason, std::string_view details);

/// `host:port` as gRPC wants it; the port is 4317 where `url` has none.
std::string grpc_address(std::string_view url);

} // namespace meshtrace
