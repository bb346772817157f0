// The statements of a change for MySQL and MariaDB. Pure: the same change and server give the same
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/ddl_facts.h"
#include "model/change.h"
#include "model/server.h"

namespace whet::engine::mysql {

/// Fills `statement`, `inverse` and `locks`, and adds preconditions; raises the risk where writes
/// would wait. An index without a name gets one. What the server can only do by copying a big
/// table, and what this version cannot do at all, becomes manual, with the command of a tool that
/// can. Where the inverse depends on what the server holds (settings, indexes, histograms),
/// Executor::prepare makes it exact before the change is done.
void render(model::Change& change, const model::Server& server);

/// The statements of a rendered text, in order, without the comments for people.
[[nodiscard]] std::vector<std::string> statements_of(std::string_view text);

/// Whether the server has indexes that are kept up to date and not used (INVISIBLE, IGNORED).
[[nodiscard]] bool has_hidden_indexes(model::EngineKind fork, std::int64_t version);
/// Whether a session can use them all the same (use_invisible_indexes).
[[nodiscard]] bool has_session_switch(model::EngineKind fork, std::int64_t version);
/// Whether the change's index is built hidden and then shown.
[[nodiscard]] bool built_hidden(const model::Action& action, model::EngineKind fork,
                                std::int64_t version);

/// The operation of a create_index.
[[nodiscard]] Operation operation_of(const model::Index& index);

/// "ALTER TABLE ... ADD KEY ..." from a line of SHOW CREATE TABLE.
[[nodiscard]] std::string add_index_again(const model::Action& action, model::EngineKind fork,
                                          std::int64_t version);

/// A setting's value in SQL: "64M" as bytes, figures bare, all else as a literal.
[[nodiscard]] std::string setting_literal(std::string_view value);

/// The statements that bring a setting back: its persisted value, when there was one, and the
/// value that the server ran with.
[[nodiscard]] std::string restore_setting(const std::string& name, const std::string* persisted,
                                          const std::string& running, model::EngineKind fork,
                                          std::int64_t version);

}  // namespace whet::engine::mysql
