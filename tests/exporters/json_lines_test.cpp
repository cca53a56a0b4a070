#include "exporters/console_text.hpp"
#include "exporters/json_lines.hpp"
#include "tests/exporters/samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t second = 1'000'000'000;

exported_trace numbered(int n) {
  auto e = done("a1", "agent", "work", "1753576434.5", "1753576434.6");
  return {stored({with(e, {{"trace_id", "t" + std::to_string(n)}})}), 1};
}

std::vector<exported_trace> range(int from, int to) {
  std::vector<exported_trace> result;
  for (int i = from; i < to; ++i)
    result.push_back(numbered(i));
  return result;
}

std::string lines_of(const std::vector<exported_trace>& batch) {
  std::string result;
  for (auto& x : batch)
    result += json_line(x.trace);
  return result;
}

struct fixture {
  fixture() {
    options.directory = home / "traces";
    begin();
  }

  /// A process begins.
  void begin() {
    lines.emplace(options);
  }

  export_result write(const std::vector<exported_trace>& batch) {
    return lines->write(batch, now);
  }
  void write_well(const std::vector<exported_trace>& batch) {
    REQUIRE(std::holds_alternative<export_ok>(write(batch)));
  }

  std::string open_path() const {
    return options.directory + "/traces.jsonl";
  }
  std::string text(const std::string& name = "traces.jsonl") const {
    std::ostringstream result;
    result << std::ifstream{options.directory + '/' + name}.rdbuf();
    return result.str();
  }
  std::vector<std::string> closed() const {
    std::vector<std::string> result;
    for (auto& entry : fs::directory_iterator{options.directory})
      if (entry.path().filename() != "traces.jsonl")
        result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }

  temp_folder home;
  json_options options;
  std::optional<json_lines> lines;
  /// 2026-09-21T14:13:20Z
  std::int64_t now = 1'790'000'000 * second;
};

} // namespace

TEST_SUITE_BEGIN("json lines");

TEST_CASE_FIXTURE(fixture, "each trace is a line, over batches and restarts") {
  write_well(range(0, 3));
  write_well(range(3, 5));
  begin();
  write_well(range(5, 6));
  CHECK(text() == lines_of(range(0, 6)));
  CHECK(closed().empty());
}

TEST_CASE_FIXTURE(fixture, "a file is closed before it would be too large") {
  options.max_bytes = lines_of(range(0, 3)).size();
  begin();
  write_well(range(0, 3));
  CHECK(closed().empty());
  write_well(range(3, 10));
  CHECK(text() == lines_of(range(9, 10)));
  CHECK(closed()
        == std::vector<std::string>{"traces-20260921T141320Z-1.jsonl",
                                    "traces-20260921T141320Z-2.jsonl",
                                    "traces-20260921T141320Z-3.jsonl"});
  CHECK(text(closed()[0]) == lines_of(range(0, 3)));
  CHECK(text(closed()[2]) == lines_of(range(6, 9)));
  options.max_bytes = 1; // a line that is larger has a file of its own
  begin();
  write_well(range(10, 12));
  CHECK(text() == lines_of(range(11, 12)));
}

TEST_CASE_FIXTURE(fixture, "a file is closed when it is old") {
  options.max_age = 1h;
  begin();
  write_well(range(0, 1));
  now += 3599 * second;
  write_well(range(1, 2));
  CHECK(closed().empty());
  now += second;
  write_well(range(2, 3));
  CHECK(closed()
        == std::vector<std::string>{"traces-20260921T151320Z-1.jsonl"});
  CHECK(text(closed()[0]) == lines_of(range(0, 2)));
  CHECK(text() == lines_of(range(2, 3)));
}

TEST_CASE_FIXTURE(fixture, "a restart does not make a file younger") {
  now = std::chrono::system_clock::now().time_since_epoch().count();
  options.max_age = 1h;
  begin();
  write_well(range(0, 1));
  begin();
  now += 3500 * second;
  write_well(range(1, 2));
  CHECK(closed().empty());
  begin();
  now += 200 * second;
  write_well(range(2, 3));
  CHECK(closed().size() == 1);
}

TEST_CASE_FIXTURE(fixture, "the oldest closed files go, and nothing else") {
  options.max_bytes = 1;
  options.keep = 2;
  begin();
  fs::create_directories(options.directory);
  const std::vector<std::string> others{
    "traces-20200101T000000Z-1.jsonl.gz", "traces-2020.jsonl",
    "traces-20200101T000000Z-01.jsonl", "traces-xxxxxxxxTxxxxxxZ-1.jsonl"};
  for (auto& name : others)
    std::ofstream{options.directory + '/' + name} << "mine";
  for (int i = 0; i < 12; ++i)
    write_well(range(i, i + 1));
  const auto files = closed();
  CHECK(files.size() == 2 + others.size());
  // By number and not as text: 10 is after 9.
  CHECK(text("traces-20260921T141320Z-10.jsonl") == lines_of(range(9, 10)));
  CHECK(text("traces-20260921T141320Z-11.jsonl") == lines_of(range(10, 11)));
  for (auto& name : others)
    CHECK(text(name) == "mine");
}

TEST_CASE_FIXTURE(fixture, "half a line of a crash is cut off") {
  write_well(range(0, 2));
  const auto whole = text();
  std::ofstream{open_path(), std::ios::app}
    << json_line(numbered(2).trace).substr(0, 50);
  begin();
  write_well(range(2, 3));
  CHECK(text() == whole + lines_of(range(2, 3)));
  // Also without a single line feed, and larger than what is read at a time.
  std::ofstream{open_path(), std::ios::trunc} << std::string(10'000, 'x');
  begin();
  write_well(range(3, 4));
  CHECK(text() == lines_of(range(3, 4)));
  std::ofstream{open_path(), std::ios::app} << std::string(10'000, 'x');
  begin();
  write_well(range(4, 5));
  CHECK(text() == lines_of(range(3, 5)));
}

TEST_CASE_FIXTURE(fixture, "others may move the file or empty it meanwhile") {
  write_well(range(0, 2));
  fs::rename(open_path(), home / "moved");
  write_well(range(2, 3));
  CHECK(text() == lines_of(range(2, 3)));
  fs::resize_file(open_path(), 0);
  write_well(range(3, 4));
  CHECK(text() == lines_of(range(3, 4)));
  fs::remove_all(options.directory);
  write_well(range(4, 5));
  CHECK(text() == lines_of(range(4, 5)));
}

TEST_CASE_FIXTURE(fixture, "a disk that is full leaves whole lines") {
  std::signal(SIGXFSZ, SIG_IGN);
  write_well(range(0, 2));
  const auto whole = text();
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto small = before;
  small.rlim_cur = whole.size() + 100;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto result = write(range(2, 5));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* later = std::get_if<retry_after>(&result);
  REQUIRE(later != nullptr);
  CHECK(later->done == 0);
  CHECK(later->reason.find("traces.jsonl") != std::string::npos);
  CHECK(text() == whole);
  write_well(range(2, 5));
  CHECK(text() == lines_of(range(0, 5)));
}

TEST_CASE_FIXTURE(fixture, "what is in closed files is not written again") {
  options.max_bytes = lines_of(range(0, 2)).size();
  begin();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto batch = range(0, 2);
  auto e = done("a1", "agent", std::string(20'000, 'x'), "1753576434.5",
                "1753576434.6");
  batch.push_back({stored({e}), 1});
  auto small = before;
  small.rlim_cur = 10'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto result = write(batch);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* later = std::get_if<retry_after>(&result);
  REQUIRE(later != nullptr);
  CHECK(later->done == 2);
  CHECK(closed().size() == 1);
  CHECK(text(closed()[0]) == lines_of(range(0, 2)));
}

TEST_CASE_FIXTURE(fixture, "a folder that cannot be made is tried again") {
  std::ofstream{options.directory} << "a file";
  const auto result = write(range(0, 1));
  auto* later = std::get_if<retry_after>(&result);
  REQUIRE(later != nullptr);
  CHECK(later->reason.find("Not a directory") != std::string::npos);
}

TEST_SUITE_END();
