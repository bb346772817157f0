// The text for people, and the words that all formats share.
#include "report/index_advice.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/text.h"
#include "report/index_advice_testing.h"
#include "report/index_advice_words.h"

namespace whet::report {
namespace {

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool holds(const std::string& text, std::string_view part) { return text::contains(text, part); }

Style verbose(int level) {
  Style style;
  style.verbosity = level;
  return style;
}

TEST(IndexAdviceText, BeginsWithTheGainAndSaysEstimated) {
  const std::string out = index_advice_text(advice_testing::advice(), Style{});
  EXPECT_TRUE(out.starts_with(
      "2 new indexes and 1 index to drop: the workload gets an estimated 3.12x cheaper.\n"))
      << out;
  EXPECT_TRUE(holds(out, "Estimated planner cost an hour: 1 million before, 320,700 after")) << out;
  EXPECT_TRUE(holds(out, "of that, the upkeep of indexes by\nwrites is 0 before, 8,200 after"))
      << out;
  EXPECT_TRUE(holds(out, "Disk: 410 MB for new indexes (budget 2 GB), 340 MB freed.")) << out;
  EXPECT_TRUE(holds(out, "estimates of the planner (PostgreSQL 15.20 shadow)")) << out;
}

TEST(IndexAdviceText, AnIndexHasItsKeySizeShareStatementsAndUpkeep) {
  const std::string out = index_advice_text(advice_testing::advice(), Style{});
  EXPECT_TRUE(holds(out, "  1. public.orders (customer_id)\n")) << out;
  EXPECT_TRUE(
      holds(out, "310 MB · saves 41 % · 2 statements use it · light upkeep (2 % of the saving)\n"));
  EXPECT_TRUE(holds(out, "· 1 statement uses it · no upkeep (no writes seen)\n")) << out;
  advise::IndexAdvice of_files = advice_testing::advice();
  of_files.create[1].upkeep_arithmetic.clear();
  EXPECT_TRUE(
      holds(index_advice_text(of_files, Style{}), "1 statement uses it · upkeep not weighed\n"));
}

TEST(IndexAdviceText, BriefHoldsTheEvidenceOfDropsAndOneLineForTheWatched) {
  const std::string out = index_advice_text(advice_testing::advice(), Style{});
  EXPECT_TRUE(holds(out, "   - orders_note_idx on public.orders · 340 MB\n")) << out;
  EXPECT_TRUE(
      holds(out, "Its work is done by orders_customer_idx. 0 scans in 34 d, all nodes seen.\n"));
  EXPECT_TRUE(holds(out, "\nWatched, not dropped: 1: orders_old_idx\n")) << out;
  EXPECT_TRUE(holds(out, "1 statement was skipped: The table 'gone' does not exist.\n")) << out;
  EXPECT_FALSE(holds(out, "SELECT")) << out;
  EXPECT_FALSE(holds(out, "\x1b")) << "no colour unless asked for";
}

TEST(IndexAdviceText, VerboseShowsStatementsPlansLocksAndEffort) {
  const std::string out = index_advice_text(advice_testing::advice(), verbose(1));
  EXPECT_TRUE(holds(out, "CREATE INDEX CONCURRENTLY orders_customer_idx ON public.orders"));
  EXPECT_TRUE(holds(out,
                    "     12,345        8.44  1,463x cheaper        100  SELECT * FROM orders "
                    "WHERE cus"))
      << out;
  EXPECT_TRUE(holds(out, "orders: Seq Scan → Index Scan using orders_customer_idx\n")) << out;
  EXPECT_TRUE(holds(out, "Writing one row: 0.013 cost units more\n")) << out;
  EXPECT_TRUE(holds(out, "Build: about 42 s\n")) << out;
  EXPECT_TRUE(holds(out, "Locks: SHARE UPDATE EXCLUSIVE on public.orders")) << out;
  EXPECT_TRUE(holds(out, "Note: ANALYZE public.orders afterwards.")) << out;
  EXPECT_TRUE(holds(out, "the same")) << out;
  EXPECT_TRUE(holds(out, "  q4: The table 'gone' does not exist.\n")) << out;
  EXPECT_TRUE(holds(out,
                    "No choice among these 215 candidates could do better than 314,000 an "
                    "hour"))
      << out;
  EXPECT_TRUE(holds(out, "120 planner calls, 210 ms of Whet's CPU, in 1.9 s.")) << out;
  EXPECT_FALSE(holds(out, "630,769"));
  EXPECT_TRUE(
      holds(index_advice_text(advice_testing::advice(), verbose(2)), "630,769 rows an hour"));
}

TEST(IndexAdviceText, NothingAdvisedIsSaid) {
  const std::string out = index_advice_text(advice_testing::nothing(), Style{});
  EXPECT_TRUE(out.starts_with(
      "None of 215 possible indexes would make this workload cheaper by more than it costs.\n"))
      << out;
  EXPECT_FALSE(holds(out, "Indexes to make"));
  EXPECT_FALSE(holds(out, "Disk"));
  EXPECT_FALSE(holds(out, "-v shows")) << out;
}

TEST(IndexAdviceText, EverythingSkippedClaimsNothing) {
  const std::string out = index_advice_text(advice_testing::all_skipped(), Style{});
  EXPECT_TRUE(out.starts_with("No statement could be planned")) << out;
  EXPECT_TRUE(holds(out, "5 statements were skipped, for 2 reasons; 4 of them: It does not parse."))
      << out;
  EXPECT_FALSE(holds(out, "cheaper")) << out;
  EXPECT_TRUE(
      index_advice_text(advise::IndexAdvice{}, Style{}).starts_with("The workload holds no"));
}

TEST(IndexAdviceText, WatchedAloneIsNoChange) {
  advise::IndexAdvice advice = advice_testing::nothing();
  advice.drop = {advice_testing::old_index("orders_old_idx", true)};
  const std::string out = index_advice_text(advice, Style{});
  EXPECT_TRUE(holds(out, "None of 215")) << out;
  EXPECT_FALSE(holds(out, "freed")) << out;
}

TEST(IndexAdviceText, FillsAtMostAScreen) {
  for (const std::size_t width : {80U, 100U, 160U}) {
    Style style;
    style.width = width;
    const std::string out = index_advice_text(advice_testing::many(200), style);
    EXPECT_LE(lines_in(out), 41U) << out;
    EXPECT_TRUE(holds(out, " more: -v\n")) << out;
    for (const std::string& line : text::split(out, '\n'))
      EXPECT_LE(text::display_width(line), width + 12) << line;
  }
}

TEST(IndexAdviceText, AStatementOfAMegabyteTakesALine) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.statements[0].text = "SELECT " + std::string(1 << 20U, 'x');
  EXPECT_LT(index_advice_text(advice, verbose(1)).size(), 20000U);
}

TEST(IndexAdviceText, ATerminalObeysNoForeignText) {
  for (const int level : {0, 1, 2}) {
    const std::string out = index_advice_text(advice_testing::hostile(), verbose(level));
    EXPECT_EQ(out.find_first_of("\x1b\x07\r"), std::string::npos) << out;
  }
}

TEST(IndexAdviceText, TimeThatRanOutIsSaid) {
  advise::IndexAdvice advice = advice_testing::advice();
  EXPECT_FALSE(holds(index_advice_text(advice, Style{}), "Time ran out"));
  advice.stopped = true;
  EXPECT_TRUE(holds(index_advice_text(advice, Style{}), "Time ran out"));
}

TEST(IndexAdviceText, WithoutCallsNothingIsPerHour) {
  advise::IndexAdvice advice = advice_testing::advice();
  for (advise::StatementAdvice& one : advice.statements) one.calls = 1;
  const std::string out = index_advice_text(advice, verbose(1));
  EXPECT_TRUE(holds(out, "Estimated planner cost with each statement counted once")) << out;
  EXPECT_FALSE(holds(out, "calls/h")) << out;
}

TEST(IndexAdviceWords, RatiosAreWhatTheySay) {
  EXPECT_EQ(ratio_text(1000, 10), "100x cheaper");
  EXPECT_EQ(ratio_text(10, 15), "1.5x dearer");
  EXPECT_EQ(ratio_text(1000, 999), "the same");
  EXPECT_EQ(ratio_text(0, 5), "-");
  EXPECT_EQ(cost_text(1234567.4), "1,234,567");
  EXPECT_EQ(cost_text(8.437), "8.44");
  EXPECT_EQ(large_cost(4424052), "4.424 million");
  EXPECT_EQ(large_cost(3.2e13), "32 trillion");
}

TEST(IndexAdviceWords, AModelsCostsAreTimes) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.engine = model::EngineKind::mongodb;
  advice.upkeep_before = advice.upkeep_after = 0;
  advice.cost_before = 1.248e9;
  advice.cost_after = 4.2e7;
  const std::string out = index_advice_text(advice, verbose(1));
  EXPECT_TRUE(holds(out, "Estimated time an hour: 21 min before, 42 s after.\n")) << out;
  EXPECT_TRUE(holds(out, "Statements that use it (estimated time of one call):")) << out;
  EXPECT_TRUE(holds(out, "    12.3 ms     8.44 µs")) << out;
  EXPECT_TRUE(holds(out, "Upkeep that goes with it: 210 µs an hour")) << out;
  for (const std::string& other :
       {out, index_advice_markdown(advice), index_advice_html(advice), index_advice_sql(advice)}) {
    EXPECT_FALSE(holds(other, "microsecond") || holds(other, " us ") || holds(other, "billion") ||
                 holds(other, "cost units"))
        << other;
    EXPECT_TRUE(holds(other, "12.3 ms")) << other;
  }
}

TEST(IndexAdviceWords, ASmallGainIsAPercentage) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.cost_after = 800000;
  advice.upkeep_after = 0;
  EXPECT_TRUE(headline(advice).ends_with("an estimated 1.25x cheaper (20 % less)."))
      << headline(advice);
}

TEST(IndexAdviceWords, UpkeepIsWeighedAgainstTheGain) {
  const advise::IndexAdvice advice = advice_testing::advice();
  advise::NewIndex index = advice.create[0];
  index.upkeep = 1000;
  EXPECT_EQ(upkeep_text(advice, index), "hardly any upkeep (under 1 % of the saving)");
  index.upkeep = 0.2 * 410000;
  EXPECT_EQ(upkeep_text(advice, index), "noticeable upkeep (20 % of the saving)");
  index.upkeep = 0.8 * 410000;
  EXPECT_EQ(upkeep_text(advice, index), "heavy upkeep (80 % of the saving)");
}

TEST(IndexAdviceWords, WhatDoesTheWorkIsSaidOnce) {
  advise::OldIndex index = advice_testing::old_index("a", false);
  EXPECT_TRUE(drop_reason(index).starts_with("Its work is done by orders_customer_idx. 0 scans"));
  index.evidence = "orders_customer_idx does its work: the same key.";
  EXPECT_EQ(drop_reason(index), index.evidence);
}

TEST(IndexAdviceWords, TheKeyIsTheEnginesOwn) {
  advise::NewIndex index = advice_testing::new_index("Orders", "i", "a");
  index.change.action.statement =
      "CREATE INDEX CONCURRENTLY i ON public.\"Orders\" USING btree (a DESC, lower(b)) INCLUDE (c) "
      "WHERE (d IS NULL)";
  EXPECT_EQ(index_target(index),
            "public.\"Orders\" (a DESC, lower(b)) INCLUDE (c) WHERE (d IS NULL)");
  index.change.action.statement = "CREATE INDEX CONCURRENTLY i ON public.\"Orders\" USING gin (a)";
  EXPECT_EQ(index_target(index), "public.\"Orders\" USING gin (a)");
  index.change.action.statement.clear();
  index.index.predicate = "d > 0";
  EXPECT_EQ(index_target(index), "public.\"Orders\" (a) WHERE d > 0");
}

TEST(IndexAdviceWords, TheBestIsCalledTheBest) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.bound = total_after(advice);
  EXPECT_EQ(bound_sentence(advice),
            "No choice among these 215 candidates could do better, whatever disk it took.");
  advice.bound = 0;
  EXPECT_EQ(bound_sentence(advice), "");
}

}  // namespace
}  // namespace whet::report
