// The statements of a change for PostgreSQL. Pure: the same change and server give the same text.
#pragma once

#include <string>
#include <vector>

#include "model/change.h"
#include "model/oracle.h"
#include "model/server.h"

namespace whet::engine::postgres {

/// Fills `statement` and `inverse`, and `locks` where the advisor left it empty. An index without a
/// name gets one. A manual change keeps the text that it has. Where the inverse depends on what the
/// server holds (settings, options), Executor::prepare makes it exact before the change is done.
void render(model::Change& change, const model::Server& server);

/// The statements of a rendered text, in order: each is sent by itself, because most of them may
/// not be part of a transaction.
[[nodiscard]] std::vector<std::string> statements_of(const model::Action& action,
                                                     const std::string& text);

/// "ALTER SYSTEM SET name = value" and the reload; RESET when the value is absent.
[[nodiscard]] std::string alter_system(const std::string& name, const std::string* value);

/// CREATE INDEX without CONCURRENTLY, with that name.
[[nodiscard]] std::string plain_create_index(const model::HypotheticalIndex& wanted,
                                             const std::string& name);

/// A CREATE INDEX definition as the server prints it, with CONCURRENTLY.
[[nodiscard]] std::string concurrently(const std::string& definition);

}  // namespace whet::engine::postgres
