#include "sql/shape.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "sql/expression.h"
#include "sql/immutable.h"
#include "sql/parameters.h"
#include "sql/shape_testing.h"

namespace whet::sql {
namespace {

using shape_testing::catalog;
using shape_testing::expect;
using shape_testing::Pair;

TEST(Shape, Predicates) {
  expect({
      {"select id from orders where customer_id = $1", "orders {customer_id =}"},
      {"select id from orders where $1 = customer_id", "orders {customer_id =}"},
      {"select id from orders where $1 < total and total <= $2", "orders {total >; total <=}"},
      {"select id from orders where total between $1 and $2", "orders {total BETWEEN}"},
      {"select id from orders where total not between 1 and 2", "orders {total NOT BETWEEN other}"},
      {"select id from orders where status in ($1, $2)", "orders {status IN}"},
      {"select id from orders where status not in ($1, $2)", "orders {status NOT IN other}"},
      {"select id from orders where id = any($1)", "orders {id = ANY member}"},
      {"select id from orders where id = any(array[$1,$2])", "orders {id IN}"},
      {"select id from orders where id <> all($1)", "orders {id <> ALL other}"},
      {"select id from orders where note is null", "orders {note IS NULL}"},
      {"select id from orders where note is not null", "orders {note IS NOT NULL}"},
      {"select id from orders where not note is null", "orders {note IS NOT NULL}"},
      {"select id from orders where status <> 'x'", "orders {status <> other}"},
      {"select id from orders where status is distinct from $1",
       "orders {status IS DISTINCT FROM other}"},
      {"select id from orders where note like 'abc%'", "orders {note LIKE prefix}"},
      {"select id from orders where note like '%abc'", "orders {note LIKE wildcard}"},
      {"select id from orders where note like $1", "orders {note LIKE parameter}"},
      {"select id from orders where note like '%' || $1 || '%'", "orders {note LIKE wildcard}"},
      {"select id from orders where note like $1 || '%'", "orders {note LIKE parameter}"},
      {"select id from orders where note not like 'a%'", "orders {note NOT LIKE other prefix}"},
      {"select id from orders where note ilike 'a%'", "orders {note ILIKE prefix}"},
      {"select id from orders where placed_at > now() - interval '1 day'", "orders {placed_at >}"},
      {"select id from orders where (status, total) = ($1, $2)", "orders {status =; total =}"},
      {"select id from orders where (placed_at, id) < ($1, $2)", "orders {placed_at,id <}"},
      {"select id from orders where (status, total) in (($1, $2), ($3, $4))",
       "orders {status IN; total IN}"},
      {"select id from orders where total < id", "orders {() < other}"},
      {"select id from orders where total = (select 5)", "orders {total =}"},
      {"select id from customers where active", "customers {active IS TRUE}"},
      {"select id from customers where not active", "customers {active IS FALSE}"},
      {"select id from customers where active is false", "customers {active IS FALSE}"},
      {"select id from users where tags @> $1", "users {tags @> other}"},
      {"select id from users where $1 = any(tags)", "users {tags = ANY other}"},
      {"select id from users where data ->> 'k' = $1", "users {(data ->> 'k') =}"},
  });
}

TEST(Shape, BooleanStructure) {
  expect({
      {"select id from orders where status = $1 or status = $2", "orders {status IN}"},
      {"select id from orders where status = $1 or total > 5",
       "orders {status = or1.1; total > or1.2}"},
      {"select id from orders where id = 1 and (status = $1 or (total > 5 and note = 'x'))",
       "orders {id =; status = or1.1; total > or1.2; note = or1.2}"},
      {"select id from orders where not (status = $1)", "orders {status = other}"},
      {"select id from orders where not (status = $1 and total > 5)",
       "orders {status = other; total > other}"},
      {"select id from orders where coalesce(note, '') = $1", "orders {(COALESCE(note, '')) =}"},
      {"select id from orders where case when total > 5 then true else false end",
       "orders {() other}"},
      {"select id from orders where true", "orders"},
  });
}

TEST(Shape, ExpressionsOnColumns) {
  expect({
      {"select id from customers where lower(email) = $1", "customers {(lower(email)) =}"},
      {"select id from customers where LOWER(c.email) = $1", "customers / unresolved email"},
      {"select id from customers c where pg_catalog.lower(c.email) = $1",
       "customers c {(lower(email)) =}"},
      {"select id from orders where placed_at::date = $1", "orders {((placed_at)::date) =}"},
      {"select id from orders where cast(id as text) = $1", "orders {((id)::text) =}"},
      {"select id from orders where date_trunc('day', placed_at) >= $1",
       "orders {(date_trunc('day', placed_at)) >=}"},
      {"select id from orders where total + 1 > $1", "orders {(total + 1) >}"},
      {"select id from customers where lower(email) like 'a%'",
       "customers {(lower(email)) LIKE prefix}"},
      {"select \"Mixed\" from \"Odd Table\" where upper(\"Mixed\") = 'X' and \"order\" = 1",
       "Odd Table {(upper(\"Mixed\")) =; order =}"},
  });
}

TEST(Shape, Joins) {
  expect({
      {"select o.id from orders o join customers c on c.id = o.customer_id where c.email = $1",
       "orders o [customer_id = customers.id] / customers c {email =} [id = orders.customer_id]"},
      {"select o.id from orders o, customers c where c.id = o.customer_id and o.status = 'x'",
       "orders o {status =} [customer_id = customers.id] / customers c [id = orders.customer_id]"},
      {"select 1 from orders o left join notes n on n.order_id = o.id and n.body = 'x' and o.total "
       "> 5",
       "orders o [id = notes.order_id outer] / notes n {body =} [order_id = orders.id outer]"},
      {"select 1 from orders o right join notes n on n.order_id = o.id and n.body = 'x' and "
       "o.total > 5",
       "orders o {total >} [id = notes.order_id outer] / notes n [order_id = orders.id outer]"},
      {"select 1 from orders o full join notes n on n.order_id = o.id and o.total > 5",
       "orders o [id = notes.order_id outer] / notes n [order_id = orders.id outer]"},
      {"select body from items join notes using (order_id) where order_id = $1",
       "items {order_id =} [order_id = notes.order_id] / notes [order_id = items.order_id]"},
      {"select body from items natural join notes",
       "items [id = notes.id] [order_id = notes.order_id] / "
       "notes [id = items.id] [order_id = items.order_id]"},
      {"select 1 from orders o join customers c on lower(c.email) = o.note",
       "orders o [note = customers.?] / customers c [(lower(email)) = orders.note]"},
      {"select 1 from orders o join items i on i.order_id = o.id join notes n on n.order_id = "
       "i.order_id",
       "orders o [id = items.order_id] / items i [order_id = orders.id] [order_id = "
       "notes.order_id] / "
       "notes n [order_id = items.order_id]"},
      {"select 1 from orders a join orders b on a.customer_id = b.customer_id and a.id < b.id",
       "orders a [customer_id = orders.customer_id] [id < orders.id] / "
       "orders b [customer_id = orders.customer_id] [id > orders.id]"},
      {"select 1 from orders o, items i where o.id = i.order_id or o.total = 5",
       "orders o {total = or1.2} [id = items.order_id opt] / items i [order_id = orders.id opt]"},
      {"select 1 from orders o join items i on o.placed_at between i.id and i.quantity",
       "orders o [placed_at >= items.id] [placed_at <= items.quantity] / "
       "items i [id <= orders.placed_at] [quantity >= orders.placed_at]"},
  });
}

TEST(Shape, Keys) {
  expect({
      {"select id from orders where customer_id = $1 order by placed_at desc limit 10",
       "orders {customer_id =} order(placed_at desc) limit"},
      {"select id from orders order by placed_at desc nulls last, id limit 5 offset 10",
       "orders order(placed_at desc nulls last, id) limit offset"},
      {"select id, placed_at p from orders order by p, 1 desc", "orders order(placed_at, id desc)"},
      {"select id from orders order by lower(note)", "orders order((lower(note)))"},
      {"select status, count(*) from orders group by status order by count(*) desc",
       "orders group(status) aggregated"},
      {"select status s, customer_id, sum(total) from orders group by 1, customer_id order by 1",
       "orders group(status, customer_id) order(status) aggregated"},
      {"select o.id from orders o join items i on i.order_id = o.id order by o.placed_at, i.id "
       "limit 1",
       "orders o [id = items.order_id] order(placed_at...) limit / items i [order_id = orders.id] "
       "limit"},
      {"select max(placed_at) from orders where customer_id = $1",
       "orders {customer_id =} extremes(placed_at desc) aggregated"},
      {"select min(id), max(id) from orders", "orders extremes(id, id desc) aggregated"},
      {"select max(id), sum(total) from orders", "orders aggregated"},
      {"select distinct status from orders", "orders distinct"},
      {"select distinct on (customer_id) id from orders order by customer_id, placed_at desc",
       "orders group(customer_id) order(customer_id, placed_at desc) distinct"},
      {"select id, row_number() over (partition by status order by id) from orders",
       "orders windowed"},
      {"select id from orders limit all", "orders"},
      {"select id from orders for update", "orders locked"},
      {"select 1 from orders o join items i on i.order_id = o.id for update of o",
       "orders o [id = items.order_id] locked / items i [order_id = orders.id]"},
      {"select * from orders", "orders *"},
  });
}

TEST(Shape, SubqueriesAndCommonTables) {
  expect({
      {"select x.id from (select id, status s from orders where total > 5) x where x.s = $1",
       "orders {total >; status =}"},
      {"select x.s from (select status s, count(*) n from orders group by status) x where x.s = $1",
       "orders {status =} group(status) aggregated"},
      {"with r as (select id, customer_id from orders where status = 'x') "
       "select c.id from customers c join r on r.customer_id = c.id",
       "orders {status =} [customer_id = customers.id sub] / customers c [id = orders.customer_id "
       "sub]"},
      {"with r as materialized (select id from orders) select * from r where id = 5", "orders"},
      {"with r as (select id from orders) select 1 from r a join r b on a.id = b.id", "orders"},
      {"with a as (select id from orders where status = 'x'), b as (select id from a where id > 5) "
       "select id from b where id < 9",
       "orders {status =; id >; id <}"},
      {"with recursive t(n) as (select id from orders where note is null union all "
       "select o.id from t join orders o on o.customer_id = t.n) select * from t",
       "orders {note IS NULL} / orders o [customer_id = ?]"},
      {"select id from customers where id in (select customer_id from orders where total > 5)",
       "customers [id IN orders.customer_id sub] / orders {total >} [customer_id IN customers.id "
       "sub]"},
      {"select id from customers c where exists (select 1 from orders o where o.customer_id = "
       "c.id)",
       "customers c [id = orders.customer_id sub] / orders o [customer_id = customers.id sub]"},
      {"select id from customers c where not exists (select from orders where customer_id = c.id)",
       "customers c [id = orders.customer_id sub] / orders [customer_id = customers.id sub]"},
      {"select id, (select sum(quantity) from items i where i.order_id = o.id) from orders o where "
       "id = 3",
       "orders o {id =} [id = items.order_id sub] / items i [order_id = orders.id sub] aggregated"},
      {"select id from orders where status = 'a' union all select id from orders where total > 5",
       "orders {status =} / orders {total >}"},
      {"select c.id, l.total from customers c, lateral (select total from orders o "
       "where o.customer_id = c.id order by placed_at desc limit 3) l",
       "customers c [id = orders.customer_id sub] / "
       "orders o [customer_id = customers.id sub] order(placed_at desc) limit"},
      {"select r.id from recent r join orders o on o.id = r.order_id where r.day = $1",
       "recent r {day =} [order_id = orders.id] opaque / orders o [id = recent.order_id]"},
      {"select g from generate_series(1, 3) g join orders o on o.id = g", "orders o [id = ?]"},
      {"select o.x from orders as o(x, y) where o.y = $1", "orders o {customer_id =}"},
      {"select v.a from (values (1, 2)) v(a, b) join orders on id = v.b", "orders [id = ?]"},
  });
}

TEST(Shape, Writes) {
  expect({
      {"update orders set status = 'x' where customer_id = $1 and status = 'y'",
       "orders {customer_id =; status =} written"},
      {"update orders o set total = i.quantity from items i where i.order_id = o.id and "
       "i.product_id = $1",
       "orders o [id = items.order_id] written / items i {product_id =} [order_id = orders.id]"},
      {"delete from orders using customers c where customer_id = c.id and c.country = 'x'",
       "orders [customer_id = customers.id] written / customers c {country =} [id = "
       "orders.customer_id]"},
      {"insert into notes (order_id) select id from orders where status = $1",
       "orders {status =} / notes written"},
      {"insert into notes values (1, 2, 'x')", "notes written"},
      {"merge into orders o using notes n on o.id = n.order_id when matched then update set note = "
       "n.body",
       "orders o [id = notes.order_id outer] written / notes n [order_id = orders.id outer]"},
      {"create table x (a int)", ""},
      {"selec 1", "error"},
  });
}

TEST(Shape, Names) {
  expect({
      {"select id from app.orders where tenant = $1", "orders {tenant =}"},
      {"select app.orders.id from app.orders where app.orders.tenant = 1", "orders {tenant =}"},
      {"select id from orders o join items i on true where quantity = 3",
       "orders o / items i {quantity =} / unresolved id"},
      {"select login from users where LOGIN = 'x'", "users {login =}"},
      {"select 1 from orders, items where id = 3", "orders / items / unresolved id"},
      {"select nothing from orders where nope = 1",
       "orders / unresolved nope / unresolved nothing"},
      {"select a from elsewhere where b = $1", "elsewhere {b =} opaque"},
  });
}

TEST(Shape, ColumnsInUse) {
  const auto made = shape(
      "select o.id, i.quantity * 2 from orders o join items i on i.order_id = o.id "
      "where o.status = 'x' order by o.placed_at",
      catalog());
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->relations.size(), 2U);
  EXPECT_EQ(text::join(made->relations[0].projected, " "), "id");
  EXPECT_EQ(text::join(made->relations[0].needed, " "), "id placed_at status");
  EXPECT_EQ(text::join(made->relations[1].needed, " "), "order_id quantity");
}

// The constant conditions of the first relation.
std::string constants_of(const std::string& statement, Literals literals = Literals::by_text) {
  const auto made = shape(statement, catalog(), literals);
  if (!made.ok() || made->relations.empty()) return "error";
  std::vector<std::string> parts;
  for (const auto& predicate : made->relations[0].predicates) {
    if (!predicate.constant.empty()) parts.push_back(predicate.constant);
  }
  return text::join(parts, "; ");
}

TEST(Shape, ConditionsThatAreTheSameInEveryCall) {
  const std::pair<const char*, const char*> all[] = {
      {"select id from orders where note is null and total = $1", "note IS NULL"},
      {"select id from orders o where o.note is not null", "note IS NOT NULL"},
      {"select id from customers where active", "active"},
      {"select id from customers where not active", "NOT active"},
      {"select id from customers where active is not true", "active IS NOT TRUE"},
      {"select id from customers where active = true", "active = true"},
      {"select id from orders where total > placed_at", "total > placed_at"},
      {"select id from orders where status = 'x' and id = $1", "status = 'x'"},
      {"select id from orders where status in ('x', 'it''s') and id = $1",
       "status IN ('x', 'it''s')"},
      {"select id from orders where (status = 'x' or status = 'y') and id = $1",
       "(status = 'x') OR (status = 'y')"},
      {"select id from orders where id between 1 and 2 and total = $1", "id BETWEEN 1 AND 2"},
      {"select id from orders where not (status = 'x') and total = $1", "NOT (status = 'x')"},
      {"select id from orders where total <> all (array[1, 2]) and id = $1", ""},
      {"select id from orders where status = 'x'", ""},
      {"select id from orders where status = $1", ""},
      {"select id from orders where note is null or status = $1", ""},
      {"select id from orders where not (note is null and total > placed_at)", ""},
      {"select id from orders where not (not (note is null))", ""},
      {"select id from orders where placed_at < current_date", ""},
      {"select id from orders where total > (select 1)", ""},
  };
  for (const auto& [statement, expected] : all)
    EXPECT_EQ(constants_of(statement), expected) << statement;
  EXPECT_EQ(constants_of("select id from orders where status = 'x'", Literals::constant),
            "status = 'x'");
  EXPECT_EQ(
      constants_of("select id from orders where status = 'x' and id = $1", Literals::per_call), "");
}

TEST(Shape, CastsThatTheServerWouldAdd) {
  const auto expression = [](const char* statement) {
    const auto made = shape(statement, catalog());
    return made.ok() ? made->relations[0].predicates[0].expression : "error";
  };
  EXPECT_EQ(expression("select 1 from typed where lower(number::text) = $1"),
            "lower((number)::text)");
  EXPECT_EQ(expression("select 1 from typed where lower(text::text) = $1"), "lower(text)");
}

TEST(Shape, Neighbours) {
  const auto made = shape("select id from orders order by note <-> $1, $2 <-> total", catalog());
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->relations[0].ordering.size(), 2U);
  EXPECT_EQ(made->relations[0].ordering[0].nearest, "note");
  EXPECT_EQ(made->relations[0].ordering[1].nearest, "total");
  EXPECT_EQ(made->relations[0].ordering[0].column, "");
}

std::string parameters_text(const std::string& statement) {
  const auto uses = parameter_columns(statement, catalog());
  if (!uses.ok()) return "error";
  std::vector<std::string> parts;
  for (const ParameterUse& use : *uses) {
    std::string part = "$" + std::to_string(use.number) + " ";
    if (use.role == ParameterRole::column) {
      part += use.schema + "." + use.table + "." + use.column + " " + use.op;
      if (!use.expression.empty()) part += " " + use.expression;
    } else {
      part += name_of(use.role);
    }
    parts.push_back(part);
  }
  return text::join(parts, "; ");
}

TEST(Parameters, StandForColumns) {
  const std::vector<Pair> pairs = {
      {"select id from orders where customer_id = $1 and total < $2 limit $3 offset $4",
       "$1 public.orders.customer_id =; $2 public.orders.total <; $3 limit; $4 offset"},
      {"select id from orders where status in ($1, $2) and placed_at between $3::date and $4",
       "$1 public.orders.status IN; $2 public.orders.status IN; "
       "$3 public.orders.placed_at BETWEEN; $4 public.orders.placed_at BETWEEN"},
      {"select id from customers where lower(email) = $1",
       "$1 public.customers.email = lower(email)"},
      {"select id from orders where note like $1 and id = any($2)",
       "$1 public.orders.note LIKE; $2 public.orders.id = ANY"},
      {"select id + $1 from orders where placed_at > $2 + $3 and $4 = id",
       "$1 unknown; $2 unknown; $3 unknown; $4 public.orders.id ="},
      {"insert into notes values ($1, $2)", "$1 unknown; $2 unknown"},
      {"update orders set note = $1 where id = $2", "$1 unknown; $2 public.orders.id ="},
      {"select 1 from orders where (placed_at, id) > ($1, $2)",
       "$1 public.orders.placed_at >; $2 public.orders.id >"},
      {"select 1 from orders where id = $2", "$1 unknown; $2 public.orders.id ="},
      {"select x.s from (select status s from orders) x where x.s = $1",
       "$1 public.orders.status ="},
      {"select 1 from orders where $1 is null or status = $1", "$1 public.orders.status ="},
      {"select 1", ""},
      {"selec", "error"},
  };
  for (const Pair& pair : pairs)
    EXPECT_EQ(parameters_text(pair.statement), pair.shape) << pair.statement;
}

TEST(Expression, HasOneForm) {
  const std::pair<const char*, const char*> equal[] = {
      {"lower((email)::text)", "LOWER(email)"},
      {"((data ->> 'k'::text))", "data->>'k'"},
      {"(created_at)::date", "created_at :: date"},
      {"COALESCE(a, 0)", "coalesce(a,0)"},
      {"upper(\"Mixed\")", "upper(\"Mixed\")"},
      {"((status)::text = 'open'::text)", "status = 'open'"},
      {"((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
       "status IN ('a', 'b')"},
      {"((NOT active) AND (closed_at IS NULL))", "(NOT active) AND (closed_at IS NULL)"},
  };
  for (const auto& [a, b] : equal) {
    ASSERT_TRUE(canonical_expression(a)) << a;
    EXPECT_EQ(canonical_expression(a), canonical_expression(b)) << a;
  }
  EXPECT_NE(canonical_expression("(id)::text"), canonical_expression("id"));
  EXPECT_EQ(canonical_expression("price::numeric(10,2)"), "(price)::numeric(10, 2)");
  EXPECT_EQ(canonical_expression("code::char(5)"), "(code)::character(5)");
  EXPECT_EQ(canonical_expression("code::bpchar"), "(code)::bpchar");
  EXPECT_FALSE(canonical_expression("(select 1)"));
  EXPECT_FALSE(canonical_expression("count(*)"));
  EXPECT_FALSE(canonical_expression("lower("));
}

TEST(Expression, ImmutableOnlyWhenSure) {
  EXPECT_TRUE(is_immutable("lower(email)", "varchar"));
  EXPECT_TRUE(is_immutable("(created_at)::date", "timestamp"));
  EXPECT_FALSE(is_immutable("(created_at)::date", "timestamptz"));
  EXPECT_TRUE(is_immutable("(id)::text", "int8"));
  EXPECT_FALSE(is_immutable("(price)::text", "money"));
  EXPECT_FALSE(is_immutable("app.own(email)", "text"));
  EXPECT_FALSE(is_immutable("date_trunc($1, at)", "timestamptz"));
  EXPECT_FALSE(is_immutable("lower(", "text"));
  EXPECT_TRUE(is_immutable("date_trunc('day', at)", "timestamp"));
  EXPECT_FALSE(is_immutable("date_trunc('day', at)", "timestamptz"));
  EXPECT_FALSE(is_immutable("date_trunc('day', at)", "date"));
  EXPECT_TRUE(is_immutable("date_trunc('day', at at time zone 'UTC')", "timestamptz"));
  EXPECT_TRUE(is_immutable("extract(year from at)", "date"));
  EXPECT_FALSE(is_immutable("extract(year from at)", "timestamptz"));
  EXPECT_FALSE(is_immutable("to_char(at, 'YYYY')", "timestamp"));
  EXPECT_FALSE(is_immutable("at + interval '1 day'", "timestamptz"));
  EXPECT_FALSE(is_immutable("now()", "timestamptz"));
  EXPECT_FALSE(is_immutable("at > current_timestamp", "timestamptz"));
  EXPECT_TRUE(is_immutable("a + b * 2", "int4"));
  EXPECT_FALSE(is_immutable("concat(a, b)", "text"));
  EXPECT_TRUE(is_immutable("a || ' ' || b", "text"));
  EXPECT_FALSE(is_immutable("a || b", "int4"));
  EXPECT_FALSE(is_immutable("(at)::text", "date"));
  EXPECT_TRUE(is_immutable("payload -> 'a' ->> 'b'", "jsonb"));
  EXPECT_FALSE(is_immutable("to_tsvector(body)", "text"));
  EXPECT_TRUE(is_immutable("to_tsvector('english', coalesce(body, ''))", "text"));
}

TEST(Catalog, SearchPath) {
  EXPECT_EQ(search_path("\"$user\", public", "bob"), (std::vector<std::string>{"bob", "public"}));
  EXPECT_EQ(search_path("App, \"Other One\"", ""), (std::vector<std::string>{"app", "Other One"}));
}

}  // namespace
}  // namespace whet::sql
