\set p1 random(1, 60000)
\set p2 random(1, 60000)
\set p3 random(1, 60000)
\set p4 random(1, 60000)
\set p5 random(1, 60000)
\set p6 random(1, 60000)
\set p7 random(1, 60000)
\set p8 random(1, 60000)
SELECT name, price FROM products WHERE id = :p1;
SELECT name, price FROM products WHERE id = :p2;
SELECT name, price FROM products WHERE id = :p3;
SELECT name, price FROM products WHERE id = :p4;
SELECT name, price FROM products WHERE id = :p5;
SELECT name, price FROM products WHERE id = :p6;
SELECT name, price FROM products WHERE id = :p7;
SELECT name, price FROM products WHERE id = :p8;
