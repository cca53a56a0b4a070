#pragma once

#include "redis/command.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::redis {

/// How a lease stands. A lease is a key that holds its holder's token and
/// expires; whoever asks gives the token that makes him the holder.
struct lease_standing {
  bool ours = false;
  std::string holder; ///< The holder's token, empty when nobody holds it.
};

/// Takes the lease for `life` if nobody holds it. Holding it already is as
/// good, and renews it: the answer to an earlier try may have been lost.
answer<lease_standing>
acquire_lease(connection& of, std::string_view key, std::string_view token,
              std::chrono::milliseconds life,
              std::chrono::milliseconds timeout);

/// Lets the lease live for another `life` if it is ours.
answer<lease_standing>
renew_lease(connection& of, std::string_view key, std::string_view token,
            std::chrono::milliseconds life, std::chrono::milliseconds timeout);

/// Takes the lease from the holder `from`, and from nobody else.
answer<lease_standing>
take_over_lease(connection& of, std::string_view key, std::string_view from,
                std::string_view token, std::chrono::milliseconds life,
                std::chrono::milliseconds timeout);

/// Gives the lease back. Returns whether it was ours; a foreign one stays.
answer<bool>
release_lease(connection& of, std::string_view key, std::string_view token,
              std::chrono::milliseconds timeout);

/// The holder's token, empty when nobody holds the lease.
answer<std::string> lease_holder(connection& of, std::string_view key,
                                 std::chrono::milliseconds timeout);

/// Sets the key that says that its owner is alive, for `life`.
answer<void>
mark_alive(connection& of, std::string_view key, std::chrono::milliseconds life,
           std::chrono::milliseconds timeout);

/// For each of the keys whether it is there, in one round trip.
answer<std::vector<bool>>
keys_exist(connection& of, std::span<const std::string> keys,
           std::chrono::milliseconds timeout);

} // namespace meshtrace::redis
