#include "app/settings.hpp"

#include "app/settings_names.hpp"
#include "app/settings_table.hpp"

namespace meshtrace {

bool settings::given(std::string_view name) const {
  return sources.contains(name);
}

std::vector<shown_setting> shown(const settings& config) {
  std::vector<shown_setting> result;
  for (const auto& entry : settings_table())
    result.push_back({file_key(entry.name), entry.show(config)});
  return result;
}

} // namespace meshtrace
