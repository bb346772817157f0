// A plan as a tree that one can read on a terminal. Pure: the caller decides where it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/plan.h"

namespace whet::plans {

enum class NoteLevel : std::uint8_t { hint, warning, alarm };

/// A remark beside a node.
struct RenderNote {
  std::size_t node = 0;  ///< index in Figures::nodes
  std::string text;
  NoteLevel level = NoteLevel::warning;
};

struct RenderOptions {
  std::size_t width = 100;  ///< of the terminal; at least 60 is used
  bool color = false;       ///< ANSI colours
  bool ascii = false;       ///< no character beyond ASCII
  bool details = true;      ///< conditions, keys and memory below each node
  std::vector<RenderNote> notes;
};

/// Several lines, each ending in a newline and none wider than the width. Each node with its part
/// of the whole by itself (time, else blocks, else estimated cost), what that is, its rows, and how
/// the estimate compares. The same plan and options give the same text.
[[nodiscard]] std::string render(const model::Plan& plan, const RenderOptions& options);

}  // namespace whet::plans
