// OTLP in JSON: the mapping of Protocol Buffers to JSON, but for ids, which are
// hex. Enums are numbers, 64-bit numbers are strings. What is written, `*` for
// what may repeat and `?` for what may be left out:
//
//   request   = { "resourceSpans": [ resource-spans* ] }
//   resource-spans = { "resource": { "attributes": [ key-value* ] },
//                      "scopeSpans": [ { "scope": { "name", "version" },
//                                        "spans": [ span* ] } ] }
//   span      = { "traceId", "spanId", "parentSpanId"?, "name", "kind",
//                 "startTimeUnixNano", "endTimeUnixNano",
//                 "attributes": [ key-value* ],
//                 "status": { "message"?, "code"? } }
//   key-value = { "key", "value": value }
//   value     = { "stringValue" } | { "boolValue" } | { "intValue" }
//             | { "arrayValue": { "values": [ value* ] } }
//
// What is read:
//
//   response  = { "partialSuccess"?: { "rejectedSpans"?, "errorMessage"? } }
//   refusal   = { "message"? }
#include "exporters/otlp_json.hpp"

#include "exporters/wire_ids.hpp"
#include "trace/numbers.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <type_traits>
#include <variant>

namespace meshtrace {

namespace {

class request_writer {
public:
  std::string
  write(std::span<const otlp_resource> resources, std::string_view version) {
    json_.StartObject();
    open_list("resourceSpans");
    for (const auto& x : resources)
      write_group(x, version);
    json_.EndArray();
    json_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

private:
  void write_group(const otlp_resource& x, std::string_view version) {
    json_.StartObject();
    open("resource");
    write_attributes(x.attributes);
    json_.EndObject();
    open_list("scopeSpans");
    json_.StartObject();
    open("scope");
    put("name", otlp_scope_name);
    put("version", version);
    json_.EndObject();
    open_list("spans");
    for (const auto& span : x.spans)
      write_span(span);
    json_.EndArray();
    json_.EndObject();
    json_.EndArray();
    json_.EndObject();
  }

  void write_span(const otlp_span& x) {
    json_.StartObject();
    put("traceId", to_hex(x.trace_id));
    put("spanId", to_hex(x.span_id));
    if (x.parent_id)
      put("parentSpanId", to_hex(*x.parent_id));
    put("name", x.name);
    json_.Key("kind");
    json_.Int(static_cast<int>(x.kind));
    put("startTimeUnixNano", std::to_string(x.start));
    put("endTimeUnixNano", std::to_string(x.end));
    write_attributes(x.attributes);
    open("status");
    if (!x.status_message.empty())
      put("message", x.status_message);
    if (x.status != otlp_status::unset) {
      json_.Key("code");
      json_.Int(static_cast<int>(x.status));
    }
    json_.EndObject();
    json_.EndObject();
  }

  void write_attributes(const wire_attributes& attributes) {
    open_list("attributes");
    for (const auto& [name, value] : attributes) {
      json_.StartObject();
      put("key", name);
      open("value");
      write_value(value);
      json_.EndObject();
      json_.EndObject();
    }
    json_.EndArray();
  }

  void write_value(const wire_value& value) {
    std::visit(
      [&](const auto& x) {
        using type = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<type, std::string>) {
          put("stringValue", x);
        } else if constexpr (std::is_same_v<type, bool>) {
          json_.Key("boolValue");
          json_.Bool(x);
        } else if constexpr (std::is_same_v<type, std::int64_t>) {
          put("intValue", std::to_string(x));
        } else {
          open("arrayValue");
          open_list("values");
          for (const auto& text : x) {
            json_.StartObject();
            put("stringValue", text);
            json_.EndObject();
          }
          json_.EndArray();
          json_.EndObject();
        }
      },
      value);
  }

  void open(const char* name) {
    json_.Key(name);
    json_.StartObject();
  }

  void open_list(const char* name) {
    json_.Key(name);
    json_.StartArray();
  }

  void put(const char* name, std::string_view text) {
    json_.Key(name);
    json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_{buffer_};
};

/// Without recursion: who answers may not be able to end the process.
rapidjson::Document parse(std::string_view text) {
  rapidjson::Document result;
  result.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return result;
}

const rapidjson::Value*
member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject())
    return nullptr;
  const auto i = object.FindMember(name);
  return i == object.MemberEnd() ? nullptr : &i->value;
}

std::string text_of(const rapidjson::Value* value) {
  if (value == nullptr || !value->IsString())
    return {};
  return {value->GetString(), value->GetStringLength()};
}

/// A 64-bit number is a string, or a number from those who do not know.
std::uint64_t count_of(const rapidjson::Value* value) {
  if (value != nullptr && value->IsUint64())
    return value->GetUint64();
  return static_cast<std::uint64_t>(parse_count(text_of(value)).value_or(0));
}

} // namespace

std::string to_otlp_json(std::span<const otlp_resource> resources,
                         std::string_view version) {
  return request_writer{}.write(resources, version);
}

std::optional<otlp_answer> read_otlp_json_answer(std::string_view text) {
  const auto json = parse(text);
  if (json.HasParseError() || !json.IsObject())
    return std::nullopt;
  otlp_answer result;
  if (const auto* partial = member(json, "partialSuccess")) {
    result.rejected_spans = count_of(member(*partial, "rejectedSpans"));
    result.message = text_of(member(*partial, "errorMessage"));
  }
  return result;
}

otlp_refusal read_otlp_json_refusal(std::string_view text) {
  const auto json = parse(text);
  otlp_refusal result;
  if (!json.HasParseError())
    result.message = text_of(member(json, "message"));
  return result;
}

} // namespace meshtrace
