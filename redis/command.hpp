#pragma once

#include "redis/connection.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace meshtrace::redis {

/// What kind of failure a command met, as far as callers treat them apart.
enum class command_error : std::uint8_t {
  connection = 1, ///< The connection broke; whether it happened is unknown.
  no_group,       ///< The stream or its group is not there.
  stream_gone,    ///< The stream was deleted while we waited for it.
  no_key,         ///< The command needs a key that is not there.
  wrong_type,     ///< The key holds something else.
  loading,        ///< Redis still reads its data set.
  read_only,      ///< This is a replica.
  unexpected,     ///< The reply has a shape that we do not know.
  other,          ///< Whatever else Redis refuses, see the reason.
};

std::string_view to_string(command_error kind);

/// Tells from an error reply of Redis what kind it is.
command_error classify(std::string_view error_reply);

/// A reason that also says its kind. Becomes a plain `error` by copying.
struct command_failure : error {
  command_error kind = command_error::other;
};

/// What a command answered, or why it did not.
template <class T>
using answer = tl::expected<T, command_failure>;

/// Makes the failed state for a reply that `command` should not have.
tl::unexpected<command_failure> unexpected_reply(std::string_view command);

/// `result` of `command`, an error reply as a failure.
answer<const reply*>
checked(const expected<const reply*>& result, std::string_view command);

/// `connection::flush` for what was appended.
answer<void> send(connection& to, std::chrono::milliseconds timeout);

/// The next reply of `from`, an error reply as a failure.
answer<const reply*> receive(connection& from, std::string_view command,
                             arena& memory, std::chrono::milliseconds timeout);

/// `connection::command`, an error reply as a failure.
answer<const reply*> ask(connection& of, std::span<const std::string_view> argv,
                         arena& memory, std::chrono::milliseconds timeout);
answer<const reply*>
ask(connection& of, std::initializer_list<std::string_view> argv, arena& memory,
    std::chrono::milliseconds timeout);

/// `ask` for a command that answers one number.
answer<std::int64_t>
ask_number(connection& of, std::initializer_list<std::string_view> argv,
           std::chrono::milliseconds timeout);

} // namespace meshtrace::redis
