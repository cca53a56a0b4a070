#include "app/settings_rows.hpp"

#include "redis/endpoint.hpp"
#include "trace/duration.hpp"

#include <algorithm>

namespace meshtrace::rows {

namespace {

constexpr std::size_t longest_word = 128;
constexpr std::size_t longest_token = 512;
constexpr std::size_t most_streams = 64;

bool is_exporter(std::string_view name) {
  return std::find(known_exporters.begin(), known_exporters.end(), name)
         != known_exporters.end();
}

expected<std::vector<std::string>> read_exporters(std::string_view text) {
  auto names = read_list(text);
  if (!names || *names == std::vector<std::string>{"none"})
    return names.map([](auto&&) { return std::vector<std::string>{}; });
  for (const auto& name : *names) {
    if (name == "none")
      return failure("none stands alone");
    if (!is_exporter(name))
      return failure("there is no exporter " + in_quotes(name));
  }
  return names;
}

expected<void> check_streams(const std::vector<std::string>& names) {
  if (names.size() > most_streams)
    return failure("there are more");
  for (const auto& name : names)
    if (!is_visible(name))
      return failure(in_quotes(name) + " has a blank or a control character");
  return {};
}

expected<void> check_redis_url(std::string_view text) {
  const auto where = redis::parse_url(text);
  if (!where)
    return tl::unexpected{where.error()};
  if (where->scheme == redis::endpoint::transport_kind::tls)
    return failure("rediss:// (TLS) is not available in this version");
  return {};
}

std::string masked_url(const std::string& url) {
  const auto where = redis::parse_url(url);
  if (!where)
    return std::string{mask};
  return where->password.empty() ? url : redis::to_display(*where);
}

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

expected<std::uint64_t> in_range(expected<std::uint64_t> value,
                                 std::uint64_t least, std::uint64_t most) {
  if (value && (*value < least || *value > most))
    return failure("");
  return value;
}

setting boolean(std::string_view name, bool settings::*member,
                std::string_view description) {
  auto result = row(name, setting_kind::boolean,
                    "true or false (also yes/no, on/off, 1/0)", description);
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

setting
exporters(std::string_view name, std::vector<std::string> settings::*member,
          std::string_view description) {
  auto result = row(name, setting_kind::list,
                    fmt::format("none, or a comma list of: {}",
                                fmt::join(known_exporters, ", ")),
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return read_exporters(text).map(
      [&](std::vector<std::string> names) { to.*member = std::move(names); });
  };
  result.show = [=](const settings& from) -> std::string {
    return (from.*member).empty() ? "none" : show_list(from.*member);
  };
  return with_default(std::move(result));
}

setting
streams(std::string_view name, std::vector<std::string> settings::*member,
        std::string_view description) {
  auto result = row(
    name, setting_kind::list,
    fmt::format("a comma list of 1 to {} streams, each once", most_streams),
    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    auto names = read_list(text);
    if (!names)
      return failure(names.error().reason);
    return check_streams(*names).map([&] { to.*member = std::move(*names); });
  };
  result.show = [=](const settings& from) {
    return show_list(from.*member);
  };
  return with_default(std::move(result));
}

setting redis_url(std::string_view name, std::string settings::*member,
                  std::string_view description) {
  auto result = row(name, setting_kind::text,
                    "redis://[user][:password]@host:port/database or "
                    "unix:///path/to.sock?db=database",
                    description);
  result.secret = true;
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return check_redis_url(text).map([&] { to.*member = text; });
  };
  result.show = [=](const settings& from) {
    return masked_url(from.*member);
  };
  return with_default(std::move(result));
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
