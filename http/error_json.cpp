#include "http/error_json.hpp"

#include "trace/text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

namespace meshtrace {

namespace {

constexpr std::size_t max_echo_bytes = 200;
constexpr std::size_t max_message_bytes = 2000;

struct status_text {
  int status;
  std::string_view phrase;
  std::string_view code;
  std::string_view message;
};

constexpr auto statuses = std::to_array<status_text>({
  {200, "OK", "", ""},
  {400, "Bad Request", "bad_request", "the request cannot be understood"},
  {401, "Unauthorized", "unauthorized",
   "this needs the header Authorization: Bearer <TRACE_HTTP_TOKEN>"},
  {403, "Forbidden", "forbidden", "this is not allowed from here"},
  {404, "Not Found", "not_found", "there is nothing here; GET / lists what is"},
  {405, "Method Not Allowed", "method_not_allowed",
   "this path does not have that method"},
  {406, "Not Acceptable", "not_acceptable",
   "no form of the answer is one that the header Accept allows"},
  {409, "Conflict", "conflict", "this is not possible now"},
  {413, "Content Too Large", "body_too_large", "the body is too large"},
  {414, "URI Too Long", "url_too_long", "the URL is too long"},
  {429, "Too Many Requests", "too_many_requests",
   "too many requests; try again later"},
  {431, "Request Header Fields Too Large", "headers_too_large",
   "the headers are too many or too large"},
  {500, "Internal Server Error", "internal_error", "the service failed"},
  {503, "Service Unavailable", "unavailable",
   "the service cannot answer now; try again later"},
  {504, "Gateway Timeout", "timeout",
   "the answer took too long; ask for less or try again"},
});

const status_text& text_of(int status) {
  for (const auto& candidate : statuses)
    if (candidate.status == status)
      return candidate;
  return text_of(500);
}

template <class Writer>
void put(Writer& out, std::string_view text) {
  std::string storage;
  const auto valid = valid_utf8(text, storage);
  out.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

template <class Writer>
void put_trace_id(Writer& out, const api_error& error) {
  if (error.trace_id.empty())
    return;
  out.Key("trace_id");
  put(out, quoted_for_client(error.trace_id));
}

std::string error_object(const api_error& error) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  out.StartObject();
  out.Key("error");
  out.StartObject();
  out.Key("code");
  put(out, error.code);
  out.Key("message");
  put(out, cut_utf8(error.message, max_message_bytes));
  if (!error.parameter.empty()) {
    out.Key("parameter");
    put(out, quoted_for_client(error.parameter));
  }
  out.EndObject();
  put_trace_id(out, error);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string plain_error_object(const api_error& error) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  out.StartObject();
  out.Key("error");
  put(out, cut_utf8(error.message, max_message_bytes));
  put_trace_id(out, error);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

http_response response_with(const api_error& error, std::string body) {
  http_response response{.status = error.status, .body = std::move(body)};
  auto& headers = response.headers;
  if (error.status == 401)
    headers.emplace_back("WWW-Authenticate", "Bearer realm=\"meshtrace\"");
  if (!error.allow.empty())
    headers.emplace_back("Allow", error.allow);
  if (error.retry_after_seconds > 0)
    headers.emplace_back("Retry-After",
                         std::to_string(error.retry_after_seconds));
  return response;
}

} // namespace

api_error invalid_parameter(std::string_view name, std::string_view legal,
                            std::string_view got) {
  std::string message{quoted_for_client(name)};
  message.append(" must be ").append(legal).append(", got ");
  message.append(got.empty() ? "nothing" : quoted_for_client(got));
  return {.status = 400,
          .code = "invalid_parameter",
          .message = std::move(message),
          .parameter = std::string{name}};
}

api_error standard_error(int status) {
  const auto& text = text_of(status);
  return {.status = text.status,
          .code = std::string{text.code},
          .message = std::string{text.message}};
}

std::string quoted_for_client(std::string_view text) {
  std::string storage;
  // Cut first, so that a long text is not checked in vain, and once more after
  // each bad byte has become three.
  const auto first = cut_utf8(text, max_echo_bytes);
  const auto valid = valid_utf8(first, storage);
  const auto kept = cut_utf8(valid, max_echo_bytes);
  std::string result{kept};
  if (first.size() < text.size() || kept.size() < valid.size())
    result += "...";
  return result;
}

http_response error_response(const api_error& error) {
  return response_with(error, error_object(error));
}

http_response plain_error_response(const api_error& error) {
  return response_with(error, plain_error_object(error));
}

std::string_view status_phrase(int status) {
  return text_of(status).phrase;
}

} // namespace meshtrace
