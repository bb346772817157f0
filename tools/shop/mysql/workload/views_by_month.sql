SELECT product_id, SUM(seconds) FROM page_views WHERE MONTH(day) = {uniform 1 6} GROUP BY product_id ORDER BY 2 DESC LIMIT 10
