// OTLP in Protocol Buffers (opentelemetry-proto 1.x). What is written, with the
// numbers of the fields; `*` may repeat, `?` may be left out:
//
//   request   = resource-spans[1]*
//   resource-spans = resource[1] scope-spans[2]
//   resource  = key-value[1]*
//   scope-spans    = scope[1] span[2]*
//   scope     = name[1] version[2]
//   span      = trace-id[16 bytes, 1] span-id[8 bytes, 2] parent-id[4]?
//               name[5] kind[6] start[fixed64, 7] end[fixed64, 8]
//               key-value[9]* status[15]
//   status    = message[2]? code[3]?
//   key-value = key[1] value[2]
//   value     = string[1] | bool[2] | int[3] | array[5]
//   array     = value[1]*
//
// What is read:
//
//   response  = partial-success[1]?
//   partial-success = rejected-spans[int64, 1]? message[2]?
//   refusal   = code[1]? message[2]? any[3]*      ; google.rpc.Status
//   any       = type-url[1] bytes[2]
//   retry-info = duration[1]                      ; in an any
//   duration  = seconds[int64, 1]? nanos[int32, 2]?
#include "exporters/otlp_protobuf.hpp"

#include "trace/text.hpp"

#include <algorithm>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <type_traits>
#include <variant>

namespace meshtrace {

namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

/// Longest pause that is believed.
constexpr std::int64_t most_retry_seconds = 86'400;

protozero::data_view view(std::string_view text) {
  return {text.data(), text.size()};
}

void write_value(pbf_writer& to, const wire_value& value) {
  std::visit(
    [&](const auto& x) {
      using type = std::decay_t<decltype(x)>;
      if constexpr (std::is_same_v<type, std::string>)
        to.add_string(1, x);
      else if constexpr (std::is_same_v<type, bool>)
        to.add_bool(2, x);
      else if constexpr (std::is_same_v<type, std::int64_t>)
        to.add_int64(3, x);
      else {
        pbf_writer array{to, 5};
        for (const auto& text : x) {
          pbf_writer element{array, 1};
          element.add_string(1, text);
        }
      }
    },
    value);
}

void write_attributes(pbf_writer& to, protozero::pbf_tag_type tag,
                      const wire_attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    pbf_writer pair{to, tag};
    pair.add_string(1, key);
    pbf_writer any{pair, 2};
    write_value(any, value);
  }
}

template <class Id>
void write_id(pbf_writer& to, protozero::pbf_tag_type tag, const Id& id) {
  to.add_bytes(tag, reinterpret_cast<const char*>(id.data()), id.size());
}

void write_span(pbf_writer& to, const otlp_span& x) {
  write_id(to, 1, x.trace_id);
  write_id(to, 2, x.span_id);
  if (x.parent_id)
    write_id(to, 4, *x.parent_id);
  to.add_string(5, x.name);
  to.add_enum(6, static_cast<std::int32_t>(x.kind));
  to.add_fixed64(7, x.start);
  to.add_fixed64(8, x.end);
  write_attributes(to, 9, x.attributes);
  pbf_writer status{to, 15};
  if (!x.status_message.empty())
    status.add_string(2, x.status_message);
  if (x.status != otlp_status::unset)
    status.add_enum(3, static_cast<std::int32_t>(x.status));
}

/// Calls `take` for each field of the message; false if it is none.
template <class F>
bool each_field(protozero::data_view bytes, F take) {
  try {
    for (pbf_reader fields{bytes}; fields.next();)
      if (!take(fields))
        fields.skip();
    return true;
  } catch (const protozero::exception&) {
    return false;
  }
}

bool is_text(const pbf_reader& field) {
  return field.wire_type() == protozero::pbf_wire_type::length_delimited;
}

bool is_number(const pbf_reader& field) {
  return field.wire_type() == protozero::pbf_wire_type::varint;
}

/// The next field has this tag and is of a kind that protozero may read so: it
/// only asserts what we have to ask.
bool is_text(const pbf_reader& field, protozero::pbf_tag_type tag) {
  return field.tag() == tag && is_text(field);
}

bool is_number(const pbf_reader& field, protozero::pbf_tag_type tag) {
  return field.tag() == tag && is_number(field);
}

std::optional<std::chrono::milliseconds>
read_retry_info(protozero::data_view bytes) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  const auto read_duration = [&](pbf_reader& part) {
    if (is_number(part, 1))
      seconds = part.get_int64();
    else if (is_number(part, 2))
      nanos = part.get_int32();
    else
      return false;
    return true;
  };
  bool well_formed = true;
  const auto read_info = [&](pbf_reader& part) {
    if (!is_text(part, 1))
      return false;
    well_formed = each_field(part.get_view(), read_duration);
    return true;
  };
  if (!each_field(bytes, read_info) || !well_formed)
    return std::nullopt;
  const auto whole = std::clamp<std::int64_t>(seconds, 0, most_retry_seconds);
  return std::chrono::seconds{whole}
         + std::chrono::milliseconds{std::clamp(nanos, 0, 999'999'999)
                                     / 1'000'000};
}

} // namespace

std::string to_otlp_protobuf(std::span<const otlp_resource> resources,
                             std::string_view version) {
  std::string result;
  pbf_writer request{result};
  for (const auto& resource : resources) {
    pbf_writer group{request, 1};
    {
      pbf_writer who{group, 1};
      write_attributes(who, 1, resource.attributes);
    }
    pbf_writer scope_spans{group, 2};
    {
      pbf_writer scope{scope_spans, 1};
      scope.add_string(1, view(otlp_scope_name));
      scope.add_string(2, view(version));
    }
    for (const auto& x : resource.spans) {
      pbf_writer span{scope_spans, 2};
      write_span(span, x);
    }
  }
  return result;
}

std::optional<otlp_answer> read_otlp_protobuf_answer(std::string_view bytes) {
  otlp_answer result;
  bool well_formed = true;
  const auto read_partial = [&](pbf_reader& part) {
    if (is_number(part, 1))
      result.rejected_spans = static_cast<std::uint64_t>(
        std::max<std::int64_t>(part.get_int64(), 0));
    else if (is_text(part, 2))
      result.message = part.get_string();
    else
      return false;
    return true;
  };
  const auto read_answer = [&](pbf_reader& part) {
    if (!is_text(part, 1))
      return false;
    well_formed = each_field(part.get_view(), read_partial);
    return true;
  };
  if (!each_field(view(bytes), read_answer) || !well_formed)
    return std::nullopt;
  return result;
}

otlp_refusal read_otlp_protobuf_refusal(std::string_view bytes) {
  otlp_refusal result;
  const auto read_any = [&](protozero::data_view any) {
    bool is_retry_info = false;
    std::optional<protozero::data_view> content;
    each_field(any, [&](pbf_reader& part) {
      if (is_text(part, 1))
        is_retry_info = part.get_string().ends_with("/google.rpc.RetryInfo");
      else if (is_text(part, 2))
        content = part.get_view();
      else
        return false;
      return true;
    });
    if (is_retry_info)
      result.retry_after = read_retry_info(content.value_or(view({})));
  };
  const auto read_status = [&](pbf_reader& part) {
    if (is_text(part, 2))
      result.message = part.get_string();
    else if (is_text(part, 3))
      read_any(part.get_view());
    else
      return false;
    return true;
  };
  if (!each_field(view(bytes), read_status))
    return {};
  return result;
}

} // namespace meshtrace
