#include "advise/innodb/upkeep.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::innodb {

namespace {

constexpr double buffered_part = 0.3;   // of a read, when the change buffer joins several
constexpr double written_part = 0.5;    // of a page's writing back, for each entry on it
constexpr double unknown_update = 0.3;  // of updates that change a column, when nothing is known

bool has_change_buffer(const Facts& facts, const Constants& constants) {
  const std::string what = text::lower(facts.server().text("innodb_change_buffering"));
  if (!what.empty()) return what != "none";
  return constants.mariadb ? constants.version < 110000 : constants.version < 80400;
}

std::string per_hour(double rows) { return text::count(to_whole(std::round(rows))); }

/// Updates an hour that change a column of the index.
double moved_rows(const TableWrites& writes, const model::Index& index) {
  std::set<std::string> mine;
  for (const model::IndexPart& part : index.parts) mine.insert(text::lower(part.column));
  double told = 0, moving = 0;
  for (const UpdateKind& kind : writes.kinds) {
    told += kind.rows;
    const bool touches = std::any_of(kind.columns.begin(), kind.columns.end(),
                                     [&](const std::string& name) { return mine.contains(name); });
    moving += touches ? kind.rows : 0;
  }
  if (told <= 0) return writes.updates * unknown_update;
  return writes.updates * moving / told;
}

}  // namespace

double entry_cost(const Facts& facts, const Constants& constants, const model::Index& index,
                  const IndexSize& size) {
  const double descent = constants.work.descent * (1 + size.height);
  const double per_byte = 0.005;  // redo, and the copying of half pages when one splits
  const double missing = 1 - constants.resident();
  const bool buffered = !index.unique && has_change_buffer(facts, constants);
  const double read = missing * constants.work.random_read * (buffered ? buffered_part : 1);
  const double write = missing * constants.work.random_read * written_part;
  return constants.work.entry + descent + size.entry_bytes * per_byte + read + write;
}

Upkeep upkeep(const Facts& facts, const Constants& constants, const Writes& writes,
              const model::Table& table, const model::Index& index, const IndexSize& size) {
  Upkeep out;
  if (index.primary) return out;
  const TableWrites rows = writes.of(table);
  const double one = entry_cost(facts, constants, index, size);
  const double moved = moved_rows(rows, index);
  // A changed key is one entry marked and one made; a deleted row, one marked and purged.
  constexpr double two_entries = 2;
  out.cost = one * (rows.inserts + two_entries * moved + rows.deletes);
  out.arithmetic = "an hour: (" + per_hour(rows.inserts) + " rows inserted + 2 x " +
                   per_hour(moved) + " updated in its key + " + per_hour(rows.deletes) +
                   " deleted) x " + text::number(one) + " us";
  if (rows.kinds.empty() && rows.updates > 0)
    out.arithmetic += " (which columns the updates assign is not known)";
  return out;
}

}  // namespace whet::advise::innodb
