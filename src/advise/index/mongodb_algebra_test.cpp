#include "advise/index/mongodb_algebra.h"

#include <gtest/gtest.h>

#include "advise/index/mongodb_redundant.h"
#include "advise/mongodb_index.h"
#include "mql/value.h"

namespace whet::advise {
namespace {

using model::Index;
using model::Table;

/// From a key as people write it: {"a": 1, "b": "hashed"}.
Index index_of(const std::string& key, const std::string& name = "") {
  Index index;
  const auto document = mql::parse_json(key);
  EXPECT_TRUE(document.ok()) << key;
  index.method = "btree";
  for (const mql::Field& field : document->fields) {
    model::IndexPart part;
    part.column = field.name;
    if (field.value.is_string()) {
      part.opclass = field.value.text;
      index.method = field.value.text;
    } else {
      part.descending = field.value.as_number().value_or(0) < 0;
    }
    index.parts.push_back(part);
  }
  index.name = name.empty() ? default_index_name(index) : name;
  return index;
}

Cover cover(const Index& a, const Index& b, const Table& table = {}) {
  return mongodb_covers(table, a, b).kind;
}

Index with(Index index, const std::string& option, const std::string& value) {
  index.options[option] = value;
  return index;
}

TEST(MongodbAlgebra, APrefixIsCovered) {
  EXPECT_EQ(cover(index_of(R"({"a":1,"b":1})"), index_of(R"({"a":1})")), Cover::prefix);
  EXPECT_EQ(cover(index_of(R"({"a":1})"), index_of(R"({"a":1,"b":1})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"b":1,"a":1})"), index_of(R"({"a":1})")), Cover::no);
}

TEST(MongodbAlgebra, DirectionsCountAsTheServerReadsThem) {
  // A single field either way; several only when all are turned round.
  EXPECT_EQ(cover(index_of(R"({"a":1,"b":1})"), index_of(R"({"a":-1})")), Cover::prefix);
  EXPECT_EQ(cover(index_of(R"({"a":-1,"b":1})"), index_of(R"({"a":1,"b":-1})", "x")),
            Cover::reversed);
  EXPECT_EQ(cover(index_of(R"({"a":1,"b":1,"c":1})"), index_of(R"({"a":-1,"b":-1})")),
            Cover::prefix);
  EXPECT_EQ(cover(index_of(R"({"a":1,"b":1,"c":1})"), index_of(R"({"a":1,"b":-1})")), Cover::no);
  // A double is a direction too.
  EXPECT_EQ(cover(index_of(R"({"a":1.0,"b":1})"), index_of(R"({"a":-2.5})")), Cover::prefix);
}

TEST(MongodbAlgebra, WhatMustStayStays) {
  const Index longer = index_of(R"({"a":1,"b":1})");
  Index unique = index_of(R"({"a":1})");
  unique.unique = true;
  EXPECT_EQ(cover(longer, unique), Cover::no);
  EXPECT_EQ(cover(longer, with(index_of(R"({"a":1})"), "expireAfterSeconds", "60")), Cover::no);
  Index shard_key = index_of(R"({"a":1})");
  shard_key.shard_key = true;
  EXPECT_EQ(cover(longer, shard_key), Cover::no);
  Index primary = index_of(R"({"_id":1})");
  primary.primary = true;
  EXPECT_EQ(cover(index_of(R"({"_id":1,"b":1})"), primary), Cover::no);
}

TEST(MongodbAlgebra, AUniqueOneOrATtlMayDoTheWorkOfAnother) {
  Index unique = index_of(R"({"a":1,"b":1})");
  unique.unique = true;
  EXPECT_EQ(cover(unique, index_of(R"({"a":1})")), Cover::prefix);
  EXPECT_EQ(
      cover(with(index_of(R"({"a":1})"), "expireAfterSeconds", "60"), index_of(R"({"a":-1})")),
      Cover::reversed);
}

TEST(MongodbAlgebra, OptionsMustAgree) {
  const Index plain = index_of(R"({"a":1})");
  const Index longer = index_of(R"({"a":1,"b":1})");
  EXPECT_EQ(cover(with(longer, "sparse", "true"), plain), Cover::no);
  EXPECT_EQ(cover(longer, with(plain, "sparse", "true")), Cover::no);
  EXPECT_EQ(cover(with(longer, "sparse", "true"), with(plain, "sparse", "true")), Cover::prefix);
  EXPECT_EQ(cover(with(longer, "collation", R"({"locale":"en"})"), plain), Cover::no);
  EXPECT_EQ(cover(with(longer, "collation", R"({"locale":"simple"})"), plain), Cover::prefix);
  EXPECT_EQ(cover(with(longer, "collation", R"({"locale":"en","strength":2})"),
                  with(plain, "collation", R"({"strength":{"$numberInt":"2"},"locale":"en"})")),
            Cover::prefix);
}

TEST(MongodbAlgebra, FiltersAreComparedByWhatTheySay) {
  Index longer = index_of(R"({"a":1,"b":1})");
  Index shorter = index_of(R"({"a":1})");
  longer.predicate = R"({"open":true,"n":{"$gt":{"$numberInt":"5"}}})";
  EXPECT_EQ(cover(longer, shorter), Cover::no);
  shorter.predicate = R"({"$and":[{"n":{"$gt":5.0}},{"open":{"$eq":true}}]})";
  EXPECT_EQ(cover(longer, shorter), Cover::prefix);
  shorter.predicate = R"({"open":true,"n":{"$gt":6}})";
  EXPECT_EQ(cover(longer, shorter), Cover::no);
}

TEST(MongodbAlgebra, SpecialKindsAreTheirOwn) {
  EXPECT_EQ(cover(index_of(R"({"a":"hashed"})"), index_of(R"({"a":1})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"a":1})"), index_of(R"({"a":"hashed"})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"a":"hashed","b":1})"), index_of(R"({"a":"hashed"})")),
            Cover::prefix);
  EXPECT_EQ(cover(index_of(R"({"g":"2dsphere","b":1})"), index_of(R"({"g":"2dsphere"})")),
            Cover::prefix);
  // It leaves out documents without a place.
  EXPECT_EQ(cover(index_of(R"({"a":1,"g":"2dsphere"})"), index_of(R"({"a":1})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"a":1,"t":"text"})"), index_of(R"({"a":1})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"$**":1})"), index_of(R"({"a":1})")), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"a":1,"w.$**":1})"), index_of(R"({"a":1})")), Cover::no);
}

TEST(MongodbAlgebra, AnAddedArrayMakesTheLongerOneLarger) {
  Table table;
  model::Column tags;
  tags.name = "tags";
  tags.path.emplace().array = true;
  table.columns = {tags};
  EXPECT_EQ(cover(index_of(R"({"a":1,"tags":1})"), index_of(R"({"a":1})"), table), Cover::no);
  EXPECT_EQ(cover(index_of(R"({"tags":1,"a":1})"), index_of(R"({"tags":1})"), table),
            Cover::prefix);
}

TEST(MongodbAlgebra, HiddenAndUnfinishedOnesDoNothing) {
  Index longer = index_of(R"({"a":1,"b":1})");
  longer.hidden = true;
  EXPECT_EQ(cover(longer, index_of(R"({"a":1})")), Cover::no);
  longer.hidden = false;
  longer.building = true;
  EXPECT_EQ(cover(longer, index_of(R"({"a":1})")), Cover::no);
}

TEST(MongodbAlgebra, AKeeperNeverGoes) {
  Table table;
  table.indexes = {index_of(R"({"a":1})"), index_of(R"({"a":-1})"), index_of(R"({"a":1,"b":1})"),
                   index_of(R"({"a":-1,"b":-1})"), index_of(R"({"a":1,"b":1,"c":1})")};
  const auto found = mongodb_redundancies(table);
  ASSERT_EQ(found.size(), 4U);
  for (const auto& one : found) EXPECT_EQ(one.keeper, &table.indexes[4]) << one.index->name;
}

TEST(MongodbAlgebra, OfTwoMirrorsOneStays) {
  Table table;
  table.indexes = {index_of(R"({"a":1,"b":-1})"), index_of(R"({"a":-1,"b":1})")};
  table.indexes[1].total.scans = 10;
  const auto found = mongodb_redundancies(table);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].index, &table.indexes[0]);
}

}  // namespace
}  // namespace whet::advise
