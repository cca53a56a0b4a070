#pragma once

#include "app/settings_names.hpp"
#include "app/settings_table.hpp"
#include "app/settings_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

/// Makes the rows of the settings table, one function a kind of value. Each
/// takes the member that the row is about; its default is the member's initial
/// value.
namespace meshtrace::rows {

/// What stands for a secret wherever settings are shown.
inline constexpr std::string_view mask = "***";

/// What a boolean must be.
inline constexpr const char* boolean_legal
  = "true or false (also yes/no, on/off, 1/0)";

setting boolean(std::string_view name, bool settings::*member,
                std::string_view description);

setting duration(std::string_view name, settings::duration settings::*member,
                 settings::duration least, settings::duration most,
                 std::string_view description);

/// Bytes.
setting size(std::string_view name, std::size_t settings::*member,
             std::size_t least, std::size_t most, std::string_view description);

/// Visible ASCII characters, 1 to 128.
setting word(std::string_view name, std::string settings::*member,
             std::string_view description);

/// A folder: 1 to 4096 bytes without control characters.
setting folder(std::string_view name, std::string settings::*member,
               std::string_view description);

/// The same, or empty.
setting optional_folder(std::string_view name, std::string settings::*member,
                        std::string_view description);

setting host(std::string_view name, std::string settings::*member,
             std::string_view description);

setting
exporters(std::string_view name, std::vector<std::string> settings::*member,
          std::string_view description);

setting
streams(std::string_view name, std::vector<std::string> settings::*member,
        std::string_view description);

setting redis_url(std::string_view name, std::string settings::*member,
                  std::string_view description);

/// An `http://` or `https://` URL, or empty.
setting url(std::string_view name, std::string settings::*member,
            std::string_view description);

/// The same that no one may see.
setting secret_url(std::string_view name, std::string settings::*member,
                   std::string_view description);

/// `host:port` or a URL.
setting endpoint(std::string_view name, std::string settings::*member,
                 std::string_view description);

/// `name=value,name=value`, values percent-encoded. Secret.
setting headers(std::string_view name, header_fields settings::*member,
                std::string_view description);

/// A part of TLS options: a file.
setting tls_file(std::string_view name, tls_options settings::*member,
                 std::string tls_options::*part, std::string_view description);

setting tls_flag(std::string_view name, tls_options settings::*member,
                 bool tls_options::*part, std::string_view description);

setting webhook_traces(std::string_view name, webhook_filter settings::*member,
                       std::string_view description);

setting token(std::string_view name, std::string settings::*member,
              std::string_view description);

/// The row without its functions.
setting row(std::string_view name, setting_kind kind, std::string legal,
            std::string_view description);

/// Sets `default_text` to what `show` makes of a member never assigned.
setting with_default(setting entry);

/// `entry` with a default that depends on the machine or on other settings.
setting computed(setting entry, std::string default_text,
                 std::function<void(settings&, const host_facts&)> compute);

/// `entry` with other variables for it.
setting also_from(setting entry, std::vector<setting_alias> aliases);

/// `value` if it is in the range; the reason of a failure is empty where
/// repeating the range would say nothing new.
expected<std::uint64_t> in_range(expected<std::uint64_t> value,
                                 std::uint64_t least, std::uint64_t most);

template <class T>
setting integer(std::string_view name, T settings::*member, std::uint64_t least,
                T most, std::string_view description) {
  auto result = row(name, setting_kind::integer,
                    fmt::format("a whole number from {} to {}", least, most),
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return in_range(read_integer(text), least, most)
      .map([&](std::uint64_t value) { to.*member = static_cast<T>(value); });
  };
  result.show = [=](const settings& from) {
    return fmt::format("{}", from.*member);
  };
  return with_default(std::move(result));
}

/// One of a few words, each of which stands for a value; in any case.
template <class T, std::size_t N>
setting choice(std::string_view name, T settings::*member,
               std::array<std::pair<std::string_view, T>, N> words,
               std::string_view description) {
  auto legal = std::string{words[0].first};
  for (std::size_t i = 1; i < N; ++i)
    legal.append(i + 1 == N ? " or " : ", ").append(words[i].first);
  auto result = row(name, setting_kind::text, std::move(legal), description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    for (const auto& [word, value] : words)
      if (word == lower(text)) {
        to.*member = value;
        return {};
      }
    return failure("");
  };
  result.show = [=](const settings& from) {
    for (const auto& [word, value] : words)
      if (value == from.*member)
        return std::string{word};
    return std::string{};
  };
  return with_default(std::move(result));
}

} // namespace meshtrace::rows
