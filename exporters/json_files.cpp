#include "exporters/json_files.hpp"

#include "exporters/console_text.hpp"
#include "exporters/json_file_names.hpp"
#include "trace/ids.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace meshtrace {

namespace {

constexpr mode_t file_mode = 0644;

/// Files that are brought to the disk together.
constexpr std::size_t most_open_files = 64;

constexpr std::string_view temporary_start = ".meshtrace-";
constexpr std::string_view temporary_end = ".tmp";
constexpr std::size_t temporary_digits = 16;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_temporary(std::string_view name) {
  if (name.size()
        != temporary_start.size() + temporary_digits + temporary_end.size()
      || !name.starts_with(temporary_start) || !name.ends_with(temporary_end))
    return false;
  const auto digits = name.substr(temporary_start.size(), temporary_digits);
  return std::all_of(digits.begin(), digits.end(), is_hex);
}

/// One that no other process uses.
std::string temporary_name() {
  static std::random_device dice;
  return std::string{temporary_start}
    .append(hex16((std::uint64_t{dice()} << 32U) | dice()))
    .append(temporary_end);
}

} // namespace

/// A file under its temporary name, which goes unless it gets its real one.
class json_files::new_file {
public:
  new_file(const output_folder& folder, const exported_trace& entry)
    : folder_(*folder), entry_(&entry), name_(temporary_name()),
      file_(::openat(folder_, name_.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     file_mode)),
      problem_(file_ ? 0 : errno) {
    // nop
  }
  new_file(new_file&& other) noexcept
    : folder_(other.folder_), entry_(other.entry_),
      name_(std::exchange(other.name_, {})), file_(std::move(other.file_)),
      id_json_(std::move(other.id_json_)), problem_(other.problem_) {
    // nop
  }
  new_file& operator=(new_file&&) = delete;
  ~new_file() {
    if (file_ && !name_.empty())
      ::unlinkat(folder_, name_.c_str(), 0);
  }

  const exported_trace& entry() const {
    return *entry_;
  }

  /// Writes the trace; returns 0, or the errno. The system may begin to bring
  /// it to the disk, so that the files of a batch do not wait for each other.
  int write() {
    if (problem_ != 0)
      return problem_;
    const auto json = json_line(entry_->trace);
    id_json_ = json_id_part(json);
    problem_ = write_all(*file_, json);
    static_cast<void>(::sync_file_range(*file_, 0, 0, SYNC_FILE_RANGE_WRITE));
    return problem_;
  }

  /// Gives the file its real name. Returns 0, EEXIST if all of its names are
  /// taken, or what went wrong.
  int put_in_place() {
    if (::fdatasync(*file_) != 0)
      return errno;
    const auto& head = entry_->trace.head;
    const json_candidate self{id_json_, head.revision, head.commit_time};
    const auto names = json_file_names_of(entry_->trace.content->id());
    // A trace that had to take the longer name once stays there.
    const bool stays = exists(names.longer);
    for (auto* to : {stays ? &names.longer : &names.usual,
                     stays ? &names.usual : &names.longer})
      switch (look_at(folder_, *to, self)) {
      case json_place::ours:
        return rename_to(*to);
      case json_place::newer:
        return 0;
      case json_place::taken:
        break;
      }
    return EEXIST;
  }

private:
  bool exists(const std::string& name) const {
    struct stat ignored = {};
    return ::fstatat(folder_, name.c_str(), &ignored, AT_SYMLINK_NOFOLLOW) == 0;
  }

  int rename_to(const std::string& name) {
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0)
      return errno;
    name_.clear();
    return 0;
  }

  int folder_;
  const exported_trace* entry_;
  std::string name_;
  descriptor file_;
  std::string id_json_;
  int problem_ = 0;
};

/// What became of the traces of a batch.
class json_files::outcome_of_batch {
public:
  explicit outcome_of_batch(std::span<const exported_trace> batch)
    : batch_(batch), done_(batch.size()) {
    // nop
  }

  /// Takes note of a problem (an errno) with `x`. True if the rest of the batch
  /// has to wait, too: it is not about this trace alone.
  bool failed(const exported_trace& x, int problem) {
    if (problem == EFBIG || problem == EEXIST) {
      refused_.push_back(&x);
      refusal_ = because("its file cannot be written", problem);
      return false;
    }
    done_ = static_cast<std::size_t>(&x - batch_.data());
    problem_ = problem;
    return true;
  }

  export_result result(const std::string& directory) const {
    reject never{{}, refusal_, done_};
    for (auto* x : refused_)
      if (x < batch_.data() + done_)
        never.trace_ids.push_back(x->trace.content->id());
    if (!never.trace_ids.empty())
      return never;
    if (problem_ == 0)
      return export_ok{};
    return retry_after{
      {},
      because("a file in " + directory + " cannot be written", problem_),
      done_};
  }

private:
  std::span<const exported_trace> batch_;
  std::size_t done_;
  int problem_ = 0;
  std::vector<const exported_trace*> refused_;
  std::string refusal_;
};

json_files::json_files(std::string directory)
  : directory_(std::move(directory)) {
  // nop
}

void json_files::tidy(const output_folder& folder) {
  for (auto& name : folder.names())
    if (is_temporary(name))
      folder.remove(name);
}

bool json_files::write_some(const output_folder& folder,
                            std::span<const exported_trace> some,
                            outcome_of_batch& outcome) {
  std::vector<new_file> files;
  bool go_on = true;
  for (auto& x : some) {
    new_file file{folder, x};
    const auto problem = file.write();
    if (problem == 0)
      files.push_back(std::move(file));
    else if (outcome.failed(x, problem)) {
      go_on = false; // those before it are well
      break;
    }
  }
  for (auto& file : files) {
    const auto problem = file.put_in_place();
    if (problem != 0 && outcome.failed(file.entry(), problem))
      return false;
  }
  return go_on;
}

export_result json_files::write(std::span<const exported_trace> batch) {
  const auto folder = output_folder::open(directory_);
  if (!folder)
    return retry_after{{}, folder.error().reason};
  if (!std::exchange(tidied_, true))
    tidy(*folder);
  outcome_of_batch outcome{batch};
  auto left = batch;
  bool go_on = true;
  while (!left.empty() && go_on) {
    const auto n = std::min(left.size(), most_open_files);
    go_on = write_some(*folder, left.first(n), outcome);
    left = left.subspan(n);
  }
  if (const auto synced = folder->sync(); !synced)
    return retry_after{{}, synced.error().reason};
  return outcome.result(directory_);
}

} // namespace meshtrace
