// Filter documents as conditions.
#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string_view>

#include "advise/wired/query.h"
#include "base/text.h"

namespace whet::advise::wired {

namespace {

using mql::Field;
using mql::Type;
using mql::Value;

std::string joined(const std::string& above, std::string_view name) {
  return above.empty() ? std::string(name) : above + "." + std::string(name);
}

/// "items.0.sku" is a condition on items.sku, though on one element.
std::string without_positions(const std::string& path) {
  std::vector<std::string> kept;
  for (const std::string& part : text::split(path, '.')) {
    const bool position = !part.empty() && std::all_of(part.begin(), part.end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
    if (!position) kept.push_back(part);
  }
  return text::join(kept, ".");
}

bool is_operators(const Value& value) {
  return value.is_object() && !value.fields.empty() && value.fields.front().name.starts_with("$") &&
         value.fields.front().name != "$oid" && value.fields.front().name != "$ref";
}

/// The literal text behind ^; empty: there is none, or upper and lower case are alike.
std::string literal_beginning(const std::string& pattern, const std::string& options) {
  if (options.find('i') != std::string::npos || options.find('x') != std::string::npos) return "";
  if (options.find('m') != std::string::npos) return "";
  if (!pattern.starts_with("^") && !pattern.starts_with("\\A")) return "";
  std::string out;
  for (std::size_t i = pattern.front() == '^' ? 1 : 2; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size() &&
        std::ispunct(static_cast<unsigned char>(pattern[i + 1])) != 0) {
      out += pattern[++i];
      continue;
    }
    if (std::string_view("\\.[]{}()*+?|^$").find(c) != std::string_view::npos) {
      // A quantifier belongs to the character before it.
      if ((c == '*' || c == '?' || c == '{') && !out.empty()) out.pop_back();
      if (c == '|') return "";
      return out;
    }
    out += c;
  }
  return out;
}

class Reader {
 public:
  void read(const Value& document, const std::string& above, std::int64_t element, Filter& out);

 private:
  void field(const Field& field, const std::string& above, std::int64_t element, Filter& out);
  void operators(const std::string& path, const Value& value, std::int64_t element, Filter& out);
  void one(const std::string& path, const Field& op, const Value& all, std::int64_t element,
           Filter& out);
  void lists(const std::string& path, const Field& op, std::int64_t element, Filter& out);
  void pattern(const std::string& path, const Field& op, const Value& all, std::int64_t element,
               Filter& out);
  void either(const Value& arms, const std::string& above, std::int64_t element, Filter& out);
  void element_match(const std::string& path, const Value& value, std::int64_t element,
                     Filter& out);
  void expression(const Value& value, Filter& out);

  static void add(Filter& out, const std::string& path, Op op, std::vector<Value> values,
                  std::int64_t element) {
    out.conditions.push_back({without_positions(path), op, std::move(values), element});
  }
  static void regex(Filter& out, const std::string& path, const std::string& pattern,
                    const std::string& options, std::int64_t element) {
    const std::string literal = literal_beginning(pattern, options);
    add(out, path, literal.empty() ? Op::regex : Op::prefix, {Value::of(literal)}, element);
  }

  std::int64_t elements_ = 0;
};

void Reader::element_match(const std::string& path, const Value& value, std::int64_t element,
                           Filter& out) {
  const std::int64_t group = element != 0 ? element : ++elements_;
  if (is_operators(value) && !value.fields.front().name.starts_with("$and") &&
      !value.fields.front().name.starts_with("$or")) {
    operators(path, value, group, out);
  } else if (value.is_object()) {
    read(value, path, group, out);
  } else {
    add(out, path, Op::other, {}, element);
  }
}

Op comparison(std::string_view name) {
  if (name == "$eq") return Op::equal;
  if (name == "$lt") return Op::less;
  if (name == "$lte") return Op::less_equal;
  if (name == "$gt") return Op::greater;
  if (name == "$gte") return Op::greater_equal;
  if (name == "$ne") return Op::not_equal;
  return Op::other;
}

std::vector<Value> values_of(const Value& list) {
  std::vector<Value> out;
  for (const Field& element : list.fields) out.push_back(element.value);
  if (out.empty() && !list.is_array()) out.push_back(Value::placeholder());
  return out;
}

void Reader::lists(const std::string& path, const Field& op, std::int64_t element, Filter& out) {
  if (op.name != "$all") {
    const bool regexes = std::any_of(op.value.fields.begin(), op.value.fields.end(),
                                     [](const Field& f) { return f.value.type == Type::regex; });
    const Op kind = op.name == "$nin" ? Op::not_in : regexes ? Op::regex : Op::in;
    add(out, path, kind, values_of(op.value), element);
    return;
  }
  for (const Value& value : values_of(op.value)) {
    const Value* match = value.find("$elemMatch");
    if (match != nullptr) {
      element_match(path, *match, 0, out);
    } else {
      add(out, path, Op::equal, {value}, 0);
    }
  }
}

void Reader::pattern(const std::string& path, const Field& op, const Value& all,
                     std::int64_t element, Filter& out) {
  if (op.value.type == Type::placeholder) {
    add(out, path, Op::regex, {}, element);
    return;
  }
  const std::string own = op.value.type == Type::regex ? op.value.options : "";
  regex(out, path, op.value.text, all.string_at("$options", own), element);
}

void Reader::one(const std::string& path, const Field& op, const Value& all, std::int64_t element,
                 Filter& out) {
  const std::string& name = op.name;
  const auto is = [&name](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (const Op simple = comparison(name); simple != Op::other) {
    add(out, path, simple, {op.value}, element);
  } else if (is({"$in", "$nin", "$all"})) {
    lists(path, op, element, out);
  } else if (name == "$exists") {
    const bool wanted = op.value.type == Type::placeholder || op.value.truthy();
    add(out, path, wanted ? Op::exists : Op::missing, {}, element);
  } else if (name == "$regex") {
    pattern(path, op, all, element, out);
  } else if (name == "$elemMatch") {
    element_match(path, op.value, element, out);
  } else if (name == "$type") {
    add(out, path, Op::type, {op.value}, element);
  } else if (is({"$geoWithin", "$geoIntersects", "$within"})) {
    add(out, path, Op::within, {op.value}, element);
  } else if (is({"$near", "$nearSphere", "$geoNear"})) {
    add(out, path, Op::near, {op.value}, element);
  } else if (!is({"$options", "$maxDistance", "$minDistance"})) {
    add(out, path, Op::other, {}, element);
  }
}

void Reader::operators(const std::string& path, const Value& value, std::int64_t element,
                       Filter& out) {
  for (const Field& op : value.fields) one(path, op, value, element, out);
}

/// $or of equalities on one path is what $in says.
bool as_membership(const std::vector<Filter>& arms, Condition& out) {
  for (const Filter& arm : arms) {
    if (arm.conditions.size() != 1 || !arm.alternatives.empty()) return false;
    const Condition& one = arm.conditions.front();
    if (!one.is_point() || (!out.path.empty() && out.path != one.path)) return false;
    out.path = one.path;
    out.values.insert(out.values.end(), one.values.begin(), one.values.end());
  }
  out.op = Op::in;
  return !arms.empty();
}

void Reader::either(const Value& arms, const std::string& above, std::int64_t element,
                    Filter& out) {
  std::vector<Filter> made;
  for (const Field& arm : arms.fields) {
    if (!arm.value.is_object()) continue;
    Filter filter;
    read(arm.value, above, element, filter);
    made.push_back(std::move(filter));
  }
  if (made.empty()) {
    add(out, above, Op::other, {}, element);
    return;
  }
  if (made.size() == 1) {
    for (Condition& one : made[0].conditions) out.conditions.push_back(std::move(one));
    for (auto& one : made[0].alternatives) out.alternatives.push_back(std::move(one));
    return;
  }
  Condition membership;
  membership.element = element;
  if (as_membership(made, membership)) {
    out.conditions.push_back(std::move(membership));
  } else {
    out.alternatives.push_back(std::move(made));
  }
}

/// Of $expr only comparisons of one field with a constant make bounds.
void Reader::expression(const Value& value, Filter& out) {
  if (value.is_object() && value.fields.size() == 1) {
    const Field& op = value.fields.front();
    if (op.name == "$and" && op.value.is_array()) {
      for (const Field& arm : op.value.fields) expression(arm.value, out);
      return;
    }
    const Op simple = comparison(op.name);
    if (simple != Op::other && simple != Op::not_equal && op.value.is_array() &&
        op.value.fields.size() == 2) {
      const Value& left = op.value.fields[0].value;
      const Value& right = op.value.fields[1].value;
      const bool field =
          left.is_string() && left.text.starts_with("$") && !left.text.starts_with("$$");
      const bool constant =
          !right.is_object() && !(right.is_string() && right.text.starts_with("$"));
      if (field && constant) {
        add(out, left.text.substr(1), simple, {right}, 0);
        return;
      }
    }
  }
  add(out, "", Op::other, {}, 0);
}

void Reader::field(const Field& field, const std::string& above, std::int64_t element,
                   Filter& out) {
  const std::string& name = field.name;
  if (name == "$and") {
    for (const Field& arm : field.value.fields) read(arm.value, above, element, out);
  } else if (name == "$or") {
    either(field.value, above, element, out);
  } else if (name == "$text") {
    add(out, "$text", Op::text, {}, 0);
  } else if (name == "$expr") {
    expression(field.value, out);
  } else if (name == "$comment") {
    return;
  } else if (name.starts_with("$")) {
    add(out, above, Op::other, {}, element);
  } else if (is_operators(field.value)) {
    operators(joined(above, name), field.value, element, out);
  } else if (field.value.type == Type::regex) {
    regex(out, joined(above, name), field.value.text, field.value.options, element);
  } else {
    add(out, joined(above, name), Op::equal, {field.value}, element);
  }
}

void Reader::read(const Value& document, const std::string& above, std::int64_t element,
                  Filter& out) {
  for (const Field& one : document.fields) field(one, above, element, out);
}

}  // namespace

bool Condition::takes_missing() const {
  const auto null = [](const Value& value) { return value.is_null(); };
  if (is_point()) return std::any_of(values.begin(), values.end(), null);
  if (op == Op::not_equal || op == Op::not_in)
    return std::none_of(values.begin(), values.end(), null);
  return op == Op::missing || op == Op::other;
}

Filter filter_of(const Value& document) {
  Filter out;
  Reader().read(document, "", 0, out);
  return out;
}

}  // namespace whet::advise::wired
