#include "optimize/advised.h"

#include <gtest/gtest.h>

namespace whet::optimize {
namespace {

model::Finding finding(const char* id, model::Severity severity) {
  model::Finding one;
  one.id = id;
  one.severity = severity;
  return one;
}

advise::IndexAdvice advice_of_one() {
  advise::IndexAdvice advice;
  advice.oracle = "PostgreSQL 15 shadow";
  advise::NewIndex index;
  index.schema = "public";
  index.table = "orders";
  index.index.method = "btree";
  model::IndexPart part;
  part.column = "customer_id";
  part.opclass_is_default = true;
  index.index.parts = {part};
  index.bytes = 1e6;
  index.statements = {"7"};
  index.change.id = "create_index/public.orders(customer_id)";
  index.change.affected = {"7"};
  advice.create = {index};
  advice.statements = {{"7", "SELECT 1 FROM orders WHERE customer_id = $1", 100, 5000, 10, {}, {}}};
  return advice;
}

TEST(WithAdvice, TakesThePlaceOfWhatTheCheckFoundByItself) {
  model::Snapshot snapshot;
  model::Statement statement;
  statement.id = "7";
  statement.total.execution_ms = 900;
  statement.total.calls = 10;
  snapshot.workload.age_seconds = 3600;
  snapshot.workload.statements = {statement};
  const advise::Facts facts(snapshot, {});
  const auto findings = with_advice({finding("index.missing", model::Severity::high),
                                     finding("index.unused", model::Severity::low)},
                                    advice_of_one(), facts);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].id, "index.missing");
  EXPECT_EQ(findings[0].severity, model::Severity::high);
  EXPECT_NEAR(findings[0].impact.share, 1, 1e-9);
  EXPECT_NEAR(findings[0].impact.seconds_per_hour, 0.9, 1e-9);
  ASSERT_EQ(findings[0].changes.size(), 1U);
  EXPECT_EQ(findings[0].changes[0].affected, std::vector<std::string>{"7"});
  EXPECT_EQ(findings[1].id, "index.unused");
}

TEST(WithAdvice, AnAdviceOfNothingTakesTheChecksOwnProposalsAway) {
  const model::Snapshot snapshot;
  const advise::Facts facts(snapshot, {});
  EXPECT_TRUE(with_advice({finding("index.missing", model::Severity::high)}, {}, facts).empty());
}

}  // namespace
}  // namespace whet::optimize
