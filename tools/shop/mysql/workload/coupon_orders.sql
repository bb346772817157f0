SELECT o.id, c.percent FROM orders o JOIN coupons c ON c.code = o.coupon_code WHERE o.placed_at >= '2025-03-0{uniform 1 4}' AND o.placed_at < '2025-03-0{uniform 5 9}' LIMIT 40
