// A statement's plan, for whoever asks for it: with what it was made of checked, and run if wanted.
#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "engine/mysql/application_session.h"
#include "engine/mysql/connection.h"
#include "model/plan.h"

namespace whet::engine::mysql {

/// The plan of a complete statement (no ? left) as the application's session would have it. With
/// `analyze` it runs; only statements that read are run, since tables without transactions could
/// not be rolled back. Relations have their schemas.
[[nodiscard]] Result<model::Plan> explain_for_user(Connection& connection,
                                                   const ApplicationSession& session,
                                                   const std::string& statement, bool analyze,
                                                   const Progress* progress);

}  // namespace whet::engine::mysql
