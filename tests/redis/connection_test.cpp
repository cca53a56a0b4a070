#include "redis/connection.hpp"
#include "tests/redis/fake_server.hpp"
#include "tests/support/redis_server.hpp"

#include <doctest/doctest.h>

#include <array>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace meshtrace::redis {

namespace {

using namespace std::chrono_literals;
using test::fake_server;
using test::redis_server;

constexpr auto limit = 10s;

expected<connection>
open(const std::string& url, std::chrono::milliseconds timeout = limit) {
  return connection::open(parse_url(url).value(), timeout);
}

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  const auto found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

/// How long `action` takes.
template <class Action>
std::chrono::milliseconds taken_by(Action action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::steady_clock::now() - start);
}

/// A listening TCP socket of 127.0.0.1 that nobody ever serves.
class silent_listener {
public:
  explicit silent_listener(int backlog) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, raw, size) == 0);
    REQUIRE(::listen(socket_, backlog) == 0);
    REQUIRE(::getsockname(socket_, raw, &size) == 0);
    port_ = ntohs(address.sin_port);
  }

  ~silent_listener() {
    ::close(socket_);
  }

  std::string url() const {
    return fmt::format("redis://127.0.0.1:{}", port_);
  }

private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

} // namespace

TEST_CASE("a command is answered over TCP, by name, and a unix socket") {
  redis_server server;
  for (const auto& url : {server.url(), server.unix_url(),
                          fmt::format("redis://localhost:{}", server.port())}) {
    CAPTURE(url);
    auto link = open(url);
    REQUIRE(link);
    arena memory;
    const auto pong = link->command({"PING"}, memory, limit);
    REQUIRE(pong);
    CHECK((*pong)->type == reply::kind::status);
    CHECK((*pong)->text == "PONG");
    CHECK((*link->command({"CLIENT", "GETNAME"}, memory, limit))->text
          == "meshtrace");
  }
}

TEST_CASE("values of any bytes and of any size come back as they were") {
  redis_server server;
  auto link = open(server.url()).value();
  arena memory;
  std::string value(3'000'000, '\0');
  for (std::size_t i = 0; i < value.size(); ++i)
    value[i] = static_cast<char>(static_cast<unsigned char>(i * 7 + i / 256));
  const std::string key{"k\r\n\0 \xff", 6};
  CHECK((*link.command({"SET", key, value}, memory, limit))->text == "OK");
  CHECK((*link.command({"GET", key}, memory, limit))->text == value);
  CHECK((*link.command({"SET", "empty", ""}, memory, limit))->text == "OK");
  const auto empty = link.command({"GET", "empty"}, memory, limit);
  CHECK((*empty)->type == reply::kind::string);
  CHECK((*link.command({"GET", "none"}, memory, limit))->is_nil());
}

TEST_CASE("an error of Redis is a reply and leaves the connection whole") {
  redis_server server;
  auto link = open(server.url()).value();
  arena memory;
  const auto refused = link.command({"NOSUCH"}, memory, limit);
  REQUIRE(refused);
  CHECK((*refused)->is_error());
  CHECK_FALSE(link.broken());
  CHECK((*link.command({"PING"}, memory, limit))->text == "PONG");
}

TEST_CASE("pipelined commands are answered in their order") {
  redis_server server;
  auto link = open(server.unix_url()).value();
  for (int i = 0; i < 10000; ++i)
    link.append({"ECHO", std::to_string(i)});
  CHECK(link.outstanding() == 10000);
  REQUIRE(link.flush(limit));
  for (int i = 0; i < 10000; ++i) {
    arena memory{256};
    REQUIRE((*link.read(memory, limit))->text == std::to_string(i));
  }
  CHECK(link.outstanding() == 0);
}

TEST_CASE("a reply that nobody asked for is not waited for") {
  redis_server server;
  auto link = open(server.url()).value();
  arena memory;
  CHECK_FALSE(link.read(memory, limit));
  link.append({"ECHO", "first"});
  CHECK_FALSE(link.read(memory, limit)); // not flushed
  CHECK_FALSE(link.command({"ECHO", "second"}, memory, limit));
  CHECK_FALSE(link.broken());
  REQUIRE(link.flush(limit));
  CHECK((*link.read(memory, limit))->text == "first");
  CHECK((*link.command({"ECHO", "second"}, memory, limit))->text == "second");
}

TEST_CASE("a connection can be moved between its calls") {
  redis_server server;
  auto first = open(server.url()).value();
  first.append({"ECHO", "1"});
  first.append({"ECHO", "2"});
  REQUIRE(first.flush(limit));
  arena memory;
  REQUIRE(first.read(memory, limit));
  auto second = std::move(first);
  CHECK((*second.read(memory, limit))->text == "2");
  CHECK(first.broken()); // NOLINT: what is left is a closed connection
  CHECK_FALSE(first.flush(limit));
}

TEST_CASE("password and database of the URL are used") {
  redis_server server{{"--requirepass", "secret"}};
  auto link = open(server.url() + "/3");
  REQUIRE(link);
  arena memory;
  const auto info = link->command({"CLIENT", "INFO"}, memory, limit);
  CHECK(has(std::string{(*info)->text}, " db=3 "));
  link->command({"ACL", "SETUSER", "me", "on", ">pw", "+ping"}, memory, limit);
  // Not allowed to give itself a name, but welcome all the same.
  auto me = open(fmt::format("redis://me:pw@127.0.0.1:{}", server.port()));
  REQUIRE(me);
  CHECK((*me->command({"PING"}, memory, limit))->text == "PONG");
}

TEST_CASE("a refused login says why, and not the password") {
  redis_server server{{"--requirepass", "secret"}};
  const auto wrong
    = open(fmt::format("redis://:hunter2@127.0.0.1:{}", server.port()));
  REQUIRE_FALSE(wrong);
  CHECK(has(wrong.error().reason, "refuses the login: WRONGPASS"));
  CHECK(wrong.error().reason.find("hunter2") == std::string::npos);
  const auto none = open(fmt::format("redis://127.0.0.1:{}", server.port()));
  REQUIRE_FALSE(none);
  CHECK(has(none.error().reason, "NOAUTH"));
  const auto database = open(server.url() + "/99");
  REQUIRE_FALSE(database);
  CHECK(has(database.error().reason, "refuses database 99: ERR"));
}

TEST_CASE("a server that is not there is said at once") {
  const auto tcp = open(fmt::format("redis://127.0.0.1:{}", test::free_port()));
  REQUIRE_FALSE(tcp);
  CHECK(has(tcp.error().reason, "cannot connect to redis://127.0.0.1:"));
  CHECK(has(tcp.error().reason, "Connection refused"));
  const auto local = open("unix:///nowhere/redis.sock");
  REQUIRE_FALSE(local);
  CHECK(has(local.error().reason, "No such file or directory"));
  // Too long for a name, so that no name server is asked.
  const auto name = open("redis://" + std::string(64, 'x'));
  REQUIRE_FALSE(name);
  CHECK(has(name.error().reason, "cannot resolve xxx"));
  const auto tls = open("rediss://localhost");
  REQUIRE_FALSE(tls);
  CHECK(has(tls.error().reason, "TLS to Redis is not in this version"));
}

TEST_CASE("a server that never answers costs the timeout and no more") {
  silent_listener server{8};
  expected<connection> result = failure("");
  const auto taken = taken_by([&] { result = open(server.url(), 200ms); });
  REQUIRE_FALSE(result);
  CHECK(has(result.error().reason, "no answer in time"));
  CHECK(taken >= 200ms);
  CHECK(taken < 1500ms);
}

TEST_CASE("a server that never accepts costs the timeout and no more") {
  silent_listener server{0};
  // The first one fills the queue of the listener.
  auto first
    = open_transport(parse_url(server.url()).value(), deadline_in(limit));
  REQUIRE(first);
  auto second
    = open_transport(parse_url(server.url()).value(), deadline_in(50ms));
  expected<connection> result = failure("");
  const auto taken = taken_by([&] { result = open(server.url(), 200ms); });
  REQUIRE_FALSE(result);
  CHECK(has(result.error().reason, "cannot connect to"));
  CHECK(has(result.error().reason, "no answer in time"));
  CHECK(taken >= 200ms);
  CHECK(taken < 1500ms);
}

TEST_CASE("a timeout breaks the connection for good") {
  redis_server server;
  auto link = open(server.url()).value();
  server.freeze();
  arena memory;
  expected<const reply*> result = failure("");
  const auto taken
    = taken_by([&] { result = link.command({"PING"}, memory, 150ms); });
  REQUIRE_FALSE(result);
  CHECK(has(result.error().reason, "reading from redis://127.0.0.1:"));
  CHECK(taken >= 150ms);
  CHECK(taken < 1500ms);
  CHECK(link.broken());
  server.thaw();
  // The late answer must not be taken for the next command's.
  const auto later = link.command({"ECHO", "x"}, memory, limit);
  REQUIRE_FALSE(later);
  CHECK(later.error().reason == result.error().reason);
}

TEST_CASE("a write that the server does not take ends in time") {
  silent_listener listener{8};
  auto stream
    = open_transport(parse_url(listener.url()).value(), deadline_in(limit))
        .value();
  const std::string much(64 << 20, 'x');
  expected<void> result;
  const auto taken
    = taken_by([&] { result = stream->write(much, deadline_in(200ms)); });
  REQUIRE_FALSE(result);
  CHECK(result.error().reason == "no answer in time");
  CHECK(taken >= 200ms);
  CHECK(taken < 2000ms);
}

TEST_CASE("a reply that comes byte by byte is read whole") {
  const std::string bytes = "*2\r\n$3\r\nabc\r\n*2\r\n:17\r\n$-1\r\n+next\r\n";
  fake_server server{[&](auto& peer) {
    fake_server::read_until(peer, "PING\r\n");
    for (const auto byte : bytes)
      fake_server::send(peer, {&byte, 1});
    fake_server::read_to_end(peer);
  }};
  auto link = open(server.url()).value();
  arena memory{8};
  link.append({"PING"});
  link.append({"PING"});
  REQUIRE(link.flush(limit));
  const auto result = link.read(memory, limit);
  REQUIRE(result);
  REQUIRE((*result)->items.size() == 2);
  CHECK((*result)->items[0].text == "abc");
  CHECK((*result)->items[1].items[0].integer == 17);
  CHECK((*result)->items[1].items[1].is_nil());
  CHECK((*link.read(memory, limit))->text == "next");
}

TEST_CASE("a connection that is cut in mid-reply says so") {
  fake_server server{[](auto& peer) {
    fake_server::read_until(peer, "PING\r\n");
    fake_server::send(peer, "*2\r\n$3\r\nabc\r\n$10\r\nhalf");
  }};
  auto link = open(server.url()).value();
  arena memory;
  const auto result = link.command({"PING"}, memory, limit);
  REQUIRE_FALSE(result);
  CHECK(has(result.error().reason, "Redis closed the connection"));
  CHECK(link.broken());
}

TEST_CASE("a server that dies is noticed, and a new connection helps") {
  redis_server server;
  auto link = open(server.url()).value();
  server.kill();
  arena memory;
  CHECK_FALSE(link.command({"PING"}, memory, limit));
  CHECK(link.broken());
  server.start();
  CHECK_FALSE(link.command({"PING"}, memory, limit));
  link = open(server.url()).value();
  CHECK((*link.command({"PING"}, memory, limit))->text == "PONG");
}

TEST_CASE("what is not Redis is told apart") {
  fake_server server{[](auto& peer) {
    fake_server::read_until(peer, "PING\r\n");
    fake_server::send(peer, "HTTP/1.1 400 Bad Request\r\n\r\n");
    fake_server::read_to_end(peer);
  }};
  auto link = open(server.url()).value();
  arena memory;
  const auto result = link.command({"PING"}, memory, limit);
  REQUIRE_FALSE(result);
  CHECK(has(result.error().reason, "does not speak its protocol"));
  CHECK(link.broken());
}

} // namespace meshtrace::redis
