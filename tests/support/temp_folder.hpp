#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace meshtrace::test {

/// A folder of our own that goes with everything in it.
class temp_folder {
public:
  temp_folder() {
    auto name
      = (std::filesystem::temp_directory_path() / "meshtrace-XXXXXX").string();
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
  std::string path_;
};

} // namespace meshtrace::test
