#include "exporters/registry.hpp"

#include <algorithm>
#include <array>

namespace meshtrace {

namespace {

using maker = std::unique_ptr<exporter> (*)(const exporter_options&);

struct entry {
  std::string_view name;
  maker make;
};

template <class T, auto Member>
std::unique_ptr<exporter> make(const exporter_options& options) {
  return std::make_unique<T>(options.*Member);
}

/// Every exporter, one line each.
constexpr std::array entries{
  entry{"console", make<console, &exporter_options::console>},
  entry{"json", make<json, &exporter_options::json>},
  entry{"otlp", make<otlp, &exporter_options::otlp>},
  entry{"zipkin", make<zipkin, &exporter_options::zipkin>},
  entry{"webhook", make<webhook, &exporter_options::webhook>},
};

} // namespace

std::vector<std::string_view> exporter_names() {
  std::vector<std::string_view> result;
  for (auto& x : entries)
    result.push_back(x.name);
  return result;
}

std::unique_ptr<exporter>
make_exporter(std::string_view name, const exporter_options& options) {
  const auto i = std::find_if(entries.begin(), entries.end(),
                              [&](auto& x) { return x.name == name; });
  return i == entries.end() ? nullptr : i->make(options);
}

} // namespace meshtrace
