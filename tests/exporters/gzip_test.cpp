#include "exporters/gzip.hpp"
#include "tests/exporters/gunzip.hpp"

#include <random>

using namespace meshtrace;
using namespace meshtrace::test;

TEST_SUITE_BEGIN("gzip");

TEST_CASE("zlib reads what was packed") {
  std::mt19937 dice{4};
  std::string noise(100'000, '\0');
  for (auto& c : noise)
    c = static_cast<char>(dice());
  for (const auto& text :
       {std::string{}, std::string{"a"}, std::string(1'000'000, 'x'), noise}) {
    const auto packed = gzip(text);
    CHECK((gunzip(packed) == text));
    CHECK(packed.size() <= text.size() + 100);
  }
  CHECK(gzip(std::string(1'000'000, 'x')).size() < 10'000);
}

TEST_SUITE_END();
