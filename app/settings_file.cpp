#include "app/settings_file.hpp"

#include "app/settings_names.hpp"
#include "app/settings_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

namespace meshtrace {

namespace {

constexpr std::streamsize longest_file = 1 << 20;

const setting* find_setting(std::string_view key) {
  for (const auto& entry : settings_table())
    if (file_key(entry.name) == key)
      return &entry;
  return nullptr;
}

std::vector<std::string> known_keys() {
  std::vector<std::string> result;
  for (const auto& entry : settings_table())
    result.push_back(file_key(entry.name));
  return result;
}

// A name with a comma inside would silently become two.
std::optional<std::string> array_text(const toml::array& items) {
  std::string result;
  for (const auto& item : items) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->find(',') != std::string::npos)
      return std::nullopt;
    result.append(&item == &items.front() ? "" : ",").append(*text);
  }
  return result;
}

// The value as an environment variable would have it, or nothing if its type
// cannot be meant for this setting.
std::optional<std::string>
value_text(const setting& entry, const toml::node& value) {
  if (auto text = value.value_exact<std::string>())
    return text;
  if (const auto* items = value.as_array();
      items != nullptr && entry.kind == setting_kind::list)
    return array_text(*items);
  const auto number = value.value_exact<std::int64_t>();
  if (number && entry.kind != setting_kind::list)
    return fmt::format("{}", *number);
  const auto flag = value.value_exact<bool>();
  if (flag && entry.kind == setting_kind::boolean)
    return *flag ? "true" : "false";
  return std::nullopt;
}

std::string place(std::string_view path, toml::source_index line) {
  return fmt::format("{}:{}", path, line);
}

void take(std::string_view path, std::string_view key, const toml::node& value,
          given_values& values, std::vector<std::string>& errors) {
  const auto where = place(path, value.source().begin.line);
  const auto* entry = find_setting(key);
  if (entry == nullptr) {
    errors.push_back(fmt::format("{}: there is no setting {}{}", where,
                                 in_quotes(key),
                                 suggestion(key, known_keys())));
    return;
  }
  const auto text = value_text(*entry, value);
  if (!text) {
    std::ostringstream type;
    type << value.type();
    errors.push_back(fmt::format("{} in {} has the wrong type ({}): it must "
                                 "be {}",
                                 entry->name, where, type.str(), entry->legal));
    return;
  }
  values[std::string{entry->name}] = {*text, where};
}

} // namespace

given_values read_settings_text(std::string_view text, std::string_view path,
                                std::vector<std::string>& errors) {
  given_values result;
  try {
    const auto document = toml::parse(text, path);
    for (const auto& [key, value] : document)
      take(path, key.str(), value, result, errors);
  } catch (const toml::parse_error& e) {
    errors.push_back(fmt::format("{}: it is not TOML: {}",
                                 place(path, e.source().begin.line),
                                 e.description()));
  }
  return result;
}

given_values
read_settings_file(const std::string& path, std::vector<std::string>& errors) {
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  std::string text(static_cast<std::size_t>(longest_file) + 1, '\0');
  in.read(text.data(), longest_file + 1);
  if (in.gcount() > longest_file) {
    errors.push_back(
      fmt::format("the file {} is longer than 1 MiB", in_quotes(path)));
    return {};
  }
  // A folder opens and then cannot be read.
  if (in.gcount() == 0 && errno != 0) {
    errors.push_back(fmt::format("the file {} cannot be read: {}",
                                 in_quotes(path), std::strerror(errno)));
    return {};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return read_settings_text(text, path, errors);
}

std::string toml_string(std::string_view text) {
  std::ostringstream out;
  const toml::value<std::string> value{text};
  out << toml::toml_formatter{value, toml::format_flags::none};
  return out.str();
}

} // namespace meshtrace
