#include "redis/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

namespace meshtrace::redis {

using kind = endpoint::transport_kind;

namespace {

std::string reason_of(std::string_view url) {
  const auto result = parse_url(url);
  return result ? "parsed" : result.error().reason;
}

std::string shown(std::string_view url) {
  const auto result = parse_url(url);
  return result ? to_display(*result) : result.error().reason;
}

} // namespace

TEST_CASE("a URL says where Redis is and who we are") {
  CHECK(parse_url("redis://localhost:6379") == endpoint{});
  CHECK(parse_url("redis://localhost") == endpoint{});
  CHECK(parse_url("redis://localhost/") == endpoint{});
  CHECK(parse_url("redis://r.example:7000/3")
        == endpoint{kind::tcp, "r.example", 7000, "", "", "", 3});
  CHECK(parse_url("redis://me:secret@10.0.0.1:7000/15")
        == endpoint{kind::tcp, "10.0.0.1", 7000, "", "me", "secret", 15});
  CHECK(parse_url("redis://:secret@localhost")
        == endpoint{kind::tcp, "localhost", 6379, "", "", "secret", 0});
  CHECK(parse_url("redis://localhost?db=4")
        == endpoint{kind::tcp, "localhost", 6379, "", "", "", 4});
  CHECK(parse_url("rediss://r.example")
        == endpoint{kind::tls, "r.example", 6379, "", "", "", 0});
}

TEST_CASE("an IPv6 address stands in brackets") {
  CHECK(parse_url("redis://[::1]:7000/1")
        == endpoint{kind::tcp, "::1", 7000, "", "", "", 1});
  CHECK(parse_url("redis://[fe80::1%eth0]")
        == endpoint{kind::tcp, "fe80::1%eth0", 6379, "", "", "", 0});
  CHECK(shown("redis://[::1]:7000/1") == "redis://[::1]:7000/1");
}

TEST_CASE("a unix socket has a path and a database") {
  CHECK(parse_url("unix:///run/redis.sock?db=1")
        == endpoint{kind::unix_socket, "", 6379, "/run/redis.sock", "", "", 1});
  CHECK(
    parse_url("unix://me:pw@/run/a%20b.sock")
    == endpoint{kind::unix_socket, "", 6379, "/run/a b.sock", "me", "pw", 0});
}

TEST_CASE("user and password are percent-decoded") {
  const auto result = parse_url("redis://a%40b:p%3A%2f%25%00@localhost");
  REQUIRE(result);
  CHECK(result->user == "a@b");
  CHECK(result->password == std::string("p:/%\0", 5));
  CHECK(parse_url("redis://u:a:b@c@host")->password == "a:b@c");
}

TEST_CASE("a wrong URL is told what is wrong with it") {
  CHECK(reason_of("http://localhost")
        == "a Redis URL starts with redis://, rediss:// or unix://");
  CHECK(reason_of("") == reason_of("localhost:6379"));
  CHECK(reason_of("redis://") == "the URL names no host");
  CHECK(reason_of("redis://:6379") == "the URL names no host");
  for (const auto* port : {"", "0", "65536", "-1", "6379x", " 6379"})
    CHECK(reason_of(std::string{"redis://h:"} + port)
          == "the port in the URL is not a number from 1 to 65535");
  CHECK(reason_of("redis://[::1]6379") == reason_of("redis://h:"));
  CHECK(reason_of("redis://[::1")
        == "the IPv6 address in the URL has no closing bracket");
  CHECK(reason_of("redis://ho\nst")
        == "the host in the URL has characters that no host has");
  for (const auto* db : {"/x", "/-1", "/1/2", "?db=", "/99999999999"})
    CHECK(reason_of(std::string{"redis://h"} + db)
          == "the database in the URL is not a number from 0 on");
  CHECK(reason_of("redis://h?timeout=3")
        == "the URL has a parameter other than db");
  for (const auto* url : {"redis://:a/b@h", "redis://:a?b@h", "redis://:a#@h",
                          "unix:///run/a@b", "redis://h/0#x"})
    CHECK(reason_of(url).starts_with("write /, ?, # and @ in user"));
  CHECK(reason_of("unix://host/run/r.sock")
        == "a unix socket has no host, write unix:///path/to.sock");
  CHECK(reason_of("unix://")
        == "the URL names no socket, write unix:///path/to.sock");
  CHECK(reason_of("unix:///" + std::string(107, 'x'))
        == "the path of a unix socket has at most 107 bytes");
}

TEST_CASE("no reason and no display says the password") {
  for (const auto* url :
       {"redis://:hunter2@localhost:x", "redis://:hunter2%zz@localhost",
        "redis://:hunter2@", "redis://:hun/hunter2@localhost:6379",
        "redis://:hun?hunter2@localhost", "redis://:hunter2#@localhost",
        "redis://u:hunter2@h/x", "http://u:hunter2@h", "hunter2",
        "redis://u:hunter2@h", "unix://u:hunter2@/run/r.sock"}) {
    CAPTURE(url);
    CHECK(shown(url).find("hunter2") == std::string::npos);
    CHECK(shown(url).find("hun") == std::string::npos);
  }
  CHECK(shown("redis://me:secret@h:7000/2") == "redis://me:***@h:7000/2");
  CHECK(shown("redis://:secret@h") == "redis://:***@h:6379/0");
  CHECK(shown("rediss://h/1") == "rediss://h:6379/1");
  CHECK(shown("unix://:pw@/run/a%0ab?db=2") == "unix://:***@/run/a%0Ab?db=2");
}

} // namespace meshtrace::redis
