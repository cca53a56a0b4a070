#include "app/command_line.hpp"

#include "app/settings_file.hpp"
#include "app/settings_names.hpp"
#include "app/settings_print.hpp"
#include "app/settings_table.hpp"
#include "app/version.hpp"
#include "trace/decode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>

namespace meshtrace {

namespace {

struct flags {
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  std::string config; ///< Path of the file, empty for none.
  given_values values;

  bool redrive = false;
  std::string reason;
  std::string limit;
  bool backup = false;
  std::string directory;
};

constexpr auto own_flags
  = {"--help", "--version", "--check-config", "--print-config", "--config"};

std::optional<std::uint64_t> read_limit(std::string_view text) {
  std::uint64_t result = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, result);
  if (failed != std::errc{} || stop != end || result == 0)
    return std::nullopt;
  return result;
}

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

// Settings may stand before and behind the word.
void add_subcommands(CLI::App& app, flags& to) {
  const auto add = [&](const char* name, bool& given) {
    auto* result = app.add_subcommand(name);
    result->set_help_flag();
    result->fallthrough();
    result->callback([&given] { given = true; });
    return result;
  };
  auto* redrive = add("redrive", to.redrive);
  redrive->add_option("--reason", to.reason);
  redrive->add_option("--limit", to.limit);
  add("backup", to.backup)->add_option("directory", to.directory);
}

void check_subcommands(const flags& given, std::vector<std::string>& errors) {
  if (given.help)
    return;
  std::vector<std::string_view> reasons;
  for (std::size_t i = 0; i < dead_reasons; ++i)
    reasons.push_back(to_string(static_cast<dead_reason>(i)));
  if (!given.reason.empty() && std::ranges::count(reasons, given.reason) == 0)
    errors.push_back(fmt::format("--reason must be one of {}, got {}",
                                 fmt::join(reasons, ", "),
                                 in_quotes(given.reason)));
  if (!given.limit.empty() && !read_limit(given.limit))
    errors.push_back(
      fmt::format("--limit must be a whole number, at least 1, got {}",
                  in_quotes(given.limit)));
  if (given.backup && given.directory.empty())
    errors.emplace_back("backup needs the folder to write to, a new one");
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
  add_subcommands(app, result);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
    report_unknown(app.remaining(true), errors);
    check_subcommands(result, errors);
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

/// What `given` asks for beyond printing something.
command with_order(const flags& given, settings config,
                   std::vector<std::string> warnings) {
  command result;
  result.warnings = std::move(warnings);
  if (given.redrive)
    result.redrive = {std::move(config), given.reason, read_limit(given.limit)};
  else if (given.backup)
    result.backup
      = {std::move(config),
         std::filesystem::absolute(given.directory).lexically_normal()};
  else
    result.serve = std::move(config);
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
  return with_order(given, std::move(merged.config), std::move(warnings));
}

command load(int argc, const char* const* argv) {
  return load({argv + std::min(argc, 1), argv + argc}, this_environment(),
              this_host());
}

} // namespace meshtrace
