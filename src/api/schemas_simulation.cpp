// What goes in and out of the routes of simulation, journal and service.
#include "api/schemas.hpp"

namespace footfall::api {
namespace {

constexpr std::int64_t kAtOnce = 200;  // sessions a call

Field dry_run() {
  return optional("dry_run", about(yes_no(), "Answer what would happen; change nothing."));
}

Field cursor() {
  return {"next_cursor", about(nullable(text(1, 200)), "Of the next page; null on the last.")};
}

Schema event() {
  return object(
      "Event",
      {{"type", choice({"session_start", "browse_products", "view_product", "cart_add_item",
                        "cart_remove_item", "view_coupons", "view_coupon", "apply_coupon",
                        "coupon_refused", "checkout_start", "checkout_complete", "checkout_failed",
                        "abandon", "session_end"})},
       {"at", moment()},
       optional("product_id", id()),
       optional("quantity", whole(0, 999)),
       optional("user_coupon_id", id()),
       optional("listing_id", id()),
       optional("amount_minor", money()),
       optional("refusal",
                choice({"none", "not_in_scope", "min_spend", "min_qty", "not_best", "expired",
                        "not_owned", "already_used", "cap_reached", "out_of_stock"})),
       optional("shown", about(array(object("ShownCoupon",
                                            {{"user_coupon_id", id()}, {"saving_minor", money()}}),
                                     0, 64),
                               "view_coupons: the wallet's page, in order."))});
}

Schema decision() {
  return object(
      "Decision",
      {{"kind", choice({"decide_shop", "basket_size", "choose_category", "choose_product",
                        "view_product", "choose_quantity", "view_coupons", "apply_coupon",
                        "buy_on_impulse", "decide_checkout", "drop_out", "browse_idly"})},
       {"probability",
        about(decimal(), "Of what was chosen. As a text it is kept to the last bit.")},
       {"draw", about(decimal(), "The uniform number that chose it.")},
       optional("chosen", about(whole(-1'000'000'000, 1'000'000'000), "1 / 0, or a count.")),
       optional("product_id", about(id(), "choose_product, view_product.")),
       optional("category", about(text(1, 500), "choose_category.")),
       optional("user_coupon_id", id()),
       optional("features", about(any_object(), "Those of its kind, by name (docs/EVENTS.md)."))});
}

Schema trip() {
  return object("TripEnd",
                {{"session_id", id()},
                 {"agent_id", id()},
                 {"kind", choice({"shopping", "idle"})},
                 {"outcome", choice({"browsed", "abandoned", "purchased", "error"})},
                 {"started_at", moment()},
                 {"ended_at", moment()},
                 optional("order_id", about(id(),
                                            "The session's order: if and only if the outcome is "
                                            "purchased.")),
                 optional("abandon_cart", about(yes_no(), "Close the session's cart with it.")),
                 {"events", array(event(), 0, 2000)},
                 {"decisions", array(decision(), 0, 2000)}});
}

}  // namespace

Schema cycle_schema() {
  return object("OfferCycle",
                {{"id", id()},
                 {"number", about(count(), "From 0, without a gap.")},
                 {"starts_at", moment()},
                 {"ends_at", about(moment(), "The next one starts then.")},
                 {"status", choice({"planned", "assigning", "active", "closed", "failed"})},
                 {"policy", text(1, 100)},
                 {"policy_version", count()},
                 {"users_total", count()},
                 {"users_done", count()},
                 {"assigned", count()},
                 {"skipped_capacity", count()},
                 {"expired", count()},
                 {"superseded", count()}});
}

Schema cycles_schema() {
  return object("OfferCycles", {{"cycles", array(cycle_schema(), 0, 200)}, cursor()});
}

Schema run_schema() {
  return object("Run", {{"run_id", nullable(id())},
                        {"status", choice({"running", "ended"})},
                        {"seed", about(text(1, 20), "The same seed gives the same wallets.")},
                        {"start", moment()},
                        {"until", moment()},
                        {"now", about(moment(),
                                      "Calls may name moments from here on, up to an "
                                      "hour.")},
                        {"offer_cycle", count()},
                        {"agents", count()},
                        {"policy", text(1, 100)}});
}

Schema moved_schema() {
  return object("TimeMoved", {{"run_id", nullable(id())},
                              {"now", moment()},
                              {"dry_run", yes_no()},
                              {"cycles_opened", count()},
                              {"wallets_refreshed", count()},
                              {"coupons_assigned", about(nullable(count()),
                                                         "Null with dry_run: it is drawn when "
                                                         "wallets are filled.")}});
}

Schema agents_schema() {
  return object("Agents", {{"agents", array(object("Agent", {{"id", id()},
                                                             {"user_id", id()},
                                                             {"persona_id", text(1, 200)},
                                                             {"home_store", text(0, 200)}}),
                                            0, 200)},
                           cursor()});
}

Schema kept_schema() {
  return object(
      "Kept",
      {{"sessions",
        array(object("KeptSession",
                     {{"session_id", id()},
                      {"status",
                       about(choice({"open", "closed", "other_open", "not_open", "no_such_order",
                                     "has_order"}),
                             "other_open: the agent has another open session, or had "
                             "one in this hour. not_open: it was never opened. "
                             "no_such_order: the session has no such order. has_order: it has an "
                             "order, so its outcome is purchased. Of these four nothing was "
                             "kept.")}}),
              0, kAtOnce)}});
}

Schema refresh_body() { return object("RefreshWallet", {dry_run()}); }

Schema cycle_body() {
  return object("BeginCycle",
                {optional("number", about(whole(0, 9'999),
                                          "Left out: the next, and one more if sent again.")),
                 dry_run()});
}

Schema advance_body() {
  return object("AdvanceTime",
                {optional("to", about(moment(), "Until when; may be sent again.")),
                 optional("hours", about(whole(0, 100'000),
                                         "Or for how many simulated hours; 1 if neither "
                                         "is given.")),
                 optional("refresh", about(yes_no(),
                                           "Fill the wallets that come due (the default); false: "
                                           "the caller asks for them.")),
                 dry_run()});
}

Schema start_body() {
  return object(
      "StartSimulation",
      {optional("seed", about(whole(1, 9'000'000'000'000'000), "Left out: a fresh one.")),
       optional("start", about(moment(), "The first simulated day, as 2026-01-05.")),
       optional("weeks", whole(1, 595)),
       optional("until",
                about(moment(), "Instead of weeks: the first day not lived, as 2026-02-02.")),
       optional("agents", about(whole(1, 99'999'999), "How many take part, the first ones.")),
       optional("activity", about(choice({"persona", "crowd"}), "How often the agents come.")),
       optional("profile", choice({"grocery", "online"})),
       optional("on_failed_checkout", choice({"clear", "keep"})),
       optional("behavior", about(text(0, 100'000),
                                  "How the agents decide, as TOML: kept with the run, for whoever "
                                  "lives it.")),
       optional("policy", choice({"uniform", "affinity"})),
       optional("wallet", choice({"top_up", "replace"})),
       optional("stagger", yes_no()),
       optional("deals", about(number(), "Share of products on deal, 0 to 1.")),
       optional("offer_cycle_days", whole(1, 365)),
       optional("offer_expiration_days", whole(1, 3650)),
       optional("max_wallet_capacity", whole(1, 64)),
       optional("frontstore_per_cycle", whole(0, 64)),
       optional("category_brand_per_cycle", whole(0, 64)),
       optional("refresh", about(yes_no(),
                                 "Fill the wallets that are due on the first day (the default); "
                                 "false: the caller asks for them.")),
       dry_run()});
}

Schema sessions_body() {
  return object(
      "OpenSessions",
      {{"sessions", array(object("SessionOpening", {{"session_id", about(id(),
                                                                         "Of run, hour and agent "
                                                                         "(docs/DATA.md).")},
                                                    {"agent_id", id()},
                                                    {"kind", choice({"shopping", "idle"})},
                                                    {"started_at", moment()},
                                                    optional("store_id", id())}),
                          1, kAtOnce)}});
}

Schema events_body() {
  return object("EndTrips",
                {optional("sessions", array(trip(), 0, kAtOnce)),
                 optional("thoughts",
                          about(array(object("Thought", {{"session_id", id()},
                                                         {"agent_id", id()},
                                                         {"started_at", moment()},
                                                         {"decisions", array(decision(), 1, 10)}}),
                                      0, kAtOnce),
                                "Moments at which an agent thought of shopping and did not."))});
}

Schema health_schema() {
  return object("Health", {{"status", choice({"ok"})}, {"version", text(1, 50)}});
}

Schema readiness_schema() {
  return object("Readiness", {{"status", choice({"ready"})},
                              {"database_connections", count()},
                              {"waiting_for_database", count()}});
}

Schema problem_schema() {
  return about(
      object("Problem", {{"type", text(1, 200)},
                         {"title", text(1, 200)},
                         {"status", whole(400, 599)},
                         {"detail", text(0, 5000)},
                         {"instance", text(0, 5000)},
                         {"code", about(text(1, 60), "Stable: what programs look at.")},
                         {"trace_id", about(text(1, 64), "The answer's X-Request-Id.")},
                         optional("errors", array(object("FieldError", {{"pointer", text(0, 500)},
                                                                        {"detail", text(0, 5000)}}),
                                                  0, 20)),
                         optional("coupons", array(any(), 0, 1000)),
                         optional("short_of", array(any(), 0, 1000))}),
      "RFC 9457. docs/ERRORS.md lists all codes.");
}

}  // namespace footfall::api
