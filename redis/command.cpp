#include "redis/command.hpp"

#include <fmt/format.h>

#include <utility>

namespace meshtrace::redis {

std::string_view to_string(command_error kind) {
  switch (kind) {
  case command_error::connection:
    return "connection";
  case command_error::no_group:
    return "no_group";
  case command_error::stream_gone:
    return "stream_gone";
  case command_error::no_key:
    return "no_key";
  case command_error::wrong_type:
    return "wrong_type";
  case command_error::loading:
    return "loading";
  case command_error::read_only:
    return "read_only";
  case command_error::unexpected:
    return "unexpected";
  case command_error::other:
    break;
  }
  return "other";
}

command_error classify(std::string_view error_reply) {
  constexpr std::pair<std::string_view, command_error> known[]
    = {{"NOGROUP ", command_error::no_group},
       // What is said to a reader that waits, by Redis up to 7.0 and later.
       {"UNBLOCKED ", command_error::stream_gone},
       {"ERR no such key", command_error::no_key},
       {"WRONGTYPE ", command_error::wrong_type},
       {"LOADING ", command_error::loading},
       {"READONLY ", command_error::read_only}};
  for (const auto& [prefix, kind] : known)
    if (error_reply.starts_with(prefix))
      return kind;
  return command_error::other;
}

tl::unexpected<command_failure> unexpected_reply(std::string_view command) {
  return tl::unexpected{command_failure{
    {fmt::format("Redis answers {} in a way that is not known", command)},
    command_error::unexpected}};
}

answer<const reply*>
checked(const expected<const reply*>& result, std::string_view command) {
  if (!result)
    return tl::unexpected{
      command_failure{result.error(), command_error::connection}};
  const auto text = (*result)->text;
  if ((*result)->is_error())
    return tl::unexpected{command_failure{
      {fmt::format("Redis refuses {}: {}", command, text)}, classify(text)}};
  return *result;
}

answer<void> send(connection& to, std::chrono::milliseconds timeout) {
  if (auto done = to.flush(timeout); !done)
    return tl::unexpected{
      command_failure{done.error(), command_error::connection}};
  return {};
}

answer<const reply*> receive(connection& from, std::string_view command,
                             arena& memory, std::chrono::milliseconds timeout) {
  return checked(from.read(memory, timeout), command);
}

answer<const reply*> ask(connection& of, std::span<const std::string_view> argv,
                         arena& memory, std::chrono::milliseconds timeout) {
  return checked(of.command(argv, memory, timeout), argv.front());
}

answer<const reply*>
ask(connection& of, std::initializer_list<std::string_view> argv, arena& memory,
    std::chrono::milliseconds timeout) {
  return ask(of, std::span{argv.begin(), argv.size()}, memory, timeout);
}

answer<std::int64_t>
ask_number(connection& of, std::initializer_list<std::string_view> argv,
           std::chrono::milliseconds timeout) {
  arena memory{256};
  const auto result = ask(of, argv, memory, timeout);
  if (!result)
    return tl::unexpected{result.error()};
  const auto number = (*result)->number();
  if (!number)
    return unexpected_reply(*argv.begin());
  return *number;
}

} // namespace meshtrace::redis
