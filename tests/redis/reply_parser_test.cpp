#include "redis/reply_parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

namespace meshtrace::redis {

namespace {

using kind = reply::kind;

/// All of `bytes` in pieces of `step` bytes; the first reply.
const reply* parse(reply_parser& parser, std::string_view bytes, arena& memory,
                   std::size_t step) {
  while (!bytes.empty()) {
    REQUIRE(parser.feed(bytes.substr(0, step)));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const auto result = parser.next(memory);
    REQUIRE(result);
    if (*result != nullptr)
      return *result;
  }
  return nullptr;
}

} // namespace

TEST_CASE("a reply is the same however its bytes are cut") {
  const std::string binary{"a\r\nb\0", 5};
  const auto text
    = "*7\r\n$5\r\n" + binary
      + "\r\n:-42\r\n$-1\r\n*-1\r\n+OK\r\n*2\r\n$0\r\n\r\n*0\r\n-ERR no\r\n";
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    CAPTURE(step);
    arena memory{16};
    reply_parser parser;
    const auto* root = parse(parser, text, memory, step);
    REQUIRE(root != nullptr);
    REQUIRE(root->items.size() == 7);
    CHECK(root->items[0].type == kind::string);
    CHECK(root->items[0].text == binary);
    CHECK(root->items[1].type == kind::integer);
    CHECK(root->items[1].integer == -42);
    CHECK(root->items[2].is_nil());
    CHECK(root->items[3].is_nil());
    CHECK(root->items[4].type == kind::status);
    CHECK(root->items[4].text == "OK");
    REQUIRE(root->items[5].items.size() == 2);
    CHECK(root->items[5].items[0].type == kind::string);
    CHECK(root->items[5].items[0].text.empty());
    CHECK(root->items[5].items[1].is_array());
    CHECK(root->items[5].items[1].items.empty());
    CHECK(root->items[6].is_error());
    CHECK(root->items[6].text == "ERR no");
  }
}

TEST_CASE("replies that came together are given one by one") {
  reply_parser parser;
  arena first;
  arena second;
  REQUIRE(parser.feed("$3\r\none\r\n:2\r\n$5\r\nth"));
  const auto one = parser.next(first);
  REQUIRE((one && *one));
  const auto two = parser.next(second);
  REQUIRE((two && *two));
  CHECK((*two)->integer == 2);
  CHECK(parser.next(first).value() == nullptr);
  REQUIRE(parser.feed("ree\r\n"));
  CHECK((*parser.next(first))->text == "three");
  CHECK((*one)->text == "one");
}

TEST_CASE("a number may be written as text") {
  CHECK(reply{kind::integer, 7, {}, {}}.number() == 7);
  CHECK(reply{kind::string, 0, "-12", {}}.number() == -12);
  CHECK_FALSE(reply{kind::string, 0, "12x", {}}.number());
  CHECK_FALSE(reply{kind::string, 0, "", {}}.number());
  CHECK_FALSE(reply{kind::error, 0, "12", {}}.number());
  CHECK_FALSE(reply{}.number());
}

TEST_CASE("what is not the protocol is a failure") {
  for (const auto* bytes : {"hello\r\n", "$x\r\n", "*2\r\n?\r\n", ":1x\r\n"}) {
    CAPTURE(bytes);
    reply_parser parser;
    arena memory;
    REQUIRE(parser.feed(bytes));
    const auto result = parser.next(memory);
    REQUIRE_FALSE(result);
    CHECK(
      result.error().reason.starts_with("Redis does not speak its protocol: "));
  }
}

TEST_CASE("a reply that is too large is a failure before it is read") {
  const auto refused = [](std::string_view bytes) {
    reply_parser parser{10000};
    arena memory;
    if (!parser.feed(bytes))
      return true;
    const auto result = parser.next(memory);
    return !result && !parser.next(memory)
           && result.error().reason.find("larger than 10000 bytes")
                != std::string::npos;
  };
  const std::string large(9000, 'x');
  CHECK_FALSE(refused("$9000\r\n" + large + "\r\n"));
  CHECK(refused("$11000\r\n" + large + std::string(2000, 'x') + "\r\n"));
  CHECK(refused("$11000\r\n" + large + std::string(2000, 'x')));
  // An array costs memory before its first item has come.
  CHECK_FALSE(refused("*100\r\n"));
  CHECK(refused("*2147483647\r\n"));
  CHECK(refused("*2\r\n*250\r\n"));
}

TEST_CASE("the limit is on each reply, not on all of them") {
  reply_parser parser{10000};
  const auto one = "$9000\r\n" + std::string(9000, 'x') + "\r\n";
  for (int i = 0; i < 3; ++i) {
    arena memory;
    REQUIRE(parser.feed(one));
    CHECK((*parser.next(memory))->text.size() == 9000);
  }
}

TEST_CASE("random bytes are a failure or a reply, never a crash") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  constexpr std::string_view alphabet = "*$+-:0123456789\r\n\r\n\r\n12ax";
  for (int round = 0; round < 20000; ++round) {
    reply_parser parser{1 << 20};
    arena memory{64};
    for (int piece = 0; piece < 4; ++piece) {
      std::string bytes;
      for (auto left = random() % 40; left > 0; --left)
        bytes += random() % 16 != 0
                   ? alphabet[random() % alphabet.size()]
                   : static_cast<char>(static_cast<unsigned char>(random()));
      if (!parser.feed(bytes))
        break;
      auto result = parser.next(memory);
      while (result && *result != nullptr)
        result = parser.next(memory);
      if (!result)
        break;
    }
  }
}

TEST_CASE("a damaged reply is a failure or a reply, never a crash") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const std::string whole
    = "*1\r\n*2\r\n$1\r\ns\r\n*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n"
      "$1\r\nv\r\n*2\r\n$3\r\n1-2\r\n*-1\r\n";
  for (int round = 0; round < 20000; ++round) {
    auto bytes = whole;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()]
        = static_cast<char>(static_cast<unsigned char>(random()));
    reply_parser parser{1 << 20};
    arena memory{64};
    if (parser.feed(bytes))
      (void)parser.next(memory);
  }
}

} // namespace meshtrace::redis
