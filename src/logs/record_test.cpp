#include "logs/record.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace whet::logs {
namespace {

Record record(const std::string& message, const std::string& detail = {}) {
  const auto found = record_of({.message = message,
                                .detail = detail,
                                .severity = "LOG",
                                .pid = "",
                                .database = "",
                                .role = "",
                                .application = "",
                                .query_id = ""});
  EXPECT_TRUE(found.has_value()) << message;
  return found.value_or(Record{});
}

bool is_record(const std::string& message) {
  Entry entry;
  entry.message = message;
  return record_of(entry).has_value();
}

TEST(Record, AutoExplainAsText) {
  const auto one = record(
      "duration: 12.345 ms  plan:\n"
      "Query Text: SELECT a\nFROM t\nWHERE b = $1 AND c = $2\n"
      "Query Parameters: $1 = '7', $2 = 'x\ny'\n"
      "Seq Scan on t  (cost=0.00..35.50 rows=10 width=4) (actual time=0.1..12.0 rows=3 loops=1)\n"
      "  Filter: (b = 7)\n"
      "Query Identifier: -5236");
  EXPECT_EQ(one.duration_ms, 12.345);
  EXPECT_EQ(one.query, "SELECT a\nFROM t\nWHERE b = $1 AND c = $2");
  ASSERT_EQ(one.parameters.size(), 2U);
  EXPECT_EQ(one.parameters[0], "7");
  EXPECT_EQ(one.parameters[1], "x\ny");
  EXPECT_EQ(one.format, PlanFormat::text);
  EXPECT_TRUE(one.plan.starts_with("Seq Scan on t  (cost="));
  EXPECT_EQ(one.query_id, "-5236");
}

TEST(Record, AutoExplainWithoutParameters) {
  const auto one = record(
      "duration: 0.1 ms  plan:\nQuery Text: SELECT 1 AS \"Query Parameters: \"\n"
      "Result  (cost=0.00..0.01 rows=1 width=4)");
  EXPECT_EQ(one.query, "SELECT 1 AS \"Query Parameters: \"");
  EXPECT_TRUE(one.parameters.empty());
  EXPECT_TRUE(one.parameters_whole);
  EXPECT_EQ(one.query_id, "");
}

TEST(Record, AutoExplainAsJson) {
  const auto one = record(
      "duration: 12.345 ms  plan:\n{\n  \"Query Text\": \"SELECT a\\nFROM t WHERE b = $1\",\n"
      "  \"Query Parameters\": \"$1 = NULL\",\n  \"Query Identifier\": 815,\n"
      "  \"Plan\": {\"Node Type\": \"Seq Scan\"}\n}");
  EXPECT_EQ(one.query, "SELECT a\nFROM t WHERE b = $1");
  ASSERT_EQ(one.parameters.size(), 1U);
  EXPECT_FALSE(one.parameters[0].has_value());
  EXPECT_EQ(one.format, PlanFormat::json);
  EXPECT_TRUE(text::contains(one.plan, "Seq Scan"));
  EXPECT_EQ(one.query_id, "815");
}

TEST(Record, OtherFormatsAreNamed) {
  const auto xml = record(
      "duration: 1 ms  plan:\n<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n"
      "  <Query-Text>SELECT 1</Query-Text>\n</explain>");
  EXPECT_EQ(xml.format, PlanFormat::xml);
  EXPECT_EQ(xml.plan, "");
  const auto yaml =
      record("duration: 1 ms  plan:\nQuery Text: \"SELECT 1\"\nPlan: \n  Node Type: \"Result\"\n");
  EXPECT_EQ(yaml.format, PlanFormat::yaml);
  EXPECT_EQ(yaml.plan, "");
}

TEST(Record, Statements) {
  const auto simple = record("duration: 2.5 ms  statement: SELECT 'duration: 1 ms' ");
  EXPECT_EQ(simple.duration_ms, 2.5);
  EXPECT_EQ(simple.query, "SELECT 'duration: 1 ms'");
  EXPECT_EQ(simple.format, PlanFormat::none);
  const auto bound =
      record("duration: 2.5 ms  execute a: b/c: SELECT $1::int: 2", "Parameters: $1 = '5'");
  EXPECT_EQ(bound.query, "b/c: SELECT $1::int: 2");
  const auto unnamed =
      record("execute <unnamed>: SELECT $1, $2", "parameters: $1 = 'it''s', $2 = NULL");
  EXPECT_FALSE(unnamed.duration_ms.has_value());
  EXPECT_EQ(unnamed.query, "SELECT $1, $2");
  ASSERT_EQ(unnamed.parameters.size(), 2U);
  EXPECT_EQ(unnamed.parameters[0], "it's");
  EXPECT_FALSE(unnamed.parameters[1].has_value());
  const auto cut = record("execute <unnamed>: SELECT $1", "parameters: $1 = 'abc...'");
  EXPECT_TRUE(cut.parameters.empty());
  EXPECT_FALSE(cut.parameters_whole);
}

TEST(Record, OtherMessages) {
  for (const char* other :
       {"duration: 1.5 ms", "duration: 1.5 ms  parse a: SELECT $1",
        "duration: 1 ms  bind a: SELECT $1", "duration: 1.5 ms  execute fetch from a/c: SELECT 1",
        "duration: x", "checkpoint complete", "",
        "duration: 1 ms  plan:", "duration: 1 ms  plan:\n{\"Query Text\": \"SELECT",
        "duration: 1 ms  plan:\nQuery Text: SELECT 1"})
    EXPECT_FALSE(is_record(other)) << other;
}

TEST(Parameters, Forms) {
  EXPECT_FALSE(parse_parameters("").has_value());
  EXPECT_FALSE(parse_parameters("$2 = 'a'").has_value());
  EXPECT_FALSE(parse_parameters("$1 = 'a").has_value());
  EXPECT_FALSE(parse_parameters("$1 = 'a', ").has_value());
  EXPECT_FALSE(parse_parameters("$1 = a").has_value());
  EXPECT_FALSE(parse_parameters("$1 = 'a' and more").has_value());
  EXPECT_FALSE(parse_parameters("$99999999999999999999 = 'a'").has_value());
  const auto values = parse_parameters("$1 = '', $2 = ''', $1 = ''', $3 = 'x'\n");
  ASSERT_TRUE(values.has_value());
  ASSERT_EQ(values->size(), 3U);
  EXPECT_EQ((*values)[0], "");
  EXPECT_EQ((*values)[1], "', $1 = '");
}

}  // namespace
}  // namespace whet::logs
