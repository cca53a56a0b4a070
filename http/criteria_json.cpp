#include "http/json_writer.hpp"
#include "http/page_query.hpp"

namespace meshtrace {

namespace {

void put(json_writer& out, value_kind kind, std::string_view name,
         const arguments::value& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    out.put(name, std::string_view{*text});
  else if (const auto* yes = std::get_if<bool>(&value))
    out.put(name, *yes);
  else if (const auto number = std::get<std::int64_t>(value);
           kind == value_kind::time)
    out.put_time(name, number);
  else if (kind == value_kind::duration_ms)
    out.put_ms(name, number);
  else
    out.put(name, number);
}

} // namespace

std::string criteria_json(const routed_request& request) {
  json_writer out;
  out.open();
  for (const auto& known : request.matched->parameters) {
    if (known.repeatable) {
      const auto texts = request.given.texts(known.name);
      if (texts.empty())
        continue;
      out.open_list(known.name);
      for (const auto text : texts)
        out.item(text);
      out.close_list();
      continue;
    }
    for (const auto& each : request.given.all())
      if (each.name == known.name)
        put(out, known.kind, known.name, each.content);
  }
  out.close();
  return out.text();
}

} // namespace meshtrace
