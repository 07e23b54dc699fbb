-- The shop, its people and what runs leave behind. One text for SQLite and PostgreSQL: what stands
-- in /*sqlite … */ or /*postgres … */ is read by that database only, and for SQLite BIGINT is read
-- as INTEGER and DOUBLE PRECISION as REAL (src/store/schema.cpp).
--
-- *_sim_us: simulated time, microseconds since 1970 UTC. *_wall_us: the real clock, the same unit.
-- *_minor: money in minor units (cents). Ids of rows that belong to a run are made of what they are
-- about (src/retail/records.hpp), so they are the same for the same run whoever writes them.
-- In tables that are written in bulk a CHECK lists its values with OR: for IN with three or more
-- SQLite builds a table at each row. On PostgreSQL they carry no foreign keys: each check would lock
-- a row that all shoppers share.

CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  auth_sub TEXT UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('human', 'simulated')),
  email TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_wall_us BIGINT NOT NULL,
  CHECK ((kind = 'human') = (auth_sub IS NOT NULL))
) /*sqlite STRICT*/;

CREATE TABLE stores (
  id BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  timezone TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  active BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
) /*sqlite STRICT*/;

-- An agent is a persona that can shop. traits: all 28 attributes as JSON, named as in docs/PERSONAS.md.
CREATE TABLE agents (
  id BIGINT PRIMARY KEY,
  user_id BIGINT NOT NULL UNIQUE REFERENCES users (id),
  persona_code TEXT NOT NULL UNIQUE,
  age BIGINT NOT NULL CHECK (age BETWEEN 16 AND 110),
  shopping_frequency DOUBLE PRECISION NOT NULL CHECK (shopping_frequency > 0),
  home_store_id BIGINT REFERENCES stores (id),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  traits TEXT NOT NULL
) /*sqlite STRICT*/;

CREATE TABLE products (
  id BIGINT PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  brand TEXT NOT NULL,
  list_price_minor BIGINT NOT NULL CHECK (list_price_minor >= 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  popularity DOUBLE PRECISION NOT NULL CHECK (popularity > 0),
  active BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
) /*sqlite STRICT*/;
CREATE INDEX products_category ON products (category);
CREATE INDEX products_brand ON products (brand);

CREATE TABLE coupons (
  id BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('frontstore', 'category', 'brand')),
  discount_type TEXT NOT NULL CHECK (discount_type IN ('percent', 'amount')),
  percent_bps BIGINT CHECK (percent_bps BETWEEN 1 AND 10000),
  amount_minor BIGINT CHECK (amount_minor > 0),
  scope_category TEXT,
  scope_brand TEXT,
  min_spend_minor BIGINT NOT NULL DEFAULT 0 CHECK (min_spend_minor >= 0),
  min_qty BIGINT NOT NULL DEFAULT 0 CHECK (min_qty >= 0),
  max_discount_minor BIGINT CHECK (max_discount_minor > 0),
  max_issuance BIGINT CHECK (max_issuance >= 0),
  starts_sim_us BIGINT,
  ends_sim_us BIGINT,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  active BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  CHECK ((discount_type = 'percent') = (percent_bps IS NOT NULL)),
  CHECK ((discount_type = 'amount') = (amount_minor IS NOT NULL)),
  CHECK ((kind = 'category') = (scope_category IS NOT NULL)),
  CHECK ((kind = 'brand') = (scope_brand IS NOT NULL)),
  CHECK (starts_sim_us IS NULL OR ends_sim_us IS NULL OR starts_sim_us < ends_sim_us)
) /*sqlite STRICT*/;
CREATE INDEX coupons_kind ON coupons (kind, active);

-- One row a run: what it was asked to do, and how far it has come. The seed gives it again (R20).
CREATE TABLE simulation_state (
  run_id BIGINT PRIMARY KEY CHECK (run_id > 0),
  status TEXT NOT NULL CHECK (status IN ('running', 'stopped', 'finished', 'failed')),
  seed BIGINT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('fast', 'live')),
  epoch_sim_us BIGINT NOT NULL,
  until_sim_us BIGINT NOT NULL CHECK (until_sim_us > epoch_sim_us),
  sim_now_us BIGINT NOT NULL CHECK (sim_now_us >= epoch_sim_us),
  epoch_wall_us BIGINT NOT NULL,
  updated_wall_us BIGINT NOT NULL,
  rate_num BIGINT NOT NULL DEFAULT 168 CHECK (rate_num > 0),
  rate_den BIGINT NOT NULL DEFAULT 1 CHECK (rate_den > 0),
  agents BIGINT NOT NULL CHECK (agents > 0),
  activity_factor DOUBLE PRECISION NOT NULL CHECK (activity_factor > 0),
  settings TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  environment TEXT NOT NULL DEFAULT 'simulation' CHECK (environment IN ('simulation', 'production'))
) /*sqlite STRICT*/;

CREATE TABLE offer_cycles (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL REFERENCES simulation_state (run_id),
  seq BIGINT NOT NULL CHECK (seq >= 0),
  starts_sim_us BIGINT NOT NULL,
  ends_sim_us BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('planned', 'assigning', 'active', 'closed', 'failed')),
  policy TEXT NOT NULL,
  policy_version BIGINT NOT NULL,
  users_done BIGINT NOT NULL DEFAULT 0 CHECK (users_done >= 0),
  assigned BIGINT NOT NULL DEFAULT 0 CHECK (assigned >= 0),
  skipped_capacity BIGINT NOT NULL DEFAULT 0 CHECK (skipped_capacity >= 0),
  expired BIGINT NOT NULL DEFAULT 0 CHECK (expired >= 0),
  superseded BIGINT NOT NULL DEFAULT 0 CHECK (superseded >= 0),
  UNIQUE (run_id, seq),
  UNIQUE (run_id, starts_sim_us),
  CHECK (ends_sim_us > starts_sim_us)
) /*sqlite STRICT*/;
-- Invariant 6: one offer cycle at a time.
CREATE UNIQUE INDEX offer_cycles_one_active ON offer_cycles (run_id)
  WHERE status IN ('assigning', 'active');

CREATE TABLE user_offer_cycles (
  cycle_id BIGINT NOT NULL /*sqlite REFERENCES offer_cycles (id)*/,
  user_id BIGINT NOT NULL /*sqlite REFERENCES users (id)*/,
  status TEXT NOT NULL CHECK (status = 'pending' OR status = 'done' OR status = 'skipped' OR status = 'failed'),
  n_frontstore BIGINT NOT NULL DEFAULT 0 CHECK (n_frontstore >= 0),
  n_category_brand BIGINT NOT NULL DEFAULT 0 CHECK (n_category_brand >= 0),
  n_skipped_capacity BIGINT NOT NULL DEFAULT 0 CHECK (n_skipped_capacity >= 0),
  n_expired BIGINT NOT NULL DEFAULT 0 CHECK (n_expired >= 0),
  n_superseded BIGINT NOT NULL DEFAULT 0 CHECK (n_superseded >= 0),
  refresh_seq BIGINT NOT NULL DEFAULT 0,
  assigned_sim_us BIGINT,
  PRIMARY KEY (cycle_id, user_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- The wallet. slot: numbered from 0 in each lane (frontstore; category and brand).
CREATE TABLE user_coupons (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL /*sqlite REFERENCES users (id)*/,
  coupon_id BIGINT NOT NULL /*sqlite REFERENCES coupons (id)*/,
  cycle_id BIGINT NOT NULL /*sqlite REFERENCES offer_cycles (id)*/,
  lane TEXT NOT NULL CHECK (lane IN ('frontstore', 'category_brand')),
  slot BIGINT NOT NULL CHECK (slot >= 0),
  status TEXT NOT NULL
    CHECK (status = 'active' OR status = 'redeemed' OR status = 'expired' OR status = 'superseded' OR status = 'revoked' OR status = 'reversed'),
  policy TEXT NOT NULL,
  policy_version BIGINT NOT NULL,
  probability DOUBLE PRECISION NOT NULL CHECK (probability > 0 AND probability <= 1),
  assigned_sim_us BIGINT NOT NULL,
  expires_sim_us BIGINT NOT NULL,
  ended_sim_us BIGINT,
  order_id BIGINT,
  CHECK (expires_sim_us > assigned_sim_us),
  CHECK ((status = 'active') = (ended_sim_us IS NULL)),
  CHECK (status <> 'redeemed' OR order_id IS NOT NULL)
) /*sqlite STRICT*/;
-- Invariants 1 and 2: one active coupon a slot, and no coupon twice.
CREATE UNIQUE INDEX user_coupons_slot ON user_coupons (run_id, user_id, lane, slot)
  WHERE status = 'active';
CREATE UNIQUE INDEX user_coupons_once ON user_coupons (run_id, user_id, coupon_id)
  WHERE status = 'active';

CREATE TABLE shopping_sessions (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL /*sqlite REFERENCES simulation_state (run_id)*/,
  agent_id BIGINT NOT NULL /*sqlite REFERENCES agents (id)*/,
  user_id BIGINT NOT NULL /*sqlite REFERENCES users (id)*/,
  store_id BIGINT /*sqlite REFERENCES stores (id)*/,
  sim_hour BIGINT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  is_replay BIGINT NOT NULL DEFAULT 0 CHECK (is_replay IN (0, 1)),
  kind TEXT NOT NULL CHECK (kind IN ('shopping', 'idle')),
  outcome TEXT NOT NULL CHECK (outcome = 'open' OR outcome = 'browsed' OR outcome = 'abandoned' OR outcome = 'purchased' OR outcome = 'error'),
  order_id BIGINT UNIQUE,
  started_sim_us BIGINT NOT NULL,
  ended_sim_us BIGINT,
  recorded_wall_us BIGINT NOT NULL,
  n_events BIGINT NOT NULL,
  is_simulated BIGINT NOT NULL DEFAULT 1 CHECK (is_simulated IN (0, 1)),
  UNIQUE (run_id, agent_id, sim_hour, attempt, is_replay),
  CHECK ((outcome = 'purchased') = (order_id IS NOT NULL))
) /*sqlite STRICT*/;

-- What browse_products showed: one row a product, in the order shown, at the price shown. The same
-- listing is shown to many; events name it by listing_id.
CREATE TABLE listings (
  listing_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  cycle_id BIGINT NOT NULL /*sqlite REFERENCES offer_cycles (id)*/,
  category TEXT NOT NULL,
  product_id BIGINT NOT NULL /*sqlite REFERENCES products (id)*/,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  PRIMARY KEY (listing_id, position)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- The training data (docs/EVENTS.md). No foreign keys and no second index: it is written in bulk.
CREATE TABLE shopping_session_events (
  session_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  type TEXT NOT NULL,
  occurred_sim_us BIGINT NOT NULL,
  product_id BIGINT,
  qty BIGINT,
  user_coupon_id BIGINT,
  listing_id BIGINT,
  amount_minor BIGINT,
  payload TEXT,
  schema_version BIGINT NOT NULL,
  PRIMARY KEY (session_id, seq)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- Every choice, with its chance. visit_id is the session's id, or the id the session would have had
-- where decide_shop said no.
CREATE TABLE simulation_decisions (
  visit_id BIGINT NOT NULL,
  step BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  chosen BIGINT NOT NULL,
  user_coupon_id BIGINT,
  probability DOUBLE PRECISION NOT NULL CHECK (probability >= 0 AND probability <= 1),
  draw DOUBLE PRECISION NOT NULL CHECK (draw >= 0 AND draw < 1),
  features TEXT,
  source TEXT NOT NULL CHECK (source = 'rule' OR source = 'llm' OR source = 'cache' OR source = 'human'),
  decided_sim_us BIGINT NOT NULL,
  PRIMARY KEY (visit_id, step)
) /*sqlite STRICT, WITHOUT ROWID*/;

CREATE TABLE carts (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL /*sqlite REFERENCES users (id)*/,
  store_id BIGINT /*sqlite REFERENCES stores (id)*/,
  session_id BIGINT,
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'open' OR status = 'converted' OR status = 'abandoned' OR status = 'expired'),
  created_sim_us BIGINT NOT NULL,
  closed_sim_us BIGINT,
  CHECK ((status = 'open') = (closed_sim_us IS NULL))
) /*sqlite STRICT*/;
CREATE UNIQUE INDEX carts_one_open ON carts (run_id, user_id, store_id) WHERE status = 'open';

CREATE TABLE cart_items (
  cart_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL /*sqlite REFERENCES products (id)*/,
  qty BIGINT NOT NULL CHECK (qty BETWEEN 1 AND 999),
  price_seen_minor BIGINT NOT NULL CHECK (price_seen_minor >= 0),
  PRIMARY KEY (cart_id, product_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

CREATE TABLE orders (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL /*sqlite REFERENCES simulation_state (run_id)*/,
  cart_id BIGINT NOT NULL UNIQUE,
  user_id BIGINT NOT NULL /*sqlite REFERENCES users (id)*/,
  store_id BIGINT /*sqlite REFERENCES stores (id)*/,
  session_id BIGINT,
  status TEXT NOT NULL CHECK (status = 'placed' OR status = 'cancelled' OR status = 'part_refunded' OR status = 'refunded'),
  currency TEXT NOT NULL,
  subtotal_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL,
  total_minor BIGINT NOT NULL,
  placed_sim_us BIGINT NOT NULL,
  placed_wall_us BIGINT NOT NULL,
  is_simulated BIGINT NOT NULL DEFAULT 1 CHECK (is_simulated IN (0, 1)),
  simulated_at BIGINT,
  CHECK (discount_minor BETWEEN 0 AND subtotal_minor),
  CHECK (total_minor = subtotal_minor - discount_minor),
  CHECK ((is_simulated = 1) = (simulated_at IS NOT NULL))
) /*sqlite STRICT*/;

CREATE TABLE order_items (
  order_id BIGINT NOT NULL,
  line_no BIGINT NOT NULL,
  product_id BIGINT NOT NULL /*sqlite REFERENCES products (id)*/,
  qty BIGINT NOT NULL CHECK (qty > 0),
  unit_price_minor BIGINT NOT NULL CHECK (unit_price_minor >= 0),
  line_discount_minor BIGINT NOT NULL,
  line_total_minor BIGINT NOT NULL,
  PRIMARY KEY (order_id, line_no),
  CHECK (line_discount_minor BETWEEN 0 AND qty * unit_price_minor),
  CHECK (line_total_minor = qty * unit_price_minor - line_discount_minor)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- What each coupon took off each line, frozen: the source of refunds.
CREATE TABLE order_discounts (
  order_id BIGINT NOT NULL,
  line_no BIGINT NOT NULL,
  user_coupon_id BIGINT NOT NULL,
  coupon_id BIGINT NOT NULL /*sqlite REFERENCES coupons (id)*/,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (order_id, line_no, user_coupon_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- R5: the same tables as people ask for them.
CREATE VIEW offer_cycle_overview AS
SELECT c.id, c.run_id, c.seq AS cycle_number,
       c.status = 'active' AS is_current,
       c.starts_sim_us, c.ends_sim_us,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', c.starts_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(c.starts_sim_us / 1000000.0)*/ AS simulated_start_date,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', c.ends_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(c.ends_sim_us / 1000000.0)*/ AS simulated_end_date,
       c.policy, c.policy_version, c.users_done, c.assigned, c.skipped_capacity, c.expired,
       c.superseded, s.environment = 'simulation' AS is_simulation
FROM offer_cycles c JOIN simulation_state s ON s.run_id = c.run_id;

CREATE VIEW user_offer_cycle_overview AS
SELECT u.user_id, c.run_id, c.id AS current_cycle, c.cycle_number, u.status,
       u.assigned_sim_us AS last_refresh_sim_us,
       u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us) AS next_refresh_sim_us,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', u.assigned_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(u.assigned_sim_us / 1000000.0)*/ AS last_refresh,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ',
         (u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us)) / 1000000, 'unixepoch')*/
       /*postgres to_timestamp((u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us)) / 1000000.0)*/
         AS next_refresh,
       c.simulated_start_date, c.simulated_end_date, c.is_simulation,
       u.n_frontstore, u.n_category_brand, u.n_skipped_capacity, u.n_expired, u.n_superseded
FROM user_offer_cycles u JOIN offer_cycle_overview c ON c.id = u.cycle_id;
