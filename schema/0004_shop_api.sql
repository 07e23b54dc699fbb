-- What the HTTP server asks of the database: who shops, what they have ordered, what the offer engine
-- has done. As in 0003, functions that look for rows of large tables do without sequential scans.

-- People's orders, newest first. Partial, so that runs have nothing to maintain: theirs are found by
-- orders_one_an_hour.
CREATE INDEX orders_of_people ON orders (run_id, user_id, id) WHERE is_simulated = 0;
-- People among the users, most of whom are agents'.
CREATE INDEX users_people ON users (id) WHERE kind = 'human';

/*postgres 
-- The account of the person with this subject; made when first seen. p_own: the address that is kept
-- where p_email belongs to somebody else. account null: there is no number left for a new one.
-- Whoever writes holds the lock that seeding holds (src/store/postgres/transaction.cpp), since both
-- take the number after the highest; the second look is the one that counts. It may wait for longer
-- than other calls do, since many may come at once.
CREATE FUNCTION footfall.sign_in(p_sub text, p_email text, p_own text, p_wall bigint, p_most bigint,
  OUT account bigint, OUT active boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET lock_timeout = '4s' AS $$
DECLARE
  v_kept text;
  v_email text;
BEGIN
  FOR look IN 1..2 LOOP
    SELECT u.id, u.status = 'active', u.email INTO account, active, v_kept
    FROM footfall.users u WHERE u.auth_sub = p_sub;
    v_email := CASE WHEN EXISTS (SELECT FROM footfall.users u WHERE u.email = p_email
                                   AND u.auth_sub IS DISTINCT FROM p_sub)
               THEN p_own ELSE p_email END;
    IF v_kept = v_email THEN
      RETURN;
    END IF;
    IF look = 1 THEN
      PERFORM pg_advisory_xact_lock(7381240860008082540);
    END IF;
  END LOOP;
  IF account IS NOT NULL THEN
    UPDATE footfall.users u SET email = v_email WHERE u.id = account;
    RETURN;
  END IF;
  INSERT INTO footfall.users (id, auth_sub, kind, email, created_wall_us)
  SELECT n.id, p_sub, 'human', v_email, p_wall
  FROM (SELECT coalesce(max(u.id), 0) + 1 AS id FROM footfall.users u) n
  WHERE n.id <= p_most
  RETURNING id, true INTO account, active;
END $$;

-- A shopper's orders by id descending: those with ids below p_before, of session p_session unless it
-- is null. Each kind by its own index; id + 0 keeps the planner from walking through everybody's
-- orders by their primary key until it has found enough of one shopper.
CREATE FUNCTION footfall.orders_of(p_run bigint, p_user bigint, p_before bigint, p_session bigint,
  p_most bigint)
RETURNS TABLE (number bigint, store bigint, session bigint, state text, subtotal bigint,
  discount bigint, total bigint, refunded bigint, placed bigint, placed_wall bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
  SELECT o.id, o.store_id, o.session_id, o.status, o.subtotal_minor, o.discount_minor,
         o.total_minor, o.refunded_minor, o.placed_sim_us, o.placed_wall_us
  FROM footfall.orders o
  WHERE o.id = ANY (ARRAY(
    SELECT x.id
    FROM ((SELECT p.id FROM footfall.orders p
           WHERE p.run_id = p_run AND p.user_id = p_user AND p.is_simulated = 0 AND p.id < p_before
             AND (p_session IS NULL OR p.session_id = p_session)
           ORDER BY p.id DESC LIMIT p_most)
          UNION ALL
          (SELECT s.id FROM footfall.orders s
           WHERE s.run_id = p_run AND s.user_id = p_user AND s.is_simulated = 1
             AND s.id + 0 < p_before AND (p_session IS NULL OR s.session_id = p_session)
           ORDER BY s.id + 0 DESC LIMIT p_most)) x
    ORDER BY x.id DESC LIMIT p_most))
  ORDER BY o.id DESC;
END $$;

-- One order of a shopper: what orders_of says of it, its lines and what coupons took off them, in
-- columns. number null: it is not theirs, or there is none.
CREATE FUNCTION footfall.order_of(p_run bigint, p_user bigint, p_order bigint,
  OUT number bigint, OUT store bigint, OUT session bigint, OUT state text, OUT subtotal bigint,
  OUT discount bigint, OUT total bigint, OUT refunded bigint, OUT placed bigint,
  OUT placed_wall bigint,
  OUT lines bigint[], OUT products bigint[], OUT qtys bigint[], OUT refunded_qtys bigint[],
  OUT prices bigint[], OUT line_discounts bigint[], OUT line_totals bigint[],
  OUT off_lines bigint[], OUT off_coupons bigint[], OUT off_definitions bigint[],
  OUT off_amounts bigint[])
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  SELECT o.id, o.store_id, o.session_id, o.status, o.subtotal_minor, o.discount_minor,
         o.total_minor, o.refunded_minor, o.placed_sim_us, o.placed_wall_us
  INTO number, store, session, state, subtotal, discount, total, refunded, placed, placed_wall
  FROM footfall.orders o WHERE o.id = p_order AND o.run_id = p_run AND o.user_id = p_user;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT array_agg(i.line_no), array_agg(i.product_id), array_agg(i.qty),
         array_agg(i.refunded_qty), array_agg(i.unit_price_minor),
         array_agg(i.line_discount_minor), array_agg(i.line_total_minor)
  INTO lines, products, qtys, refunded_qtys, prices, line_discounts, line_totals
  FROM (SELECT * FROM footfall.order_items x WHERE x.order_id = p_order ORDER BY x.line_no) i;
  SELECT array_agg(d.line_no), array_agg(d.user_coupon_id), array_agg(d.coupon_id),
         array_agg(d.amount_minor)
  INTO off_lines, off_coupons, off_definitions, off_amounts
  FROM (SELECT * FROM footfall.order_discounts x WHERE x.order_id = p_order
        ORDER BY x.line_no, x.user_coupon_id) d;
END $$;

-- A shopper's refresh in an offer cycle.
CREATE FUNCTION footfall.refresh_of(p_cycle bigint, p_user bigint, OUT state text, OUT due bigint,
  OUT assigned bigint, OUT front bigint, OUT other bigint, OUT skipped bigint, OUT expired bigint,
  OUT superseded bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
  SELECT u.status, coalesce(u.due_sim_us, u.assigned_sim_us), u.assigned_sim_us, u.n_frontstore,
         u.n_category_brand, u.n_skipped_capacity, u.n_expired, u.n_superseded
  INTO state, due, assigned, front, other, skipped, expired, superseded
  FROM footfall.user_offer_cycles u WHERE u.cycle_id = p_cycle AND u.user_id = p_user;
END $$;

-- Plans a refresh in an offer cycle for this user, or (null) for all people, as far as they have
-- none. Answers how many. Rows of users in their order, and before the offer cycle's own, as whoever
-- refreshes locks them.
CREATE FUNCTION footfall.enroll(p_cycle bigint, p_user bigint, p_due bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF p_user IS NOT NULL THEN
    INSERT INTO footfall.user_offer_cycles (cycle_id, user_id, status, due_sim_us)
    SELECT c.id, p_user, 'pending', p_due FROM footfall.offer_cycles c WHERE c.id = p_cycle
    ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO footfall.user_offer_cycles (cycle_id, user_id, status, due_sim_us)
    SELECT c.id, u.id, 'pending', p_due FROM footfall.offer_cycles c, footfall.users u
    WHERE c.id = p_cycle AND u.kind = 'human' AND u.status = 'active'
      AND NOT EXISTS (SELECT FROM footfall.user_offer_cycles e
                      WHERE e.cycle_id = p_cycle AND e.user_id = u.id)
    ORDER BY u.id ON CONFLICT DO NOTHING;
  END IF;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows > 0 THEN
    UPDATE footfall.offer_cycles SET users_total = users_total + v_rows WHERE id = p_cycle;
  END IF;
  RETURN v_rows;
END $$;

-- Ends coupons that are over of the next p_most user numbers, from the first one at or after p_from
-- who holds an active coupon. Answers how many, and from whom to go on; null: nobody is left.
CREATE FUNCTION footfall.expire_from(p_run bigint, p_at bigint, p_from bigint, p_most bigint,
  OUT ended bigint, OUT go_on bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_first bigint;
BEGIN
  SELECT min(c.user_id) INTO v_first FROM footfall.user_coupons c
  WHERE c.run_id = p_run AND c.user_id >= p_from AND c.status = 'active';
  go_on := v_first + p_most;
  ended := footfall.expire_coupons(p_run, p_at, v_first, go_on - 1);
END $$;
*/
