UPDATE tickets SET state = 'closed' WHERE customer_id = {uniform 1 100000} AND state = 'open'
