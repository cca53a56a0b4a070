#include "app/settings_rows.hpp"

#include "trace/duration.hpp"

#include <algorithm>

namespace meshtrace::rows {

namespace {

constexpr std::size_t longest_word = 128;
constexpr std::size_t longest_token = 512;
constexpr std::size_t longest_path = 4096;
} // namespace

setting row(std::string_view name, setting_kind kind, std::string legal,
            std::string_view description) {
  setting result;
  result.name = name;
  result.kind = kind;
  result.legal = std::move(legal);
  result.description = description;
  return result;
}

setting with_default(setting entry) {
  entry.default_text = entry.show(settings{});
  return entry;
}

setting computed(setting entry, std::string default_text,
                 std::function<void(settings&, const host_facts&)> compute) {
  entry.default_text = std::move(default_text);
  entry.compute = std::move(compute);
  return entry;
}

setting also_from(setting entry, std::vector<setting_alias> aliases) {
  entry.aliases = std::move(aliases);
  return entry;
}

expected<std::uint64_t> in_range(expected<std::uint64_t> value,
                                 std::uint64_t least, std::uint64_t most) {
  if (value && (*value < least || *value > most))
    return failure("");
  return value;
}

setting boolean(std::string_view name, bool settings::*member,
                std::string_view description) {
  auto result = row(name, setting_kind::boolean, boolean_legal, description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto value = read_boolean(text);
    if (!value)
      return failure("");
    to.*member = *value;
    return {};
  };
  result.show = [=](const settings& from) {
    return from.*member ? "true" : "false";
  };
  return with_default(std::move(result));
}

setting duration(std::string_view name, settings::duration settings::*member,
                 settings::duration least, settings::duration most,
                 std::string_view description) {
  auto result = row(name, setting_kind::text,
                    fmt::format("a duration from {} to {}, such as 300ms, 1.5s "
                                "or 1h30m",
                                show_duration(least), show_duration(most)),
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto value = parse_go_duration(text);
    if (!value || *value < least || *value > most)
      return failure("");
    to.*member = *value;
    return {};
  };
  result.show = [=](const settings& from) {
    return show_duration(from.*member);
  };
  return with_default(std::move(result));
}

setting
size(std::string_view name, std::size_t settings::*member, std::size_t least,
     std::size_t most, std::string_view description) {
  auto result = row(name, setting_kind::text,
                    fmt::format("bytes from {} to {}, such as 65536, 64KiB or "
                                "1MiB",
                                show_size(least), show_size(most)),
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return in_range(read_size(text), least, most).map([&](std::uint64_t value) {
      to.*member = value;
    });
  };
  result.show = [=](const settings& from) {
    return show_size(from.*member);
  };
  return with_default(std::move(result));
}

setting folder(std::string_view name, std::string settings::*member,
               std::string_view description) {
  auto result
    = row(name, setting_kind::text,
          fmt::format("a path of 1 to {} bytes without control characters",
                      longest_path),
          description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    if (text.empty() || text.size() > longest_path
        || std::any_of(text.begin(), text.end(), is_control))
      return failure("");
    to.*member = text;
    return {};
  };
  result.show = [=](const settings& from) {
    return from.*member;
  };
  return with_default(std::move(result));
}

setting optional_folder(std::string_view name, std::string settings::*member,
                        std::string_view description) {
  auto result = folder(name, member, description);
  const auto assign = result.assign;
  result.legal += ", or empty";
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    if (!text.empty())
      return assign(to, text);
    (to.*member).clear();
    return {};
  };
  return with_default(std::move(result));
}

setting word(std::string_view name, std::string settings::*member,
             std::string_view description) {
  auto result = row(name, setting_kind::text,
                    fmt::format("1 to {} visible ASCII characters without "
                                "blanks",
                                longest_word),
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    if (text.empty() || text.size() > longest_word || !is_visible(text))
      return failure("");
    to.*member = text;
    return {};
  };
  result.show = [=](const settings& from) {
    return from.*member;
  };
  return with_default(std::move(result));
}

setting host(std::string_view name, std::string settings::*member,
             std::string_view description) {
  auto result = word(name, member, description);
  result.legal = "an IP address or the name of one, without a port";
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto allowed = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
             || (c >= 'A' && c <= 'Z')
             || std::string_view{".:-_%"}.find(c) != std::string_view::npos;
    };
    // One colon is a port; an IPv6 address has at least two.
    if (text.empty() || text.size() > 255
        || !std::all_of(text.begin(), text.end(), allowed)
        || std::count(text.begin(), text.end(), ':') == 1)
      return failure("");
    to.*member = text;
    return {};
  };
  return result;
}

setting token(std::string_view name, std::string settings::*member,
              std::string_view description) {
  auto result = row(name, setting_kind::text,
                    fmt::format("at most {} visible ASCII characters without "
                                "blanks, or empty for none",
                                longest_token),
                    description);
  result.secret = true;
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    if (text.size() > longest_token || !is_visible(text))
      return failure("");
    to.*member = text;
    return {};
  };
  result.show = [=](const settings& from) {
    return std::string{(from.*member).empty() ? std::string_view{} : mask};
  };
  return with_default(std::move(result));
}

} // namespace meshtrace::rows
