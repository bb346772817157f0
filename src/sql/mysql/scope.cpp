#include "sql/mysql/scope.h"

#include <algorithm>

#include "base/text.h"

namespace whet::sql::mysql {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Columns are found whatever their case; the catalog's spelling counts.
const model::Column* column_of(const model::Table& table, std::string_view name) {
  if (const model::Column* exact = table.column(name); exact != nullptr) return exact;
  for (const model::Column& column : table.columns) {
    if (same_name(column.name, name)) return &column;
  }
  return nullptr;
}

std::optional<Place> in_source(const Source& source, std::string_view name) {
  if (source.derived) {
    for (const Output& output : source.outputs) {
      if (same_name(output.name, name))
        return Place{true, output.relation, output.column, output.also};
    }
    return std::nullopt;
  }
  if (source.table == nullptr) return std::nullopt;
  const model::Column* column = column_of(*source.table, name);
  if (column == nullptr) return std::nullopt;
  return Place{true, source.relation, column->name};
}

Place in_opaque(const Source& source, const std::string& name) {
  return {true, source.relation, source.relation ? name : std::string()};
}

Place unqualified(const Block& block, const std::string& name) {
  for (const Block* at = &block; at != nullptr; at = at->outer) {
    Place found = find_column(*at, 0, at->sources.size(), name);
    if (found.found) return found;
    // One source of unknown columns must have it; with several nobody can tell which.
    const auto is_opaque = [](const Source& source) { return source.opaque; };
    const auto opaque = std::find_if(at->sources.begin(), at->sources.end(), is_opaque);
    if (opaque == at->sources.end()) continue;
    const bool one = std::count_if(at->sources.begin(), at->sources.end(), is_opaque) == 1;
    return one ? in_opaque(*opaque, name) : Place{true, std::nullopt, ""};
  }
  return {};
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

const Source* find_source(const Block& block, std::string_view schema, std::string_view name) {
  const Source* otherwise = nullptr;
  for (const Source& source : block.sources) {
    if (!same_name(source.alias, name)) continue;
    if (!schema.empty() && !source.schema.empty() && !same_name(source.schema, schema)) continue;
    if (source.alias == name) return &source;
    if (otherwise == nullptr) otherwise = &source;
  }
  return otherwise;
}

Place find_column(const Block& block, std::size_t first, std::size_t last, std::string_view name) {
  std::optional<Place> found;
  for (std::size_t i = first; i < last; ++i) {
    auto here = in_source(block.sources[i], name);
    if (!here) continue;
    // Without USING two of a name are ambiguous, which the server refuses: claim nothing.
    if (found && !block.merged.contains(text::lower(name))) return {};
    if (!found) found = std::move(here);
  }
  return found.value_or(Place());
}

Place resolve(const Block& block, const std::vector<std::string>& path) {
  if (path.empty()) return {};
  if (path.size() == 1) return unqualified(block, path[0]);
  const std::string& column = path.back();
  const std::string& table = path[path.size() - 2];
  const std::string schema = path.size() > 2 ? path[path.size() - 3] : "";
  for (const Block* at = &block; at != nullptr; at = at->outer) {
    const Source* source = find_source(*at, schema, table);
    if (source == nullptr) continue;
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
  for (const model::Column& column : source.table->columns) {
    if (!column.invisible) out.push_back(column.name);
  }
  return out;
}

std::optional<CommonAt> find_common(const Block& block, std::string_view name) {
  for (const Block* at = &block; at != nullptr; at = at->outer) {
    for (std::size_t i = at->common.size(); i-- > 0;) {
      if (same_name(at->common[i].name, name)) return CommonAt{at, i};
    }
  }
  return std::nullopt;
}

}  // namespace whet::sql::mysql
