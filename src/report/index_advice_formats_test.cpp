// JSON, Markdown, HTML and SQL of an index advice.
#include <gtest/gtest.h>

#include "base/fields_json.h"
#include "base/json.h"
#include "base/text.h"
#include "report/index_advice.h"
#include "report/index_advice_testing.h"
#include "report/markdown.h"

namespace whet::report {
namespace {

bool holds(const std::string& text, std::string_view part) { return text::contains(text, part); }

/// What psql would execute: all that is no comment. It ends comments at both kinds of line end.
std::string executed(const std::string& sql) {
  std::string out;
  for (const std::string& line : text::split(text::replace_all(sql, "\r", "\n"), '\n')) {
    if (!line.empty() && !line.starts_with("--")) out += line + "\n";
  }
  return out;
}

TEST(IndexAdviceJson, ComesBackAsItWas) {
  const advise::IndexAdvice advice = advice_testing::hostile();
  const std::string text = index_advice_json(advice);
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root()["format"].integer(), 1);
  const auto again = fields_json::from_view<advise::IndexAdvice>(document->root());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(index_advice_json(*again), text);
  EXPECT_EQ(again->statements[0].text, advice.statements[0].text);
  EXPECT_EQ(again->create[0].change.locks, advice.create[0].change.locks);
}

TEST(IndexAdviceJson, NothingIsStillADocument) {
  const auto document = json::Document::parse(index_advice_json(advise::IndexAdvice{}));
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root()["format"].integer(), 1);
}

TEST(IndexAdviceJson, TheSchemaNamesEveryMember) {
  const auto schema = json::Document::parse(index_advice_schema());
  ASSERT_TRUE(schema.ok());
  const auto properties = schema->root()["allOf"].elements()[0]["properties"];
  const std::string text = index_advice_json(advice_testing::advice());
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok());
  for (const auto& [name, value] : document->root().members())
    EXPECT_TRUE(properties[name].present()) << name;
  EXPECT_EQ(properties["create"]["items"]["properties"]["change"]["type"].string(), "object");
}

TEST(IndexAdviceMarkdown, HoldsTablesOfAllParts) {
  const std::string out = index_advice_markdown(advice_testing::advice());
  EXPECT_TRUE(holds(out, "**2 new indexes and 1 index to drop: the workload gets an estimated"));
  EXPECT_TRUE(holds(out, "| 1 | `public.orders (customer_id)` | 310 MB | 41 % | 2 |")) << out;
  EXPECT_TRUE(holds(out, "```sql\nCREATE INDEX CONCURRENTLY orders_customer_idx ON")) << out;
  EXPECT_TRUE(holds(out, "| 12,345 | 8.44 | 1,463x cheaper | 100 |")) << out;
  EXPECT_TRUE(holds(out, "## Indexes to drop")) << out;
  EXPECT_TRUE(holds(out, "## Watched")) << out;
  EXPECT_TRUE(holds(out, "| `q4` | The table 'gone' does not exist. |")) << out;
}

TEST(IndexAdviceMarkdown, ForeignTextStaysInItsCell) {
  const std::string out = index_advice_markdown(advice_testing::hostile());
  for (const std::string& line : text::split(out, '\n')) {
    EXPECT_FALSE(line.starts_with("DROP TABLE")) << line;
    // Only code spans may hold it as it is.
    const auto at = line.find("<script>");
    EXPECT_TRUE(at == std::string::npos || holds(line.substr(0, at), "`")) << line;
  }
  EXPECT_TRUE(holds(out, "a\\|b \\! rm")) << out;
}

TEST(IndexAdviceMarkdown, NothingAndAllSkipped) {
  EXPECT_FALSE(holds(index_advice_markdown(advice_testing::nothing()), "## Indexes"));
  const std::string out = index_advice_markdown(advice_testing::all_skipped());
  EXPECT_TRUE(holds(out, "| `s4` | Too long. |")) << out;
  EXPECT_FALSE(holds(out, "## All statements")) << out;
}

TEST(Markdown, BackticksDoNotEndCode) {
  EXPECT_EQ(markdown_code("a `b` c|d"), "`` a `b` c\\|d ``");
  EXPECT_EQ(markdown_code("plain"), "`plain`");
  EXPECT_EQ(markdown_code_block("a\n```\nb"), "````sql\na\n```\nb\n````\n");
  EXPECT_EQ(markdown_code_block("db.a.drop()", model::EngineKind::mongodb),
            "```js\ndb.a.drop()\n```\n");
  EXPECT_EQ(markdown_code_block("net:\n  port: 1", model::EngineKind::mongodb),
            "```\nnet:\n  port: 1\n```\n");
}

TEST(IndexAdviceHtml, IsOneOfflineFileWithBars) {
  const std::string out = index_advice_html(advice_testing::advice());
  EXPECT_TRUE(out.starts_with("<!doctype html>"));
  EXPECT_TRUE(out.ends_with("</body></html>\n"));
  EXPECT_FALSE(holds(out, "http")) << "nothing is fetched";
  EXPECT_FALSE(holds(out, "<script"));
  EXPECT_TRUE(holds(out, "prefers-color-scheme: dark"));
  EXPECT_TRUE(holds(out, "<div class=\"tile\"><b>3.12x</b>cheaper (estimated)</div>")) << out;
  EXPECT_TRUE(holds(out, "<div class=\"bar before\" style=\"width:100.0%\">")) << out;
  EXPECT_TRUE(holds(out, "Index Scan using orders_customer_idx"));
  EXPECT_TRUE(holds(out, "<td class=\"soft\">Build</td><td>about 42 s</td>")) << out;
}

TEST(IndexAdviceHtml, ForeignTextIsText) {
  const std::string out = index_advice_html(advice_testing::hostile());
  EXPECT_FALSE(holds(out, "<script"));
  EXPECT_FALSE(holds(out, "<b>Seq"));
  EXPECT_TRUE(holds(out, "&lt;script&gt;alert(1)"));
  EXPECT_EQ(out.find_first_of("\x1b\x07"), std::string::npos);
}

TEST(IndexAdviceHtml, NothingAndAllSkipped) {
  EXPECT_FALSE(holds(index_advice_html(advice_testing::nothing()), "<h2>Indexes"));
  const std::string out = index_advice_html(advice_testing::all_skipped());
  EXPECT_TRUE(holds(out, "5 statements</summary>")) << out;
  EXPECT_FALSE(holds(out, "<h2>Statements")) << out;
  EXPECT_TRUE(holds(index_advice_html(advise::IndexAdvice{}), "The workload holds no statement"));
}

TEST(IndexAdviceSql, RunsTheChangesAndNothingElse) {
  EXPECT_EQ(executed(index_advice_sql(advice_testing::advice())),
            "\\set ON_ERROR_STOP on\n"
            "SET lock_timeout = '10s';\n"
            "SET statement_timeout = 0;\n"
            "CREATE INDEX CONCURRENTLY orders_customer_idx ON public.orders USING btree "
            "(customer_id);\n"
            "CREATE INDEX CONCURRENTLY lines_order_idx ON public.lines USING btree (order_id);\n"
            "DROP INDEX CONCURRENTLY IF EXISTS public.orders_note_idx;\n");
}

TEST(IndexAdviceSql, CommentsHoldReasonFiguresLocksAndTheWayBack) {
  const std::string out = index_advice_sql(advice_testing::advice());
  EXPECT_TRUE(holds(out, "-- All figures are estimates of the planner (PostgreSQL 15.20 shadow)"));
  EXPECT_TRUE(holds(out, "-- 2 statements read orders by it.\n")) << out;
  EXPECT_TRUE(holds(out, "-- Size 310 MB; saves 41 % of the workload's cost (estimated)\n"));
  EXPECT_TRUE(holds(out, "-- Locks: SHARE UPDATE EXCLUSIVE on public.orders: reads and writes"));
  EXPECT_TRUE(holds(out, "--   12,345 to 8.44 (1,463x cheaper): SELECT * FROM orders WHERE"));
  EXPECT_TRUE(holds(
      out, "-- Evidence: Its work is done by orders_customer_idx. 0 scans in 34 d, all nodes"))
      << out;
  EXPECT_TRUE(
      out.ends_with("-- CREATE INDEX CONCURRENTLY orders_note_idx ON public.orders (note);\n"
                    "-- DROP INDEX CONCURRENTLY IF EXISTS public.lines_order_idx;\n"
                    "-- DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer_idx;\n"))
      << out;
  EXPECT_FALSE(holds(out, "orders_old_idx")) << "watched only";
}

TEST(IndexAdviceSql, NoForeignTextLeavesItsComment) {
  EXPECT_EQ(executed(index_advice_sql(advice_testing::hostile())),
            executed(index_advice_sql(advice_testing::advice())));
  EXPECT_EQ(index_advice_sql(advice_testing::hostile()).find_first_of("\r\x1b\x07"),
            std::string::npos);
}

TEST(IndexAdviceSql, WhatBlocksIsNotRun) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.create[0].change.action.kind = model::ActionKind::manual;
  advice.create[0].change.action.statement = "CREATE INDEX i ON public.orders (customer_id);";
  const std::string out = index_advice_sql(advice);
  EXPECT_FALSE(holds(executed(out), "public.orders (customer_id)")) << out;
  EXPECT_TRUE(holds(out,
                    "-- Not run by this file, since it needs a decision of yours:\n"
                    "--   CREATE INDEX i ON public.orders (customer_id);\n"))
      << out;
}

TEST(IndexAdviceSql, AnExpressionIsAnalysed) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.create[0].index.parts[0] = {};
  advice.create[0].index.parts[0].expression = "lower(email)";
  EXPECT_TRUE(
      holds(executed(index_advice_sql(advice)), "(customer_id);\nANALYZE public.orders;\n"));
}

TEST(IndexAdviceSql, ACommentAtTheEndSwallowsNoSemicolon) {
  advise::IndexAdvice advice = advice_testing::advice();
  advice.create[0].change.action.statement = "CREATE INDEX CONCURRENTLY i ON t (a) -- why";
  EXPECT_TRUE(holds(index_advice_sql(advice), "ON t (a) -- why\n;\n"));
}

TEST(IndexAdviceSql, NothingToRunRunsNothing) {
  EXPECT_EQ(executed(index_advice_sql(advice_testing::nothing())), "");
  EXPECT_EQ(executed(index_advice_sql(advice_testing::all_skipped())), "");
  EXPECT_TRUE(index_advice_sql(advice_testing::nothing()).ends_with("-- Nothing to run.\n"));
}

}  // namespace
}  // namespace whet::report
