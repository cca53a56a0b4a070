#include "http/dead_letters_json.hpp"

#include "http/json_writer.hpp"

namespace meshtrace {

namespace {

/// Not less than what the letter takes in the answer.
std::size_t most_bytes_of(const shown_dead_letter& letter) {
  // `escaped` writes a bad byte as four; as JSON its backslash is two.
  constexpr std::size_t growth = 6;
  std::size_t result
    = 300 + growth * (letter.source_stream.size() + letter.source_id.size());
  for (auto& [name, value] : letter.fields)
    result += 8 + growth * (name.size() + value.size());
  return result;
}

void put(json_writer& out, const shown_dead_letter& letter) {
  out.open();
  out.put("id", letter.id);
  out.put("reason", letter.reason);
  out.put("stream", escaped(letter.source_stream));
  out.put("entry_id", escaped(letter.source_id));
  out.open_list("fields");
  for (auto& [name, value] : letter.fields) {
    out.open();
    out.put("name", escaped(name));
    out.put("value", escaped(value));
    out.close();
  }
  out.close_list();
  out.put("truncated", letter.cut);
  out.close();
}

} // namespace

std::string dead_letters_json(bool enabled, const dead_letters_page& page,
                              std::size_t max_bytes) {
  json_writer out;
  std::uint64_t count = 0;
  std::size_t bytes = 200;
  out.open();
  out.put("enabled", enabled);
  out.open_list("dead_letters");
  for (auto& letter : page.letters) {
    bytes += most_bytes_of(letter);
    if (bytes > max_bytes)
      break;
    put(out, letter);
    ++count;
  }
  out.close_list();
  out.put("count", count);
  out.put("total", page.total);
  out.put("complete", page.complete && count == page.letters.size());
  out.close();
  return out.text();
}

} // namespace meshtrace
