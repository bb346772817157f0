#include "advise/index/algebra.h"

#include <gtest/gtest.h>

#include "advise/index/common.h"
#include "advise/index/redundant.h"

namespace whet::advise {
namespace {

using model::Constraint;
using model::ConstraintKind;
using model::Index;
using model::IndexPart;
using model::Table;

// "a", "a DESC", "a DESC NULLS LAST", "a COLLATE C", "a text_pattern_ops", "lower(a)".
IndexPart part(std::string_view text) {
  IndexPart out;
  out.opclass = "int4_ops";
  const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  out.descending = has(" DESC");
  out.nulls_first = has(" NULLS") ? has("NULLS FIRST") : out.descending;
  if (has(" COLLATE C")) out.collation = "C";
  if (has(" pattern")) out.opclass = "text_pattern_ops";
  if (has(" text_ops")) out.opclass = "text_ops";
  if (has(" varchar_ops")) out.opclass = "varchar_ops";
  const std::string name(text.substr(0, text.find(' ')));
  (name.find('(') == std::string::npos ? out.column : out.expression) = name;
  return out;
}

Index index(std::int64_t id, const std::vector<std::string>& parts) {
  Index out;
  out.id = id;
  out.name = "i" + std::to_string(id);
  out.method = "btree";
  for (const std::string& text : parts) out.parts.push_back(part(text));
  return out;
}

Constraint foreign_key(std::vector<std::string> columns) {
  Constraint out;
  out.name = "fk";
  out.kind = ConstraintKind::foreign_key;
  out.columns = std::move(columns);
  return out;
}

struct Row {
  const char* what;
  std::vector<std::string> a, b;
  Cover expected;
};

TEST(Algebra, KeysOrderDirectionCollationAndOperatorClass) {
  const std::vector<Row> rows{
      {"equal", {"a", "b"}, {"a", "b"}, Cover::identical},
      {"prefix", {"a", "b"}, {"a"}, Cover::prefix},
      {"a suffix is no prefix", {"a", "b"}, {"b"}, Cover::no},
      {"other order", {"a", "b"}, {"b", "a"}, Cover::no},
      {"longer is not covered", {"a"}, {"a", "b"}, Cover::no},
      {"column 1 is no prefix of column 10", {"a10", "b"}, {"a1"}, Cover::no},
      {"the same with a gap", {"a", "b", "c"}, {"a", "c"}, Cover::no},
      {"wholly reversed", {"a", "b"}, {"a DESC", "b DESC"}, Cover::reversed},
      {"single column reversed", {"a"}, {"a DESC"}, Cover::reversed},
      {"reversed prefix", {"a", "b"}, {"a DESC"}, Cover::prefix},
      {"half reversed", {"a", "b"}, {"a", "b DESC"}, Cover::no},
      {"half reversed both ways", {"a DESC", "b"}, {"a", "b DESC"}, Cover::reversed},
      {"prefix before the direction differs", {"a", "b DESC"}, {"a"}, Cover::prefix},
      {"NULLS at the other end", {"a"}, {"a NULLS FIRST"}, Cover::no},
      {"reversed, but NULLS stay", {"a"}, {"a DESC NULLS LAST"}, Cover::no},
      {"reversed with NULLS", {"a NULLS FIRST"}, {"a DESC NULLS LAST"}, Cover::reversed},
      {"collation", {"a"}, {"a COLLATE C"}, Cover::no},
      {"same collation", {"a COLLATE C", "b"}, {"a COLLATE C"}, Cover::prefix},
      {"operator class", {"a text_ops"}, {"a pattern"}, Cover::no},
      {"alias of an operator class", {"a text_ops"}, {"a varchar_ops"}, Cover::identical},
      {"same operator class", {"a pattern", "b"}, {"a pattern"}, Cover::prefix},
      {"expression is not its column", {"lower(a)"}, {"a"}, Cover::no},
      {"column is not its expression", {"a"}, {"lower(a)"}, Cover::no},
      {"equal expressions", {"lower(a)", "b"}, {"(lower(a))"}, Cover::prefix},
      {"other expressions", {"lower(a)"}, {"upper(a)"}, Cover::no},
  };
  Table table;
  for (const Row& row : rows) {
    const Coverage answer = covers(index(1, row.a), index(2, row.b), {&table, {}});
    EXPECT_EQ(name_of(answer.kind), name_of(row.expected)) << row.what << ": " << answer.reason;
    EXPECT_FALSE(answer.reason.empty()) << row.what;
  }
}

struct Variant {
  const char* what;
  void (*change)(Index& a, Index& b);
  Cover expected;
};

// Each row changes one thing of A (a, b) and B (a, b).
TEST(Algebra, EverythingButTheKey) {
  const std::vector<Variant> rows{
      {"nothing", [](Index&, Index&) {}, Cover::identical},
      {"A invalid", [](Index& a, Index&) { a.invalid = true; }, Cover::no},
      {"A not ready", [](Index& a, Index&) { a.not_ready = true; }, Cover::no},
      {"A being built", [](Index& a, Index&) { a.building = true; }, Cover::no},
      {"B being built", [](Index&, Index& b) { b.building = true; }, Cover::no},
      {"B invalid", [](Index&, Index& b) { b.invalid = true; }, Cover::identical},
      {"the same index", [](Index& a, Index& b) { b.id = a.id; }, Cover::no},
      {"B hash", [](Index&, Index& b) { b.method = "hash"; }, Cover::no},
      {"A partial", [](Index& a, Index&) { a.predicate = "(a > 1)"; }, Cover::no},
      {"B partial", [](Index&, Index& b) { b.predicate = "(a > 1)"; }, Cover::partial_superseded},
      {"same predicate",
       [](Index& a, Index& b) { a.predicate = "(a > 1)", b.predicate = "((a  > 1))"; },
       Cover::identical},
      {"other predicate",
       [](Index& a, Index& b) { a.predicate = "(a > 1)", b.predicate = "(a > 2)"; }, Cover::no},
      {"predicates that only begin and end alike",
       [](Index& a, Index& b) { a.predicate = "(a) OR (b)", b.predicate = "((a) OR (b))"; },
       Cover::identical},
      {"A unique", [](Index& a, Index&) { a.unique = true; }, Cover::covered_by_unique},
      {"B unique", [](Index&, Index& b) { b.unique = true; }, Cover::no},
      {"both unique", [](Index& a, Index& b) { a.unique = b.unique = true; }, Cover::identical},
      {"B unique on a shorter key",
       [](Index& a, Index& b) { a.unique = b.unique = true, b.parts.pop_back(); }, Cover::no},
      {"B forbids repeated NULLs",
       [](Index& a, Index& b) { a.unique = b.unique = b.nulls_not_distinct = true; }, Cover::no},
      {"A forbids repeated NULLs too",
       [](Index& a, Index& b) { a.unique = b.unique = a.nulls_not_distinct = true; },
       Cover::identical},
      {"A deferrable", [](Index& a, Index& b) { a.unique = b.unique = a.deferrable = true; },
       Cover::no},
      {"A deferrable, B plain", [](Index& a, Index&) { a.unique = a.deferrable = true; },
       Cover::covered_by_unique},
      {"B partial unique, A plain",
       [](Index&, Index& b) { b.unique = true, b.predicate = "(a > 1)"; }, Cover::no},
      {"B backs a constraint", [](Index&, Index& b) { b.constraint = "uq"; }, Cover::no},
      {"A backs a constraint", [](Index& a, Index&) { a.constraint = "uq"; }, Cover::identical},
      {"B primary key", [](Index&, Index& b) { b.primary = true; }, Cover::no},
      {"B exclusion", [](Index&, Index& b) { b.exclusion = true; }, Cover::no},
      {"B replica identity", [](Index&, Index& b) { b.replica_identity = true; }, Cover::no},
      {"B clustered", [](Index&, Index& b) { b.clustered = true; }, Cover::no},
      {"B of a partitioned index", [](Index&, Index& b) { b.parent = 7; }, Cover::no},
      {"A of a partitioned index", [](Index& a, Index&) { a.parent = 7; }, Cover::identical},
      {"B of an extension", [](Index&, Index& b) { b.extension = "postgis"; }, Cover::no},
      {"B includes more", [](Index&, Index& b) { b.includes = {"c"}; }, Cover::no},
      {"A includes more", [](Index& a, Index&) { a.includes = {"c"}; }, Cover::prefix},
      {"same INCLUDE, other order",
       [](Index& a, Index& b) { a.includes = {"c", "d"}, b.includes = {"d", "c"}; },
       Cover::identical},
      {"B includes what is in A's key",
       [](Index&, Index& b) { b.parts.pop_back(), b.includes = {"b"}; }, Cover::prefix},
      {"fill factor does not matter", [](Index& a, Index&) { a.options["fillfactor"] = "70"; },
       Cover::identical},
      {"narrow and busy twin",
       [](Index& a, Index& b) {
         b.parts.pop_back();
         a.size_bytes = 400, b.size_bytes = 100, b.total.scans = 5000;
       },
       Cover::narrow_twin},
      {"narrow, but idle twin",
       [](Index& a, Index& b) {
         b.parts.pop_back();
         a.size_bytes = 400, b.size_bytes = 100, b.total.scans = 5, a.total.scans = 5000;
       },
       Cover::prefix},
  };
  Table table;
  for (const Variant& row : rows) {
    Index a = index(1, {"a", "b"});
    Index b = index(2, {"a", "b"});
    row.change(a, b);
    const Coverage answer = covers(a, b, {&table, {}});
    EXPECT_EQ(name_of(answer.kind), name_of(row.expected)) << row.what << ": " << answer.reason;
  }
}

TEST(Algebra, OtherAccessMethodsOnlyWhenIdentical) {
  Table table;
  const Ties ties{&table, {}};
  Index a = index(1, {"a", "b"});
  Index b = index(2, {"a"});
  a.method = b.method = "gin";
  EXPECT_EQ(covers(a, b, ties).kind, Cover::no);
  b = index(3, {"a", "b"});
  b.method = "gin";
  EXPECT_EQ(covers(a, b, ties).kind, Cover::identical);
  b.options["fastupdate"] = "off";
  EXPECT_EQ(covers(a, b, ties).kind, Cover::no);
  b.options.clear();
  a.definition = "CREATE INDEX x ON t USING gin (a gin_trgm_ops, b)";
  b.definition = "CREATE INDEX y ON t USING gin (a gin_trgm_ops, b)";
  EXPECT_EQ(covers(a, b, ties).kind, Cover::identical);
  b.definition = "CREATE INDEX y ON t USING gin (a gin_trgm_ops (siglen='32'), b)";
  EXPECT_EQ(covers(a, b, ties).kind, Cover::no);
}

TEST(Algebra, ForeignKeyTargetsStay) {
  Table table;
  Index a = index(1, {"a"});
  Index b = index(2, {"a"});
  a.unique = b.unique = true;
  EXPECT_EQ(covers(a, b, {&table, {2}}).kind, Cover::no);
  EXPECT_EQ(covers(b, a, {&table, {2}}).kind, Cover::identical);
}

TEST(Algebra, ForeignKeySupport) {
  const Constraint one = foreign_key({"a"});
  const Constraint two = foreign_key({"a", "b"});
  EXPECT_TRUE(supports_foreign_key(index(1, {"a"}), one));
  EXPECT_TRUE(supports_foreign_key(index(1, {"a DESC", "x"}), one));
  EXPECT_FALSE(supports_foreign_key(index(1, {"x", "a"}), one));
  EXPECT_TRUE(supports_foreign_key(index(1, {"b", "a"}), two)) << "the order does not matter";
  EXPECT_TRUE(supports_foreign_key(index(1, {"b", "a", "c"}), two));
  EXPECT_FALSE(supports_foreign_key(index(1, {"a"}), two));
  EXPECT_FALSE(supports_foreign_key(index(1, {"a", "c", "b"}), two));
  EXPECT_FALSE(supports_foreign_key(index(1, {"lower(a)"}), one));

  Index other = index(1, {"a"});
  other.method = "hash";
  EXPECT_TRUE(supports_foreign_key(other, one));
  EXPECT_FALSE(supports_foreign_key(other, two));
  other.method = "gin";
  EXPECT_FALSE(supports_foreign_key(other, one));

  Index partial = index(1, {"a"});
  partial.predicate = "(a IS NOT NULL)";
  EXPECT_TRUE(supports_foreign_key(partial, one));
  partial.predicate = "(c IS NOT NULL)";
  EXPECT_FALSE(supports_foreign_key(partial, one));
  partial.predicate = "(a > 10)";
  EXPECT_FALSE(supports_foreign_key(partial, one));
  partial.predicate = "((a IS NOT NULL) AND (b IS NOT NULL))";
  EXPECT_FALSE(supports_foreign_key(partial, one));

  Index broken = index(1, {"a"});
  broken.invalid = true;
  EXPECT_FALSE(supports_foreign_key(broken, one));
  EXPECT_FALSE(supports_foreign_key(index(1, {"a"}), foreign_key({})));
}

TEST(Algebra, OnlySupporter) {
  Table table;
  table.constraints = {foreign_key({"a"})};
  table.indexes = {index(1, {"a"}), index(2, {"b"})};
  EXPECT_EQ(only_supported_by(table.indexes[0], table).size(), 1U);
  EXPECT_TRUE(only_supported_by(table.indexes[1], table).empty());
  table.indexes[1] = index(2, {"a", "b"});
  EXPECT_TRUE(only_supported_by(table.indexes[0], table).empty());
}

TEST(Algebra, NormalizedExpressions) {
  EXPECT_EQ(normalized_expression("  ((a  > 1)) "), "a > 1");
  EXPECT_EQ(normalized_expression("(a) OR (b)"), "(a) OR (b)");
  EXPECT_EQ(normalized_expression("(a = ')')"), "a = ')'");
  EXPECT_EQ(normalized_expression("()"), "");
  EXPECT_EQ(not_null_column("(a IS NOT NULL)"), "a");
  EXPECT_EQ(not_null_column("(\"My \"\"Col\" IS NOT NULL)"), "My \"Col");
  EXPECT_EQ(not_null_column("(lower(a) IS NOT NULL)"), "");
  EXPECT_EQ(not_null_column("((a > 1) AND (b IS NOT NULL))"), "");
}

struct Group {
  model::Snapshot snapshot;

  explicit Group(std::vector<Index> indexes) {
    Table table;
    table.id = 1;
    table.schema = "public";
    table.name = "t";
    table.indexes = std::move(indexes);
    snapshot.schema.tables = {table};
  }
  [[nodiscard]] std::vector<std::string> dropped() const {
    const Facts facts(snapshot, {});
    std::vector<std::string> names;
    for (const Redundancy& one : redundancies(facts, snapshot.schema.tables[0])) {
      EXPECT_FALSE(is_redundant(redundancies(facts, snapshot.schema.tables[0]), *one.keeper));
      names.push_back(one.index->name);
    }
    return names;
  }
};

using Names = std::vector<std::string>;

TEST(Redundancies, NeverBothOfAPair) {
  EXPECT_EQ(Group({index(1, {"a"}), index(2, {"a"})}).dropped(), Names{"i2"});
  EXPECT_EQ(Group({index(1, {"a"}), index(2, {"a"}), index(3, {"a"})}).dropped(),
            (Names{"i2", "i3"}));
  EXPECT_EQ(Group({index(1, {"a"}), index(2, {"a DESC"})}).dropped(), Names{"i2"});
}

TEST(Redundancies, TiesKeepTheConstraintTheUsedTheSmaller) {
  Index backed = index(2, {"a"});
  backed.constraint = "uq";
  backed.unique = true;
  Index plain = index(1, {"a"});
  plain.unique = true;
  EXPECT_EQ(Group({plain, backed}).dropped(), Names{"i1"});
  Index used = index(2, {"a"});
  used.total.scans = 10;
  EXPECT_EQ(Group({index(1, {"a"}), used}).dropped(), Names{"i1"});
  Index fat = index(1, {"a"});
  fat.size_bytes = 100;
  Index slim = index(2, {"a"});
  slim.size_bytes = 50;
  EXPECT_EQ(Group({fat, slim}).dropped(), Names{"i1"});
}

TEST(Redundancies, ChainsEndAtOneThatStays) {
  EXPECT_EQ(Group({index(1, {"a"}), index(2, {"a", "b"}), index(3, {"a", "b", "c"})}).dropped(),
            (Names{"i1", "i2"}));
  // i3 is too fat to stand in for the busy i1, and i2 goes in favour of i3: so i1 stays.
  Index busy = index(1, {"a"});
  busy.size_bytes = 100;
  busy.total.scans = 100000;
  Index middle = index(2, {"a", "b"});
  middle.size_bytes = 200;
  Index fat = index(3, {"a", "b", "c"});
  fat.size_bytes = 500;
  const Group group({busy, middle, fat});
  const Facts facts(group.snapshot, {});
  const auto list = redundancies(facts, group.snapshot.schema.tables[0]);
  EXPECT_FALSE(is_redundant(list, group.snapshot.schema.tables[0].indexes[0]));
  EXPECT_TRUE(is_redundant(list, group.snapshot.schema.tables[0].indexes[1]));
}

TEST(Redundancies, InvalidIndexesAreLeftToTheirOwnCheck) {
  Index broken = index(2, {"a"});
  broken.invalid = true;
  EXPECT_TRUE(Group({index(1, {"a"}), broken}).dropped().empty());
  EXPECT_TRUE(Group({broken, index(3, {"a", "b"})}).dropped().empty());
}

TEST(IndexNames, AreFreeAndShortEnough) {
  model::Snapshot snapshot;
  Table orders;
  orders.schema = "public";
  orders.name = "orders";
  orders.indexes = {index(1, {"a"})};
  orders.indexes[0].name = "orders_b_idx";
  Table longest;
  longest.schema = "public";
  longest.name = std::string(60, 'x');
  snapshot.schema.tables = {orders, longest};
  const Facts facts(snapshot, {});
  FreeNames names(facts);
  EXPECT_EQ(names.next(orders, {"a", "c"}), "orders_a_c_idx");
  EXPECT_EQ(names.next(orders, {"b"}), "orders_b_idx1") << "the first is taken";
  EXPECT_EQ(names.next(orders, {"b"}), "orders_b_idx2") << "no name is given twice";
  const std::string first = names.next(longest, {"column"});
  const std::string second = names.next(longest, {"column"});
  EXPECT_LE(first.size(), 63U);
  EXPECT_LE(second.size(), 63U);
  EXPECT_NE(first, second);
  EXPECT_LE(names.next(orders, {std::string(51, 'y') + "\u00fc\u00fc\u00fc"}).size(), 63U);
}

TEST(IndexNames, KeysAsSql) {
  EXPECT_EQ(sql_key(index(1, {"a", "Total", "lower(b)"})),
            "a int4_ops, \"Total\" int4_ops, lower(b) int4_ops");
  Index plain = index(1, {"user", "b DESC", "c NULLS FIRST", "d DESC NULLS LAST"});
  for (IndexPart& part : plain.parts) part.opclass_is_default = true;
  EXPECT_EQ(sql_key(plain), "\"user\", b DESC, c NULLS FIRST, d DESC NULLS LAST");
}

TEST(IndexText, MentionsWholeWordsOnly) {
  EXPECT_TRUE(mentions("SELECT a FROM t", "a"));
  EXPECT_FALSE(mentions("SELECT ab FROM t", "a"));
  EXPECT_TRUE(mentions("ab.a", "a"));
  EXPECT_FALSE(mentions("", "a"));
}

}  // namespace
}  // namespace whet::advise
