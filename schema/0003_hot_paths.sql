-- PostgreSQL only: the hot paths as functions, two calls a checkout, pricing in C++ between them
-- (src/store/checkout.hpp). The backend keeps their plans, also behind a pooler. SQLite does the same
-- in one closure on its writer's thread (src/store/sqlite/).
--
-- Locks are always taken in this order, so that nobody waits in a circle: idempotency key, cart (or
-- order), stock by product, wallet rows by id, capped coupons by id. (A return writes its key last:
-- its order's lock keeps twins apart.) A guard that finds another number of rows than it expects
-- raises FF002: the transaction is over, whatever was sent after it.
--
-- enable_seqscan: a plan that was made while a table was small reads it from end to end, and a pooled
-- connection keeps its plans for hours while the table grows.
/*postgres 
-- Looks at a cart that is to be changed, and locks it. Answers {status, cart, version, lines}: status
-- 0 it may be changed, 1 this step was taken before, 2 the version is another, 3 there is no such cart
-- of this shopper (cart 0), or it is closed.
CREATE FUNCTION footfall.cart_look(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  p_step bigint, p_version bigint)
RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_cart bigint;
  v_version bigint;
  v_step bigint;
  v_status text;
BEGIN
  IF p_cart IS NULL THEN
    SELECT id, version, last_step, status INTO v_cart, v_version, v_step, v_status
    FROM footfall.carts
    WHERE run_id = p_run AND user_id = p_user AND store_id = p_store AND status = 'open'
    FOR UPDATE;
  ELSE
    SELECT id, version, last_step, status INTO v_cart, v_version, v_step, v_status
    FROM footfall.carts WHERE id = p_cart AND user_id = p_user AND run_id = p_run
    FOR UPDATE;
  END IF;
  IF NOT FOUND THEN
    RETURN ARRAY[3, 0, 0, 0];
  END IF;
  IF p_step > 0 AND v_step >= p_step THEN
    RETURN ARRAY[1, v_cart, v_version,
                 (SELECT count(*) FROM footfall.cart_items WHERE cart_id = v_cart)];
  END IF;
  IF v_status <> 'open' THEN
    RETURN ARRAY[3, v_cart, v_version, 0];
  END IF;
  RETURN ARRAY[CASE WHEN v_version <> p_version THEN 2 ELSE 0 END, v_cart, v_version, 0];
END $$;

-- The answer to a change that is done, unless the cart has grown too long for it to stand.
CREATE FUNCTION footfall.cart_done(p_cart bigint, p_version bigint, p_lines_max bigint)
RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_lines bigint;
BEGIN
  SELECT count(*) INTO v_lines FROM footfall.cart_items WHERE cart_id = p_cart;
  IF v_lines > p_lines_max THEN
    RAISE EXCEPTION 'the cart has % lines', v_lines USING ERRCODE = 'FF003';
  END IF;
  RETURN ARRAY[0, p_cart, p_version, v_lines];
END $$;

-- Adds lines to the shopper's open cart, opening one if there is none. Answers as cart_look does, with
-- status 0 for done, and 4 where another cart of this shopper is open.
CREATE FUNCTION footfall.cart_add(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  p_session bigint, p_currency text, p_step bigint, p_version bigint, p_at bigint,
  p_lines_max bigint, p_products bigint[], p_qtys bigint[], p_prices bigint[])
RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_cart bigint;
  v_version bigint;
  v_seen bigint[];
BEGIN
  FOR attempt IN 1..3 LOOP
    IF p_cart IS NULL THEN
      UPDATE footfall.carts SET version = version + 1, last_step = greatest(last_step, p_step)
      WHERE run_id = p_run AND user_id = p_user AND store_id = p_store AND status = 'open'
        AND (p_step = 0 OR last_step < p_step) AND (p_version IS NULL OR version = p_version)
      RETURNING id, version INTO v_cart, v_version;
    ELSE
      UPDATE footfall.carts SET version = version + 1, last_step = greatest(last_step, p_step)
      WHERE id = p_cart AND user_id = p_user AND run_id = p_run AND status = 'open'
        AND (p_step = 0 OR last_step < p_step) AND (p_version IS NULL OR version = p_version)
      RETURNING id, version INTO v_cart, v_version;
    END IF;
    EXIT WHEN FOUND;
    INSERT INTO footfall.carts (id, run_id, user_id, store_id, session_id, currency, status,
      created_sim_us, closed_sim_us, version, last_step)
    SELECT coalesce(p_cart, nextval('footfall.shop_numbers')), p_run, p_user, p_store, p_session,
      p_currency, 'open', p_at, NULL, 1, p_step
    WHERE p_version IS NULL
    ON CONFLICT DO NOTHING RETURNING id, version INTO v_cart, v_version;
    EXIT WHEN FOUND;
    -- Somebody was quicker, or the cart is not as expected.
    v_seen := footfall.cart_look(p_run, p_user, p_store, p_cart, p_step, p_version);
    IF v_seen[2] = 0 THEN
      CONTINUE WHEN p_cart IS NULL AND p_version IS NULL;
      IF p_version IS NULL AND NOT EXISTS (SELECT FROM footfall.carts WHERE id = p_cart) THEN
        RETURN ARRAY[4, 0, 0, 0];
      END IF;
    END IF;
    IF v_seen[1] <> 0 THEN
      RETURN v_seen;
    END IF;
  END LOOP;
  IF v_cart IS NULL THEN
    RAISE EXCEPTION 'the cart changed three times while lines were added' USING ERRCODE = '40001';
  END IF;
  INSERT INTO footfall.cart_items AS i (cart_id, product_id, qty, price_seen_minor)
  SELECT v_cart, l.product, l.qty, l.price
  FROM unnest(p_products, p_qtys, p_prices) AS l (product, qty, price)
  ON CONFLICT (cart_id, product_id)
    DO UPDATE SET qty = i.qty + excluded.qty, price_seen_minor = excluded.price_seen_minor;
  RETURN footfall.cart_done(v_cart, v_version, p_lines_max);
END $$;

-- Sets quantities (0 takes the line out), or the cart's coupons, or closes the cart as abandoned.
-- Answers as cart_add does.
CREATE FUNCTION footfall.cart_change(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  p_step bigint, p_version bigint, p_at bigint, p_products bigint[], p_qtys bigint[],
  p_prices bigint[], p_coupons bigint[], p_abandon boolean, p_lines_max bigint)
RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_seen bigint[] := footfall.cart_look(p_run, p_user, p_store, p_cart, p_step, p_version);
  v_cart bigint := v_seen[2];
  v_version bigint;
BEGIN
  IF v_seen[1] <> 0 THEN
    RETURN v_seen;
  END IF;
  UPDATE footfall.carts
  SET version = version + 1, last_step = greatest(last_step, p_step),
      status = CASE WHEN p_abandon THEN 'abandoned' ELSE status END,
      closed_sim_us = CASE WHEN p_abandon THEN p_at END
  WHERE id = v_cart RETURNING version INTO v_version;
  IF cardinality(p_products) > 0 THEN
    DELETE FROM footfall.cart_items i USING unnest(p_products, p_qtys) AS l (product, qty)
    WHERE i.cart_id = v_cart AND i.product_id = l.product AND l.qty = 0;
    INSERT INTO footfall.cart_items (cart_id, product_id, qty, price_seen_minor)
    SELECT v_cart, l.product, l.qty, l.price
    FROM unnest(p_products, p_qtys, p_prices) AS l (product, qty, price) WHERE l.qty > 0
    ON CONFLICT (cart_id, product_id)
      DO UPDATE SET qty = excluded.qty, price_seen_minor = excluded.price_seen_minor;
  END IF;
  IF p_coupons IS NOT NULL THEN
    DELETE FROM footfall.cart_coupons WHERE cart_id = v_cart AND user_coupon_id <> ALL (p_coupons);
    INSERT INTO footfall.cart_coupons (cart_id, user_coupon_id)
    SELECT v_cart, c FROM unnest(p_coupons) AS c ON CONFLICT DO NOTHING;
  END IF;
  RETURN footfall.cart_done(v_cart, v_version, p_lines_max);
END $$;

-- The open cart of a shopper: lines by product, coupons by id.
CREATE FUNCTION footfall.cart_view(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  OUT cart bigint, OUT version bigint, OUT products bigint[], OUT qtys bigint[],
  OUT prices bigint[], OUT coupons bigint[])
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  IF p_cart IS NULL THEN
    SELECT c.id, c.version INTO cart, version FROM footfall.carts c
    WHERE c.run_id = p_run AND c.user_id = p_user AND c.store_id = p_store AND c.status = 'open';
  ELSE
    SELECT c.id, c.version INTO cart, version FROM footfall.carts c
    WHERE c.id = p_cart AND c.run_id = p_run AND c.user_id = p_user AND c.status = 'open';
  END IF;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT array_agg(i.product_id), array_agg(i.qty), array_agg(i.price_seen_minor)
  INTO products, qtys, prices
  FROM (SELECT * FROM footfall.cart_items x WHERE x.cart_id = cart ORDER BY x.product_id) i;
  SELECT array_agg(u.user_coupon_id ORDER BY u.user_coupon_id) INTO coupons
  FROM footfall.cart_coupons u WHERE u.cart_id = cart;
END $$;

-- A shopper's good coupons, in columns, by id.
CREATE FUNCTION footfall.wallet(p_run bigint, p_user bigint, p_at bigint, OUT ids bigint[],
  OUT coupons bigint[], OUT assigned bigint[], OUT expires bigint[])
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  SELECT array_agg(w.id), array_agg(w.coupon_id), array_agg(w.assigned_sim_us),
         array_agg(w.expires_sim_us)
  INTO ids, coupons, assigned, expires
  FROM (SELECT c.id, c.coupon_id, c.assigned_sim_us, c.expires_sim_us
        FROM footfall.user_coupons c
        WHERE c.run_id = p_run AND c.user_id = p_user AND c.status = 'active'
          AND c.assigned_sim_us <= p_at AND p_at < c.expires_sim_us
        ORDER BY c.id) w;
END $$;

-- First half of a checkout: claims the key, converts the cart, reads and locks what will be needed.
-- status 0 go on, 1 this key was answered before (the answer), 2 the key belongs to another request,
-- 3 there is no such open cart, 4 the cart's version is another. With 2, 3 and 4 the caller rolls
-- back. p_order null: `number` is the next free one. p_coupons null: those in the cart. p_limited:
-- the run has limited stock or capped coupons.
CREATE FUNCTION footfall.checkout_begin(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  p_version bigint, p_order bigint, p_key text, p_hash text, p_at bigint, p_wall bigint,
  p_key_life bigint, p_coupons bigint[], p_limited boolean, p_simulated boolean,
  OUT status bigint, OUT answer text, OUT number bigint, OUT cart bigint, OUT session bigint,
  OUT products bigint[], OUT qtys bigint[], OUT wanted bigint[],
  OUT coupons bigint[], OUT definitions bigint[], OUT states text[], OUT assigned bigint[],
  OUT expires bigint[],
  OUT stock_products bigint[], OUT stock_left bigint[],
  OUT capped bigint[], OUT redemptions_left bigint[], OUT discount_left bigint[],
  OUT store bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_hash text;
BEGIN
  status := 0;
  IF p_key IS NOT NULL THEN
    INSERT INTO footfall.idempotency_keys (run_id, user_id, call_key, request_hash,
      created_wall_us, expires_wall_us)
    VALUES (p_run, p_user, p_key, p_hash, p_wall, p_wall + p_key_life) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      SELECT k.request_hash, k.answer INTO v_hash, answer FROM footfall.idempotency_keys k
      WHERE k.run_id = p_run AND k.user_id = p_user AND k.call_key = p_key;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a key ran out while it was looked at' USING ERRCODE = '40001';
      END IF;
      status := CASE WHEN v_hash = p_hash THEN 1 ELSE 2 END;
      RETURN;
    END IF;
  END IF;
  IF p_cart IS NULL THEN
    UPDATE footfall.carts c SET status = 'converted', version = version + 1, closed_sim_us = p_at
    WHERE c.run_id = p_run AND c.user_id = p_user AND c.store_id = p_store AND c.status = 'open'
      AND (p_version IS NULL OR c.version = p_version)
    RETURNING c.id, c.session_id, c.store_id INTO cart, session, store;
  ELSE
    UPDATE footfall.carts c SET status = 'converted', version = version + 1, closed_sim_us = p_at
    WHERE c.id = p_cart AND c.user_id = p_user AND c.run_id = p_run AND c.status = 'open'
      AND (p_version IS NULL OR c.version = p_version)
    RETURNING c.id, c.session_id, c.store_id INTO cart, session, store;
  END IF;
  IF NOT FOUND THEN
    status := CASE WHEN EXISTS (
        SELECT FROM footfall.carts c
        WHERE c.run_id = p_run AND c.user_id = p_user AND c.status = 'open'
          AND CASE WHEN p_cart IS NULL THEN c.store_id = p_store ELSE c.id = p_cart END)
      THEN 4 ELSE 3 END;
    RETURN;
  END IF;
  IF p_simulated AND EXISTS (
      SELECT FROM footfall.orders o
      WHERE o.run_id = p_run AND o.user_id = p_user AND o.is_simulated = 1
        AND o.placed_sim_us / 3600000000 = p_at / 3600000000) THEN
    status := 5;
    RETURN;
  END IF;
  number := coalesce(p_order, nextval('footfall.shop_numbers'));
  SELECT array_agg(i.product_id), array_agg(i.qty) INTO products, qtys
  FROM (SELECT x.product_id, x.qty FROM footfall.cart_items x WHERE x.cart_id = cart
        ORDER BY x.product_id) i;
  IF p_limited THEN
    SELECT array_agg(s.product_id), array_agg(s.on_hand) INTO stock_products, stock_left
    FROM (SELECT x.product_id, x.on_hand FROM footfall.run_stock x
          WHERE x.run_id = p_run AND x.store_id = store AND x.product_id = ANY (products)
          ORDER BY x.product_id FOR UPDATE) s;
  END IF;
  IF p_coupons IS NULL THEN
    SELECT coalesce(array_agg(x.user_coupon_id), '{}') INTO p_coupons
    FROM footfall.cart_coupons x WHERE x.cart_id = cart;
  END IF;
  wanted := p_coupons;
  IF cardinality(p_coupons) > 0 THEN
    SELECT array_agg(w.id), array_agg(w.coupon_id), array_agg(w.status),
           array_agg(w.assigned_sim_us), array_agg(w.expires_sim_us)
    INTO coupons, definitions, states, assigned, expires
    FROM (SELECT x.id, x.coupon_id, x.status, x.assigned_sim_us, x.expires_sim_us
          FROM footfall.user_coupons x
          WHERE x.id = ANY (p_coupons) AND x.user_id = p_user AND x.run_id = p_run
          ORDER BY x.id FOR UPDATE) w;
    IF p_limited THEN
      SELECT array_agg(r.coupon_id), array_agg(r.redemptions), array_agg(r.discount)
      INTO capped, redemptions_left, discount_left
      FROM (SELECT x.coupon_id, coalesce(x.max_redemptions - x.redeemed_count, -1) AS redemptions,
                   coalesce(x.max_discount_total_minor - x.discount_total_minor, -1) AS discount
            FROM footfall.run_coupons x
            WHERE x.run_id = p_run AND x.coupon_id = ANY (definitions)
              AND (x.max_redemptions IS NOT NULL OR x.max_discount_total_minor IS NOT NULL)
            ORDER BY x.coupon_id FOR UPDATE) r;
    END IF;
  END IF;
END $$;

-- Second half: writes the order, with guards.
CREATE FUNCTION footfall.checkout_finish(p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
  p_session bigint, p_order bigint, p_key text, p_answer text, p_currency text, p_subtotal bigint,
  p_discount bigint, p_total bigint, p_at bigint, p_wall bigint, p_simulated boolean,
  p_products bigint[], p_qtys bigint[], p_prices bigint[], p_discounts bigint[],
  p_off_lines bigint[], p_off_coupons bigint[], p_off_definitions bigint[], p_off_amounts bigint[],
  p_redeemed bigint[], p_stock_products bigint[], p_stock_qtys bigint[],
  p_capped bigint[], p_capped_amounts bigint[])
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF cardinality(p_stock_products) > 0 THEN
    UPDATE footfall.run_stock s SET on_hand = s.on_hand - l.qty
    FROM unnest(p_stock_products, p_stock_qtys) AS l (product, qty)
    WHERE s.run_id = p_run AND s.store_id = p_store AND s.product_id = l.product
      AND s.on_hand >= l.qty;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> cardinality(p_stock_products) THEN
      RAISE EXCEPTION 'stock changed under a lock' USING ERRCODE = 'FF002';
    END IF;
  END IF;
  INSERT INTO footfall.orders (id, run_id, cart_id, user_id, store_id, session_id, status, currency,
    subtotal_minor, discount_minor, total_minor, placed_sim_us, placed_wall_us, is_simulated,
    simulated_at)
  VALUES (p_order, p_run, p_cart, p_user, p_store, p_session, 'placed', p_currency, p_subtotal,
    p_discount, p_total, p_at, p_wall, CASE WHEN p_simulated THEN 1 ELSE 0 END,
    CASE WHEN p_simulated THEN p_at END);
  INSERT INTO footfall.order_items (order_id, line_no, product_id, qty, unit_price_minor,
    line_discount_minor, line_total_minor)
  SELECT p_order, l.n, l.product, l.qty, l.price, l.discount, l.qty * l.price - l.discount
  FROM unnest(p_products, p_qtys, p_prices, p_discounts) WITH ORDINALITY
    AS l (product, qty, price, discount, n);
  IF cardinality(p_redeemed) > 0 THEN
    UPDATE footfall.user_coupons c SET status = 'redeemed', order_id = p_order, ended_sim_us = p_at
    WHERE c.id = ANY (p_redeemed) AND c.user_id = p_user AND c.run_id = p_run
      AND c.status = 'active' AND c.assigned_sim_us <= p_at AND p_at < c.expires_sim_us;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> cardinality(p_redeemed) THEN
      RAISE EXCEPTION 'a coupon changed under a lock' USING ERRCODE = 'FF002';
    END IF;
    INSERT INTO footfall.order_discounts (order_id, line_no, user_coupon_id, coupon_id, amount_minor)
    SELECT p_order, l.line, l.coupon, l.definition, l.amount
    FROM unnest(p_off_lines, p_off_coupons, p_off_definitions, p_off_amounts)
      AS l (line, coupon, definition, amount);
    INSERT INTO footfall.coupon_events (user_coupon_id, order_id, event, run_id, user_id,
      amount_minor, occurred_sim_us, recorded_wall_us)
    SELECT l.coupon, p_order, 'redeemed', p_run, p_user, sum(l.amount), p_at, p_wall
    FROM unnest(p_off_coupons, p_off_amounts) AS l (coupon, amount) GROUP BY l.coupon;
  END IF;
  IF cardinality(p_capped) > 0 THEN
    UPDATE footfall.run_coupons r
    SET redeemed_count = r.redeemed_count + 1,
        discount_total_minor = r.discount_total_minor + l.amount
    FROM unnest(p_capped, p_capped_amounts) AS l (coupon, amount)
    WHERE r.run_id = p_run AND r.coupon_id = l.coupon
      AND (r.max_redemptions IS NULL OR r.redeemed_count < r.max_redemptions)
      AND (r.max_discount_total_minor IS NULL
           OR r.discount_total_minor + l.amount <= r.max_discount_total_minor);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> cardinality(p_capped) THEN
      RAISE EXCEPTION 'a capped coupon changed under a lock' USING ERRCODE = 'FF002';
    END IF;
  END IF;
  IF p_key IS NOT NULL THEN
    UPDATE footfall.idempotency_keys k SET answer = p_answer
    WHERE k.run_id = p_run AND k.user_id = p_user AND k.call_key = p_key AND k.answer IS NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the key of a checkout is gone' USING ERRCODE = 'FF002';
    END IF;
  END IF;
  RETURN p_order;
END $$;

-- A checkout that the shop's rules refuse: the cart is open again, the key keeps the refusal.
CREATE FUNCTION footfall.checkout_refuse(p_run bigint, p_user bigint, p_cart bigint, p_key text,
  p_answer text)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  UPDATE footfall.carts SET status = 'open', closed_sim_us = NULL, version = version - 1
  WHERE id = p_cart AND user_id = p_user AND run_id = p_run AND status = 'converted';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the cart of a checkout is gone' USING ERRCODE = 'FF002';
  END IF;
  IF p_key IS NOT NULL THEN
    UPDATE footfall.idempotency_keys SET answer = p_answer
    WHERE run_id = p_run AND user_id = p_user AND call_key = p_key AND answer IS NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the key of a checkout is gone' USING ERRCODE = 'FF002';
    END IF;
  END IF;
  RETURN 0;
END $$;

-- Writes what a trip left behind and ends its session.
CREATE FUNCTION footfall.trip_end(p_session bigint, p_run bigint, p_agent bigint, p_outcome text,
  p_order bigint, p_ended bigint, p_wall bigint, p_version bigint,
  p_types text[], p_times bigint[], p_products bigint[], p_qtys bigint[], p_coupons bigint[],
  p_listings bigint[], p_amounts bigint[], p_payloads text[],
  p_kinds text[], p_chosen bigint[], p_decision_coupons bigint[], p_probabilities float8[],
  p_draws float8[], p_features text[], p_source text, p_decided bigint, p_abandon bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF p_abandon IS NOT NULL THEN
    UPDATE footfall.carts SET status = 'abandoned', closed_sim_us = p_ended, version = version + 1
    WHERE id = p_abandon AND status = 'open';
  END IF;
  UPDATE footfall.shopping_sessions
  SET outcome = p_outcome, order_id = p_order, ended_sim_us = p_ended, recorded_wall_us = p_wall,
      n_events = cardinality(p_types)
  WHERE id = p_session AND ended_sim_us IS NULL;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM footfall.shopping_sessions WHERE id = p_session) THEN
      RETURN -1;  -- its answer was lost; it is done
    END IF;
    RAISE EXCEPTION 'session % was never opened', p_session USING ERRCODE = 'FF002';
  END IF;
  INSERT INTO footfall.shopping_session_events (session_id, seq, run_id, type, occurred_sim_us,
    product_id, qty, user_coupon_id, listing_id, amount_minor, payload, schema_version)
  SELECT p_session, e.n - 1, p_run, e.type, e.at, e.product, e.qty, e.coupon, e.listing, e.amount,
         e.payload, p_version
  FROM unnest(p_types, p_times, p_products, p_qtys, p_coupons, p_listings, p_amounts, p_payloads)
    WITH ORDINALITY AS e (type, at, product, qty, coupon, listing, amount, payload, n);
  INSERT INTO footfall.simulation_decisions (visit_id, step, run_id, agent_id, kind, chosen,
    user_coupon_id, probability, draw, features, source, decided_sim_us)
  SELECT p_session, d.n - 1, p_run, p_agent, d.kind, d.chosen, d.coupon, d.probability, d.draw,
         d.features, p_source, p_decided
  FROM unnest(p_kinds, p_chosen, p_decision_coupons, p_probabilities, p_draws, p_features)
    WITH ORDINALITY AS d (kind, chosen, coupon, probability, draw, features, n);
  RETURN cardinality(p_types);
END $$;

-- Opens an offer cycle: the one before is closed, its listings and the refreshes to come are written.
-- Answers false if it was open already (done before, or by somebody else).
CREATE FUNCTION footfall.cycle_open(p_cycle bigint, p_run bigint, p_seq bigint, p_starts bigint,
  p_ends bigint, p_policy text, p_policy_version bigint,
  p_listings bigint[], p_positions bigint[], p_categories text[], p_products bigint[],
  p_prices bigint[], p_users bigint[], p_due bigint[])
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM FROM footfall.simulation_state WHERE run_id = p_run FOR UPDATE;
  IF EXISTS (SELECT FROM footfall.offer_cycles WHERE id = p_cycle) THEN
    RETURN false;
  END IF;
  UPDATE footfall.offer_cycles SET status = 'closed' WHERE run_id = p_run AND status = 'active';
  INSERT INTO footfall.offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy,
    policy_version, users_total)
  VALUES (p_cycle, p_run, p_seq, p_starts, p_ends, 'active', p_policy, p_policy_version,
    cardinality(p_users));
  INSERT INTO footfall.listings (listing_id, position, run_id, cycle_id, category, product_id,
    price_minor)
  SELECT l.listing, l.position, p_run, p_cycle, l.category, l.product, l.price
  FROM unnest(p_listings, p_positions, p_categories, p_products, p_prices)
    AS l (listing, position, category, product, price);
  INSERT INTO footfall.user_offer_cycles (cycle_id, user_id, status, due_sim_us)
  SELECT p_cycle, u.user_id, 'pending', u.due FROM unnest(p_users, p_due) AS u (user_id, due);
  RETURN true;
END $$;

-- The due refreshes whose capped coupons are not handed out yet, in user order, their wallets, and
-- how many of each capped coupon are out. Locks the run, so only one does this at once.
CREATE FUNCTION footfall.allot_claim(p_run bigint, p_cycle bigint, p_at bigint,
  OUT users bigint[], OUT w_users bigint[], OUT w_ids bigint[], OUT w_coupons bigint[],
  OUT w_slots bigint[], OUT w_fronts bigint[], OUT w_assigned bigint[],
  OUT capped bigint[], OUT issued bigint[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM FROM footfall.simulation_state WHERE run_id = p_run FOR UPDATE;
  SELECT array_agg(u.user_id) INTO users
  FROM (SELECT user_id FROM footfall.user_offer_cycles
        WHERE cycle_id = p_cycle AND status = 'pending' AND due_sim_us <= p_at AND allotted = 0
        ORDER BY user_id FOR UPDATE) u;
  SELECT array_agg(w.user_id), array_agg(w.id), array_agg(w.coupon_id), array_agg(w.slot),
         array_agg(w.front), array_agg(w.assigned_sim_us)
  INTO w_users, w_ids, w_coupons, w_slots, w_fronts, w_assigned
  FROM (SELECT c.user_id, c.id, c.coupon_id, c.slot, (c.lane = 'frontstore')::int AS front,
               c.assigned_sim_us
        FROM footfall.user_coupons c
        WHERE c.run_id = p_run AND c.status = 'active' AND c.user_id = ANY (users)) w;
  SELECT array_agg(r.coupon_id), array_agg(r.issued_count) INTO capped, issued
  FROM (SELECT x.coupon_id, x.issued_count FROM footfall.run_coupons x WHERE x.run_id = p_run
        ORDER BY x.coupon_id FOR UPDATE) r;
END $$;

CREATE FUNCTION footfall.allot_write(p_run bigint, p_cycle bigint, p_done bigint[],
  p_users bigint[], p_coupons bigint[], p_probabilities float8[])
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  INSERT INTO footfall.allotments (cycle_id, user_id, coupon_id, probability)
  SELECT p_cycle, a.user_id, a.coupon, a.probability
  FROM unnest(p_users, p_coupons, p_probabilities) AS a (user_id, coupon, probability);
  UPDATE footfall.run_coupons r SET issued_count = r.issued_count + a.n
  FROM (SELECT c.coupon, count(*) AS n FROM unnest(p_coupons) AS c (coupon) GROUP BY c.coupon) a
  WHERE r.run_id = p_run AND r.coupon_id = a.coupon;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> (SELECT count(DISTINCT c) FROM unnest(p_coupons) AS c) THEN
    RAISE EXCEPTION 'a coupon was allotted that this run has no counter of' USING ERRCODE = 'FF002';
  END IF;
  UPDATE footfall.user_offer_cycles SET allotted = 1
  WHERE cycle_id = p_cycle AND user_id = ANY (p_done) AND allotted = 0;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> cardinality(p_done) THEN
    RAISE EXCEPTION 'a refresh was allotted twice' USING ERRCODE = 'FF002';
  END IF;
  RETURN cardinality(p_users);
END $$;

-- Claims due refreshes that nobody else has claimed, and reads and locks their wallets.
CREATE FUNCTION footfall.refresh_claim(p_run bigint, p_cycle bigint, p_at bigint, p_most bigint,
  p_user bigint, p_need_allotted boolean,
  OUT users bigint[], OUT w_users bigint[], OUT w_ids bigint[], OUT w_coupons bigint[],
  OUT w_slots bigint[], OUT w_fronts bigint[], OUT w_assigned bigint[],
  OUT a_users bigint[], OUT a_coupons bigint[], OUT a_probabilities text[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  SELECT array_agg(u.user_id) INTO users
  FROM (SELECT user_id FROM footfall.user_offer_cycles
        WHERE cycle_id = p_cycle AND status = 'pending' AND due_sim_us <= p_at
          AND (p_user IS NULL OR user_id = p_user) AND (allotted = 1 OR NOT p_need_allotted)
        ORDER BY due_sim_us, user_id LIMIT p_most FOR UPDATE SKIP LOCKED) u;
  SELECT array_agg(w.user_id), array_agg(w.id), array_agg(w.coupon_id), array_agg(w.slot),
         array_agg(w.front), array_agg(w.assigned_sim_us)
  INTO w_users, w_ids, w_coupons, w_slots, w_fronts, w_assigned
  FROM (SELECT c.user_id, c.id, c.coupon_id, c.slot, (c.lane = 'frontstore')::int AS front,
               c.assigned_sim_us
        FROM footfall.user_coupons c
        WHERE c.run_id = p_run AND c.status = 'active' AND c.user_id = ANY (users)
        ORDER BY c.id FOR UPDATE) w;
  SELECT array_agg(a.user_id), array_agg(a.coupon_id), array_agg(a.probability::text)
  INTO a_users, a_coupons, a_probabilities
  FROM (SELECT x.user_id, x.coupon_id, x.probability FROM footfall.allotments x
        WHERE x.cycle_id = p_cycle AND x.user_id = ANY (users)
        ORDER BY x.user_id, x.coupon_id) a;
END $$;

-- Writes refreshed wallets. Guards: each coupon that ends was active, each refresh was pending. A
-- place or coupon that was taken since the claim (by one that a cancelled order gave back) is 40001:
-- the caller claims again.
CREATE FUNCTION footfall.refresh_write(p_run bigint, p_cycle bigint, p_at bigint, p_expires bigint,
  p_policy text, p_policy_version bigint, p_front_slots bigint,
  p_ended bigint[], p_ended_as text[], p_ended_at bigint[],
  p_ids bigint[], p_owners bigint[], p_coupons bigint[], p_slots bigint[], p_probabilities float8[],
  p_users bigint[], p_fronts bigint[], p_others bigint[], p_skipped bigint[], p_expired bigint[],
  p_superseded bigint[])
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF cardinality(p_ended) > 0 THEN
    UPDATE footfall.user_coupons c SET status = e.how, ended_sim_us = e.at
    FROM unnest(p_ended, p_ended_as, p_ended_at) AS e (id, how, at)
    WHERE c.id = e.id AND c.status = 'active';
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> cardinality(p_ended) THEN
      RAISE EXCEPTION 'a coupon changed under a lock' USING ERRCODE = 'FF002';
    END IF;
  END IF;
  INSERT INTO footfall.user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, status,
    policy, policy_version, probability, assigned_sim_us, expires_sim_us)
  SELECT a.id, p_run, a.owner, a.coupon, p_cycle,
         CASE WHEN a.slot < p_front_slots THEN 'frontstore' ELSE 'category_brand' END,
         CASE WHEN a.slot < p_front_slots THEN a.slot ELSE a.slot - p_front_slots END,
         'active', p_policy, p_policy_version, a.probability, p_at, p_expires
  FROM unnest(p_ids, p_owners, p_coupons, p_slots, p_probabilities)
    AS a (id, owner, coupon, slot, probability)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> cardinality(p_ids) THEN
    RAISE EXCEPTION 'a wallet changed while it was refilled' USING ERRCODE = '40001';
  END IF;
  UPDATE footfall.user_offer_cycles u
  SET status = 'done', n_frontstore = d.front, n_category_brand = d.other,
      n_skipped_capacity = d.skipped, n_expired = d.expired, n_superseded = d.superseded,
      assigned_sim_us = p_at
  FROM unnest(p_users, p_fronts, p_others, p_skipped, p_expired, p_superseded)
    AS d (user_id, front, other, skipped, expired, superseded)
  WHERE u.cycle_id = p_cycle AND u.user_id = d.user_id AND u.status = 'pending';
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> cardinality(p_users) THEN
    RAISE EXCEPTION 'a refresh was done by somebody else' USING ERRCODE = 'FF002';
  END IF;
  UPDATE footfall.offer_cycles c
  SET users_done = c.users_done + d.users, assigned = c.assigned + d.assigned,
      skipped_capacity = c.skipped_capacity + d.skipped, expired = c.expired + d.expired,
      superseded = c.superseded + d.superseded
  FROM (SELECT count(*) AS users, coalesce(sum(x.front + x.other), 0) AS assigned,
               coalesce(sum(x.skipped), 0) AS skipped, coalesce(sum(x.expired), 0) AS expired,
               coalesce(sum(x.superseded), 0) AS superseded
        FROM unnest(p_fronts, p_others, p_skipped, p_expired, p_superseded)
          AS x (front, other, skipped, expired, superseded)) d
  WHERE c.id = p_cycle;
  RETURN cardinality(p_users);
END $$;

-- Ends coupons whose time is over, each at the moment it ended. Changes no redemption: those look at
-- the time themselves.
CREATE FUNCTION footfall.expire_coupons(p_run bigint, p_at bigint, p_first bigint, p_last bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  UPDATE footfall.user_coupons c SET status = 'expired', ended_sim_us = c.expires_sim_us
  FROM (SELECT id FROM footfall.user_coupons
        WHERE run_id = p_run AND user_id BETWEEN p_first AND p_last AND status = 'active'
          AND expires_sim_us <= p_at
        ORDER BY id FOR UPDATE) e
  WHERE c.id = e.id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;

-- Forgets keys whose real time is over.
CREATE FUNCTION footfall.drop_keys(p_now bigint, p_most bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  DELETE FROM footfall.idempotency_keys
  WHERE (run_id, user_id, call_key) IN (
    SELECT run_id, user_id, call_key FROM footfall.idempotency_keys
    WHERE expires_wall_us <= p_now LIMIT p_most);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;

-- Locks an order and reads what cancelling or refunding it needs. status null: no such order.
CREATE FUNCTION footfall.order_lock(p_run bigint, p_user bigint, p_order bigint, p_key text,
  OUT status text, OUT store bigint, OUT total bigint, OUT refunded bigint,
  OUT lines bigint[], OUT products bigint[], OUT qtys bigint[], OUT totals bigint[],
  OUT refunded_qtys bigint[],
  OUT coupons bigint[], OUT definitions bigint[], OUT states text[], OUT fronts bigint[],
  OUT slots bigint[], OUT expires bigint[], OUT amounts bigint[],
  OUT w_coupons bigint[], OUT w_fronts bigint[], OUT w_slots bigint[],
  OUT key_hash text, OUT key_answer text)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  SELECT o.status, o.store_id, o.total_minor, o.refunded_minor INTO status, store, total, refunded
  FROM footfall.orders o WHERE o.id = p_order AND o.user_id = p_user AND o.run_id = p_run
  FOR UPDATE;
  SELECT k.request_hash, k.answer INTO key_hash, key_answer FROM footfall.idempotency_keys k
  WHERE k.run_id = p_run AND k.user_id = p_user AND k.call_key = p_key;
  IF FOUND OR status IS NULL THEN
    RETURN;
  END IF;
  PERFORM FROM footfall.run_stock s
  WHERE s.run_id = p_run AND s.store_id = store
    AND s.product_id IN (SELECT x.product_id FROM footfall.order_items x WHERE x.order_id = p_order)
  ORDER BY s.product_id FOR UPDATE;
  SELECT array_agg(i.line_no), array_agg(i.product_id), array_agg(i.qty),
         array_agg(i.line_total_minor), array_agg(i.refunded_qty)
  INTO lines, products, qtys, totals, refunded_qtys
  FROM (SELECT * FROM footfall.order_items x WHERE x.order_id = p_order ORDER BY x.line_no) i;
  SELECT array_agg(w.id), array_agg(w.coupon_id), array_agg(w.status), array_agg(w.front),
         array_agg(w.slot), array_agg(w.expires_sim_us), array_agg(w.amount)
  INTO coupons, definitions, states, fronts, slots, expires, amounts
  FROM (SELECT x.id, x.coupon_id, x.status, (x.lane = 'frontstore')::int AS front, x.slot,
               x.expires_sim_us,
               (SELECT sum(d.amount_minor)::bigint FROM footfall.order_discounts d
                WHERE d.order_id = p_order AND d.user_coupon_id = x.id) AS amount
        FROM footfall.user_coupons x
        WHERE x.id IN (SELECT d.user_coupon_id FROM footfall.order_discounts d
                       WHERE d.order_id = p_order)
          AND x.order_id = p_order AND x.status = 'redeemed'
        ORDER BY x.id FOR UPDATE) w;
  PERFORM FROM footfall.run_coupons r
  WHERE r.run_id = p_run AND r.coupon_id = ANY (definitions) ORDER BY r.coupon_id FOR UPDATE;
  SELECT array_agg(x.coupon_id), array_agg((x.lane = 'frontstore')::int), array_agg(x.slot)
  INTO w_coupons, w_fronts, w_slots
  FROM footfall.user_coupons x
  WHERE x.run_id = p_run AND x.user_id = p_user AND x.status = 'active';
END $$;

-- Cancels or refunds what order_lock has locked. 40001: another call with the same key, or a refresh
-- of the same wallet, was quicker; the caller tries again.
CREATE FUNCTION footfall.order_return(p_run bigint, p_user bigint, p_order bigint, p_store bigint,
  p_status text, p_refunded bigint, p_at bigint, p_wall bigint,
  p_lines bigint[], p_refunded_qtys bigint[], p_products bigint[], p_restocked bigint[],
  p_coupons bigint[], p_states text[], p_slots bigint[], p_definitions bigint[],
  p_amounts bigint[], p_key text, p_hash text, p_answer text, p_key_life bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF p_key IS NOT NULL THEN
    INSERT INTO footfall.idempotency_keys (run_id, user_id, call_key, request_hash, answer,
      created_wall_us, expires_wall_us)
    VALUES (p_run, p_user, p_key, p_hash, p_answer, p_wall, p_wall + p_key_life)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the key of a return was used meanwhile' USING ERRCODE = '40001';
    END IF;
  END IF;
  UPDATE footfall.orders SET status = p_status, refunded_minor = p_refunded
  WHERE id = p_order AND user_id = p_user AND run_id = p_run;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the order of a return is gone' USING ERRCODE = 'FF002';
  END IF;
  UPDATE footfall.order_items i SET refunded_qty = l.qty
  FROM unnest(p_lines, p_refunded_qtys) AS l (line, qty)
  WHERE i.order_id = p_order AND i.line_no = l.line;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> cardinality(p_lines) THEN
    RAISE EXCEPTION 'a line of a return is gone' USING ERRCODE = 'FF002';
  END IF;
  UPDATE footfall.run_stock s SET on_hand = s.on_hand + l.qty
  FROM unnest(p_products, p_restocked) AS l (product, qty)
  WHERE s.run_id = p_run AND s.store_id = p_store AND s.product_id = l.product;
  IF cardinality(p_coupons) = 0 THEN
    RETURN 0;
  END IF;
  BEGIN
    UPDATE footfall.user_coupons c
    SET status = r.state, slot = r.slot,
        order_id = CASE r.state WHEN 'active' THEN NULL ELSE c.order_id END,
        ended_sim_us = CASE r.state WHEN 'active' THEN NULL ELSE p_at END
    FROM unnest(p_coupons, p_states, p_slots) AS r (id, state, slot)
    WHERE c.id = r.id AND c.status = 'redeemed' AND c.order_id = p_order;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
  EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'the wallet changed while a coupon came back' USING ERRCODE = '40001';
  END;
  IF v_rows <> cardinality(p_coupons) THEN
    RAISE EXCEPTION 'a coupon changed under a lock' USING ERRCODE = 'FF002';
  END IF;
  INSERT INTO footfall.coupon_events (user_coupon_id, order_id, event, run_id, user_id,
    amount_minor, occurred_sim_us, recorded_wall_us)
  SELECT r.id, p_order, 'reversed', p_run, p_user, r.amount, p_at, p_wall
  FROM unnest(p_coupons, p_amounts) AS r (id, amount);
  UPDATE footfall.run_coupons r
  SET redeemed_count = r.redeemed_count - 1, discount_total_minor = r.discount_total_minor - l.amount
  FROM unnest(p_definitions, p_amounts) AS l (coupon, amount)
  WHERE r.run_id = p_run AND r.coupon_id = l.coupon
    AND (r.max_redemptions IS NOT NULL OR r.max_discount_total_minor IS NOT NULL);
  RETURN cardinality(p_coupons);
END $$;
*/
