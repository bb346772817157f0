// Units of memory and disk.
#pragma once

namespace whet {

inline constexpr double kilobyte = 1024;
inline constexpr double megabyte = 1024 * kilobyte;
inline constexpr double gigabyte = 1024 * megabyte;

}  // namespace whet
