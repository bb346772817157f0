// The readers of each format; read() chooses.
#pragma once

#include <string_view>
#include <vector>

#include "logs/entry.h"

namespace whet::logs {

[[nodiscard]] std::vector<Entry> read_text(std::string_view log, std::string_view prefix);
[[nodiscard]] std::vector<Entry> read_csv(std::string_view log);
[[nodiscard]] std::vector<Entry> read_json(std::string_view log);

}  // namespace whet::logs
