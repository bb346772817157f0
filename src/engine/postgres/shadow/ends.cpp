// Rows that hold the smallest and largest values of indexes: the planner looks those up in the
// index when a constant lies near the end of a histogram.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/postgres/shadow/session.h"
#include "sql/quote.h"

namespace whet::engine::postgres::shadow {

namespace {

using Values = std::map<std::string, std::string>;

/// The rows of a table. Ends of single columns share rows, unless an expression over several
/// columns is indexed: its value in a shared row could lie beyond its ends.
std::vector<Values> rows_of(const std::vector<Values>& ends) {
  const bool apart =
      std::any_of(ends.begin(), ends.end(), [](const Values& end) { return end.size() > 1; });
  std::vector<Values> rows;
  for (const Values& end : ends) {
    const auto fits = [&](const Values& row) {
      return std::all_of(end.begin(), end.end(), [&](const auto& one) {
        const auto at = row.find(one.first);
        return at == row.end() ? !apart : at->second == one.second;
      });
    };
    const auto row = std::find_if(rows.begin(), rows.end(), fits);
    if (row == rows.end()) {
      rows.push_back(end);
    } else {
      row->insert(end.begin(), end.end());
    }
  }
  return rows;
}

Statement insert(const model::Table& table, const Values& row) {
  std::vector<std::string> names, values;
  for (const auto& [name, value] : row) {
    names.push_back(sql::quote_identifier(name));
    values.push_back(sql::quote_literal(value));
  }
  return {"the ends of indexes of " + table.qualified(),
          "INSERT INTO " + sql::quote_qualified(table.schema, table.name) + " (" +
              text::join(names, ", ") + ") VALUES (" + text::join(values, ", ") + ")"};
}

std::vector<Values> ends_of(const model::Table& table,
                            const std::map<std::int64_t, const model::PlannerRelation*>& facts) {
  std::vector<Values> ends;
  for (const auto& index : table.indexes) {
    const auto at = facts.find(index.id);
    if (at == facts.end()) continue;
    for (const Values* end : {&at->second->smallest, &at->second->largest}) {
      if (!end->empty()) ends.push_back(*end);
    }
  }
  return ends;
}

/// What forbids rows that are mostly NULL, taken off and put back. All of it is in the catalog's
/// columns; nothing looks at rows again.
Status lift_constraints(Session& session, const std::string& tables) {
  const std::string of = " = ANY('" + tables + "'::oid[])";
  const std::string remember[] = {
      R"(CREATE TEMP TABLE lifted_attributes AS
           SELECT attrelid, attnum, attnotnull, attgenerated, atthasdef FROM pg_attribute
           WHERE attnum > 0 AND (attnotnull OR attgenerated <> '') AND attrelid)" +
          of,
      R"(CREATE TEMP TABLE lifted_classes AS
           SELECT oid AS id, relispartition, relchecks, relhastriggers FROM pg_class WHERE oid)" +
          of,
      R"(CREATE TEMP TABLE lifted_indexes AS
           SELECT indexrelid, indisunique, indisexclusion FROM pg_index
           WHERE (indisunique OR indisexclusion) AND indrelid)" +
          of};
  for (const std::string& sql : remember) WHET_TRY_VOID(session.admin.execute(sql));
  for (const char* sql :
       {R"(UPDATE pg_attribute a SET attnotnull = false, attgenerated = '', atthasdef = false
           FROM pg_temp.lifted_attributes l WHERE a.attrelid = l.attrelid AND a.attnum = l.attnum)",
        R"(UPDATE pg_class c SET relispartition = false, relchecks = 0, relhastriggers = false
           FROM pg_temp.lifted_classes l WHERE c.oid = l.id)",
        R"(UPDATE pg_index i SET indisunique = false, indisexclusion = false
           FROM pg_temp.lifted_indexes l WHERE i.indexrelid = l.indexrelid)"})
    WHET_TRY_VOID(session.admin.execute(sql));
  return {};
}

Status restore_constraints(Session& session) {
  for (const char* sql :
       {"UPDATE pg_attribute a SET attnotnull = l.attnotnull, attgenerated = l.attgenerated, "
        "atthasdef = l.atthasdef FROM "
        "pg_temp.lifted_attributes l WHERE a.attrelid = l.attrelid AND a.attnum = l.attnum",
        "UPDATE pg_class c SET relispartition = l.relispartition, relchecks = l.relchecks, "
        "relhastriggers = l.relhastriggers FROM "
        "pg_temp.lifted_classes l WHERE c.oid = l.id",
        "UPDATE pg_index i SET indisunique = l.indisunique, indisexclusion = l.indisexclusion FROM "
        "pg_temp.lifted_indexes l WHERE i.indexrelid = l.indexrelid"})
    WHET_TRY_VOID(session.admin.execute(sql));
  return {};
}

}  // namespace

Status insert_ends(Session& session, const model::Snapshot& snapshot, const Ids& ids) {
  std::map<std::int64_t, const model::PlannerRelation*> facts;
  for (const auto& one : snapshot.planner->relations) facts[one.id] = &one;
  Statements inserts;
  std::vector<std::int64_t> tables;
  for (const auto& table : snapshot.schema.tables) {
    const auto own = ids.find(table.id);
    if (own == ids.end() || !is_made(table)) continue;
    const auto rows = rows_of(ends_of(table, facts));
    if (rows.empty()) continue;
    tables.push_back(own->second);
    for (const Values& row : rows) inserts.push_back(insert(table, row));
  }
  if (inserts.empty()) return {};
  WHET_TRY_VOID(lift_constraints(session, id_array(tables)));
  const auto failures = WHET_TRY(run_each(session, inserts));
  WHET_TRY_VOID(restore_constraints(session));
  for (const Failure& one : failures) {
    session.note("An end of " + one.statement.what.substr(sizeof("the ends of")) +
                 " could not be placed, so conditions near it may be estimated otherwise: " +
                 one.said + ".");
  }
  return {};
}

}  // namespace whet::engine::postgres::shadow
