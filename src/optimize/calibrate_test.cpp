#include <gtest/gtest.h>

#include "optimize/measure.h"
#include "support/fake_engine.h"
#include "support/temp_folder.h"

namespace whet::optimize {
namespace {

/// A target on which the read "SELECT n" takes n ms.
class CalibrateTest : public ::testing::Test {
 protected:
  CalibrateTest() {
    world_.read = [](const engine::Replayable& read, const std::set<std::string>& /*present*/) {
      engine::Measurement one;
      one.elapsed_ms = std::stod(read.text.substr(7));
      return one;
    };
    item_.statement_id = "q";
    item_.expected_ms = 100;
  }

  void add(const std::string& ms, bool captured) {
    item_.reads.push_back({"q", "SELECT " + ms, captured});
  }
  std::vector<std::string> kept(int keep) {
    std::vector<Item> items{item_};
    Context context{engine_, ledger_, silent_, {}};
    EXPECT_TRUE(calibrate(items, MeasureOptions{}, keep, context).ok());
    std::vector<std::string> texts;
    for (const auto& read : items[0].reads) texts.push_back(read.text);
    return texts;
  }

  test::FakeWorld world_;
  test::FakeEngine engine_{world_};
  test::TempFolder folder_;
  ledger::Ledger ledger_ = ledger::Ledger::open(folder_ / "ledger.sqlite").value();
  NoProgress silent_;
  Item item_;
};

TEST_F(CalibrateTest, KeepsTheDrawnReadsThatTakeAsLongAsTheWorkloads) {
  for (const char* ms : {"9000", "90", "1", "130", "0.5"}) add(ms, false);
  EXPECT_EQ(kept(2), (std::vector<std::string>{"SELECT 90", "SELECT 130"}));
}

TEST_F(CalibrateTest, LeavesCapturedReadsAlone) {
  for (const char* ms : {"9000", "90", "1"}) add(ms, true);
  EXPECT_EQ(kept(2), (std::vector<std::string>{"SELECT 9000", "SELECT 90"}));
}

TEST_F(CalibrateTest, OfSlowStatementsOneNearReadIsEnough) {
  item_.expected_ms = 2000;
  for (const char* ms : {"90000", "3000", "2000", "2100"}) add(ms, false);
  EXPECT_EQ(kept(3), (std::vector<std::string>{"SELECT 3000"}));
  EXPECT_EQ(engine_.measured, 2);
}

TEST_F(CalibrateTest, NothingIsRunWhenThereIsNothingToChoose) {
  for (const char* ms : {"9000", "90"}) add(ms, false);
  EXPECT_EQ(kept(2), (std::vector<std::string>{"SELECT 9000", "SELECT 90"}));
  EXPECT_EQ(engine_.measured, 0);
}

}  // namespace
}  // namespace whet::optimize
