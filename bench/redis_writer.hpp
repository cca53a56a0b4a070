#pragma once

#include "bench/encodings.hpp"
#include "trace/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct redisContext;

namespace meshtrace::bench {

struct close_redis {
  void operator()(redisContext* context) const;
};

using redis_handle = std::unique_ptr<redisContext, close_redis>;

/// Connects to `redis://[user[:password]@]host[:port][/db]`, `unix:///path` or
/// a plain path. Every call on the connection ends within 10 s.
expected<redis_handle> connect_redis(std::string_view url);

/// Appends one word of a command in Redis' protocol.
void append_word(std::string& out, std::string_view word);

/// `XADD stream [MAXLEN ~ maxlen] * name value ...` in Redis' protocol,
/// appended to `out`. No MAXLEN if `maxlen` is 0.
void append_xadd(std::string& out, std::string_view stream, const event& entry,
                 std::uint64_t maxlen);

/// Sends entries without waiting for the answer of each.
class redis_writer {
public:
  redis_writer(redis_handle redis, std::uint64_t maxlen);

  expected<void> add(std::string_view stream, const event& entry);

  /// Sends what is waiting and takes every answer.
  expected<void> flush();

private:
  /// Takes answers until `left` are outstanding.
  expected<void> take_answers(std::uint64_t left);

  redis_handle redis_;
  std::uint64_t maxlen_;
  std::uint64_t outstanding_ = 0;
  std::string command_;
};

} // namespace meshtrace::bench
