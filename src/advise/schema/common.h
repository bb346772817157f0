// What several schema checks share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advise/check.h"
#include "advise/facts.h"
#include "model/finding.h"
#include "model/schema.h"

namespace whet::advise::schema {

/// Tables whose design a person decides on: user tables with rows of their own or in partitions.
/// Partitions follow their parent; foreign tables and materialized views follow something else.
[[nodiscard]] std::vector<const model::Table*> designed_tables(const Facts& facts);

/// The largest value that an int2, int4 or int8 holds; 0 for any other type.
[[nodiscard]] double integer_limit(std::string_view base_type);

/// "text", "varchar" and "bpchar".
[[nodiscard]] bool is_text(std::string_view base_type);
/// "int2", "int4" and "int8".
[[nodiscard]] bool is_integer(std::string_view base_type);

/// The name's words: "unit_price" and "unitPrice" are "unit" and "price".
[[nodiscard]] std::vector<std::string> words(std::string_view name);

/// Rows of the table; of a partitioned one those of its partitions.
[[nodiscard]] double all_rows(const Facts& facts, const model::Table& table);

/// "a, b, c and 4 more": at most `most` names.
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most = 6);

/// For a person: a statement that rewrites the table while nobody else can use it.
[[nodiscard]] model::Change rewrite(const model::Table& table, std::string_view id,
                                    std::string_view summary, std::string_view statement);

/// A page of PostgreSQL's manual.
[[nodiscard]] std::string manual_page(std::string_view page);

/// What most checks of this area say of themselves: PostgreSQL only, no privilege needed.
[[nodiscard]] constexpr CheckInfo schema_check(std::string_view id, model::Severity severity,
                                               std::string_view summary, std::string_view why,
                                               std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = Area::schema,
          .severity = severity,
          .engines = postgresql,
          .summary = summary,
          .why = why,
          .privileges = "",
          .guards = guards,
          .source = source};
}

}  // namespace whet::advise::schema
