#include "exporters/gzip.hpp"

#include <cstddef>
#include <zlib.h>

namespace meshtrace {

namespace {

/// Adds a gzip frame to what zlib makes (see deflateInit2 in zlib.h).
constexpr int gzip_window_bits = 15 + 16;
constexpr int memory_level = 8;

} // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  // Fast rather than small: the next hop is near, and spans repeat themselves.
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window_bits,
                   memory_level, Z_DEFAULT_STRATEGY)
      != Z_OK)
    return {};
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  // zlib does not write through next_in, whose type is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const auto done = deflate(&stream, Z_FINISH);
  result.resize(done == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return result;
}

} // namespace meshtrace
