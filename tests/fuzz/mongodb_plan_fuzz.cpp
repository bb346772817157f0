// Explains of MongoDB, whatever the bytes say that they are: what is read is sound, prints, and has
// no text literal of its conditions left.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/plan_requirements.h"
#include "plans/mongodb/parse.h"
#include "plans/render.h"
#include "plans/shape.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)whet::plans::mongodb::looks_like_plan(text);
  const auto plan = whet::plans::mongodb::parse(text);
  if (!plan.ok()) {
    whet::fuzz::require(!plan.error().message.empty());
    return 0;
  }
  whet::fuzz::require_sound(*plan);
  whet::fuzz::require(!whet::plans::shape_text(*plan).empty());
  return 0;
}
