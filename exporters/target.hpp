#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// How to trust a target and be trusted by it: PEM files, each may be empty.
/// An empty `ca` means the system's authorities.
struct tls_options {
  std::string ca;
  std::string cert;
  std::string key;
  /// Do not look at the target's certificate.
  bool skip_verify = false;
};

/// Header fields by name; their values may be secrets.
using header_fields = std::vector<std::pair<std::string, std::string>>;

/// Where to send requests, and how.
struct target_options {
  /// `http://` or `https://`; may hold a secret.
  std::string url;
  header_fields headers;
  bool gzip = true;
  /// One request, connecting included.
  std::chrono::milliseconds timeout{10'000};
  tls_options tls;
  /// Whoever knows the URL may use it. Then no answer is quoted: many repeat
  /// the path.
  bool secret_url = false;
};

/// How spans become requests.
struct batch_options {
  /// Bytes that a request may have, about. One span may have more.
  std::size_t max_bytes = std::size_t{1} << 20;
  /// How long a span may wait for others.
  std::chrono::milliseconds delay{200};
};

} // namespace meshtrace
