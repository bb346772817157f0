SELECT id, name, tier FROM customers WHERE email = 'ana.{uniform 1 20000}5@example.com'
