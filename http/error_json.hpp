#pragma once

#include "http/exchange.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace meshtrace {

/// Why a request gets no answer, for the one who sent it. Texts may contain
/// what the client sent: writing them makes them harmless.
struct api_error {
  int status = 400;
  std::string code;
  std::string message;
  /// The parameter that is wrong; empty if it is none.
  std::string parameter = {};
  /// The trace that was asked for; empty if it was none.
  std::string trace_id = {};
  /// Methods that the path does have (405), for the header `Allow`.
  std::string allow = {};
  /// When to come again, for the header `Retry-After`; 0 says nothing.
  int retry_after_seconds = 0;
};

/// A value, or what to tell the client instead.
template <class T>
using api_expected = tl::expected<T, api_error>;

/// A 400 about one parameter: `limit must be 1..100, got 5000`.
api_error invalid_parameter(std::string_view name, std::string_view legal,
                            std::string_view got);

/// The error with the usual code and words of its status (401, 403, 404, 405,
/// 406, 409, 413, 414, 429, 431, 500, 503, 504; anything else reads as 500).
api_error standard_error(int status);

/// `text` of a client, fit for a message: at most 200 bytes of valid UTF-8,
/// `...` behind it where something was cut off.
std::string quoted_for_client(std::string_view text);

/// The error object of docs/api.md with the status and headers that belong to
/// it.
http_response error_response(const api_error& error);

/// The same error as the mesh's dashboard API says it: `{"error": "words"}`.
http_response plain_error_response(const api_error& error);

/// The reason phrase of a status line, `Not Found`.
std::string_view status_phrase(int status);

} // namespace meshtrace
