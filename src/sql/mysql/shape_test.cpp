#include "sql/mysql/shape.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "sql/mysql/expression.h"
#include "sql/mysql/shape_testing.h"

namespace whet::sql::mysql {
namespace {

using shape_testing::catalog;
using shape_testing::expect;

TEST(MysqlShape, Predicates) {
  expect({
      {"select id from orders where customer_id = ?", "orders {customer_id =}"},
      {"select id from orders where ? = customer_id", "orders {customer_id =}"},
      {"select id from orders where 1 < total and total <= 2", "orders {total >; total <=}"},
      {"select id from orders where total between 1 and 2", "orders {total BETWEEN}"},
      {"select id from orders where total not between 1 and 2", "orders {total NOT BETWEEN other}"},
      {"select id from orders where not total between 1 and 2", "orders {total NOT BETWEEN other}"},
      {"select id from orders where status in ('a', 'b')", "orders {status IN}"},
      {"select id from orders where status in (...)", "orders {status IN}"},
      {"select id from orders where status not in ('a')", "orders {status NOT IN other}"},
      {"select id from orders where not status in ('a')", "orders {status NOT IN other}"},
      {"select id from orders where note is null", "orders {note IS NULL}"},
      {"select id from orders where note <=> null", "orders {note IS NULL}"},
      {"select id from orders where not (note is null)", "orders {note IS NOT NULL}"},
      {"select id from orders where note <=> 'x'", "orders {note <=>}"},
      {"select id from orders where status != 'x'", "orders {status <> other}"},
      {"select id from orders where note like 'abc%'", "orders {note LIKE prefix}"},
      {"select id from orders where note like _utf8mb4'%abc'", "orders {note LIKE wildcard}"},
      {"select id from orders where note like ? escape '!'", "orders {note LIKE parameter}"},
      {"select id from orders where note like concat('%', ?, '%')", "orders {note LIKE wildcard}"},
      {"select id from orders where note like concat(?, '%')", "orders {note LIKE parameter}"},
      {"select id from orders where note not like 'a%'", "orders {note NOT LIKE other prefix}"},
      {"select id from orders where note rlike '^a'", "orders {note REGEXP wildcard}"},
      {"select id from orders where regexp_like(note, '^a')", "orders {note REGEXP wildcard}"},
      {"select id from orders where placed_at > now() - interval 1 day", "orders {placed_at >}"},
      {"select id from orders where (status, total) = (1, 2)", "orders {status =; total =}"},
      {"select id from orders where (placed_at, id) < (?, ?)", "orders {placed_at,id <}"},
      {"SELECT id FROM orders WHERE ( `placed_at` , `id` ) > (...) AND ( status , total ) = (...)",
       "orders {placed_at,id >; status =; total =}"},
      {"select id from orders where (status, total) in ((1, 2), (3, 4))",
       "orders {status IN; total IN}"},
      {"select id from orders where (status, total) in ((...))", "orders {status IN; total IN}"},
      {"select id from orders where total < id", "orders {() < other}"},
      {"select id from orders where total = (select 5)", "orders {total =}"},
      {"select id from customers where active", "customers {active <> other}"},
      {"select id from customers where not active", "customers {active =}"},
      {"select id from customers where !active", "customers {active =}"},
      {"select id from customers where active is true", "customers {(active IS TRUE) other}"},
      {"select id from notes where doc->>'$.a' = ?",
       "notes {(json_unquote(json_extract(doc, '$.a'))) =}"},
      {"select id from notes where 5 member of(doc->'$.a')",
       "notes {(json_extract(doc, '$.a')) MEMBER OF other}"},
      {"select id from notes where json_contains(doc, '1')", "notes {doc JSON_CONTAINS other}"},
      {"select id from notes where st_contains(st_geomfromtext(?), place)",
       "notes {place ST_CONTAINS other}"},
      {"select id from notes where match(title, body) against ('x' in boolean mode)",
       "notes {title,body MATCH other}"},
      {"select id from notes where match title against ('x' with query expansion) > 0.5",
       "notes {title MATCH other}"},
  });
}

TEST(MysqlShape, BooleanStructure) {
  expect({
      {"select id from orders where status = 1 or status = 2", "orders {status IN}"},
      {"select id from orders where status = 1 || total > 5",
       "orders {status = or1.1; total > or1.2}"},
      {"select id from orders where id = 1 and (status = 1 or (total > 5 && note = 'x'))",
       "orders {id =; status = or1.1; total > or1.2; note = or1.2}"},
      {"select id from orders where not (status = 1)", "orders {status = other}"},
      {"select id from orders where not (status = 1 and total > 5)",
       "orders {status = other; total > other}"},
      {"select id from orders where (status = 1) is true", "orders {status =}"},
      {"select id from orders where (status = 1) is false", "orders {status = other}"},
      {"select id from orders where status = 1 xor total = 5",
       "orders {((status = 1) XOR (total = 5)) other}"},
      {"select id from orders where coalesce(note, '') = 1", "orders {(coalesce(note, '')) =}"},
      {"select id from orders where case when total > 5 then true else false end",
       "orders {() other}"},
      {"select id from orders where true and 1", "orders"},
  });
}

TEST(MysqlShape, ExpressionsOnColumns) {
  expect({
      {"select id from customers where lcase(EMAIL) = 'x'", "customers {(lower(email)) =}"},
      {"select id from orders where date(placed_at) = '2024-01-01'",
       "orders {(CAST(placed_at AS date)) =}"},
      {"select id from orders where cast(placed_at as date) = date '2024-01-01'",
       "orders {(CAST(placed_at AS date)) =}"},
      {"select id from orders where total + 1 > 5", "orders {(total + 1) >}"},
      {"select id from orders where extract(year from placed_at) = 2024",
       "orders {(extract(year FROM placed_at)) =}"},
      {"select id from orders where placed_at + interval 1 day > now()",
       "orders {(placed_at + INTERVAL 1 day) >}"},
      {"select id from customers where email collate utf8mb4_bin = 'x'",
       "customers {(email COLLATE utf8mb4_bin) =}"},
      {"select id from customers where binary email = 'x'", "customers {(BINARY email) =}"},
      {"select Mixed from `Odd Table` where upper(mixed) = 'X' and `order` = 1",
       "Odd Table {(upper(Mixed)) =; order =}"},
  });
}

TEST(MysqlShape, Joins) {
  expect({
      {"select o.id from orders o join customers c on c.id = o.customer_id where c.email = ?",
       "orders o [customer_id = customers.id] / customers c {email =} [id = orders.customer_id]"},
      {"select o.id from orders o straight_join customers as c on c.id = o.customer_id",
       "orders o [customer_id = customers.id] / customers c [id = orders.customer_id]"},
      {"select o.id from orders o, customers c where c.id = o.customer_id and o.status = 'x'",
       "orders o {status =} [customer_id = customers.id] / customers c [id = orders.customer_id]"},
      {"select 1 from orders o left join notes n on n.order_id = o.id and n.body = 'x' and o.total "
       "> 5",
       "orders o [id = notes.order_id outer] / notes n {body =} [order_id = orders.id outer]"},
      {"select 1 from orders o right outer join notes n on n.order_id = o.id and n.body = 'x' and "
       "o.total > 5",
       "orders o {total >} [id = notes.order_id outer] / notes n [order_id = orders.id outer]"},
      {"select body from items join notes using (order_id) where order_id = ?",
       "items {order_id =} [order_id = notes.order_id] / notes [order_id = items.order_id]"},
      {"select body from items natural join notes",
       "items [id = notes.id] [order_id = notes.order_id] / "
       "notes [id = items.id] [order_id = items.order_id]"},
      {"select 1 from orders o left join items i left join notes n on n.order_id = i.order_id on "
       "i.order_id = o.id",
       "orders o [id = items.order_id outer] / "
       "items i [order_id = notes.order_id outer] [order_id = orders.id outer] / "
       "notes n [order_id = items.order_id outer]"},
      {"select 1 from orders o left join (items i, notes n) on i.order_id = o.id and n.body = 1",
       "orders o [id = items.order_id outer] / items i [order_id = orders.id outer] / "
       "notes n {body =}"},
      {"select 1 from { oj orders o left join items i on i.order_id = o.id }",
       "orders o [id = items.order_id outer] / items i [order_id = orders.id outer]"},
      {"select 1 from orders partition (p0, p1) as o use index (a) force index for order by (b, c) "
       "join items i ignore key (x) on i.order_id = o.id",
       "orders o [id = items.order_id] / items i [order_id = orders.id]"},
      {"select 1 from orders a join orders b on a.customer_id <=> b.customer_id and a.id < b.id",
       "orders a [customer_id <=> orders.customer_id] [id < orders.id] / "
       "orders b [customer_id <=> orders.customer_id] [id > orders.id]"},
      {"select 1 from orders o, items i where o.id = i.order_id or o.total = 5",
       "orders o {total = or1.2} [id = items.order_id opt] / items i [order_id = orders.id opt]"},
  });
}

TEST(MysqlShape, Keys) {
  expect({
      {"select id from orders where customer_id = ? order by placed_at desc limit 10",
       "orders {customer_id =} order(placed_at desc) limit"},
      {"select id from orders order by placed_at desc, id limit 10, 5",
       "orders order(placed_at desc, id) limit offset"},
      {"select id from orders order by id limit ?, ...", "orders order(id) limit offset"},
      {"select id from orders order by id limit 5 offset 10", "orders order(id) limit offset"},
      {"select id, placed_at p from orders order by p, 1 desc", "orders order(placed_at, id desc)"},
      {"select id from orders order by lower(note)", "orders order((lower(note)))"},
      {"select status, count(*) from orders group by status order by count(*) desc",
       "orders group(status) aggregated"},
      {"select status s, customer_id, sum(total) from orders group by 1, customer_id order by s",
       "orders group(status, customer_id) order(status) aggregated"},
      {"select status, count(*) n from orders group by status with rollup having n > 5",
       "orders group(status) aggregated"},
      {"select status, sum(total) from orders group by status order by null",
       "orders group(status) aggregated"},
      {"select o.id from orders o join items i on i.order_id = o.id order by o.placed_at, i.id "
       "limit 1",
       "orders o [id = items.order_id] order(placed_at...) limit / items i [order_id = orders.id] "
       "limit"},
      {"select max(placed_at) from orders where customer_id = ?",
       "orders {customer_id =} extremes(placed_at desc) aggregated"},
      {"select min(id), max(id) from orders", "orders extremes(id, id desc) aggregated"},
      {"select max(id), sum(total) from orders", "orders aggregated"},
      {"select distinct status from orders", "orders distinct"},
      {"select id, row_number() over (partition by status order by id) from orders",
       "orders windowed"},
      {"select id, sum(total) over w s from orders window w as (partition by status order by id "
       "rows between unbounded preceding and current row)",
       "orders windowed"},
      {"select group_concat(distinct note order by id desc separator ', ') from orders",
       "orders aggregated"},
      {"select id from orders for update skip locked", "orders locked"},
      {"select 1 from orders o join items i on i.order_id = o.id for share of o nowait",
       "orders o [id = items.order_id] locked / items i [order_id = orders.id]"},
      {"select id from orders lock in share mode", "orders locked"},
      {"select * from orders", "orders *"},
      {"select count(*) from orders", "orders aggregated"},
      {"table orders order by id limit 3", "orders order(id) limit *"},
  });
}

TEST(MysqlShape, NullsComeFirst) {
  const auto made = shape("select id from orders order by note, id desc", catalog(), Mode{});
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->relations[0].ordering.size(), 2U);
  EXPECT_TRUE(made->relations[0].ordering[0].nulls_first);
  EXPECT_FALSE(made->relations[0].ordering[1].nulls_first);
}

TEST(MysqlShape, Names) {
  Mode app;
  app.database = "app";
  EXPECT_EQ(shape_testing::shape_text("select id from orders where tenant = 1", app),
            "orders {tenant =}");
  expect({
      {"select id from app.orders where tenant = 1", "orders {tenant =}"},
      {"select ID from Orders where STATUS = 1", "Orders {STATUS =} opaque"},
      {"select app.orders.id from app.orders where app.orders.tenant = 1", "orders {tenant =}"},
      {"select id from orders o join items i where quantity = 3",
       "orders o / items i {quantity =} / unresolved id"},
      {"select nothing from orders where nope = 1",
       "orders / unresolved nope / unresolved nothing"},
      {"select a from elsewhere where b = 1", "elsewhere {b =} opaque"},
      {"SELECT ID FROM ORDERS WHERE STATUS = ?", "orders ORDERS {status =}"},
      {"select O.id from orders o where O.Total = 1", "orders o {total =}"},
  });
  const Catalog folded(shape_testing::shop(), {"shop"}, true);
  const auto made = shape("select ID from ORDERS where STATUS = 1", folded, Mode{});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->relations[0].table, "orders");
  EXPECT_EQ(made->relations[0].predicates[0].column, "status");
}

TEST(MysqlShape, ColumnsInUse) {
  const auto made = shape(
      "select o.id, i.quantity * 2 from orders o join items i on i.order_id = o.id "
      "where o.status = 'x' order by o.placed_at",
      catalog(), Mode{});
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->relations.size(), 2U);
  EXPECT_EQ(text::join(made->relations[0].projected, " "), "id");
  EXPECT_EQ(text::join(made->relations[0].needed, " "), "id placed_at status");
  EXPECT_EQ(text::join(made->relations[1].needed, " "), "order_id quantity");
}

std::string constants_of(const std::string& statement, Literals literals = Literals::by_text) {
  const auto made = shape(statement, catalog(), Mode{}, literals);
  if (!made.ok() || made->relations.empty()) return "error";
  std::vector<std::string> parts;
  for (const auto& predicate : made->relations[0].predicates) {
    if (!predicate.constant.empty()) parts.push_back(predicate.constant);
  }
  return text::join(parts, "; ");
}

TEST(MysqlShape, ConditionsThatAreTheSameInEveryCall) {
  const std::pair<const char*, const char*> all[] = {
      {"select id from orders where note is null and total = ?", "note IS NULL"},
      {"select id from customers where active", "active"},
      {"select id from orders where status = 'x' and id = ?", "status = 'x'"},
      {"select id from orders where status in ('x', 'it''s') and id = ?",
       "status IN ('x', 'it''s')"},
      {"select id from orders where status = 'x'", ""},
      {"select id from orders where note is null or status = ?", ""},
      {"select id from orders where placed_at < now() and id = ?", ""},
  };
  for (const auto& [statement, expected] : all)
    EXPECT_EQ(constants_of(statement), expected) << statement;
  EXPECT_EQ(constants_of("select id from orders where status = 'x'", Literals::constant),
            "status = 'x'");
  EXPECT_EQ(constants_of("select id from orders where status = 'x' and id = ?", Literals::per_call),
            "");
}

std::string parameters_text(const std::string& statement) {
  const auto uses = parameter_columns(statement, catalog(), Mode{});
  if (!uses.ok()) return "error";
  std::vector<std::string> parts;
  for (const ParameterUse& use : *uses) {
    std::string part = std::to_string(use.number) + " ";
    if (use.role == ParameterRole::column) {
      part += use.schema + "." + use.table + "." + use.column + " " + use.op;
    } else {
      part += name_of(use.role);
    }
    parts.push_back(part);
  }
  return text::join(parts, "; ");
}

TEST(MysqlParameters, StandForColumns) {
  const std::vector<shape_testing::Pair> pairs = {
      {"select id from orders where customer_id = ? and total < ? limit ? offset ?",
       "1 shop.orders.customer_id =; 2 shop.orders.total <; 3 limit; 4 offset"},
      {"SELECT `id` FROM `orders` WHERE STATUS IN (...) AND `total` BETWEEN ? AND ? LIMIT ?, ...",
       "1 shop.orders.status IN; 2 shop.orders.total BETWEEN; 3 shop.orders.total BETWEEN; "
       "4 offset; 5 limit"},
      {"select id from customers where lower(email) = ?", "1 shop.customers.email ="},
      {"select id + ? from orders where placed_at > ? + ? and ? = id",
       "1 unknown; 2 unknown; 3 unknown; 4 shop.orders.id ="},
      {"INSERT INTO `notes` VALUES (...)", "1 unknown"},
      {"update orders set note = ? where id = ?", "1 unknown; 2 shop.orders.id ="},
      {"select 1 from orders where (placed_at, id) > (?, ?)",
       "1 shop.orders.placed_at >; 2 shop.orders.id >"},
      {"select x.s from (select status s from orders) x where x.s = ?", "1 shop.orders.status ="},
      {"select 1", ""},
      {"selec", "error"},
  };
  for (const auto& pair : pairs)
    EXPECT_EQ(parameters_text(pair.statement), pair.shape) << pair.statement;
}

TEST(MysqlExpression, HasOneForm) {
  const std::pair<const char*, const char*> equal[] = {
      {"lower(`email`)", "LCASE(email)"},
      {R"(json_unquote(json_extract(`doc`,_utf8mb4\'$.a\')))", "doc->>'$.a'"},
      {"cast(`at` as date)", "DATE(at)"},
      {"(`a` + `b`)", "a+b"},
      {"cast(json_extract(`d`,'$.x') as char(10) charset utf8mb4)", "cast(d->'$.x' as char(10))"},
      {"substr(a,1,2)", "SUBSTRING(a, 1, 2)"},
  };
  for (const auto& [a, b] : equal) {
    ASSERT_TRUE(canonical_expression(a, {})) << a;
    EXPECT_EQ(canonical_expression(a, {}), canonical_expression(b, {})) << a;
  }
  EXPECT_NE(canonical_expression("cast(a as date)", {}), canonical_expression("a", {}));
  EXPECT_FALSE(canonical_expression("(select 1)", {}));
  EXPECT_FALSE(canonical_expression("count(*)", {}));
  EXPECT_FALSE(canonical_expression("lower(", {}));
  EXPECT_FALSE(canonical_expression("a b", {}));
}

}  // namespace
}  // namespace whet::sql::mysql
