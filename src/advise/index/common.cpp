#include "advise/index/common.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise {

namespace {

constexpr std::size_t name_limit = 63;

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// Cuts at a character's beginning, so that the name stays valid UTF-8.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

double over_partitions(const Facts& facts, const model::Table& table,
                       const std::function<double(const model::Table&)>& figure) {
  double sum = table.kind == model::TableKind::partitioned ? 0 : figure(table);
  for (const model::Table* child : facts.children(table.id)) {
    if (child->is_partition) sum += over_partitions(facts, *child, figure);
  }
  return sum;
}

void add_use(const Facts& facts, const model::Table& table, std::int64_t index_id, IndexUse& use) {
  for (const model::Table* child : facts.children(table.id)) {
    for (const model::Index& index : child->indexes) {
      if (index.parent != index_id) continue;
      use.scans += index.total.scans;
      use.size_bytes += static_cast<double>(index.size_bytes);
      if (index.last_scan_age_seconds &&
          *index.last_scan_age_seconds < use.last_scan_age_seconds.value_or(INFINITY))
        use.last_scan_age_seconds = index.last_scan_age_seconds;
      add_use(facts, *child, index.id, use);
    }
  }
}

model::Change index_change(const model::Table& table, const model::Index& index) {
  model::Change change;
  change.action.schema = index.schema.empty() ? table.schema : index.schema;
  change.action.table = table.name;
  change.action.name = index.name;
  change.action.index = index;
  return change;
}

}  // namespace

std::string sql_key(const model::Index& index) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : index.parts) {
    std::string text = sql_name(part.column);
    if (part.column.empty()) {
      // Anything but a call must stand in parentheses of its own.
      const bool call = part.expression.ends_with(')') && !text::contains(part.expression, " ") &&
                        !text::contains(part.expression, "::");
      text = call ? part.expression : "(" + part.expression + ")";
    }
    if (!part.opclass.empty() && !part.opclass_is_default) text += " " + sql_name(part.opclass);
    if (part.descending) text += " DESC";
    if (part.nulls_first != part.descending)
      text += part.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    parts.push_back(std::move(text));
  }
  return text::join(parts, ", ");
}

Ties ties_of(const Facts& facts, const model::Table& table) {
  Ties ties{&table, {}};
  for (const Facts::Reference& reference : facts.references_to(table.id)) {
    if (reference.constraint->index != 0) ties.referenced.push_back(reference.constraint->index);
  }
  return ties;
}

std::int64_t writes_of(const Facts& facts, const model::Table& table) {
  return to_whole(over_partitions(facts, table, [](const model::Table& part) {
    return static_cast<double>(part.total.inserts + part.total.updates + part.total.deletes);
  }));
}

std::int64_t scans_of(const Facts& facts, const model::Table& table) {
  return to_whole(over_partitions(facts, table, [](const model::Table& part) {
    return static_cast<double>(part.total.sequential_scans + part.total.index_scans);
  }));
}

std::int64_t deletes_of(const Facts& facts, const model::Table& table) {
  return to_whole(over_partitions(facts, table, [](const model::Table& part) {
    return static_cast<double>(part.total.deletes);
  }));
}

double rows_of(const Facts& facts, const model::Table& table) {
  return over_partitions(facts, table, [](const model::Table& part) { return part.rows(); });
}

double data_bytes_of(const Facts& facts, const model::Table& table) {
  return over_partitions(facts, table, [](const model::Table& part) {
    return static_cast<double>(part.heap_bytes + part.toast_bytes);
  });
}

IndexUse use_of(const Facts& facts, const model::Table& table, const model::Index& index) {
  IndexUse use{index.total.scans, static_cast<double>(index.size_bytes),
               index.last_scan_age_seconds};
  if (table.kind == model::TableKind::partitioned) add_use(facts, table, index.id, use);
  return use;
}

std::string unseen_use(const Facts& facts) {
  if (facts.policy().all_nodes_seen) return "";
  const auto& replication = facts.snapshot().replication;
  if (facts.server().is_replica)
    return "this is a replica: the primary and other replicas count their own scans";
  if (!replication.replicas.empty())
    return text::plural(static_cast<std::int64_t>(replication.replicas.size()), "replica",
                        "replicas") +
           " may use it: each counts its own scans";
  return "";
}

model::Change drop_index(const model::Table& table, const model::Index& index,
                         std::string_view reason) {
  model::Change change = index_change(table, index);
  const std::string full = change.action.schema + "." + index.name;
  change.id = "drop_index/" + full;
  change.summary = "Drop index " + full + " on " + table.name + " (" + key_text(index) + ")";
  change.reason = reason;
  if (table.kind == model::TableKind::partitioned) {
    change.action.kind = model::ActionKind::manual;
    change.action.statement = "DROP INDEX " + sql_name(change.action.schema, index.name) + ";";
    change.risk = model::Risk::high;
    change.locks = "ACCESS EXCLUSIVE on " + table.name +
                   " and its partitions: a partitioned index cannot be dropped concurrently";
    return change;
  }
  change.action.kind = model::ActionKind::drop_index;
  change.risk = model::Risk::medium;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.name +
                 ": reads and writes go on; it waits for transactions that use the table";
  change.preconditions = {"the index still has the same definition",
                          "no constraint has come to depend on it"};
  return change;
}

model::Change rebuild_index(const model::Table& table, const model::Index& index,
                            std::string_view reason) {
  model::Change change = index_change(table, index);
  const std::string full = change.action.schema + "." + index.name;
  change.id = "rebuild_index/" + full;
  change.summary = "Rebuild index " + full + " on " + table.name;
  change.reason = reason;
  change.action.kind = model::ActionKind::rebuild_index;
  change.risk = model::Risk::low;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.name +
                 ": reads and writes go on while the new index is built";
  change.preconditions = {"free disk for a second copy of the index",
                          "no transaction stays open for the whole build"};
  change.disk_bytes = index.size_bytes;
  return change;
}

namespace {

std::set<std::string> relation_names(const Facts& facts, std::string_view schema) {
  std::set<std::string> names;
  for (const model::Table& table : facts.schema().tables) {
    if (table.schema != schema) continue;
    names.insert(table.name);
    for (const model::Index& index : table.indexes) names.insert(index.name);
  }
  for (const model::Sequence& sequence : facts.schema().sequences) {
    if (sequence.schema == schema) names.insert(sequence.name);
  }
  for (const model::View& view : facts.schema().views) {
    if (view.schema == schema) names.insert(view.name);
  }
  return names;
}

}  // namespace

std::string FreeNames::next(const model::Table& table, const std::vector<std::string>& columns) {
  const auto [at, made] = taken_.try_emplace(table.schema);
  if (made) at->second = relation_names(*facts_, table.schema);
  const std::string stem = table.name + "_" + text::join(columns, "_");
  std::string name = cut(stem, name_limit - 4) + "_idx";
  for (int n = 1; !at->second.insert(name).second; ++n) {
    const std::string ending = "_idx" + std::to_string(n);
    name = cut(stem, name_limit - ending.size()) + ending;
  }
  return name;
}

TableFinder::TableFinder(const Facts& facts) : facts_(&facts) {
  for (const model::Table* table : facts.user_tables()) {
    const auto [at, made] = by_name_.try_emplace(table->name, table);
    if (!made) at->second = nullptr;
  }
}

const model::Table* TableFinder::table(const model::PlanNode& node) const {
  if (node.relation.empty()) return nullptr;
  if (!node.schema.empty()) {
    const model::Table* table = facts_->table(node.schema, node.relation);
    return table != nullptr && !table->system && table->extension.empty() ? table : nullptr;
  }
  const auto at = by_name_.find(node.relation);
  return at == by_name_.end() ? nullptr : at->second;
}

// Words for the index's name: lower(email) gives lower_email.
std::vector<std::string> name_parts(const model::Index& index) {
  std::vector<std::string> out;
  for (const model::IndexPart& part : index.parts) {
    if (!part.column.empty()) {
      out.push_back(part.column);
      continue;
    }
    std::string word;
    for (const char c : part.expression) {
      const bool letter =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter) word += c;
      if (!letter && !word.empty() && word.back() != '_') word += '_';
    }
    while (!word.empty() && word.back() == '_') word.pop_back();
    out.push_back(text::lower(word));
  }
  return out;
}

std::string sql_definition(const model::Index& index) {
  const bool usual = index.method.empty() || index.method == "btree";
  std::string out = (usual ? "(" : "USING " + index.method + " (") + sql_key(index) + ")";
  std::vector<std::string> includes;
  for (const std::string& column : index.includes) includes.push_back(sql_name(column));
  if (!includes.empty()) out += " INCLUDE (" + text::join(includes, ", ") + ")";
  if (!index.predicate.empty()) out += " WHERE " + index.predicate;
  return out;
}

model::Change create_index(const model::Table& table, const model::Index& index, double bytes,
                           std::string_view reason) {
  const std::string definition = sql_definition(index);
  model::Change change;
  change.id =
      "create_index/" + table.qualified() + (definition.front() == '(' ? "" : " ") + definition;
  change.summary = "Create index on " + table.qualified() + " " + definition;
  change.reason = reason;
  change.action.kind = model::ActionKind::create_index;
  change.action.schema = table.schema;
  change.action.table = table.name;
  change.action.index = index;
  change.action.name = index.name;
  change.risk = model::Risk::low;
  change.locks =
      "SHARE UPDATE EXCLUSIVE on " + table.name + ": reads and writes go on during the build";
  change.preconditions = {"free disk for the new index (" + text::bytes(bytes) +
                              " estimated) and as much again for sorting",
                          "no index with this key has been made meanwhile"};
  change.disk_bytes = to_whole(bytes);
  if (table.kind == model::TableKind::partitioned) {
    // CREATE INDEX CONCURRENTLY refuses partitioned tables.
    change.action.kind = model::ActionKind::manual;
    change.action.statement =
        "CREATE INDEX " + sql_name(index.name) + " ON " + sql_name(table) + " " + definition + ";";
    change.risk = model::Risk::high;
    change.locks =
        "SHARE on every partition: writes wait. Better: CREATE INDEX CONCURRENTLY on each "
        "partition, then this statement, which only attaches them";
  }
  return change;
}

SizeEstimate btree_size(const Facts& facts, const model::Table& table,
                        const std::vector<std::string>& columns) {
  // PostgreSQL's page layout (storage-page-layout, nbtree): a leaf entry is an 8-byte header and
  // the key, padded to 8 bytes, and a 4-byte line pointer; a page of 8192 bytes loses 40 to its
  // header and special space and is filled to 90 %. Deduplication may make it much smaller.
  constexpr double header = 8;
  constexpr double pointer = 4;
  constexpr double usable_page = (8192 - 40) * 0.90;
  double width = 0;
  for (const std::string& name : columns) {
    const model::Column* column = table.column(name);
    double bytes = 8;
    if (column != nullptr && column->length > 0) bytes = static_cast<double>(column->length);
    if (column != nullptr && column->length <= 0 && column->stats)
      bytes = column->stats->average_width + 1;
    width += bytes;
  }
  const double entry = header + std::ceil(width / 8) * 8 + pointer;
  const double rows = rows_of(facts, table);
  const double pages = std::ceil(rows * entry / usable_page) + 1;
  SizeEstimate estimate;
  estimate.bytes = pages * 8192;
  estimate.arithmetic = text::count(to_whole(rows)) + " rows x " + text::number(entry) +
                        " bytes (entry header, key padded to 8, line pointer) at 90 % filled pages";
  return estimate;
}

model::Change create_btree(const Facts& facts, FreeNames& names, const model::Table& table,
                           const std::vector<std::string>& columns, std::string_view reason) {
  model::Index index;
  index.schema = table.schema;
  index.method = "btree";
  for (const std::string& column : columns) {
    model::IndexPart part;
    part.column = column;
    part.opclass_is_default = true;
    index.parts.push_back(part);
  }
  index.name = names.next(table, columns);
  return create_index(table, index, btree_size(facts, table, columns).bytes, reason);
}

void for_each_node(const model::PlanNode& node,
                   const std::function<void(const model::PlanNode&)>& visit) {
  visit(node);
  for (const model::PlanNode& child : node.children) for_each_node(child, visit);
}

std::vector<const model::Statement*> top_statements(const Facts& facts) {
  std::vector<const model::Statement*> statements;
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (!statement.own && !statement.nested) statements.push_back(&statement);
  }
  return statements;
}

bool mentions(std::string_view text, std::string_view name) {
  if (name.empty()) return false;
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool starts = at == 0 || !word_character(text[at - 1]);
    const std::size_t end = at + name.size();
    if (starts && (end == text.size() || !word_character(text[end]))) return true;
  }
  return false;
}

}  // namespace whet::advise
