// Who waits for whom: InnoDB's row locks and metadata locks, as blocking trees.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/sessions.h"

namespace whet::engine::mysql {

namespace {

/// Looking at locks takes InnoDB's lock latches.
constexpr std::string_view row_waits_at_most = "500";
constexpr std::string_view metadata_locks_at_most = "20000";

std::string wait_age(const std::string& column) {
  return "TIMESTAMPDIFF(MICROSECOND, " + column +
         ", CONVERT_TZ(NOW(6), '+00:00', 'SYSTEM')) / 1000000";
}

/// "`shop`.`orders`", also with "/* Partition `p1` */" behind, as MariaDB and 5.7 print it.
std::string plain_name(std::string_view quoted) {
  const std::string_view name = quoted.substr(0, quoted.find(" /*"));
  return text::replace_all(std::string(name), "`", "");
}

// Rows of: waiting session, blocking session, mode, index, schema, table (or quoted name), age.
// What is locked, LOCK_DATA, is a row's value: it is not read.
std::string row_waits_sql(const Collector& c) {
  if (c.has(Feature::data_locks)) {
    return R"(
    SELECT rt.PROCESSLIST_ID, bt.PROCESSLIST_ID, r.LOCK_MODE, r.INDEX_NAME,
           CONCAT(r.OBJECT_SCHEMA, '.', r.OBJECT_NAME), r.LOCK_TYPE, )" +
           wait_age("x.trx_wait_started") + R"(
    FROM (SELECT * FROM performance_schema.data_lock_waits LIMIT )" +
           std::string(row_waits_at_most) + R"() w
    JOIN performance_schema.data_locks r ON r.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
     AND r.ENGINE = w.ENGINE
    LEFT JOIN performance_schema.threads rt ON rt.THREAD_ID = w.REQUESTING_THREAD_ID
    LEFT JOIN performance_schema.threads bt ON bt.THREAD_ID = w.BLOCKING_THREAD_ID
    LEFT JOIN information_schema.INNODB_TRX x ON x.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
    ORDER BY 1, 2)";
  }
  return R"(
    SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_mode, l.lock_index, l.lock_table,
           l.lock_type, )" +
         wait_age("r.trx_wait_started") + R"(
    FROM information_schema.INNODB_LOCK_WAITS w
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
    LEFT JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
    ORDER BY 1, 2 LIMIT )" +
         std::string(row_waits_at_most);
}

void add(Collector& c, model::LockWait wait) {
  const std::size_t dot = wait.relation.find('.');
  if (dot != std::string::npos)
    wait.table = id_of(wait.relation.substr(0, dot), wait.relation.substr(dot + 1));
  c.snapshot.activity.lock_waits.push_back(std::move(wait));
}

void collect_row_waits(Collector& c) {
  // Where nobody waits, nothing needs to be looked at.
  const auto waiting = c.snapshot.server.status_total("Innodb_row_lock_current_waits");
  if (waiting && *waiting == 0) return;
  if (c.has(Feature::data_locks) && !c.performance_schema) return;
  const auto rows =
      c.read("waits for row locks", row_waits_sql(c),
             c.grant("PROCESS ON *.*") + " " + c.grant("SELECT ON performance_schema.*"));
  if (!rows) return;
  std::vector<model::LockWait> waits;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::int64_t pid = row.integer(), blocker = row.integer();
    if (waits.empty() || waits.back().pid != pid) {
      model::LockWait wait;
      wait.pid = pid;
      wait.mode = row.text();
      wait.index = row.text();
      wait.relation = plain_name(row.view());
      wait.kind = row.view() == "TABLE" ? "table" : "record";
      wait.wait_seconds = row.maybe_number();
      waits.push_back(std::move(wait));
    }
    auto& blockers = waits.back().blockers;
    if (blocker != 0 && std::find(blockers.begin(), blockers.end(), blocker) == blockers.end())
      blockers.push_back(blocker);
  }
  for (auto& wait : waits) add(c, std::move(wait));
}

bool waits_for_metadata(const model::Session& session) {
  return text::contains(session.wait_event, "metadata lock") ||
         text::contains(session.wait_event, "lock/metadata");
}

void collect_metadata_waits(Collector& c) {
  auto& sessions = c.snapshot.activity.sessions;
  if (std::none_of(sessions.begin(), sessions.end(), waits_for_metadata)) return;
  std::vector<MetadataLock> locks;
  if (c.performance_schema && c.has(Feature::metadata_locks)) {
    // Only objects for which somebody waits.
    if (const auto rows = c.read("metadata locks", R"(
    SELECT l.OBJECT_TYPE, l.OBJECT_SCHEMA, l.OBJECT_NAME, l.LOCK_TYPE, l.LOCK_STATUS = 'PENDING',
           t.PROCESSLIST_ID
    FROM performance_schema.metadata_locks l
    JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
    JOIN (SELECT DISTINCT OBJECT_TYPE, OBJECT_SCHEMA, OBJECT_NAME
          FROM performance_schema.metadata_locks WHERE LOCK_STATUS = 'PENDING') p
      ON p.OBJECT_TYPE = l.OBJECT_TYPE AND p.OBJECT_SCHEMA <=> l.OBJECT_SCHEMA
     AND p.OBJECT_NAME <=> l.OBJECT_NAME
    WHERE l.LOCK_STATUS IN ('GRANTED', 'PENDING') LIMIT )" +
                                                       std::string(metadata_locks_at_most))) {
      for (int i = 0; i < rows->size(); ++i) {
        Row row(*rows, i);
        MetadataLock lock;
        lock.object_type = row.text();
        lock.schema = row.text();
        lock.name = row.text();
        lock.mode = row.text();
        lock.pending = row.flag();
        lock.session = row.integer();
        locks.push_back(std::move(lock));
      }
    }
  }
  bool unknown = false;
  for (const auto& session : sessions) {
    if (!waits_for_metadata(session)) continue;
    model::LockWait wait;
    wait.pid = session.pid;
    wait.kind = "metadata";
    wait.wait_seconds = session.state_age_seconds;
    for (std::size_t i = 0; i < locks.size(); ++i) {
      if (!locks[i].pending || locks[i].session != session.pid) continue;
      wait.mode = locks[i].mode;
      wait.relation = locks[i].schema.empty() ? "" : locks[i].schema + "." + locks[i].name;
      for (const auto blocker : metadata_blockers(locks, i)) wait.blockers.push_back(blocker);
    }
    unknown = unknown || wait.blockers.empty();
    add(c, std::move(wait));
  }
  if (!unknown) return;
  c.note("who holds the metadata locks that sessions wait for",
         "The server does not watch metadata locks.",
         "UPDATE performance_schema.setup_instruments SET ENABLED = 'YES' WHERE NAME = "
         "'wait/lock/metadata/sql/mdl';");
}

}  // namespace

void collect_locks(Collector& c) {
  collect_row_waits(c);
  collect_metadata_waits(c);
  for (const auto& wait : c.snapshot.activity.lock_waits) {
    for (auto& session : c.snapshot.activity.sessions) {
      if (session.pid == wait.pid) session.blocked_by = wait.blockers;
    }
  }
}

}  // namespace whet::engine::mysql
