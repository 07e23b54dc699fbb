-- A shop that a crowd uses at once: carts with versions, checkouts that are safe to repeat, caps and
-- stock that hold, refunds, refreshes that several workers share. Conventions as in 0001.
--
-- SQLite cannot change a CHECK, so there coupons and simulation_state are made anew and filled from
-- the old ones (foreign keys are off while it migrates, and checked before the commit).

DROP VIEW user_offer_cycle_overview;
DROP VIEW offer_cycle_overview;

-- Coupons: two more types, redemption caps, and versions: terms that a wallet may hold never change;
-- a change of terms makes a new row of the same code, and the old one is offered no more.
/*sqlite CREATE TABLE coupons_new (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
  title TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('frontstore', 'category', 'brand')),
  discount_type TEXT NOT NULL CHECK (discount_type IN ('percent', 'amount', 'fixed_price', 'bxgy')),
  percent_bps INTEGER CHECK (percent_bps BETWEEN 1 AND 10000),
  amount_minor INTEGER CHECK (amount_minor > 0),
  buy_qty INTEGER CHECK (buy_qty BETWEEN 1 AND 999),
  get_qty INTEGER CHECK (get_qty BETWEEN 1 AND 999),
  scope_category TEXT,
  scope_brand TEXT,
  min_spend_minor INTEGER NOT NULL DEFAULT 0 CHECK (min_spend_minor >= 0),
  min_qty INTEGER NOT NULL DEFAULT 0 CHECK (min_qty >= 0),
  max_discount_minor INTEGER CHECK (max_discount_minor > 0),
  max_issuance INTEGER CHECK (max_issuance >= 0),
  max_redemptions INTEGER CHECK (max_redemptions >= 0),
  max_discount_total_minor INTEGER CHECK (max_discount_total_minor > 0),
  starts_sim_us INTEGER,
  ends_sim_us INTEGER,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  UNIQUE (code, version),
  CHECK ((discount_type = 'percent') = (percent_bps IS NOT NULL)),
  CHECK ((discount_type IN ('amount', 'fixed_price')) = (amount_minor IS NOT NULL)),
  CHECK ((discount_type = 'bxgy') = (buy_qty IS NOT NULL)),
  CHECK ((discount_type = 'bxgy') = (get_qty IS NOT NULL)),
  CHECK ((kind = 'category') = (scope_category IS NOT NULL)),
  CHECK ((kind = 'brand') = (scope_brand IS NOT NULL)),
  CHECK (starts_sim_us IS NULL OR ends_sim_us IS NULL OR starts_sim_us < ends_sim_us)
) STRICT;
INSERT INTO coupons_new (id, code, title, kind, discount_type, percent_bps, amount_minor,
    scope_category, scope_brand, min_spend_minor, min_qty, max_discount_minor, max_issuance,
    starts_sim_us, ends_sim_us, currency, active)
  SELECT id, code, title, kind, discount_type, percent_bps, amount_minor, scope_category,
    scope_brand, min_spend_minor, min_qty, max_discount_minor, max_issuance, starts_sim_us,
    ends_sim_us, currency, active FROM coupons;
DROP TABLE coupons;
ALTER TABLE coupons_new RENAME TO coupons;
CREATE INDEX coupons_kind ON coupons (kind, active);*/
/*postgres ALTER TABLE coupons
  DROP CONSTRAINT coupons_code_key,
  DROP CONSTRAINT coupons_discount_type_check,
  DROP CONSTRAINT coupons_check,
  DROP CONSTRAINT coupons_check1,
  ADD COLUMN version BIGINT NOT NULL DEFAULT 1 CHECK (version > 0),
  ADD COLUMN buy_qty BIGINT CHECK (buy_qty BETWEEN 1 AND 999),
  ADD COLUMN get_qty BIGINT CHECK (get_qty BETWEEN 1 AND 999),
  ADD COLUMN max_redemptions BIGINT CHECK (max_redemptions >= 0),
  ADD COLUMN max_discount_total_minor BIGINT CHECK (max_discount_total_minor > 0),
  ADD UNIQUE (code, version),
  ADD CHECK (discount_type IN ('percent', 'amount', 'fixed_price', 'bxgy')),
  ADD CHECK ((discount_type = 'percent') = (percent_bps IS NOT NULL)),
  ADD CHECK ((discount_type IN ('amount', 'fixed_price')) = (amount_minor IS NOT NULL)),
  ADD CHECK ((discount_type = 'bxgy') = (buy_qty IS NOT NULL)),
  ADD CHECK ((discount_type = 'bxgy') = (get_qty IS NOT NULL));*/

-- Runs: run 0 is the real shop. The limits of wallets stand in columns, so that a trigger can hold
-- them; null where a run was lived before this migration.
/*sqlite CREATE TABLE simulation_state_new (
  run_id INTEGER PRIMARY KEY CHECK (run_id >= 0),
  status TEXT NOT NULL CHECK (status IN ('running', 'stopped', 'finished', 'failed')),
  seed INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('fast', 'live', 'shop')),
  epoch_sim_us INTEGER NOT NULL,
  until_sim_us INTEGER NOT NULL CHECK (until_sim_us > epoch_sim_us),
  sim_now_us INTEGER NOT NULL CHECK (sim_now_us >= epoch_sim_us),
  epoch_wall_us INTEGER NOT NULL,
  updated_wall_us INTEGER NOT NULL,
  rate_num INTEGER NOT NULL DEFAULT 168 CHECK (rate_num > 0),
  rate_den INTEGER NOT NULL DEFAULT 1 CHECK (rate_den > 0),
  agents INTEGER NOT NULL CHECK (agents >= 0),
  activity_factor REAL NOT NULL CHECK (activity_factor > 0),
  settings TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  environment TEXT NOT NULL DEFAULT 'simulation' CHECK (environment IN ('simulation', 'production')),
  version INTEGER NOT NULL DEFAULT 0,
  frontstore_slots INTEGER CHECK (frontstore_slots >= 0),
  category_brand_slots INTEGER CHECK (category_brand_slots >= 0),
  coupon_life_us INTEGER CHECK (coupon_life_us > 0)
) STRICT;
INSERT INTO simulation_state_new (run_id, status, seed, mode, epoch_sim_us, until_sim_us,
    sim_now_us, epoch_wall_us, updated_wall_us, rate_num, rate_den, agents, activity_factor,
    settings, config_hash, engine_version, environment)
  SELECT run_id, status, seed, mode, epoch_sim_us, until_sim_us, sim_now_us, epoch_wall_us,
    updated_wall_us, rate_num, rate_den, agents, activity_factor, settings, config_hash,
    engine_version, environment FROM simulation_state;
DROP TABLE simulation_state;
ALTER TABLE simulation_state_new RENAME TO simulation_state;*/
/*postgres ALTER TABLE simulation_state
  DROP CONSTRAINT simulation_state_run_id_check,
  DROP CONSTRAINT simulation_state_mode_check,
  DROP CONSTRAINT simulation_state_agents_check,
  ADD CHECK (run_id >= 0),
  ADD CHECK (mode IN ('fast', 'live', 'shop')),
  ADD CHECK (agents >= 0),
  ADD COLUMN version BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN frontstore_slots BIGINT CHECK (frontstore_slots >= 0),
  ADD COLUMN category_brand_slots BIGINT CHECK (category_brand_slots >= 0),
  ADD COLUMN coupon_life_us BIGINT CHECK (coupon_life_us > 0);*/

-- What a shop has of a product; null: as much as anybody wants.
CREATE TABLE store_products (
  store_id BIGINT NOT NULL REFERENCES stores (id),
  product_id BIGINT NOT NULL REFERENCES products (id),
  on_hand BIGINT CHECK (on_hand >= 0),
  PRIMARY KEY (store_id, product_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- What runs share among their shoppers, each run its own copy, filled when the run is created. Only
-- what is limited has a row, so a checkout without limited goods writes nothing that is shared.
CREATE TABLE run_stock (
  run_id BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  initial_qty BIGINT NOT NULL CHECK (initial_qty >= 0),
  on_hand BIGINT NOT NULL CHECK (on_hand >= 0),
  PRIMARY KEY (run_id, store_id, product_id),
  CHECK (on_hand <= initial_qty)
) /*sqlite STRICT, WITHOUT ROWID*/;

CREATE TABLE run_coupons (
  run_id BIGINT NOT NULL,
  coupon_id BIGINT NOT NULL,
  max_issuance BIGINT CHECK (max_issuance >= 0),
  issued_count BIGINT NOT NULL DEFAULT 0 CHECK (issued_count >= 0),
  max_redemptions BIGINT CHECK (max_redemptions >= 0),
  redeemed_count BIGINT NOT NULL DEFAULT 0 CHECK (redeemed_count >= 0),
  max_discount_total_minor BIGINT CHECK (max_discount_total_minor >= 0),
  discount_total_minor BIGINT NOT NULL DEFAULT 0 CHECK (discount_total_minor >= 0),
  PRIMARY KEY (run_id, coupon_id),
  CHECK (max_issuance IS NULL OR issued_count <= max_issuance),
  CHECK (max_redemptions IS NULL OR redeemed_count <= max_redemptions),
  CHECK (max_discount_total_minor IS NULL OR discount_total_minor <= max_discount_total_minor)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- Calls that are safe to repeat: the answer that a key got, in the same transaction as its effects.
-- expires_wall_us null: lives as long as the run.
CREATE TABLE idempotency_keys (
  run_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  call_key TEXT NOT NULL CHECK (length(call_key) BETWEEN 1 AND 255),
  request_hash TEXT NOT NULL,
  answer TEXT,
  created_wall_us BIGINT NOT NULL,
  expires_wall_us BIGINT,
  PRIMARY KEY (run_id, user_id, call_key)
) /*sqlite STRICT, WITHOUT ROWID*/;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_wall_us)
  WHERE expires_wall_us IS NOT NULL;

-- What a coupon lived through after its assignment that user_coupons does not say by itself.
CREATE TABLE coupon_events (
  user_coupon_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  event TEXT NOT NULL CHECK (event = 'redeemed' OR event = 'reversed'),
  run_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
  occurred_sim_us BIGINT NOT NULL,
  recorded_wall_us BIGINT NOT NULL,
  PRIMARY KEY (user_coupon_id, order_id, event)
) /*sqlite STRICT, WITHOUT ROWID*/;

INSERT INTO coupon_events
  SELECT c.id, c.order_id, 'redeemed', c.run_id, c.user_id,
         coalesce((SELECT sum(d.amount_minor) FROM order_discounts d
                   WHERE d.order_id = c.order_id AND d.user_coupon_id = c.id), 0),
         c.ended_sim_us, 0
  FROM user_coupons c WHERE c.status = 'redeemed';

-- What a shopper means to use at the checkout. It reserves nothing.
CREATE TABLE cart_coupons (
  cart_id BIGINT NOT NULL,
  user_coupon_id BIGINT NOT NULL,
  PRIMARY KEY (cart_id, user_coupon_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- version: raised by each change. last_step: of a shopper's own numbered changes, so that one which
-- is sent twice is done once.
ALTER TABLE carts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE carts ADD COLUMN last_step BIGINT NOT NULL DEFAULT 0;

ALTER TABLE orders ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0
  CHECK (refunded_minor >= 0 AND refunded_minor <= total_minor);
-- Nobody orders twice in the same simulated hour of a run.
CREATE UNIQUE INDEX orders_one_an_hour
  ON orders (run_id, user_id, (placed_sim_us / 3600000000)) WHERE is_simulated = 1;

ALTER TABLE order_items ADD COLUMN refunded_qty BIGINT NOT NULL DEFAULT 0
  CHECK (refunded_qty >= 0 AND refunded_qty <= qty);

-- An agent is in the shop once.
CREATE UNIQUE INDEX shopping_sessions_one_open ON shopping_sessions (run_id, user_id)
  WHERE ended_sim_us IS NULL;

-- Refreshes to come: pending until a worker has claimed and done them.
ALTER TABLE offer_cycles ADD COLUMN users_total BIGINT NOT NULL DEFAULT 0;
ALTER TABLE user_offer_cycles ADD COLUMN due_sim_us BIGINT;
ALTER TABLE user_offer_cycles ADD COLUMN allotted BIGINT NOT NULL DEFAULT 0
  CHECK (allotted = 0 OR allotted = 1);
CREATE INDEX user_offer_cycles_pending ON user_offer_cycles (cycle_id, due_sim_us, user_id)
  WHERE status = 'pending';

-- Capped coupons, handed out in shopper order before the refreshes that put them into wallets.
CREATE TABLE allotments (
  cycle_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  coupon_id BIGINT NOT NULL,
  probability DOUBLE PRECISION NOT NULL CHECK (probability > 0 AND probability <= 1),
  PRIMARY KEY (cycle_id, user_id, coupon_id)
) /*sqlite STRICT, WITHOUT ROWID*/;

-- A wallet has no more places than its run allows (invariant 1).
/*sqlite CREATE TRIGGER user_coupons_within_capacity BEFORE INSERT ON user_coupons
WHEN NEW.slot >= (SELECT CASE NEW.lane WHEN 'frontstore' THEN frontstore_slots
                         ELSE category_brand_slots END
                  FROM simulation_state WHERE run_id = NEW.run_id)
BEGIN
  SELECT RAISE(ABORT, 'the wallet has no such slot: its run allows fewer');
END;*/
/*postgres CREATE FUNCTION check_wallet_capacity() RETURNS trigger LANGUAGE plpgsql
SET search_path = footfall AS $$
BEGIN
  IF EXISTS (SELECT FROM added a JOIN simulation_state s ON s.run_id = a.run_id
             WHERE a.slot >= CASE a.lane WHEN 'frontstore' THEN s.frontstore_slots
                                         ELSE s.category_brand_slots END) THEN
    RAISE EXCEPTION 'the wallet has no such slot: its run allows fewer' USING ERRCODE = 'FF001';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER user_coupons_within_capacity AFTER INSERT ON user_coupons
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_wallet_capacity();*/

-- R5: the same tables as people ask for them.
CREATE VIEW offer_cycle_overview AS
SELECT c.id, c.run_id, c.seq AS cycle_number,
       c.status = 'active' AS is_current,
       c.starts_sim_us, c.ends_sim_us,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', c.starts_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(c.starts_sim_us / 1000000.0)*/ AS simulated_start_date,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', c.ends_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(c.ends_sim_us / 1000000.0)*/ AS simulated_end_date,
       c.policy, c.policy_version, c.users_total, c.users_done, c.assigned, c.skipped_capacity,
       c.expired, c.superseded, s.environment = 'simulation' AS is_simulation
FROM offer_cycles c JOIN simulation_state s ON s.run_id = c.run_id;

CREATE VIEW user_offer_cycle_overview AS
SELECT u.user_id, c.run_id, c.id AS current_cycle, c.cycle_number, u.status,
       u.assigned_sim_us AS last_refresh_sim_us,
       CASE u.status WHEN 'pending' THEN u.due_sim_us
         ELSE u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us) END AS next_refresh_sim_us,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', u.assigned_sim_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(u.assigned_sim_us / 1000000.0)*/ AS last_refresh,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', CASE u.status WHEN 'pending' THEN u.due_sim_us
           ELSE u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us) END / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(CASE u.status WHEN 'pending' THEN u.due_sim_us
           ELSE u.assigned_sim_us + (c.ends_sim_us - c.starts_sim_us) END / 1000000.0)*/
         AS next_refresh,
       c.simulated_start_date, c.simulated_end_date, c.is_simulation,
       u.n_frontstore, u.n_category_brand, u.n_skipped_capacity, u.n_expired, u.n_superseded
FROM user_offer_cycles u JOIN offer_cycle_overview c ON c.id = u.cycle_id;

CREATE VIEW order_overview AS
SELECT o.id, o.run_id, o.user_id, u.email, o.store_id, s.code AS store, o.status, o.currency,
       o.subtotal_minor, o.discount_minor, o.total_minor, o.refunded_minor, o.is_simulated,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', o.placed_wall_us / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(o.placed_wall_us / 1000000.0)*/ AS placed_at,
       /*sqlite strftime('%Y-%m-%dT%H:%M:%SZ', o.simulated_at / 1000000, 'unixepoch')*/
       /*postgres to_timestamp(o.simulated_at / 1000000.0)*/ AS simulated_at
FROM orders o JOIN users u ON u.id = o.user_id LEFT JOIN stores s ON s.id = o.store_id;

-- Everything that happened to wallet coupons, in one list.
CREATE VIEW coupon_history AS
SELECT id AS user_coupon_id, run_id, user_id, coupon_id, 'assigned' AS event, assigned_sim_us AS at_sim_us,
       CAST(NULL AS BIGINT) AS order_id FROM user_coupons
UNION ALL
SELECT id, run_id, user_id, coupon_id, status, ended_sim_us, NULL FROM user_coupons
  WHERE status <> 'active' AND status <> 'redeemed' AND status <> 'reversed'
UNION ALL
SELECT e.user_coupon_id, e.run_id, e.user_id, c.coupon_id, e.event, e.occurred_sim_us, e.order_id
  FROM coupon_events e JOIN user_coupons c ON c.id = e.user_coupon_id;

-- Numbers of carts and orders of the real shop; those of runs follow from what they are about.
/*postgres CREATE SEQUENCE shop_numbers;*/

-- Nobody but the owner reaches this schema, not even where somebody grants it by mistake.
/*postgres DO $$
DECLARE name text;
BEGIN
  REVOKE ALL ON SCHEMA footfall FROM PUBLIC;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'footfall' LOOP
    EXECUTE format('ALTER TABLE footfall.%I ENABLE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;*/
