#include "logs/entry.h"

#include <gtest/gtest.h>

namespace whet::logs {
namespace {

TEST(TextLog, APrefixGivesItsFields) {
  const auto entries = read(
      "2026-01-02 03:04:05.678 CET [4711]: [3-1] db=shop,user=anna,app=[unknown],id=-42 LOG:  one\n"
      "2026-01-02 03:04:05.679 CET [4712]: [1-1] db=[unknown],user=[unknown],app=x,id=0 LOG:  "
      "two\n",
      Format::text, "%m [%p]: [%l-1] db=%d,user=%u,app=%a,id=%Q ");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "one");
  EXPECT_EQ(entries[0].severity, "LOG");
  EXPECT_EQ(entries[0].pid, "4711");
  EXPECT_EQ(entries[0].database, "shop");
  EXPECT_EQ(entries[0].role, "anna");
  EXPECT_EQ(entries[0].application, "");
  EXPECT_EQ(entries[0].query_id, "-42");
  EXPECT_EQ(entries[1].database, "");
  EXPECT_EQ(entries[1].query_id, "");
}

TEST(TextLog, PrefixesOfManyKinds) {
  struct Case {
    std::string prefix, line, pid, database;
  };
  const std::vector<Case> cases{
      {"%t:%r:%u@%d:[%p]:", "2020-03-11 20:41:42 CET:10.0.0.1(50906):anna@shop:[12795]:", "12795",
       "shop"},
      {"%m [%p] %q%u@%d ", "2026-01-02 03:04:05.678 UTC [77] anna@shop ", "77", "shop"},
      {"%m [%p] %q%u@%d ", "2026-01-02 03:04:05.678 UTC [77] ", "77", ""},
      {"%-8u|%8d|%p|", "anna    |    shop|99|", "99", "shop"},
      {"100%% %p ", "100% 55 ", "55", ""},
      {"", "", "", ""},
      // Another prefix than the server has now: the pid in brackets is still found.
      {"%p %d ", "2026-01-02 03:04:05 UTC [31]: [2-1] ", "31", ""},
      // Two escapes that nothing tells apart.
      {"%u%d [%p] ", "annashop [8] ", "8", ""},
  };
  for (const auto& one : cases) {
    const auto entries = read(one.line + "LOG:  hello\n", Format::text, one.prefix);
    ASSERT_EQ(entries.size(), 1U) << one.line;
    EXPECT_EQ(entries[0].message, "hello") << one.line;
    EXPECT_EQ(entries[0].pid, one.pid) << one.prefix;
    EXPECT_EQ(entries[0].database, one.database) << one.prefix;
  }
}

TEST(TextLog, MessagesOfManyLines) {
  const auto entries = read(
      "\tthe end of something that began before\n"
      "[1] LOG:  duration: 1.5 ms  execute <unnamed>: SELECT *\n"
      "\tFROM t\n"
      "\t\tWHERE a = $1\n"
      "[1] DETAIL:  parameters: $1 = 'x\n"
      "\ty'\n"
      "[1] STATEMENT:  not this\n"
      "\tnor this\n"
      "pg_ctl: could not start server\n"
      "\tnor this, which is no message's\n"
      "[1] ERROR:  next\r\n",
      Format::text);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message,
            "duration: 1.5 ms  execute <unnamed>: SELECT *\nFROM t\n\tWHERE a = $1");
  EXPECT_EQ(entries[0].detail, "parameters: $1 = 'x\ny'");
  EXPECT_EQ(entries[1].message, "next");
  EXPECT_EQ(entries[1].severity, "ERROR");
}

TEST(TextLog, DetailsFindTheirProcess) {
  const auto entries = read(
      "[1] LOG:  first\n"
      "[2] LOG:  second\n"
      "[1] DETAIL:  of the first\n"
      "\tmore of it\n"
      "[3] DETAIL:  of nobody\n",
      Format::text);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].detail, "of the first\nmore of it");
  EXPECT_EQ(entries[1].detail, "");
}

TEST(TextLog, WhatIsStillBeingWrittenIsLeftOut) {
  EXPECT_EQ(read("[1] LOG:  first\n[2] LOG:  sec", Format::text).size(), 1U);
  EXPECT_EQ(read("[1] LOG:  first\n[2] LOG:  second\n\tand its", Format::text).size(), 1U);
  EXPECT_TRUE(read("", Format::text).empty());
}

TEST(TextLog, SyslogPutsItsOwnHeadBefore) {
  const auto entries = read(
      "Feb 11 13:15:40 host postgres[11]: [7-1] db=shop LOG:  duration: 1 ms  statement: SELECT "
      "a,\n"
      "Feb 11 13:15:40 host postgres[12]: [5-1] db=shop LOG:  other\n"
      "Feb 11 13:15:40 host postgres[11]: [7-2] #011       b, 'a long\n"
      "Feb 11 13:15:40 host postgres[11]: [7-3]  line'\n"
      "Feb 11 13:15:40 host postgres[11]: [7-4] db=shop DETAIL:  more\n"
      "Feb 11 13:15:40 host postgres[13]: [9-3] #011 of a message that began before\n",
      Format::text);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "duration: 1 ms  statement: SELECT a,\n       b, 'a long line'");
  EXPECT_EQ(entries[0].detail, "more");
  EXPECT_EQ(entries[1].message, "other");
}

TEST(TextLog, OtherLanguagesAndEncodings) {
  const auto entries = read(
      "[1] СООБЩЕНИЕ:  duration: 1 ms  plan:\n"
      "[2] LOG:  duration: 1 ms  statement: SELECT 'caf\xE9'\n",
      Format::text);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "duration: 1 ms  plan:");
  EXPECT_TRUE(entries[0].intact);
  EXPECT_FALSE(entries[1].intact);
  EXPECT_EQ(entries[1].message, "duration: 1 ms  statement: SELECT 'caf\xEF\xBF\xBD'");
}

std::string csv_record(const std::string& message, const std::string& detail = {}) {
  return "2026-01-02 03:04:05.678 CET,\"anna\",\"shop\",4711,\"[local]\",65a.1,3,\"SELECT\","
         "2026-01-02 03:00:00 CET,3/4,0,LOG,00000,\"" +
         message + "\"," + (detail.empty() ? "" : "\"" + detail + "\"") +
         ",,,,,,,,\"my \"\"app\"\"\",\"client backend\",,-42\n";
}

TEST(CsvLog, Records) {
  const auto entries =
      read(csv_record("one\nand \"\"two\"\"", "parameters: $1 = 'a, b'") + csv_record("three"),
           Format::csv);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "one\nand \"two\"");
  EXPECT_EQ(entries[0].detail, "parameters: $1 = 'a, b'");
  EXPECT_EQ(entries[0].pid, "4711");
  EXPECT_EQ(entries[0].database, "shop");
  EXPECT_EQ(entries[0].role, "anna");
  EXPECT_EQ(entries[0].application, "my \"app\"");
  EXPECT_EQ(entries[0].query_id, "-42");
  EXPECT_EQ(entries[0].severity, "LOG");
  EXPECT_EQ(entries[1].message, "three");
}

TEST(CsvLog, FromWhereverItBegins) {
  const std::string second = csv_record("second");
  const std::string log = csv_record("one\nline, \"\"two\"\",x") + second;
  // The last record is found, and never half of one.
  for (std::size_t from = 1; from + second.size() <= log.size(); ++from) {
    const auto entries = read(std::string_view(log).substr(from), Format::csv);
    ASSERT_EQ(entries.size(), 1U) << from;
    EXPECT_EQ(entries[0].message, "second");
  }
}

TEST(CsvLog, WhereverItEnds) {
  const std::string first = csv_record("one\nline, \"\"two\"\",x");
  const std::string log = first + csv_record("second");
  for (std::size_t size = 0; size < log.size(); ++size) {
    const auto entries = read(std::string_view(log).substr(0, size), Format::csv);
    EXPECT_EQ(entries.size(), size < first.size() ? 0U : 1U) << size;
  }
}

TEST(CsvLog, RecordsOfOldServers) {
  // 12 names no kind of process and no query id.
  const auto old = read(
      "2026-01-02 03:04:05.678 CET,,,4711,,65a.1,3,,2026-01-02 03:00:00 CET,,0,LOG,00000,"
      "\"x\",,,,,,,,,\"app\"\n",
      Format::csv);
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].message, "x");
  EXPECT_EQ(old[0].query_id, "");
}

TEST(JsonLog, Lines) {
  const auto entries = read(
      "cut off\"}\n"
      R"({"timestamp":"2026-01-02 03:04:05.678 CET","user":"anna","dbname":"shop","pid":4711,)"
      R"("error_severity":"LOG","message":"one\nline","detail":"more","application_name":"app",)"
      R"("backend_type":"client backend","query_id":-42})"
      "\n"
      R"({"pid":4712,"error_severity":"LOG","message":"two","query_id":0})"
      "\n"
      R"({"pid":4713,"error_severity":"LOG","mess)",
      Format::json);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].message, "one\nline");
  EXPECT_EQ(entries[0].detail, "more");
  EXPECT_EQ(entries[0].pid, "4711");
  EXPECT_EQ(entries[0].database, "shop");
  EXPECT_EQ(entries[0].role, "anna");
  EXPECT_EQ(entries[0].application, "app");
  EXPECT_EQ(entries[0].query_id, "-42");
  EXPECT_EQ(entries[1].query_id, "");
}

}  // namespace
}  // namespace whet::logs
