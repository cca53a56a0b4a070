#pragma once

#include "exporters/span_exporter.hpp"

#include <span>
#include <string>

namespace meshtrace {

/// `spans` as Zipkin's JSON v2, in valid UTF-8. What is not known is absent:
///
///   list     = "[" [ span *( "," span ) ] "]"
///   span     = "{" traceId id [ parentId ] [ name ] [ kind ] [ timestamp ]
///              [ duration ] [ localEndpoint ] [ remoteEndpoint ] tags "}"
///   traceId  = 16 or 32 lower-case hex digits ; see wire_ids.hpp
///   id       = 16 of them                     ; parentId too
///   kind     = "CLIENT" / "SERVER"            ; see span_kind.hpp
///   timestamp, duration = whole microseconds  ; a duration is at least 1
///   endpoint = "{" [ serviceName ] [ ipv4 / ipv6 ] "}"
///   tags     = "{" *( name ":" text ) "}"     ; see zipkin_tags.hpp
///
/// `remoteEndpoint` is the agent that is called; on the called side Zipkin
/// would take it for the caller, there it is only a tag. The tag `error` is
/// there on failure alone: Zipkin takes any for one. Originals of ids that
/// Zipkin cannot have are in the tags `mcp_mesh.trace_id`, `mcp_mesh.span_id`
/// and `mcp_mesh.parent_span_id`.
std::string zipkin_json(std::span<const outgoing_span> spans);

} // namespace meshtrace
