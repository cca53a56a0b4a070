#include "exporters/zipkin.hpp"

#include "exporters/zipkin_json.hpp"

namespace meshtrace {

zipkin::zipkin(const zipkin_options& options)
  : span_exporter(options.batch),
    sender_(options.target, retry_rules::patient) {
  // nop
}

send_result zipkin::send(std::span<const outgoing_span> spans) {
  return sender_.post("application/json", zipkin_json(spans));
}

} // namespace meshtrace
