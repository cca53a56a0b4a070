#include "tests/exporters/failure_file.hpp"
#include "tests/exporters/samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_SUITE_BEGIN("custom exporter");

TEST_CASE("docs/custom-exporters.md has the code of this test") {
  const std::string root = MESHTRACE_SOURCE_DIR;
  const auto code = text_of(root + "/tests/exporters/failure_file.hpp");
  const auto document = text_of(root + "/docs/custom-exporters.md");
  REQUIRE_FALSE(code.empty());
  CHECK_MESSAGE(
    (document.find("```cpp\n" + code + "```\n") != std::string::npos),
    "copy tests/exporters/failure_file.hpp into the document");
}

TEST_CASE("the example does what the document says") {
  const temp_folder folder;
  failure_file out{{folder / "failures.txt"}};
  exporter& as_any = out;
  const auto failed
    = stored({with(done("a1", "agent", "work", "1753576434", "1753576435"),
                   {{"success", "false"}})});
  const std::vector<exported_trace> batch{{report_trace(), 1}, {failed, 1}};
  CHECK(std::holds_alternative<export_ok>(as_any.export_batch(batch)));
  CHECK(text_of(folder / "failures.txt") == failed.content->id() + " 1\n");
}

TEST_CASE("the example asks for another try where it cannot write") {
  failure_file out{{"/nowhere/failures.txt"}};
  const auto failed
    = stored({with(done("a1", "agent", "work", "1753576434", "1753576435"),
                   {{"success", "false"}})});
  CHECK(std::holds_alternative<retry_after>(out.export_trace(failed)));
}

TEST_SUITE_END();
