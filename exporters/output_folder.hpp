#pragma once

#include "trace/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace {

/// An open file or folder, closed at the end.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {
    // nop
  }
  descriptor(descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {
    // nop
  }
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor();

  explicit operator bool() const {
    return number_ >= 0;
  }
  int operator*() const {
    return number_;
  }

private:
  int number_ = -1;
};

/// Why a call failed: `action`, a colon and what the system says of `problem`.
std::string because(std::string_view action, int problem);

/// Writes all of `text`. Returns 0, or the errno.
int write_all(int file, std::string_view text);

/// The folder that an exporter writes to, open: names are looked up in this
/// very folder whatever happens to its path.
class output_folder {
public:
  /// Opens `path`, and makes it (mode 0755, as are its parents) if it is not
  /// there.
  static expected<output_folder> open(const std::string& path);

  int operator*() const {
    return *folder_;
  }
  const std::string& path() const {
    return path_;
  }

  /// The names in it, in no order.
  std::vector<std::string> names() const;

  /// Deletes the file; returns 0, or the errno.
  int remove(const std::string& name) const;

  /// What was named or renamed in it survives a crash of the machine.
  expected<void> sync() const;

private:
  output_folder(descriptor folder, std::string path)
    : folder_(std::move(folder)), path_(std::move(path)) {
    // nop
  }

  descriptor folder_;
  std::string path_;
};

} // namespace meshtrace
