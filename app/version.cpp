#include "app/version.hpp"

#include "version_text.hpp" // made by app/version.cmake

namespace meshtrace {

std::string_view version() {
  return MESHTRACE_VERSION_TEXT;
}

} // namespace meshtrace
