// Blocks below blocks: views, WITH, LATERAL, UNION, grouped subqueries, DML.
#include <gtest/gtest.h>

#include "sql/shape.h"
#include "sql/shape_testing.h"

namespace whet::sql {
namespace {

using shape_testing::catalog;
using shape_testing::expect;

TEST(ShapeBlocks, Views) {
  expect({
      {"select id from open_orders where customer_id = $1", "orders o {status =; customer_id =}"},
      {"select v.id from public.open_orders v join customers c on c.id = v.customer_id",
       "orders o {status =} [customer_id = customers.id sub] / customers c [id = "
       "orders.customer_id sub]"},
      {"select id from rich_orders where amount < $1 order by id limit 3",
       "orders o {status =; total >; total <} order(id) limit"},
      {"select n from per_customer where customer_id = $1",
       "orders {customer_id =} group(customer_id) aggregated"},
      {"select customer_id from per_customer where n > 5", "orders group(customer_id) aggregated"},
      {"select what from all_bodies where order_id = $1",
       "notes {order_id =} / items {order_id =}"},
      {"select b.what from orders o join all_bodies b on b.order_id = o.id where o.status = $1",
       "orders o {status =} [id = notes.order_id sub] / notes [order_id = orders.id sub] / "
       "items [order_id = orders.id sub]"},
      {"update open_orders set amount = 0 where customer_id = $1",
       "orders o {status =; customer_id =} written"},
      {"delete from open_orders where id = $1", "orders o {status =; id =} written"},
      {"select id from recent where day = $1", "recent {day =} opaque"},
      {"select id from broken where day = $1", "broken {day =} opaque"},
  });
}

TEST(ShapeBlocks, ViewsEndSomewhere) {
  // A view that reads itself cannot be made, but a forged file may hold one.
  expect({{"select id from snake where id = $1", "snake {id =} opaque"}});
  std::string many = "select 1 from open_orders v0";
  for (int i = 1; i < 1000; ++i) many += ", open_orders v" + std::to_string(i);
  const auto made = shape(many, catalog());
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->relations.size(), 1000U);
  EXPECT_FALSE(made->relations.front().opaque);
  EXPECT_TRUE(made->relations.back().opaque);
}

TEST(ShapeBlocks, LiteralsOfAViewAreConstant) {
  const auto made = shape("select id from open_orders where amount = 5", catalog());
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->relations[0].predicates.size(), 2U);
  EXPECT_EQ(made->relations[0].predicates[0].constant, "status = 'open'");
  EXPECT_EQ(made->relations[0].predicates[1].constant, "");
}

TEST(ShapeBlocks, GroupedAndDistinctTables) {
  expect({
      {"select 1 from (select distinct status, note from orders) x where x.status = $1",
       "orders {status =} distinct"},
      {"select 1 from (select distinct on (status) status, note from orders) x "
       "where x.status = $1 and x.note = $2",
       "orders {status =} group(status) distinct"},
      {"select 1 from (select status s, max(total) m from orders group by 1) x "
       "where x.s = $1 and x.m > 5",
       "orders {status =} group(status) aggregated"},
      {"select 1 from (select status from orders group by rollup (status)) x where x.status = $1",
       "orders aggregated"},
      {"select 1 from (select max(id) as id from orders) x where x.id = $1",
       "orders extremes(id desc) aggregated"},
      {"select 1 from (select id from orders limit 5) x where x.id = $1", "orders limit"},
      {"select 1 from (select id, row_number() over () n from orders) x where x.id = $1",
       "orders windowed"},
      {"select 1 from customers c join (select customer_id, count(*) from orders group by "
       "customer_id) o on o.customer_id = c.id where c.email = $1",
       "customers c {email =} [id = orders.customer_id sub] / "
       "orders [customer_id = customers.id sub] group(customer_id) aggregated"},
  });
}

TEST(ShapeBlocks, Unions) {
  expect({
      {"select 1 from (select id from orders union select order_id from items) x where x.id > $1",
       "orders {id >} / items {order_id >}"},
      {"select 1 from (select id from orders union all select id from items union all select "
       "id from notes) x where x.id = $1",
       "orders {id =} / items {id =} / notes {id =}"},
      {"select 1 from (select id from orders except select id from items) x where x.id = $1",
       "orders / items"},
      {"select 1 from (select id from orders union all select id from items limit 5) x "
       "where x.id = $1",
       "orders / items"},
      {"select 1 from (select number n from typed union all select number from typed) x where "
       "x.n = $1",
       "typed {number =} / typed {number =}"},
      {"select 1 from (select number n from typed union all select text from typed) x where "
       "x.n = $1",
       "typed / typed"},
      {"select 1 from (select 1 as id union all select id from items) x where x.id = $1",
       "items {id =}"},
      {"with recursive t as (select id from orders union all select o.customer_id from t join "
       "orders o on o.id = t.id) select 1 from t where id = $1",
       "orders / orders o [id = ?]"},
      {"select id from customers where id in (select customer_id from orders union all select "
       "product_id from items)",
       "customers [id IN orders.customer_id sub] / orders [customer_id IN customers.id sub] / "
       "items [product_id IN customers.id sub]"},
  });
}

TEST(ShapeBlocks, EverywhereASelectMayStand) {
  expect({
      {"with x as (select id from orders where status = $1) insert into notes (order_id) "
       "select id from x",
       "orders {status =} / notes written"},
      {"insert into notes (order_id) select o.id from orders o where not exists (select 1 from "
       "items i where i.order_id = o.id)",
       "orders o [id = items.order_id sub] / items i [order_id = orders.id sub] / notes written"},
      {"update orders set total = (select sum(quantity) from items i where i.order_id = orders.id)",
       "orders [id = items.order_id sub] written / items i [order_id = orders.id sub] aggregated"},
      {"update orders set (total, note) = (select quantity, 'x' from items i where i.order_id = "
       "orders.id) where status = $1",
       "orders {status =} [id = items.order_id sub] written / items i [order_id = orders.id sub]"},
      {"delete from orders using (select order_id from notes where body = $1) n "
       "where n.order_id = orders.id",
       "orders [id = notes.order_id sub] written / notes {body =} [order_id = orders.id sub]"},
      {"merge into orders o using (select order_id, body from notes where body = $1) n on "
       "o.id = n.order_id when not matched then do nothing",
       "orders o [id = notes.order_id outer sub] written / "
       "notes {body =} [order_id = orders.id outer sub]"},
      {"with gone as (delete from notes where body = $1 returning order_id) select 1 from gone",
       "notes {body =} written"},
      {"select c.id, x.total from customers c left join lateral (select total from orders o where "
       "o.customer_id = c.id and o.status = $1) x on true",
       "customers c [id = orders.customer_id sub] / "
       "orders o {status =} [customer_id = customers.id sub]"},
      {"select t from customers c, unnest(c.name) t where c.email = $1", "customers c {email =}"},
      {"select case when exists (select 1 from items where product_id = $1) then 1 end from orders",
       "orders / items {product_id =}"},
      {"select id from orders where total > (select avg(quantity) from items where product_id = "
       "$1)",
       "orders {total >} / items {product_id =} aggregated"},
      {"select id from orders order by (select count(*) from items i where i.order_id = orders.id)",
       "orders [id = items.order_id sub] / items i [order_id = orders.id sub] aggregated"},
  });
}

TEST(ShapeBlocks, HugeStatements) {
  std::string list = "select id from orders where status in ($1";
  for (int i = 2; i < 100000; ++i) list += ", $" + std::to_string(i);
  const auto made = shape(list + ")", catalog());
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->relations[0].predicates[0].parameters.size(), 99999U);
  std::string deep = "select id from orders where ";
  for (int i = 0; i < 20000; ++i) deep += "not (";
  deep += "total > 5";
  deep.append(20000, ')');
  EXPECT_FALSE(shape(deep, catalog()).ok());
}

}  // namespace
}  // namespace whet::sql
