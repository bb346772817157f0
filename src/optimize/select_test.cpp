#include "optimize/select.h"

#include <gtest/gtest.h>

namespace whet::optimize {
namespace {

using model::ActionKind;

model::Index index_of(const std::string& name, const std::vector<std::string>& columns) {
  model::Index index;
  index.schema = "public";
  index.name = name;
  index.method = "btree";
  for (const auto& column : columns) {
    model::IndexPart part;
    part.column = column;
    part.opclass = "int4_ops";
    part.opclass_is_default = true;
    index.parts.push_back(part);
  }
  return index;
}

model::Change change_of(ActionKind kind, const std::string& id) {
  model::Change change;
  change.id = id;
  change.summary = id;
  change.action.kind = kind;
  change.action.schema = "public";
  change.action.table = "t";
  return change;
}

model::Change on_index(ActionKind kind, const model::Index& index) {
  model::Change change = change_of(kind, std::string(name_of(kind)) + "/" + index.name);
  change.action.index = index;
  return change;
}

model::Finding finding_of(const std::string& id, std::vector<model::Change> changes) {
  model::Finding finding;
  finding.id = id;
  finding.changes = std::move(changes);
  return finding;
}

model::Snapshot snapshot_with(std::vector<model::Index> indexes) {
  model::Snapshot snapshot;
  model::Table table;
  table.id = 1;
  table.schema = "public";
  table.name = "t";
  for (const char* name : {"a", "b", "c"}) {
    model::Column column;
    column.name = name;
    column.base_type = "int4";
    table.columns.push_back(column);
  }
  table.indexes = std::move(indexes);
  std::int64_t id = 100;
  for (auto& index : table.indexes) index.id = ++id;
  snapshot.schema.tables.push_back(std::move(table));
  return snapshot;
}

Fate fate_of(const std::vector<ChangeOutcome>& changes, const std::string& id) {
  for (const auto& one : changes) {
    if (one.change.id == id) return one.fate;
  }
  ADD_FAILURE() << "no change " << id;
  return Fate::failed;
}

TEST(Select, OrdersSettingsThenStatisticsThenIndexesThenDrops) {
  const auto plan = select_changes(
      {finding_of("index.unused", {on_index(ActionKind::drop_index, index_of("old", {"c"}))}),
       finding_of("index.missing", {on_index(ActionKind::create_index, index_of("new", {"a"}))}),
       finding_of("maintenance.stale", {change_of(ActionKind::analyze_table, "analyze")}),
       finding_of("settings.x", {change_of(ActionKind::set_setting, "set")})},
      snapshot_with({index_of("old", {"c"})}), {});
  ASSERT_EQ(plan.size(), 4U);
  EXPECT_EQ(plan[0].change.id, "set");
  EXPECT_EQ(plan[1].change.id, "analyze");
  EXPECT_EQ(plan[2].change.id, "create_index/new");
  EXPECT_EQ(plan[3].change.id, "drop_index/old");
  for (const auto& one : plan) EXPECT_EQ(one.fate, Fate::proposed);
}

TEST(Select, WatchFindingsGiveNothing) {
  auto finding = finding_of("index.unused", {change_of(ActionKind::drop_index, "x")});
  finding.watch = true;
  EXPECT_TRUE(select_changes({finding}, snapshot_with({}), {}).empty());
}

TEST(Select, FiltersByFindingChangeAndRisk) {
  auto risky = change_of(ActionKind::set_table_option, "risky");
  risky.risk = model::Risk::high;
  const std::vector<model::Finding> findings = {
      finding_of("index.missing", {on_index(ActionKind::create_index, index_of("n", {"a"}))}),
      finding_of("settings.work_mem", {change_of(ActionKind::set_setting, "setting/work_mem")}),
      finding_of("maintenance.x", {risky})};
  const auto snapshot = snapshot_with({});
  auto plan = select_changes(findings, snapshot, {});
  EXPECT_EQ(fate_of(plan, "risky"), Fate::filtered);
  plan = select_changes(findings, snapshot, {.only = {"index"}, .skip = {}});
  EXPECT_EQ(fate_of(plan, "create_index/n"), Fate::proposed);
  EXPECT_EQ(fate_of(plan, "setting/work_mem"), Fate::filtered);
  plan = select_changes(findings, snapshot, {.only = {"setting/work_mem"}, .skip = {}});
  EXPECT_EQ(fate_of(plan, "create_index/n"), Fate::filtered);
  EXPECT_EQ(fate_of(plan, "setting/work_mem"), Fate::proposed);
  plan = select_changes(findings, snapshot,
                        {.only = {}, .skip = {"settings"}, .max_risk = model::Risk::high});
  EXPECT_EQ(fate_of(plan, "setting/work_mem"), Fate::filtered);
  EXPECT_EQ(fate_of(plan, "risky"), Fate::proposed);
}

TEST(Select, RestartsAndManualChangesAreOnlyTold) {
  auto restart = change_of(ActionKind::set_setting, "shared_buffers");
  restart.action.needs_restart = true;
  const auto plan =
      select_changes({finding_of("settings.a", {restart}),
                      finding_of("schema.b", {change_of(ActionKind::manual, "alter")})},
                     snapshot_with({}), {});
  EXPECT_EQ(fate_of(plan, "shared_buffers"), Fate::told);
  EXPECT_EQ(fate_of(plan, "alter"), Fate::told);
}

TEST(Select, TheSameChangeTwiceIsOneWithTheStatementsOfBoth) {
  auto first = change_of(ActionKind::set_setting, "one");
  first.action.setting = "work_mem";
  first.affected = {"1"};
  auto second = change_of(ActionKind::set_setting, "two");
  second.action.setting = "work_mem";
  second.affected = {"2"};
  const auto plan = select_changes({finding_of("a.a", {first}), finding_of("b.b", {second})},
                                   snapshot_with({}), {});
  EXPECT_EQ(fate_of(plan, "two"), Fate::superseded);
  EXPECT_EQ(plan[0].change.affected, (std::vector<std::string>{"1", "2"}));
}

TEST(Select, AWiderNewIndexTakesTheNarrowerOnesPlace) {
  auto narrow = on_index(ActionKind::create_index, index_of("n1", {"a"}));
  narrow.affected = {"1"};
  auto wide = on_index(ActionKind::create_index, index_of("n2", {"a", "b"}));
  wide.affected = {"2"};
  for (const bool narrow_first : {true, false}) {
    const auto plan = select_changes({finding_of("index.missing", {narrow_first ? narrow : wide}),
                                      finding_of("index.fk", {narrow_first ? wide : narrow})},
                                     snapshot_with({}), {});
    EXPECT_EQ(fate_of(plan, "create_index/n1"), Fate::superseded);
    ASSERT_EQ(fate_of(plan, "create_index/n2"), Fate::proposed);
    EXPECT_EQ(plan[0].change.affected.size(), 2U);
  }
}

TEST(Select, AnIndexThatIsThereIsNotBuiltAgain) {
  const auto plan = select_changes(
      {finding_of("index.missing", {on_index(ActionKind::create_index, index_of("n", {"a"}))})},
      snapshot_with({index_of("there", {"a", "b"})}), {});
  EXPECT_EQ(plan[0].fate, Fate::superseded);
  EXPECT_NE(plan[0].reason.find("there"), std::string::npos);
}

TEST(Select, NeverDropsBothOfTwoDuplicates) {
  const auto x = index_of("x", {"a"});
  const auto y = index_of("y", {"a"});
  auto plan = select_changes({finding_of("index.duplicate", {on_index(ActionKind::drop_index, x)}),
                              finding_of("index.unused", {on_index(ActionKind::drop_index, y)})},
                             snapshot_with({x, y}), {});
  EXPECT_EQ(fate_of(plan, "drop_index/x"), Fate::proposed);
  EXPECT_EQ(fate_of(plan, "drop_index/y"), Fate::superseded);
  const auto z = index_of("z", {"a"});
  plan = select_changes({finding_of("index.duplicate", {on_index(ActionKind::drop_index, x),
                                                        on_index(ActionKind::drop_index, y)}),
                         finding_of("index.unused", {on_index(ActionKind::drop_index, z)})},
                        snapshot_with({x, y, z}), {});
  EXPECT_EQ(fate_of(plan, "drop_index/x"), Fate::proposed);
  EXPECT_EQ(fate_of(plan, "drop_index/y"), Fate::proposed);
  EXPECT_EQ(fate_of(plan, "drop_index/z"), Fate::superseded);
}

TEST(Select, KeepsTheIndexThatADroppedPrefixReliesOn) {
  const auto prefix = index_of("prefix", {"a"});
  const auto wide = index_of("wide", {"a", "b"});
  for (const bool prefix_first : {true, false}) {
    const auto plan = select_changes(
        {finding_of("one.x", {on_index(ActionKind::drop_index, prefix_first ? prefix : wide)}),
         finding_of("two.x", {on_index(ActionKind::drop_index, prefix_first ? wide : prefix)})},
        snapshot_with({prefix, wide}), {});
    int proposed = 0;
    for (const auto& one : plan) proposed += one.fate == Fate::proposed ? 1 : 0;
    EXPECT_EQ(proposed, 1);
  }
}

TEST(Select, TwoUnrelatedUnusedIndexesAreBothDropped) {
  const auto x = index_of("x", {"a"});
  const auto y = index_of("y", {"b"});
  const auto plan =
      select_changes({finding_of("index.unused", {on_index(ActionKind::drop_index, x)}),
                      finding_of("index.unused", {on_index(ActionKind::drop_index, y)})},
                     snapshot_with({x, y}), {});
  for (const auto& one : plan) EXPECT_EQ(one.fate, Fate::proposed);
}

TEST(Select, NewIndexesGetNamesThatAreFree) {
  auto plan = select_changes(
      {finding_of("a.a", {on_index(ActionKind::create_index, index_of("t_idx", {"a"}))}),
       finding_of("b.b", {on_index(ActionKind::create_index, index_of("t_idx", {"b"}))}),
       finding_of("c.c", {on_index(ActionKind::create_index, index_of("free", {"c"}))})},
      snapshot_with({index_of("t_idx", {"c", "a"})}), {});
  name_new_indexes(plan, snapshot_with({index_of("t_idx", {"c", "a"})}));
  EXPECT_EQ(plan[0].change.action.index->name, "t_idx1");
  EXPECT_EQ(plan[1].change.action.index->name, "t_idx2");
  EXPECT_EQ(plan[2].change.action.index->name, "free");
}

TEST(Select, NamelessNewIndexesAreNotTheSame) {
  const auto plan =
      select_changes({finding_of("a.a", {on_index(ActionKind::create_index, index_of("", {"a"}))}),
                      finding_of("b.b", {on_index(ActionKind::create_index, index_of("", {"b"}))})},
                     snapshot_with({}), {});
  EXPECT_EQ(plan[0].fate, Fate::proposed);
  EXPECT_EQ(plan[1].fate, Fate::proposed);
}

TEST(Select, VacuumMakesAnalyzeNeedlessAndDropARebuild) {
  const auto x = index_of("x", {"a"});
  const auto plan =
      select_changes({finding_of("a.a", {change_of(ActionKind::analyze_table, "analyze")}),
                      finding_of("b.b", {change_of(ActionKind::vacuum_table, "vacuum")}),
                      finding_of("c.c", {on_index(ActionKind::rebuild_index, x)}),
                      finding_of("d.d", {on_index(ActionKind::drop_index, x)})},
                     snapshot_with({x}), {});
  EXPECT_EQ(fate_of(plan, "analyze"), Fate::superseded);
  EXPECT_EQ(fate_of(plan, "vacuum"), Fate::proposed);
  EXPECT_EQ(fate_of(plan, "rebuild_index/x"), Fate::superseded);
  EXPECT_EQ(fate_of(plan, "drop_index/x"), Fate::proposed);
}

}  // namespace
}  // namespace whet::optimize
