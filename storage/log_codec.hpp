#pragma once

#include "storage/engine.hpp"
#include "storage/name_table.hpp"

#include <string>
#include <string_view>

namespace meshtrace {

/// An entry of the log as bytes, its number aside; log_codec.cpp has the
/// grammar. Names that it refers to are added to `names`. Both contributions
/// are detailed, or none is.
std::string encode_log_entry(std::string_view trace_id, std::uint32_t revision,
                             const contribution* added,
                             const contribution* replaced, name_table& names);

expected<log_entry>
decode_log_entry(std::string_view bytes, std::uint64_t number,
                 const name_table& names);

} // namespace meshtrace
