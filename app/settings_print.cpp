#include "app/settings_print.hpp"

#include "app/settings_file.hpp"
#include "app/settings_names.hpp"
#include "app/settings_table.hpp"
#include "app/settings_values.hpp"
#include "trace/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace {

constexpr std::size_t columns = 80;

// Words between blanks, each line with `indent` blanks before it.
std::string wrapped(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string result;
  std::string line = margin;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (line.size() > indent && line.size() + 1 + end > columns) {
      result += line + '\n';
      line = margin;
    }
    if (line.size() > indent)
      line += ' ';
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + line + '\n';
}

std::string toml_list(std::string_view text) {
  std::string result = "[";
  for (const auto& item : read_list(text).value_or(std::vector<std::string>{}))
    result += (result.size() > 1 ? ", " : "") + toml_string(item);
  return result + ']';
}

std::string toml_value(const setting& entry, const settings& config) {
  auto text = entry.show(config);
  switch (entry.kind) {
  case setting_kind::boolean:
  case setting_kind::integer:
    return text;
  case setting_kind::list:
    return toml_list(text);
  case setting_kind::text:
    break;
  }
  return toml_string(text);
}

std::string default_or_none(const setting& entry) {
  return entry.default_text.empty() ? "none" : entry.default_text;
}

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const auto c : text)
    result.append(c == '|' ? "\\" : "").push_back(c);
  return result;
}

/// Names the other variables for it, each between `quote`s.
std::string aliases_of(const setting& entry, std::string_view quote) {
  std::string result;
  for (const auto& alias : entry.aliases)
    result += fmt::format("{0}{1}{2}{1}", result.empty() ? " Also " : ", ",
                          quote, alias.name);
  return result.empty() ? result : result + '.';
}

} // namespace

std::string help_text() {
  std::string result
    = "usage: meshtrace [flags]\n"
      "       meshtrace redrive [--reason R] [--limit N] [flags]\n"
      "       meshtrace backup DIR [flags]\n\n"
      "Joins the span events in Redis Streams into whole traces, exports them\n"
      "and answers questions about them over REST.\n\n"
      "  redrive          put dead letters back to the streams they came "
      "from,\n"
      "                   all, those with the reason R, or the N oldest\n"
      "  backup DIR       have the running process copy its store into DIR, a\n"
      "                   new folder on its machine\n\n"
      "  --config FILE    read settings from a TOML file\n"
      "  --check-config   say whether the settings are right, and end\n"
      "  --print-config   print the settings as such a file, and end\n"
      "  --version        print the version, and end\n"
      "  -h, --help       print this, and end\n\n"
      "Every setting can be given as a flag, as an environment variable or in\n"
      "the file; a flag beats the environment beats the file. In the file a\n"
      "setting has the name of the variable in lower case.\n";
  for (const auto& group : settings_groups()) {
    result += fmt::format("\n{}\n", group.title);
    for (const auto& entry : group.rows) {
      result += fmt::format("  {} VALUE\n", flag_name(entry.name));
      result += fmt::format("      {} (default: {})\n", entry.name,
                            default_or_none(entry));
      result += wrapped(entry.description + aliases_of(entry, ""), 6);
      result += wrapped("VALUE is " + entry.legal + '.', 6);
    }
  }
  return result;
}

std::string config_text(const settings& config) {
  std::string result;
  for (const auto& group : settings_groups()) {
    result += fmt::format("{}# {}\n", result.empty() ? "" : "\n", group.title);
    for (const auto& entry : group.rows) {
      const auto at = config.sources.find(entry.name);
      // The path of a file may hold anything, even a line end.
      result += fmt::format(
        "{} = {} # {}\n", file_key(entry.name), toml_value(entry, config),
        at == config.sources.end() ? "default" : escaped(at->second));
    }
  }
  return result;
}

std::string markdown_tables() {
  std::string result;
  for (const auto& group : settings_groups()) {
    result += fmt::format("## {}\n\n| variable | default | legal | meaning |\n"
                          "| --- | --- | --- | --- |\n",
                          group.title);
    for (const auto& entry : group.rows)
      result += fmt::format(
        "| `{}` | {} | {} | {}{}{} |\n", entry.name,
        entry.default_text.empty() ? "none"
                                   : '`' + cell(entry.default_text) + '`',
        cell(entry.legal), cell(entry.description), aliases_of(entry, "`"),
        entry.secret ? " Secret." : "");
    result += '\n';
  }
  return result;
}

} // namespace meshtrace
