#include "http/analysis_json.hpp"

#include "http/json_writer.hpp"
#include "trace/analysis.hpp"
#include "trace/skew.hpp"

namespace meshtrace {

namespace {

std::optional<std::int64_t> as_optional(optional_int x) {
  return x.has_value() ? std::optional{*x} : std::nullopt;
}

class analysis_writer {
public:
  std::string write(const listed_trace& shown, const trace_view& view,
                    const trace_analysis& found) {
    out_.open();
    write_head(shown, view);
    write(view, found.path);
    write_list("self_times", found.self_times);
    write_list("missing_parents", found.missing_parents);
    write_list("unanswered_calls", found.unanswered_calls);
    write_texts("never_reported", found.never_reported);
    write_list("repeated_calls", found.repeated_calls);
    write_list("loops", found.loops);
    write_ids("parent_cycles", found.parent_cycles);
    write_list("agents", found.agents);
    write("tokens", found.tokens);
    out_.put("truncated", found.truncated);
    out_.close();
    return out_.text();
  }

private:
  void write_head(const listed_trace& shown, const trace_view& view) {
    out_.put("trace_id", view.content().id());
    out_.put("state", to_string(view.state(shown.active)));
    out_.put("revision", shown.head.revision);
    out_.put("adjusted", view.adjusted());
    out_.put_time("start_time", as_optional(view.start));
    out_.put_time("end_time", as_optional(view.end));
    put_ms("duration_ms", view.duration);
    out_.put("span_count", view.spans().size());
    out_.put("orphan_span_count", view.orphan_count);
  }

  void write(const trace_view& view, const critical_path& path) {
    out_.open("critical_path");
    if (path.root == span_forest::none)
      out_.put_null("root_span_id");
    else
      out_.put("root_span_id", view.spans()[path.root].id);
    out_.put_ms("duration_ms", path.length);
    out_.open_list("spans");
    for (auto& step : path.steps) {
      out_.open();
      name(view.spans()[step.span]);
      out_.put_ms("self_ms", step.self);
      out_.close();
    }
    out_.close_list();
    out_.close();
  }

  void write(const span_time& x) {
    name(*x.span);
    out_.put_ms("duration_ms", x.duration);
    out_.put_ms("self_ms", x.self);
  }

  void write(const missing_parent& x) {
    out_.put("span_id", x.id);
    put_or_null("likely_agent", x.likely_agent);
    out_.put("child_count", x.child_count);
    write_ids("children", x.children);
    write_texts("agents", x.agents);
  }

  void write(const unanswered_call& x) {
    name(*x.span);
    put_or_null("target_agent", x.target_agent);
    put_or_null("endpoint", x.endpoint);
    put_ms("duration_ms", x.span->duration);
    const auto success = x.span->content->success;
    if (success == outcome::unknown)
      out_.put_null("success");
    else
      out_.put("success", success == outcome::success);
  }

  void write(const repeated_call& x) {
    put_or_null("agent_name", x.agent);
    out_.put("operation", x.operation);
    out_.put("count", x.count);
    out_.put_ms("total_ms", x.total);
    out_.put("under_one_parent", x.under_one_parent);
    put_or_null("parent_span", x.parent);
  }

  void write(const agent_loop& x) {
    write_texts("agents", x.agents);
    out_.put("count", x.count);
    out_.put("span_id", x.closed_by->id);
  }

  void write(const agent_part& x) {
    put_or_null("agent_name", x.name);
    out_.put("span_count", x.spans);
    out_.put_ms("busy_ms", x.busy);
    out_.put_ms("waiting_ms", x.waiting);
    write("tokens", x.tokens);
  }

  void write(std::string_view field, const token_sums& x) {
    out_.open(field);
    out_.put("input", x.input);
    out_.put("output", x.output);
    out_.put("total", x.total);
    out_.close();
  }

  template <class T>
  void write_list(std::string_view field, const std::vector<T>& rows) {
    out_.open_list(field);
    for (auto& each : rows) {
      out_.open();
      write(each);
      out_.close();
    }
    out_.close_list();
  }

  void write_texts(std::string_view field,
                   const std::vector<std::string_view>& texts) {
    out_.open_list(field);
    for (auto each : texts)
      out_.item(each);
    out_.close_list();
  }

  void write_ids(std::string_view field,
                 const std::vector<const span_view*>& spans) {
    out_.open_list(field);
    for (auto* each : spans)
      out_.item(each->id);
    out_.close_list();
  }

  void name(const span_view& x) {
    out_.put("span_id", x.id);
    put_or_null("agent_name", (*x.content)[text_field::agent_name]);
    put_or_null("operation", (*x.content)[text_field::operation]);
  }

  void put_or_null(std::string_view field, std::string_view text) {
    if (text.empty())
      out_.put_null(field);
    else
      out_.put(field, text);
  }

  void put_ms(std::string_view field, optional_int ns) {
    if (ns.has_value())
      out_.put_ms(field, *ns);
    else
      out_.put_null(field);
  }

  json_writer out_;
};

} // namespace

std::optional<std::string>
analysis_json(const listed_trace& x, bool adjust, std::size_t most) {
  trace_view view{*x.content};
  if (adjust)
    correct_skew(view);
  auto result = analysis_writer{}.write(x, view, analyse(view));
  if (result.size() > most)
    return std::nullopt;
  return result;
}

} // namespace meshtrace
