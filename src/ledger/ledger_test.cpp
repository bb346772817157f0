#include "ledger/ledger.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/sqlite.h"
#include "support/temp_folder.h"

namespace whet::ledger {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_ / "ledger.sqlite"; }

  static Ledger must_open(const std::string& path) {
    auto opened = Ledger::open(path);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return std::move(opened).value();
  }

  test::TempFolder folder_;
};

model::Change change() {
  model::Change made;
  made.id = "index.missing/public.orders(customer_id)";
  made.summary = "Create index on orders (customer_id)";
  made.action.kind = model::ActionKind::create_index;
  made.action.schema = "public";
  made.action.table = "orders";
  made.action.statement = "CREATE INDEX CONCURRENTLY ...";
  made.action.inverse = "DROP INDEX CONCURRENTLY ...";
  return made;
}

TEST_F(LedgerTest, KeepsEntriesAndTheirHistoryAcrossOpenings) {
  std::string id;
  {
    Ledger ledger = must_open(path());
    id = ledger.plan("db1:5432/shop", "7311/shop", change(), 1763913901.5).value();
    EXPECT_EQ(id, "20251123-160501-0001");
    ASSERT_TRUE(ledger.advance(id, {State::applying, 1763913902, "", ""}).ok());
    ASSERT_TRUE(ledger.advance(id, {State::applied, 1763913909, "", ""}).ok());
    ASSERT_TRUE(
        ledger.advance(id, {State::verified, 1763913930, "8 times faster", "{\"a\":1}"}).ok());
  }
  const Ledger ledger = must_open(path());
  const auto entries = ledger.entries({});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 1U);
  const Entry& entry = entries->front();
  EXPECT_EQ(entry.target, "db1:5432/shop");
  EXPECT_EQ(entry.identity, "7311/shop");
  EXPECT_EQ(entry.change.summary, change().summary);
  EXPECT_EQ(entry.change.action.inverse, change().action.inverse);
  EXPECT_EQ(entry.state(), State::verified);
  ASSERT_EQ(entry.transitions.size(), 4U);
  EXPECT_EQ(entry.transitions[3].reason, "8 times faster");
  EXPECT_EQ(entry.transitions[3].measurements, "{\"a\":1}");
  EXPECT_DOUBLE_EQ(entry.transitions[0].at, 1763913901.5);
}

TEST_F(LedgerTest, RefusesWrongTransitionsAndStaysAsItWas) {
  Ledger ledger = must_open(path());
  const std::string id = ledger.plan("t", "i", change(), 1).value();
  const auto skipped = ledger.advance(id, {State::applied, 2, "", ""});
  ASSERT_FALSE(skipped.ok());
  EXPECT_EQ(skipped.error().kind, ErrorKind::refused);
  EXPECT_NE(skipped.error().message.find("is planned and cannot become applied"),
            std::string::npos);
  EXPECT_FALSE(ledger.advance("nonesuch", {State::applying, 2, "", ""}).ok());
  EXPECT_EQ(ledger.find(id)->transitions.size(), 1U);

  ASSERT_TRUE(ledger.advance(id, {State::failed, 3, "disk full", ""}).ok());
  for (const State after : {State::planned, State::applying, State::applied, State::verified,
                            State::reverting, State::reverted, State::failed}) {
    EXPECT_FALSE(ledger.advance(id, {after, 4, "", ""}).ok()) << name_of(after);
  }
}

TEST(LedgerStates, EveryPathEndsAndNoneSkipsApplying) {
  EXPECT_FALSE(may_follow(State::planned, State::applied));
  EXPECT_FALSE(may_follow(State::planned, State::reverting));
  EXPECT_TRUE(may_follow(State::applying, State::failed));
  EXPECT_FALSE(may_follow(State::applied, State::reverted)) << "only through reverting";
  EXPECT_FALSE(may_follow(State::applied, State::failed)) << "it is there";
  EXPECT_TRUE(may_follow(State::reverting, State::applied)) << "could not be taken back";
  EXPECT_TRUE(may_follow(State::verified, State::reverting)) << "whet undo";
}

TEST_F(LedgerTest, FiltersByTargetAndState) {
  Ledger ledger = must_open(path());
  const std::string first = ledger.plan("a", "1/x", change(), 10).value();
  const std::string second = ledger.plan("b", "2/y", change(), 11).value();
  ASSERT_TRUE(ledger.advance(second, {State::applying, 12, "", ""}).ok());
  EXPECT_EQ(ledger.entries({.identity = "1/x", .states = {}})->front().id, first);
  EXPECT_EQ(ledger.entries({.identity = "", .states = {State::applying}})->front().id, second);
  EXPECT_TRUE(ledger.entries({.identity = "1/x", .states = {State::applying}})->empty());
}

TEST_F(LedgerTest, FindsByTheBeginningOfAnIdWhenItIsUnique) {
  Ledger ledger = must_open(path());
  const std::string first = ledger.plan("a", "1/x", change(), 10).value();
  static_cast<void>(ledger.plan("a", "1/x", change(), 86400 * 365.0 * 2).value());
  EXPECT_EQ(ledger.find("1970")->id, first);
  EXPECT_EQ(ledger.find("19").error().kind, ErrorKind::usage) << "two begin so";
  EXPECT_EQ(ledger.find("2030").error().kind, ErrorKind::usage);
  EXPECT_EQ(ledger.find("").error().kind, ErrorKind::usage);
}

TEST_F(LedgerTest, TheFileItselfRefusesToForget) {
  Ledger ledger = must_open(path());
  static_cast<void>(ledger.plan("a", "1/x", change(), 10).value());
  auto db = sqlite::Database::open(path());
  ASSERT_TRUE(db.ok());
  for (const char* sql : {"UPDATE transition SET state = 'verified'", "DELETE FROM transition",
                          "DELETE FROM entry", "UPDATE entry SET target = 'c'"}) {
    const auto done = db->run(sql);
    ASSERT_FALSE(done.ok()) << sql;
    EXPECT_NE(done.error().message.find("append-only"), std::string::npos);
  }
}

TEST_F(LedgerTest, IsReadableByItsOwnerOnly) {
  static_cast<void>(must_open(path()));
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(LedgerTest, IsInWalModeAndSynchronous) {
  static_cast<void>(must_open(path()));
  const auto db = sqlite::Database::open(path());
  auto mode = db->prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode->step().value());
  EXPECT_EQ(mode->text(0), "wal");
}

TEST_F(LedgerTest, NamesAFileThatIsNoLedgerAndLeavesItAlone) {
  const std::string text =
      "this is a text file, long enough to be taken for a database head. " + std::string(4096, 'x');
  std::ofstream(path()) << text;
  const auto opened = Ledger::open(path());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::invalid);
  EXPECT_NE(opened.error().message.find("is not a ledger of Whet"), std::string::npos);
  std::ifstream in(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST_F(LedgerTest, RefusesAnotherProgramsDatabaseAndANewerFormat) {
  {
    std::ofstream(path()).flush();
  }
  {
    const auto db = sqlite::Database::open(path());
    ASSERT_TRUE(db->run("CREATE TABLE bookmarks (url TEXT)").ok());
  }
  EXPECT_NE(Ledger::open(path()).error().message.find("another program"), std::string::npos);

  const std::string newer = folder_ / "newer.sqlite";
  static_cast<void>(must_open(newer));
  ASSERT_TRUE(sqlite::Database::open(newer)->run("PRAGMA user_version = 99").ok());
  const auto opened = Ledger::open(newer);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("newer Whet (format 99"), std::string::npos);
}

TEST_F(LedgerTest, NamesADamagedFile) {
  {
    Ledger ledger = must_open(path());
    for (int i = 0; i < 50; ++i) static_cast<void>(ledger.plan("a", "1/x", change(), i).value());
  }
  // The head stays whole, so that it still looks like a ledger.
  std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 1; page < 8; ++page) {
    file.seekp(page * 4096L);
    file << std::string(4000, '\x7f');
  }
  file.close();
  const auto opened = Ledger::open(path());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::invalid);
  EXPECT_NE(opened.error().message.find("damaged"), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().hint.find("look at the target"), std::string::npos);
}

TEST_F(LedgerTest, SaysWhereItCannotBeOpened) {
  const auto opened = Ledger::open(folder_ / "no/such/folder/ledger.sqlite");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::usage);
  EXPECT_NE(opened.error().message.find("No such file or directory"), std::string::npos);
}

TEST_F(LedgerTest, OfTwoProcessesThatBeginTheSameChangeOneIsRefused) {
  std::string id;
  {
    Ledger ledger = must_open(path());
    id = ledger.plan("a", "1/x", change(), 10).value();
  }
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto ledger = Ledger::open(path());
      const bool won = ledger.ok() && ledger->advance(id, {State::applying, 11, "", ""}).ok();
      ::_exit(won ? 0 : 1);
    }
    children.push_back(child);
  }
  int winners = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++winners;
  }
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(must_open(path()).find(id)->transitions.size(), 2U);
}

TEST_F(LedgerTest, WritesJson) {
  Ledger ledger = must_open(path());
  const std::string id = ledger.plan("db1:5432/shop", "7311/shop", change(), 10).value();
  const std::string json = to_json(*ledger.find(id));
  EXPECT_NE(json.find("\"state\":\"planned\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"target\":\"db1:5432/shop\""), std::string::npos) << json;
}

}  // namespace
}  // namespace whet::ledger
