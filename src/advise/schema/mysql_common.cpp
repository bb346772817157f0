#include "advise/schema/mysql_common.h"

#include "advise/build.h"
#include "base/text.h"
#include "sql/mysql/quote.h"

namespace whet::advise::schema {

std::string ticked(std::string_view name) { return sql::mysql::quote_identifier(name); }

std::string ticked(const model::Table& table) {
  return sql::mysql::quote_qualified(table.schema, table.name);
}

std::vector<const model::Table*> filled_tables(const Facts& facts) {
  std::vector<const model::Table*> out;
  for (const model::Table* table : facts.user_tables()) {
    if (table->kind == model::TableKind::table && table->rows() > 0) out.push_back(table);
  }
  return out;
}

double mysql_integer_limit(const model::Column& column) {
  struct Type {
    std::string_view name;
    double bits;
  };
  constexpr Type types[] = {
      {"tinyint", 8}, {"smallint", 16}, {"mediumint", 24}, {"int", 32}, {"bigint", 64}};
  for (const Type& type : types) {
    if (column.base_type != type.name) continue;
    double limit = 1;
    const bool is_unsigned = text::contains(column.type, "unsigned");
    for (double bit = 0; bit < type.bits - (is_unsigned ? 0 : 1); ++bit) limit *= 2;
    return limit - 1;
  }
  return 0;
}

const model::Index* primary_key(const model::Table& table) {
  for (const model::Index& index : table.indexes) {
    if (index.primary) return &index;
  }
  return nullptr;
}

model::Change alter(const model::Table& table, std::string_view id, std::string_view summary,
                    std::string_view what) {
  return manual(std::string(id) + "/" + table.qualified(), summary,
                "ALTER TABLE " + ticked(table) + " " + std::string(what) + ";");
}

}  // namespace whet::advise::schema
