// Proposals as InnoDB can build them. Only for this folder.
#pragma once

#include <vector>

#include "advise/innodb/constants.h"
#include "advise/proposals/proposals.h"

namespace whet::advise {

/// What a key may be on the server.
struct KeyRules {
  std::size_t parts = 16;
  std::int64_t bytes = 3072;  ///< DYNAMIC and COMPRESSED rows; 767 of the older formats
  bool descending = true;
  bool functional = true;
  bool multi_valued = true;
};

[[nodiscard]] KeyRules key_rules(const innodb::Constants& constants, const model::Table& table);

/// Changes proposals of B-trees to keys that the table can have: what is included becomes key parts
/// behind the others (without the primary key's columns, which every entry holds), long texts
/// become prefixes, directions go where the server has none. Those that cannot be built, and those
/// that come out equal to another, are taken away.
void fit_to_innodb(const innodb::Constants& constants, std::vector<Proposal>& proposals);

/// Functional key parts, multi-valued ones (MEMBER OF, JSON_CONTAINS, JSON_OVERLAPS), and FULLTEXT
/// for MATCH.
void propose_innodb_expressions(const Facts& facts, const model::ShapeRelation& used,
                                const KeyRules& rules, std::vector<Proposal>& out);

}  // namespace whet::advise
