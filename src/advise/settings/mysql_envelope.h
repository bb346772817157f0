// How the memory of the MySQL settings set is added up. Only for the files of the set itself.
#pragma once

#include <vector>

#include "advise/settings/mysql_set.h"
#include "advise/settings/set_builder.h"

namespace whet::advise::settings {

/// The envelope with these recommendations applied.
[[nodiscard]] MysqlEnvelope envelope_of(const Facts& facts,
                                        const std::vector<Recommendation>& items);
/// Fills in what of the machine's memory is the server's.
void judge_mysql_machine(const Facts& facts, double memory, MysqlSet& set);

void consider_mysql_memory(SetBuilder& builder, MysqlSet& set);
/// Redo, flushing, table and thread caches: what does not depend on the memory.
void consider_mysql_server(SetBuilder& builder);

}  // namespace whet::advise::settings
