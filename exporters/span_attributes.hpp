#pragma once

#include "trace/trace.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meshtrace {

/// What an attribute may say to other systems. All text is valid UTF-8.
using wire_value
  = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

struct wire_attribute {
  std::string key;
  wire_value value;

  bool operator==(const wire_attribute&) const = default;
};

/// No key is in it twice.
using wire_attributes = std::vector<wire_attribute>;

/// Who made the span: what is said of its agent and where that ran.
wire_attributes resource_attributes(const span& x);

/// Everything else that the fields of the span say; docs/exporting.md has the
/// table. What follows from its place in the trace is not in it.
wire_attributes span_attributes(const span& x);

/// The name that the conventions have for a provider of language models, else
/// the text in lower case.
std::string provider_name(std::string_view said);

} // namespace meshtrace
