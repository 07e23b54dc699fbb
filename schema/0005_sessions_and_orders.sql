-- A session and its order agree, whoever tells what and when (invariant 34); and a run that shops
-- elsewhere keeps here what it ordered there.
--
-- Locks: a session's row comes after the cart and before stock. A checkout whose session nobody has
-- opened yet takes an advisory lock of its number instead, and so does whoever opens it: so the
-- checkout is over before the session can be told to have ended.

-- The orders of a session. Those of runs have its number and are found by it, so that they need no
-- second index.
CREATE INDEX orders_of_sessions ON orders (session_id) WHERE session_id <> id;

/*postgres 
-- Opens a session. Answers 0, or 1 where it was opened before, or 2 where its agent has another open
-- session, or had one in this hour.
CREATE FUNCTION footfall.trip_open(p_session bigint, p_run bigint, p_agent bigint, p_user bigint,
  p_store bigint, p_hour bigint, p_kind text, p_started bigint, p_wall bigint, p_simulated bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(p_session);
  INSERT INTO footfall.shopping_sessions (id, run_id, agent_id, user_id, store_id, sim_hour, kind,
    outcome, started_sim_us, recorded_wall_us, n_events, is_simulated)
  VALUES (p_session, p_run, p_agent, p_user, p_store, p_hour, p_kind, 'open', p_started, p_wall, 0,
    p_simulated)
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    RETURN 0;
  END IF;
  RETURN CASE WHEN EXISTS (SELECT FROM footfall.shopping_sessions WHERE id = p_session)
         THEN 1 ELSE 2 END;
END $$;

-- As in 0003, and status 6: the cart's session is known, and has ended or has its order. The caller
-- rolls back.
CREATE OR REPLACE FUNCTION footfall.checkout_begin(
  p_run bigint, p_user bigint, p_store bigint, p_cart bigint,
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
  v_over boolean;  -- null: the session is not known
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
  IF session IS NOT NULL THEN
    SELECT s.ended_sim_us IS NOT NULL INTO v_over FROM footfall.shopping_sessions s
    WHERE s.id = session FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM pg_advisory_xact_lock(session);
      SELECT s.ended_sim_us IS NOT NULL INTO v_over FROM footfall.shopping_sessions s
      WHERE s.id = session FOR UPDATE;
    END IF;
    IF NOT v_over THEN
      v_over := EXISTS (
          SELECT FROM footfall.orders o WHERE o.id = session AND o.session_id = session)
        OR EXISTS (
          SELECT FROM footfall.orders o WHERE o.session_id = session AND o.session_id <> o.id);
    END IF;
    IF v_over THEN
      status := 6;
      RETURN;
    END IF;
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

-- Writes what a trip left behind and ends its session; -1: it had ended before, and nothing is done.
-- FF004: it was never opened. FF005: it has an order, so it was a purchase. FF006: the order that it is
-- told to have ended with is none of its own.
CREATE OR REPLACE FUNCTION footfall.trip_end(
  p_session bigint, p_run bigint, p_agent bigint, p_outcome text,
  p_order bigint, p_ended bigint, p_wall bigint, p_version bigint,
  p_types text[], p_times bigint[], p_products bigint[], p_qtys bigint[], p_coupons bigint[],
  p_listings bigint[], p_amounts bigint[], p_payloads text[],
  p_kinds text[], p_chosen bigint[], p_decision_coupons bigint[], p_probabilities float8[],
  p_draws float8[], p_features text[], p_source text, p_decided bigint, p_abandon bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_over boolean;
BEGIN
  IF p_abandon IS NOT NULL THEN
    PERFORM FROM footfall.carts WHERE id = p_abandon FOR UPDATE;
  END IF;
  SELECT ended_sim_us IS NOT NULL INTO v_over FROM footfall.shopping_sessions
  WHERE id = p_session FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'session % was never opened', p_session USING ERRCODE = 'FF004';
  END IF;
  IF p_outcome <> 'purchased' AND (EXISTS (
      SELECT FROM footfall.orders o WHERE o.id = p_session AND o.session_id = p_session)
    OR EXISTS (
      SELECT FROM footfall.orders o WHERE o.session_id = p_session AND o.session_id <> o.id)) THEN
    RAISE EXCEPTION 'session % has an order, and is told to have ended as %', p_session, p_outcome
      USING ERRCODE = 'FF005';
  END IF;
  IF p_order IS NOT NULL AND NOT EXISTS (
      SELECT FROM footfall.orders WHERE id = p_order AND session_id = p_session) THEN
    RAISE EXCEPTION 'order % is not one of session %', p_order, p_session USING ERRCODE = 'FF006';
  END IF;
  IF v_over THEN
    RETURN -1;  -- its answer was lost; it is done
  END IF;
  UPDATE footfall.carts SET status = 'abandoned', closed_sim_us = p_ended, version = version + 1
  WHERE id = p_abandon AND status = 'open';
  UPDATE footfall.shopping_sessions
  SET outcome = p_outcome, order_id = p_order, ended_sim_us = p_ended, recorded_wall_us = p_wall,
      n_events = cardinality(p_types)
  WHERE id = p_session;
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

-- Cart and order of a session that shopped elsewhere, as the journal of a fast run writes them
-- (src/store/journal_rows.cpp): for the same transaction, before trip_end. -1: the session had ended
-- before, and nothing is done. Discounts of coupons that the shopper does not hold here are left out:
-- they stand in the lines alone. FF002: the order passes a limit of the run.
CREATE FUNCTION footfall.trip_mirror(p_run bigint, p_user bigint, p_store bigint,
  p_session bigint, p_bought boolean, p_currency text, p_started bigint, p_closed bigint,
  p_wall bigint, p_subtotal bigint, p_discount bigint, p_total bigint,
  p_products bigint[], p_qtys bigint[], p_prices bigint[], p_discounts bigint[],
  p_off_lines bigint[], p_off_coupons bigint[], p_off_definitions bigint[], p_off_amounts bigint[])
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_over boolean;
  v_short boolean;
  v_stock bigint[];
  v_stock_qtys bigint[];
  v_known bigint[];
  v_capped bigint[];
  v_capped_amounts bigint[];
  v_spent boolean;
BEGIN
  SELECT s.ended_sim_us IS NOT NULL INTO v_over FROM footfall.shopping_sessions s
  WHERE s.id = p_session FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'session % was never opened', p_session USING ERRCODE = 'FF004';
  END IF;
  IF v_over THEN
    RETURN -1;
  END IF;
  IF EXISTS (
      SELECT FROM footfall.orders o WHERE o.id = p_session AND o.session_id = p_session)
    OR EXISTS (
      SELECT FROM footfall.orders o WHERE o.session_id = p_session AND o.session_id <> o.id) THEN
    RAISE EXCEPTION 'session % has an order already', p_session USING ERRCODE = 'FF005';
  END IF;
  IF cardinality(p_products) = 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO footfall.carts (id, run_id, user_id, store_id, session_id, currency, status,
    created_sim_us, closed_sim_us)
  VALUES (p_session, p_run, p_user, p_store, p_session, p_currency,
    CASE WHEN p_bought THEN 'converted' ELSE 'abandoned' END, p_started, p_closed);
  INSERT INTO footfall.cart_items (cart_id, product_id, qty, price_seen_minor)
  SELECT p_session, l.product, l.qty, l.price
  FROM unnest(p_products, p_qtys, p_prices) AS l (product, qty, price);
  IF NOT p_bought THEN
    RETURN 0;
  END IF;
  SELECT array_agg(s.product_id), array_agg(s.qty), bool_or(s.on_hand < s.qty)
  INTO v_stock, v_stock_qtys, v_short
  FROM (SELECT x.product_id, x.on_hand, l.qty
        FROM footfall.run_stock x
        JOIN unnest(p_products, p_qtys) AS l (product, qty) ON l.product = x.product_id
        WHERE x.run_id = p_run AND x.store_id = p_store
        ORDER BY x.product_id FOR UPDATE OF x) s;
  SELECT array_agg(w.id) INTO v_known
  FROM (SELECT c.id FROM footfall.user_coupons c
        WHERE c.id = ANY (p_off_coupons) AND c.user_id = p_user AND c.run_id = p_run
          AND c.status = 'active' AND c.assigned_sim_us <= p_closed AND p_closed < c.expires_sim_us
          AND (c.id, c.coupon_id) IN (SELECT u.coupon, u.definition
                FROM unnest(p_off_coupons, p_off_definitions) AS u (coupon, definition))
        ORDER BY c.id FOR UPDATE) w;
  SELECT array_agg(u.line), array_agg(u.coupon), array_agg(u.definition), array_agg(u.amount)
  INTO p_off_lines, p_off_coupons, p_off_definitions, p_off_amounts
  FROM unnest(p_off_lines, p_off_coupons, p_off_definitions, p_off_amounts)
    AS u (line, coupon, definition, amount)
  WHERE u.coupon = ANY (v_known);
  SELECT array_agg(d.coupon_id), array_agg(d.amount), bool_or(d.spent)
  INTO v_capped, v_capped_amounts, v_spent
  FROM (SELECT r.coupon_id, u.amount,
               coalesce(r.redeemed_count >= r.max_redemptions, false)
               OR coalesce(r.discount_total_minor + u.amount > r.max_discount_total_minor, false)
                 AS spent
        FROM footfall.run_coupons r
        JOIN (SELECT o.definition, sum(o.amount)::bigint AS amount
              FROM unnest(p_off_definitions, p_off_amounts) AS o (definition, amount)
              GROUP BY o.definition) u ON u.definition = r.coupon_id
        WHERE r.run_id = p_run
          AND (r.max_redemptions IS NOT NULL OR r.max_discount_total_minor IS NOT NULL)
        ORDER BY r.coupon_id FOR UPDATE OF r) d;
  IF v_short OR v_spent THEN
    RAISE EXCEPTION 'the order of session % was placed elsewhere and takes more of a limited product '
      'or coupon than run % has left: such runs need the limits of the shop they use, or none',
      p_session, p_run USING ERRCODE = 'FF002';
  END IF;
  PERFORM footfall.checkout_finish(p_run, p_user, p_store, p_session, p_session, p_session, NULL,
    NULL, p_currency, p_subtotal, p_discount, p_total, p_closed, p_wall, true, p_products, p_qtys,
    p_prices, p_discounts, p_off_lines, p_off_coupons, p_off_definitions, p_off_amounts, v_known,
    v_stock, v_stock_qtys, v_capped, v_capped_amounts);
  RETURN p_session;
END $$;

-- As in 0004, but the orders of one session are found by it.
CREATE OR REPLACE FUNCTION footfall.orders_of(
  p_run bigint, p_user bigint, p_before bigint, p_session bigint,
  p_most bigint)
RETURNS TABLE (number bigint, store bigint, session bigint, state text, subtotal bigint,
  discount bigint, total bigint, refunded bigint, placed bigint, placed_wall bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  IF p_session IS NOT NULL THEN
    RETURN QUERY
    SELECT o.id, o.store_id, o.session_id, o.status, o.subtotal_minor, o.discount_minor,
           o.total_minor, o.refunded_minor, o.placed_sim_us, o.placed_wall_us
    FROM footfall.orders o
    WHERE o.id = ANY (ARRAY(
        SELECT p.id FROM footfall.orders p WHERE p.id = p_session AND p.session_id = p_session
        UNION ALL
        SELECT s.id FROM footfall.orders s WHERE s.session_id = p_session AND s.session_id <> s.id))
      AND o.run_id = p_run AND o.user_id = p_user AND o.id < p_before
    ORDER BY o.id DESC LIMIT p_most;
    RETURN;
  END IF;
  RETURN QUERY
  SELECT o.id, o.store_id, o.session_id, o.status, o.subtotal_minor, o.discount_minor,
         o.total_minor, o.refunded_minor, o.placed_sim_us, o.placed_wall_us
  FROM footfall.orders o
  WHERE o.id = ANY (ARRAY(
    SELECT x.id
    FROM ((SELECT p.id FROM footfall.orders p
           WHERE p.run_id = p_run AND p.user_id = p_user AND p.is_simulated = 0 AND p.id < p_before
           ORDER BY p.id DESC LIMIT p_most)
          UNION ALL
          (SELECT s.id FROM footfall.orders s
           WHERE s.run_id = p_run AND s.user_id = p_user AND s.is_simulated = 1
             AND s.id + 0 < p_before
           ORDER BY s.id + 0 DESC LIMIT p_most)) x
    ORDER BY x.id DESC LIMIT p_most))
  ORDER BY o.id DESC;
END $$;
*/
