#pragma once

#include "app/command_line.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <unistd.h>
#include <vector>

namespace meshtrace::test {

inline const host_facts machine{"box", 6};

/// Loads as if on the machine above.
inline command
loaded(std::vector<std::string> arguments, const environment& variables = {}) {
  return load(arguments, variables, machine);
}

/// Whether `text` has all the `parts`.
inline bool
says(const std::string& text, std::initializer_list<const char*> parts) {
  for (const auto* part : parts)
    if (text.find(part) == std::string::npos)
      return false;
  return true;
}

/// A file in the temporary folder that lives as long as this object.
class temporary_file {
public:
  explicit temporary_file(const std::string& text)
    : path_{std::filesystem::temp_directory_path() / "meshtrace-XXXXXX"} {
    const auto handle = mkstemp(path_.data());
    REQUIRE(handle >= 0);
    close(handle);
    std::ofstream{path_} << text;
  }

  ~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  const std::string& path() const {
    return path_;
  }

private:
  std::string path_;
};

} // namespace meshtrace::test
