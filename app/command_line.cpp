#include "app/command_line.hpp"

#include "app/settings_file.hpp"
#include "app/settings_names.hpp"
#include "app/settings_print.hpp"
#include "app/settings_table.hpp"
#include "app/version.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace meshtrace {

namespace {

struct flags {
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  std::string config; ///< Path of the file, empty for none.
  given_values values;
};

constexpr auto own_flags
  = {"--help", "--version", "--check-config", "--print-config", "--config"};

// CLI11 hands on what it does not know; words after an unknown flag are taken
// for its value.
void report_unknown(const std::vector<std::string>& words,
                    std::vector<std::string>& errors) {
  std::vector<std::string> known{own_flags.begin(), own_flags.end()};
  for (const auto& entry : settings_table())
    known.push_back(flag_name(entry.name));
  bool after_flag = false;
  for (const auto& word : words) {
    const auto is_flag = word.starts_with('-') && word != "--";
    const auto name = word.substr(0, word.find('='));
    if (is_flag)
      errors.push_back(fmt::format("there is no flag {}{}", in_quotes(name),
                                   suggestion(name, known)));
    else if (!after_flag)
      errors.push_back(
        fmt::format("{} is more than meshtrace expects", in_quotes(word)));
    after_flag = is_flag;
  }
}

// A boolean's flag may stand alone: it then means true.
void add_setting(CLI::App& app, const setting& entry, given_values& values) {
  const auto flag = flag_name(entry.name);
  const auto take = [&values, flag, name = std::string{entry.name}](
                      const CLI::results_t& texts) {
    values[name] = {texts.back(), flag};
    return true;
  };
  auto* option = app.add_option(flag, take);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  if (entry.kind == setting_kind::boolean)
    option->expected(0, 1)->default_str("true");
}

flags read_flags(const std::vector<std::string>& arguments,
                 std::vector<std::string>& errors) {
  flags result;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_flag("-h,--help", result.help);
  app.add_flag("--version", result.version);
  app.add_flag("--check-config", result.check_config);
  app.add_flag("--print-config", result.print_config);
  app.add_option("--config", result.config);
  for (const auto& entry : settings_table())
    add_setting(app, entry, result.values);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
    report_unknown(app.remaining(), errors);
  } catch (const CLI::ParseError& e) {
    errors.push_back(e.what());
  }
  return result;
}

command with_errors(const std::vector<std::string>& errors,
                    std::vector<std::string> warnings) {
  command result;
  result.exit_code = 2;
  result.warnings = std::move(warnings);
  for (const auto& line : errors)
    result.errors += fmt::format("meshtrace: {}\n", line);
  return result;
}

command with_output(std::string text, std::vector<std::string> warnings = {}) {
  command result;
  result.output = std::move(text);
  result.warnings = std::move(warnings);
  return result;
}

} // namespace

command load(const std::vector<std::string>& arguments,
             const environment& variables, const host_facts& host) {
  std::vector<std::string> errors;
  const auto given = read_flags(arguments, errors);
  if (given.help)
    return with_output(help_text());
  if (given.version)
    return with_output(fmt::format("meshtrace {}\n", version()));
  const auto file = given.config.empty()
                      ? given_values{}
                      : read_settings_file(given.config, errors);
  auto merged
    = merge_settings({file, read_environment(variables), given.values}, host);
  errors.insert(errors.end(), merged.errors.begin(), merged.errors.end());
  auto warnings = unknown_variables(variables);
  warnings.insert(warnings.end(), merged.warnings.begin(),
                  merged.warnings.end());
  if (!errors.empty())
    return with_errors(errors, std::move(warnings));
  if (given.print_config)
    return with_output(config_text(merged.config), std::move(warnings));
  if (given.check_config)
    return with_output("the settings are right\n", std::move(warnings));
  command result;
  result.serve = std::move(merged.config);
  result.warnings = std::move(warnings);
  return result;
}

command load(int argc, const char* const* argv) {
  return load({argv + std::min(argc, 1), argv + argc}, this_environment(),
              this_host());
}

} // namespace meshtrace
