SELECT COUNT(*), SUM(total) FROM orders WHERE DATE(placed_at) = '2025-0{uniform 1 9}-{uniform 10 28}'
