#pragma once

#include "http/front_desk.hpp"

#include <string>

/// What the front desk remembers of a request while others are asked.
namespace meshtrace {

/// One trace on its way from correlator or store to client.
struct front_desk::trace_work {
  ticket number = 0;
  endpoint target = endpoint::trace;
  /// Canonical.
  std::string trace_id;
  std::uint32_t partition = 0;
  bool adjust = false;

  /// The dashboard shows a trace from its first revision. The store may have
  /// that before the correlator has heard of it.
  bool may_show(const envelope& head) const {
    return target != endpoint::dashboard_trace || head.revision > 0;
  }
};

/// A list or search on its way from correlators to store to client.
struct front_desk::page_work {
  ticket number = 0;
  endpoint target = endpoint::list;
  page_query query;
  std::string criteria;
  active_part active;
  store_page stored;
  store_totals totals;
};

} // namespace meshtrace
