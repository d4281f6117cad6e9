-- A web shop: customers, products, orders and their items, with a good 1 GB of made-up data.
-- Deterministic: the same rows each time. Indexes and keys come after the rows, which is quicker.

SELECT setseed(0.2026);

CREATE TABLE customers (
  id bigint NOT NULL,
  full_name text NOT NULL,
  email text NOT NULL,
  phone text,
  street text NOT NULL,
  city text NOT NULL,
  country char(2) NOT NULL,
  created_at timestamptz NOT NULL,
  loyalty_points integer NOT NULL DEFAULT 0
);

CREATE TABLE products (
  id integer NOT NULL,
  sku text NOT NULL,
  title text NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents > 0),
  stock integer NOT NULL DEFAULT 0
);

CREATE TYPE order_status AS ENUM ('placed', 'paid', 'shipped', 'delivered', 'returned', 'cancelled');

CREATE TABLE orders (
  id bigint NOT NULL,
  customer_id bigint NOT NULL,
  placed_at timestamptz NOT NULL,
  status order_status NOT NULL,
  shipping_address text NOT NULL,
  note text
);

CREATE TABLE items (
  order_id bigint NOT NULL,
  line smallint NOT NULL,
  product_id integer NOT NULL,
  quantity smallint NOT NULL CHECK (quantity > 0),
  price_cents integer NOT NULL
);

INSERT INTO customers
SELECT i, first || ' ' || last,
       lower(first || '.' || last || i) || '@' || (ARRAY['mail.example', 'post.example', 'inbox.example'])[1 + i % 3],
       CASE WHEN i % 4 > 0 THEN '+49 ' || 150 + i % 40 || ' ' || lpad((i::bigint * 7919 % 10000000)::text, 7, '0') END,
       (ARRAY['Station Road', 'High Street', 'Mill Lane', 'Park Avenue', 'Church Street', 'Harbour Way', 'Elm Close'])[1 + i % 7]
         || ' ' || 1 + i * 31 % 180,
       (ARRAY['Berlin', 'Lyon', 'Porto', 'Gdansk', 'Turin', 'Ghent', 'Malmo', 'Graz', 'Cork', 'Bilbao', 'Utrecht'])[1 + i % 11],
       (ARRAY['DE', 'FR', 'PT', 'PL', 'IT', 'BE', 'SE', 'AT', 'IE', 'ES', 'NL'])[1 + i % 11],
       timestamptz '2019-01-01' + random() * interval '7 years',
       (random() * random() * 5000)::integer
FROM (
  SELECT i,
         (ARRAY['Anna', 'Ben', 'Chloe', 'David', 'Elena', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Karla', 'Liam', 'Mara',
                'Noah', 'Olga', 'Paul', 'Rosa', 'Samuel', 'Tilda', 'Viktor'])[1 + i % 20] AS first,
         (ARRAY['Abel', 'Brandt', 'Costa', 'Dubois', 'Engel', 'Ferrari', 'Gruber', 'Haas', 'Iversen', 'Jansen', 'Kowalski', 'Lindgren',
                'Moreau', 'Novak', 'Oliveira', 'Peeters', 'Quinn', 'Rossi', 'Silva', 'Toth', 'Urban', 'Visser', 'Weber', 'Zeman'])[1 + i / 20 % 24] AS last
  FROM generate_series(1, 400000) AS i
) AS names;

INSERT INTO products
SELECT i, 'SKU-' || lpad(i::text, 6, '0'),
       (ARRAY['Linen', 'Oak', 'Steel', 'Wool', 'Glass', 'Leather', 'Cotton', 'Clay'])[1 + i % 8] || ' '
         || (ARRAY['lamp', 'chair', 'bowl', 'scarf', 'table', 'bag', 'shelf', 'mug', 'rug', 'clock'])[1 + i / 8 % 10] || ' No. ' || i,
       99 + i * 37 % 24900, i * 13 % 500
FROM generate_series(1, 20000) AS i;

INSERT INTO orders
SELECT i, 1 + (random() * random() * 399999)::bigint, timestamptz '2020-01-01' + i * interval '82 seconds',
       (ARRAY['placed', 'paid', 'shipped', 'delivered', 'delivered', 'delivered', 'delivered', 'returned', 'cancelled']::order_status[])[1 + i % 9],
       (ARRAY['Station Road', 'High Street', 'Mill Lane', 'Park Avenue', 'Church Street', 'Harbour Way', 'Elm Close'])[1 + i % 7]
         || ' ' || 1 + i * 17 % 180 || ', '
         || (ARRAY['Berlin', 'Lyon', 'Porto', 'Gdansk', 'Turin', 'Ghent', 'Malmo', 'Graz', 'Cork', 'Bilbao', 'Utrecht'])[1 + i % 11],
       CASE i % 10 WHEN 0 THEN 'Please leave it with the neighbours.' WHEN 5 THEN 'Gift wrap, no invoice in the parcel.' END
FROM generate_series(1, 2500000) AS i;

INSERT INTO items
SELECT o.id, line, 1 + (random() * 19999)::integer, 1 + (random() * random() * 4)::smallint, 99 + (o.id * 37 + line * 101) % 24900
FROM orders AS o CROSS JOIN LATERAL generate_series(1, 1 + o.id % 5) AS line;

ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE products ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE items ADD PRIMARY KEY (order_id, line);
CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE INDEX orders_customer ON orders (customer_id, placed_at);
CREATE INDEX items_product ON items (product_id);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);
ALTER TABLE items ADD FOREIGN KEY (product_id) REFERENCES products (id);

CREATE VIEW order_totals AS
SELECT o.id, o.customer_id, o.placed_at, o.status, sum(i.quantity * i.price_cents) AS total_cents
FROM orders AS o JOIN items AS i ON i.order_id = o.id
GROUP BY o.id;

CREATE FUNCTION customer_revenue_cents(wanted bigint) RETURNS bigint
LANGUAGE sql STABLE
RETURN (SELECT coalesce(sum(total_cents), 0) FROM order_totals WHERE customer_id = wanted AND status <> 'cancelled');

ANALYZE;
