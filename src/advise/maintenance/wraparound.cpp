// Transaction IDs and multixacts that run out: the one maintenance fault that stops a server.
#include <algorithm>

#include "advise/check.h"
#include "advise/maintenance/upkeep.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;

// PostgreSQL refuses new transactions 3 million before 2^31 (access/transam/varsup.c).
constexpr double last_usable = 2147483648.0 - 3e6;
constexpr double critical_age = 1.5e9;  // PgHero
constexpr double high_age = 1e9;
constexpr double medium_age = 5e8;
constexpr std::size_t most_tables = 20;

struct Counter {
  const char* what;      ///< "transaction IDs"
  const char* setting;   ///< when autovacuum must act
  double default_limit;  ///< that setting's default
  const char* database_source;
  const char* table_source;
};
constexpr Counter xid{"transaction IDs", "autovacuum_freeze_max_age", 200e6,
                      "age(pg_database.datfrozenxid)", "age(pg_class.relfrozenxid)"};
constexpr Counter mxid{"multixacts", "autovacuum_multixact_freeze_max_age", 400e6,
                       "mxid_age(pg_database.datminmxid)", "mxid_age(pg_class.relminmxid)"};

Severity severity_at(double age) {
  if (age >= critical_age) return Severity::critical;
  if (age >= high_age) return Severity::high;
  return age >= medium_age ? Severity::medium : Severity::low;
}

// A table's own parameter can only lower the server's limit; PostgreSQL ignores a higher one.
double table_limit(const Facts& facts, const model::Table& table, const Counter& counter) {
  const double server = facts.server().number(counter.setting).value_or(counter.default_limit);
  return std::min(server, effective(facts, table, counter.setting, server));
}

void describe(double age, double limit, Finding& finding) {
  finding.severity = severity_at(age);
  finding.impact.outage_risk = std::min(1.0, age / last_usable);
  finding.impact.arithmetic = text::count(to_whole(age)) + " of " +
                              text::count(to_whole(last_usable)) +
                              " after which the server accepts no more writes";
  finding.detail =
      std::string("Autovacuum should have frozen old rows at ") + text::count(to_whole(limit)) +
      ". It did not get through: too slow, cancelled again and again, or held back by an old "
      "transaction, slot or prepared transaction (see maintenance.xmin_horizon). At 2.1 billion "
      "the "
      "server stops accepting writes.";
}

void of_databases(const Facts& facts, const Counter& counter, bool multi,
                  std::vector<Finding>& out) {
  const double limit = facts.server().number(counter.setting).value_or(counter.default_limit);
  for (const model::Database& database : facts.server().databases) {
    const auto age =
        static_cast<double>(multi ? database.frozen_mxid_age : database.frozen_xid_age);
    if (age <= limit * 1.1) continue;
    Finding finding;
    finding.subject = named(model::SubjectKind::database, database.name);
    finding.title = "Database " + database.name + " has used " + text::percent(age / last_usable) +
                    " of its " + counter.what + " (" + text::count(to_whole(age)) +
                    ") without freezing";
    describe(age, limit, finding);
    if (!database.allows_connections && database.is_template)
      finding.detail += " Nobody can connect to this template: only autovacuum can freeze it.";
    finding.evidence = {count("age", to_whole(age), counter.database_source),
                        count(counter.setting, to_whole(limit), "pg_settings")};
    out.push_back(std::move(finding));
  }
}

void of_tables(const Facts& facts, const Counter& counter, bool multi, std::vector<Finding>& out) {
  std::vector<std::pair<double, const model::Table*>> old;
  for (const model::Table* table : facts.user_tables()) {
    const auto age = static_cast<double>(multi ? table->frozen_mxid_age : table->frozen_xid_age);
    const double limit = table_limit(facts, *table, counter);
    if (age > limit * 1.1) old.emplace_back(age, table);
  }
  std::stable_sort(old.begin(), old.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  old.resize(std::min(old.size(), most_tables));
  for (const auto& [age, table] : old) {
    const double limit = table_limit(facts, *table, counter);
    Finding finding;
    finding.subject = table_subject(*table);
    finding.title = "Rows of " + table->name + " have not been frozen for " +
                    text::count(to_whole(age)) + " " + counter.what;
    describe(age, limit, finding);
    finding.evidence = {
        count("age", to_whole(age), counter.table_source),
        count(counter.setting, to_whole(limit), "pg_settings, pg_class.reloptions"),
        size("size to read", static_cast<double>(table->heap_bytes), "pg_relation_size")};
    if (!being_vacuumed(facts, *table))
      finding.changes = {vacuum_table(*table, "a vacuum of a table this old freezes its rows")};
    out.push_back(std::move(finding));
  }
}

void wraparound(const Facts& facts, std::vector<Finding>& out) {
  of_databases(facts, xid, false, out);
  of_databases(facts, mxid, true, out);
  of_tables(facts, xid, false, out);
  of_tables(facts, mxid, true, out);
}

const Register registered{
    {.id = "maintenance.wraparound",
     .area = Area::maintenance,
     .severity = Severity::critical,
     .summary = "Transaction IDs or multixacts approach wraparound",
     .why = "When they run out, the server refuses all writes until it has been vacuumed.",
     .guards = "from 1.1 times the age at which autovacuum must act (10 % for its work); the 20 "
               "oldest tables",
     .source = "PgHero (1.5 billion); PostgreSQL manual, 'Preventing Transaction ID Wraparound'"},
    wraparound};

}  // namespace
}  // namespace whet::advise
