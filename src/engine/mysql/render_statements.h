// The single statements that render.cpp puts together. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/mysql/ddl_facts.h"
#include "model/change.h"

namespace whet::engine::mysql {

inline constexpr std::string_view separator = ";\n";

/// "<table>_<columns>_idx"; a hash keeps cut names apart.
[[nodiscard]] std::string index_name(const model::Action& action);

/// ALTER TABLE `schema`.`table` and the clauses.
[[nodiscard]] std::string alter_table(const model::Action& action, std::string_view clauses);

[[nodiscard]] std::string create_index(const model::Action& action, model::EngineKind fork,
                                       std::int64_t version, bool hidden);
[[nodiscard]] std::string drop_index(const model::Action& action, model::EngineKind fork,
                                     std::int64_t version);
[[nodiscard]] std::string set_visibility(const model::Action& action, model::EngineKind fork,
                                         std::int64_t version, bool hidden);

/// SET PERSIST; where the server cannot write it down, SET GLOBAL and the line for its option file.
[[nodiscard]] std::string set_setting(const model::Action& action, model::EngineKind fork,
                                      std::int64_t version);
/// The way back of a setting that cannot be set while the server runs: it waits for a restart too.
[[nodiscard]] std::string restore_at_restart(const model::Action& action, model::EngineKind fork,
                                             std::int64_t version);

[[nodiscard]] std::string analyze_table(const model::Action& action);
/// Without `buckets` the server's own default.
[[nodiscard]] std::string update_histogram(const model::Action& action, model::EngineKind fork,
                                           const std::string& buckets);
[[nodiscard]] std::string drop_histogram(const model::Action& action, model::EngineKind fork);

/// A set_table_option as clauses of ALTER TABLE.
struct TableOption {
  Operation operation = Operation::change_column_type;
  std::string clause, undo;  ///< no `undo`: what was there before is not known
};
[[nodiscard]] TableOption table_option_of(const model::Action& action);

}  // namespace whet::engine::mysql
