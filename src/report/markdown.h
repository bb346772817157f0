// Foreign text inside Markdown: it stays where it is put, whatever it holds.
#pragma once

#include <string>
#include <string_view>

#include "model/server.h"

namespace whet::report {

/// Text inside a table cell or a line: no bars, no line ends, no HTML.
[[nodiscard]] std::string markdown_cell(std::string_view text);
/// Code inside a table cell or a line: backticks of its own do not end it.
[[nodiscard]] std::string markdown_code(std::string_view code);
/// A block of what that server's shell takes: a fence of its own does not end it.
[[nodiscard]] std::string markdown_code_block(
    std::string_view code, model::EngineKind engine = model::EngineKind::postgresql);

}  // namespace whet::report
