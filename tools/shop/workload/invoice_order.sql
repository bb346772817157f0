\set invoice random(1, 100000)
SELECT v.issued_on, o.id, o.total FROM invoices v JOIN orders o ON o.id = v.order_no WHERE v.id = :invoice;
