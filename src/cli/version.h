#pragma once

#include <string_view>

namespace whet::cli {

inline constexpr std::string_view version = WHET_VERSION;

}  // namespace whet::cli
