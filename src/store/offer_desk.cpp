#include "store/offer_desk.hpp"

#include <algorithm>

namespace footfall::store {

std::vector<UserRange> expiry_ranges(const std::vector<Agent>& agents) {
  std::vector<UserId> users;
  users.reserve(agents.size());
  for (const Agent& agent : agents) users.push_back(agent.user);
  std::sort(users.begin(), users.end());
  std::vector<UserRange> ranges;
  for (std::size_t i = 0; i < users.size(); i += OfferDesk::kExpireAtOnce) {
    ranges.push_back({users[i], users[std::min(i + OfferDesk::kExpireAtOnce, users.size()) - 1]});
  }
  return ranges;
}

}  // namespace footfall::store
