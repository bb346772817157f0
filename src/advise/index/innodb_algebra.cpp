#include "advise/index/innodb_algebra.h"

#include <algorithm>
#include <optional>

namespace whet::advise {

namespace {

using model::Constraint;
using model::Index;
using model::IndexPart;
using model::Table;

bool has_column(const std::vector<IndexPart>& parts, const std::string& column) {
  return std::any_of(parts.begin(), parts.end(), [&](const IndexPart& part) {
    return part.column == column && part.prefix_length == 0;
  });
}

/// The key with what InnoDB adds to it. The clustered index holds the whole row behind its key.
std::vector<IndexPart> with_primary_key(const Table& table, const Index& index) {
  std::vector<IndexPart> parts = index.parts;
  if (index.primary) return parts;
  for (const std::string& column : primary_columns(table)) {
    if (has_column(parts, column)) continue;
    IndexPart part;
    part.column = column;
    parts.push_back(part);
  }
  return parts;
}

bool same_part(const IndexPart& ours, const IndexPart& theirs) {
  if (ours.column != theirs.column || ours.expression != theirs.expression) return false;
  // A whole column holds what a prefix of it holds; not the other way round.
  return ours.prefix_length == 0 || ours.prefix_length == theirs.prefix_length;
}

/// `theirs` begins `ours`, all in the same direction or all in the other one.
bool begins(const std::vector<IndexPart>& ours, const std::vector<IndexPart>& theirs) {
  if (theirs.empty() || theirs.size() > ours.size()) return false;
  std::optional<bool> reversed;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (!same_part(ours[i], theirs[i])) return false;
    const bool differs = ours[i].descending != theirs[i].descending;
    if (reversed && *reversed != differs) return false;
    reversed = differs;
  }
  return true;
}

bool exactly(const Index& a, const Index& b) {
  return a.parts == b.parts && a.method == b.method && a.options == b.options;
}

bool is_btree(const Index& index) { return index.method.empty() || index.method == "btree"; }

bool begins_with(const Index& index, const std::vector<std::string>& columns) {
  if (!is_btree(index) || index.parts.size() < columns.size() || columns.empty()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (index.parts[i].column != columns[i] || index.parts[i].prefix_length != 0) return false;
  }
  return true;
}

bool only_one(const Table& table, const Index& index, const std::vector<std::string>& columns) {
  return begins_with(index, columns) &&
         std::none_of(table.indexes.begin(), table.indexes.end(), [&](const Index& other) {
           return &other != &index && other.name != index.name && begins_with(other, columns);
         });
}

}  // namespace

std::vector<std::string> primary_columns(const Table& table) {
  std::vector<std::string> out;
  for (const Index& index : table.indexes) {
    if (!index.primary) continue;
    for (const IndexPart& part : index.parts) out.push_back(part.column);
  }
  return out;
}

InnodbCover innodb_covers(const Table& table, const Index& a, const Index& b) {
  if (a.name == b.name || b.primary || !a.usable() || !b.usable()) return {};
  if (!is_btree(a) || !is_btree(b)) {
    return exactly(a, b) && a.unique == b.unique ? InnodbCover{Cover::identical, false, false}
                                                 : InnodbCover{};
  }
  // A prefix key in a unique index makes the prefix unique, not the column.
  if (b.unique && (!a.unique || a.parts.size() != b.parts.size() || !exactly(a, b))) return {};
  if (a.primary) {
    // Reading the clustered index reads whole rows: a narrow copy of its beginning may be wanted
    // for counting and for covering, so only the same key counts.
    return begins(a.parts, b.parts) && a.parts.size() == b.parts.size()
               ? InnodbCover{Cover::covered_by_unique, false, false}
               : InnodbCover{};
  }
  if (begins(a.parts, b.parts)) {
    if (a.parts.size() == b.parts.size()) {
      if (a.unique && !b.unique) return {Cover::covered_by_unique, false, false};
      const bool same = a.parts.front().descending == b.parts.front().descending;
      return {same ? Cover::identical : Cover::reversed, false, false};
    }
    return {Cover::prefix, false, !begins(with_primary_key(table, a), with_primary_key(table, b))};
  }
  if (a.unique || table.storage_engine != "InnoDB") return {};
  if (begins(with_primary_key(table, a), b.parts)) return {Cover::prefix, true, false};
  return {};
}

std::vector<const Constraint*> innodb_needed_by(const Table& table, const Index& index,
                                                const std::vector<const Constraint*>& referring) {
  std::vector<const Constraint*> out;
  for (const Constraint& constraint : table.constraints) {
    if (constraint.kind == model::ConstraintKind::foreign_key &&
        only_one(table, index, constraint.columns))
      out.push_back(&constraint);
  }
  for (const Constraint* constraint : referring) {
    if (only_one(table, index, constraint->referenced_columns)) out.push_back(constraint);
  }
  return out;
}

}  // namespace whet::advise
