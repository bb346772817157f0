#include "engine/mongodb/trial.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/mongodb/executor_inspect.h"
#include "engine/mongodb/executor_session.h"
#include "engine/mongodb/identity.h"
#include "engine/mongodb/render_commands.h"
#include "engine/mongodb/replay.h"
#include "mql/command.h"
#include "plans/mongodb/parse.h"

namespace whet::engine::mongodb {
namespace {

using model::HypotheticalIndex;
using mql::Value;

constexpr std::size_t batch_documents = 1000;
constexpr std::int64_t batch_bytes = 4 << 20;
constexpr double copy_seconds = 120, build_seconds = 300, read_seconds = 30;
// A document is fetched at random, a key is read in order.
constexpr double document_work = 2;

/// A collection's copy.
struct Copy {
  std::string database;                      ///< where it comes from
  double scale = 1;                          ///< documents of the original for one of the copy
  std::map<std::string, std::string> tried;  ///< definition (JSON) to the index's name here
  std::set<std::string> shown;               ///< of those, the ones that are not hidden
};

double sorted_rows(const model::PlanNode& node) {
  double rows = text::contains(node.type, "SORT") && !text::contains(node.type, "SORT_MERGE") &&
                        !node.children.empty()
                    ? node.children.front().rows
                    : 0;
  for (const model::PlanNode& child : node.children) rows += sorted_rows(child);
  return rows;
}

bool names_index(const model::PlanNode& node, const std::string& index) {
  return node.index == index ||
         std::any_of(node.children.begin(), node.children.end(),
                     [&](const auto& child) { return names_index(child, index); });
}

class SampleLaboratory final : public Laboratory {
 public:
  SampleLaboratory(Connection& source, Connection connection, LaboratoryOptions options,
                   Progress& progress)
      : source_(source),
        connection_(std::move(connection)),
        options_(std::move(options)),
        progress_(progress) {}

  [[nodiscard]] std::string name() const override {
    return "a trial on a sample of up to " + text::count(options_.documents) + " documents";
  }
  [[nodiscard]] Result<model::WhatIf> cost(const std::string& statement,
                                           const std::vector<HypotheticalIndex>& added) override;
  [[nodiscard]] Result<double> size_bytes(const HypotheticalIndex& index) override;
  [[nodiscard]] std::string target() const override { return connection_.target(); }
  [[nodiscard]] Result<std::string> identity() override {
    return identity_for_ledger(connection_, &progress_);
  }
  [[nodiscard]] Status remove(const std::string& scratch) override {
    if (scratch == options_.scratch) copies_.clear();
    return drop_scratch(connection_, scratch);
  }

 private:
  Result<Copy*> copy_of(const std::string& database, const std::string& collection);
  Result<double> copy_documents(const std::string& database, const std::string& collection,
                                const IndexState& original);
  Status insert(const std::string& collection, Value& batch);
  Status build(const std::string& collection, std::vector<Value> specs);
  Result<std::string> tried_index(const HypotheticalIndex& index, Copy& copy);
  Status show_exactly(const std::string& collection, Copy& copy,
                      const std::set<std::string>& wanted);

  Connection& source_;
  Connection connection_;
  LaboratoryOptions options_;
  Progress& progress_;
  std::map<std::string, Copy> copies_;  // by collection
};

Status SampleLaboratory::insert(const std::string& collection, Value& batch) {
  if (batch.fields.empty()) return {};
  const Value reply =
      WHET_TRY(connection_.command(options_.scratch,
                                   Value::object({{"insert", Value::of(collection)},
                                                  {"documents", batch},
                                                  {"ordered", Value::of(false)},
                                                  {"bypassDocumentValidation", Value::of(true)}}),
                                   &progress_));
  batch = Value::array({});
  if (const Value* errors = reply.find("writeErrors"); errors != nullptr) {
    return Error{ErrorKind::refused, "The sample of " + collection + " could not be written.",
                 "Give another server with --trial sample:URL.",
                 std::to_string(errors->fields.front().value.integer_at("code"))};
  }
  return {};
}

/// How many documents of the original one of the copy stands for.
Result<double> SampleLaboratory::copy_documents(const std::string& database,
                                                const std::string& collection,
                                                const IndexState& original) {
  const std::int64_t average =
      original.documents > 0 ? std::max<std::int64_t>(1, original.data_bytes / original.documents)
                             : 1;
  const std::int64_t wanted =
      std::max<std::int64_t>(1, std::min(options_.documents, options_.bytes / average));
  Value pipeline = Value::array({});
  // All of a small collection; sampling would give some twice.
  if (original.documents > wanted)
    pipeline.push(Value::object({{"$sample", Value::object({{"size", Value::of(wanted)}})}}));
  Value batch = Value::array({});
  std::int64_t bytes = 0, copied = 0;
  std::set<std::string> ids;
  std::optional<Error> failed;
  const Status read = source_.stream(
      database,
      Value::object({{"aggregate", Value::of(collection)},
                     {"pipeline", std::move(pipeline)},
                     {"allowDiskUse", Value::of(true)},
                     {"cursor", Value::object({})}}),
      [&](const Value& document) {
        const Value* id = document.find("_id");
        if (failed || (id != nullptr && !ids.insert(mql::canonical_json(*id)).second)) return;
        bytes += mql::bson_bytes(document);
        batch.push(document);
        ++copied;
        if (batch.fields.size() < batch_documents && bytes < batch_bytes) return;
        bytes = 0;
        if (const Status written = insert(collection, batch); !written) failed = written.error();
      },
      &progress_);
  WHET_TRY_VOID(read);
  if (failed) return *failed;
  WHET_TRY_VOID(insert(collection, batch));
  if (copied == 0) return 1.0;
  return std::max(1.0, static_cast<double>(original.documents) / static_cast<double>(copied));
}

Status SampleLaboratory::build(const std::string& collection, std::vector<Value> specs) {
  if (specs.empty()) return {};
  connection_.set_statement_timeout(build_seconds);
  const auto built =
      connection_.command(options_.scratch,
                          Value::object({{"createIndexes", Value::of(collection)},
                                         {"indexes", Value::array(std::move(specs))}}),
                          &progress_);
  return built ? Status() : Status(built.error());
}

/// The collection with the indexes that it has.
Result<Copy*> SampleLaboratory::copy_of(const std::string& database,
                                        const std::string& collection) {
  if (const auto known = copies_.find(collection); known != copies_.end()) {
    if (known->second.database == database) return &known->second;
    return Error{ErrorKind::refused,
                 "Collections of the name " + collection + " are in several databases.",
                 "Name the database in the URL.", ""};
  }
  progress_.report("Copying a sample of " + database + "." + collection, -1);
  const IndexState original = WHET_TRY(index_state(source_, database, collection));
  Copy copy{.database = database};
  const double usual = source_.statement_timeout();
  source_.set_statement_timeout(copy_seconds);
  connection_.set_statement_timeout(copy_seconds);
  auto scale = copy_documents(database, collection, original);
  source_.set_statement_timeout(usual);
  copy.scale = WHET_TRY(std::move(scale));
  std::vector<Value> specs;
  for (const Value& spec : original.specs) {
    const std::string name = spec.string_at("name");
    if (name != "_id_" && !original.building(name)) specs.push_back(laboratory_spec(spec, name));
  }
  WHET_TRY_VOID(build(collection, std::move(specs)));
  return &copies_.emplace(collection, std::move(copy)).first->second;
}

/// Its name here; built when it is asked about for the first time.
Result<std::string> SampleLaboratory::tried_index(const HypotheticalIndex& index, Copy& copy) {
  model::Index plain = index.index;
  plain.hidden = false;
  plain.definition.clear();
  plain.name = "whet";
  const Value spec = index_spec(plain);
  const std::string key = mql::canonical_json(spec);
  if (const auto known = copy.tried.find(key); known != copy.tried.end()) return known->second;
  const std::string name = "whet_" + std::to_string(copy.tried.size());
  progress_.report("Building an index on the sample of " + index.table, -1);
  WHET_TRY_VOID(build(index.table, {laboratory_spec(spec, name)}));
  copy.tried.emplace(key, name);
  copy.shown.insert(name);
  return name;
}

/// Hides those of the tried indexes that the question is not about.
Status SampleLaboratory::show_exactly(const std::string& collection, Copy& copy,
                                      const std::set<std::string>& wanted) {
  for (const auto& [key, name] : copy.tried) {
    const bool show = wanted.contains(name);
    if (show == copy.shown.contains(name)) continue;
    const auto done = WHET_TRY(connection_.command(
        options_.scratch,
        Value::object({{"collMod", Value::of(collection)},
                       {"index", Value::object({{"name", Value::of(name)},
                                                {"hidden", Value::of(!show)}})}})));
    static_cast<void>(done);
    if (show)
      copy.shown.insert(name);
    else
      copy.shown.erase(name);
  }
  return {};
}

Result<model::WhatIf> SampleLaboratory::cost(const std::string& statement,
                                             const std::vector<HypotheticalIndex>& added) {
  const auto command = WHET_TRY(mql::parse_command(statement, source_.database()));
  const std::string obstacle = mql::obstacle_to_replay(command);
  if (!obstacle.empty())
    return Error{ErrorKind::refused, "It is not run on a sample: " + obstacle + ".", "", ""};
  Copy* main = WHET_TRY(copy_of(command.database, command.collection));
  const auto shape = mql::shape_of(command);
  for (const model::ShapeRelation& relation :
       shape ? shape->relations : std::vector<model::ShapeRelation>()) {
    if (relation.table == command.collection) continue;
    const Copy* other = WHET_TRY(copy_of(command.database, relation.table));
    // Documents that belong together are hardly ever sampled together: a $lookup would find nothing
    // to look for, and its index would seem to be of no use.
    if (main->scale > 1 || other->scale > 1) {
      return Error{
          ErrorKind::refused,
          "It joins " + relation.table + ", and a sample does not hold what belongs together.", "",
          ""};
    }
  }
  std::map<std::string, std::set<std::string>> wanted;
  std::vector<std::string> names(added.size());
  for (std::size_t i = 0; i < added.size(); ++i) {
    const auto copy = copies_.find(added[i].table);
    if (copy == copies_.end() || copy->second.database != added[i].schema) continue;
    names[i] = WHET_TRY(tried_index(added[i], copy->second));
    wanted[added[i].table].insert(names[i]);
  }
  for (auto& [collection, copy] : copies_)
    WHET_TRY_VOID(show_exactly(collection, copy, wanted[collection]));
  Value explained = replayed(command.body);
  explained.erase("readConcern");
  connection_.set_statement_timeout(read_seconds);
  const Value reply =
      WHET_TRY(connection_.command(options_.scratch,
                                   Value::object({{"explain", std::move(explained)},
                                                  {"verbosity", Value::of("executionStats")}}),
                                   &progress_));
  model::WhatIf answer;
  answer.plan = WHET_TRY(plans::mongodb::parse(reply));
  answer.cost = work_of(answer.plan) * main->scale;
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (!names[i].empty() && names_index(answer.plan.root, names[i])) answer.used.push_back(i);
  }
  return answer;
}

Result<double> SampleLaboratory::size_bytes(const HypotheticalIndex& index) {
  Copy* copy = WHET_TRY(copy_of(index.schema, index.table));
  const std::string name = WHET_TRY(tried_index(index, *copy));
  const auto stats = WHET_TRY(connection_.query(
      options_.scratch,
      Value::object({{"aggregate", Value::of(index.table)},
                     {"pipeline", Value::array({Value::object(
                                      {{"$collStats",
                                        Value::object({{"storageStats", Value::object({})}})}})})},
                     {"cursor", Value::object({})}})));
  const Value* sizes = stats.empty() ? nullptr : stats.front().at("storageStats.indexSizes");
  const Value* size = sizes == nullptr ? nullptr : sizes->find(name);
  if (size == nullptr || !size->as_number())
    return Error{ErrorKind::refused, "The size of the index is not told.", "", ""};
  return *size->as_number() * copy->scale;
}

}  // namespace

double work_of(const model::Plan& plan) {
  const double rows = sorted_rows(plan.root);
  return 1 + static_cast<double>(plan.keys_examined) +
         document_work * static_cast<double>(plan.documents_examined) +
         rows * std::log2(std::max(2.0, rows));
}

Value laboratory_spec(const Value& spec, const std::string& name) {
  Value out = clean_spec(spec);
  for (const char* option : {"expireAfterSeconds", "prepareUnique"}) out.erase(option);
  out.set("name", Value::of(name));
  return out;
}

Status drop_scratch(Connection& connection, const std::string& scratch) {
  if (!scratch.starts_with(scratch_prefix)) {
    return Error{ErrorKind::internal, "'" + scratch + "' is no database of a trial.", "", ""};
  }
  const double usual = connection.statement_timeout();
  connection.set_statement_timeout(build_seconds);
  const auto dropped = connection.command(scratch, Value::object({{"dropDatabase", Value::of(1)}}));
  connection.set_statement_timeout(usual);
  return dropped ? Status() : Status(dropped.error());
}

Result<std::unique_ptr<Laboratory>> make_laboratory(Connection& source,
                                                    const LaboratoryOptions& options,
                                                    Progress& progress) {
  if (!options.scratch.starts_with(scratch_prefix)) {
    return Error{ErrorKind::internal, "'" + options.scratch + "' is no name for a trial.", "", ""};
  }
  ConnectOptions connect = source.options();
  if (!options.url.empty()) connect.url = options.url;
  Connection connection = WHET_TRY(Connection::open(connect, Access::write));
  return std::unique_ptr<Laboratory>(
      std::make_unique<SampleLaboratory>(source, std::move(connection), options, progress));
}

}  // namespace whet::engine::mongodb
