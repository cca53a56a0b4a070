#include "exporters/zipkin_json.hpp"

#include "exporters/wire_ids.hpp"
#include "exporters/zipkin_tags.hpp"
#include "trace/span_kind.hpp"
#include "trace/text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_us = 1000;

/// Whether `text` is an address of the family (AF_INET or AF_INET6).
bool is_address(int family, std::string_view text) {
  in6_addr room{};
  return inet_pton(family, std::string{text}.c_str(), &room) == 1;
}

class zipkin_writer {
public:
  void write(std::span<const outgoing_span> spans) {
    json_.StartArray();
    for (const auto& x : spans) {
      if (x.trace != trace_) {
        trace_ = x.trace;
        kinds_ = span_kinds(*trace_);
      }
      // Its kind stands where the span stands in its trace.
      const auto at = x.span - trace_->spans().data();
      write_span(*x.span, kinds_[static_cast<std::size_t>(at)]);
    }
    json_.EndArray();
  }

  std::string take() {
    return {buffer_.GetString(), buffer_.GetSize()};
  }

private:
  void write_span(const span_view& x, span_kind kind) {
    const auto& content = *x.content;
    json_.StartObject();
    write_ids(x);
    put_if_said("name", content[text_field::operation]);
    if (kind != span_kind::internal)
      put("kind", kind == span_kind::client ? "CLIENT" : "SERVER");
    if (x.start.has_value())
      put("timestamp", *x.start / ns_per_us);
    if (x.duration.has_value() && *x.duration >= 0)
      put("duration", std::max<std::int64_t>(*x.duration / ns_per_us, 1));
    write_endpoint(content);
    if (const auto target = content[text_field::target_agent];
        !target.empty() && kind != span_kind::server) {
      value("remoteEndpoint");
      json_.StartObject();
      put("serviceName", target);
      json_.EndObject();
    }
    value("tags");
    json_.StartObject();
    write_tags(x);
    json_.EndObject();
    json_.EndObject();
  }

  void write_ids(const span_view& x) {
    const auto& trace_id = trace_->content().id();
    const auto id = wire_trace_id(trace_id);
    const auto digits = to_hex(id.bytes);
    // A short id stays short: people look for it as they know it.
    const bool is_short = id.kept && trace_id.size() == 16;
    put("traceId", std::string_view{digits}.substr(is_short ? 16 : 0));
    put("id", to_hex(wire_span_id(x.id).bytes));
    if (x.content->has_parent())
      put("parentId", to_hex(wire_span_id(parent_of(x)).bytes));
  }

  void write_endpoint(const span& content) {
    const auto name = content[text_field::agent_name];
    const auto ip = content[text_field::ip_address];
    const bool v4 = is_address(AF_INET, ip);
    const bool v6 = !v4 && is_address(AF_INET6, ip);
    if (name.empty() && !v4 && !v6)
      return;
    value("localEndpoint");
    json_.StartObject();
    put_if_said("serviceName", name);
    if (v4 || v6)
      put(v4 ? "ipv4" : "ipv6", ip);
    json_.EndObject();
  }

  void write_tags(const span_view& x) {
    const auto& content = *x.content;
    if (content.success == outcome::failure) {
      const auto message = content[text_field::error_message];
      put("error", message.empty() ? content[text_field::error_type] : message);
    }
    if (content.success != outcome::unknown)
      put("otel.status_code",
          content.success == outcome::success ? "OK" : "ERROR");
    if (!wire_trace_id(trace_->content().id()).kept)
      put("mcp_mesh.trace_id", trace_->content().id());
    if (!wire_span_id(x.id).kept)
      put("mcp_mesh.span_id", x.id);
    if (content.has_parent() && !wire_span_id(parent_of(x)).kept)
      put("mcp_mesh.parent_span_id", parent_of(x));
    for (const auto& [name, text] : zipkin_tags(content))
      put(name, text);
  }

  static std::string_view parent_of(const span_view& x) {
    return (*x.content)[text_field::parent_span];
  }

  /// RapidJSON tells keys and values apart by their position.
  void value(std::string_view text) {
    text = valid_utf8(text, mended_);
    json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  void put(std::string_view name, std::string_view text) {
    value(name);
    value(text);
  }

  void put(std::string_view name, std::int64_t number) {
    value(name);
    json_.Int64(number);
  }

  void put_if_said(std::string_view name, std::string_view text) {
    if (!text.empty())
      put(name, text);
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_{buffer_};
  /// Whose kinds are at hand.
  const trace_view* trace_ = nullptr;
  std::vector<span_kind> kinds_;
  std::string mended_;
};

} // namespace

std::string zipkin_json(std::span<const outgoing_span> spans) {
  zipkin_writer writer;
  writer.write(spans);
  return writer.take();
}

} // namespace meshtrace
