// Columns.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

bool is_text_type(std::string_view base_type) {
  return base_type == "char" || base_type == "varchar" || text::contains(base_type, "text") ||
         base_type == "enum" || base_type == "set";
}

bool is_time_type(std::string_view base_type) {
  return base_type == "date" || base_type == "datetime" || base_type == "timestamp" ||
         base_type == "time";
}

/// MySQL prints a literal without quotes, and marks what is none; MariaDB prints SQL.
std::string default_of(std::string_view printed, bool present, std::string_view base_type,
                       bool expression, model::EngineKind fork) {
  if (!present) return {};
  if (fork == model::EngineKind::mariadb)
    return printed == "NULL" ? std::string() : std::string(printed);
  const bool quoted = is_text_type(base_type) || is_time_type(base_type);
  if (expression || !quoted || text::starts_with_nocase(printed, "CURRENT_TIMESTAMP"))
    return clean_expression(printed);
  return "'" + text::replace_all(std::string(printed), "'", "''") + "'";
}

}  // namespace

model::Column column_of(Row& row, model::EngineKind fork) {
  model::Column column;
  column.name = row.text();
  column.position = row.integer();
  const bool has_default = row.flag();
  const std::string printed = row.text();
  column.not_null = row.view() == "NO";
  column.base_type = text::lower(row.view());
  const std::int64_t octets = row.integer(), characters = row.integer();
  column.character_set = row.text();
  column.collation = row.text();
  column.type = row.text();
  const std::string extra = text::lower(row.view());
  column.generation_expression = clean_expression(row.view());
  column.type_kind = column.base_type == "enum" || column.base_type == "set" ? "enum" : "base";
  column.length =
      length_of(column.base_type, column.type, octets, octets == characters && octets > 0);
  column.equal_may_differ = !column.collation.empty() && !column.collation.ends_with("_bin") &&
                            column.collation != "binary";
  column.auto_increment = text::contains(extra, "auto_increment");
  column.invisible = text::contains(extra, "invisible");
  if (text::contains(extra, "virtual generated")) column.generated = "virtual";
  if (text::contains(extra, "stored generated") || text::contains(extra, "persistent generated"))
    column.generated = "stored";
  if (column.generated.empty()) {
    column.default_expression = default_of(printed, has_default, column.base_type,
                                           text::contains(extra, "default_generated"), fork);
  }
  return column;
}

void collect_columns(Collector& c) {
  model::Table* table = nullptr;
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view();
    // Rows of one table come together.
    if (table == nullptr || table->schema != schema || table->name != name)
      table = c.table(schema, name);
    if (table != nullptr) table->columns.push_back(column_of(row, c.connection.fork()));
  };
  for_each_schema(c, "columns", R"(
    SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION,
           COLUMN_DEFAULT IS NOT NULL, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE,
           CHARACTER_OCTET_LENGTH, CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, COLLATION_NAME,
           COLUMN_TYPE, EXTRA, GENERATION_EXPRESSION
    FROM information_schema.COLUMNS)",
                  "TABLE_SCHEMA", keep);
  for (auto& one : c.snapshot.schema.tables) {
    std::sort(one.columns.begin(), one.columns.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
  }
}

}  // namespace whet::engine::mysql
