#include "exporters/otlp_http.hpp"

#include "exporters/otlp_json.hpp"
#include "exporters/otlp_protobuf.hpp"
#include "trace/text.hpp"

#include <fmt/format.h>

namespace meshtrace {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view protobuf_type = "application/x-protobuf";
/// What of a target's words is quoted.
constexpr std::size_t most_quoted_bytes = 200;

} // namespace

otlp_http::otlp_http(const otlp_options& options)
  : json_(options.protocol == otlp_protocol::http_json),
    version_(options.version), where_(url_for_people(options.target.url)),
    http_(options.target, retry_rules::otlp) {
  // nop
}

send_result otlp_http::send(std::span<const otlp_resource> resources) {
  http_answer answer;
  auto result
    = json_ ? http_.post(json_type, to_otlp_json(resources, version_), &answer)
            : http_.post(protobuf_type, to_otlp_protobuf(resources, version_),
                         &answer);
  // The answer's encoding is the request's, but proxies between say what they
  // like.
  const bool json = answer.content_type.starts_with(json_type);
  const bool known = json || answer.content_type.starts_with(protobuf_type);
  if (result.what == send_result::verdict::delivered) {
    if (answer.body.empty())
      return result;
    return judge_otlp_answer(json ? read_otlp_json_answer(answer.body)
                                  : read_otlp_protobuf_answer(answer.body));
  }
  if (!known)
    return result;
  const auto refusal = json ? read_otlp_json_refusal(answer.body)
                            : read_otlp_protobuf_refusal(answer.body);
  if (!refusal.message.empty())
    result.reason
      = fmt::format("{} answers {}: {}", where_, answer.status,
                    escaped(cut_utf8(refusal.message, most_quoted_bytes)));
  return result;
}

void otlp_http::interrupt() {
  http_.interrupt();
}

} // namespace meshtrace
