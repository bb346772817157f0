SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000};
SELECT name, price FROM products WHERE id = {uniform 1 30000}
