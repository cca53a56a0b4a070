// read_ack: the physical limit that meshtrace is measured against. It reads a
// group with XREADGROUP and acknowledges with XACK, both in one write, and
// looks at nothing but the entry ids. The groups must exist; it ends when they
// have nothing new.
#include "bench/redis_writer.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::bench;

namespace {

struct settings {
  std::string redis = "redis://localhost:6379";
  std::string stream = "mesh:trace";
  std::string group = "read_ack";
  int count = 1'000;
};

/// What is kept of a reply: the entry ids, ready to be acknowledged.
///
///   reply = [ [ stream, [ [ id, [ name, value, ... ] ], ... ] ], ... ]
///   depth   0 1  2       2 3 4    4 5
struct reply_sink {
  std::string ids;
  std::size_t entries = 0;
  std::string error;
  bool nothing_new = false;

  static int depth(const redisReadTask* task) {
    int result = 0;
    for (const auto* up = task->parent; up != nullptr; up = up->parent)
      ++result;
    return result;
  }

  static reply_sink& of(const redisReadTask* task) {
    return *static_cast<reply_sink*>(task->privdata);
  }

  static void*
  on_string(const redisReadTask* task, char* text, std::size_t size) {
    auto& sink = of(task);
    const auto at = depth(task);
    if (at == 0 && task->type == REDIS_REPLY_ERROR) {
      sink.error.assign(text, size);
    } else if (at == 4) {
      append_word(sink.ids, {text, size});
      ++sink.entries;
    }
    return &sink;
  }

  static void* on_array(const redisReadTask* task, int) {
    return &of(task);
  }

  static void* on_integer(const redisReadTask* task, long long) {
    return &of(task);
  }

  static void* on_nil(const redisReadTask* task) {
    of(task).nothing_new = of(task).nothing_new || task->parent == nullptr;
    return &of(task);
  }

  static void on_free(void*) {}
};

redisReplyObjectFunctions functions{reply_sink::on_string, reply_sink::on_array,
                                    reply_sink::on_integer, reply_sink::on_nil,
                                    reply_sink::on_free};

/// The connection's socket with a parser that keeps nothing.
class limit_reader {
public:
  limit_reader(redis_handle redis, const settings& how)
    : redis_(std::move(redis)), how_(how),
      parser_(redisReaderCreateWithFunctions(&functions)) {
    parser_->privdata = &sink_;
    parser_->maxbuf = 0;
    read_ = fmt::format("*9\r\n$10\r\nXREADGROUP\r\n$5\r\nGROUP\r\n");
    append_word(read_, how_.group);
    append_word(read_, "limit");
    append_word(read_, "COUNT");
    append_word(read_, std::to_string(how_.count));
    append_word(read_, "STREAMS");
    append_word(read_, how_.stream);
    append_word(read_, ">");
  }

  limit_reader(const limit_reader&) = delete;
  limit_reader& operator=(const limit_reader&) = delete;

  ~limit_reader() {
    redisReaderFree(parser_);
  }

  /// Reads and acknowledges everything; the number of entries. Two reads are
  /// under way at any time, so that Redis never waits for this process.
  expected<std::size_t> run() {
    std::size_t total = 0;
    bool more = true;
    std::size_t outstanding = 2;
    if (auto done = send(read_ + read_); !done)
      return tl::unexpected(done.error());
    for (; outstanding > 0; --outstanding) {
      if (auto done = receive(); !done)
        return tl::unexpected(done.error());
      more = more && !sink_.nothing_new;
      if (sink_.entries == 0)
        continue;
      total += sink_.entries;
      outstanding += more ? 2 : 1;
      if (auto done = send(acknowledgement() + (more ? read_ : "")); !done)
        return tl::unexpected(done.error());
    }
    return total;
  }

private:
  std::string acknowledgement() const {
    auto result = fmt::format("*{}\r\n$4\r\nXACK\r\n", sink_.entries + 3);
    append_word(result, how_.stream);
    append_word(result, how_.group);
    return result + sink_.ids;
  }

  expected<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent
        = ::send(redis_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return failure("redis: cannot send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  /// Takes one reply into the sink.
  expected<void> receive() {
    sink_.ids.clear();
    sink_.entries = 0;
    void* reply = nullptr;
    while (true) {
      if (redisReaderGetReply(parser_, &reply) != REDIS_OK)
        return failure(fmt::format("redis: {}", parser_->errstr));
      if (reply != nullptr)
        break;
      const auto got = ::recv(redis_->fd, buffer_.data(), buffer_.size(), 0);
      if (got <= 0)
        return failure("redis: connection lost, or silent for 10 s");
      redisReaderFeed(parser_, buffer_.data(), static_cast<std::size_t>(got));
    }
    if (!sink_.error.empty())
      return failure("redis: " + sink_.error);
    return {};
  }

  redis_handle redis_;
  settings how_;
  redisReader* parser_;
  reply_sink sink_;
  std::string read_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} * 1024);
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(int argc, char** argv) {
  settings how;
  CLI::App app{"Reads a consumer group to its end and acknowledges, as fast as "
               "Redis can; prints one line of JSON."};
  app.add_option("--redis", how.redis, "Where Redis is")
    ->default_val(how.redis);
  app.add_option("--stream", how.stream, "The stream")->default_val(how.stream);
  app.add_option("--group", how.group, "Its group")->default_val(how.group);
  app.add_option("--count", how.count, "Entries per read")
    ->check(CLI::Range(1, 100'000))
    ->default_val(how.count);
  CLI11_PARSE(app, argc, argv);
  auto redis = connect_redis(how.redis);
  if (!redis) {
    fmt::print(stderr, "read_ack: {}\n", redis.error().reason);
    return 2;
  }
  limit_reader reader{std::move(*redis), how};
  const auto start = std::chrono::steady_clock::now();
  const auto events = reader.run();
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - start;
  if (!events) {
    fmt::print(stderr, "read_ack: {}\n", events.error().reason);
    return 1;
  }
  fmt::print(
    "{{\"events\": {}, \"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}}}\n",
    *events, took.count(), cpu_seconds());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "read_ack: %s\n", problem.what());
    return 2;
  }
}
