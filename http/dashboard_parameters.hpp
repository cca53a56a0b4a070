#pragma once

#include "http/parameters.hpp"

#include <array>
#include <limits>

/// What the routes of the mesh's dashboard API take. Their values are read by
/// read_lenient_arguments(): nothing here is ever an error.
namespace meshtrace {

inline constexpr parameter dashboard_limit{
  .name = "limit",
  .kind = value_kind::integer,
  .description = "most traces to answer with; anything else reads as 20",
  .fallback = "20",
  .least = 1,
  .greatest = 100};

inline constexpr auto dashboard_recent_parameters = std::to_array<parameter>({
  {.name = "limit",
   .kind = value_kind::integer,
   .description = "most traces to answer with; more reads as 100, else 20",
   .fallback = "20",
   .least = 1,
   .greatest = 100,
   .clamped = true},
});

inline constexpr auto dashboard_list_parameters = std::to_array<parameter>({
  dashboard_limit,
  {.name = "offset",
   .kind = value_kind::integer,
   .description = "how many of the newest traces to skip; else 0",
   .fallback = "0",
   .least = 0,
   .greatest = 1'000'000'000,
   .clamped = true},
});

inline constexpr auto dashboard_search_parameters = std::to_array<parameter>({
  {.name = "parent_span_id",
   .description = "finds nothing: the dashboard knows no spans here"},
  {.name = "agent_name", .description = "this agent took part"},
  {.name = "operation", .description = "the operation of the root"},
  {.name = "success",
   .kind = value_kind::go_boolean,
   .description = "false: some span failed; true: none did"},
  {.name = "start_time",
   .kind = value_kind::time,
   .description = "the trace starts then or later"},
  {.name = "end_time",
   .kind = value_kind::time,
   .description = "the trace ends then or earlier"},
  {.name = "min_duration_ms",
   .kind = value_kind::whole_number,
   .description = "it takes at least so many whole milliseconds"},
  {.name = "max_duration_ms",
   .kind = value_kind::whole_number,
   .description = "it takes at most so many whole milliseconds"},
  dashboard_limit,
});

} // namespace meshtrace
