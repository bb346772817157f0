-- The demo's shop on MySQL: what its developers wrote, faults included (faults.tsv lists them).
CREATE TABLE categories (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  parent_id INT UNSIGNED NULL,
  name VARCHAR(60) NOT NULL,
  KEY categories_parent_id (parent_id),
  CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (id)
);
CREATE TABLE products (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  category_id INT UNSIGNED NOT NULL,
  sku VARCHAR(24) NOT NULL,
  name VARCHAR(120) NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  description TEXT NOT NULL,
  UNIQUE KEY products_sku (sku),
  KEY products_name (name),
  KEY products_category_price (category_id, price),
  CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id)
);
CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) NOT NULL,
  phone VARCHAR(20) NOT NULL,
  name VARCHAR(80) NOT NULL,
  country CHAR(2) NOT NULL,
  tier TINYINT NOT NULL DEFAULT 0,
  registered_at DATETIME NOT NULL,
  UNIQUE KEY customers_email (email),
  KEY customers_phone (phone)
);
CREATE TABLE addresses (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  street VARCHAR(120) NOT NULL,
  city VARCHAR(60) NOT NULL,
  postcode VARCHAR(10) NOT NULL,
  KEY addresses_customer_id (customer_id),
  CONSTRAINT addresses_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  status VARCHAR(12) NOT NULL,
  placed_at DATETIME NOT NULL,
  total DOUBLE NOT NULL,
  coupon_code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  is_gift TINYINT(1) NOT NULL DEFAULT 0,
  note VARCHAR(200) NULL,
  KEY orders_placed_at (placed_at),
  KEY orders_placed_at_2 (placed_at),
  KEY orders_is_gift (is_gift),
  KEY orders_note (note)
);
CREATE TABLE order_items (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity SMALLINT NOT NULL,
  unit_price DECIMAL(10,2) NOT NULL,
  KEY order_items_unit_price_quantity (unit_price, quantity)
);
CREATE TABLE payments (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  method VARCHAR(12) NOT NULL,
  amount FLOAT NOT NULL,
  paid_at DATETIME NOT NULL,
  KEY payments_order_id (order_id),
  KEY payments_order_id_paid_at (order_id, paid_at),
  CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE TABLE coupons (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
  percent TINYINT NOT NULL,
  valid_to DATE NOT NULL,
  UNIQUE KEY coupons_code (code)
) CHARACTER SET latin1;
CREATE TABLE reviews (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  product_id INT UNSIGNED NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  rating TINYINT NOT NULL,
  body TEXT CHARACTER SET utf8mb3 NOT NULL,
  created_at DATETIME NOT NULL,
  KEY reviews_product_created (product_id, created_at),
  KEY reviews_product_created_id (product_id, created_at, id)
);
CREATE TABLE events (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  session CHAR(36) CHARACTER SET ascii NOT NULL,
  kind VARCHAR(12) NOT NULL,
  product_id INT UNSIGNED NOT NULL
);
-- Random values as the clustered key: rows go everywhere, and each secondary entry carries 36 bytes.
CREATE TABLE carts (
  id CHAR(36) NOT NULL PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  updated_at DATETIME NOT NULL,
  payload VARCHAR(200) NOT NULL,
  KEY carts_customer_id (customer_id),
  KEY carts_updated_at (updated_at)
);
CREATE TABLE tickets (
  id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  agent VARCHAR(20) NOT NULL,
  state VARCHAR(10) NOT NULL,
  opened_at DATETIME NOT NULL,
  subject VARCHAR(200) NOT NULL
) AUTO_INCREMENT = 2000;
CREATE TABLE audit_log (
  at DATETIME NOT NULL,
  who VARCHAR(30) NOT NULL,
  what VARCHAR(30) NOT NULL,
  details TEXT NULL
);
CREATE TABLE newsletter (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) NOT NULL,
  confirmed TINYINT(1) NOT NULL,
  KEY newsletter_email (email)
) ENGINE = MyISAM;
CREATE TABLE price_history (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  product_id INT UNSIGNED NOT NULL,
  valid_from DATE NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  KEY price_history_product (product_id, valid_from)
) STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0;
CREATE TABLE shipments (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  tracking VARCHAR(20) NOT NULL,
  carrier VARCHAR(12) NOT NULL,
  shipped_at DATETIME NOT NULL,
  UNIQUE KEY shipments_tracking (tracking),
  KEY shipments_order_id (order_id),
  CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE TABLE stock (
  product_id INT UNSIGNED NOT NULL PRIMARY KEY,
  quantity INT NOT NULL,
  updated_at DATETIME NOT NULL,
  CONSTRAINT stock_product FOREIGN KEY (product_id) REFERENCES products (id)
);
-- Partitioned by month; the report below asks by a function of the day and so reads every partition.
CREATE TABLE page_views (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day DATE NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  seconds SMALLINT NOT NULL,
  PRIMARY KEY (id, day)
) PARTITION BY RANGE (TO_DAYS(day)) (
  PARTITION p01 VALUES LESS THAN (TO_DAYS('2026-02-01')),
  PARTITION p02 VALUES LESS THAN (TO_DAYS('2026-03-01')),
  PARTITION p03 VALUES LESS THAN (TO_DAYS('2026-04-01')),
  PARTITION p04 VALUES LESS THAN (TO_DAYS('2026-05-01')),
  PARTITION p05 VALUES LESS THAN (TO_DAYS('2026-06-01')),
  PARTITION p06 VALUES LESS THAN (TO_DAYS('2026-07-01')),
  PARTITION later VALUES LESS THAN MAXVALUE
);
