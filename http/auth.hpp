#pragma once

#include <string_view>

namespace meshtrace {

/// Whether the header `Authorization` carries `token` as its bearer token. No
/// token set means that everybody may ask. The comparison takes the same time
/// wherever two tokens of one length differ; only the length can be learned.
bool authorized(std::string_view authorization, std::string_view token);

} // namespace meshtrace
