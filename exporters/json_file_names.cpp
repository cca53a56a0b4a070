#include "exporters/json_file_names.hpp"

#include "exporters/output_folder.hpp"
#include "trace/ids.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

namespace meshtrace {

namespace {

/// What follows the id in a trace's JSON, and where its revision is. Neither
/// can be within the id, where quotes are escaped.
constexpr std::string_view after_id = "\"state\":";
constexpr std::string_view before_revision = "\"revision\":";

/// More than what stands before and in the revision: an id takes at most twice
/// its bytes.
constexpr std::size_t head_bytes = 2 * max_id_bytes + 256;

bool is_safe(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '-';
}

std::optional<std::uint32_t> revision_in(std::string_view json) {
  const auto at = json.find(before_revision);
  if (at == std::string_view::npos)
    return std::nullopt;
  std::uint32_t result = 0;
  const auto* from = json.data() + at + before_revision.size();
  const auto end = std::from_chars(from, json.data() + json.size(), result);
  return end.ec == std::errc{} ? std::optional{result} : std::nullopt;
}

} // namespace

json_file_names json_file_names_of(std::string_view trace_id) {
  auto start = "trace_" + std::string{trace_id.substr(0, 8)};
  std::replace_if(
    start.begin() + 6, start.end(), [](char c) { return !is_safe(c); }, '_');
  const auto hash = hex16(XXH3_64bits(trace_id.data(), trace_id.size()));
  return {start + '_' + hash.substr(0, 8) + ".json",
          start + '_' + hash + ".json"};
}

std::string_view json_id_part(std::string_view json) {
  return json.substr(0, json.find(after_id));
}

json_place
look_at(int folder, const std::string& name, const json_candidate& x) {
  // A FIFO of this name must not make us wait.
  const descriptor file{::openat(
    folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file)
    return errno == ENOENT ? json_place::ours : json_place::taken;
  std::array<char, head_bytes> bytes;
  const auto n = ::read(*file, bytes.data(), bytes.size());
  if (n <= 0)
    return json_place::taken;
  const std::string_view head{bytes.data(), static_cast<std::size_t>(n)};
  struct stat about = {};
  if (json_id_part(head) != x.id_part || ::fstat(*file, &about) != 0)
    return json_place::taken;
  const auto written = about.st_mtim.tv_sec * std::int64_t{1'000'000'000}
                       + about.st_mtim.tv_nsec;
  const auto revision = revision_in(head).value_or(0);
  return revision > x.revision && written >= x.commit_time ? json_place::newer
                                                           : json_place::ours;
}

} // namespace meshtrace
