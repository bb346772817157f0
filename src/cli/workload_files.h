// A workload from files of SQL, for databases whose statistics are not at hand.
#pragma once

#include <string>
#include <vector>

#include "advise/advisor/advisor.h"
#include "base/result.h"

namespace whet::cli {

/// The statements of a file, or of every *.sql file of a folder in the order of their names. A
/// comment `-- calls: 120` before a statement says how often it is called; else once. ErrorKind::
/// usage when it cannot be read or holds no statement.
[[nodiscard]] Result<std::vector<advise::WorkItem>> workload_from(const std::string& path);

}  // namespace whet::cli
