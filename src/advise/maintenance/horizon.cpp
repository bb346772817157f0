// What keeps VACUUM from removing dead rows: old transactions, slots, prepared transactions.
#include "advise/check.h"
#include "advise/maintenance/upkeep.h"
#include "advise/naming.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;

constexpr double hour = 3600;

bool too_old(const Holder& holder) {
  return holder.xids >= 1000000 || (holder.seconds.value_or(0) >= hour && holder.xids >= 10000);
}

Severity severity_of(const Holder& holder) {
  if (holder.xids >= 100000000) return Severity::high;
  return holder.xids >= 1000000 ? Severity::medium : Severity::low;
}

void xmin_horizon(const Facts& facts, std::vector<Finding>& out) {
  const std::vector<Holder> holders = horizon_holders(facts);
  if (holders.empty() || !too_old(holders.front())) return;
  const Holder& oldest = holders.front();
  std::int64_t dead = 0;
  for (const model::Table* table : facts.user_tables()) dead += table->dead_rows;
  Finding finding;
  finding.severity = severity_of(oldest);
  finding.subject = oldest.subject;
  finding.title = "The " + oldest.kind + " " + oldest.name +
                  " keeps VACUUM from removing anything newer than " + text::count(oldest.xids) +
                  " transactions ago";
  finding.detail =
      "Rows that died since then stay in all tables and indexes, however often they are vacuumed, "
      "and queries step over them. End it, and see why it was left open.";
  for (const Holder& holder : holders) {
    if (!too_old(holder)) break;
    finding.evidence.push_back(count("transactions held back by " + holder.kind + " " + holder.name,
                                     holder.xids, holder.source));
    if (holder.seconds) finding.evidence.push_back(time("its age", *holder.seconds, holder.source));
  }
  finding.evidence.push_back(
      count("dead rows in this database", dead, "pg_stat_user_tables.n_dead_tup"));
  finding.impact.outage_risk = static_cast<double>(oldest.xids) / 2147483648.0;
  finding.impact.arithmetic = "share of the transaction IDs that can be used without freezing";
  finding.changes = {manual("end/" + oldest.kind + " " + oldest.name,
                            "End the " + oldest.kind + " " + oldest.name, oldest.remedy)};
  out.push_back(std::move(finding));
}

void prepared_transactions(const Facts& facts, std::vector<Finding>& out) {
  for (const auto& prepared : facts.snapshot().activity.prepared_transactions) {
    if (prepared.age_seconds < hour) continue;
    Finding finding;
    finding.severity = prepared.age_seconds >= 24 * hour ? Severity::high : Severity::medium;
    finding.subject = named(model::SubjectKind::session, prepared.name);
    finding.title = "The prepared transaction " + prepared.name + " of " + prepared.database +
                    " has waited for its end for " + text::duration(prepared.age_seconds);
    finding.detail =
        "It keeps its locks through restarts and holds back VACUUM until its transaction manager "
        "commits it or rolls it back. Ask the manager what became of it first.";
    finding.evidence = {
        time("age", prepared.age_seconds, "pg_prepared_xacts.prepared"),
        count("transactions held back", prepared.xid_age, "age(pg_prepared_xacts.transaction)"),
        fact("owner", prepared.owner.empty() ? "unknown" : prepared.owner,
             "pg_prepared_xacts.owner")};
    finding.impact.outage_risk = static_cast<double>(prepared.xid_age) / 2147483648.0;
    finding.impact.arithmetic = "share of the transaction IDs that can be used without freezing";
    finding.changes = {manual("end/prepared transaction " + prepared.name,
                              "Roll back " + prepared.name + ", once its manager has no use for it",
                              "ROLLBACK PREPARED " + sql::quote_literal(prepared.name) + ";")};
    out.push_back(std::move(finding));
  }
}

const Register horizon_check{
    {.id = "maintenance.xmin_horizon",
     .area = Area::maintenance,
     .severity = Severity::high,
     .summary = "Something old keeps VACUUM from removing dead rows",
     .why = "All tables and indexes bloat, and freezing stops, until it ends.",
     .privileges = "pg_read_all_stats, for the sessions of other roles",
     .guards = "a million transactions, or an hour and 10,000 transactions",
     .source = "check_pgactivity (oldest_xmin)"},
    xmin_horizon};
const Register prepared_check{
    {.id = "maintenance.prepared_transactions",
     .area = Area::maintenance,
     .severity = Severity::high,
     .summary = "A prepared transaction was left without commit or rollback",
     .why = "It holds locks and old rows for ever, through restarts.",
     .guards = "an hour and more",
     .source = "postgresqltuner; PostgreSQL manual, 'PREPARE TRANSACTION'"},
    prepared_transactions};

}  // namespace
}  // namespace whet::advise
