\set n random(1, 5000)
SELECT id, percent, valid_to FROM coupons WHERE code = 'SAVE-' || substr(md5(:n::text), 1, 8);
