SELECT street, city, postcode FROM addresses WHERE customer_id = {uniform 1 100000}
