// MongoDB's statements beside what is known of their collections: indexes that are hinted at, of
// another collation, of another type; joins without an index; and what their plans show.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mongodb_facts.h"
#include "advise/query/mongodb_plan.h"
#include "advise/query/mongodb_statement.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"
#include "mql/value.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using mql::Value;

void finish(const Facts& facts, const MongoStatement& one, double part, Finding finding,
            std::vector<Finding>& out) {
  about_statement(facts, *one.statement, part, finding);
  out.push_back(std::move(finding));
}

/// An index's key as a hint writes it: {status: 1, at: -1}.
bool is_key(const model::Index& index, const Value& pattern) {
  if (index.parts.size() != pattern.fields.size()) return false;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const auto direction = pattern.fields[i].value.as_number();
    if (index.parts[i].column != pattern.fields[i].name) return false;
    if (direction && (*direction < 0) != index.parts[i].descending) return false;
  }
  return true;
}

const model::Index* hinted(const model::Table& table, const Value& hint) {
  for (const model::Index& index : table.indexes) {
    if (hint.is_string() ? index.name == hint.text : is_key(index, hint)) return &index;
  }
  return nullptr;
}

void hint_without_index(const Facts& facts, std::vector<Finding>& out) {
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (statement.own || statement.total.calls < 2) continue;
    const auto command = mql::parse_command(statement.text, statement.database);
    if (!command.ok()) continue;
    const Value* hint = command->body.find("hint");
    const model::Table* table = facts.table(command->database, command->collection);
    if (hint == nullptr || table == nullptr || table->indexes.empty()) continue;
    if (hint->type == mql::Type::placeholder || hint->find("$natural") != nullptr) continue;
    const model::Index* index = hinted(*table, *hint);
    if (index != nullptr && index->usable()) continue;
    const std::string name = hint->is_string() ? hint->text : mql::relaxed_json(*hint);
    Finding finding;
    finding.severity = Severity::high;
    finding.title = "A statement's hint names an index of " + command->collection +
                    (index != nullptr ? " that is hidden" : " that does not exist") + ": " + name;
    finding.detail =
        "Every such call fails with BadValue (hint provided does not correspond to an existing "
        "index). Make or unhide the index, or take the hint out.";
    finding.evidence = {fact("hint", name, counter(facts, "command.hint")),
                        fact("indexes", std::to_string(table->indexes.size()), "listIndexes")};
    const Severity severity = finding.severity;
    about_statement(facts, statement, 1, finding);
    finding.severity = severity;  // an error is no matter of time
    out.push_back(std::move(finding));
  }
}

/// The collation's parts that decide whether an index fits.
std::string collation_of(const std::string& json) {
  if (json.empty()) return "";
  const auto parsed = mql::parse_json(json);
  if (!parsed.ok()) return json;
  return parsed->string_at("locale", "simple") + "/" +
         std::to_string(parsed->integer_at("strength", 3));
}

std::string option(const model::Index& index, const std::string& name) {
  const auto found = index.options.find(name);
  return found == index.options.end() ? "" : found->second;
}

void collation_mismatch(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const Value* asked = one.command.body.find("collation");
    const Value* condition = condition_of(one.command);
    if (asked == nullptr || condition == nullptr || one.collection == nullptr) continue;
    if (one.documents < many_documents || one.documents < 10 * std::max(one.used, 1.0)) continue;
    const std::string wanted = collation_of(mql::relaxed_json(*asked));
    const model::Index* other = nullptr;
    bool fits = false;
    for (const model::Index& index : one.collection->indexes) {
      if (index.parts.empty() || condition->find(index.parts.front().column) == nullptr) continue;
      fits = fits || collation_of(option(index, "collation")) == wanted;
      other = &index;
    }
    if (other == nullptr || fits) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "Index " + other->name + " of " + one.name() +
                    " has another collation than the statement asks for";
    finding.detail =
        "An index keeps texts in the order of its own collation, so for texts it cannot be used. "
        "Make an index with the statement's collation, or leave the collation out of the "
        "statement.";
    finding.evidence = {
        fact("collation asked for", mql::relaxed_json(*asked), counter(facts, "command.collation")),
        fact("the index's",
             option(*other, "collation").empty() ? "none" : option(*other, "collation"),
             "listIndexes"),
        number("documents read at each call", one.documents, counter(facts, "docsExamined"))};
    finish(facts, one, 1 - std::max(one.used, 1.0) / one.documents, std::move(finding), out);
  }
}

/// Types that compare with one another.
std::string family(std::string_view type) {
  if (type == "int" || type == "long" || type == "double" || type == "decimal") return "number";
  return std::string(type);
}

/// The type of a value that a field is compared with by equality; empty: something else.
std::string compared_type(const Value& value) {
  const Value* operand = &value;
  if (value.is_object() && value.fields.size() == 1 && value.fields.front().name == "$eq") {
    operand = &value.fields.front().value;
  }
  if (operand->is_object() || operand->is_array() || operand->is_null()) return "";
  if (operand->type == mql::Type::placeholder || operand->type == mql::Type::regex) return "";
  return family(mql::type_name(operand->type));
}

const model::Column* path_of(const model::Table& table, const std::string& name) {
  for (const model::Column& column : table.columns) {
    if (column.name == name && column.path) return &column;
  }
  return nullptr;
}

/// The field of a sample's condition whose documents have only values of another type.
std::optional<std::pair<std::string, std::string>> mistyped(const model::Table& table,
                                                            const Value& condition) {
  for (const mql::Field& field : condition.fields) {
    const std::string type = compared_type(field.value);
    const model::Column* column = path_of(table, field.name);
    if (type.empty() || column == nullptr || column->path->types.empty()) continue;
    const bool there = std::ranges::any_of(column->path->types, [&](const model::TypeShare& one) {
      return family(one.type) == type || one.type == "array" || one.type == "object";
    });
    if (!there) return std::pair(field.name, type);
  }
  return std::nullopt;
}

void implicit_cast(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (one.collection == nullptr || one.statement->total.rows > 0 || one.writes()) continue;
    for (const std::string& sample : one.statement->samples) {
      const auto command = mql::parse_command(sample, one.command.database);
      const Value* condition = command.ok() ? condition_of(*command) : nullptr;
      if (condition == nullptr) continue;
      const auto found = mistyped(*one.collection, *condition);
      if (!found) continue;
      const model::Column* column = path_of(*one.collection, found->first);
      Finding finding;
      finding.severity = Severity::high;
      finding.title = "A statement compares " + found->first + " with a value of type " +
                      found->second + ", and no document has one there";
      finding.detail =
          "MongoDB compares values of the same type only: the statement finds nothing, whatever "
          "the "
          "documents say. Convert the value in the application, or the documents.";
      finding.evidence = {
          fact("type asked for", found->second, "captured command"),
          fact("commonest type stored", column->path->types.front().type, "sampled documents"),
          count("documents ever returned", one.statement->total.rows, counter(facts, "nreturned"))};
      const Severity severity = finding.severity;
      about_statement(facts, *one.statement, 1, finding);
      finding.severity = severity;  // a wrong answer is no matter of time
      out.push_back(std::move(finding));
      break;
    }
  }
}

/// An index of the other collection whose first field is the foreign one.
bool has_index(const model::Table& table, const std::string& field) {
  if (field == "_id") return true;
  return std::ranges::any_of(table.indexes, [&](const model::Index& index) {
    return index.usable() && !index.parts.empty() && index.parts.front().column == field &&
           index.method != "text";
  });
}

void full_join(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const Value* lookup = stage_named(one.command, "$lookup");
    if (lookup == nullptr || one.examined() < many_documents) continue;
    const std::string from = lookup->string_at("from");
    const std::string field = lookup->string_at("foreignField");
    const model::Table* other = facts.table(one.command.database, from);
    if (field.empty() || other == nullptr || has_index(*other, field)) continue;
    if (other->row_estimate.value_or(0) < 100) continue;
    // Where it is joined once by hashing, the plan shows what it costs.
    if (one.statement->plan && one.statement->plan->executed() &&
        plan_findings(*one.statement->plan, &facts, "plan.lookup_without_index").empty()) {
      continue;
    }
    Finding finding;
    finding.severity = Severity::high;
    finding.title =
        "A $lookup has no index on " + field + " of " + from + ", and reads it again and again";
    finding.detail = "Each document of " + one.name() + " reads all of " + from +
                     ". An index on the foreign field makes it a lookup.";
    finding.evidence = {
        number("documents read at each call", one.documents, counter(facts, "docsExamined")),
        number("documents of the other collection", other->row_estimate.value_or(0), "collStats"),
        fact("joined by", lookup->string_at("localField") + " = " + from + "." + field,
             counter(facts, "command"))};
    finding.changes.push_back(manual("index/" + from + "." + field, "Make an index to join by",
                                     "db." + from + ".createIndex({\"" + field + "\": 1})"));
    finish(facts, one, 0.9, std::move(finding), out);
  }
}

void by_plan(const Facts& facts, std::string_view id, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (!one.statement->plan) continue;
    auto found = plan_findings(*one.statement->plan, &facts, id);
    if (found.empty()) continue;
    Finding finding = std::move(found.front().finding);
    finding.id.clear();  // the registered check's
    finish(facts, one, std::min(found.front().share, 1.0), std::move(finding), out);
  }
}

void not_covered(const Facts& facts, std::vector<Finding>& out) {
  by_plan(facts, "plan.not_covered", out);
}
void long_list(const Facts& facts, std::vector<Finding>& out) {
  by_plan(facts, "plan.long_list", out);
}
void scatter_gather(const Facts& facts, std::vector<Finding>& out) {
  by_plan(facts, "plan.scatter_gather", out);
}
void multikey_bounds(const Facts& facts, std::vector<Finding>& out) {
  by_plan(facts, "plan.multikey_bounds", out);
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return mongodb_check(Area::query, id, severity, summary, why,
                       "read on system.profile, or the log; find on the collections", guards,
                       source);
}

constexpr std::string_view plan_guards =
    "as for the plan check of the same name, statements without a plan, fewer than ten calls, "
    "statements that cost little";

const Register on_hint{
    info("query.hint_without_index", Severity::high,
         "A hint names an index that is hidden or not there", "Every such call fails.",
         "statements called once, collections whose indexes are unknown, $natural",
         "checks list MG-PLAN-017"),
    hint_without_index};
const Register on_collation{
    info("query.collation_mismatch", Severity::medium,
         "A statement's collation is not that of the index it could use",
         "For texts the index is of no use then.",
         "under 10,000 documents or ten for each used, an index that fits, fewer than ten calls, "
         "statements that cost little",
         "checks list MG-PLAN-018; MongoDB manual, collation and index use"),
    collation_mismatch};
const Register on_type{
    info("query.implicit_cast", Severity::high,
         "A statement compares a field with a value of a type that it never has",
         "Values of different types are never equal: it finds nothing.",
         "statements without captured texts (--with-samples), statements that ever returned "
         "anything, fields not sampled, fewer than ten calls, statements that cost little",
         "checks list MG-PLAN-019; MongoDB manual, type bracketing"),
    implicit_cast};
const Register on_join{
    info("query.full_join", Severity::high, "A $lookup has no index on the foreign field",
         "The other collection is read again for each document.",
         "under 10,000 keys or documents at each call, other collections under 100 documents or of "
         "unknown indexes, plans that show little reading there, fewer than ten calls, statements "
         "that cost little",
         "checks list MG-PLAN-010"),
    full_join};
const Register on_cover{
    info("query.not_covered", Severity::low, "A statement fetches documents for _id alone",
         "An index that answers alone needs no documents.", plan_guards, "checks list MG-PLAN-013"),
    not_covered};
const Register on_list{
    info("query.long_list", Severity::low, "A statement looks up a thousand values or more",
         "Each is a seek, and the list is planned at each call.", plan_guards,
         "checks list MG-PLAN-008"),
    long_list};
const Register on_shards{
    info("query.scatter_gather", Severity::medium, "A statement asks all shards, some in vain",
         "Each shard pays for each call; adding shards does not help.", plan_guards,
         "checks list MG-PLAN-014"),
    scatter_gather};
const Register on_multikey{
    info("query.multikey_bounds", Severity::medium,
         "A statement's range over an array bounds its index at one end only",
         "The other end is checked in fetched documents.", plan_guards, "checks list MG-PLAN-020"),
    multikey_bounds};

}  // namespace
}  // namespace whet::advise
