// Short ways to write findings, evidence and changes.
#pragma once

#include <string>
#include <string_view>

#include "model/finding.h"
#include "model/schema.h"
#include "model/server.h"

namespace whet::advise {

/// Evidence with a text, a count, a size, a time or a fraction.
[[nodiscard]] model::Evidence fact(std::string_view name, std::string_view value,
                                   std::string_view source);
[[nodiscard]] model::Evidence count(std::string_view name, std::int64_t value,
                                    std::string_view source);
[[nodiscard]] model::Evidence size(std::string_view name, double bytes, std::string_view source);
[[nodiscard]] model::Evidence time(std::string_view name, double seconds, std::string_view source);
[[nodiscard]] model::Evidence share(std::string_view name, double fraction,
                                    std::string_view source);
[[nodiscard]] model::Evidence number(std::string_view name, double value, std::string_view source);

[[nodiscard]] model::Subject server_subject();
[[nodiscard]] model::Subject setting_subject(std::string_view name);
[[nodiscard]] model::Subject table_subject(const model::Table& table);
[[nodiscard]] model::Subject column_subject(const model::Table& table, std::string_view column);
[[nodiscard]] model::Subject index_subject(const model::Table& table, const model::Index& index);
[[nodiscard]] model::Subject constraint_subject(const model::Table& table,
                                                const model::Constraint& constraint);
[[nodiscard]] model::Subject named(model::SubjectKind kind, std::string_view name);

/// Sets a server-wide setting. `restart`: it takes effect only then. Inverse: back to what it was.
[[nodiscard]] model::Change change_setting(const model::Setting& setting, std::string_view value,
                                           std::string_view reason);
/// What a person must do; `statement` is shown, never executed.
[[nodiscard]] model::Change manual(std::string_view id, std::string_view summary,
                                   std::string_view statement);

/// "a, b DESC" of an index's key.
[[nodiscard]] std::string key_text(const model::Index& index);

}  // namespace whet::advise
