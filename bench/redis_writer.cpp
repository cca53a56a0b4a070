#include "bench/redis_writer.hpp"

#include "bench/url.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <sys/time.h>
#include <utility>

namespace meshtrace::bench {

namespace {

constexpr timeval limit{10, 0};

/// Answers that may be outstanding before the oldest are taken.
constexpr std::uint64_t pipeline = 1'000;

struct free_reply {
  void operator()(redisReply* reply) const {
    freeReplyObject(reply);
  }
};

using reply_handle = std::unique_ptr<redisReply, free_reply>;

std::string reason(const redisContext& redis) {
  return redis.err != 0 ? redis.errstr : "connection closed";
}

/// Runs one command of set-up, in which every word is free of blanks.
expected<void> run(redisContext& redis, const std::vector<std::string>& words) {
  std::vector<const char*> data;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    data.push_back(word.data());
    sizes.push_back(word.size());
  }
  reply_handle reply{static_cast<redisReply*>(redisCommandArgv(
    &redis, static_cast<int>(words.size()), data.data(), sizes.data()))};
  if (!reply)
    return failure(fmt::format("redis: {}", reason(redis)));
  if (reply->type == REDIS_REPLY_ERROR)
    return failure(
      fmt::format("redis refused {}: {}", words.front(), reply->str));
  return {};
}

expected<void> greet(redisContext& redis, const redis_url& to) {
  if (!to.password.empty()) {
    const auto auth
      = to.user.empty()
          ? std::vector<std::string>{"AUTH", to.password}
          : std::vector<std::string>{"AUTH", to.user, to.password};
    if (auto done = run(redis, auth); !done)
      return done;
  }
  if (to.database != 0)
    return run(redis, {"SELECT", std::to_string(to.database)});
  return {};
}

} // namespace

void close_redis::operator()(redisContext* context) const {
  redisFree(context);
}

expected<redis_handle> connect_redis(std::string_view url) {
  const auto to = parse_redis_url(url);
  if (!to)
    return tl::unexpected(to.error());
  redis_handle redis{
    to->path.empty()
      ? redisConnectWithTimeout(to->host.c_str(), to->port, limit)
      : redisConnectUnixWithTimeout(to->path.c_str(), limit)};
  if (!redis)
    return failure(fmt::format("redis {}: out of memory", url));
  if (redis->err != 0)
    return failure(fmt::format("redis {}: {}", url, redis->errstr));
  redisSetTimeout(redis.get(), limit);
  if (auto done = greet(*redis, *to); !done)
    return tl::unexpected(done.error());
  return redis;
}

void append_word(std::string& out, std::string_view word) {
  const fmt::format_int size{word.size()};
  out += '$';
  out.append(size.data(), size.size());
  out += "\r\n";
  out += word;
  out += "\r\n";
}

void append_xadd(std::string& out, std::string_view stream, const event& entry,
                 std::uint64_t maxlen) {
  const auto words = 3 + (maxlen == 0 ? 0 : 3) + 2 * entry.fields.size();
  out += '*';
  out += fmt::format_int(words).str();
  out += "\r\n";
  append_word(out, "XADD");
  append_word(out, stream);
  if (maxlen != 0) {
    append_word(out, "MAXLEN");
    append_word(out, "~");
    append_word(out, fmt::format_int(maxlen).str());
  }
  append_word(out, "*");
  for (const auto& [name, value] : entry.fields) {
    append_word(out, name);
    append_word(out, value);
  }
}

redis_writer::redis_writer(redis_handle redis, std::uint64_t maxlen)
  : redis_(std::move(redis)), maxlen_(maxlen) {}

expected<void> redis_writer::add(std::string_view stream, const event& entry) {
  command_.clear();
  append_xadd(command_, stream, entry, maxlen_);
  redisAppendFormattedCommand(redis_.get(), command_.data(), command_.size());
  ++outstanding_;
  // Half a pipeline stays in Redis' hands while the next half is written.
  return outstanding_ < pipeline ? expected<void>{}
                                 : take_answers(pipeline / 2);
}

expected<void> redis_writer::flush() {
  return take_answers(0);
}

expected<void> redis_writer::take_answers(std::uint64_t left) {
  for (; outstanding_ > left; --outstanding_) {
    void* raw = nullptr;
    if (redisGetReply(redis_.get(), &raw) != REDIS_OK)
      return failure(fmt::format("redis: {}", reason(*redis_)));
    const reply_handle reply{static_cast<redisReply*>(raw)};
    if (reply->type == REDIS_REPLY_ERROR)
      return failure(fmt::format("redis refused XADD: {}", reply->str));
  }
  return {};
}

} // namespace meshtrace::bench
