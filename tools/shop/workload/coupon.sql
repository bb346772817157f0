\set n random(10001, 15000)
SELECT id, percent, valid_to FROM coupons WHERE code = 'SAVE-:n';
