// Statements that nobody writes by hand: long, deep, broken. They end in an error or in few
// proposals; ctest's time limit catches what would take for ever.
#include <functional>

#include <gtest/gtest.h>

#include "advise/proposals/merge.h"
#include "advise/proposals/testing.h"

namespace whet::advise {
namespace {

// Four times as long they take 20 seconds of a debug build, all together.
constexpr std::size_t long_text = 1U << 18U;

std::string repeated(const std::string& head, const std::function<std::string(int)>& piece,
                     const std::string& tail = "") {
  std::string out = head;
  for (int i = 0; out.size() < long_text; ++i) out += piece(i);
  return out + tail;
}

std::string number(int i) { return std::to_string(i); }

TEST(Hostile, LongAndDeep) {
  const model::Snapshot snapshot = proposals_testing::shop({});
  const Facts facts(snapshot, Policy());
  const auto catalog = proposals_testing::catalog(snapshot);
  const std::string statements[] = {
      repeated(
          "select id from jobs where id in (0", [](int i) { return ", $" + number(i % 60000 + 1); },
          ")"),
      repeated("select id from jobs where id = 1",
               [](int i) { return " or lower(note) = $" + number(i % 60000 + 1); }),
      repeated("select id from jobs where rush",
               [](int i) { return " and tries + " + number(i) + " = $1"; }),
      repeated("select id from jobs where rush",
               [](int i) { return " and status = 'x" + number(i) + "' and id = $1"; }),
      repeated("select 1 from jobs j0",
               [](int i) {
                 return " join jobs j" + number(i + 1) + " on j" + number(i + 1) + ".id = j" +
                        number(i) + ".customer_id";
               }),
      repeated("select 1 from jobs", [](int i) { return ", jobs a" + number(i); }),
      repeated(
          "with c0 as (select id from jobs)",
          [](int i) { return ", c" + number(i + 1) + " as (select id from c" + number(i) + ")"; },
          " select 1"),
      repeated("select id from jobs",
               [](int) { return std::string(" union all select id from jobs where rush"); }),
      repeated("select 1 where 1 = 1",
               [](int) { return std::string(" and exists (select 1 from jobs where rush)"); }),
      repeated("select id from jobs order by id",
               [](int i) { return ", lower(note || " + number(i) + ")"; }),
      repeated(
          "select id from jobs where note = '", [](int) { return std::string("xxxxxxxx"); }, "'"),
      repeated("select ", [](int) { return std::string("("); }),
      repeated(
          "select id from jobs where ", [](int) { return std::string("not "); }, "rush"),
      repeated("select id from jobs where id = 1", [](int) { return std::string(" + 1"); }),
      repeated("", [](int) { return std::string("\x01\xff'\" $$"); }),
  };
  for (const std::string& statement : statements) {
    const auto shape = sql::shape(statement, catalog);
    if (!shape.ok()) {
      EXPECT_FALSE(shape.error().text().empty());
      continue;
    }
    const auto all = proposals_for(facts, *shape, ProposalLimits());
    const auto merged = merge_proposals(facts, {all}, MergeLimits());
    EXPECT_LE(merged.size(), MergeLimits().per_table) << statement.substr(0, 60);
  }
}

}  // namespace
}  // namespace whet::advise
