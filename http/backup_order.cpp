#include "http/backup_order.hpp"

#include "http/json_writer.hpp"
#include "trace/ids.hpp"

#include <rapidjson/document.h>

namespace meshtrace {

namespace {

/// PATH_MAX of Linux.
constexpr std::size_t longest_path = 4096;

api_error forbidden(std::string message) {
  auto result = standard_error(403);
  result.message = std::move(message);
  return result;
}

api_error bad_body(std::string message) {
  return {.status = 400, .code = "invalid_body", .message = std::move(message)};
}

bool is_json(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')))
         == "application/json";
}

} // namespace

api_expected<std::string>
read_backup_order(const http_request& request, std::string_view token) {
  if (token.empty() && (!request.remote_is_loopback || !request.origin.empty()))
    return tl::unexpected{
      forbidden("without TRACE_HTTP_TOKEN only programs on the machine of the "
                "service may ask for a backup")};
  if (!is_json(request.content_type))
    return tl::unexpected{bad_body("Content-Type must be application/json")};
  rapidjson::Document body;
  // Iterative: the depth of a body must not be that of our stack.
  body.Parse<rapidjson::kParseIterativeFlag
             | rapidjson::kParseValidateEncodingFlag>(request.body);
  if (body.HasParseError() || !body.IsObject() || body.MemberCount() != 1
      || !body.HasMember("directory") || !body["directory"].IsString())
    return tl::unexpected{
      bad_body(R"(the body must be {"directory": "/a/new/folder"})")};
  const std::string directory{body["directory"].GetString(),
                              body["directory"].GetStringLength()};
  if (!directory.starts_with('/') || directory.size() >= longest_path
      || directory.find('\0') != std::string::npos)
    return tl::unexpected{
      invalid_parameter("directory", "an absolute path", directory)};
  return directory;
}

http_response backup_response(std::string_view directory) {
  json_writer out;
  out.open();
  out.put("status", "ok");
  out.put("directory", directory);
  out.close();
  return {.body = out.text()};
}

} // namespace meshtrace
