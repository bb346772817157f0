// MongoDB's statements as the query checks look at them. Internal to advise/query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "model/finding.h"
#include "mql/command.h"

namespace whet::advise {

struct MongoStatement {
  const model::Statement* statement = nullptr;
  mql::Command command;                      ///< of its normalised text
  const model::Table* collection = nullptr;  ///< nullptr: unknown
  double calls = 1;
  // At each call.
  double keys = 0, documents = 0;  ///< examined
  double used = 0;                 ///< returned or changed
  double batches = 0;              ///< beyond the first

  [[nodiscard]] double examined() const { return keys > documents ? keys : documents; }
  /// Of the calls, as the plans' summaries say; 0 to 1.
  [[nodiscard]] double scans() const;
  [[nodiscard]] bool writes() const;
  [[nodiscard]] const std::string& name() const { return command.collection; }
};

/// Statements worth a word (costly_statements), called ten times or more, whose text is a command
/// on a collection that is not the server's own and not known to be tiny.
[[nodiscard]] std::vector<MongoStatement> mongodb_statements(const Facts& facts);

/// The condition: find's filter, a write's q, a pipeline's first $match. nullptr: none.
[[nodiscard]] const mql::Value* condition_of(const mql::Command& command);

/// A stage of that name in the pipeline, nullptr when there is none.
[[nodiscard]] const mql::Value* stage_named(const mql::Command& command, std::string_view name);

/// It looks at many documents to answer with few, and must: counts, groups, distinct.
[[nodiscard]] bool aggregates(const mql::Command& command);

/// An operator of that name anywhere in the value.
[[nodiscard]] bool mentions(const mql::Value& value, std::string_view name);

[[nodiscard]] bool has_limit(const mql::Command& command);
[[nodiscard]] bool sorts(const mql::Command& command);

/// Where the counters come from: the workload's source.
[[nodiscard]] std::string counter(const Facts& facts, std::string_view name);

}  // namespace whet::advise
