// Filters as predicates.
#include <algorithm>
#include <array>

#include "mql/canonical.h"
#include "mql/normal_forms.h"
#include "mql/shape_parts.h"

namespace whet::mql {

namespace {

using model::PatternKind;
using model::Predicate;
using model::PredicateKind;

/// The operators of filters and expressions that are comparisons, and SQL's names for them.
struct Comparison {
  std::string_view name, op, turned;
};
constexpr std::array comparisons{Comparison{"$eq", "=", "="}, Comparison{"$gt", ">", "<"},
                                 Comparison{"$gte", ">=", "<="}, Comparison{"$lt", "<", ">"},
                                 Comparison{"$lte", "<=", ">="}};

const Comparison* comparison(std::string_view name) {
  const auto* found = std::ranges::find(comparisons, name, &Comparison::name);
  return found == comparisons.end() ? nullptr : found;
}

bool has_placeholder(const Value& value) {
  return value.type == Type::placeholder ||
         std::ranges::any_of(value.fields,
                             [](const Field& field) { return has_placeholder(field.value); });
}

bool has_position(std::string_view path) { return without_positions(path) != path; }

PatternKind pattern_of(const Value& regex, std::string_view options) {
  if (regex.type == Type::placeholder) return PatternKind::parameter;
  // The normal form's "^?" stands for an anchored one.
  const bool prefix = regex_prefix(regex.text, options) > 0 ||
                      (regex.text == "^?" && options.find('m') == std::string_view::npos);
  const bool blind = options.find('i') != std::string_view::npos;
  return prefix || (blind && regex_prefix(regex.text, "") > 0) ? PatternKind::prefix
                                                               : PatternKind::wildcard;
}

class FilterShaper {
 public:
  FilterShaper(ShapeBuilder& builder, const Stream& stream) : builder_(builder), stream_(stream) {}

  void conditions(const Value& filter) {
    for (const Field& field : filter.fields) {
      if (field.name.starts_with('$')) {
        top(field);
      } else {
        on_path(prefix_ + field.name, field.value);
      }
    }
  }

 private:
  void top(const Field& field) {
    if (field.name == "$and") {
      for (const Field& part : field.value.fields) conditions(part.value);
    } else if (field.name == "$or") {
      disjunction(field.value);
    } else if (field.name == "$nor") {
      for (const Field& arm : field.value.fields) negation(arm.value);
    } else if (field.name == "$expr") {
      expression(field.value);
    } else if (field.name != "$comment") {
      whole(field.name, field, columns_below(field));
    }
  }

  // The columns that some part of a filter is about.
  std::vector<std::string> columns_of_filter(const Value& filter) {
    std::vector<std::string> out;
    for (const Field& field : filter.fields) {
      std::vector<std::string> more = field.name.starts_with('$')
                                          ? columns_below(field)
                                          : std::vector<std::string>{prefix_ + field.name};
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }

  std::vector<std::string> columns_below(const Field& field) {
    if (field.name == "$expr") return paths_of(field.value);
    std::vector<std::string> out;
    if (field.name == "$jsonSchema") {
      if (const Value* properties = field.value.find("properties")) {
        for (const Field& property : properties->fields) out.push_back(property.name);
      }
      return out;
    }
    if (!field.value.is_array()) return out;
    for (const Field& arm : field.value.fields) {
      for (std::string& path : columns_of_filter(arm.value)) out.push_back(std::move(path));
    }
    return out;
  }

  // A condition that is no operator on one path.
  void whole(std::string_view op, const Field& field, const std::vector<std::string>& paths,
             bool negated = false) {
    Predicate made;
    made.kind = PredicateKind::other;
    made.op = op;
    Value text = Value::object({});
    text.fields.push_back(field);
    made.expression = relaxed_json(text);
    made.negated = negated;
    made.parameters = parameters_in(field.value);
    std::size_t relation = stream_.relation;
    bool filters = stream_.movable && !stream_.foreign;
    for (const std::string& path : paths) {
      const auto place = stream_.place(path);
      if (!place) {
        filters = false;
        continue;
      }
      builder_.need(*place);
      filters = filters && stream_.can_filter(path, *place);
      relation = place->relation;
      if (std::ranges::find(made.expression_columns, place->column) ==
          made.expression_columns.end()) {
        made.expression_columns.push_back(place->column);
      }
    }
    std::ranges::sort(made.expression_columns);
    if (filters) push(relation, std::move(made));
  }

  void push(std::size_t relation, Predicate made) {
    made.disjunction = disjunction_;
    made.arm = arm_;
    made.element = element_;
    builder_.at(relation).predicates.push_back(std::move(made));
  }

  // {a: ...}, all forms.
  void on_path(const std::string& path, const Value& value) {
    if (!is_operators(value)) {
      one(path, value.type == Type::regex ? "$regex" : "$eq", value, "");
      return;
    }
    for (const Field& field : value.fields) {
      if (field.name == "$options") continue;
      if (field.name == "$elemMatch") {
        element(path, field.value);
      } else if (field.name == "$all" && field.value.is_array()) {
        all(path, field.value);
      } else {
        const bool regex = field.name == "$regex" && field.value.options.empty();
        one(path, field.name, field.value,
            regex ? value.string_at("$options") : field.value.options);
      }
    }
  }

  void all(const std::string& path, const Value& list) {
    for (const Field& member : list.fields) {
      const Value* match = member.value.find("$elemMatch");
      if (match != nullptr)
        element(path, *match);
      else
        one(path, "$all", member.value, "");
    }
  }

  void element(const std::string& path, const Value& operand) {
    const std::int64_t outer = std::exchange(element_, builder_.next_element());
    if (is_operators(operand) && !operand.fields.front().name.starts_with("$and") &&
        !operand.fields.front().name.starts_with("$or") &&
        !operand.fields.front().name.starts_with("$nor")) {
      on_path(path, operand);
    } else {
      const std::string before = std::exchange(prefix_, path + ".");
      conditions(operand);
      prefix_ = before;
    }
    element_ = outer;
  }

  // One operator on one path.
  void one(const std::string& path, std::string_view name, const Value& value,
           std::string_view options) {
    const auto place = stream_.place(path);
    if (!place) return;
    builder_.need(*place);
    if (!stream_.can_filter(path, *place)) return;
    Predicate made = of_operator(name, value, options.empty() ? value.options : options);
    made.column = place->column;
    made.parameters = parameters_in(value);
    if (has_position(path)) {
      made.kind = PredicateKind::other;
      made.expression = path;
      made.expression_columns = {std::exchange(made.column, "")};
    } else if (disjunction_ == 0 && element_ == 0 && !has_placeholder(value) &&
               value.type != Type::regex && name != "$regex" && name != "$near" &&
               name != "$nearSphere") {
      Value condition = Value::object({});
      condition.fields.push_back({path, Value::object({{name == "$all" ? "$eq" : name, value}})});
      made.constant = relaxed_json(canonical_condition(condition));
    }
    if ((name == "$near" || name == "$nearSphere") && disjunction_ == 0) {
      model::ShapeKey key;
      key.nearest = place->column;
      builder_.at(place->relation)
          .ordering.insert(builder_.at(place->relation).ordering.begin(), key);
    }
    push(place->relation, std::move(made));
  }

  static Predicate of_kind(PredicateKind kind, std::string_view op, bool negated = false) {
    Predicate made;
    made.kind = kind;
    made.op = op;
    made.negated = negated;
    return made;
  }

  static Predicate of_operator(std::string_view name, const Value& value,
                               std::string_view options) {
    if (name == "$eq" && value.is_null()) return of_kind(PredicateKind::null, "IS NULL");
    if (name == "$ne" && value.is_null()) return of_kind(PredicateKind::null, "IS NOT NULL", true);
    if (name == "$eq") return of_kind(PredicateKind::equality, "=");
    if (name == "$all") return of_kind(PredicateKind::equality, "$all");
    if (name == "$ne") return of_kind(PredicateKind::other, "<>", true);
    if (name == "$in") return of_list(value);
    if (name == "$nin") return of_kind(PredicateKind::other, "NOT IN", true);
    if (name == "$exists") {
      const bool there = value.type == Type::placeholder || value.truthy();
      return of_kind(PredicateKind::null, "$exists", there);
    }
    if (name == "$regex") {
      Predicate made = of_kind(PredicateKind::pattern, "$regex");
      made.pattern = pattern_of(value, options);
      made.ignores_case = options.find('i') != std::string_view::npos;
      return made;
    }
    if (const Comparison* range = comparison(name)) return of_kind(PredicateKind::range, range->op);
    return of_kind(PredicateKind::other, name, name == "$not");
  }

  // A list with regexes matches by them.
  static Predicate of_list(const Value& list) {
    Predicate made = of_kind(PredicateKind::membership, "IN");
    for (const Field& element : list.fields) {
      if (element.value.type != Type::regex) continue;
      const PatternKind one = pattern_of(element.value, element.value.options);
      made.kind = PredicateKind::pattern;
      if (made.pattern != PatternKind::wildcard) made.pattern = one;
      made.ignores_case = made.ignores_case || element.value.options.find('i') != std::string::npos;
    }
    return made;
  }

  // {$or: [{a: 1}, {a: 2}]} is {a: {$in: [1, 2]}}.
  static std::optional<Field> as_membership(const Value& arms) {
    Field out{"", Value::array({})};
    for (const Field& arm : arms.fields) {
      if (arm.value.fields.size() != 1) return std::nullopt;
      const Field& only = arm.value.fields.front();
      if (only.name.starts_with('$') || only.value.type == Type::regex) return std::nullopt;
      if (!out.name.empty() && out.name != only.name) return std::nullopt;
      out.name = only.name;
      const bool operators = is_operators(only.value);
      const Value* equal = operators ? only.value.find("$eq") : &only.value;
      if (equal == nullptr || (operators && only.value.fields.size() > 1)) return std::nullopt;
      out.value.push(*equal);
    }
    if (out.name.empty()) return std::nullopt;
    return out;
  }

  void disjunction(const Value& arms) {
    if (!arms.is_array() || arms.fields.empty()) return;
    if (arms.fields.size() == 1) return conditions(arms.fields.front().value);
    if (const auto list = as_membership(arms)) {
      return one(prefix_ + list->name, "$in", list->value, "");
    }
    // One level of OR has arms; what is below is a condition as a whole.
    if (disjunction_ != 0 || element_ != 0) {
      const Field field{"$or", arms};
      return whole("$or", field, columns_below(field));
    }
    disjunction_ = builder_.next_disjunction();
    for (std::size_t i = 0; i < arms.fields.size(); ++i) {
      arm_ = static_cast<std::int64_t>(i) + 1;
      conditions(arms.fields[i].value);
    }
    disjunction_ = arm_ = 0;
  }

  void negation(const Value& arm) {
    const Field field{"$nor", Value::array({arm})};
    whole("$nor", field, columns_below(field), true);
  }

  static bool is_constant(const Value& value) {
    if (value.is_string() && value.text.starts_with("$$")) return value.text == "$$NOW";
    return paths_of(value).empty() && std::ranges::all_of(value.fields, [](const Field& field) {
             return is_constant(field.value);
           });
  }

  // The column that an operand of a comparison is, in the documents here or in those outside.
  std::optional<Place> column_of(const Value& operand, bool outside) const {
    if (!operand.is_string() || !operand.text.starts_with('$')) return std::nullopt;
    if (!operand.text.starts_with("$$")) {
      return outside ? std::nullopt : stream_.place(operand.text.substr(1));
    }
    const std::string name = operand.text.substr(2);
    const auto variable = stream_.variables.find(name.substr(0, name.find('.')));
    if (!outside || variable == stream_.variables.end() || !variable->second) return std::nullopt;
    Place out = *variable->second;
    if (name.find('.') != std::string::npos) out.column += name.substr(name.find('.'));
    return out;
  }

  // Of a comparison that an index may answer: with a constant, or with a variable of $lookup.
  bool compared(const Comparison& how, const Value& left, const Value& right) {
    const auto here = column_of(left, false);
    if (!here || !stream_.can_filter(left.text.substr(1), *here)) return false;
    if (const auto there = column_of(right, true); there && disjunction_ == 0) {
      builder_.join(*here, *there, how.op, true, true);
      return true;
    }
    if (!is_constant(right)) return false;
    builder_.need(*here);
    Predicate made = of_kind(how.name == "$eq" ? PredicateKind::equality : PredicateKind::range,
                             "$expr " + std::string(how.op));
    made.column = here->column;
    made.parameters = parameters_in(right);
    push(here->relation, std::move(made));
    return true;
  }

  void expression(const Value& value) {
    if (is_operators(value) && value.fields.size() == 1) {
      const Field& call = value.fields.front();
      if (call.name == "$and") {
        if (!call.value.is_array()) return expression(call.value);
        for (const Field& part : call.value.fields) expression(part.value);
        return;
      }
      const Comparison* how = comparison(call.name);
      if (how != nullptr && call.value.fields.size() == 2) {
        const Value &left = call.value.fields[0].value, &right = call.value.fields[1].value;
        const auto turned = std::ranges::find(comparisons, how->turned, &Comparison::op);
        if (compared(*how, left, right) || compared(*turned, right, left)) return;
      }
    }
    whole("$expr", {"$expr", value}, paths_of(value));
  }

  ShapeBuilder& builder_;
  const Stream& stream_;
  std::string prefix_;
  std::int64_t disjunction_ = 0, arm_ = 0, element_ = 0;
};

}  // namespace

void add_filter(ShapeBuilder& builder, const Stream& stream, const Value& filter) {
  FilterShaper(builder, stream).conditions(filter);
}

}  // namespace whet::mql
