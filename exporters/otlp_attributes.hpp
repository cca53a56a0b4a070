#pragma once

#include "exporters/otlp_model.hpp"
#include "trace/trace.hpp"

namespace meshtrace {

/// The operation of a span around a call to another agent, in every language.
inline constexpr std::string_view proxy_call = "proxy_call_wrapper";

/// Who made the span: what is said of its agent and where that ran.
otlp_attributes resource_attributes(const span& x);

/// Everything else that the fields of the span say; docs/exporting.md has the
/// table. What follows from its place in the trace is not in it.
otlp_attributes span_attributes(const span& x);

/// The name that the conventions have for a provider of language models, else
/// the text in lower case.
std::string provider_name(std::string_view said);

} // namespace meshtrace
