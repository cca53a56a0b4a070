#include "app/backup.hpp"

#include "trace/text.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <curl/curl.h>
#include <memory>
#include <string_view>

namespace meshtrace {

namespace {

/// More than any answer to this question has.
constexpr std::size_t most_answer_bytes = 64 * 1024;
constexpr long connect_seconds = 5;

std::string body_of(const backup_options& options) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  out.StartObject();
  out.Key("directory");
  out.String(options.directory);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > most_answer_bytes)
    return 0; // ends the transfer
  text.append(bytes, size * count);
  return size * count;
}

/// The message of an error object, or what there is instead.
std::string reason_in(const std::string& answer, long status) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(answer);
  if (!json.HasParseError() && json.IsObject() && json.HasMember("error")
      && json["error"].IsObject() && json["error"].HasMember("message")
      && json["error"]["message"].IsString())
    return json["error"]["message"].GetString();
  return fmt::format("HTTP status {}: {}", status, cut_utf8(answer, 200));
}

struct free_list {
  void operator()(curl_slist* x) const {
    curl_slist_free_all(x);
  }
};
using header_list = std::unique_ptr<curl_slist, free_list>;

void add(header_list& to, const std::string& header) {
  if (auto* longer = curl_slist_append(to.get(), header.c_str())) {
    static_cast<void>(to.release());
    to.reset(longer);
  }
}

} // namespace

std::string backup_url(std::string host, std::uint16_t port) {
  if (host == "0.0.0.0")
    host = "127.0.0.1";
  if (host == "::" || host == "[::]")
    host = "[::1]";
  if (host.find(':') != std::string::npos && !host.starts_with('['))
    host = '[' + host + ']';
  return fmt::format("http://{}:{}/admin/backup", host, port);
}

expected<void> backup(const backup_options& options) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(),
                                                      curl_easy_cleanup};
  if (!handle)
    return failure("libcurl cannot be started");
  const auto url = backup_url(options.host, options.port);
  const auto body = body_of(options);
  header_list headers;
  add(headers, "Content-Type: application/json");
  if (!options.token.empty())
    add(headers, "Authorization: Bearer " + options.token);
  std::string answer;
  auto* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // The token is for the process itself, not for a proxy on the way.
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                   static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (const auto code = curl_easy_perform(curl); code != CURLE_OK)
    return failure(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    return failure(reason_in(answer, status));
  return {};
}

} // namespace meshtrace
