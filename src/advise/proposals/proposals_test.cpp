#include "advise/proposals/proposals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "advise/proposals/testing.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using proposals_testing::catalog;
using proposals_testing::Given;
using proposals_testing::text_of;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Propose = void (*)(const Facts&, const model::Shape&, std::size_t, const ProposalLimits&,
                         std::vector<Proposal>&);

std::vector<std::string> of(Propose propose, const std::string& statement,
                            const Given& given = {}) {
  const model::Snapshot snapshot = proposals_testing::shop(given);
  const Facts facts(snapshot, Policy());
  const auto shape = sql::shape(statement, catalog(snapshot), given.literals);
  EXPECT_TRUE(shape.ok()) << statement;
  std::vector<Proposal> made;
  for (std::size_t i = 0; shape.ok() && i < shape->relations.size(); ++i)
    propose(facts, *shape, i, ProposalLimits(), made);
  std::vector<std::string> out;
  for (const Proposal& one : made) out.push_back(text_of(one));
  return out;
}

std::vector<std::string> partials(const std::string& statement, const Given& given = {}) {
  return of(propose_partials, statement, given);
}
std::vector<std::string> expressions(const std::string& statement, const Given& given = {}) {
  return of(propose_expressions, statement, given);
}
std::vector<std::string> others(const std::string& statement, const Given& given = {}) {
  return of(propose_other_methods, statement, given);
}

TEST(Partials, FlagsThatFewRowsHave) {
  // `rush` is true for 1 % of the jobs, `visible` for 97 %.
  EXPECT_THAT(partials("select id from jobs where rush order by created_at limit $1"),
              Contains("jobs btree(created_at) WHERE rush"));
  EXPECT_THAT(partials("select id from jobs where rush is true and customer_id = $1"),
              Contains("jobs btree(customer_id) WHERE rush IS TRUE"));
  EXPECT_THAT(partials("select id from jobs where not visible and created_at > $1"),
              Contains("jobs btree(created_at) WHERE NOT visible"));
  EXPECT_THAT(partials("select id from jobs where rush"), Contains("jobs btree(id) WHERE rush"));
  EXPECT_THAT(partials("select id from jobs where visible and customer_id = $1", {.samples = true}),
              IsEmpty());
}

TEST(Partials, Nulls) {
  // `done_at` is NULL in 2 % of the rows, `note` in 90 %, `id` never.
  EXPECT_THAT(partials("select id from jobs where done_at is null and customer_id = $1"),
              Contains("jobs btree(customer_id) WHERE done_at IS NULL"));
  EXPECT_THAT(partials("select id from jobs where done_at is not null and customer_id = $1"),
              IsEmpty());
  EXPECT_THAT(partials("select id from jobs where note is null and customer_id = $1"), IsEmpty());
  EXPECT_THAT(partials("select id from jobs where note is not null and customer_id = $1"),
              Contains("jobs btree(customer_id) WHERE note IS NOT NULL"));
  EXPECT_THAT(partials("select id from jobs where id is null"), IsEmpty());
  // The comparison lets no NULL through, and most of the column is NULL.
  EXPECT_THAT(partials("select id from jobs where note = $1"),
              Contains("jobs btree(note) WHERE note IS NOT NULL"));
  EXPECT_THAT(partials("select id from jobs where customer_id = $1"), IsEmpty());
}

TEST(Partials, ColumnsAgainstColumns) {
  EXPECT_THAT(partials("select id from jobs where tries > limit_tries and customer_id = $1"),
              Contains("jobs btree(customer_id) WHERE tries > limit_tries"));
  EXPECT_THAT(partials("select j.id from jobs j join customers c on j.tries > c.id"), IsEmpty());
}

TEST(Partials, LiteralsOfEveryCallOnly) {
  const std::string prepared = "select id from jobs where status = 'open' and customer_id = $1";
  EXPECT_THAT(partials(prepared), Contains("jobs btree(customer_id) WHERE status = 'open'"));
  const std::string written = "select id from jobs where status = 'open' and customer_id = 7";
  EXPECT_THAT(partials(written), IsEmpty());
  EXPECT_THAT(partials(written, {.literals = sql::Literals::constant}),
              Contains("jobs btree(customer_id) WHERE status = 'open'"));
  EXPECT_THAT(partials("select id from jobs where status in ('open', 'new') and customer_id = $1"),
              Contains("jobs btree(customer_id) WHERE status IN ('open', 'new')"));
  EXPECT_THAT(partials("select id from jobs where status = $2 and customer_id = $1"), IsEmpty());
  EXPECT_THAT(partials(prepared, {.literals = sql::Literals::per_call}), IsEmpty());
}

TEST(Partials, OnlyWhatTheStatementDemands) {
  EXPECT_THAT(partials("select id from jobs where rush or customer_id = $1"), IsEmpty());
  EXPECT_THAT(partials("select id from jobs where not (rush and tries > limit_tries)"), IsEmpty());
  EXPECT_THAT(partials("select id from jobs where not (not rush)"), IsEmpty());
  EXPECT_THAT(partials("select id from jobs where created_at < now() and customer_id = $1"),
              IsEmpty());
  EXPECT_THAT(partials("select id from jobs where created_at::date > '2020-01-01' and rush"),
              Each(Not(HasSubstr("date"))));
}

TEST(Partials, TogetherAndCovering) {
  const auto made = partials("select total from jobs where rush and done_at is null");
  EXPECT_THAT(made, Contains("jobs btree(total) WHERE (rush) AND (done_at IS NULL)"));
  EXPECT_THAT(partials("select total from jobs where rush and customer_id = $1"),
              Contains("jobs btree(customer_id) INCLUDE(total) WHERE rush"));
}

TEST(Expressions, InEveryPlace) {
  EXPECT_THAT(expressions("select id from customers where lower(email) = $1"),
              UnorderedElementsAre("customers btree((lower(email)))"));
  EXPECT_THAT(
      expressions("select id from jobs where customer_id = $1 and tries + 1 > $2"),
      UnorderedElementsAre("jobs btree((tries + 1))", "jobs btree(customer_id, (tries + 1))"));
  EXPECT_THAT(expressions("select id from jobs order by abs(total) desc limit 5"),
              Contains("jobs btree((abs(total)))"));
  EXPECT_THAT(expressions("select date_trunc('day', local_at), count(*) from jobs group by 1"),
              Contains("jobs btree((date_trunc('day', local_at)))"));
  EXPECT_THAT(expressions("select 1 from jobs j join customers c on lower(c.email) = j.status"),
              Contains("customers btree((lower(email)))"));
  EXPECT_THAT(expressions("select id from jobs where payload->>'kind' = $1"),
              Contains("jobs btree((payload ->> 'kind'))"));
  EXPECT_THAT(expressions("select id from jobs where lower(status) = $1 or tries % 10 = $2"),
              UnorderedElementsAre("jobs btree((lower(status)))", "jobs btree((tries % 10))"));
  EXPECT_THAT(expressions("select id from jobs where lower(id::text) = $1"),
              Contains("jobs btree((lower((id)::text)))"));
}

TEST(Expressions, ImmutableOnly) {
  for (const char* statement :
       {"select id from jobs where created_at::date = $1",
        "select id from jobs where date_trunc('day', created_at) = $1",
        "select id from jobs where to_char(local_at, 'YYYY') = $1",
        "select id from jobs where age(created_at) < $1", "select id from jobs where now() > $1",
        "select id from jobs where payload->>$1 = $2", "select id from jobs where odd(total) = $1",
        "select id from jobs where round(total, $1) = $2", "select id from jobs where id = $1",
        "select id from jobs where created_at + interval '1 day' > $1"})
    EXPECT_THAT(expressions(statement), IsEmpty()) << statement;
  EXPECT_THAT(expressions("select id from jobs where (created_at at time zone 'UTC')::date = $1"),
              Contains("jobs btree(((timezone('UTC', created_at))::date))"));
  EXPECT_THAT(expressions("select id from jobs where fixed(total) = $1"),
              Contains("jobs btree((fixed(total)))"));
  EXPECT_THAT(expressions("select id from jobs where mixed(total) = $1"), IsEmpty());
}

TEST(Expressions, NeedStatistics) {
  const model::Snapshot snapshot = proposals_testing::shop({});
  const Facts facts(snapshot, Policy());
  const auto shape =
      sql::shape("select id from customers where lower(email) = $1", catalog(snapshot));
  ASSERT_TRUE(shape.ok());
  std::vector<Proposal> made;
  propose_expressions(facts, *shape, 0, ProposalLimits(), made);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_THAT(made[0].unknown_expressions, UnorderedElementsAre("lower(email)"));
}

TEST(OtherMethods, SummariesOfBigTablesInOrder) {
  // `created_at` follows the rows of `jobs`, `total` does not, and `customers` is small.
  EXPECT_THAT(others("select id from jobs where created_at > $1"),
              UnorderedElementsAre("jobs brin(created_at)"));
  EXPECT_THAT(others("select id from jobs where total > $1"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where created_at = $1"),
              UnorderedElementsAre("jobs brin(created_at)"));
  EXPECT_THAT(others("select id from jobs where created_at <> $1"), IsEmpty());
  EXPECT_THAT(others("select id from customers where created_at > $1"), IsEmpty());
  EXPECT_THAT(others("select id from parts where at between $1 and $2"),
              UnorderedElementsAre("parts brin(at)"));
}

TEST(OtherMethods, DocumentsArraysAndFullText) {
  EXPECT_THAT(others("select id from jobs where payload @> $1"),
              UnorderedElementsAre("jobs gin(payload jsonb_path_ops)", "jobs gin(payload)"));
  EXPECT_THAT(others("select id from jobs where payload ? 'k' and payload @> $1"),
              UnorderedElementsAre("jobs gin(payload)"));
  EXPECT_THAT(others("select id from jobs where payload -> 'a' @> $1"),
              Contains("jobs gin((payload -> 'a'))"));
  EXPECT_THAT(others("select id from jobs where tags && $1"),
              UnorderedElementsAre("jobs gin(tags)"));
  EXPECT_THAT(others("select id from jobs where $1 <@ tags"),
              UnorderedElementsAre("jobs gin(tags)"));
  EXPECT_THAT(others("select id from jobs where $1 = any(tags)"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where not tags && $1"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where words @@ plainto_tsquery('english', $1)"),
              UnorderedElementsAre("jobs gin(words)"));
  EXPECT_THAT(others("select id from jobs where to_tsvector('english', note) @@ to_tsquery($1)"),
              UnorderedElementsAre("jobs gin((to_tsvector('english', note)))"));
  EXPECT_THAT(others("select id from jobs where to_tsvector(note) @@ to_tsquery($1)"), IsEmpty());
}

TEST(OtherMethods, TrigramsWithTheExtensionOnly) {
  const Given trigrams{.trigrams = true};
  for (const char* condition : {"note like '%x%'", "note ilike 'x%'", "note ~ 'a+'"}) {
    const std::string statement = "select id from jobs where " + std::string(condition);
    EXPECT_THAT(others(statement, trigrams), Contains("jobs gin(note ext.gin_trgm_ops)"))
        << condition;
    EXPECT_THAT(others(statement), Not(Contains(HasSubstr("trgm")))) << condition;
  }
  EXPECT_THAT(
      others("select id from jobs where note like $1", trigrams),
      UnorderedElementsAre("jobs gin(note ext.gin_trgm_ops)", "jobs btree(note text_pattern_ops)"));
  EXPECT_THAT(others("select id from jobs where note like 'x%'", trigrams),
              Each(Not(HasSubstr("trgm"))));
}

TEST(OtherMethods, Prefixes) {
  EXPECT_THAT(others("select id from jobs where note like 'x%'"),
              UnorderedElementsAre("jobs btree(note text_pattern_ops)"));
  EXPECT_THAT(others("select id from jobs where status like 'x%' and customer_id = $1"),
              UnorderedElementsAre("jobs btree(status varchar_pattern_ops)",
                                   "jobs btree(customer_id, status varchar_pattern_ops)"));
  EXPECT_THAT(others("select id from customers where lower(email) like 'x%'"),
              UnorderedElementsAre("customers btree((lower(email)) text_pattern_ops)"));
  EXPECT_THAT(others("select id from jobs where note ilike 'x%'"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where note like '%x'"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where note like 'x%'", {.collation = "C"}), IsEmpty());
  EXPECT_THAT(others("select id from jobs where bytes_note like 'x%'"), IsEmpty());
}

TEST(OtherMethods, RangesShapesAndNeighbours) {
  EXPECT_THAT(others("select id from jobs where during && $1"),
              UnorderedElementsAre("jobs gist(during)"));
  EXPECT_THAT(others("select id from jobs where $1 <@ during"),
              UnorderedElementsAre("jobs gist(during)"));
  EXPECT_THAT(others("select id from jobs where during = $1"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where place <@ box '((0,0),(1,1))'"),
              UnorderedElementsAre("jobs gist(place)"));
  EXPECT_THAT(others("select id from jobs order by place <-> $1 limit 3"),
              UnorderedElementsAre("jobs gist(place)"));
  EXPECT_THAT(others("select id from jobs order by place <-> $1 desc limit 3"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where address << $1"),
              UnorderedElementsAre("jobs gist(address inet_ops)"));
  EXPECT_THAT(others("select id from jobs order by note <-> $1 limit 3", {.trigrams = true}),
              UnorderedElementsAre("jobs gist(note ext.gist_trgm_ops)"));
}

TEST(OtherMethods, HashesOfWideKeys) {
  EXPECT_THAT(others("select id from jobs where note = $1"),
              UnorderedElementsAre("jobs hash(note)"));
  EXPECT_THAT(others("select id from jobs where status = $1"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where note = $1 order by note"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where note = $1 or note > $2"), IsEmpty());
  EXPECT_THAT(others("select id from jobs where token = $1"), IsEmpty());
}

TEST(Proposals, NothingForWhatIsNoTable) {
  const model::Snapshot snapshot = proposals_testing::shop({});
  const Facts facts(snapshot, Policy());
  for (const char* statement :
       {"select * from nowhere where lower(a) = $1", "select * from scratch where lower(a) = 'x'",
        "select * from generate_series(1, 3) g where g > 1", "set x = 1", "select 1"}) {
    const auto shape = sql::shape(statement, catalog(snapshot));
    ASSERT_TRUE(shape.ok()) << statement;
    EXPECT_TRUE(proposals_for(facts, *shape, ProposalLimits()).empty()) << statement;
  }
}

TEST(Proposals, EachOnce) {
  const model::Snapshot snapshot = proposals_testing::shop({});
  const Facts facts(snapshot, Policy());
  const auto shape = sql::shape(
      "select 1 from customers a, customers b where lower(a.email) = $1 and lower(b.email) = $2",
      catalog(snapshot));
  ASSERT_TRUE(shape.ok());
  EXPECT_EQ(proposals_for(facts, *shape, ProposalLimits()).size(), 1U);
}

}  // namespace
}  // namespace whet::advise
