#include "exporters/json_files.hpp"

#include "exporters/console_text.hpp"
#include "trace/ids.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <xxhash.h>

namespace meshtrace {

namespace {

constexpr mode_t file_mode = 0644;

constexpr std::string_view temporary_start = ".meshtrace-";
constexpr std::string_view temporary_end = ".tmp";
constexpr std::size_t temporary_digits = 16;

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

/// The beginning of a trace's JSON, which says its id.
std::string_view id_part(std::string_view json) {
  return json.substr(0, json.find(after_id));
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

enum class place : std::uint8_t {
  /// There is nothing, or an earlier state of the trace.
  ours,
  /// Another trace, or what is no trace.
  taken,
  /// A later state of the trace.
  newer,
};

struct candidate {
  std::string_view id_part;
  std::uint32_t revision = 0;
  std::int64_t commit_time = 0;
};

/// What is there under `name`. A greater revision counts as later only if it
/// was written after this one was stored: that is another process with the same
/// folder that was faster. Else the store has begun anew since.
place look_at(int folder, const std::string& name, const candidate& x) {
  // A FIFO of this name must not make us wait.
  const descriptor file{::openat(
    folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file)
    return errno == ENOENT ? place::ours : place::taken;
  std::array<char, head_bytes> bytes;
  const auto n = ::read(*file, bytes.data(), bytes.size());
  if (n <= 0)
    return place::taken;
  const std::string_view head{bytes.data(), static_cast<std::size_t>(n)};
  struct stat about = {};
  if (id_part(head) != x.id_part || ::fstat(*file, &about) != 0)
    return place::taken;
  const auto written = about.st_mtim.tv_sec * std::int64_t{1'000'000'000}
                       + about.st_mtim.tv_nsec;
  const auto revision = revision_in(head).value_or(0);
  return revision > x.revision && written >= x.commit_time ? place::newer
                                                           : place::ours;
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
    id_json_ = id_part(json);
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
    const candidate self{id_json_, head.revision, head.commit_time};
    const auto names = json_file_names_of(entry_->trace.content->id());
    // A trace that had to take the longer name once stays there.
    const bool stays = exists(names.longer);
    for (auto* to : {stays ? &names.longer : &names.usual,
                     stays ? &names.usual : &names.longer})
      switch (look_at(folder_, *to, self)) {
      case place::ours:
        return rename_to(*to);
      case place::newer:
        return 0;
      case place::taken:
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

export_result json_files::write(std::span<const exported_trace> batch) {
  const auto folder = output_folder::open(directory_);
  if (!folder)
    return retry_after{{}, folder.error().reason};
  if (!std::exchange(tidied_, true))
    tidy(*folder);
  outcome_of_batch outcome{batch};
  std::vector<new_file> files;
  for (auto& x : batch) {
    new_file file{*folder, x};
    const auto problem = file.write();
    if (problem == 0)
      files.push_back(std::move(file));
    else if (outcome.failed(x, problem))
      break;
  }
  for (auto& file : files) {
    const auto problem = file.put_in_place();
    if (problem != 0 && outcome.failed(file.entry(), problem))
      break;
  }
  if (const auto synced = folder->sync(); !synced)
    return retry_after{{}, synced.error().reason};
  return outcome.result(directory_);
}

} // namespace meshtrace
