// Which process holds a lock on the server: told in a session variable that other sessions can
// read, so that the session of a killed Whet is known for what it is.
#pragma once

#include <string>
#include <string_view>

namespace whet::engine::mysql {

/// "<boot>/<pid namespace>/<pid>/<start>" of this process.
[[nodiscard]] std::string own_process();

enum class ProcessState : unsigned char { alive, gone, unknown };

/// Whether the process with that mark still lives; unknown when it is of another machine or
/// container.
[[nodiscard]] ProcessState state_of_process(std::string_view mark);

}  // namespace whet::engine::mysql
