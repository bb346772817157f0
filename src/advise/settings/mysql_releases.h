// Until when versions of MySQL and MariaDB are supported.
#pragma once

#include <vector>

#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise::settings {

/// The finding of performance.end_of_life for these two; versions that the table does not know are
/// not judged.
void mysql_end_of_life(const Facts& facts, std::vector<model::Finding>& out);

}  // namespace whet::advise::settings
