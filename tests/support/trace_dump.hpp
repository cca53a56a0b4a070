#pragma once

#include "trace/trace.hpp"

#include <string>

namespace meshtrace::test {

inline void dump_number(std::string& out, optional_int x) {
  out += x.has_value() ? std::to_string(*x) : "-";
  out += '|';
}

inline void dump_text(std::string& out, std::string_view x) {
  out += std::to_string(x.size());
  out += ':';
  out += x;
  out += '|';
}

/// All content of a trace as text, spans in canonical order: equal exactly
/// where two traces say the same. The envelope (revisions) is not in it.
inline std::string dump(const trace& content) {
  std::string out;
  dump_text(out, content.id());
  out += content.truncated() ? "truncated\n" : "\n";
  for (const auto* x : content.sorted_spans()) {
    dump_text(out, x->id);
    dump_text(out, x->function);
    for (auto text : x->text)
      dump_text(out, text);
    dump_number(out, x->start_time);
    for (auto number : x->number)
      dump_number(out, number);
    out += x->success == outcome::unknown   ? '?'
           : x->success == outcome::success ? '+'
                                            : '-';
    out += x->started ? 's' : ' ';
    out += x->ended ? 'e' : ' ';
    out += x->attributes_cut ? 'c' : ' ';
    for (auto& [name, value] : x->attributes) {
      out += ' ';
      dump_text(out, name);
      dump_text(out, value);
    }
    out += '\n';
  }
  return out;
}

} // namespace meshtrace::test
