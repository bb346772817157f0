#include "advise/sizes/predicate.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

model::Table orders() {
  model::Table table;
  table.row_estimate = 100000;
  const auto add = [&](const std::string& name, const std::string& type, double nulls,
                       double distinct) -> model::ColumnStats& {
    model::Column column;
    column.name = name;
    column.base_type = type;
    column.stats = model::ColumnStats{};
    column.stats->null_fraction = nulls;
    column.stats->distinct = distinct;
    table.columns.push_back(column);
    return *table.columns.back().stats;
  };
  auto& status = add("status", "text", 0.1, 4);
  status.samples = {"done", "it's", "open"};
  status.common_frequencies = {0.5, 0.2, 0.15};
  auto& flag = add("active", "bool", 0, 2);
  flag.samples = {"t", "f"};
  flag.common_frequencies = {0.8, 0.2};
  add("gone", "timestamptz", 0.9, -0.1);
  add("total", "int4", 0, 1000);
  add("Odd Name", "int4", 0.25, 10);
  add("hidden", "bool", 0, 2).common_frequencies = {0.9, 0.1};
  return table;
}

double share(const std::string& predicate) { return predicate_effect(orders(), predicate).share; }

TEST(Predicate, NullsAndFlags) {
  EXPECT_DOUBLE_EQ(share(""), 1);
  EXPECT_DOUBLE_EQ(share("(gone IS NULL)"), 0.9);
  EXPECT_NEAR(share("(gone IS NOT NULL)"), 0.1, 1e-9);
  EXPECT_DOUBLE_EQ(share("active"), 0.8);
  EXPECT_DOUBLE_EQ(share("(NOT active)"), 0.2);
  EXPECT_DOUBLE_EQ(share("(active IS TRUE)"), 0.8);
  EXPECT_DOUBLE_EQ(share("(active IS NOT TRUE)"), 0.2);
  EXPECT_DOUBLE_EQ(share("hidden"), 0.5);  // no values in the snapshot: nobody can tell
  EXPECT_DOUBLE_EQ(share("(\"Odd Name\" IS NULL)"), 0.25);
}

TEST(Predicate, ConstantsAreLookedUp) {
  EXPECT_DOUBLE_EQ(share("(status = 'open'::text)"), 0.15);
  EXPECT_DOUBLE_EQ(share("((status)::text = 'it''s'::text)"), 0.2);
  EXPECT_NEAR(share("(status = 'other'::text)"), 0.05, 1e-9);
  EXPECT_NEAR(share("(status <> 'done'::text)"), 0.4, 1e-9);
  EXPECT_DOUBLE_EQ(share("(status = ANY (ARRAY['open'::text, 'done'::text]))"), 0.65);
  EXPECT_DOUBLE_EQ(share("((status)::text = ANY ('{open,done}'::text[]))"), 0.65);
  EXPECT_DOUBLE_EQ(share("(total = 5)"), 0.001);
}

TEST(Predicate, AreCombined) {
  EXPECT_DOUBLE_EQ(share("((status = 'open'::text) AND active)"), 0.15 * 0.8);
  EXPECT_DOUBLE_EQ(share("(active OR (gone IS NULL))"), 1 - 0.2 * 0.1);
  EXPECT_DOUBLE_EQ(share("(total > 100)"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(share("(lower(status) ~~ 'x%'::text)"), 0.005);
}

TEST(Predicate, SaysWhatColumnsHold) {
  const auto effect =
      predicate_effect(orders(), "((status = 'open'::text) AND (gone IS NULL) AND (total > 5))");
  EXPECT_EQ(effect.columns.at("status"), Held::constant);
  EXPECT_EQ(effect.columns.at("gone"), Held::null);
  EXPECT_EQ(effect.columns.at("total"), Held::not_null);
  EXPECT_TRUE(predicate_effect(orders(), "(active OR (gone IS NULL))").columns.empty());
}

TEST(Predicate, SurvivesAnything) {
  for (const std::string text : {"((((", "= = =", "NOT", "AND", "a IS", "\"", "status = ANY (",
                                 "IS NULL", "\"\" = 1", "::", "status ="}) {
    EXPECT_GE(share(text), 0) << text;
    EXPECT_LE(share(text), 1) << text;
  }
  EXPECT_LE(share(std::string(100000, '(')), 1);
  std::string nots;
  for (int i = 0; i < 10000; ++i) nots += "NOT ";
  EXPECT_LE(share(nots + "active"), 1);
}

}  // namespace
}  // namespace whet::advise
