#include "sql/shape.h"

#include <algorithm>

#include "sql/parse.h"
#include "sql/shaper.h"

namespace whet::sql {

namespace {

void all_parameters(json::View view, std::int64_t& highest) {
  for (const auto& [type, content] : view.members()) {
    if (type == "ParamRef") highest = std::max(highest, content["number"].integer_or(0));
    all_parameters(content, highest);
  }
  for (const json::View element : view.elements()) all_parameters(element, highest);
}

}  // namespace

Result<model::Shape> shape(std::string_view text, const Catalog& catalog, Literals literals) {
  const auto tree = WHET_TRY(parse(text));
  std::int64_t highest = 0;
  if (literals == Literals::by_text) {
    for (const json::View statement : statements(tree)) all_parameters(statement, highest);
  }
  Shaper shaper(catalog, literals == Literals::constant || highest > 0);
  for (const json::View statement : statements(tree)) shaper.statement(statement);
  if (shaper.too_large())
    return Error{ErrorKind::invalid,
                 "The statement reads more than " + std::to_string(most_relations) +
                     " tables or has more than " + std::to_string(most_common_tables) +
                     " WITH queries: it was not examined.",
                 "Split it into smaller statements.", ""};
  return shaper.take_shape();
}

Result<std::vector<ParameterUse>> parameter_columns(std::string_view text, const Catalog& catalog) {
  const auto tree = WHET_TRY(parse(text));
  Shaper shaper(catalog, true);
  std::int64_t highest = 0;
  for (const json::View statement : statements(tree)) {
    shaper.statement(statement);
    all_parameters(statement, highest);
  }
  // The protocol's limit; a higher number is no parameter that could be filled.
  highest = std::min<std::int64_t>(highest, 65535);
  std::vector<ParameterUse> out(static_cast<std::size_t>(highest));
  for (std::size_t i = 0; i < out.size(); ++i) out[i].number = static_cast<std::int64_t>(i) + 1;
  for (ParameterUse& use : shaper.take_parameters()) {
    if (use.number >= 1 && use.number <= highest)
      out[static_cast<std::size_t>(use.number - 1)] = std::move(use);
  }
  return out;
}

}  // namespace whet::sql
