#include "http/index.hpp"

#include "http/routes.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <iterator>

namespace meshtrace {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(json_writer& out, std::string_view name, std::string_view text) {
  out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(json_writer& out, const route& each) {
  out.StartObject();
  put(out, "method", each.method);
  put(out, "path", each.path);
  put(out, "description", each.description);
  out.Key("parameters");
  out.StartArray();
  for (const auto& known : each.parameters) {
    out.StartObject();
    put(out, "name", known.name);
    put(out, "description", known.description);
    put(out, "legal", legal_text(known));
    if (!known.fallback.empty())
      put(out, "default", known.fallback);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

std::string as_json(std::string_view version) {
  rapidjson::StringBuffer buffer;
  json_writer out{buffer};
  out.StartObject();
  put(out, "service", "meshtrace");
  put(out, "version", version);
  out.Key("routes");
  out.StartArray();
  for (const auto& each : routes())
    put(out, each);
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

/// The path as a link where that is all that it takes.
std::string linked(const route& to) {
  return to.method == "GET" && to.path.find('{') == std::string_view::npos
           ? fmt::format("<a href=\"{0}\">{0}</a>", to.path)
           : std::string{to.path};
}

/// Every text here is ours and has nothing in it that HTML would read.
std::string as_html(std::string_view version) {
  auto result = fmt::format(
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<title>meshtrace</title></head>\n<body><h1>meshtrace {}</h1>\n<dl>\n",
    version);
  auto out = std::back_inserter(result);
  for (const auto& each : routes()) {
    fmt::format_to(out, "<dt><code>{} {}</code></dt>\n<dd>{}", each.method,
                   linked(each), each.description);
    for (const auto& known : each.parameters)
      fmt::format_to(out, "\n<br><code>{}</code>: {} ({})", known.name,
                     known.description, legal_text(known));
    result += "</dd>\n";
  }
  result += "</dl></body></html>\n";
  return result;
}

} // namespace

http_response
index_response(std::string_view content_type, std::string_view version) {
  if (content_type != "text/html")
    return {.body = as_json(version)};
  return {.content_type = "text/html; charset=utf-8",
          .body = as_html(version),
          .headers = {{"Content-Security-Policy", "default-src 'none'"}}};
}

} // namespace meshtrace
