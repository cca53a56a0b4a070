#include "http/service_json.hpp"

#include "http/json_writer.hpp"

#include <fmt/ranges.h>

namespace meshtrace {

http_response health_response() {
  return {.body = R"({"status":"ok"})"};
}

http_response ready_response(const std::vector<std::string>& reasons) {
  if (reasons.empty())
    return {.body = R"({"ready":true})"};
  json_writer out;
  out.open();
  out.put("ready", false);
  out.open_list("reasons");
  for (auto& reason : reasons)
    out.item(reason);
  out.close_list();
  out.open("error");
  out.put("code", "not_ready");
  out.put("message", fmt::format("{}", fmt::join(reasons, "; ")));
  out.close();
  out.close();
  return {.status = 503, .body = out.text()};
}

http_response version_response(std::string_view version) {
  json_writer out;
  out.open();
  out.put("service", "meshtrace");
  out.put("version", version);
  out.close();
  return {.body = out.text()};
}

} // namespace meshtrace
