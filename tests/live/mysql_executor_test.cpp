// Every kind of change on real servers: done, seen in the catalog, taken back.
#include <algorithm>

#include "support/mysql_faults.h"

namespace whet::test {
namespace {

using engine::ChangeState;
using model::ActionKind;
using optimize::Fate;

class MysqlExecutorTest : public MysqlFaultTest {
 protected:
  /// Does a change and undoes it, and gives what was done.
  optimize::ChangeOutcome there_and_back(const model::Change& asked) {
    auto one = carry_out(asked);
    EXPECT_EQ(one.fate, Fate::applied) << one.reason;
    EXPECT_TRUE(in_force(asked.action.kind));
    undo_all();
    EXPECT_FALSE(in_force(asked.action.kind));
    return one;
  }
};

TEST_P(MysqlExecutorTest, EveryKindThereAndBack) {
  for (const ActionKind kind :
       {ActionKind::create_index, ActionKind::drop_index, ActionKind::hide_index,
        ActionKind::set_setting, ActionKind::update_histogram}) {
    SCOPED_TRACE(name_of(kind));
    static_cast<void>(there_and_back(change(kind)));
    expect_whole(kind);
  }
}

TEST_P(MysqlExecutorTest, ADroppedIndexComesBackAsItWas) {
  server_.sql(
      "ALTER TABLE shop.orders ADD UNIQUE KEY `odd``name` (note(150), id DESC) COMMENT 'it''s'");
  const std::string before = server_.sql("SHOW CREATE TABLE shop.orders");
  model::Change asked = change(ActionKind::drop_index);
  asked.action.index->name = "odd`name";
  asked.action.index->parts.clear();  // the target knows better
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  EXPECT_EQ(server_.sql("SHOW CREATE TABLE shop.orders").find("odd"), std::string::npos);
  undo_all();
  EXPECT_EQ(server_.sql("SHOW CREATE TABLE shop.orders"), before);
}

TEST_P(MysqlExecutorTest, ASettingComesBackAsItRanAndAsItWasWrittenDown) {
  server_.sql("SET GLOBAL long_query_time = 7");
  static_cast<void>(there_and_back(change(ActionKind::set_setting)));
  EXPECT_EQ(server_.sql("SELECT @@global.long_query_time = 7"), "1");
  if (server_.mariadb()) return;
  EXPECT_EQ(server_.sql("SELECT COUNT(*) FROM performance_schema.persisted_variables"), "0");
  server_.sql("SET PERSIST long_query_time = 5");
  const auto one = carry_out(change(ActionKind::set_setting));
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  server_.restart();
  EXPECT_TRUE(in_force(ActionKind::set_setting)) << "it outlives a restart";
  undo_all();
  EXPECT_EQ(server_.sql("SELECT VARIABLE_VALUE + 0 FROM performance_schema.persisted_variables"),
            "5");
}

TEST_P(MysqlExecutorTest, StatisticsStayHereAndRebuildsGoToReplicas) {
  const auto last_event = [this] {
    const std::string events = server_.sql("SHOW BINLOG EVENTS");
    return events.substr(events.rfind('\n') + 1);
  };
  const std::string before = last_event();
  for (const ActionKind kind : {ActionKind::analyze_table, ActionKind::update_histogram}) {
    model::Change asked = change(ActionKind::update_histogram);
    asked.action.kind = kind;
    const auto one = carry_out(asked);
    EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  }
  EXPECT_EQ(last_event(), before) << "each replica has statistics of its own";
  model::Change asked = change(ActionKind::drop_index);
  asked.action.kind = ActionKind::vacuum_table;
  const auto rebuilt = carry_out(asked);
  EXPECT_EQ(rebuilt.fate, Fate::applied) << rebuilt.reason;
  EXPECT_NE(last_event().find("FORCE"), std::string::npos) << last_event();
}

TEST_P(MysqlExecutorTest, AnIndexThatAForeignKeyNeedsStays) {
  server_.sql(
      "ALTER TABLE shop.orders ADD KEY by_customer (customer_id); INSERT INTO shop.customers "
      "SELECT DISTINCT customer_id FROM shop.orders; ALTER TABLE shop.orders ADD CONSTRAINT fk "
      "FOREIGN KEY (customer_id) REFERENCES shop.customers (id)");
  model::Change asked = change(ActionKind::drop_index);
  asked.action.index->name = "by_customer";
  const auto one = carry_out(asked);
  EXPECT_EQ(one.fate, Fate::refused);
  EXPECT_NE(one.reason.find("foreign key fk needs"), std::string::npos) << one.reason;
  EXPECT_TRUE(exists("by_customer"));
}

TEST_P(MysqlExecutorTest, AHiddenBuildIsPartialUntilItIsRevealed) {
  with_site([&](optimize::Site& site, optimize::Context& context) {
    engine::Executor& executor = site.executor;
    const auto prepared = executor.prepare(change(ActionKind::create_index));
    ASSERT_TRUE(prepared.ok());
    EXPECT_EQ(executor.can_try_hidden(*prepared), !server_.mariadb())
        << "MariaDB has no switch for one session";
    ASSERT_TRUE(executor.build_hidden(*prepared, context.progress).ok());
    EXPECT_TRUE(hidden("orders_customer"));
    EXPECT_EQ(executor.inspect(*prepared).value(), ChangeState::partial);
    const Status shown = executor.reveal(*prepared, context.progress);
    ASSERT_TRUE(shown.ok()) << shown.error().text();
    EXPECT_EQ(executor.inspect(*prepared).value(), ChangeState::present);
    EXPECT_TRUE(in_force(ActionKind::create_index));
    ASSERT_TRUE(executor.revert(*prepared, context.progress).ok());
    EXPECT_FALSE(exists("orders_customer"));
    ASSERT_TRUE(executor.build_hidden(*prepared, context.progress).ok());
    ASSERT_TRUE(executor.clean(*prepared).ok());
    EXPECT_FALSE(exists("orders_customer"));
  });
}

TEST_P(MysqlExecutorTest, ANameThatIsTakenIsRefused) {
  server_.sql("ALTER TABLE shop.orders ADD KEY orders_customer (note(10))");
  const auto one = carry_out(change(ActionKind::create_index));
  EXPECT_EQ(one.fate, Fate::refused);
  EXPECT_NE(one.reason.find("has the name"), std::string::npos) << one.reason;
}

TEST_P(MysqlExecutorTest, ALongBuildTellsHowFarItIs) {
  if (!server_.mariadb())
    server_.sql(
        "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = "
        "'events_stages_current'");
  for (int i = 0; i < 4; ++i) {
    server_.sql(
        "INSERT INTO shop.orders (customer_id, status, note) SELECT customer_id, status, note FROM "
        "shop.orders");
  }
  class Told final : public Progress {
   public:
    void report(std::string_view what, double fraction) override {
      if (what == "Change of kind create_index") fractions.push_back(fraction);
    }
    [[nodiscard]] bool cancelled() const override { return false; }
    std::vector<double> fractions;
  };
  Told told;
  auto options = hasty;
  options.look_every = 0;
  model::Change asked = change(ActionKind::create_index);
  asked.action.index->parts = {{.column = "note"}, {.column = "status"}, {.column = "id"}};
  const auto one = carry_out(asked, options, "root", &told);
  EXPECT_EQ(one.fate, Fate::applied) << one.reason;
  ASSERT_GE(told.fractions.size(), 3U) << "half a million rows take a while";
  EXPECT_TRUE(std::any_of(told.fractions.begin(), told.fractions.end(),
                          [](double part) { return part > 0 && part <= 1; }));
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlExecutorTest, ::testing::Values("mysql", "mariadb"));

}  // namespace
}  // namespace whet::test
