#include "mql/shape_parts.h"

#include <algorithm>

#include "base/text.h"
#include "mql/normal_forms.h"

namespace whet::mql {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "a" is above "a.b" and "a".
bool is_above(std::string_view above, std::string_view path) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '.');
}

bool overlap(std::string_view a, std::string_view b) { return is_above(a, b) || is_above(b, a); }

void collect_paths(const Value& expression, std::vector<std::string>& out) {
  if (expression.is_string() && expression.text.size() > 1 && expression.text.starts_with('$')) {
    std::string_view path = std::string_view(expression.text).substr(1);
    if (path.starts_with('$')) {
      path.remove_prefix(1);
      const bool whole = is_above("ROOT", path) || is_above("CURRENT", path);
      if (!whole) return;
      const std::size_t dot = path.find('.');
      path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    out.emplace_back(path);
    return;
  }
  for (const Field& field : expression.fields) {
    if (field.name != "$literal" && field.name != "$const" && field.name != "$meta") {
      collect_paths(field.value, out);
    }
  }
}

void insert_sorted(std::vector<std::string>& list, const std::string& name) {
  const auto at = std::ranges::lower_bound(list, name);
  if (at == list.end() || *at != name) list.insert(at, name);
}

}  // namespace

std::string without_positions(std::string_view path) {
  std::string out;
  for (const std::string& step : text::split(path, '.')) {
    const bool position = all_digits(step) || step == "$" || step.starts_with("$[");
    if (position && !out.empty()) continue;
    if (!out.empty()) out += '.';
    out += step;
  }
  return out;
}

std::vector<std::string> paths_of(const Value& expression) {
  std::vector<std::string> out;
  collect_paths(expression, out);
  return out;
}

std::vector<std::int64_t> parameters_in(const Value& value) {
  std::vector<std::int64_t> out;
  if (value.type == Type::placeholder && value.integer > 0) out.push_back(value.integer);
  for (const Field& field : value.fields) {
    for (const std::int64_t number : parameters_in(field.value)) out.push_back(number);
  }
  return out;
}

void number_placeholders(Value& value, std::int64_t& last) {
  if (value.type == Type::placeholder) value.integer = ++last;
  for (Field& field : value.fields) number_placeholders(field.value, last);
}

std::optional<Place> Stream::place(std::string_view path) const {
  if (foreign) return std::nullopt;
  for (const auto& [as, other] : joined) {
    if (is_above(as, path)) {
      const std::string_view inner = path.size() > as.size() ? path.substr(as.size() + 1) : "";
      if (inner.empty()) return std::nullopt;
      return Place{other, without_positions(inner)};
    }
  }
  for (const auto& [now, before] : renamed) {
    if (is_above(now, path)) {
      return Place{relation, without_positions(before + std::string(path.substr(now.size())))};
    }
  }
  const auto hides = [&](const std::string& name) { return overlap(name, path); };
  if (std::ranges::any_of(computed, hides)) return std::nullopt;
  if (only && std::ranges::none_of(*only, hides)) return std::nullopt;
  return Place{relation, without_positions(path)};
}

bool Stream::can_filter(std::string_view path, const Place& place) const {
  if (!movable) return false;
  if (place.relation != relation) {
    return std::ranges::find(joined_and_unwound, place.relation) != joined_and_unwound.end();
  }
  return std::ranges::none_of(unwound,
                              [&](const std::string& name) { return overlap(name, path); });
}

std::size_t ShapeBuilder::add(std::string_view schema, std::string_view table,
                              std::string_view alias, std::int64_t block) {
  model::ShapeRelation out;
  out.schema = schema;
  out.table = table;
  out.alias = alias;
  out.block = block;
  shape_.relations.push_back(std::move(out));
  blocks_ = std::max(blocks_, block);
  return shape_.relations.size() - 1;
}

void ShapeBuilder::need(const Place& place) {
  if (!place.column.empty()) insert_sorted(at(place.relation).needed, place.column);
}

void ShapeBuilder::need(const Stream& stream, std::string_view path) {
  if (const auto place = stream.place(path)) need(*place);
}

void ShapeBuilder::need_all(const Stream& stream, const Value& expression) {
  for (const std::string& path : paths_of(expression)) need(stream, path);
}

void ShapeBuilder::project(const Place& place) {
  if (place.column.empty()) return;
  insert_sorted(at(place.relation).projected, place.column);
  need(place);
}

void ShapeBuilder::join(const Place& a, const Place& b, std::string_view op, bool outer,
                        bool subquery) {
  const auto edge = [&](const Place& from, const Place& to, std::string_view with) {
    model::JoinEdge out;
    out.column = from.column;
    out.op = with;
    out.other = static_cast<std::int64_t>(to.relation);
    out.other_column = to.column;
    out.outer = outer;
    out.subquery = subquery;
    at(from.relation).joins.push_back(std::move(out));
    need(from);
  };
  std::string mirrored(op);
  if (mirrored.starts_with('<') && mirrored != "<>")
    mirrored[0] = '>';
  else if (mirrored.starts_with('>'))
    mirrored[0] = '<';
  edge(a, b, op);
  edge(b, a, mirrored);
}

model::Shape ShapeBuilder::take() { return std::move(shape_); }

}  // namespace whet::mql
