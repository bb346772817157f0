// What the scripted MongoDB server's profiler writes.
#pragma once

#include <string>

#include "support/mongo_plan.h"

namespace whet::testing::mongo {

/// Into system.profile, when the level and the threshold of the database ask for it.
void note_operation(Store& store, const Request& request, Collection& collection, const char* op,
                    const Execution& done);

}  // namespace whet::testing::mongo
