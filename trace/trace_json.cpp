#include "trace/trace_json.hpp"

#include "trace/duration.hpp"
#include "trace/skew.hpp"
#include "trace/text.hpp"
#include "trace/time_text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <chrono>
#include <initializer_list>

namespace meshtrace {

namespace {

/// RapidJSON's output goes straight to the end of a string.
class string_stream {
public:
  using Ch = char;

  explicit string_stream(std::string& out) : out_(out) {
    // nop
  }
  void Put(char c) {
    out_.push_back(c);
  }
  void Flush() {
    // nop
  }

private:
  std::string& out_;
};

class trace_writer {
public:
  explicit trace_writer(std::string& out) : stream_(out), json_(stream_) {
    // nop
  }

  void write(const trace_view& view, const envelope& head, bool uncommitted,
             json_detail detail) {
    json_.StartObject();
    write_head(view, head, uncommitted);
    write_summary(view);
    if (detail == json_detail::spans_omitted)
      put("spans_omitted", true);
    if (detail == json_detail::full) {
      json_.Key("spans");
      json_.StartArray();
      for (auto& x : view.spans())
        write_span(view, x);
      json_.EndArray();
    }
    json_.EndObject();
  }

private:
  void
  write_head(const trace_view& view, const envelope& head, bool uncommitted) {
    put("trace_id", view.content().id());
    put("state", to_string(view.state(uncommitted)));
    json_.Key("completion_reason");
    if (head.reason == completion_reason::none)
      json_.Null();
    else
      value(to_string(head.reason));
    json_.Key("revision");
    json_.Uint(head.revision);
    put("truncated", view.content().truncated());
    if (view.adjusted())
      put("adjusted", true);
  }

  void write_summary(const trace_view& view) {
    put_time("start_time", view.start);
    put_time("end_time", view.end);
    json_.Key("duration");
    if (view.duration.has_value())
      value(format_go_duration(std::chrono::nanoseconds{*view.duration}));
    else
      json_.Null();
    put_ms("duration_ms", view.duration);
    put("success", view.success);
    put("span_count", view.spans().size());
    put("error_count", view.error_count);
    put("orphan_span_count", view.orphan_count);
    put("agent_count", view.agents().size());
    json_.Key("agents");
    json_.StartArray();
    for (auto agent : view.agents())
      value(agent);
    json_.EndArray();
    const auto* root = view.root();
    put_or_null("root_agent", root, text_field::agent_name);
    put_or_null("root_operation", root, text_field::operation);
  }

  void write_span(const trace_view& view, const span_view& x) {
    const auto& content = *x.content;
    json_.StartObject();
    put("trace_id", view.content().id());
    put("span_id", x.id);
    for (auto field :
         {text_field::parent_span, text_field::agent_name, text_field::agent_id,
          text_field::ip_address, text_field::operation})
      put(content, field);
    put_time("start_time", x.start);
    put_time("end_time", x.end);
    put_ms("duration_ms", x.duration);
    put("success", content.success);
    for (auto field : {text_field::error_message, text_field::error_type,
                       text_field::capability, text_field::target_agent,
                       text_field::runtime})
      put(content, field);
    put(content, number_field::request_bytes);
    put(content, number_field::response_bytes);
    put(content, text_field::llm_model);
    put(content, text_field::llm_provider);
    put(content, number_field::llm_input_tokens);
    put(content, number_field::llm_output_tokens);
    put(content, number_field::llm_total_tokens);
    write_attributes(content);
    if (view.adjusted())
      write_skew(x);
    json_.EndObject();
  }

  void write_skew(const span_view& x) {
    put_ms("clock_skew_ms", {x.note == skew_note::moved ? x.skew : 0});
    json_.Key("warnings");
    json_.StartArray();
    if (x.note != skew_note::none)
      value(skew_warning(x));
    json_.EndArray();
  }

  void write_attributes(const span& content) {
    json_.Key("attributes");
    json_.StartObject();
    for (auto& [name, text] : content.attributes)
      put(name, text);
    json_.EndObject();
  }

  void key(std::string_view name) {
    value(name); // RapidJSON tells keys and values apart by their position
  }

  void value(std::string_view text) {
    text = valid_utf8(text, mended_);
    json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  void put(std::string_view name, std::string_view text) {
    key(name);
    value(text);
  }

  void put(std::string_view name, bool yes) {
    key(name);
    json_.Bool(yes);
  }

  void put(std::string_view name, std::size_t count) {
    key(name);
    json_.Uint64(count);
  }

  void put(std::string_view name, outcome success) {
    key(name);
    if (success == outcome::unknown)
      json_.Null();
    else
      json_.Bool(success == outcome::success);
  }

  void put(const span& content, text_field field) {
    key(to_string(field));
    if (content[field].empty())
      json_.Null();
    else
      value(content[field]);
  }

  void put(const span& content, number_field field) {
    key(to_string(field));
    if (content[field].has_value())
      json_.Int64(*content[field]);
    else
      json_.Null();
  }

  void
  put_or_null(std::string_view name, const span_view* x, text_field field) {
    key(name);
    if (x == nullptr || (*x->content)[field].empty())
      json_.Null();
    else
      value((*x->content)[field]);
  }

  void put_time(std::string_view name, optional_int time) {
    key(name);
    if (time.has_value())
      value(format_time(*time));
    else
      json_.Null();
  }

  void put_ms(std::string_view name, optional_int ns) {
    key(name);
    if (!ns.has_value()) {
      json_.Null();
      return;
    }
    const auto text = format_ms(*ns);
    json_.RawValue(text.data(), text.size(), rapidjson::kNumberType);
  }

  string_stream stream_;
  rapidjson::Writer<string_stream> json_;
  std::string mended_;
};

} // namespace

void append_trace_json(std::string& out, const trace_view& view,
                       const envelope& head, bool uncommitted,
                       json_detail detail) {
  trace_writer{out}.write(view, head, uncommitted, detail);
}

} // namespace meshtrace
