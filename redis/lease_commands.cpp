#include "redis/lease_commands.hpp"

#include <algorithm>

namespace meshtrace::redis {

namespace {

// Each script is atomic to Redis and answers the holder's token afterwards,
// false (nil to us) when there is none.
// KEYS[1] = the lease, ARGV[1] = our token, ARGV[2] = its life in ms,
// ARGV[3] = the token to take over from.
constexpr std::string_view acquire_script = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1])lua";

constexpr std::string_view renew_script = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return holder)lua";

constexpr std::string_view take_over_script = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[3] and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1])lua";

// Answers the number of deleted keys instead.
constexpr std::string_view release_script = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1]))lua";

/// A life in ms as Redis takes it: a key cannot live for no time.
std::string life_text(std::chrono::milliseconds life) {
  return std::to_string(std::max<std::int64_t>(life.count(), 1));
}

answer<lease_standing>
standing(connection& of, std::initializer_list<std::string_view> argv,
         std::string_view token, std::chrono::milliseconds timeout) {
  arena memory{256};
  const auto result = ask(of, argv, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  const auto& holder = **result;
  if (!holder.is_text() && !holder.is_nil())
    return unexpected_reply("a lease");
  return lease_standing{holder.is_text() && holder.text == token,
                        std::string{holder.text}};
}

} // namespace

answer<lease_standing>
acquire_lease(connection& of, std::string_view key, std::string_view token,
              std::chrono::milliseconds life,
              std::chrono::milliseconds timeout) {
  return standing(of,
                  {"EVAL", acquire_script, "1", key, token, life_text(life)},
                  token, timeout);
}

answer<lease_standing>
renew_lease(connection& of, std::string_view key, std::string_view token,
            std::chrono::milliseconds life, std::chrono::milliseconds timeout) {
  return standing(of, {"EVAL", renew_script, "1", key, token, life_text(life)},
                  token, timeout);
}

answer<lease_standing>
take_over_lease(connection& of, std::string_view key, std::string_view from,
                std::string_view token, std::chrono::milliseconds life,
                std::chrono::milliseconds timeout) {
  return standing(
    of, {"EVAL", take_over_script, "1", key, token, life_text(life), from},
    token, timeout);
}

answer<bool>
release_lease(connection& of, std::string_view key, std::string_view token,
              std::chrono::milliseconds timeout) {
  return ask_number(of, {"EVAL", release_script, "1", key, token}, timeout)
    .map([](std::int64_t deleted) { return deleted > 0; });
}

answer<std::string> lease_holder(connection& of, std::string_view key,
                                 std::chrono::milliseconds timeout) {
  return standing(of, {"GET", key}, {}, timeout).map([](lease_standing&& now) {
    return std::move(now.holder);
  });
}

answer<void>
mark_alive(connection& of, std::string_view key, std::chrono::milliseconds life,
           std::chrono::milliseconds timeout) {
  arena memory{256};
  const auto result
    = ask(of, {"SET", key, "1", "PX", life_text(life)}, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  return {};
}

answer<std::vector<bool>>
keys_exist(connection& of, std::span<const std::string> keys,
           std::chrono::milliseconds timeout) {
  if (keys.empty())
    return std::vector<bool>{};
  // One EXISTS for all would only say how many there are.
  for (const auto& key : keys)
    of.append({"EXISTS", key});
  std::vector<bool> result;
  if (const auto done = send(of, timeout); !done)
    return tl::unexpected{done.error()};
  arena memory;
  std::optional<command_failure> refused;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto one = receive(of, "EXISTS", memory, timeout);
    if (!one && one.error().kind == command_error::connection)
      return tl::unexpected{one.error()};
    if (!one) // The other replies have to be read all the same.
      refused = one.error();
    else
      result.push_back((*one)->integer == 1);
  }
  if (refused)
    return tl::unexpected{*refused};
  return result;
}

} // namespace meshtrace::redis
