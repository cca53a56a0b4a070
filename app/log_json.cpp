#include "app/log_json.hpp"

#include "trace/text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace meshtrace {

namespace {

using ascii_writer = rapidjson::Writer<rapidjson::StringBuffer,
                                       rapidjson::UTF8<>, rapidjson::ASCII<>>;

void member(ascii_writer& out, const char* name, std::string_view text) {
  out.Key(name);
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

} // namespace

std::string log_line_json(std::string_view time, std::string_view level,
                          std::string_view message) {
  std::string storage;
  rapidjson::StringBuffer buffer;
  ascii_writer out{buffer};
  out.StartObject();
  member(out, "time", time);
  member(out, "level", level);
  member(out, "message", valid_utf8(message, storage));
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace meshtrace
