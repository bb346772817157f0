// Blocks below blocks: views, WITH, LATERAL, UNION, subqueries, writes; and text that servers
// print.
#include <gtest/gtest.h>

#include "sql/mysql/shape.h"
#include "sql/mysql/shape_testing.h"

namespace whet::sql::mysql {
namespace {

using shape_testing::catalog;
using shape_testing::expect;

TEST(MysqlShapeBlocks, SubqueriesAndCommonTables) {
  expect({
      {"select x.id from (select id, status s from orders where total > 5) x where x.s = ?",
       "orders {total >; status =}"},
      {"select x.s from (select status s, count(*) n from orders group by status) as x where x.s = "
       "1",
       "orders {status =} group(status) aggregated"},
      {"with r as (select id, customer_id from orders where status = 'x') "
       "select c.id from customers c join r on r.customer_id = c.id",
       "customers c [id = orders.customer_id sub] / orders {status =} [customer_id = customers.id "
       "sub]"},
      {"with r (a) as (select id from orders) select 1 from r x join r y on x.a = y.a where x.a > "
       "1",
       "orders {id >} [id = orders.id sub] / orders [id = orders.id sub]"},
      {"with a as (select id from orders where status = 'x'), b as (select id from a where id > 5) "
       "select id from b where id < 9",
       "orders {status =; id >; id <}"},
      {"with recursive t(n) as (select id from orders where note is null union all "
       "select o.id from t join orders o on o.customer_id = t.n) select * from t where n = 5",
       "orders {note IS NULL} / orders o [customer_id = ?]"},
      {"with recursive n as (select 1 as i union all select i + 1 from n where i < 5) "
       "select o.id from n join orders o on o.id = n.i",
       "orders o [id = ?]"},
      {"select id from customers where id in (select customer_id from orders where total > 5)",
       "customers [id IN orders.customer_id sub] / orders {total >} [customer_id IN customers.id "
       "sub]"},
      {"select id from customers where id = any (select customer_id from orders)",
       "customers [id IN orders.customer_id sub] / orders [customer_id IN customers.id sub]"},
      {"select id from customers c where not exists (select 1 from orders o where o.customer_id = "
       "c.id)",
       "customers c [id = orders.customer_id sub] / orders o [customer_id = customers.id sub]"},
      {"select id, (select sum(quantity) from items i where i.order_id = o.id) from orders o where "
       "id = 3",
       "orders o {id =} [id = items.order_id sub] / items i [order_id = orders.id sub] aggregated"},
      {"(select id from orders where status = 'a') union all (select id from orders where total > "
       "5) order by id limit 3",
       "orders {status =} / orders {total >}"},
      {"select c.id, l.total from customers c join lateral (select total from orders o "
       "where o.customer_id = c.id order by placed_at desc limit 3) as l on true",
       "customers c [id = orders.customer_id sub] / "
       "orders o [customer_id = customers.id sub] order(placed_at desc) limit"},
      {"select o.id from json_table(?, '$[*]' columns (a int path '$', nested path '$.b' columns "
       "(c "
       "int path '$'))) as j join orders o on o.id = j.a",
       "orders o [id = ?]"},
      {"select v.a from (values row(1, 2), row(3, 4)) as v (a, b) join orders on id = v.b",
       "orders [id = ?]"},
      {"select case when exists (select 1 from items where product_id = ?) then 1 end from orders",
       "orders / items {product_id =}"},
      {"select id from orders where ((select max(id) from items) + 1) > total",
       "orders {total <} / items extremes(id desc) aggregated"},
  });
}

TEST(MysqlShapeBlocks, Unions) {
  expect({
      {"select 1 from (select id from orders union select order_id from items) x where x.id > 1",
       "orders {id >} / items {order_id >}"},
      {"select 1 from (select id from orders except select id from items) x where x.id = 1",
       "orders / items"},
      {"select 1 from ((select id from orders) union all (select id from items limit 5)) x "
       "where x.id = 1",
       "orders {id =} / items limit"},
      {"SELECT `id` FROM `orders` UNION DISTINCTROW SELECT CHARACTER ( ? USING `latin1` )",
       "orders"},
      {"select id from orders intersect select order_id from items", "orders / items"},
  });
}

TEST(MysqlShapeBlocks, Views) {
  expect({
      {"select id from open_orders where customer_id = 1", "orders o {status =; customer_id =}"},
      {"select v.id from shop.open_orders v join customers c on c.id = v.customer_id",
       "orders o {status =} [customer_id = customers.id sub] / customers c [id = "
       "orders.customer_id sub]"},
      {"select n from per_customer where customer_id = 1",
       "orders {customer_id =} group(customer_id) aggregated"},
      {"select customer_id from per_customer where n > 5", "orders group(customer_id) aggregated"},
      {"select what from all_bodies where order_id = 1", "notes {order_id =} / items {order_id =}"},
      {"update open_orders set amount = 0 where customer_id = 1",
       "orders o {status =; customer_id =} written"},
      {"select id from recent where day = 1", "recent {day =} opaque"},
      {"select id from broken where day = 1", "broken {day =} opaque"},
      {"select id from snake where id = 1", "snake {id =} opaque"},
  });
}

TEST(MysqlShapeBlocks, Writes) {
  expect({
      {"update orders set status = 'x' where customer_id = 1 and status = 'y' order by id limit 5",
       "orders {customer_id =; status =} order(id) written limit"},
      {"update low_priority orders o join items i on i.order_id = o.id set o.total = i.quantity "
       "where i.product_id = 1",
       "orders o [id = items.order_id] written / items i {product_id =} [order_id = orders.id]"},
      {"update orders o, items i set i.quantity = 1, total = 2 where i.order_id = o.id",
       "orders o [id = items.order_id] written / items i [order_id = orders.id] written"},
      {"delete from orders where customer_id = 1", "orders {customer_id =} written"},
      {"delete o from orders o join customers c on c.id = o.customer_id where c.country = 'x'",
       "orders o [customer_id = customers.id] written / customers c {country =} [id = "
       "orders.customer_id]"},
      {"delete from o, n using orders as o join notes n on n.order_id = o.id where o.id < 5",
       "orders o {id <} [id = notes.order_id] written / notes n [order_id = orders.id] written"},
      {"insert into notes (order_id) select id from orders where status = 1",
       "orders {status =} / notes written"},
      {"insert ignore notes values (1, 2, 'x'), (3, 4, (select max(id) from orders)) as new on "
       "duplicate key update body = new.body",
       "orders extremes(id desc) aggregated / notes new written"},
      {"replace notes set id = 1, body = 'x'", "notes written"},
      {"INSERT INTO `notes` ( `id` , `body` ) VALUES (...) ON DUPLICATE KEY UPDATE `body` = VALUES "
       "( `body` )",
       "notes written"},
      {"with r as (select id from orders where status = 1) delete from notes where order_id in "
       "(select id from r)",
       "notes [order_id IN orders.id sub] written / orders {status =} [id IN notes.order_id sub]"},
      {"create table x (a int)", ""},
      {"set @a = 1; select id from orders", "orders"},
      {"select id into @x from orders where id = 1", "orders {id =}"},
      {"selec 1", "error"},
      {"select 1 from", "error"},
      {"select id from orders where", "error"},
      {"SELECT `id` FROM `orders` WHERE ...", "error"},
  });
}

// As MySQL 9.7 printed them.
TEST(MysqlShapeBlocks, ResolvedByMysql) {
  expect({
      {"/* select#1 */ select count(0) AS `count(*)` from `shop`.`orders` `o` anti join "
       "(`shop`.`notes` `b`) on(((`shop`.`b`.`order_id` = `shop`.`o`.`id`) and (`shop`.`b`.`id` <= "
       "390000))) where true",
       "orders o [id = notes.order_id sub] aggregated / notes b {id <=} [order_id = orders.id sub] "
       "aggregated"},
      {"/* select#1 */ select count(0) AS `count(*)` from `shop`.`customers` `c` semi join "
       "(`shop`.`orders` `o` join `shop`.`items` `i`) where ((`shop`.`o`.`customer_id` = "
       "`shop`.`c`.`id`) and (`shop`.`i`.`order_id` = `shop`.`o`.`id`))",
       "customers c [id = orders.customer_id sub] aggregated / orders o [customer_id = "
       "customers.id sub] [id = items.order_id] aggregated / items i [order_id = orders.id] "
       "aggregated"},
      {"/* select#1 */ select count(0) AS `count(*)` from `shop`.`orders` `o` where "
       "<in_optimizer>(`shop`.`o`.`customer_id`,<exists>(<index_lookup>(<cache>(`shop`.`o`."
       "`customer_id`) in blocked on blocked_c checking NULL where (`shop`.`b`.`id` <= 390000) "
       "having <is_not_null_test>(`shop`.`b`.`customer_id`))) is false)",
       "orders o aggregated"},
      {"select <cache>((now() - interval 1 day)) AS `x`,`g`.`n` AS `n` from (/* select#2 */ select "
       "`shop`.`orders`.`customer_id` AS `customer_id`,count(0) AS `n` from `shop`.`orders` group "
       "by `shop`.`orders`.`customer_id`) `g` where (`g`.`customer_id` = 5)",
       "orders {customer_id =} group(customer_id) aggregated"},
      {"/* select#1 */ select `shop`.`o`.`id` AS `id` from `shop`.`orders` `o` where "
       "<in_optimizer>(`shop`.`o`.`customer_id`,`shop`.`o`.`customer_id` in ( <materialize> (/* "
       "select#2 */ select `shop`.`c`.`id` from `shop`.`customers` `c` where "
       "(`shop`.`c`.`country` = 'x') ), <primary_index_lookup>(`shop`.`o`.`customer_id` in "
       "<temporary table> on <auto_distinct_key> where ((`shop`.`o`.`customer_id` = "
       "`<materialized_subquery>`.`id`)))))",
       "orders o [customer_id IN customers.id sub] / customers c {country =} [id IN "
       "orders.customer_id sub]"},
      {"select `shop`.`orders`.`id` AS `id` from `shop`.`orders` where "
       "<in_optimizer>(`shop`.`orders`.`id`,<exists>(/* select#2 */ select "
       "`shop`.`notes`.`order_id` "
       "from `shop`.`notes` where <if>(outer_field_is_not_null, ((<cache>(`shop`.`orders`.`id`) = "
       "`shop`.`notes`.`order_id`) or (`shop`.`notes`.`order_id` is null)), true) having "
       "<if>(outer_field_is_not_null, <is_not_null_test>(`shop`.`notes`.`order_id`), true)) is "
       "false)",
       "orders [id = notes.order_id sub opt] / notes {order_id IS NULL or1.2} [order_id = "
       "orders.id "
       "sub opt] aggregated"},
      {"select `shop`.`orders`.`id` AS `id` from `shop`.`orders` where (multiple equal(5, "
       "`shop`.`orders`.`customer_id`) and (`shop`.`orders`.`total` > 1))",
       "orders {customer_id =; total >}"},
  });
}

// As MariaDB 10.11 printed them.
TEST(MysqlShapeBlocks, ResolvedByMariadb) {
  expect({
      {"/* select#1 */ select sum(`shop`.`o`.`total`) AS `s` from `shop`.`orders` `o` where "
       "`shop`.`o`.`id` between 1 and 200 and `shop`.`o`.`total` < "
       "<expr_cache><`shop`.`o`.`id`>((/* select#2 */ select 0.2 * avg(`shop`.`i`.`quantity`) from "
       "`shop`.`items` `i` where `shop`.`i`.`order_id` = `shop`.`o`.`id`))",
       "orders o {id BETWEEN; total <} [id = items.order_id sub] aggregated / items i [order_id = "
       "orders.id sub] aggregated"},
      {"select count(0) AS `c` from `shop`.`orders` `o` where !<expr_cache><`shop`.`o`.`id`>("
       "<in_optimizer>(`shop`.`o`.`id`,<exists>(/* select#2 */ select `shop`.`b`.`order_id` from "
       "`shop`.`notes` `b` where `shop`.`b`.`id` <= 20000 and <cache>(`shop`.`o`.`id`) = "
       "`shop`.`b`.`order_id`)))",
       "orders o [id = notes.order_id sub] aggregated / notes b {id <=} [order_id = orders.id "
       "sub]"},
      {"with recursive t(`v`) as ((/* select#2 */ select `shop`.`orders`.`id` AS `v` from "
       "`shop`.`orders` order by `shop`.`orders`.`id` limit 1) union all /* select#3 */ select "
       "`t`.`v` + 1 from `t` where `t`.`v` is not null)/* select#1 */ select `t`.`v` AS `v` from "
       "`t`",
       "orders order(id) limit"},
      {"delete from `shop`.`orders` `o` using `shop`.`orders` `o` left join `shop`.`notes` `b` "
       "on(`shop`.`b`.`order_id` = `shop`.`o`.`id`) where `shop`.`b`.`id` is null",
       "orders o [id = notes.order_id outer] written / notes b {id IS NULL} [order_id = orders.id "
       "outer]"},
      {"select row_number() over ( partition by `shop`.`orders`.`status` order by "
       "`shop`.`orders`.`id` desc rows between  unbounded  preceding  and  current row ) AS `rn` "
       "from `shop`.`orders`",
       "orders windowed"},
      {"select 1 AS `1` from `shop`.`customers` `c` semi join (`shop`.`orders` `o`) where "
       "`shop`.`o`.`total` > 450",
       "customers c / orders o {total >}"},
  });
}

TEST(MysqlShapeBlocks, Tables) {
  const auto used = used_tables(
      "insert into log.notes select o.id from orders o join app.users u using (id) where exists "
      "(select 1 from orders)",
      {});
  ASSERT_TRUE(used.ok());
  const std::vector<UsedTable> expected = {
      {"", "orders", false}, {"app", "users", false}, {"log", "notes", true}};
  EXPECT_EQ(*used, expected);
}

TEST(MysqlShapeBlocks, HugeStatements) {
  std::string list = "select id from orders where status in (?";
  for (int i = 2; i < 100000; ++i) list += ", ?";
  const auto made = shape(list + ")", catalog(), Mode{});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->relations[0].predicates[0].parameters.size(), 99999U);
  std::string values = "insert into notes (id, body) values (1, 'x')";
  for (int i = 2; i < 50000; ++i) values += ", (1, 'x')";
  EXPECT_TRUE(shape(values, catalog(), Mode{}).ok());
  for (const char* open :
       {"(", "not ", "-", "case when ", "lower(", "(select ", "exists (select "}) {
    std::string deep = "select id from orders where ";
    for (int i = 0; i < 20000; ++i) deep += open;
    EXPECT_FALSE(shape(deep, catalog(), Mode{}).ok()) << open;
    for (int i = 0; i < 20000; ++i) deep += "1)";
    EXPECT_FALSE(shape(deep, catalog(), Mode{}).ok()) << open;
  }
  std::string sum = "select id from orders where total = 1";
  for (int i = 0; i < 20000; ++i) sum += " + 1";
  EXPECT_FALSE(shape(sum, catalog(), Mode{}).ok());
  std::string many = "select 1 from open_orders v0";
  for (int i = 1; i < 1000; ++i) many += ", open_orders v" + std::to_string(i);
  EXPECT_TRUE(shape(many, catalog(), Mode{}).ok());
  // Each reads the one before it twice.
  std::string doubling = "with a0 as (select id from orders)";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    doubling +=
        ", a" + std::to_string(i) + " as (select x.id from " + before + " x join " + before + " y)";
  }
  EXPECT_TRUE(shape(doubling + " select 1 from a59", catalog(), Mode{}).ok());
}

}  // namespace
}  // namespace whet::sql::mysql
