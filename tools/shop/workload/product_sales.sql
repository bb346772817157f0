\set product 1 + permute(random_zipfian(1, 60000, 1.01) - 1, 60000)
SELECT count(*), sum(quantity * unit_price) FROM order_items WHERE product_id = :product;
