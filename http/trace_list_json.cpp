#include "http/trace_list_json.hpp"

#include "http/cursor.hpp"
#include "trace/skew.hpp"
#include "trace/trace_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>

namespace meshtrace {

namespace {

/// Room for what stands around the traces, criteria aside.
constexpr std::size_t frame_bytes = 1024;

/// After so many traces that turned out too large, all others come without
/// their spans: each of them may be megabytes written in vain.
constexpr int most_misfits = 4;

/// A trace with what its JSON takes without spans.
struct prepared {
  explicit prepared(const listed_trace& from, bool adjust = false)
    : shown(&from), view(*from.content) {
    if (adjust)
      correct_skew(view);
    std::string text;
    append_trace_json(text, view, shown->head, shown->active,
                      json_detail::spans_omitted);
    least = text.size();
  }

  const listed_trace* shown;
  trace_view view;
  std::size_t least;
};

/// Appends traces to a text as long as there is room.
class bounded_writer {
public:
  bounded_writer(std::string& out, std::size_t most) : out_(out), most_(most) {
    // nop
  }

  /// Leaves `reserve` bytes free behind a trace with spans. False if there is
  /// no room even without spans: then nothing was written.
  bool write(const prepared& x, bool summary, std::size_t reserve) {
    if (summary)
      return append(x, json_detail::summary, 0);
    if (misfits_ < most_misfits && may_fit(x, reserve)) {
      if (append(x, json_detail::full, reserve))
        return true;
      ++misfits_;
    }
    return append(x, json_detail::spans_omitted, 0);
  }

private:
  bool may_fit(const prepared& x, std::size_t reserve) const {
    return out_.size() + reserve + x.view.spans().size() * least_span_bytes
           <= most_;
  }

  bool append(const prepared& x, json_detail detail, std::size_t reserve) {
    const auto before = out_.size();
    append_trace_json(out_, x.view, x.shown->head, x.shown->active, detail);
    if (out_.size() + reserve <= most_)
      return true;
    out_.resize(before);
    return false;
  }

  std::string& out_;
  std::size_t most_;
  int misfits_ = 0;
};

struct written {
  std::size_t count = 0;
  bool complete = true;
};

/// Appends `"enabled":...,"traces":[...]`, `most` bytes at most. The first ones
/// get their spans as long as all others still fit without.
written append_traces(std::string& out, bool enabled, bool summary,
                      const trace_page& page, std::size_t most) {
  fmt::format_to(std::back_inserter(out), R"("enabled":{},"traces":[)",
                 enabled);
  written result{0, page.complete};
  std::deque<prepared> traces(page.traces.begin(), page.traces.end());
  std::size_t behind = 0;
  for (auto& x : traces)
    behind += x.least + 1;
  bounded_writer writer{out, most};
  for (auto& x : traces) {
    behind -= x.least + 1;
    const auto before = out.size();
    if (result.count > 0)
      out += ',';
    if (writer.write(x, summary, behind)) {
      ++result.count;
    } else {
      out.resize(before);
      result.complete = false;
    }
  }
  out += ']';
  return result;
}

std::size_t room(std::size_t most, std::size_t used) {
  return most - std::min(most, used);
}

} // namespace

std::string
list_json(bool enabled, const page_query& query, const trace_page& page,
          std::uint64_t total, std::size_t most) {
  std::string out = "{";
  const auto traces
    = append_traces(out, enabled, query.summary, page, room(most, frame_bytes));
  fmt::format_to(
    std::back_inserter(out),
    R"(,"total":{},"limit":{},"offset":{},"count":{},"complete":{}}})", total,
    query.limit, query.offset, traces.count, traces.complete);
  return out;
}

std::string
search_json(bool enabled, const page_query& query, const trace_page& page,
            std::string_view criteria, std::size_t most) {
  std::string out = "{";
  const auto traces = append_traces(out, enabled, query.summary, page,
                                    room(most, frame_bytes + criteria.size()));
  fmt::format_to(std::back_inserter(out), R"(,"count":{},"criteria":{})",
                 traces.count, criteria);
  if (page.next)
    fmt::format_to(std::back_inserter(out), R"(,"next_cursor":"{}")",
                   cursor_text(query.order, *page.next));
  fmt::format_to(std::back_inserter(out), R"(,"complete":{}}})",
                 traces.complete);
  return out;
}

std::optional<std::string>
one_trace_json(const listed_trace& x, bool adjust, std::size_t most) {
  std::string out;
  if (!bounded_writer{out, most}.write(prepared{x, adjust}, false, 0))
    return std::nullopt;
  return out;
}

} // namespace meshtrace
