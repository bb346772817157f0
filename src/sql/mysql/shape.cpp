#include "sql/mysql/shape.h"

#include <algorithm>

#include "sql/mysql/parse.h"
#include "sql/mysql/shaper.h"
#include "sql/mysql/tokens.h"

namespace whet::sql::mysql {

namespace {

std::int64_t places_in(std::string_view text, const Mode& mode) {
  const auto all = tokens(text, mode);
  return std::count_if(all.begin(), all.end(), [](const Token& token) {
    return token.kind == TokenKind::param || token.kind == TokenKind::ellipsis;
  });
}

}  // namespace

Result<model::Shape> shape(std::string_view text, const Catalog& catalog, const Mode& mode,
                           Literals literals) {
  const auto all = WHET_TRY(parse(text, mode));
  const bool constant = literals == Literals::constant ||
                        (literals == Literals::by_text && places_in(text, mode) > 0);
  Shaper shaper(catalog, mode, constant);
  for (const Statement& one : all) shaper.statement(one);
  if (shaper.too_large())
    return Error{ErrorKind::invalid,
                 "The statement reads more than " + std::to_string(most_relations) +
                     " tables: it was not examined.",
                 "Split it into smaller statements.", ""};
  return shaper.take_shape();
}

Result<std::vector<ParameterUse>> parameter_columns(std::string_view text, const Catalog& catalog,
                                                    const Mode& mode) {
  const auto all = WHET_TRY(parse(text, mode));
  Shaper shaper(catalog, mode, true);
  for (const Statement& one : all) shaper.statement(one);
  std::vector<ParameterUse> out(static_cast<std::size_t>(places_in(text, mode)));
  for (std::size_t i = 0; i < out.size(); ++i) out[i].number = static_cast<std::int64_t>(i) + 1;
  for (ParameterUse& use : shaper.take_parameters()) {
    const auto at = static_cast<std::size_t>(use.number - 1);
    if (use.number >= 1 && at < out.size()) out[at] = std::move(use);
  }
  return out;
}

Result<std::vector<UsedTable>> used_tables(std::string_view text, const Mode& mode) {
  const auto all = WHET_TRY(parse(text, mode));
  const model::Schema nothing;
  const Catalog catalog(nothing, {});
  Shaper shaper(catalog, mode, true);
  for (const Statement& one : all) shaper.statement(one);
  std::vector<UsedTable> out;
  for (const model::ShapeRelation& relation : shaper.take_shape().relations) {
    const UsedTable used{relation.schema, relation.table, relation.written};
    if (std::find(out.begin(), out.end(), used) == out.end()) out.push_back(used);
  }
  return out;
}

}  // namespace whet::sql::mysql
