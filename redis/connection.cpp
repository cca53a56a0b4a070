#include "redis/connection.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace meshtrace::redis {

namespace {

// Fits into the second-level cache together with the parser's copy.
constexpr std::size_t input_bytes = std::size_t{128} << 10;

// An output buffer that grew beyond this is given back after its flush.
constexpr std::size_t kept_output_bytes = std::size_t{1} << 20;

constexpr std::string_view client_name = "meshtrace";

bool is_no_error(const reply& answer) {
  return !answer.is_error();
}

/// A connection without a name works as well, e.g. where an ACL forbids it.
bool is_harmless_for_name(const reply& answer) {
  return is_no_error(answer) || answer.text.starts_with("NOPERM")
         || answer.text.starts_with("ERR unknown");
}

} // namespace

expected<connection>
connection::open(const endpoint& where, std::chrono::milliseconds timeout) {
  const auto end = deadline_in(timeout);
  auto stream = open_transport(where, end);
  if (!stream)
    return failure(fmt::format("cannot connect to {}: {}", to_display(where),
                               stream.error().reason));
  connection result{std::move(*stream), to_display(where)};
  if (auto done = result.log_in(where, end); !done)
    return tl::unexpected{done.error()};
  return result;
}

connection::connection(std::unique_ptr<transport> stream, std::string name)
  : stream_(std::move(stream)), name_(std::move(name)), input_(input_bytes) {
  // nop
}

void connection::append(std::span<const std::string_view> argv) {
  argument_texts_.clear();
  argument_sizes_.clear();
  for (const auto argument : argv) {
    argument_texts_.push_back(argument.data());
    argument_sizes_.push_back(argument.size());
  }
  char* formatted = nullptr;
  const auto size
    = redisFormatCommandArgv(&formatted, static_cast<int>(argv.size()),
                             argument_texts_.data(), argument_sizes_.data());
  if (size < 0) {
    fail("formatting a command for", "out of memory");
    return;
  }
  output_.append(formatted, static_cast<std::size_t>(size));
  redisFreeCommand(formatted);
  ++outstanding_;
}

void connection::append(std::initializer_list<std::string_view> argv) {
  append(std::span{argv.begin(), argv.size()});
}

expected<void> connection::flush(std::chrono::milliseconds timeout) {
  return flush_until(deadline_in(timeout));
}

expected<const reply*>
connection::read(arena& memory, std::chrono::milliseconds timeout) {
  return read_until(memory, deadline_in(timeout));
}

expected<const reply*>
connection::command(std::span<const std::string_view> argv, arena& memory,
                    std::chrono::milliseconds timeout) {
  if (broken())
    return fail("using", "it was closed");
  if (outstanding_ != 0)
    return failure(fmt::format("{} replies of {} were not read before a "
                               "single command",
                               outstanding_, name_));
  const auto end = deadline_in(timeout);
  append(argv);
  if (auto done = flush_until(end); !done)
    return tl::unexpected{done.error()};
  return read_until(memory, end);
}

expected<const reply*>
connection::command(std::initializer_list<std::string_view> argv, arena& memory,
                    std::chrono::milliseconds timeout) {
  return command(std::span{argv.begin(), argv.size()}, memory, timeout);
}

expected<void> connection::flush_until(deadline end) {
  if (broken())
    return fail("using", "it was closed");
  if (auto done = stream_->write(output_, end); !done)
    return fail("writing to", done.error().reason);
  output_.clear();
  if (output_.capacity() > kept_output_bytes)
    output_.shrink_to_fit();
  return {};
}

expected<const reply*> connection::read_until(arena& memory, deadline end) {
  if (broken())
    return fail("using", "it was closed");
  if (outstanding_ == 0 || !output_.empty())
    return failure(fmt::format("nothing was asked of {}", name_));
  for (;;) {
    const auto answer = parser_.next(memory);
    if (!answer)
      return fail("reading from", answer.error().reason);
    if (*answer != nullptr) {
      --outstanding_;
      return answer;
    }
    const auto count = stream_->read_some(input_, end);
    if (!count)
      return fail("reading from", count.error().reason);
    if (auto done = parser_.feed({input_.data(), *count}); !done)
      return fail("reading from", done.error().reason);
  }
}

expected<void> connection::log_in(const endpoint& where, deadline end) {
  arena memory;
  const auto ask
    = [&](std::string_view what, std::initializer_list<std::string_view> argv,
          bool (*acceptable)(const reply&)) -> expected<void> {
    append(argv);
    if (auto done = flush_until(end); !done)
      return done;
    const auto answer = read_until(memory, end);
    if (!answer)
      return tl::unexpected{answer.error()};
    if (!acceptable(**answer))
      return failure(
        fmt::format("{} refuses {}: {}", name_, what, (*answer)->text));
    return {};
  };
  expected<void> done;
  if (!where.user.empty())
    done = ask("the login", {"AUTH", where.user, where.password}, is_no_error);
  else if (!where.password.empty())
    done = ask("the login", {"AUTH", where.password}, is_no_error);
  const auto database = std::to_string(where.database);
  if (done && where.database != 0)
    done = ask("database " + database, {"SELECT", database}, is_no_error);
  if (done)
    done = ask("the connection", {"CLIENT", "SETNAME", client_name},
               is_harmless_for_name);
  return done;
}

tl::unexpected<error>
connection::fail(std::string_view doing, std::string_view why) {
  if (!broken_) // The first reason is the one that explains the others.
    broken_ = error{fmt::format("{} {}: {}", doing, name_, why)};
  return tl::unexpected{*broken_};
}

expected<connection*>
open_or_reuse(std::optional<connection>& kept, const endpoint& where,
              std::chrono::milliseconds timeout) {
  if (!kept || kept->broken()) {
    auto opened = connection::open(where, timeout);
    if (!opened)
      return tl::unexpected{opened.error()};
    kept = std::move(*opened);
  }
  return &*kept;
}

} // namespace meshtrace::redis
