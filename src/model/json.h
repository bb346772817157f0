// JSON of the model's values. Snapshots carry a format version; a newer one than ours is refused in
// a sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/change.h"
#include "model/finding.h"
#include "model/plan.h"
#include "model/snapshot.h"

namespace whet::model {

/// Indented by `indent` blanks; 0: one line.
[[nodiscard]] std::string to_json(const Snapshot& snapshot, int indent = 1);

/// ErrorKind::invalid for anything that is not a snapshot of this or an older format.
[[nodiscard]] Result<Snapshot> snapshot_from_json(std::string_view text);

/// The same without the checks of the head, for case files that hold a part of a snapshot.
[[nodiscard]] Result<Snapshot> partial_snapshot(json::View view);

[[nodiscard]] std::string to_json(const Finding& finding, int indent = 0);
[[nodiscard]] std::string to_json(const std::vector<Finding>& findings, int indent = 0);

[[nodiscard]] std::string to_json(const Change& change, int indent = 0);
[[nodiscard]] Result<Change> change_from_json(std::string_view text);

[[nodiscard]] std::string to_json(const Plan& plan, int indent = 0);
[[nodiscard]] Result<Plan> plan_from_json(json::View view);

/// The JSON schema (draft 2020-12) of a snapshot file, made from the same lists of fields as the
/// files.
[[nodiscard]] std::string snapshot_schema();
[[nodiscard]] std::string findings_schema();

}  // namespace whet::model
