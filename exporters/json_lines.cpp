#include "exporters/json_lines.hpp"

#include "exporters/console_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace meshtrace {

namespace {

constexpr mode_t file_mode = 0644;
constexpr std::int64_t ns_per_s = 1'000'000'000;

constexpr const char* open_name = "traces.jsonl";
constexpr std::string_view closed_start = "traces-";
constexpr std::string_view closed_end = ".jsonl";
/// Of a time as it stands in names: `20261123T142352Z`.
constexpr std::size_t time_size = 16;

/// Lines that are held in memory before they are written.
constexpr std::size_t most_held_bytes = std::size_t{1} << 20;

/// A closed file by its age.
struct closed_file {
  std::string time;
  std::uint64_t n = 0;
  std::string name;

  auto operator<=>(const closed_file&) const = default;
};

std::string time_text(std::int64_t now) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(now / ns_per_s)));
}

std::string closed_name(std::string_view time, std::uint64_t n) {
  return fmt::format("{}{}-{}{}", closed_start, time, n, closed_end);
}

bool is_time(std::string_view text) {
  constexpr std::string_view shape = "00000000T000000Z";
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char like) {
                      return like == '0' ? c >= '0' && c <= '9' : c == like;
                    });
}

std::optional<closed_file> as_closed_file(const std::string& name) {
  const auto digits_at = closed_start.size() + time_size + 1;
  if (name.size() <= digits_at + closed_end.size())
    return std::nullopt;
  closed_file result{name.substr(closed_start.size(), time_size), 0, name};
  const auto* end = name.data() + name.size() - closed_end.size();
  const auto number = std::from_chars(name.data() + digits_at, end, result.n);
  if (number.ec != std::errc{} || number.ptr != end || !is_time(result.time)
      || name != closed_name(result.time, result.n))
    return std::nullopt;
  return result;
}

/// The oldest first.
std::vector<closed_file> closed_files(const output_folder& folder) {
  std::vector<closed_file> result;
  for (auto& name : folder.names())
    if (auto file = as_closed_file(name))
      result.push_back(std::move(*file));
  std::sort(result.begin(), result.end());
  return result;
}

/// When the file was made; file systems that do not say tell when it was
/// written last. Nanoseconds since 1970.
std::int64_t time_made(int file) {
  struct statx about = {};
  if (::statx(file, "", AT_EMPTY_PATH, STATX_BTIME | STATX_MTIME, &about) != 0)
    return 0;
  const auto& time
    = (about.stx_mask & STATX_BTIME) != 0 ? about.stx_btime : about.stx_mtime;
  return time.tv_sec * ns_per_s + time.tv_nsec;
}

/// Where the last whole line of a file of this size ends; -1 and errno where it
/// cannot be read.
std::int64_t end_of_lines(int file, std::int64_t size) {
  std::array<char, 4096> piece;
  while (size > 0) {
    const auto from = std::max<std::int64_t>(
      0, size - static_cast<std::int64_t>(piece.size()));
    const auto n = ::pread(file, piece.data(),
                           static_cast<std::size_t>(size - from), from);
    if (n <= 0)
      return -1;
    const std::string_view text{piece.data(), static_cast<std::size_t>(n)};
    if (const auto last = text.rfind('\n'); last != std::string_view::npos)
      return from + static_cast<std::int64_t>(last) + 1;
    size = from;
  }
  return 0;
}

} // namespace

/// Writes one batch.
class json_lines::writer {
public:
  writer(const json_options& options, output_folder folder, known_file& known,
         std::int64_t now)
    : options_(options), folder_(std::move(folder)), known_(known), now_(now) {
    // nop
  }

  export_result write(std::span<const exported_trace> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!file_ && !open())
        return failed();
      const auto line = json_line(batch[i].trace);
      if (is_over(line.size())) {
        if (!close())
          return failed();
        done_ = i;
        if (!open())
          return failed();
      }
      held_ += line;
      if (held_.size() >= most_held_bytes && !flush())
        return failed();
    }
    return sync() ? export_result{export_ok{}} : failed();
  }

private:
  bool no(std::string_view action) {
    problem_ = because(action, errno);
    return false;
  }

  std::size_t bytes() const {
    return static_cast<std::size_t>(known_.size) + held_.size();
  }

  /// Whether the file has to be closed before a line of this size.
  bool is_over(std::size_t more) const {
    const auto age = std::chrono::nanoseconds{now_ - known_.made};
    return bytes() > 0
           && (bytes() + more > options_.max_bytes || age >= options_.max_age);
  }

  bool open() {
    file_ = descriptor{::openat(*folder_, open_name,
                                O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW
                                  | O_CLOEXEC | O_NONBLOCK,
                                file_mode)};
    struct stat about = {};
    if (!file_ || ::fstat(*file_, &about) != 0)
      return no("the file cannot be opened");
    if (about.st_dev != known_.device || about.st_ino != known_.number
        || about.st_size != known_.size) {
      // Not as we left it: somebody else's work, or that of a process before.
      const auto end = end_of_lines(*file_, about.st_size);
      if (end < 0 || (end < about.st_size && ::ftruncate(*file_, end) != 0))
        return no("half a line in it cannot be cut off");
      known_ = {about.st_dev, about.st_ino, end,
                about.st_size == 0 ? now_ : time_made(*file_)};
    }
    synced_ = known_.size;
    return true;
  }

  bool flush() {
    if (const auto problem = write_all(*file_, held_); problem != 0) {
      problem_ = because("the file cannot be written", problem);
      return false;
    }
    known_.size += static_cast<std::int64_t>(held_.size());
    held_.clear();
    return true;
  }

  bool sync() {
    if (!flush())
      return false;
    if (::fdatasync(*file_) != 0)
      return no("the file cannot be written");
    const bool is_new = synced_ == 0;
    synced_ = known_.size;
    return !is_new || sync_folder();
  }

  bool sync_folder() {
    const auto synced = folder_.sync();
    if (!synced)
      problem_ = synced.error().reason;
    return synced.has_value();
  }

  bool close() {
    if (!sync())
      return false;
    const auto time = time_text(now_);
    auto files = closed_files(folder_);
    std::uint64_t n = 1;
    for (auto& file : files)
      if (file.time == time)
        n = std::max(n, file.n + 1);
    if (::renameat(*folder_, open_name, *folder_, closed_name(time, n).c_str())
        != 0)
      return no("the file cannot be renamed");
    file_ = {};
    known_ = {};
    // The new one counts, too.
    for (std::size_t i = 0;
         options_.keep > 0 && i + options_.keep < files.size() + 1; ++i)
      folder_.remove(files[i].name);
    return sync_folder();
  }

  /// Takes back what is not known to be on the disk.
  export_result failed() {
    if (file_ && ::ftruncate(*file_, synced_) == 0)
      known_.size = synced_;
    else
      known_ = {}; // the next time looks at the end of the file
    return retry_after{
      {}, folder_.path() + '/' + open_name + ": " + problem_, done_};
  }

  const json_options& options_;
  output_folder folder_;
  known_file& known_;
  std::int64_t now_;
  descriptor file_;
  /// Lines that go to the end of the file.
  std::string held_;
  /// Of the file, what survives a crash.
  std::int64_t synced_ = 0;
  /// Traces in files that are closed.
  std::size_t done_ = 0;
  std::string problem_;
};

json_lines::json_lines(const json_options& options) : options_(options) {
  // nop
}

export_result
json_lines::write(std::span<const exported_trace> batch, std::int64_t now) {
  auto folder = output_folder::open(options_.directory);
  if (!folder)
    return retry_after{{}, folder.error().reason};
  return writer{options_, std::move(*folder), known_, now}.write(batch);
}

} // namespace meshtrace
