#include "exporters/json_lines.hpp"

#include "exporters/closed_files.hpp"
#include "exporters/console_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace meshtrace {

namespace {

constexpr mode_t file_mode = 0644;
constexpr std::int64_t ns_per_s = 1'000'000'000;

constexpr const char* open_name = "traces.jsonl";
/// Lines that are held in memory before they are written.
constexpr std::size_t most_held_bytes = std::size_t{1} << 20;

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
    const auto files = closed_files_in(folder_);
    const auto name = next_closed_name(files, now_);
    if (::renameat(*folder_, open_name, *folder_, name.c_str()) != 0)
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
