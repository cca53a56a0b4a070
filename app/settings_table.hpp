#pragma once

#include "app/settings.hpp"
#include "app/settings_cores.hpp"
#include "trace/error.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// How a setting is written in the file.
enum class setting_kind : std::uint8_t { boolean, integer, text, list };

/// A variable of another name that sets a setting where its own is not set.
struct setting_alias {
  std::string_view name;
  /// Its text as the setting's own; null where they are the same.
  std::string (*rewrite)(std::string_view) = nullptr;
};

/// One row of the table: the only place that knows a setting's name, what is
/// legal and what it means. Environment, file, flags, help and
/// docs/configuration.md follow from it.
struct setting {
  std::string_view name; ///< Of the variable, `TRACE_BATCH_SIZE`.
  setting_kind kind = setting_kind::text;
  std::string legal; ///< Completes the sentence "it must be ...".
  /// For people; what really holds are the initial values of `settings`.
  std::string default_text;
  std::string description; ///< Whole sentences.
  bool secret = false;     ///< Then no message quotes the value.

  /// Other variables for it, the first that is set counts.
  std::vector<setting_alias> aliases;

  /// Sets the member from text. The reason of a failure adds to `legal` and
  /// may be empty; that of a secret quotes nothing.
  std::function<expected<void>(settings&, std::string_view)> assign;

  /// The member as text that `assign` understands; secrets are masked.
  std::function<std::string(const settings&)> show;

  /// Sets a default that depends on the machine or on other settings; may be
  /// empty. Called when all others are set.
  std::function<void(settings&, const host_facts&)> compute;
};

/// Settings under a heading.
struct setting_group {
  std::string_view title;
  std::vector<setting> rows;
};

const std::vector<setting_group>& settings_groups();

/// The groups about exporting, part of `settings_groups`.
setting_group exporting_group();
setting_group telemetry_group();

/// All rows in the order of the groups.
const std::vector<setting>& settings_table();

/// Puts the exporters that `multi` stands for in its place.
void resolve_exporters(settings& config);

/// What is wrong between settings that are fine each by itself.
std::vector<std::string> contradictions(const settings& config);

} // namespace meshtrace
