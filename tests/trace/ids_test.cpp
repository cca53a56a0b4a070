#include "trace/ids.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace meshtrace;

namespace {

std::string canonical(std::string_view id) {
  return canonical_id(id).value_or("(none)");
}

} // namespace

TEST_CASE("ids of 32 and 16 hex digits lose dashes and upper case") {
  const std::string plain = "0af7651916cd43dd8448eb211c80319c";
  CHECK(canonical(plain) == plain);
  CHECK(canonical("0AF7651916CD43DD8448EB211C80319C") == plain);
  CHECK(canonical("0af76519-16cd-43dd-8448-eb211c80319c") == plain);
  CHECK(canonical("0AF76519-16CD-43DD-8448-EB211C80319C") == plain);
  CHECK(canonical(" \t\r\n" + plain + " \n") == plain);
  CHECK(canonical("B7AD6B7169203331") == "b7ad6b7169203331");
  CHECK(canonical("b7ad6b71-69203331") == "b7ad6b7169203331");
}

TEST_CASE("other ids stay as they were sent") {
  for (const auto* id : {"abc", "ABC", "a-B", "----", "x", "list", "~!/?#%",
                         "0af7651916cd43dd8448eb211c80319", // 31 digits
                         "0AF7651916CD43DD8448EB211C80319C0",
                         "0AF7651916CD43DD8448EB211C80319G"})
    CHECK(canonical(id) == id);
  const std::string longest(max_id_bytes, 'Z');
  CHECK(canonical(longest) == longest);
}

TEST_CASE("an id has 1 to 128 printable bytes") {
  CHECK(canonical("") == "(none)");
  CHECK(canonical(" \t ") == "(none)");
  CHECK(canonical(std::string(max_id_bytes + 1, 'a')) == "(none)");
  CHECK(canonical("a b") == "(none)");
  CHECK(canonical("a\x7f") == "(none)");
  CHECK(canonical("caf\xC3\xA9") == "(none)");
  CHECK(canonical(std::string("a\0b", 3)) == "(none)");
  CHECK(canonical("\x21") == "\x21");
  CHECK(canonical("\x7e") == "\x7e");
}

TEST_CASE("a canonical id is its own canonical id") {
  for (const auto* id : {"0AF76519-16CD-43DD-8448-EB211C80319C", " a-B ",
                         "B7AD-6B71-6920-3331", "-a-"}) {
    const auto once = canonical(id);
    CHECK(canonical(once) == once);
  }
}

TEST_CASE("a mended id lives in the caller's arena") {
  arena memory;
  std::string sent = "B7AD6B7169203331";
  const auto id = canonical_id(sent, memory);
  sent.assign(sent.size(), 'x');
  CHECK(id == "b7ad6b7169203331");
}

TEST_CASE("blanks are trimmed at both ends only") {
  CHECK(trimmed(" \t\r\na b\n\r\t ") == "a b");
  CHECK(trimmed("  ") == "");
  CHECK(trimmed("") == "");
}

TEST_CASE("empty, null and none in any case are absent") {
  for (const auto* text : {"", " ", "null", "NULL", "Null", "none", "None",
                           "NONE", " null ", "\tNone\n"})
    CHECK_MESSAGE(is_absent(text), text);
  for (const auto* text : {"0", "False", "nul", "nulls", "null1", "nil", "[]",
                           "unknown", "no", "non e", "nonenone"})
    CHECK_MESSAGE(!is_absent(text), text);
}

TEST_CASE("partitions are in range and spread") {
  std::map<std::uint32_t, int> hits;
  for (int i = 0; i < 6'400; ++i)
    ++hits[partition_of(std::to_string(i), 64)];
  CHECK(hits.size() == 64);
  CHECK(hits.rbegin()->first == 63);
  for (auto& [partition, count] : hits)
    CHECK(count > 40);
  CHECK(partition_of("anything", 1) == 0);
}

TEST_CASE("the partition of an id is fixed for ever") {
  // Another hash here would lose every trace of a running deployment.
  CHECK(partition_of("0af7651916cd43dd8448eb211c80319c", 64) == 35);
  CHECK(partition_of("abc", 64) == 16);
}

TEST_CASE("a hash is shown as 16 lower-case hex digits") {
  CHECK(hex16(0) == "0000000000000000");
  CHECK(hex16(0xABC) == "0000000000000abc");
  CHECK(hex16(~0ULL) == "ffffffffffffffff");
}
