// The rows whose values are made of parts: lists, and the URL of Redis.
#include "app/settings_rows.hpp"
#include "exporters/registry.hpp"
#include "redis/endpoint.hpp"

#include <algorithm>

namespace meshtrace::rows {

namespace {

constexpr std::size_t most_streams = 64;

bool is_exporter(std::string_view name) {
  const auto names = exporter_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The names that are used here for those that may be written.
std::string exporter_name(std::string_view written) {
  auto name = lower(written);
  if (name == "telemetry")
    name.assign("otlp");
  else if (name == "multiple" || name == "all")
    name.assign("multi");
  return name;
}

expected<std::vector<std::string>> read_exporters(std::string_view text) {
  const auto names = read_list(text);
  if (!names)
    return names;
  std::vector<std::string> result;
  for (const auto& written : *names) {
    const auto name = exporter_name(written);
    if ((name == "none" || name == "multi") && names->size() > 1)
      return failure(fmt::format("{} stands alone", name));
    if (name == "none")
      return result;
    if (name != "multi" && !is_exporter(name))
      return failure(
        fmt::format("there is no exporter {}", in_quotes(written)));
    if (std::find(result.begin(), result.end(), name) != result.end())
      return failure(fmt::format("{} is there twice", name));
    result.push_back(name);
  }
  return result;
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

setting
exporters(std::string_view name, std::vector<std::string> settings::*member,
          std::string_view description) {
  auto result = row(name, setting_kind::list,
                    fmt::format("none, multi, or a comma list of: {}",
                                fmt::join(exporter_names(), ", ")),
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

} // namespace meshtrace::rows
