#include "exporters/grpc_credentials.hpp"

#include <algorithm>
#include <fstream>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <iterator>
#include <stdexcept>

namespace meshtrace {

namespace {

/// Empty for no file.
std::string contents_of(const std::string& path) {
  if (path.empty())
    return {};
  std::ifstream file{path, std::ios::binary};
  std::string result{std::istreambuf_iterator<char>{file}, {}};
  if (!file || result.empty())
    throw std::runtime_error{"cannot read the PEM file " + path};
  return result;
}

std::shared_ptr<grpc::ChannelCredentials>
unverified(const grpc::SslCredentialsOptions& files) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
    std::make_shared<tls::NoOpCertificateVerifier>());
  if (!files.pem_cert_chain.empty()) {
    options.set_certificate_provider(
      std::make_shared<tls::StaticDataCertificateProvider>(
        std::vector{tls::IdentityKeyCertPair{files.pem_private_key,
                                             files.pem_cert_chain}}));
    options.watch_identity_key_cert_pairs();
  }
  return tls::TlsCredentials(options);
}

bool is_legal_name(std::string_view name) {
  return !name.empty() && !name.starts_with("grpc-")
         && std::ranges::all_of(name, [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                     || c == '-' || c == '_' || c == '.';
            });
}

bool is_legal_value(std::string_view value) {
  return std::ranges::all_of(value,
                             [](char c) { return c >= 0x20 && c <= 0x7E; });
}

} // namespace

std::shared_ptr<grpc::ChannelCredentials>
grpc_credentials(const target_options& target) {
  if (!target.url.starts_with("https://"))
    return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = contents_of(target.tls.ca);
  options.pem_private_key = contents_of(target.tls.key);
  options.pem_cert_chain = contents_of(target.tls.cert);
  return target.tls.skip_verify ? unverified(options)
                                : grpc::SslCredentials(options);
}

header_fields metadata_of(const header_fields& fields) {
  header_fields result;
  for (const auto& [name, value] : fields) {
    auto lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    if (is_legal_name(lower) && is_legal_value(value))
      result.emplace_back(std::move(lower), value);
  }
  return result;
}

} // namespace meshtrace
