#include "http/server.hpp"
#include "tests/http/client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;
using meshtrace::test::client;
using meshtrace::test::request_text;

namespace {

server_options any_port() {
  server_options result;
  result.port = 0;
  return result;
}

server started(server::handler handle, server_options options = any_port()) {
  auto result = server::start(options, std::move(handle));
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().reason));
  return std::move(*result);
}

void echo_path(const exchange_ptr& from) {
  from->answer({.body = "\"" + from->request().path + "\""});
}

/// Takes exchanges out of the server, to be answered later or never.
class shelf {
public:
  server::handler handler() {
    return [this](exchange_ptr from) {
      const std::lock_guard lock{mutex_};
      kept_.push_back(std::move(from));
      arrived_.notify_all();
    };
  }

  exchange_ptr take() {
    std::unique_lock lock{mutex_};
    REQUIRE(arrived_.wait_for(lock, 10s, [this] { return !kept_.empty(); }));
    auto result = std::move(kept_.back());
    kept_.pop_back();
    return result;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<exchange_ptr> kept_;
};

} // namespace

TEST_CASE("requests on one connection are answered one after the other") {
  const auto serving = started(echo_path);
  client peer{serving.port()};
  for (const auto* path : {"/a", "/b"}) {
    const auto answer = peer.get(path);
    CHECK(answer.status == 200);
    CHECK(answer.body == "\"" + std::string{path} + "\"");
    CHECK(answer.headers.at("content-type") == "application/json");
    CHECK(answer.headers.at("x-content-type-options") == "nosniff");
    CHECK(answer.headers.at("cache-control") == "no-store");
    CHECK(answer.headers.contains("date"));
  }
  peer.send(request_text("GET", "/c") + request_text("GET", "/d"));
  CHECK(peer.read().body == "\"/c\"");
  CHECK(peer.read().body == "\"/d\"");
  peer.send(request_text("GET", "/e", "Connection: close\r\n"));
  CHECK(peer.read().body == "\"/e\"");
  CHECK(peer.is_closed());
}

TEST_CASE("HEAD has the headers of GET and no body") {
  const auto serving = started(echo_path);
  client peer{serving.port()};
  peer.send(request_text("HEAD", "/twelve"));
  CHECK(peer.read(true).headers.at("content-length") == "9");
  CHECK(peer.get("/next").body == "\"/next\"");
}

TEST_CASE("the handler sees what the client sent") {
  shelf kept;
  const auto serving = started(kept.handler());
  client peer{serving.port()};
  peer.send(request_text("POST", "/x%20y?limit=1&a=%41",
                         "Accept: text/html\r\nauthorization: Bearer t\r\n"
                         "Origin: http://o\r\nLast-Event-ID: 17\r\n"
                         "Content-Type: text/plain\r\n",
                         "the body"));
  const auto request = kept.take()->request();
  CHECK(request.method == "POST");
  CHECK(request.path == "/x%20y");
  CHECK(request.query == "limit=1&a=%41");
  CHECK(request.accept == "text/html");
  CHECK(request.authorization == "Bearer t");
  CHECK(request.origin == "http://o");
  CHECK(request.host == "test");
  CHECK(request.content_type == "text/plain");
  CHECK(request.last_event_id == "17");
  CHECK(request.body == "the body");
  CHECK(request.remote_is_loopback);
}

TEST_CASE("status, content type and further headers are those of the answer") {
  const auto serving = started([](const exchange_ptr& from) {
    from->answer({.status = 405,
                  .content_type = "text/plain",
                  .body = "no",
                  .headers = {{"Allow", "GET"}}});
  });
  client peer{serving.port()};
  const auto answer = peer.get("/");
  CHECK(answer.status == 405);
  CHECK(answer.headers.at("content-type") == "text/plain");
  CHECK(answer.headers.at("allow") == "GET");
}

TEST_CASE("what is too large gets a status that says so") {
  auto options = any_port();
  options.max_body_bytes = 1000;
  const auto serving = started(echo_path, options);
  client peer{serving.port()};
  const auto refused = [&](int status, const std::string& code) {
    const auto answer = peer.read();
    CHECK(answer.status == status);
    CHECK(answer.body.find("{\"error\":{\"code\":\"" + code) == 0);
    CHECK(peer.get("/good").status == 200);
  };
  peer.send(request_text("GET", "/" + std::string(8 * 1024, 'u')));
  refused(414, "url_too_long");
  peer.send(
    request_text("GET", "/", "X: " + std::string(33'000, 'v') + "\r\n"));
  refused(431, "headers_too_large");
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "X: y\r\n";
  peer.send(request_text("GET", "/", many));
  refused(431, "headers_too_large");
  peer.send(request_text("POST", "/", "", std::string(1001, 'b')));
  refused(413, "body_too_large");
  peer.send(request_text("POST", "/", "", std::string(1000, 'b')));
  CHECK(peer.read().status == 200);
}

TEST_CASE("what is far too large ends the connection") {
  auto options = any_port();
  options.max_body_bytes = 1000;
  std::atomic<int> handled{0};
  const auto serving = started(
    [&](const exchange_ptr& from) {
      ++handled;
      echo_path(from);
    },
    options);
  for (const auto& text :
       {"POST / HTTP/1.1\r\nContent-Length: 2001\r\n\r\n" + std::string{"b"},
        "GET / HTTP/1.1\r\nX: " + std::string(70'000, 'v') + "\r\n",
        "GET /" + std::string(70'000, 'u') + " HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d1\r\n"
          + std::string(2001, 'b') + "\r\n",
        std::string{"not HTTP at all\r\n\r\n"}}) {
    client peer{serving.port()};
    peer.send(text);
    CHECK(peer.is_closed());
  }
  CHECK(handled == 0);
}

TEST_CASE("a dropped exchange and a throwing handler answer 500") {
  const auto serving = started([](const exchange_ptr& from) {
    if (from->request().path == "/throw")
      throw std::runtime_error{"thrown on purpose"};
  });
  client peer{serving.port()};
  for (const auto* path : {"/drop", "/throw", "/drop"}) {
    const auto answer = peer.get(path);
    CHECK(answer.status == 500);
    CHECK(answer.body.find("\"code\":\"internal_error\"") != std::string::npos);
  }
}

TEST_CASE("any thread may answer, and only the first answer counts") {
  shelf kept;
  const auto serving = started(kept.handler());
  client peer{serving.port()};
  for (int round = 0; round < 20; ++round) {
    peer.send(request_text("GET", "/"));
    const auto taken = kept.take();
    std::thread first{[&] {
      taken->answer({.body = "one"});
    }};
    std::thread second{[&] {
      taken->answer({.body = "two"});
    }};
    const auto body = peer.read().body;
    CHECK((body == "one" || body == "two"));
    first.join();
    second.join();
  }
}

TEST_CASE("a taken port is an error that says what to do") {
  const auto serving = started(echo_path);
  auto options = any_port();
  options.port = serving.port();
  const auto second = server::start(options, echo_path);
  REQUIRE_FALSE(second.has_value());
  const auto& reason = second.error().reason;
  CHECK(reason.find(std::to_string(options.port)) != std::string::npos);
  CHECK(reason.find("set PORT") != std::string::npos);
}

TEST_CASE("a host that is not ours is an error that names it") {
  auto options = any_port();
  options.host = std::string(300, 'h'); // too long to be asked for
  CHECK(server::start(options, echo_path).error().reason.find(options.host)
        != std::string::npos);
  options.host = "203.0.113.7"; // RFC 5737: nobody's
  CHECK(server::start(options, echo_path).error().reason.find("check HOST")
        != std::string::npos);
}

TEST_CASE("IPv6 and names are hosts too") {
  auto options = any_port();
  options.host = "localhost";
  CHECK(server::start(options, echo_path).has_value());
  for (const auto* host : {"::1", "[::1]"}) {
    options.host = host;
    const auto serving = server::start(options, echo_path);
    if (!serving) {
      MESSAGE("no IPv6 here: " << serving.error().reason);
      return;
    }
    client peer{serving->port(), "::1"};
    CHECK(peer.get("/six").body == "\"/six\"");
  }
}

TEST_CASE("an offered upgrade is declined by one plain answer") {
  std::atomic<int> handled{0};
  const auto serving = started([&](const exchange_ptr& from) {
    ++handled;
    echo_path(from);
  });
  client peer{serving.port()};
  peer.send(request_text("GET", "/up",
                         "Connection: Upgrade, HTTP2-Settings\r\n"
                         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"));
  CHECK(peer.read().body == "\"/up\"");
  CHECK(peer.is_closed());
  CHECK(handled == 1);
}

TEST_CASE("connections beyond the limit wait for one to close") {
  auto options = any_port();
  options.max_connections = 1;
  std::atomic<bool> first_is_open{true};
  const auto serving = started(
    [&](const exchange_ptr& from) {
      from->answer({.body = first_is_open ? "open" : "closed"});
    },
    options);
  auto first = std::make_unique<client>(serving.port());
  CHECK(first->get("/").body == "open");
  client second{serving.port()};
  second.send(request_text("GET", "/"));
  for (int i = 0; i < 50; ++i)
    CHECK(first->get("/").status == 200);
  first_is_open = false;
  first.reset();
  CHECK(second.read().body == "closed");
}

TEST_CASE("who sends too slowly or waits too long is cut off") {
  auto options = any_port();
  options.read_timeout = 50ms;
  options.handle_timeout = 50ms;
  shelf kept;
  const auto serving = started(kept.handler(), options);
  client slow{serving.port()};
  client waiting{serving.port()};
  slow.send("GET / HTT");
  waiting.send(request_text("GET", "/"));
  const auto never_answered = kept.take();
  CHECK(slow.is_closed());
  CHECK(waiting.is_closed());
}

TEST_CASE("stop waits for answers and refuses what comes meanwhile") {
  shelf kept;
  auto serving = started([&, keep = kept.handler()](exchange_ptr from) {
    if (from->request().path == "/slow")
      keep(std::move(from));
    else
      echo_path(from);
  });
  client slow{serving.port()};
  client asking{serving.port()};
  client idle{serving.port()};
  CHECK(idle.get("/").status == 200);
  slow.send(request_text("GET", "/slow"));
  const auto taken = kept.take();
  auto stopped
    = std::async(std::launch::async, [&] { return serving.stop(10s); });
  // The first sign of the stop is a 503 or a last 200 that says good-bye.
  auto answer = asking.get("/");
  for (int i = 0; i < 100'000 && answer.headers["connection"] != "close"; ++i)
    answer = asking.get("/");
  CHECK(answer.headers["connection"] == "close");
  CHECK(asking.is_closed());
  CHECK(idle.get("/").status == 503);
  CHECK(idle.is_closed());
  taken->answer({.body = "late but whole"});
  CHECK(slow.read().body == "late but whole");
  CHECK(stopped.get() == 0);
  CHECK_FALSE(client{serving.port()}.connected());
}

TEST_CASE("stop gives up after its limit and says how many went without") {
  shelf kept;
  auto serving = std::make_unique<server>(started(kept.handler()));
  client idle{serving->port()};
  CHECK(idle.connected());
  client waiting{serving->port()};
  waiting.send(request_text("GET", "/"));
  auto taken = kept.take();
  CHECK(serving->stop(1ms) == 1);
  CHECK(serving->stop(1ms) == 0);
  CHECK(idle.is_closed());
  serving.reset();
  taken->answer({.body = "too late, harmless"});
  taken.reset();
  CHECK(waiting.is_closed());
}

TEST_CASE("an exchange may outlive its server unanswered") {
  shelf kept;
  exchange_ptr taken;
  {
    const auto serving = started(kept.handler());
    client peer{serving.port()};
    peer.send(request_text("GET", "/"));
    taken = kept.take();
  }
  taken.reset();
}
