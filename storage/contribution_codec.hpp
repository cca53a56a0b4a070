#pragma once

#include "storage/name_table.hpp"
#include "trace/bytes.hpp"
#include "trace/contribution.hpp"

#include <memory>

namespace meshtrace {

/// Contributions as bytes; contribution_codec.cpp has the grammar. Whether one
/// is detailed has to be known to read it. Names that it refers to are added to
/// `names`.
void write_contribution(byte_writer& out, const contribution& x,
                        name_table& names);

/// What is none makes `in` fail.
std::shared_ptr<const contribution>
read_contribution(byte_reader& in, bool detailed, const name_table& names);

} // namespace meshtrace
