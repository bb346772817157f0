// Plans come from other people's clipboards and logs: any bytes must give a plan or a sentence, and
// every step after that must survive what was read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/plan_requirements.h"
#include "plans/expression.h"
#include "plans/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = whet::plans::parse_expression(text)) {
    (void)whet::plans::to_text(*expression);
  }
  const auto plan = whet::plans::parse(text);
  if (plan.ok()) {
    whet::fuzz::require_sound(*plan);
  } else {
    whet::fuzz::require(!plan.error().message.empty());
  }
  return 0;
}
