// The other data-bearing members: each has counters of its own, so each is asked by itself. One
// that does not answer is named, and the rest goes on.
#include <algorithm>
#include <set>

#include "engine/mongodb/collector.h"
#include "engine/mongodb/replication_parts.h"
#include "engine/mongodb/sharding_parts.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

void reach(Collector& c, const std::string& address, const std::string& shard) {
  Member member;
  member.address = address;
  member.shard = shard;
  auto connection = c.connection.to_member(address, Access::read);
  if (connection) {
    member.version = connection->identity().version_text;
    member.connection.emplace(std::move(connection).value());
    member.connection->set_statement_timeout(c.connection.statement_timeout());
  } else if (connection.error().kind == ErrorKind::interrupted) {
    c.failure = connection.error();
  } else {
    c.note("what " + address + " itself knows (its use of indexes, its load)",
           connection.error().message,
           connection.error().hint.empty() ? "Run whet where it can reach " + address + "."
                                           : connection.error().hint);
  }
  c.members.push_back(std::move(member));
}

std::set<std::string> data_bearing(const Collector& c) {
  const auto& listed = c.connection.identity().members;
  std::set<std::string> addresses(listed.begin(), listed.end());
  // Hidden members are in the configuration only.
  for (const auto& member : c.snapshot.replication.members) {
    if (!member.arbiter) addresses.insert(member.name);
  }
  addresses.erase(c.connection.identity().self);
  return addresses;
}

void tell_of(Collector& c, const Member& member, std::int64_t reads, std::int64_t writes,
             std::int64_t cache) {
  for (auto& known : c.snapshot.replication.members) {
    if (known.name != member.address) continue;
    known.reached = true;
    known.version = member.version;
    known.cache_bytes = cache;
    known.reads = reads;
    known.writes = writes;
  }
  if (!c.snapshot.replication.sharding) return;
  for (auto& shard : c.snapshot.replication.sharding->shards) {
    if (shard.name != member.shard) continue;
    shard.reached = true;
    shard.version = member.version;
    shard.operations += reads + writes;
  }
}

/// It went away in the middle: what it said before that stays.
void lose(Collector& c, Member& member) {
  member.connection.reset();
  for (auto& known : c.snapshot.replication.members) {
    if (known.name == member.address) known.reached = false;
  }
}

struct Load {
  std::int64_t reads = 0, writes = 0, cache_bytes = 0;
  double written = 0;  ///< time of the last operation that it applied
};

/// A member's own word on how far it is. That of the target (replSetGetStatus) is as old as its
/// last heartbeat, and then a quiet set looks as if it lagged when the next write comes. The
/// front was asked for first: what a member is behind of it, it is really behind.
void tell_lag(Collector& c, const std::string& address, double written) {
  if (written <= 0 || c.front <= 0) return;
  for (auto& known : c.snapshot.replication.members) {
    if (known.name == address && !known.arbiter)
      known.lag_seconds = std::max(0.0, c.front - written);
  }
}

Load load_of(const Value& status) {
  Load load;
  load.reads = status.integer_at("opcounters.query") + status.integer_at("opcounters.getmore");
  load.writes = status.integer_at("opcounters.insert") + status.integer_at("opcounters.update") +
                status.integer_at("opcounters.delete");
  load.written = time_of(status.at("repl.lastWrite.lastWriteDate"));
  load.cache_bytes = status.integer_at("wiredTiger.cache.maximum bytes configured");
  return load;
}

void tell_of_target(Collector& c) {
  const auto& server = c.snapshot.server;
  for (auto& known : c.snapshot.replication.members) {
    if (!known.self) continue;
    const auto in_window = [&](const char* name) {
      return static_cast<std::int64_t>(server.status_window(name).value_or(0));
    };
    known.reached = true;
    known.version = server.version;
    known.cache_bytes = static_cast<std::int64_t>(
        server.status_total("wiredTiger.cache.maximum bytes configured").value_or(0));
    known.reads = in_window("opcounters.query") + in_window("opcounters.getmore");
    known.writes = in_window("opcounters.insert") + in_window("opcounters.update") +
                   in_window("opcounters.delete");
  }
}

}  // namespace

void collect_members(Collector& c) {
  if (c.stopped()) return;
  c.progress.report("connecting to the other members", -1);
  if (c.connection.mongos() && c.snapshot.replication.sharding) {
    for (const auto& shard : c.snapshot.replication.sharding->shards) {
      for (const auto& host : hosts_of_shard(shard.host)) {
        if (!c.stopped()) reach(c, host, shard.name);
      }
    }
    return;
  }
  // The primary first: the others are compared with what it has.
  const std::string& primary = c.connection.identity().primary;
  const auto addresses = data_bearing(c);
  if (addresses.contains(primary)) reach(c, primary, "");
  for (const auto& address : addresses) {
    if (!c.stopped() && address != primary) reach(c, address, "");
  }
}

void sample_members(Collector& c, Sample sample) {
  const Value command = Value::object({{"serverStatus", Value::of(1)}});
  const double own_write = c.front;
  for (auto& member : c.members) {
    if (c.stopped()) return;
    if (!member.connection) continue;
    const auto reply = member.connection->command("admin", command, &c.progress);
    if (!reply) {
      if (reply.error().kind == ErrorKind::interrupted) c.failure = reply.error();
      c.note("the load of " + member.address, reply.error().message,
             reply.error().hint.empty() ? c.grant("clusterMonitor") : reply.error().hint);
      if (!member.connection->alive()) lose(c, member);
      continue;
    }
    const Load load = load_of(*reply);
    if (member.address == c.connection.identity().primary && load.written > 0) {
      c.front = load.written;
      tell_lag(c, c.connection.identity().self, own_write);
    }
    tell_lag(c, member.address, load.written);
    if (sample == Sample::first) {
      member.reads = load.reads, member.writes = load.writes;
      tell_of(c, member, 0, 0, load.cache_bytes);
    } else {
      tell_of(c, member, std::max<std::int64_t>(0, load.reads - member.reads),
              std::max<std::int64_t>(0, load.writes - member.writes), load.cache_bytes);
    }
  }
  tell_of_target(c);
}

}  // namespace whet::engine::mongodb
