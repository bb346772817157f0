#include "advise/proposals/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "advise/proposals/needs.h"
#include "advise/proposals/testing.h"

namespace whet::advise {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Merging : public ::testing::Test {
 protected:
  Proposal index(const std::vector<std::string>& key,
                 const std::vector<std::string>& includes = {}) {
    Proposal made;
    made.table = &snapshot_.schema.tables[0];
    made.index.schema = "public";
    made.index.method = "btree";
    for (const std::string& column : key) made.index.parts.push_back(column_part(column));
    made.index.includes = includes;
    return made;
  }
  // One of the server's own, as the collector writes it.
  void existing(const std::string& method, const std::vector<std::string>& key,
                const std::string& predicate = "") {
    Proposal made = index(key);
    made.index.id = 100 + static_cast<std::int64_t>(snapshot_.schema.tables[0].indexes.size());
    made.index.method = method;
    made.index.predicate = predicate;
    for (model::IndexPart& part : made.index.parts) {
      part.opclass = "text_ops";
      part.opclass_is_default = true;
      part.collation = "default";
    }
    snapshot_.schema.tables[0].indexes.push_back(made.index);
  }
  std::vector<std::string> merge(const std::vector<std::vector<Proposal>>& all,
                                 const MergeLimits& limits = {}) {
    const Facts facts(snapshot_, Policy());
    std::vector<std::string> out;
    for (const Merged& one : merge_proposals(facts, all, limits)) {
      std::string text = proposals_testing::text_of(one.proposal) + " for";
      for (const std::size_t statement : one.statements) text += " " + std::to_string(statement);
      out.push_back(text + (one.merged ? " merged" : ""));
    }
    return out;
  }

  model::Snapshot snapshot_ = proposals_testing::shop({});
};

TEST_F(Merging, EachIndexOnce) {
  EXPECT_THAT(merge({{index({"id"})}, {}, {index({"id"}), index({"status"})}, {index({"id"})}}),
              ElementsAre("jobs btree(id) for 0 2 3", "jobs btree(status) for 2"));
}

TEST_F(Merging, IncludesOfOneKey) {
  EXPECT_THAT(
      merge({{index({"id"}, {"total"})}, {index({"id"}, {"note"})}}),
      ElementsAre("jobs btree(id) INCLUDE(total) for 0", "jobs btree(id) INCLUDE(note) for 1",
                  "jobs btree(id) INCLUDE(note, total) for 0 1 merged"));
  MergeLimits limits;
  limits.include_columns = 1;
  EXPECT_THAT(merge({{index({"id"}, {"total"})}, {index({"id"}, {"note"})}}, limits),
              Not(Contains(::testing::HasSubstr("merged"))));
}

TEST_F(Merging, PrefixesAndPermutations) {
  // The second serves the first as it is.
  EXPECT_THAT(merge({{index({"id"})}, {index({"id", "status"})}}),
              ElementsAre("jobs btree(id) for 0", "jobs btree(id, status) for 1"));
  // In another order it would serve both.
  EXPECT_THAT(merge({{index({"status"})}, {index({"id", "status"})}}),
              ElementsAre("jobs btree(status) for 0", "jobs btree(id, status) for 1",
                          "jobs btree(status, id) for 0 1 merged"));
  EXPECT_THAT(merge({{index({"id"}, {"total"})}, {index({"id", "status"})}}),
              Contains("jobs btree(id, status) INCLUDE(total) for 0 1 merged"));
  Proposal partial = index({"id", "status"});
  partial.index.predicate = "rush";
  EXPECT_THAT(merge({{index({"status"})}, {partial}}),
              ElementsAre("jobs btree(status) for 0", "jobs btree(id, status) WHERE rush for 1"));
  Proposal hash = index({"status"});
  hash.index.method = "hash";
  EXPECT_THAT(merge({{hash}, {index({"id", "status"})}}),
              ElementsAre("jobs hash(status) for 0", "jobs btree(id, status) for 1"));
}

TEST_F(Merging, NothingThatIsThere) {
  existing("btree", {"status", "note"});
  EXPECT_THAT(merge({{index({"status"}), index({"status", "note"}), index({"note"})}}),
              ElementsAre("jobs btree(note) for 0"));
  Proposal pattern = index({"status"});
  pattern.index.parts[0].opclass = "varchar_pattern_ops";
  pattern.index.parts[0].opclass_is_default = false;
  EXPECT_THAT(merge({{pattern}}), ElementsAre("jobs btree(status varchar_pattern_ops) for 0"));
  snapshot_.schema.tables[0].indexes[0].invalid = true;
  EXPECT_THAT(merge({{index({"status"})}}), ElementsAre("jobs btree(status) for 0"));
}

TEST_F(Merging, KnowsTheServersWriting) {
  existing("btree", {"customer_id"}, "((status)::text = 'open'::text)");
  existing("btree", {"id"});
  snapshot_.schema.tables[0].indexes[1].parts[0].column.clear();
  snapshot_.schema.tables[0].indexes[1].parts[0].expression = "lower((status)::text)";
  Proposal partial = index({"customer_id"});
  partial.index.predicate = "status = 'open'";
  Proposal expression = index({"id"});
  expression.index.parts[0].column.clear();
  expression.index.parts[0].expression = "lower(status)";
  EXPECT_THAT(merge({{partial, expression}}), IsEmpty());
  partial.index.predicate = "status = 'new'";
  expression.index.parts[0].expression = "upper(status)";
  EXPECT_THAT(merge({{partial, expression}}),
              ElementsAre("jobs btree(customer_id) WHERE status = 'new' for 0",
                          "jobs btree((upper(status))) for 0"));
}

TEST_F(Merging, StatementsTakeTurnsUnderTheLimit) {
  MergeLimits limits;
  limits.per_table = 2;
  EXPECT_THAT(
      merge({{index({"id"}), index({"status"}), index({"note"})}, {index({"total"})}}, limits),
      ElementsAre("jobs btree(id) for 0", "jobs btree(total) for 1"));
  limits.merged_per_table = 1;
  limits.per_table = 3;
  EXPECT_THAT(merge({{index({"id", "status"})}, {index({"status"})}, {index({"total"})}}, limits),
              ElementsAre("jobs btree(id, status) for 0", "jobs btree(status) for 1",
                          "jobs btree(status, id) for 0 1 merged"));
}

TEST_F(Merging, ATotalIsSharedByStatementsAndKeepsWhatEachAskedForFirst) {
  std::vector<std::vector<Proposal>> many;
  for (const char* first : {"id", "status", "total", "note"})
    many.push_back({index({first}), index({first, "customer_id"}), index({first, "id", "status"})});
  MergeLimits limits;
  const auto all = merge(many, limits);
  limits.total = 7;
  const auto fewer = merge(many, limits);
  EXPECT_GT(all.size(), 7U);
  EXPECT_EQ(fewer.size(), 7U);
  for (const char* first : {"id", "status", "total", "note"})
    EXPECT_THAT(fewer, ::testing::Contains(
                           ::testing::StartsWith(std::string("jobs btree(") + first + ")")));
}

}  // namespace
}  // namespace whet::advise
