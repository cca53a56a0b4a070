#include "http/routes.hpp"

#include "http/accept.hpp"
#include "http/auth.hpp"

#include <algorithm>
#include <vector>

namespace meshtrace {

namespace {

using segments = std::vector<std::string>;

bool is_dashboard(const segments& given) {
  return !given.empty() && given.front() == "api";
}

bool is_variable(std::string_view segment) {
  return segment.starts_with('{');
}

/// The segments of a path template; the table has no escapes in it.
std::vector<std::string_view> template_segments(std::string_view path) {
  std::vector<std::string_view> result;
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    result.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

/// How many segments are named literally; -1 if the path does not match.
int literal_matches(std::string_view path, const segments& given) {
  const auto wanted = template_segments(path);
  if (wanted.size() != given.size())
    return -1;
  int result = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (is_variable(wanted[i]) && !given[i].empty())
      continue;
    if (wanted[i] != given[i])
      return -1;
    ++result;
  }
  return result;
}

/// The path template that names most of `given` literally; empty if none fits.
std::string_view best_path(const segments& given) {
  int best = -1;
  std::string_view result;
  for (const auto& each : routes())
    if (const auto found = literal_matches(each.path, given); found > best) {
      best = found;
      result = each.path;
    }
  return result;
}

const route* find_route(std::string_view path, std::string_view method) {
  const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  for (const auto& each : routes())
    if (each.path == path && each.method == wanted)
      return &each;
  return nullptr;
}

api_error wrong_method(std::string_view path) {
  auto result = standard_error(405);
  for (const auto& each : routes())
    if (each.path == path) {
      result.allow += result.allow.empty() ? "" : ", ";
      result.allow += each.method;
      result.allow += each.method == "GET" ? ", HEAD" : "";
    }
  result.message = std::string{path} + " has only " + result.allow;
  return result;
}

api_error nothing_here(const segments& given, std::string_view path) {
  auto result = standard_error(404);
  if (is_dashboard(given)) {
    result.message = "API endpoint not found";
    return result;
  }
  result.message = "there is nothing at " + quoted_for_client(path)
                   + "; GET / lists what is";
  return result;
}

/// Reads `{x}` as an id: every variable of a path is one so far.
api_expected<void>
read_path(const route& matched, const segments& given, arguments& into) {
  const auto wanted = template_segments(matched.path);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_variable(wanted[i]))
      continue;
    const auto name = wanted[i].substr(1, wanted[i].size() - 2);
    const parameter as_id{.name = name,
                          .kind = matched.dashboard ? value_kind::text
                                                    : value_kind::id,
                          .description = "in the path"};
    auto content = read_value(as_id, given[i]);
    if (!content)
      return tl::unexpected{std::move(content.error())};
    into.add(name, std::move(*content));
  }
  return {};
}

api_expected<routed_request>
read_request(const route& matched, const segments& path,
             const http_request& request) {
  routed_request result{&matched, {}, matched.produces.front()};
  // Probes of load balancers send what they like; they want an answer.
  if (matched.needs_token && !matched.dashboard)
    result.content_type = preferred_type(request.accept, matched.produces);
  if (result.content_type.empty())
    return tl::unexpected{standard_error(406)};
  if (auto path_read = read_path(matched, path, result.given); !path_read)
    return tl::unexpected{std::move(path_read.error())};
  if (matched.dashboard) {
    read_lenient_arguments(matched.parameters,
                           parse_query_leniently(request.query), result.given);
    return result;
  }
  const auto pairs = parse_query(request.query);
  if (!pairs)
    return tl::unexpected{pairs.error()};
  return read_arguments(matched.parameters, *pairs, result.given).map([&] {
    return std::move(result);
  });
}

bool may_ask(const http_request& request, std::string_view token) {
  const auto& given = request.authorization;
  return authorized(given, token)
         || (is_dashboard(request) && authorized_by_password(given, token));
}

} // namespace

bool is_dashboard(const http_request& request) {
  const auto path = path_segments(request.path);
  return path ? is_dashboard(*path) : request.path.starts_with("/api/");
}

api_expected<routed_request>
route_request(const http_request& request, std::string_view token) {
  const auto path = path_segments(request.path);
  const auto best = path ? best_path(*path) : std::string_view{};
  const auto* found = find_route(best, request.method);
  const bool open = found && !found->needs_token;
  if (!open && !may_ask(request, token))
    return tl::unexpected{standard_error(401)};
  if (!path)
    return tl::unexpected{path.error()};
  if (best.empty())
    return tl::unexpected{nothing_here(*path, request.path)};
  if (!found)
    return tl::unexpected{wrong_method(best)};
  return read_request(*found, *path, request);
}

} // namespace meshtrace
