SELECT id, name, tier FROM customers WHERE phone = {uniform 4000000000 4999999999}
