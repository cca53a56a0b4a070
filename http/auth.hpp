#pragma once

#include <string_view>

namespace meshtrace {

/// Whether the header `Authorization` carries `token` as its bearer token. No
/// token set means that everybody may ask. The comparison takes the same time
/// wherever two tokens of one length differ; only the length can be learned.
bool authorized(std::string_view authorization, std::string_view token);

/// The same for clients that cannot send a bearer token, only what stands in
/// their URL: meshctl sends `http://anybody:TOKEN@host` as a Basic header. The
/// token is the password, the name does not matter.
bool authorized_by_password(std::string_view authorization,
                            std::string_view token);

} // namespace meshtrace
