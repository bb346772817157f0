// What must hold for every plan that any bytes give: arithmetic, shape, printing, checks, JSON.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>

#include "advise/query/plan_checks.h"
#include "base/json.h"
#include "base/text.h"
#include "model/json.h"
#include "plans/arithmetic.h"
#include "plans/render.h"
#include "plans/shape.h"

namespace whet::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void require_shares(const model::Plan& plan) {
  const plans::Figures figures = plans::measure(plan);
  for (std::size_t i = 0; i < figures.nodes.size(); ++i) {
    require(figures.share(i) >= 0 && figures.share(i) <= 1);
    require(figures.inclusive_share(i) >= 0 && figures.inclusive_share(i) <= 1);
  }
}

inline void require_lines(const model::Plan& plan, bool ascii) {
  plans::RenderOptions options;
  options.width = 80;
  options.ascii = ascii;
  for (const std::string& line : text::split(plans::render(plan, options), '\n')) {
    require(text::display_width(line) <= 80);
  }
}

inline std::string through_json(const model::Plan& plan) {
  const auto document = json::Document::parse(model::to_json(plan));
  require(document.ok());
  const auto read = model::plan_from_json(document->root());
  require(read.ok());
  return model::to_json(*read);
}

inline void require_sound(const model::Plan& plan) {
  require_shares(plan);
  require(plans::shape_hash(plan).size() == 16);
  require_lines(plan, true);
  require_lines(plan, false);
  (void)advise::check_plan(plan, nullptr);
  // Written and read again it stays what it is. (The reader holds figures to 2^53, so what counts
  // is the second time.)
  const std::string once = through_json(plan);
  const auto document = json::Document::parse(once);
  require(document.ok());
  const auto again = model::plan_from_json(document->root());
  require(again.ok() && through_json(*again) == once);
}

}  // namespace whet::fuzz
