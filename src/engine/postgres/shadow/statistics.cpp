// The target's planner statistics, put into the shadow's catalog.
#include <algorithm>
#include <span>
#include <unordered_map>

#include "base/fields_json.h"
#include "base/text.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/planner_facts.h"
#include "engine/postgres/shadow/session.h"
#include "sql/quote.h"

namespace whet::engine::postgres::shadow {

namespace {

using model::PlannerStatistic;

constexpr std::size_t statistics_at_once = 500;
constexpr std::size_t failures_told = 10;

/// SQL: the slots' columns in the catalog's order (all kinds, all operators, ...) from the JSON `j`
/// of a statistic. `own_type` is the element type where a slot names none.
std::string slot_columns(const std::string& own_type) {
  std::string kinds, operators, collations, numbers, values;
  for (int i = 0; i < 5; ++i) {
    const std::string slot = "(j->'slots'->" + std::to_string(i) + ")";
    kinds += ", coalesce((" + slot + "->>'kind')::int2, 0::int2)";
    operators += ", coalesce((" + slot + "->>'comparison')::regoperator::oid, 0::oid)";
    collations += ", coalesce((" + slot + "->>'collation')::regcollation::oid, 0::oid)";
    numbers += ", (" + slot + "->>'numbers')::float4[]";
    values += ", array_in((" + slot + "->>'values')::cstring, coalesce((" + slot +
              "->>'type')::regtype::oid, " + own_type + "), -1)";
  }
  return kinds + operators + collations + numbers + values;
}

constexpr const char* leading_columns =
    "coalesce((j->>'inherited')::bool, false), coalesce((j->>'null_fraction')::float4, 0), "
    "coalesce((j->>'width')::int4, 0), coalesce((j->>'distinct')::float4, 0)";

std::string insert_statement() {
  return std::string("INSERT INTO pg_statistic SELECT a.attrelid, a.attnum, ") + leading_columns +
         slot_columns("a.atttypid") +
         " FROM jsonb_array_elements($1::jsonb) j JOIN pg_attribute a "
         "ON a.attrelid = (j->>'relation')::int8::oid AND a.attnum = (j->>'position')::int2";
}

/// Inserts a part of the statistics; when the server refuses it, its halves, down to the one that
/// is at fault.
Status insert(Session& session, const std::string& sql, std::span<const PlannerStatistic> part,
              std::vector<std::pair<PlannerStatistic, std::string>>& refused) {
  if (part.empty()) return {};
  const std::vector<PlannerStatistic> copy(part.begin(), part.end());
  const auto rows = session.admin.query(sql, {fields_json::to_text(copy)});
  if (rows.ok()) return {};
  if (!session.admin.alive()) return rows.error();
  if (part.size() == 1) {
    refused.emplace_back(part.front(), said_by_server(rows.error()));
    return {};
  }
  WHET_TRY_VOID(insert(session, sql, part.first(part.size() / 2), refused));
  return insert(session, sql, part.subspan(part.size() / 2), refused);
}

/// The ids of user types in a list of common values (mcv.c: magic 4, kind 4, items 4, dimensions 2,
/// then a type id of 4 bytes for each dimension), replaced by the shadow's own. False when one is
/// not known here.
bool translate_types(std::string& hex,
                     const std::unordered_map<std::int64_t, std::int64_t>& types) {
  constexpr std::size_t head = 14;
  constexpr std::int64_t first_user_id = 16384;
  const auto byte = [&](std::size_t at) {
    return std::strtol(hex.substr(at * 2, 2).c_str(), nullptr, 16);
  };
  if (hex.size() < head * 2) return false;
  const std::size_t dimensions = static_cast<std::size_t>(byte(12) + 256 * byte(13));
  if (hex.size() < (head + 4 * dimensions) * 2) return false;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::size_t at = head + 4 * d;
    std::int64_t id = 0;
    for (std::size_t i = 4; i-- > 0;) id = id * 256 + byte(at + i);
    if (id < first_user_id) continue;
    const auto own = types.find(id);
    if (own == types.end()) return false;
    constexpr const char* digits = "0123456789abcdef";
    for (std::size_t i = 0; i < 4; ++i) {
      const auto value = static_cast<std::size_t>(own->second >> (8 * i)) & 0xFFU;
      hex[(at + i) * 2] = digits[value >> 4U];
      hex[(at + i) * 2 + 1] = digits[value & 0xFU];
    }
  }
  return true;
}

Result<std::unordered_map<std::int64_t, std::int64_t>> type_ids(Session& session,
                                                                const model::Snapshot& snapshot) {
  const auto rows =
      WHET_TRY(session.admin.query("SELECT n.nspname, t.typname, t.oid FROM pg_type t JOIN "
                                   "pg_namespace n ON n.oid = t.typnamespace "
                                   "WHERE t.oid >= 16384"));
  std::map<std::pair<std::string, std::string>, std::int64_t> by_name;
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    std::string schema = row.text(), name = row.text();
    by_name[{std::move(schema), std::move(name)}] = row.integer();
  }
  std::unordered_map<std::int64_t, std::int64_t> out;
  for (const auto& object : snapshot.planner->objects) {
    if (object.kind != model::PlannerObjectKind::type) continue;
    const auto at = by_name.find({object.schema, object.name});
    if (at != by_name.end()) out[object.id] = at->second;
  }
  return out;
}

/// SQL: an array of statistics for the expressions, each in its place; NULL where there is none.
std::string expressions_value() {
  // The type of every slot's values was collected with it.
  return std::string("(SELECT array_agg(CASE WHEN j IS NOT NULL THEN ROW(0::oid, 0::int2, ") +
         leading_columns + slot_columns("0::oid") +
         ")::pg_statistic END ORDER BY place) FROM generate_series(1, (SELECT "
         "max((m->>'position')::int) FROM jsonb_array_elements($6::jsonb) m)) place LEFT JOIN "
         "jsonb_array_elements($6::jsonb) j ON (j->>'position')::int = place)";
}

std::optional<std::string> bytes(const std::string& hex) {
  if (hex.empty()) return std::nullopt;
  return "\\x" + hex;
}

Status load_one(Session& session, const model::PlannerExtendedStatistic& statistic,
                const model::ExtendedStatisticData& data) {
  constexpr std::int64_t inherits_since = 150000, expressions_since = 140000;
  const bool inherits = session.version() >= inherits_since;
  const bool expressions = session.version() >= expressions_since;
  std::string columns = "stxoid, stxdndistinct, stxddependencies, stxdmcv";
  std::string values =
      "s.oid, $3::bytea::pg_ndistinct, $4::bytea::pg_dependencies, $5::bytea::pg_mcv_list";
  Parameters parameters{statistic.schema, statistic.name, bytes(data.ndistinct),
                        bytes(data.dependencies), bytes(data.common_values)};
  if (expressions) {
    columns += ", stxdexpr";
    values += ", CASE WHEN $6::jsonb IS NULL THEN NULL ELSE " + expressions_value() + " END";
    parameters.push_back(data.expressions.empty()
                             ? std::nullopt
                             : std::optional(fields_json::to_text(data.expressions)));
  }
  if (inherits) {
    columns += ", stxdinherit";
    values += data.inherited ? ", true" : ", false";
  }
  const std::string which =
      " pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace "
      "WHERE n.nspname = $1 AND s.stxname = $2";
  if (!inherits) {
    WHET_TRY(session.admin.query(
        "DELETE FROM pg_statistic_ext_data WHERE stxoid IN (SELECT s.oid FROM" + which + ")",
        {statistic.schema, statistic.name}));
  }
  WHET_TRY(session.admin.query(
      "INSERT INTO pg_statistic_ext_data (" + columns + ") SELECT " + values + " FROM" + which,
      parameters));
  return {};
}

}  // namespace

Status load_statistics(Session& session, const model::Snapshot& snapshot, const Ids& ids) {
  WHET_TRY_VOID(session.admin.execute(std::string("SELECT 1 FROM (") +
                                      text::replace_all(canonical_text, ", true)", ", false)") +
                                      ") s"));
  std::vector<PlannerStatistic> known;
  known.reserve(snapshot.planner->statistics.size());
  for (const auto& one : snapshot.planner->statistics) {
    const auto own = ids.find(one.relation);
    if (own == ids.end()) continue;
    known.push_back(one);
    known.back().relation = own->second;
  }
  std::vector<std::pair<PlannerStatistic, std::string>> refused;
  const std::string sql = insert_statement();
  for (std::size_t start = 0; start < known.size(); start += statistics_at_once) {
    const auto count = std::min(statistics_at_once, known.size() - start);
    WHET_TRY_VOID(insert(session, sql, std::span(known).subspan(start, count), refused));
  }
  for (std::size_t i = 0; i < refused.size() && i < failures_told; ++i) {
    const auto rows = WHET_TRY(session.admin.query(
        "SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute WHERE attrelid = "
        "$1::oid AND attnum = $2::int2",
        {std::to_string(refused[i].first.relation), std::to_string(refused[i].first.position)}));
    session.note("The statistics of " + std::string(rows.text(0, 0)) +
                 " could not be loaded: " + refused[i].second);
  }
  if (refused.size() > failures_told)
    session.note("The statistics of " + std::to_string(refused.size() - failures_told) +
                 " more columns could not be loaded.");
  return {};
}

Status load_extended_statistics(Session& session, const model::Snapshot& snapshot) {
  if (snapshot.planner->extended.empty()) return {};
  for (const char* type : {"pg_ndistinct", "pg_dependencies", "pg_mcv_list"})
    WHET_TRY_VOID(
        session.admin.execute(std::string("CREATE CAST (bytea AS ") + type + ") WITHOUT FUNCTION"));
  const auto types = WHET_TRY(type_ids(session, snapshot));
  for (const auto& statistic : snapshot.planner->extended) {
    for (model::ExtendedStatisticData data : statistic.data) {
      const std::string name = statistic.schema + "." + statistic.name;
      if (!data.common_values.empty() && !translate_types(data.common_values, types)) {
        data.common_values.clear();
        session.note("The common values of the statistics " + name +
                     " hold a type that is not known here: left out.");
      }
      if (data.ndistinct.empty() && data.dependencies.empty() && data.common_values.empty() &&
          data.expressions.empty())
        continue;
      const Status loaded = load_one(session, statistic, data);
      if (!loaded.ok() && !session.admin.alive()) return loaded;
      if (!loaded.ok())
        session.note("The extended statistics " + name +
                     " could not be loaded: " + said_by_server(loaded.error()));
    }
  }
  return {};
}

}  // namespace whet::engine::postgres::shadow
