#include "app/settings_names.hpp"
#include "app/settings_values.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace meshtrace;
using namespace std::chrono_literals;

TEST_CASE("booleans have several spellings in any case") {
  for (const auto* text : {"true", "1", "yes", "on", "TRUE", "Yes", "oN"})
    CHECK_MESSAGE(read_boolean(text).value_or(false), text);
  for (const auto* text : {"false", "0", "no", "off", "False", "NO", "oFf"})
    CHECK_MESSAGE(!read_boolean(text).value_or(true), text);
  for (const auto* text : {"", "t", "2", "truee", "enabled"})
    CHECK_MESSAGE(!read_boolean(text), text);
}

TEST_CASE("integers are digits and nothing else") {
  CHECK(read_integer("0").value_or(1) == 0);
  CHECK(read_integer("18446744073709551615").value_or(0)
        == std::numeric_limits<std::uint64_t>::max());
  for (const auto* text :
       {"", "-1", "+1", "1.0", "1e3", "0x10", "1 ", "18446744073709551616"})
    CHECK_MESSAGE(!read_integer(text), text);
}

TEST_CASE("sizes are bytes or have a binary unit") {
  CHECK(read_size("4096").value_or(0) == 4096);
  CHECK(read_size("8KiB").value_or(0) == 8192);
  CHECK(read_size("512 MiB").value_or(0) == 536'870'912);
  CHECK(read_size("2GiB").value_or(0) == 2'147'483'648);
  for (const auto* text : {"", "KiB", "8kb", "8K", "1.5GiB", "-1KiB",
                           "18446744073709551615KiB", "17179869184GiB"})
    CHECK_MESSAGE(!read_size(text), text);
}

TEST_CASE("sizes are shown in the greatest unit that divides them") {
  CHECK(show_size(0) == "0");
  CHECK(show_size(1000) == "1000");
  CHECK(show_size(1024) == "1KiB");
  CHECK(show_size(1536) == "1536");
  CHECK(show_size(1024 * 1536) == "1536KiB");
  CHECK(show_size(512U << 20U) == "512MiB");
  CHECK(show_size(std::uint64_t{1} << 40U) == "1024GiB");
}

TEST_CASE("durations are shown without the zeros at the end") {
  CHECK(show_duration(0s) == "0s");
  CHECK(show_duration(20s) == "20s");
  CHECK(show_duration(10min) == "10m");
  CHECK(show_duration(24h) == "24h");
  CHECK(show_duration(1h + 10min) == "1h10m");
  CHECK(show_duration(1h + 20s) == "1h0m20s");
  CHECK(show_duration(1min + 500ms) == "1m0.5s");
}

TEST_CASE("lists are names between commas, each once") {
  using names = std::vector<std::string>;
  CHECK(read_list("a").value_or(names{}) == names{"a"});
  CHECK(read_list(" a , b:c ").value_or(names{}) == names{"a", "b:c"});
  for (const auto* text : {"", " ", ",", "a,", ",a", "a,,b", "a,b, a"})
    CHECK_MESSAGE(!read_list(text), text);
}

TEST_CASE("blanks are trimmed, and only at the ends") {
  CHECK(trimmed(" \ta b\r\n") == "a b");
  CHECK(trimmed(" \n") == "");
  CHECK(trimmed("") == "");
}

TEST_CASE("key and flag follow from the variable's name") {
  CHECK(file_key("TRACE_BATCH_SIZE") == "trace_batch_size");
  CHECK(flag_name("TRACE_BATCH_SIZE") == "--trace-batch-size");
}

TEST_CASE("the nearest name is suggested if there is a near one") {
  const std::vector<std::string> names{"port", "host", "trace_batch_size"};
  CHECK(suggestion("prot", names) == "; did you mean port?");
  CHECK(suggestion("hots", names) == "; did you mean host?");
  CHECK(suggestion("trace_bach_sise", names)
        == "; did you mean trace_batch_size?");
  CHECK(suggestion("retention", names) == "");
  CHECK(suggestion("PROT", names) == "; did you mean port?");
  // The time that a comparison takes grows with the square of the length.
  const std::string far_too_long(101, 'a');
  CHECK(suggestion(far_too_long, {far_too_long}) == "");
}

TEST_CASE("a quoted text is one line and not long") {
  CHECK(in_quotes("a\nb") == R"("a\nb")");
  CHECK(in_quotes(std::string(200, 'a')) == '"' + std::string(200, 'a') + '"');
  CHECK(in_quotes(std::string(201, 'a'))
        == '"' + std::string(200, 'a') + "...\"");
}
