#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace meshtrace::test {

/// A folder of our own that goes with everything in it.
class temp_folder {
public:
  temp_folder() {
    auto name = (base() / "meshtrace-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make a folder like " + name};
    path_ = name;
  }

  ~temp_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  const std::string& path() const {
    return path_;
  }
  std::string operator/(const std::string& name) const {
    return path_ + '/' + name;
  }

private:
  /// In memory where there is room: a store syncs some files whenever it is
  /// opened, which takes a test longer than all else that it does.
  static std::filesystem::path base() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code failed;
    const auto room = std::filesystem::space(memory, failed);
    const bool roomy = !failed && room.available > std::uintmax_t{1} << 29;
    return roomy ? memory : std::filesystem::temp_directory_path();
  }

  std::string path_;
};

} // namespace meshtrace::test
