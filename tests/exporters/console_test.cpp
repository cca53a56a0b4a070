#include "exporters/console.hpp"
#include "exporters/console_text.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

struct pipe_fixture {
  pipe_fixture() {
    REQUIRE(::pipe2(ends.data(), O_NONBLOCK) == 0);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~pipe_fixture() {
    close_end(0);
    close_end(1);
  }

  void close_end(std::size_t i) {
    if (ends.at(i) >= 0)
      ::close(ends.at(i));
    ends.at(i) = -1;
  }

  /// What is in the pipe now.
  std::string read_all() {
    std::string result;
    std::array<char, 4096> piece;
    for (;;) {
      const auto n = ::read(ends[0], piece.data(), piece.size());
      if (n <= 0)
        return result;
      result.append(piece.data(), static_cast<std::size_t>(n));
    }
  }

  console_options options(bool pretty = true) const {
    return {pretty, ends[1], 1ms};
  }

  /// Read end, write end.
  std::array<int, 2> ends{-1, -1};
};

/// A trace whose block is larger than a small pipe.
stored_trace large_trace(std::uint32_t revision = 1) {
  std::vector<entry> entries;
  for (int i = 0; i < 400; ++i)
    entries.push_back(done("s" + std::to_string(i), "agent",
                           "operation-" + std::to_string(i), "1753576434.5",
                           "1753576434.508"));
  return stored(entries, revision);
}

} // namespace

TEST_SUITE_BEGIN("console");

TEST_CASE_FIXTURE(pipe_fixture, "each trace of a batch is a block, in order") {
  console out{options()};
  const std::vector<exported_trace> batch{{report_trace(), 1},
                                          {large_trace(), 1}};
  CHECK(std::holds_alternative<export_ok>(out.export_batch(batch)));
  CHECK(read_all()
        == pretty_block(batch[0].trace) + pretty_block(batch[1].trace));
}

TEST_CASE_FIXTURE(pipe_fixture, "not pretty is a line of JSON a trace") {
  console out{options(false)};
  const std::vector<exported_trace> batch{{report_trace(), 1},
                                          {report_trace(2), 2}};
  CHECK(std::holds_alternative<export_ok>(out.export_batch(batch)));
  CHECK(read_all() == json_line(batch[0].trace) + json_line(batch[1].trace));
}

TEST_CASE_FIXTURE(pipe_fixture,
                  "a slow reader gets the rest of a block and not all again") {
  REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096);
  console out{options()};
  const std::vector<exported_trace> batch{
    {report_trace(), 1}, {large_trace(), 1}, {report_trace(2), 2}};
  const auto text = pretty_block(batch[0].trace) + pretty_block(batch[1].trace)
                    + pretty_block(batch[2].trace);
  REQUIRE(text.size() > 2 * 4096);
  std::string seen;
  std::size_t done = 0;
  for (int tries = 0; done < batch.size(); ++tries) {
    REQUIRE(tries < 10);
    const auto result = out.export_batch(std::span{batch}.subspan(done));
    seen += read_all();
    if (auto* later = std::get_if<retry_after>(&result)) {
      CHECK(later->reason.find("too slow") != std::string::npos);
      done += later->done;
    } else {
      REQUIRE(std::holds_alternative<export_ok>(result));
      break;
    }
  }
  CHECK_MESSAGE((seen == text), seen.size() << " bytes of " << text.size());
}

TEST_CASE_FIXTURE(pipe_fixture,
                  "the rest of a block comes before another trace") {
  REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096);
  console out{options()};
  CHECK(std::holds_alternative<retry_after>(out.export_trace(large_trace())));
  std::string seen;
  export_result result;
  for (int tries = 0; tries < 10; ++tries) {
    seen += read_all();
    result = out.export_trace(report_trace(2));
    if (std::holds_alternative<export_ok>(result))
      break;
  }
  REQUIRE(std::holds_alternative<export_ok>(result));
  CHECK(seen + read_all()
        == pretty_block(large_trace()) + pretty_block(report_trace(2)));
}

TEST_CASE_FIXTURE(pipe_fixture, "where nobody reads, the trace is rejected") {
  close_end(0);
  console out{options()};
  const std::vector<exported_trace> batch{{report_trace(), 1},
                                          {report_trace(2), 2}};
  const auto result = out.export_batch(batch);
  auto* never = std::get_if<reject>(&result);
  REQUIRE(never != nullptr);
  CHECK(never->trace_ids == std::vector{report_trace().content->id()});
  CHECK(never->done == 1);
  CHECK(never->reason.find("nobody reads stdout") != std::string::npos);
}

TEST_CASE("a full disk is tried again") {
  const auto full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  console out{{true, full, 1ms}};
  const auto result = out.export_trace(report_trace());
  ::close(full);
  auto* later = std::get_if<retry_after>(&result);
  REQUIRE(later != nullptr);
  CHECK(later->reason.find("No space left") != std::string::npos);
}

TEST_SUITE_END();
