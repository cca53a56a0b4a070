#include "exporters/output_folder.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace meshtrace {

namespace {

constexpr mode_t folder_mode = 0755;

struct close_folder {
  void operator()(DIR* x) const {
    ::closedir(x);
  }
};

/// Makes `path` and what is missing above it. Returns 0, or the errno.
int make_folders(const std::string& path) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    if (::mkdir(part.c_str(), folder_mode) != 0 && errno != EEXIST)
      return errno;
    if (end == std::string::npos)
      return 0;
  }
}

int open_folder(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

} // namespace

descriptor::~descriptor() {
  if (number_ >= 0)
    ::close(number_);
}

std::string because(std::string_view action, int problem) {
  return std::string{action} + ": " + std::generic_category().message(problem);
}

int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(file, text.data(), text.size());
    if (n >= 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

expected<output_folder> output_folder::open(const std::string& path) {
  descriptor folder{open_folder(path)};
  if (!folder && errno == ENOENT) {
    if (const auto problem = make_folders(path); problem != 0)
      return failure(
        because("the folder " + path + " cannot be made", problem));
    folder = descriptor{open_folder(path)};
  }
  if (!folder)
    return failure(because("the folder " + path + " cannot be opened", errno));
  return output_folder{std::move(folder), path};
}

std::vector<std::string> output_folder::names() const {
  std::vector<std::string> result;
  // Of its own: the end of reading belongs to the open folder.
  descriptor again{::openat(*folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!again)
    return result;
  const std::unique_ptr<DIR, close_folder> reader{::fdopendir(::dup(*again))};
  if (!reader)
    return result;
  while (const auto* entry = ::readdir(reader.get()))
    result.emplace_back(static_cast<const char*>(entry->d_name));
  return result;
}

int output_folder::remove(const std::string& name) const {
  return ::unlinkat(*folder_, name.c_str(), 0) == 0 ? 0 : errno;
}

expected<void> output_folder::sync() const {
  if (::fsync(*folder_) != 0)
    return failure(
      because("the folder " + path_ + " cannot be written", errno));
  return {};
}

} // namespace meshtrace
