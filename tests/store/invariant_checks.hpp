// What holds in every database of footfall at every committed state, as SELECTs that answer no row
// (numbers: reference/offers-and-data.md section 8). One text for SQLite and PostgreSQL; for runs
// whose rules stand in simulation_state. Each is one pass over its tables: minutes for a large run.
#pragma once

#include <string_view>

namespace footfall::store {

struct InvariantCheck {
  std::string_view name;
  std::string_view sql;
};

inline constexpr InvariantCheck kInvariantChecks[] = {
    {"1 wallets hold no more than their run allows", R"(
SELECT w.run_id, w.user_id, w.lane, count(*) AS held FROM user_coupons w
JOIN simulation_state s ON s.run_id = w.run_id WHERE w.status = 'active'
GROUP BY w.run_id, w.user_id, w.lane, s.frontstore_slots, s.category_brand_slots
HAVING count(*) > CASE w.lane WHEN 'frontstore' THEN s.frontstore_slots
                              ELSE s.category_brand_slots END)"},
    {"1 active coupons lie in a place that is there", R"(
SELECT w.id, w.lane, w.slot FROM user_coupons w JOIN simulation_state s ON s.run_id = w.run_id
WHERE w.slot >= CASE w.lane WHEN 'frontstore' THEN s.frontstore_slots
                            ELSE s.category_brand_slots END)"},
    {"2 one active coupon a place", R"(
SELECT run_id, user_id, lane, slot FROM user_coupons WHERE status = 'active'
GROUP BY run_id, user_id, lane, slot HAVING count(*) > 1)"},
    {"2 no coupon is active twice in a wallet", R"(
SELECT run_id, user_id, coupon_id FROM user_coupons WHERE status = 'active'
GROUP BY run_id, user_id, coupon_id HAVING count(*) > 1)"},
    {"4 a refresh accounts for every place", R"(
SELECT u.cycle_id, u.user_id, u.n_frontstore, u.n_category_brand, u.n_skipped_capacity
FROM user_offer_cycles u JOIN offer_cycles c ON c.id = u.cycle_id
JOIN simulation_state s ON s.run_id = c.run_id WHERE u.status = 'done'
  AND u.n_frontstore + u.n_category_brand + u.n_skipped_capacity
      <> s.frontstore_slots + s.category_brand_slots)"},
    {"4 a refresh's counts are its rows", R"(
SELECT u.cycle_id, u.user_id, u.n_frontstore, u.n_category_brand, u.status FROM user_offer_cycles u
LEFT JOIN (SELECT cycle_id, user_id, count(CASE lane WHEN 'frontstore' THEN 1 END) AS front,
                  count(CASE lane WHEN 'category_brand' THEN 1 END) AS other
           FROM user_coupons GROUP BY cycle_id, user_id) w
  ON w.cycle_id = u.cycle_id AND w.user_id = u.user_id
WHERE u.n_frontstore <> coalesce(w.front, 0) OR u.n_category_brand <> coalesce(w.other, 0))"},
    {"4 an offer cycle's totals are the sums of its refreshes", R"(
SELECT c.id, c.users_done, c.assigned FROM offer_cycles c
LEFT JOIN (SELECT cycle_id, count(*) AS users, count(CASE status WHEN 'done' THEN 1 END) AS done,
                  CAST(sum(n_frontstore + n_category_brand) AS BIGINT) AS assigned,
                  CAST(sum(n_skipped_capacity) AS BIGINT) AS skipped,
                  CAST(sum(n_expired) AS BIGINT) AS expired,
                  CAST(sum(n_superseded) AS BIGINT) AS superseded
           FROM user_offer_cycles GROUP BY cycle_id) u ON u.cycle_id = c.id
WHERE c.users_total <> coalesce(u.users, 0) OR c.users_done <> coalesce(u.done, 0)
   OR c.assigned <> coalesce(u.assigned, 0) OR c.skipped_capacity <> coalesce(u.skipped, 0)
   OR c.expired <> coalesce(u.expired, 0) OR c.superseded <> coalesce(u.superseded, 0))"},
    {"6 one active offer cycle a run", R"(
SELECT run_id, count(*) AS active FROM offer_cycles WHERE status IN ('assigning', 'active')
GROUP BY run_id HAVING count(*) > 1)"},
    {"6 offer cycles follow each other without a gap", R"(
SELECT c.run_id, c.seq FROM offer_cycles c
LEFT JOIN offer_cycles p ON p.run_id = c.run_id AND p.seq = c.seq - 1
WHERE c.seq > 0 AND (p.id IS NULL OR p.ends_sim_us <> c.starts_sim_us))"},
    {"7 a coupon ended as its status says", R"(
SELECT id, status, ended_sim_us, order_id FROM user_coupons
WHERE (status = 'active') <> (ended_sim_us IS NULL)
   OR (status IN ('redeemed', 'reversed')) <> (order_id IS NOT NULL)
   OR (status = 'expired' AND ended_sim_us <> expires_sim_us)
   OR (status = 'superseded' AND ended_sim_us > expires_sim_us)
   OR ended_sim_us < assigned_sim_us)"},
    {"8 coupons are redeemed from their assignment until they expire", R"(
SELECT w.id, e.occurred_sim_us FROM coupon_events e JOIN user_coupons w ON w.id = e.user_coupon_id
WHERE e.event = 'redeemed'
  AND (e.occurred_sim_us < w.assigned_sim_us OR e.occurred_sim_us >= w.expires_sim_us))"},
    {"10 coupons live as long as their run says", R"(
SELECT w.id FROM user_coupons w JOIN simulation_state s ON s.run_id = w.run_id
WHERE w.expires_sim_us - w.assigned_sim_us <> s.coupon_life_us AND w.policy <> 'elsewhere')"},
    {"11 a coupon is redeemed once, and its status agrees", R"(
SELECT w.id, w.status, e.net FROM user_coupons w
LEFT JOIN (SELECT user_coupon_id,
                  CAST(sum(CASE event WHEN 'redeemed' THEN 1 ELSE -1 END) AS BIGINT) AS net
           FROM coupon_events GROUP BY user_coupon_id) e ON e.user_coupon_id = w.id
WHERE coalesce(e.net, 0) <> CASE w.status WHEN 'redeemed' THEN 1 ELSE 0 END)"},
    {"11 a redeemed coupon's order is live", R"(
SELECT w.id, w.order_id FROM user_coupons w LEFT JOIN orders o ON o.id = w.order_id
WHERE w.status = 'redeemed' AND (o.id IS NULL OR o.status = 'cancelled'))"},
    {"13 capped coupons stay within their limits and are counted", R"(
SELECT r.run_id, r.coupon_id, r.redeemed_count, r.discount_total_minor, e.net, e.amount
FROM run_coupons r
LEFT JOIN (SELECT w.run_id, w.coupon_id,
                  CAST(sum(CASE e.event WHEN 'redeemed' THEN 1 ELSE -1 END) AS BIGINT) AS net,
                  CAST(sum(CASE e.event WHEN 'redeemed' THEN e.amount_minor
                                        ELSE -e.amount_minor END) AS BIGINT) AS amount
           FROM coupon_events e JOIN user_coupons w ON w.id = e.user_coupon_id
           GROUP BY w.run_id, w.coupon_id) e
  ON e.run_id = r.run_id AND e.coupon_id = r.coupon_id
WHERE (r.max_redemptions IS NOT NULL OR r.max_discount_total_minor IS NOT NULL)
  AND (r.redeemed_count <> coalesce(e.net, 0) OR r.discount_total_minor <> coalesce(e.amount, 0)
       OR r.redeemed_count > r.max_redemptions
       OR r.discount_total_minor > r.max_discount_total_minor))"},
    {"13 no more copies are out than were counted", R"(
SELECT r.run_id, r.coupon_id, r.issued_count, w.copies FROM run_coupons r
JOIN (SELECT run_id, coupon_id, count(*) AS copies FROM user_coupons
      GROUP BY run_id, coupon_id) w ON w.run_id = r.run_id AND w.coupon_id = r.coupon_id
WHERE r.max_issuance IS NOT NULL
  AND (w.copies > r.issued_count OR r.issued_count > r.max_issuance))"},
    {"15, 16 discounts come from the shopper's own coupons, redeemed by that order", R"(
SELECT d.order_id, d.user_coupon_id FROM order_discounts d
JOIN orders o ON o.id = d.order_id
LEFT JOIN user_coupons w ON w.id = d.user_coupon_id AND w.user_id = o.user_id
  AND w.run_id = o.run_id AND w.coupon_id = d.coupon_id
LEFT JOIN coupon_events e ON e.user_coupon_id = d.user_coupon_id AND e.order_id = d.order_id
  AND e.event = 'redeemed' AND e.user_id = o.user_id
WHERE w.id IS NULL OR e.order_id IS NULL)"},
    {"17 what a cancelled order used is its no more", R"(
SELECT w.id, w.status, o.id AS order_id FROM user_coupons w JOIN orders o ON o.id = w.order_id
WHERE (w.status = 'reversed') <> (o.status = 'cancelled'))"},
    {"18 an order's sums are those of its lines", R"(
SELECT o.id, o.subtotal_minor, o.discount_minor, o.total_minor FROM orders o
LEFT JOIN (SELECT order_id, CAST(sum(qty * unit_price_minor) AS BIGINT) AS subtotal,
                  CAST(sum(line_discount_minor) AS BIGINT) AS discount,
                  CAST(sum(line_total_minor) AS BIGINT) AS total
           FROM order_items GROUP BY order_id) i ON i.order_id = o.id
WHERE i.order_id IS NULL OR i.subtotal <> o.subtotal_minor OR i.discount <> o.discount_minor
   OR i.total <> o.total_minor OR o.total_minor < 0)"},
    {"18 no line without its order", R"(
SELECT i.order_id, i.line_no FROM order_items i LEFT JOIN orders o ON o.id = i.order_id
WHERE o.id IS NULL)"},
    {"19 a line's discount is the sum of what its coupons took", R"(
SELECT i.order_id, i.line_no, i.line_discount_minor, d.amount FROM order_items i
LEFT JOIN (SELECT order_id, line_no, CAST(sum(amount_minor) AS BIGINT) AS amount
           FROM order_discounts GROUP BY order_id, line_no) d
  ON d.order_id = i.order_id AND d.line_no = i.line_no
WHERE i.line_discount_minor <> coalesce(d.amount, 0))"},
    {"19 a coupon's events say what it took", R"(
SELECT e.user_coupon_id, e.order_id, e.event, e.amount_minor, d.amount FROM coupon_events e
LEFT JOIN (SELECT order_id, user_coupon_id, CAST(sum(amount_minor) AS BIGINT) AS amount
           FROM order_discounts GROUP BY order_id, user_coupon_id) d
  ON d.order_id = e.order_id AND d.user_coupon_id = e.user_coupon_id
WHERE e.amount_minor <> coalesce(d.amount, 0))"},
    {"23 what was paid back follows from the units given back", R"(
SELECT o.id, o.status, o.refunded_minor, i.money, i.units, i.back FROM orders o
JOIN (SELECT order_id, CAST(sum(qty) AS BIGINT) AS units, CAST(sum(refunded_qty) AS BIGINT) AS back,
             CAST(sum(line_total_minor * refunded_qty / qty) AS BIGINT) AS money
      FROM order_items GROUP BY order_id) i ON i.order_id = o.id
WHERE o.refunded_minor <> i.money OR o.refunded_minor > o.total_minor
   OR (o.status = 'placed') <> (i.back = 0)
   OR (o.status = 'part_refunded') <> (i.back > 0 AND i.back < i.units))"},
    {"24 a converted cart is its order's", R"(
SELECT c.id, c.status, o.id AS order_id FROM carts c LEFT JOIN orders o ON o.cart_id = c.id
WHERE (c.status = 'converted') <> (o.id IS NOT NULL)
   OR o.user_id <> c.user_id OR o.run_id <> c.run_id OR o.store_id <> c.store_id)"},
    {"24 an order has its cart", R"(
SELECT o.id FROM orders o LEFT JOIN carts c ON c.id = o.cart_id WHERE c.id IS NULL)"},
    {"24 one open cart a shopper and store", R"(
SELECT run_id, user_id, store_id FROM carts WHERE status = 'open'
GROUP BY run_id, user_id, store_id HAVING count(*) > 1)"},
    {"24, 26 an order holds what lay in its cart", R"(
SELECT c.id, i.product_id, i.qty, l.qty AS ordered FROM carts c
JOIN orders o ON o.cart_id = c.id JOIN cart_items i ON i.cart_id = c.id
LEFT JOIN order_items l ON l.order_id = o.id AND l.product_id = i.product_id
WHERE l.qty IS NULL OR l.qty <> i.qty)"},
    {"24, 26 an order holds nothing else", R"(
SELECT o.id, l.product_id FROM orders o JOIN order_items l ON l.order_id = o.id
LEFT JOIN cart_items i ON i.cart_id = o.cart_id AND i.product_id = l.product_id
WHERE i.cart_id IS NULL)"},
    {"27 stock is what was there less what was sold", R"(
SELECT s.run_id, s.store_id, s.product_id, s.initial_qty, s.on_hand, i.sold FROM run_stock s
LEFT JOIN (SELECT o.run_id, o.store_id, l.product_id,
                  CAST(sum(l.qty - l.refunded_qty) AS BIGINT) AS sold
           FROM order_items l JOIN orders o ON o.id = l.order_id
           GROUP BY o.run_id, o.store_id, l.product_id) i
  ON i.run_id = s.run_id AND i.store_id = s.store_id AND i.product_id = s.product_id
WHERE s.on_hand < 0 OR s.initial_qty - coalesce(i.sold, 0) <> s.on_hand)"},
    {"28 a key has its answer", R"(
SELECT run_id, user_id, call_key FROM idempotency_keys WHERE answer IS NULL)"},
    {"31 time does not stand before the run's start", R"(
SELECT run_id FROM simulation_state WHERE sim_now_us < epoch_sim_us)"},
    {"33 events have no gap, and as many as the session says", R"(
SELECT s.id, s.n_events, e.n FROM shopping_sessions s
LEFT JOIN (SELECT session_id, count(*) AS n, max(seq) - min(seq) + 1 AS span
           FROM shopping_session_events GROUP BY session_id) e ON e.session_id = s.id
WHERE s.n_events <> coalesce(e.n, 0) OR e.n <> e.span)"},
    {"34 a purchase is exactly one order", R"(
SELECT s.id, s.outcome, s.order_id FROM shopping_sessions s
LEFT JOIN orders o ON o.id = s.order_id AND o.run_id = s.run_id AND o.user_id = s.user_id
  AND o.session_id = s.id
WHERE s.is_replay = 0 AND (s.outcome = 'purchased') <> (o.id IS NOT NULL))"},
    {"34 an ended session with an order was its purchase", R"(
SELECT o.id, o.session_id, s.outcome, s.order_id FROM orders o
JOIN shopping_sessions s ON s.id = o.session_id
WHERE s.is_replay = 0 AND s.ended_sim_us IS NOT NULL AND coalesce(s.order_id, 0) <> o.id)"},
    {"34 a known session has one order at most", R"(
SELECT s.id, count(*) AS orders FROM shopping_sessions s JOIN orders o ON o.session_id = s.id
GROUP BY s.id HAVING count(*) > 1)"},
    {"34 an ended session has an outcome", R"(
SELECT id, outcome FROM shopping_sessions
WHERE (outcome = 'open') <> (ended_sim_us IS NULL))"},
};

}  // namespace footfall::store
