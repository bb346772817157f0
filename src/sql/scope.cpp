#include "sql/scope.h"

#include <algorithm>
#include <ranges>

namespace whet::sql {

namespace {

std::optional<Place> in_source(const Source& source, std::string_view name) {
  if (source.derived) {
    for (const Output& output : source.outputs) {
      if (output.name == name) return Place{true, output.relation, output.column, output.also};
    }
    return std::nullopt;
  }
  if (source.table != nullptr && source.table->column(name) != nullptr)
    return Place{true, source.relation, std::string(name)};
  return std::nullopt;
}

// The fields of a reference: {"a", "x"} of a.x; a star is "*".
std::vector<std::string> fields_of(json::View column_ref) {
  std::vector<std::string> out;
  for (const json::View field : column_ref["fields"].elements()) {
    out.push_back(field["A_Star"].present() ? "*" : field["String"]["sval"].string_or(""));
  }
  return out;
}

const Source* source_named(const Block& block, const std::string& schema, const std::string& name) {
  for (const Source& source : block.sources) {
    if (source.alias == name &&
        (schema.empty() || source.schema.empty() || source.schema == schema))
      return &source;
  }
  return nullptr;
}

Place in_opaque(const Source& source, const std::string& name) {
  return {true, source.relation, source.relation ? name : std::string()};
}

Place unqualified(const Block& block, const std::string& name) {
  Place found = find_column(block, 0, block.sources.size(), name);
  if (found.found) return found;
  if (const Source* row = source_named(block, "", name); row != nullptr)
    return {true, row->relation, ""};
  // One source of unknown columns must have it; with several nobody can tell which.
  const auto is_opaque = [](const Source& source) { return source.opaque; };
  const auto opaque = std::find_if(block.sources.begin(), block.sources.end(), is_opaque);
  if (opaque != block.sources.end()) {
    const bool one = std::count_if(block.sources.begin(), block.sources.end(), is_opaque) == 1;
    return one ? in_opaque(*opaque, name) : Place{true, std::nullopt, ""};
  }
  return block.outer == nullptr ? Place() : unqualified(*block.outer, name);
}

}  // namespace

const CommonTable* Block::common_table(std::string_view name) const {
  // The last of a name: a block's own hide those around it.
  for (const CommonTable& one : common | std::views::reverse) {
    if (one.name == name) return &one;
  }
  return outer == nullptr ? nullptr : outer->common_table(name);
}

Place find_column(const Block& block, std::size_t first, std::size_t last, std::string_view name) {
  std::optional<Place> found;
  for (std::size_t i = first; i < last; ++i) {
    auto here = in_source(block.sources[i], name);
    if (!here) continue;
    // Without USING two of a name are ambiguous, which the server refuses: claim nothing.
    if (found && !block.merged.contains(std::string(name))) return {};
    if (!found) found = std::move(here);
  }
  return found.value_or(Place());
}

Place resolve(const Block& block, json::View column_ref) {
  auto names = fields_of(column_ref);
  if (names.empty()) return {};
  if (names.size() > 3) names.erase(names.begin(), names.end() - 3);
  if (names.size() == 1) return names[0] == "*" ? Place() : unqualified(block, names[0]);
  const std::string& column = names.back();
  const std::string& table = names[names.size() - 2];
  const std::string schema = names.size() == 3 ? names[0] : "";
  for (const Block* at = &block; at != nullptr; at = at->outer) {
    const Source* source = source_named(*at, schema, table);
    if (source == nullptr) continue;
    if (column == "*") return {true, source->relation, ""};
    if (auto place = in_source(*source, column)) return *std::move(place);
    return source->opaque ? in_opaque(*source, column) : Place();
  }
  return {};
}

std::optional<std::vector<std::string>> column_names(const Source& source) {
  std::vector<std::string> out;
  if (source.derived) {
    for (const Output& output : source.outputs) out.push_back(output.name);
    return out;
  }
  if (source.table == nullptr) return std::nullopt;
  for (const model::Column& column : source.table->columns) out.push_back(column.name);
  return out;
}

}  // namespace whet::sql
