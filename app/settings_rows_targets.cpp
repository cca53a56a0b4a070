// The rows about targets of exporters: URLs, header fields, TLS.
#include "app/settings_rows.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <memory>

namespace meshtrace::rows {

namespace {

constexpr std::size_t most_headers = 64;

struct free_url {
  void operator()(CURLU* x) const {
    curl_url_cleanup(x);
  }
};

struct free_text {
  void operator()(char* x) const {
    curl_free(x);
  }
};

/// As libcurl will read it. `flags` as of curl_url_set.
expected<void> check_url(std::string_view text, unsigned flags) {
  const std::unique_ptr<CURLU, free_url> url{curl_url()};
  if (text.size() > 4096 || !is_visible(text))
    return failure("it is too long, or has a blank");
  const auto code
    = curl_url_set(url.get(), CURLUPART_URL, std::string{text}.c_str(), flags);
  if (code != CURLUE_OK)
    return failure(curl_url_strerror(code));
  char* got = nullptr;
  curl_url_get(url.get(), CURLUPART_SCHEME, &got, 0);
  const std::unique_ptr<char, free_text> scheme{got};
  if (!scheme
      || (scheme.get() != std::string_view{"http"}
          && scheme.get() != std::string_view{"https"}))
    return failure("it begins with neither");
  return {};
}

bool is_token_character(char c) { // RFC 9110, 5.6.2
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c)
              != std::string_view::npos;
}

expected<std::string> percent_decoded(std::string_view text) {
  int size = 0;
  const std::unique_ptr<char, free_text> decoded{curl_easy_unescape(
    nullptr, text.data(), static_cast<int>(text.size()), &size)};
  if (!decoded)
    return failure("");
  std::string result{decoded.get(), static_cast<std::size_t>(size)};
  if (std::any_of(result.begin(), result.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    return failure("a value has a control character");
  return result;
}

std::string_view without_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

expected<header_fields> read_headers(std::string_view text) {
  header_fields result;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto pair = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto equals = pair.find('=');
    const auto name = without_blanks(pair.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()
        || !std::all_of(name.begin(), name.end(), is_token_character))
      return failure("a part is not name=value");
    auto value = percent_decoded(without_blanks(pair.substr(equals + 1)));
    if (!value)
      return failure(value.error().reason);
    result.emplace_back(name, std::move(*value));
    if (result.size() > most_headers)
      return failure("there are more");
  }
  return result;
}

/// `url` without its user and password.
std::string without_user(const std::string& url) {
  const auto scheme = url.find("://");
  const auto from = scheme == std::string::npos ? 0 : scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", from), url.size());
  const auto at = url.substr(0, end).rfind('@');
  if (at == std::string::npos || at < from)
    return url;
  return url.substr(0, from).append(mask).append(url.substr(at));
}

setting url_row(std::string_view name, std::string settings::*member,
                std::string_view description, unsigned flags) {
  auto result = row(name, setting_kind::text,
                    "an http:// or https:// URL, or empty", description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    if (text.empty()) {
      (to.*member).clear();
      return {};
    }
    return check_url(text, flags).map([&] { to.*member = text; });
  };
  result.show = [=](const settings& from) {
    return without_user(from.*member);
  };
  return result;
}

} // namespace

setting url(std::string_view name, std::string settings::*member,
            std::string_view description) {
  return with_default(url_row(name, member, description, 0));
}

setting secret_url(std::string_view name, std::string settings::*member,
                   std::string_view description) {
  auto result = url_row(name, member, description, 0);
  result.secret = true;
  result.show = [=](const settings& from) {
    return std::string{(from.*member).empty() ? std::string_view{} : mask};
  };
  return with_default(std::move(result));
}

setting endpoint(std::string_view name, std::string settings::*member,
                 std::string_view description) {
  auto result = url_row(name, member, description, CURLU_DEFAULT_SCHEME);
  result.legal = "host:port, or an http:// or https:// URL";
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto full = text.find("://") == std::string_view::npos
                        ? "http://" + std::string{text}
                        : std::string{text};
    return check_url(full, 0).map([&] { to.*member = text; });
  };
  return with_default(std::move(result));
}

setting headers(std::string_view name, header_fields settings::*member,
                std::string_view description) {
  auto result = row(name, setting_kind::text,
                    fmt::format("a comma list of at most {} name=value, the "
                                "values percent-encoded",
                                most_headers),
                    description);
  result.secret = true;
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return read_headers(text).map(
      [&](header_fields fields) { to.*member = std::move(fields); });
  };
  result.show = [=](const settings& from) {
    return std::string{(from.*member).empty() ? std::string_view{} : mask};
  };
  return with_default(std::move(result));
}

setting tls_file(std::string_view name, tls_options settings::*member,
                 std::string tls_options::*part, std::string_view description) {
  // A path is a path: the checks are those of a folder's.
  auto result = optional_folder(name, &settings::data_dir, description);
  const auto check = result.assign;
  result.legal = "the path of a PEM file, or empty";
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    settings scratch;
    return check(scratch, text).map([&] { to.*member.*part = text; });
  };
  result.show = [=](const settings& from) {
    return from.*member.*part;
  };
  return with_default(std::move(result));
}

setting tls_flag(std::string_view name, tls_options settings::*member,
                 bool tls_options::*part, std::string_view description) {
  auto result = row(name, setting_kind::boolean, boolean_legal, description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    const auto value = read_boolean(text);
    if (!value)
      return failure("");
    to.*member.*part = *value;
    return {};
  };
  result.show = [=](const settings& from) {
    return from.*member.*part ? "true" : "false";
  };
  return with_default(std::move(result));
}

setting webhook_traces(std::string_view name, webhook_filter settings::*member,
                       std::string_view description) {
  auto result = row(name, setting_kind::text,
                    "all, or a comma list of failed, incomplete and "
                    "slow:<duration>, such as failed,slow:5s",
                    description);
  result.assign = [=](settings& to, std::string_view text) -> expected<void> {
    return parse_webhook_filter(text).map(
      [&](const webhook_filter& filter) { to.*member = filter; });
  };
  result.show = [=](const settings& from) {
    return to_string(from.*member);
  };
  return with_default(std::move(result));
}

} // namespace meshtrace::rows
