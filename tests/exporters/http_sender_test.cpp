#include "exporters/http_sender.hpp"
#include "tests/exporters/gunzip.hpp"
#include "tests/exporters/http_target.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <ctime>
#include <string>
#include <thread>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;
using verdict = send_result::verdict;

namespace {

/// A target that takes 30 s for a hang.
target_options options_of(std::string url) {
  target_options result;
  result.url = std::move(url);
  result.timeout = 30s;
  return result;
}

/// What becomes of a post that is answered so.
send_result
judged(http_target::step answer, retry_rules rules = retry_rules::patient) {
  http_target target{{std::move(answer)}};
  http_sender sender{options_of(target.url()), rules};
  return sender.post("text/plain", "hello");
}

std::string http_date(std::chrono::seconds from_now) {
  const auto then = std::chrono::system_clock::to_time_t(
    std::chrono::system_clock::now() + from_now);
  std::array<char, 64> text;
  std::tm parts{};
  ::gmtime_r(&then, &parts);
  const auto n = std::strftime(text.data(), text.size(),
                               "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), n};
}

} // namespace

TEST_SUITE_BEGIN("http sender");

TEST_CASE("a post reaches the target as it is") {
  http_target target;
  auto options = options_of(target.url("/a/b?c=d"));
  options.headers = {{"X-One", "1 2"}, {"X-Empty", ""}};
  http_sender sender{options, retry_rules::otlp};
  const auto result = sender.post("application/json", "[1]");
  CHECK(result.what == verdict::delivered);
  CHECK(result.reason.empty());
  const auto got = target.requests().at(0);
  CHECK(got.head.starts_with("POST /a/b?c=d HTTP/1.1\r\n"));
  CHECK(got.body == "[1]");
  CHECK(got.field("content-type") == "application/json");
  CHECK(got.field("x-one") == "1 2");
  CHECK(got.head.find("\r\nX-Empty:") != std::string::npos);
  CHECK(got.field("content-encoding").empty());
  CHECK(got.field("expect").empty());
}

TEST_CASE("posts share a connection") {
  http_target target;
  http_sender sender{options_of(target.url()), retry_rules::otlp};
  for (int i = 0; i < 3; ++i)
    CHECK(sender.post("text/plain", "x").what == verdict::delivered);
  CHECK(target.connections() == 1);
  CHECK(target.requests().size() == 3);
}

TEST_CASE("a large body is compressed, if the target is to get it so") {
  http_target target;
  const std::string body(100'000, 'x');
  auto options = options_of(target.url());
  CHECK(http_sender{options, retry_rules::otlp}.post("text/plain", body).what
        == verdict::delivered);
  options.gzip = false;
  CHECK(http_sender{options, retry_rules::otlp}.post("text/plain", body).what
        == verdict::delivered);
  const auto got = target.requests();
  CHECK(got.at(0).field("content-encoding") == "gzip");
  CHECK(got.at(0).body.size() < 1000);
  CHECK((gunzip(got.at(0).body) == body));
  CHECK(got.at(1).field("content-encoding").empty());
  CHECK((got.at(1).body == body));
}

TEST_CASE("each status means what it means") {
  struct row {
    int status;
    verdict patient;
    verdict otlp;
  };
  for (const auto& [status, patient, otlp] : {
         row{200, verdict::delivered, verdict::delivered},
         row{202, verdict::delivered, verdict::delivered},
         row{301, verdict::later, verdict::refused_whole},
         row{400, verdict::refused, verdict::refused},
         row{401, verdict::later, verdict::refused_whole},
         row{403, verdict::later, verdict::refused_whole},
         row{404, verdict::later, verdict::refused_whole},
         row{408, verdict::later, verdict::refused_whole},
         row{410, verdict::refused_whole, verdict::refused_whole},
         row{413, verdict::refused, verdict::refused},
         row{422, verdict::refused, verdict::refused},
         row{429, verdict::later, verdict::later},
         row{500, verdict::later, verdict::refused_whole},
         row{502, verdict::later, verdict::later},
         row{503, verdict::later, verdict::later},
         row{504, verdict::later, verdict::later},
         row{505, verdict::later, verdict::refused_whole},
       }) {
    CAPTURE(status);
    CHECK(judged(http_target::answer(status)).what == patient);
    CHECK(judged(http_target::answer(status), retry_rules::otlp).what == otlp);
  }
}

TEST_CASE("Retry-After is honoured in seconds and as a date") {
  const auto pause = [](const std::string& value) {
    return judged(http_target::answer(503, "Retry-After: " + value + "\r\n"))
      .pause;
  };
  CHECK(pause("7") == 7s);
  CHECK(pause(http_date(120s)) > 100s);
  CHECK(pause(http_date(120s)) <= 120s);
  CHECK(pause(http_date(-120s)) == 0s);
  CHECK(pause("soon") == 0s);
  CHECK(pause("-3") == 0s);
  CHECK(pause("99999999999") <= 24h);
  CHECK(judged(http_target::answer(503)).pause == 0s);
}

TEST_CASE("the reason names target, status and what it said, on one line") {
  const auto result = judged(http_target::answer(400, {}, "bad\nspan \x1b[2J"));
  CHECK(result.reason.find(" answers 400: bad\\nspan \\x1b[2J")
        != std::string::npos);
  CHECK(result.reason.starts_with("http://127.0.0.1:"));
  CHECK(
    judged(http_target::answer(400, {}, std::string(5000, 'x'))).reason.size()
    < 300);
}

TEST_CASE("the reason repeats no secret that the target repeats") {
  const std::string echo = "no POST /hook/hunter2 for Bearer swordfish";
  http_target target{
    {http_target::answer(404, {}, echo), http_target::answer(404, {}, echo)}};
  auto options = options_of(target.url("/hook/hunter2"));
  options.headers = {{"Authorization", "Bearer swordfish"}};
  auto reason
    = http_sender{options, retry_rules::patient}.post("a/b", "c").reason;
  CHECK(reason.find("for Bearer ***") != std::string::npos);
  CHECK(reason.find("swordfish") == std::string::npos);
  options.secret_url = true;
  reason = http_sender{options, retry_rules::patient}.post("a/b", "c").reason;
  CHECK(reason.ends_with(" answers 404"));
}

TEST_CASE("a redirect is not followed") {
  http_target elsewhere;
  http_target target{
    {http_target::answer(307, "Location: " + elsewhere.url() + "\r\n")}};
  http_sender sender{options_of(target.url()), retry_rules::patient};
  CHECK(sender.post("text/plain", "x").what == verdict::later);
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("a hanging target costs the timeout") {
  http_target target{{http_target::hang()}};
  auto options = options_of(target.url());
  options.timeout = 50ms;
  http_sender sender{options, retry_rules::patient};
  const auto result = sender.post("text/plain", "x");
  CHECK(result.what == verdict::later);
  CHECK(result.reason.find("timed out") != std::string::npos);
  // And the next post is another matter.
  CHECK(sender.post("text/plain", "x").what == verdict::delivered);
}

TEST_CASE("an answer that ends in its middle is none") {
  http_target target{{http_target::half_answer(), http_target::answer(200)}};
  http_sender sender{options_of(target.url()), retry_rules::otlp};
  const auto result = sender.post("text/plain", "x");
  CHECK(result.what == verdict::later);
  CHECK_FALSE(result.reason.empty());
  CHECK(sender.post("text/plain", "x").what == verdict::delivered);
}

TEST_CASE("a target that closes without an answer may get it later") {
  const auto result = judged([](auto&) { return false; });
  CHECK(result.what == verdict::later);
}

TEST_CASE("a target that is not there may be there later") {
  std::string url;
  {
    http_target gone;
    url = gone.url();
  }
  http_sender sender{options_of(url), retry_rules::otlp};
  const auto result = sender.post("text/plain", "x");
  CHECK(result.what == verdict::later);
  CHECK(result.reason.starts_with(url.substr(0, url.size() - 1) + ": "));
}

TEST_CASE("a host that does not exist may be there later") {
  http_sender sender{options_of("http://nowhere.invalid/hunter2"),
                     retry_rules::otlp};
  const auto result = sender.post("text/plain", "x");
  CHECK(result.what == verdict::later);
  CHECK(result.reason.find("hunter2") == std::string::npos);
}

TEST_CASE("without an address nothing is sent") {
  CHECK(http_sender{{}, retry_rules::otlp}.post("text/plain", "x").what
        == verdict::later);
}

TEST_CASE("of a huge answer only the beginning is read") {
  const auto flood = [](http_target::socket& to) {
    http_target::send(to, "HTTP/1.1 202 OK\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    while (http_target::send(to, piece)) {
      // Until the client has enough.
    }
    return false;
  };
  http_target target{{flood}};
  http_sender sender{options_of(target.url()), retry_rules::otlp};
  http_answer answer;
  CHECK(sender.post("text/plain", "x", &answer).what == verdict::delivered);
  CHECK(answer.status == 202);
  CHECK(answer.body.size() == http_sender::most_answer_bytes);
  CHECK(sender.post("text/plain", "x").what == verdict::delivered);
}

TEST_CASE("the answer is there for who asks") {
  http_target target{
    {http_target::answer(200, "Content-Type: a/b\r\n", "text")}};
  http_sender sender{options_of(target.url()), retry_rules::otlp};
  http_answer answer;
  sender.post("text/plain", "x", &answer);
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "a/b");
  CHECK(answer.body == "text");
}

TEST_CASE("an interrupted post returns at once, and so do all later ones") {
  http_target target{{http_target::hang()}};
  http_sender sender{options_of(target.url()), retry_rules::patient};
  send_result result;
  const auto begin = std::chrono::steady_clock::now();
  std::thread other{[&] {
    result = sender.post("text/plain", "x");
  }};
  target.wait_for(1);
  sender.interrupt();
  other.join();
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(result.what == verdict::later);
  CHECK(result.reason.find("the service stops") != std::string::npos);
  CHECK(sender.post("text/plain", "x").what == verdict::later);
  CHECK(target.requests().size() == 1);
}

TEST_CASE("a URL for people has neither password nor path") {
  for (const auto& [url, shown] : {
         std::pair{"http://host:9411/api/v2/spans", "http://host:9411"},
         std::pair{"https://user:hunter2@host/x", "https://host"},
         std::pair{"https://host?token=hunter2", "https://host"},
         std::pair{"https://host#hunter2", "https://host"},
         std::pair{"https://a@b:hunter2@host", "https://host"},
         std::pair{"http://host/x@y", "http://host"},
         std::pair{"host:4317", "host:4317"},
         std::pair{"", ""},
       })
    CHECK(url_for_people(url) == shown);
}

TEST_SUITE_END();
