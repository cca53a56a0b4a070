#include "exporters/http_sender.hpp"

#include "exporters/gzip.hpp"
#include "trace/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <curl/curl.h>
#include <new>
#include <stdexcept>

namespace meshtrace {

namespace {

/// Less than this is not worth compressing.
constexpr std::size_t least_gzip_bytes = 1024;
/// What of an answer's body is quoted in a reason.
constexpr std::size_t most_quoted_bytes = 200;

struct free_handle {
  void operator()(CURL* x) const {
    curl_easy_cleanup(x);
  }
};

struct free_list {
  void operator()(curl_slist* x) const {
    curl_slist_free_all(x);
  }
};

using handle = std::unique_ptr<CURL, free_handle>;
using header_list = std::unique_ptr<curl_slist, free_list>;

void add(header_list& to, const std::string& header) {
  auto* longer = curl_slist_append(to.get(), header.c_str());
  if (longer == nullptr)
    throw std::bad_alloc{};
  static_cast<void>(to.release());
  to.reset(longer);
}

/// Ends the transfer where there is more than we want: an answer that never
/// ends says no less than its beginning.
std::size_t
take_body(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  const auto room = http_sender::most_answer_bytes - body.size();
  const auto taken = std::min(room, size * count);
  body.append(bytes, taken);
  return taken;
}

int is_interrupted(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

void start_curl_once() {
  static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK)
    throw std::runtime_error{"libcurl cannot be started"};
}

/// How curl wants a field; it takes `Name:` for one to leave out.
std::string header_line(const std::string& name, const std::string& value) {
  return value.empty() ? name + ';' : fmt::format("{}: {}", name, value);
}

/// `text` without what the header fields hold: some targets repeat a token
/// that they do not take.
std::string without_secrets(std::string text, const header_fields& headers) {
  constexpr std::size_t least_secret_bytes = 4;
  for (const auto& [name, value] : headers) {
    const auto secret = value.substr(value.rfind(' ') + 1); // `Bearer token`
    if (secret.size() < least_secret_bytes)
      continue;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at))
      text.replace(at, secret.size(), "***");
  }
  return text;
}

/// What an answer says, for the operator.
std::string reason_of(const http_answer& got, const target_options& target) {
  const auto said
    = fmt::format("{} answers {}", url_for_people(target.url), got.status);
  if (target.secret_url || got.body.empty())
    return said;
  const auto body = without_secrets(got.body, target.headers);
  return said + ": " + escaped(cut_utf8(body, most_quoted_bytes));
}

void set_text(CURL* curl, CURLoption option, const std::string& value) {
  if (!value.empty())
    curl_easy_setopt(curl, option, value.c_str());
}

} // namespace

struct http_sender::parts {
  handle curl;
  std::string body;
  char error[CURL_ERROR_SIZE] = {};
};

http_sender::http_sender(target_options target, retry_rules rules)
  : target_(std::move(target)), rules_(rules),
    parts_(std::make_unique<parts>()) {
  start_curl_once();
  parts_->curl.reset(curl_easy_init());
  auto* curl = parts_->curl.get();
  if (curl == nullptr)
    throw std::bad_alloc{};
  const auto timeout = static_cast<long>(target_.timeout.count());
  const auto& tls = target_.tls;
  curl_easy_setopt(curl, CURLOPT_URL, target_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, parts_->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &parts_->body);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_interrupted);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &interrupted_);
  set_text(curl, CURLOPT_CAINFO, tls.ca);
  set_text(curl, CURLOPT_SSLCERT, tls.cert);
  set_text(curl, CURLOPT_SSLKEY, tls.key);
  if (tls.skip_verify) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

http_sender::~http_sender() = default;

send_result http_sender::post(std::string_view content_type,
                              std::string_view body, http_answer* answer) {
  auto* curl = parts_->curl.get();
  const auto packed = target_.gzip && body.size() >= least_gzip_bytes
                        ? gzip(body)
                        : std::string{};
  header_list headers;
  add(headers, fmt::format("Content-Type: {}", content_type));
  add(headers, "Expect:"); // no round trip before the body
  if (!packed.empty()) {
    add(headers, "Content-Encoding: gzip");
    body = packed;
  }
  for (const auto& [name, value] : target_.headers)
    add(headers, header_line(name, value));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  parts_->body.clear();
  parts_->error[0] = '\0';
  auto code
    = interrupted_ ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(curl);
  if (code == CURLE_WRITE_ERROR && parts_->body.size() == most_answer_bytes)
    code = CURLE_OK;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, nullptr);
  if (code != CURLE_OK) {
    const std::string_view details{parts_->error};
    return {send_result::verdict::later,
            fmt::format("{}: {}", url_for_people(target_.url),
                        interrupted_      ? "the service stops"
                        : details.empty() ? curl_easy_strerror(code)
                                          : details)};
  }
  http_answer got;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got.status);
  if (const char* type = nullptr;
      curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK
      && type != nullptr)
    got.content_type = type;
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  got.body = std::move(parts_->body);
  auto result = judge_status(
    got.status, rules_, reason_of(got, target_),
    std::chrono::seconds{std::clamp<curl_off_t>(seconds, 0, 86'400)});
  if (answer != nullptr)
    *answer = std::move(got);
  return result;
}

std::string url_for_people(std::string_view url) {
  const auto scheme = url.find("://");
  const auto from = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", from), url.size());
  const auto user = url.substr(from, end - from).rfind('@');
  const auto host = user == std::string_view::npos ? from : from + user + 1;
  return std::string{url.substr(0, from)}.append(url.substr(host, end - host));
}

} // namespace meshtrace
