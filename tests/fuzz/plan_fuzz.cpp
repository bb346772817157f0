// Plans come from other people's clipboards and logs: any bytes must give a plan or a sentence, and
// every step after that must survive what was read: arithmetic, shape, printing, checks, JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "advise/query/plan_checks.h"
#include "base/json.h"
#include "base/text.h"
#include "model/json.h"
#include "plans/arithmetic.h"
#include "plans/expression.h"
#include "plans/parse.h"
#include "plans/render.h"
#include "plans/shape.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_shares(const whet::model::Plan& plan) {
  const whet::plans::Figures figures = whet::plans::measure(plan);
  for (std::size_t i = 0; i < figures.nodes.size(); ++i) {
    require(figures.share(i) >= 0 && figures.share(i) <= 1);
    require(figures.inclusive_share(i) >= 0 && figures.inclusive_share(i) <= 1);
  }
}

void require_lines(const whet::model::Plan& plan, bool ascii) {
  whet::plans::RenderOptions options;
  options.width = 80;
  options.ascii = ascii;
  for (const std::string& line : whet::text::split(whet::plans::render(plan, options), '\n')) {
    require(whet::text::display_width(line) <= 80);
  }
}

std::string through_json(const whet::model::Plan& plan) {
  const auto document = whet::json::Document::parse(whet::model::to_json(plan));
  require(document.ok());
  const auto read = whet::model::plan_from_json(document->root());
  require(read.ok());
  return whet::model::to_json(*read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = whet::plans::parse_expression(text)) {
    (void)whet::plans::to_text(*expression);
  }
  const auto plan = whet::plans::parse(text);
  if (!plan.ok()) {
    require(!plan.error().message.empty());
    return 0;
  }
  require_shares(*plan);
  require(whet::plans::shape_hash(*plan).size() == 16);
  require_lines(*plan, true);
  require_lines(*plan, false);
  (void)whet::advise::check_plan(*plan, nullptr);
  // Written and read again it stays what it is. (The reader holds figures to 2^53, so what counts
  // is the second time.)
  const std::string once = through_json(*plan);
  const auto document = whet::json::Document::parse(once);
  require(document.ok());
  const auto again = whet::model::plan_from_json(document->root());
  require(again.ok() && through_json(*again) == once);
  return 0;
}
