#include "advise/proposals/innodb.h"

#include <algorithm>
#include <set>

#include "advise/innodb/sizes.h"
#include "advise/innodb/widths.h"
#include "advise/proposals/needs.h"
#include "base/text.h"

namespace whet::advise {

namespace {

using model::IndexPart;

constexpr std::int64_t usual_prefix = 32;    // characters of a text that cannot be held whole
constexpr std::int64_t longest_whole = 191;  // characters; longer texts are held by a prefix

class Fitter {
 public:
  Fitter(const KeyRules& rules, const model::Table& table)
      : rules_(rules), table_(table), clustering_(innodb::clustering_key(table)) {}

  /// False when it cannot be built.
  bool fit(Proposal& proposal) const {
    model::Index& index = proposal.index;
    const std::size_t own = index.parts.size();
    for (const std::string& column : index.includes) index.parts.push_back(column_part(column));
    const bool covering = !index.includes.empty();
    index.includes.clear();
    proposal.unknown_expressions.clear();  // the index itself gives the figures
    for (IndexPart& part : index.parts) {
      if (!fit(part)) return false;
    }
    drop_clustering(index.parts, own);
    // Behind a prefix nothing is found or covered.
    const auto cut = std::find_if(index.parts.begin(), index.parts.end(),
                                  [](const IndexPart& part) { return part.prefix_length > 0; });
    if (cut != index.parts.end()) {
      if (covering) return false;
      index.parts.erase(cut + 1, index.parts.end());
    }
    return !index.parts.empty() && index.parts.size() <= rules_.parts &&
           bytes(index.parts) <= rules_.bytes && !repeats_clustering(index.parts);
  }

 private:
  bool fit(IndexPart& part) const {
    part.nulls_first = false;
    part.opclass.clear();
    part.opclass_is_default = false;
    if (!rules_.descending) part.descending = false;
    if (!part.expression.empty()) return rules_.functional;
    const model::Column* column = table_.column(part.column);
    if (column == nullptr || !innodb::is_indexable(*column)) return false;
    part.collation = column->collation;
    const std::int64_t characters = innodb::most_key_bytes(*column) /
                                    std::max<std::int64_t>(innodb::character_bytes(*column), 1);
    const bool text = innodb::is_text(*column);
    if (innodb::needs_prefix(*column) || (text && characters > longest_whole))
      part.prefix_length = usual_prefix;
    return true;
  }

  // The primary key's columns stand at the end of every entry anyway.
  void drop_clustering(std::vector<IndexPart>& parts, std::size_t own) const {
    const auto held = [&](const IndexPart& part) {
      return std::find(clustering_.begin(), clustering_.end(), part.column) != clustering_.end();
    };
    std::size_t at = 0;
    std::erase_if(parts, [&](const IndexPart& part) { return at++ >= own && held(part); });
    std::size_t keep = std::min(clustering_.size(), parts.size());
    for (; keep > 0; --keep) {
      const auto begin = parts.end() - static_cast<std::ptrdiff_t>(keep);
      const bool same = std::equal(begin, parts.end(), clustering_.begin(),
                                   [](const IndexPart& part, const std::string& column) {
                                     return part.column == column && !part.descending;
                                   });
      if (same && keep < parts.size()) break;
    }
    parts.resize(parts.size() - keep);
  }

  /// The clustered index begins with them, or all of its key stands at their begin: it finds the
  /// same rows.
  [[nodiscard]] bool repeats_clustering(const std::vector<IndexPart>& parts) const {
    const std::size_t common = std::min(parts.size(), clustering_.size());
    return common > 0 &&
           std::equal(clustering_.begin(),
                      clustering_.begin() + static_cast<std::ptrdiff_t>(common), parts.begin(),
                      [](const std::string& column, const IndexPart& part) {
                        return part.column == column;
                      });
  }

  [[nodiscard]] std::int64_t bytes(const std::vector<IndexPart>& parts) const {
    std::int64_t sum = 0;
    for (const IndexPart& part : parts) {
      const model::Column* column = table_.column(part.column);
      sum += column == nullptr ? 8 : innodb::most_key_bytes(*column, part.prefix_length);
    }
    return sum;
  }

  const KeyRules& rules_;
  const model::Table& table_;
  std::vector<std::string> clustering_;
};

}  // namespace

KeyRules key_rules(const innodb::Constants& constants, const model::Table& table) {
  KeyRules rules;
  const std::string format = text::lower(table.row_format);
  constexpr std::int64_t old_format_bytes = 767;
  if (format == "compact" || format == "redundant") rules.bytes = old_format_bytes;
  rules.descending = constants.descending_keys;
  // They are columns that nobody sees, which a partitioned table gets by a copy only (error 1846).
  const bool whole = table.partitions.empty() && table.partition_key.empty() &&
                     !table.options.contains("partitioned");
  rules.functional = whole && constants.functional_keys;
  rules.multi_valued = whole && constants.multi_valued_keys;
  return rules;
}

void fit_to_innodb(const innodb::Constants& constants, std::vector<Proposal>& proposals) {
  std::set<std::pair<const model::Table*, std::string>> seen;
  std::erase_if(proposals, [&](Proposal& one) {
    if (one.index.method != "btree") return false;
    const KeyRules rules = key_rules(constants, *one.table);
    return !Fitter(rules, *one.table).fit(one) ||
           !seen.emplace(one.table, key_of(one.index)).second;
  });
}

}  // namespace whet::advise
