#pragma once

#include "storage/engine.hpp"

#include <string>
#include <string_view>

namespace meshtrace {

/// A checkpoint as bytes; checkpoint_codec.cpp has the grammar.
std::string encode_checkpoint(const checkpoint& x);

expected<checkpoint> decode_checkpoint(std::string_view bytes);

/// What finds it: its partition and when it is due. Reads only the first bytes.
expected<checkpoint> read_checkpoint_head(std::string_view bytes);

} // namespace meshtrace
