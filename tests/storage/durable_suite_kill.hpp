#pragma once

// Durable engines: the process is killed at any moment. The victim is this
// program again, told by MESHTRACE_VICTIM to run one test case only.

#include "tests/storage/engine_suite_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace meshtrace::test {

/// The traces that the victim commits, one after the other.
inline trace_ptr victims_trace(trace_maker& maker, int number) {
  return maker.simple(numbered(number % 500), 1000 - number, 2000);
}

TEST_CASE_TEMPLATE_DEFINE("(the victim)", Factory, durable_child) {
  const auto* directory = std::getenv("MESHTRACE_VICTIM");
  if (directory == nullptr)
    return;
  trace_maker maker{1};
  const auto store = Factory::make_at(directory, {});
  for (int i = 0; i < 1'000'000; ++i) {
    commit_one(*store, victims_trace(maker, i));
    if (i % 7 != 0)
      continue;
    REQUIRE(store->sync());
    const auto line = fmt::format("{}\n", i);
    REQUIRE(::write(STDOUT_FILENO, line.data(), line.size()) > 0);
  }
}

/// Runs the victim until it has said `lines` lines, and kills it. Returns what
/// the last whole line said: up to there everything was synced.
inline int kill_victim(const std::string& directory, std::size_t lines) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::setenv("MESHTRACE_VICTIM", directory.c_str(), 1);
    ::execl("/proc/self/exe", "victim", "--test-case=(the victim)*",
            "--no-intro", nullptr);
    ::_exit(1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[256];
  const auto seen = [&] {
    return static_cast<std::size_t>(std::count(said.begin(), said.end(), '\n'));
  };
  for (ssize_t n = 1; n > 0 && seen() < lines;) {
    n = ::read(ends[0], buffer, sizeof(buffer));
    if (n > 0)
      said.append(buffer, static_cast<std::size_t>(n));
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  REQUIRE(seen() >= lines);
  said.resize(said.rfind('\n'));
  const auto last = said.rfind('\n');
  return std::stoi(last == std::string::npos ? said : said.substr(last + 1));
}

TEST_CASE_TEMPLATE_DEFINE("a killed process leaves all that it has synced",
                          Factory, durable_kill) {
  if (std::getenv("MESHTRACE_VICTIM") != nullptr)
    return;
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 3; ++round) {
    const temp_folder folder;
    const auto synced = kill_victim(folder / "data", 1 + maker.below(300));
    const auto store = Factory::make_at(folder / "data", {});
    std::uint64_t entries = 0;
    std::map<std::string, std::uint32_t> revisions;
    for (std::uint32_t p = 0; p < engine_setup::partitions; ++p)
      for (auto& x : whole_log(*store, p, 100).entries) {
        CHECK(x.revision == ++revisions[x.trace_id]);
        ++entries;
      }
    CHECK(entries >= static_cast<std::uint64_t>(synced) + 1);
    CHECK(store->totals().traces == revisions.size());
    // The next one goes on, and what is committed again is nothing new.
    trace_maker again{1};
    for (int i = 0; i <= synced; ++i) {
      const auto x = victims_trace(again, i);
      const auto known = revisions[x->id()];
      REQUIRE(commit_one(*store, x).head.revision == known);
    }
  }
}

} // namespace meshtrace::test
