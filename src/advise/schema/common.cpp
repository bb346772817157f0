#include "advise/schema/common.h"

#include <algorithm>

#include "advise/build.h"
#include "base/text.h"

namespace whet::advise::schema {

using model::Table;
using model::TableKind;

std::vector<const Table*> designed_tables(const Facts& facts) {
  std::vector<const Table*> out;
  for (const Table* table : facts.user_tables()) {
    const bool holds_rows =
        table->kind == TableKind::table || table->kind == TableKind::partitioned;
    if (holds_rows && !table->is_partition) out.push_back(table);
  }
  return out;
}

double integer_limit(std::string_view base_type) {
  if (base_type == "int2") return 32767;
  if (base_type == "int4") return 2147483647;
  if (base_type == "int8") return 9223372036854775807.0;
  return 0;
}

bool is_text(std::string_view base_type) {
  return base_type == "text" || base_type == "varchar" || base_type == "bpchar";
}

bool is_integer(std::string_view base_type) { return integer_limit(base_type) > 0; }

std::vector<std::string> words(std::string_view name) {
  std::vector<std::string> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(text::lower(word));
    word.clear();
  };
  bool after_small = false;
  for (const char c : name) {
    const bool big = c >= 'A' && c <= 'Z';
    if (c == '_' || c == '-' || c == ' ' || (big && after_small)) end_word();
    if (c != '_' && c != '-' && c != ' ') word += c;
    after_small = c >= 'a' && c <= 'z';
  }
  end_word();
  return out;
}

double all_rows(const Facts& facts, const Table& table) {
  double rows = table.kind == TableKind::partitioned ? 0 : table.rows();
  if (table.kind == TableKind::partitioned) {
    for (const Table* child : facts.children(table.id)) rows += all_rows(facts, *child);
  }
  return rows;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  if (names.size() <= most) return text::join(names, ", ");
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(most));
  return text::join(first, ", ") + " and " +
         text::count(static_cast<std::int64_t>(names.size() - most)) + " more";
}

model::Change rewrite(const Table& table, std::string_view id, std::string_view summary,
                      std::string_view statement) {
  model::Change change = manual(id, summary, statement);
  change.risk = model::Risk::high;
  change.locks = "ACCESS EXCLUSIVE on " + table.qualified() + " while it is rewritten";
  return change;
}

std::string manual_page(std::string_view page) {
  return "https://www.postgresql.org/docs/current/" + std::string(page) + ".html";
}

}  // namespace whet::advise::schema
