#pragma once

#include "exporters/target.hpp"

#include <memory>
#include <string_view>

namespace grpc {
class ChannelCredentials;
}

namespace meshtrace {

/// How to speak to the target: TLS for `https://`, else in the clear. Throws
/// std::runtime_error where a file cannot be read.
std::shared_ptr<grpc::ChannelCredentials>
grpc_credentials(const target_options& target);

/// `fields` as metadata: names in lower case. gRPC ends the process over a name
/// or value that it cannot send, so these are left out, and so are the names
/// that it keeps for itself.
header_fields metadata_of(const header_fields& fields);

} // namespace meshtrace
