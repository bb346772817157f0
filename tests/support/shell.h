// What the helpers that start servers share: commands, and folders that a server's user can reach.
#pragma once

#include <string>

namespace whet::testing {

/// Runs a command with bash; its output (stdout). Fails the current test when it exits with another
/// code than 0.
std::string run(const std::string& command);

[[nodiscard]] std::string trimmed(std::string text);  ///< without newlines and spaces at the end
[[nodiscard]] std::string last_line(const std::string& text);
/// The path of a script in tools/.
[[nodiscard]] std::string tool(const std::string& name);
[[nodiscard]] std::string shell_quoted(const std::string& text);

/// A new folder under /tmp; empty when there is none (the test has failed then).
[[nodiscard]] std::string folder_for_server();

}  // namespace whet::testing
