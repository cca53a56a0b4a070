#include "exporters/console_text.hpp"
#include "exporters/json_file_names.hpp"
#include "exporters/json_files.hpp"
#include "tests/exporters/samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace meshtrace;
using namespace meshtrace::test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t day = 86'400'000'000'000;

exported_trace with_id(const std::string& id, std::uint32_t revision = 1,
                       const std::string& operation = "work") {
  auto e = done("a1", "agent", operation, "1753576434.5", "1753576434.6");
  return {stored({with(e, {{"trace_id", id}})}, revision), revision};
}

std::string text_of(const fs::path& path) {
  std::ostringstream result;
  result << std::ifstream{path}.rdbuf();
  return result.str();
}

struct fixture {
  std::set<std::string> names() const {
    std::set<std::string> result;
    if (fs::exists(path))
      for (auto& entry : fs::directory_iterator{path})
        result.insert(entry.path().filename().string());
    return result;
  }

  std::string usual(const std::string& id) const {
    return path + '/' + json_file_names_of(id).usual;
  }
  std::string longer(const std::string& id) const {
    return path + '/' + json_file_names_of(id).longer;
  }

  void write(const exported_trace& x) {
    const auto result = files.write({&x, 1});
    REQUIRE(std::holds_alternative<export_ok>(result));
  }

  temp_folder home;
  std::string path = home / "a/b/traces";
  json_files files{path};
};

} // namespace

TEST_SUITE_BEGIN("json files");

TEST_CASE_FIXTURE(fixture, "each trace has a file in the shape of the API") {
  const std::vector<exported_trace> batch{with_id("first"), with_id("second")};
  CHECK(std::holds_alternative<export_ok>(files.write(batch)));
  CHECK(names().size() == 2);
  for (auto& x : batch)
    CHECK(text_of(usual(x.trace.content->id())) == json_line(x.trace));
  struct stat about = {};
  REQUIRE(::stat(usual("first").c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0644);
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0755);
}

TEST_CASE("a file is called after the id and its hash") {
  const auto names = json_file_names_of("a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8");
  CHECK(names.usual.starts_with("trace_a1b2c3d4_"));
  CHECK(names.usual.size()
        == std::string{"trace_a1b2c3d4_01234567.json"}.size());
  CHECK(names.longer.starts_with(names.usual.substr(0, 23)));
  CHECK(names.longer.size() == names.usual.size() + 8);
}

TEST_CASE_FIXTURE(fixture, "no id leaves the folder or shares a file") {
  const std::vector<std::string> ids{"../../x",
                                     "a/b",
                                     "a\\b",
                                     "/etc/passwd",
                                     ".",
                                     "..",
                                     "trace",
                                     "TRACE",
                                     "Trace",
                                     "con",
                                     "a:b|c?*<>\"",
                                     "-rf",
                                     "~",
                                     "%2e%2e%2f",
                                     std::string(128, 'x'),
                                     std::string(128, '"'),
                                     std::string(127, '\\')};
  std::set<std::string> lower;
  for (auto& id : ids) {
    write(with_id(id));
    auto name = json_file_names_of(id).usual;
    for (auto& c : name) {
      CHECK((std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'
             || c == '.'));
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    lower.insert(name);
    CHECK(text_of(usual(id)) == json_line(with_id(id).trace));
  }
  CHECK(lower.size() == ids.size());
  CHECK(names().size() == ids.size());
  // Each is found again as its own.
  for (auto& id : ids) {
    write(with_id(id, 2));
    CHECK(text_of(usual(id)) == json_line(with_id(id, 2).trace));
  }
  CHECK(names().size() == ids.size());
}

TEST_CASE_FIXTURE(fixture, "a newer revision replaces the file") {
  write(with_id("t", 1, "before"));
  write(with_id("t", 2, "after"));
  CHECK(names().size() == 1);
  CHECK(text_of(usual("t")) == json_line(with_id("t", 2, "after").trace));
}

TEST_CASE_FIXTURE(fixture, "what another process wrote later is not replaced") {
  write(with_id("t", 3, "newer"));
  auto late = with_id("t", 2, "older");
  late.trace.head.commit_time = 1'000; // long before the file
  write(late);
  CHECK(text_of(usual("t")) == json_line(with_id("t", 3, "newer").trace));
}

TEST_CASE_FIXTURE(fixture, "a store that began anew replaces old files") {
  write(with_id("t", 3, "of the old store"));
  auto fresh = with_id("t", 1, "of the new store");
  fresh.trace.head.commit_time
    = std::chrono::system_clock::now().time_since_epoch().count() + day;
  write(fresh);
  CHECK(text_of(usual("t")) == json_line(fresh.trace));
}

TEST_CASE_FIXTURE(fixture, "a trace does not replace another one's file") {
  write(with_id("other"));
  fs::rename(usual("other"), usual("t")); // as if their hashes were the same
  const auto other = text_of(usual("t"));
  write(with_id("t"));
  CHECK(text_of(usual("t")) == other);
  CHECK(text_of(longer("t")) == json_line(with_id("t").trace));
  // It stays there, also when the other one is gone.
  fs::remove(usual("t"));
  write(with_id("t", 2));
  CHECK_FALSE(fs::exists(usual("t")));
  CHECK(text_of(longer("t")) == json_line(with_id("t", 2).trace));
}

TEST_CASE_FIXTURE(fixture, "a trace whose names are all taken is rejected") {
  fs::create_directories(longer("t"));
  fs::create_directories(usual("t"));
  const std::vector<exported_trace> batch{with_id("a"), with_id("t"),
                                          with_id("b")};
  const auto result = files.write(batch);
  auto* never = std::get_if<reject>(&result);
  REQUIRE(never != nullptr);
  CHECK(never->trace_ids == std::vector<std::string>{"t"});
  CHECK(never->done == 3);
  CHECK(never->reason.find("File exists") != std::string::npos);
  CHECK(fs::exists(usual("a")));
  CHECK(fs::exists(usual("b")));
  CHECK(names().size() == 4); // nothing temporary stays
}

TEST_CASE_FIXTURE(fixture, "a FIFO or a link in its place does no harm") {
  fs::create_directories(path);
  REQUIRE(::mkfifo(usual("t").c_str(), 0600) == 0);
  write(with_id("t"));
  CHECK(text_of(longer("t")) == json_line(with_id("t").trace));
  fs::create_symlink(home / "elsewhere", usual("u"));
  write(with_id("u"));
  CHECK_FALSE(fs::exists(home / "elsewhere"));
  CHECK(text_of(longer("u")) == json_line(with_id("u").trace));
}

TEST_CASE_FIXTURE(fixture, "what a crash left goes, and nothing else") {
  fs::create_directories(path);
  const std::vector<std::string> others{
    ".meshtrace-0123456789abcde.tmp", ".meshtrace-0123456789abcdeX.tmp",
    "meshtrace-0123456789abcdef.tmp", ".meshtrace-0123456789abcdef.tmp~"};
  for (auto& name : others)
    std::ofstream{path + '/' + name} << "mine";
  std::ofstream{path + "/.meshtrace-0123456789abcdef.tmp"} << "{\"trace_id\":";
  write(with_id("t"));
  CHECK(names().size() == others.size() + 1);
  for (auto& name : others)
    CHECK(text_of(path + '/' + name) == "mine");
}

TEST_CASE_FIXTURE(fixture, "a folder that cannot be made is tried again") {
  std::ofstream{home / "a"} << "a file";
  const std::vector<exported_trace> batch{with_id("t")};
  const auto result = files.write(batch);
  auto* later = std::get_if<retry_after>(&result);
  REQUIRE(later != nullptr);
  CHECK(later->reason.find(path) != std::string::npos);
  CHECK(later->reason.find("Not a directory") != std::string::npos);
  fs::remove(home / "a");
  write(batch[0]);
  fs::remove_all(path); // also in between
  write(batch[0]);
  CHECK(names().size() == 1);
}

TEST_CASE_FIXTURE(fixture, "a file that would be too large is rejected") {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto small = before;
  small.rlim_cur = 10'000;
  std::vector<exported_trace> batch{with_id("a"), with_id("b"), with_id("c")};
  batch[1] = with_id("b", 1, std::string(20'000, 'x'));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto result = files.write(batch);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* never = std::get_if<reject>(&result);
  REQUIRE(never != nullptr);
  CHECK(never->trace_ids == std::vector<std::string>{"b"});
  CHECK(names().size() == 2);
}

TEST_SUITE_END();
