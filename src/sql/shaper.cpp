#include "sql/shaper.h"

#include <algorithm>

#include "sql/parse.h"

namespace whet::sql {

namespace {

std::string output_name(json::View target) {
  if (target["name"].present()) return target["name"].string_or("");
  auto [type, content] = node(target["val"]);
  while (type == "TypeCast") std::tie(type, content) = node(json::View(content["arg"]));
  const json::View names = content[type == "FuncCall" ? "funcname" : "fields"];
  const auto parts = names.elements();
  return parts.empty() ? "?column?" : parts.back()["String"]["sval"].string_or("?column?");
}

// A key that is an output's name was counted with the output.
bool names_output(json::View expression, json::View target_list) {
  const auto fields = expression["ColumnRef"]["fields"].elements();
  if (fields.size() != 1) return false;
  const auto name = fields[0]["String"]["sval"].string();
  const auto targets = target_list.elements();
  return name && std::any_of(targets.begin(), targets.end(), [&](json::View target) {
           return target["ResTarget"]["name"].string_or("") == *name;
         });
}

void forget_columns(std::vector<Output>& outputs) {
  for (Output& output : outputs) {
    output.relation.reset();
    output.column.clear();
    output.also.clear();
  }
}

// How often a name is read as a table below a node: a WITH query that is read twice is computed
// once, on its own.
int uses_of(json::View view, const std::string& name) {
  int count = 0;
  for (const auto& [type, content] : view.members()) {
    if (type == "RangeVar" && !content["schemaname"].present() &&
        content["relname"].string_or("") == name)
      ++count;
    count += uses_of(content, name);
  }
  for (const json::View element : view.elements()) count += uses_of(element, name);
  return count;
}

// What * stands for, or alias.* when one is given.
void star_columns(const std::string& alias, const Block& block, std::vector<Output>& out) {
  for (std::size_t i = 0; i < block.sources.size(); ++i) {
    const Source& source = block.sources[i];
    if (!alias.empty() && source.alias != alias) continue;
    for (const std::string& name : column_names(source).value_or(std::vector<std::string>())) {
      const Place place = find_column(block, i, i + 1, name);
      out.push_back({name, place.relation, place.column, place.also});
    }
  }
}

}  // namespace

void Shaper::statement(json::View body) { any_query(body, nullptr); }

Derived Shaper::any_query(json::View statement, const Block* outer) {
  if (too_large_) return {{}, true};
  const auto [type, content] = node(statement);
  if (type == "SelectStmt") return query(content, outer);
  if (type == "UpdateStmt" || type == "DeleteStmt") modify(content, outer);
  if (type == "InsertStmt") insert(content, outer);
  if (type == "MergeStmt") merge(content, outer);
  return {{}, true};
}

void Shaper::with(json::View clause, Block& block) {
  const auto all = clause["ctes"].elements();
  too_large_ = too_large_ || all.size() > most_common_tables;
  for (const json::View element : all) {
    if (too_large_) return;
    const json::View common = element["CommonTableExpr"];
    const std::string name = common["ctename"].string_or("");
    if (clause["recursive"].boolean_or(false)) {
      // The query may read itself.
      block.common.push_back({name, true, {}});
    }
    Derived derived = any_query(common["ctequery"], &block);
    const auto names = common["aliascolnames"].elements();
    for (std::size_t i = 0; i < names.size() && i < derived.outputs.size(); ++i)
      derived.outputs[i].name = names[i]["String"]["sval"].string_or("");
    const bool recursive =
        clause["recursive"].boolean_or(false) && uses_of(common["ctequery"], name) > 0;
    if (recursive || common["ctematerialized"].string_or("") == "CTEMaterializeAlways")
      forget_columns(derived.outputs);
    block.common.push_back({name, derived.opaque, std::move(derived.outputs)});
  }
}

Derived Shaper::query(json::View select, const Block* outer) {
  Block block;
  block.outer = outer;
  with(select["withClause"], block);
  for (CommonTable& common : block.common) {
    if (uses_of(select, common.name) > 1) forget_columns(common.outputs);
  }
  if (select["op"].string_or("SETOP_NONE") != "SETOP_NONE")
    return set_operation(select, outer, std::move(block.common));
  block.number = ++blocks_;
  std::vector<Condition> all;
  for (const json::View item : select["fromClause"].elements()) from(item, block, all);
  if (select["whereClause"].present()) all.push_back({select["whereClause"], false, {}});
  conditions(all, block);
  columns_used(select["targetList"], block, true);
  columns_used(select["havingClause"], block, false);
  for (const auto* part : {"groupClause", "sortClause", "distinctClause"}) {
    for (const json::View item : select[part].elements()) {
      const json::View sort = item["SortBy"]["node"];
      const json::View expression = sort.present() ? sort : item;
      if (!names_output(expression, select["targetList"])) columns_used(expression, block, false);
    }
  }
  keys(select, block);
  for (const auto* part :
       {"targetList", "havingClause", "groupClause", "sortClause", "valuesLists"})
    subqueries(select[part], block);
  Derived out;
  out.outputs = output_of(select["targetList"], block);
  const auto rows = select["valuesLists"].elements();
  if (!rows.empty()) {
    const std::size_t width = rows[0]["List"]["items"].elements().size();
    for (std::size_t i = 1; i <= width; ++i)
      out.outputs.push_back({"column" + std::to_string(i), std::nullopt, ""});
  }
  forget_computed(select, block, out.outputs);
  return out;
}

Derived Shaper::set_operation(json::View select, const Block* outer,
                              std::vector<CommonTable> common) {
  Block around;
  around.outer = outer;
  around.common = std::move(common);
  Derived left = query(select["larg"], &around);
  Derived right = query(select["rarg"], &around);
  if (const auto number = parameter_number(select["limitCount"]))
    parameter(*number, ParameterRole::limit);
  if (const auto number = parameter_number(select["limitOffset"]))
    parameter(*number, ParameterRole::offset);
  // A condition on the result filters each branch; but not below EXCEPT, nor above a LIMIT.
  if (select["op"].string_or("") == "SETOP_EXCEPT" || select["limitCount"].present() ||
      select["limitOffset"].present()) {
    forget_columns(left.outputs);
    return left;
  }
  for (std::size_t i = 0; i < left.outputs.size(); ++i) {
    Output& output = left.outputs[i];
    if (i >= right.outputs.size() || !right.outputs[i].relation) continue;
    const Output& other = right.outputs[i];
    // Of different types, the branches are computed first.
    if (output.relation &&
        type_of(*output.relation, output.column) != type_of(*other.relation, other.column)) {
      output = {output.name, std::nullopt, ""};
      continue;
    }
    if (output.relation) {
      output.also.push_back({*other.relation, other.column});
    } else {
      output.relation = other.relation;
      output.column = other.column;
    }
    output.also.insert(output.also.end(), other.also.begin(), other.also.end());
  }
  return left;
}

std::string Shaper::type_of(std::size_t relation, const std::string& column) const {
  const model::ShapeRelation& used = shape_.relations[relation];
  const model::Table* table = catalog_.table(used.schema, used.table);
  const model::Column* known = table == nullptr ? nullptr : table->column(column);
  return known == nullptr ? "" : known->base_type;
}

// A column of the output stays the column of its relation where a condition on it may be checked
// before this block's work: PostgreSQL pushes those down.
void Shaper::forget_computed(json::View select, const Block& block, std::vector<Output>& outputs) {
  for (const auto* part : {"limitCount", "limitOffset", "valuesLists", "intoClause"}) {
    if (select[part].present()) return forget_columns(outputs);
  }
  if (has_window(select["targetList"])) return forget_columns(outputs);
  const auto groups = select["groupClause"].elements();
  const auto distinct = select["distinctClause"].elements();
  const bool distinct_on = !distinct.empty() && node(distinct[0]).second.present();
  const bool aggregated = select["havingClause"].present() || has_aggregate(select["targetList"]);
  if (groups.empty() && !distinct_on) {
    if (aggregated) forget_columns(outputs);
    return;
  }
  std::set<std::pair<std::size_t, std::string>> kept;
  for (const json::View item : distinct_on ? distinct : groups) {
    // GROUPING SETS make NULLs of their columns.
    if (item["GroupingSet"].present()) return forget_columns(outputs);
    const auto found = key(item, select, block, false);
    if (found && !found->second.column.empty()) kept.emplace(found->first, found->second.column);
  }
  for (Output& output : outputs) {
    if (output.relation && kept.contains({*output.relation, output.column})) continue;
    output.relation.reset();
    output.column.clear();
    output.also.clear();
  }
}

void Shaper::modify(json::View content, const Block* outer) {
  Block block;
  block.outer = outer;
  with(content["withClause"], block);
  block.number = ++blocks_;
  written(content["relation"], block);
  std::vector<Condition> all;
  for (const auto* clause : {"fromClause", "usingClause"}) {
    for (const json::View item : content[clause].elements()) from(item, block, all);
  }
  if (content["whereClause"].present()) all.push_back({content["whereClause"], false, {}});
  conditions(all, block);
  columns_used(content["targetList"], block, false);
  columns_used(content["returningList"], block, true);
  for (const auto* part : {"targetList", "returningList"}) subqueries(content[part], block);
}

void Shaper::insert(json::View content, const Block* outer) {
  Block block;
  block.outer = outer;
  with(content["withClause"], block);
  block.number = ++blocks_;
  if (content["selectStmt"].present()) any_query(content["selectStmt"], &block);
  shape_.relations[table(content["relation"], block)].written = true;
}

void Shaper::merge(json::View content, const Block* outer) {
  Block block;
  block.outer = outer;
  with(content["withClause"], block);
  block.number = ++blocks_;
  written(content["relation"], block);
  std::vector<Condition> all;
  from(content["sourceRelation"], block, all);
  // Source rows without a match count too: the condition filters neither side by itself.
  all.push_back({content["joinCondition"], true, {}});
  conditions(all, block);
  columns_used(content["mergeWhenClauses"], block, false);
  subqueries(content["mergeWhenClauses"], block);
}

std::vector<Output> Shaper::output_of(json::View target_list, const Block& block) {
  std::vector<Output> out;
  for (const json::View element : target_list.elements()) {
    const json::View target = element["ResTarget"];
    const json::View reference = target["val"]["ColumnRef"];
    const auto fields = reference["fields"].elements();
    if (!fields.empty() && fields.back()["A_Star"].present()) {
      star_columns(
          fields.size() > 1 ? fields[fields.size() - 2]["String"]["sval"].string_or("") : "", block,
          out);
      continue;
    }
    const Place place = reference.present() ? resolve(block, reference) : Place();
    out.push_back({output_name(target), place.column.empty() ? std::nullopt : place.relation,
                   place.column, place.also});
  }
  return out;
}

void Shaper::note(const Place& place, bool projected) {
  if (!place.relation) return;
  model::ShapeRelation& relation = shape_.relations[*place.relation];
  if (place.column.empty()) {
    relation.whole_row = true;
    return;
  }
  relation.needed.push_back(place.column);
  if (projected) relation.projected.push_back(place.column);
  for (const At& also : place.also) {
    shape_.relations[also.relation].needed.push_back(also.column);
    if (projected) shape_.relations[also.relation].projected.push_back(also.column);
  }
}

void Shaper::columns_used(json::View view, const Block& block, bool projected) {
  for (const auto& [type, content] : view.members()) {
    if (type == "SubLink") {
      columns_used(content["testexpr"], block, projected);
      continue;
    }
    if (type != "ColumnRef") {
      columns_used(content, block, projected);
      continue;
    }
    const auto fields = content["fields"].elements();
    if (fields.size() == 1 && fields[0]["A_Star"].present()) {
      for (const Source& source : block.sources) note({true, source.relation, ""}, projected);
      continue;
    }
    const Place place = resolve(block, content);
    if (place.found) note(place, projected);
    if (!place.found && !fields.empty())
      shape_.unresolved.push_back(fields.back()["String"]["sval"].string_or("*"));
  }
  for (const json::View element : view.elements()) columns_used(element, block, projected);
}

void Shaper::subqueries(json::View view, const Block& block) {
  for (const auto& [type, content] : view.members()) {
    // SET (a, b) = (SELECT ...) holds its query once for each column.
    if (type == "MultiAssignRef" && content["colno"].integer_or(1) > 1) continue;
    if (type == "SubLink") {
      subqueries(content["testexpr"], block);
      subquery(content, block);
    } else {
      subqueries(content, block);
    }
  }
  for (const json::View element : view.elements()) subqueries(element, block);
}

// a IN (SELECT b ...) ties a to b as a join would.
void Shaper::subquery(json::View link, const Block& block) {
  const Derived inner = any_query(link["subselect"], &block);
  if (link["subLinkType"].string_or("") != "ANY_SUBLINK") return;
  const json::View operators = link["operName"];
  if (operators.present() && operators.elements().size() == 1 &&
      operators.elements()[0]["String"]["sval"].string_or("") != "=")
    return;
  const json::View test = link["testexpr"];
  const auto row = test["RowExpr"]["args"].elements();
  const Condition none;
  const Context context{block, none};
  for (std::size_t i = 0; i < inner.outputs.size(); ++i) {
    const json::View expression = row.empty() ? test : i < row.size() ? row[i] : json::View();
    if (!expression.present()) break;
    const Side outer = side(expression, block);
    Side answer;
    answer.relation = inner.outputs[i].relation;
    answer.column = inner.outputs[i].column;
    answer.derived = !answer.relation;
    answer.also = inner.outputs[i].also;
    if (answer.relation) answer.relations.insert(*answer.relation);
    if (!outer.relations.empty()) edge(outer, "IN", answer, context);
  }
}

model::Shape Shaper::take_shape() {
  for (model::ShapeRelation& relation : shape_.relations) {
    for (auto* names : {&relation.projected, &relation.needed}) {
      std::sort(names->begin(), names->end());
      names->erase(std::unique(names->begin(), names->end()), names->end());
    }
  }
  std::sort(shape_.unresolved.begin(), shape_.unresolved.end());
  shape_.unresolved.erase(std::unique(shape_.unresolved.begin(), shape_.unresolved.end()),
                          shape_.unresolved.end());
  return std::move(shape_);
}

}  // namespace whet::sql
