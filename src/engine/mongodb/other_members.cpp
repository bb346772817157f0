#include "engine/mongodb/other_members.h"

#include <utility>

#include "engine/mongodb/replay.h"

namespace whet::engine::mongodb {
namespace {

void add(model::CollectionCost& sum, const model::CollectionCost& one) {
  sum.statements += one.statements;
  sum.server_seconds += one.server_seconds;
  sum.rows += one.rows;
  sum.received_bytes += one.received_bytes;
}

Error not_there(const std::string& address) {
  return {ErrorKind::refused, "The member " + address + " cannot be reached.",
          "Run whet where it can reach " + address + ".", ""};
}

}  // namespace

Result<Measurement> OtherMembers::measure(const Connection& target, const Replayable& read,
                                          double timeout_seconds, Progress& progress) {
  const auto [found, is_new] = connections_.try_emplace(read.on_member);
  std::optional<Connection>& connection = found->second;
  if (is_new) {
    auto opened = target.to_member(read.on_member, Access::read);
    if (opened) {
      connection.emplace(std::move(opened).value());
    } else if (opened.error().kind == ErrorKind::interrupted) {
      connections_.erase(found);
      return opened.error();
    }
  }
  if (!connection) return not_there(read.on_member);
  auto measured = measure_read(*connection, read, timeout_seconds, progress);
  if (measured || measured.error().kind != ErrorKind::unreachable) return measured;
  add(lost_, connection->cost());
  connection.reset();
  return not_there(read.on_member);
}

model::CollectionCost OtherMembers::cost_with(model::CollectionCost target) const {
  add(target, lost_);
  for (const auto& [address, connection] : connections_) {
    if (connection) add(target, connection->cost());
  }
  return target;
}

}  // namespace whet::engine::mongodb
