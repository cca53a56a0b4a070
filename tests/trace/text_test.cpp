#include "trace/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace meshtrace;

namespace {

bool wins(std::string_view candidate, std::string_view present) {
  return text_wins(candidate, present);
}

} // namespace

TEST_CASE("absent loses to placeholders, placeholders to values") {
  CHECK(wins("unknown", ""));
  CHECK(wins("a", ""));
  CHECK(wins("a", "unknown"));
  CHECK(wins("a", "unknown-agent"));
  CHECK(wins("", "a") == false);
  CHECK(wins("unknown", "a") == false);
  CHECK(wins("zz", "unknown"));
  CHECK(wins("unknown-agent", "unknown"));
  CHECK(wins("Unknown", "unknown")); // only the spelling that publishers write
}

TEST_CASE("of two values the bytewise greatest wins") {
  CHECK(wins("b", "a"));
  CHECK(wins("ab", "a"));
  CHECK(wins("a", "b") == false);
  CHECK(wins("\xC3\xA9", "z")); // bytes are unsigned
  CHECK(wins(std::string_view{"a\0", 2}, "a"));
}

TEST_CASE("exactly one of two different texts wins") {
  std::vector<std::string> texts
    = {"", "unknown", "unknown-agent", "a", "b", "B", "\xFF", "unknown-b", "v"};
  for (auto& a : texts)
    for (auto& b : texts)
      CHECK((wins(a, b) ? 1 : 0) + (wins(b, a) ? 1 : 0) == (a == b ? 0 : 1));
  // No three texts beat each other in a circle.
  std::sort(texts.begin(), texts.end(),
            [](auto& a, auto& b) { return wins(b, a); });
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t k = i + 1; k < texts.size(); ++k)
      CHECK(wins(texts[k], texts[i]));
}

TEST_CASE("text is cut between two characters") {
  CHECK(cut_utf8("abc", 3) == "abc");
  CHECK(cut_utf8("abcd", 3) == "abc");
  CHECK(cut_utf8("ab", 0) == "");
  const std::string euro = "\xE2\x82\xAC"; // 3 bytes
  CHECK(cut_utf8(euro + euro, 3) == euro);
  CHECK(cut_utf8(euro + euro, 4) == euro);
  CHECK(cut_utf8(euro + euro, 5) == euro);
  CHECK(cut_utf8(euro + euro, 6) == euro + euro);
  CHECK(cut_utf8(euro, 2) == "");
  const std::string face = "\xF0\x9F\x98\x80"; // 4 bytes
  for (std::size_t limit = 1; limit < 5; ++limit)
    CHECK(cut_utf8("a" + face, limit) == "a");
  CHECK(cut_utf8("a" + face, 5) == "a" + face);
}

TEST_CASE("text that is no UTF-8 is cut near the limit all the same") {
  const std::string bytes(100, '\x80');
  const auto size = cut_utf8(bytes, 50).size();
  CHECK(size <= 50);
  CHECK(size >= 46);
}

TEST_CASE("only well-formed characters have a length") {
  CHECK(utf8_length("") == 0);
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length(std::string_view{"\0", 1}) == 1);
  CHECK(utf8_length("\xC3\xA9") == 2);
  CHECK(utf8_length("\xE2\x82\xAC") == 3);
  CHECK(utf8_length("\xF0\x9F\x98\x80") == 4);
  CHECK(utf8_length("\xF4\x8F\xBF\xBF") == 4); // U+10FFFF
  for (const auto* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\x80",
        "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF0\x9F\x98",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_MESSAGE(utf8_length(bad) == 0, escaped(bad));
}

TEST_CASE("bad bytes become replacement characters, the rest stays") {
  std::string storage;
  const std::string fine = "caf\xC3\xA9 \xF0\x9F\x98\x80";
  CHECK(valid_utf8(fine, storage).data() == fine.data()); // no copy
  CHECK(valid_utf8("", storage) == "");
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(valid_utf8("a\xFF"
                   "b",
                   storage)
        == "a" + mark + "b");
  CHECK(valid_utf8("\xE2\x82", storage) == mark + mark);
  CHECK(valid_utf8("\xED\xA0\x80!", storage) == mark + mark + mark + "!");
  CHECK(valid_utf8("caf\xC3\xA9\xC3", storage) == "caf\xC3\xA9" + mark);
}

TEST_CASE("escaped text cannot leave its line or move the cursor") {
  CHECK(escaped("plain caf\xC3\xA9 \xF0\x9F\x98\x80")
        == "plain caf\xC3\xA9 \xF0\x9F\x98\x80");
  CHECK(escaped("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(escaped("\x1b[31mred") == "\\x1b[31mred");
  CHECK(escaped(std::string_view{"\0", 1}) == "\\x00");
  CHECK(escaped("\x7f") == "\\x7f");
  CHECK(escaped("\\n") == "\\\\n");            // not to be taken for a line end
  CHECK(escaped("\xC2\x9B") == "\\u009b");     // the one-character CSI
  CHECK(escaped("\xE2\x80\xA8") == "\\u2028"); // line separator
  CHECK(escaped("\xE2\x80\xAE") == "\\u202e"); // right to left from here
  CHECK(escaped("\xE2\x81\xA6") == "\\u2066");
  CHECK(escaped("\xEF\xBB\xBF") == "\\ufeff");
  CHECK(escaped("\xFF\xC3") == "\\xff\\xc3");
}
