#pragma once

#include "redis/connection.hpp"
#include "tests/support/redis_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

namespace meshtrace::test {

/// A connection to an empty Redis. One server serves all tests of a program,
/// because only the tests of connections hurt it.
struct redis_fixture {
  static constexpr std::chrono::seconds limit{10};

  redis_fixture() {
    run({"FLUSHALL"});
  }

  static redis_server& server() {
    static redis_server instance;
    return instance;
  }

  static redis::connection open() {
    return redis::connection::open(redis::parse_url(server().url()).value(),
                                   limit)
      .value();
  }

  /// The reply to a command that has to succeed.
  const redis::reply& run(std::initializer_list<std::string_view> argv) {
    const auto result = link.command(argv, memory, limit);
    REQUIRE(result);
    CAPTURE((*result)->text);
    REQUIRE_FALSE((*result)->is_error());
    return **result;
  }

  /// Returns once a client of the server waits in a blocking command.
  static void await_blocked_client(redis::connection& other) {
    arena scratch;
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
      scratch.reset();
      const auto info = other.command({"INFO", "clients"}, scratch, limit);
      REQUIRE(info);
      if ((*info)->text.find("blocked_clients:1") != std::string_view::npos)
        return;
    }
    FAIL("nobody waits");
  }

  /// Adds an entry with one field.
  std::string add(std::string_view stream, std::string_view id,
                  std::string_view name = "f", std::string_view value = "v") {
    return std::string{run({"XADD", stream, id, name, value}).text};
  }

  arena memory;
  redis::connection link = open();
};

} // namespace meshtrace::test
