#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "report/analysis.h"
#include "report/outcome.h"

namespace whet::report {
namespace {

struct Fixture {
  model::Snapshot snapshot;
  std::vector<model::Finding> findings;
  std::vector<advise::Check> checks;

  Fixture() {
    snapshot.server.version = "15.18";
    snapshot.target = "localhost:5432/shop";
    snapshot.whet_version = "0.1.0";
    model::Finding finding;
    finding.id = "index.unused";
    finding.severity = model::Severity::medium;
    finding.subject = {model::SubjectKind::index, "public", "orders", "orders_old_idx"};
    finding.title = "never used & <big>";
    finding.evidence = {{"scans", "0", 0, "pg_stat_user_indexes.idx_scan"}};
    finding.impact.bytes = 1048576;
    finding.changes.resize(1);
    finding.changes[0].action.statement = "DROP INDEX CONCURRENTLY public.orders_old_idx";
    findings = {finding, finding};
    findings[1].subject.name = "orders_older_idx";
    checks = {{{.id = "index.unused",
                .area = advise::Area::index,
                .summary = "An index that nothing reads"},
               nullptr}};
  }
  [[nodiscard]] Analysis analysis() const { return {snapshot, findings, checks, 0}; }
};

TEST(Terminal, GroupsFindingsOfOneKindAndShowsTheRemedy) {
  const Fixture fixture;
  const std::string out = analysis_text(fixture.analysis(), Style{});
  EXPECT_NE(out.find("MEDIUM    index.unused  public.orders_old_idx"), std::string::npos) << out;
  EXPECT_NE(out.find("and 1 more of this kind"), std::string::npos);
  EXPECT_NE(out.find("→ DROP INDEX CONCURRENTLY"), std::string::npos);
  EXPECT_EQ(out.find("orders_older_idx"), std::string::npos);
  EXPECT_EQ(out.find('\x1b'), std::string::npos) << "no colour unless asked for";
}

TEST(Terminal, VerboseShowsAllWithEvidence) {
  const Fixture fixture;
  Style style;
  style.verbosity = 1;
  const std::string out = analysis_text(fixture.analysis(), style);
  EXPECT_NE(out.find("orders_older_idx"), std::string::npos);
  EXPECT_NE(out.find("scans: 0  [pg_stat_user_indexes.idx_scan]"), std::string::npos) << out;
}

TEST(Terminal, AFindingAboutAStatementShowsTheStatement) {
  Fixture fixture;
  fixture.snapshot.workload.statements.resize(1);
  fixture.snapshot.workload.statements[0].fingerprint = "abc";
  fixture.snapshot.workload.statements[0].text = "SELECT x FROM t WHERE y = $1";
  fixture.findings[0].subject = {model::SubjectKind::statement, "", "", "abc"};
  EXPECT_NE(analysis_text(fixture.analysis(), Style{}).find("SELECT x FROM t"), std::string::npos);
}

TEST(Terminal, SaysSoWhenNothingIsWrong) {
  Fixture fixture;
  fixture.findings.clear();
  EXPECT_NE(analysis_text(fixture.analysis(), Style{}).find("Nothing to improve"),
            std::string::npos);
}

TEST(Wrap, KeepsToTheWidth) {
  Style style;
  style.width = 40;
  for (const std::string& line : text::split(
           wrap(style, std::string(200, 'a') + " " + "word word word word word word word word", 4),
           '\n')) {
    EXPECT_TRUE(text::display_width(line) <= 40 || line.find(' ', 4) == std::string::npos) << line;
  }
}

TEST(StatementLines, ACommentSwallowsNothing) {
  Style style;
  style.width = 44;
  EXPECT_EQ(statement_lines(style,
                            "-- Rewrites the table; prefer a key that you have.\n"
                            "ALTER TABLE a ADD COLUMN id bigint;\nSELECT 1;",
                            4),
            "    -- Rewrites the table; prefer a key that\n"
            "    -- you have.\n"
            "    ALTER TABLE a ADD COLUMN id bigint;\n"
            "    SELECT 1;\n");
}

TEST(StatementLines, IndentationStays) {
  EXPECT_EQ(statement_lines(Style{}, "security:\n  authorization: enabled", 2),
            "  security:\n    authorization: enabled\n");
}

TEST(Terminal, MongodbHasCollections) {
  model::Snapshot snapshot;
  snapshot.server.engine = model::EngineKind::mongodb;
  snapshot.schema.tables.resize(2);
  const std::vector<model::Finding> findings;
  const std::vector<advise::Check> checks;
  const Analysis analysis{snapshot, findings, checks, 0};
  EXPECT_TRUE(text::contains(analysis_text(analysis, Style{}), "2 collections"));
}

TEST(Formats, JsonAndSarifAreJson) {
  const Fixture fixture;
  const auto json = json::Document::parse(analysis_json(fixture.analysis()));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->root()["findings"].elements().size(), 2U);
  EXPECT_EQ(json->root()["findings"].elements()[0]["severity"].string(), "medium");
  const auto sarif = json::Document::parse(analysis_sarif(fixture.analysis()));
  ASSERT_TRUE(sarif.ok());
  const auto result = sarif->root()["runs"].elements()[0]["results"].elements()[0];
  EXPECT_EQ(result["level"].string(), "warning");
  EXPECT_NE(result["partialFingerprints"]["whet/v1"].string_or(""), "");
}

TEST(Formats, JunitFailsAtTheLimitAndEscapes) {
  const Fixture fixture;
  const std::string failing = analysis_junit(fixture.analysis(), model::Severity::medium);
  EXPECT_NE(failing.find("failures=\"1\""), std::string::npos) << failing;
  EXPECT_NE(failing.find("&lt;big&gt;"), std::string::npos);
  EXPECT_NE(analysis_junit(fixture.analysis(), model::Severity::high).find("failures=\"0\""),
            std::string::npos);
}

TEST(Formats, MarkdownKeepsTablesWhole) {
  Fixture fixture;
  fixture.findings[0].title = "a | b\nc";
  EXPECT_NE(analysis_markdown(fixture.analysis()).find("a \\| b c"), std::string::npos);
}

TEST(Outcome, ShowsRatiosOnlyOfWhatWasMeasured) {
  optimize::Outcome outcome;
  outcome.statements.resize(1);
  outcome.statements[0].text = "SELECT 1";
  outcome.statements[0].before = {.executions = 5, .median_ms = 10};
  outcome.statements[0].after = {.executions = 5, .median_ms = 1};
  const std::string unmeasured = outcome_text(outcome, Style{});
  EXPECT_EQ(unmeasured.find("x0"), std::string::npos) << unmeasured;
  outcome.statements[0].ratio = 0.1;
  outcome.statements[0].ratio_low = 0.09;
  outcome.statements[0].ratio_high = 0.11;
  EXPECT_NE(outcome_text(outcome, Style{}).find("x0.1 (0.09-0.11)"), std::string::npos);
}

TEST(Outcome, WhatWasNotMeasuredTakesOneLine) {
  optimize::Outcome outcome;
  outcome.changes.resize(1);
  outcome.changes[0].fate = optimize::Fate::applied;
  outcome.changes[0].change.summary = "Set x to y";
  outcome.changes[0].change.action.statement = "ALTER SYSTEM SET x = y";
  EXPECT_EQ(outcome_text(outcome, Style{}).find("ALTER SYSTEM"), std::string::npos);
  Style verbose;
  verbose.verbosity = 1;
  EXPECT_NE(outcome_text(outcome, verbose).find("ALTER SYSTEM"), std::string::npos);
}

TEST(Time, IsUtc) { EXPECT_EQ(utc_time(0), "1970-01-01 00:00:00 UTC"); }

}  // namespace
}  // namespace whet::report
