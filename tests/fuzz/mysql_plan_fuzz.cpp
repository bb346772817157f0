// Plans of MySQL and MariaDB in all formats, whatever the bytes say that they are; names resolved
// from the same bytes, and values taken off.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/plan_requirements.h"
#include "plans/literals.h"
#include "plans/mysql/names.h"
#include "plans/mysql/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)whet::plans::mysql::looks_like_plan(text);
  auto plan = whet::plans::mysql::parse(text);
  if (!plan.ok()) {
    whet::fuzz::require(!plan.error().message.empty());
    return 0;
  }
  whet::fuzz::require_sound(*plan);
  whet::plans::mysql::resolve_names(*plan, text);
  whet::plans::remove_literals(*plan);
  whet::fuzz::require_sound(*plan);
  return 0;
}
