// What the routes do; routes.cpp says when each is called and what it may take and answer.
#pragma once

#include "api/route.hpp"

namespace footfall::api {

// service_routes.cpp
Task<http::Response> show_health(Api&, Call&);
Task<http::Response> show_readiness(Api&, Call&);
Task<http::Response> show_openapi(Api&, Call&);
Task<http::Response> show_docs(Api&, Call&);
// catalogue_routes.cpp
Task<http::Response> list_stores(Api&, Call&);
Task<http::Response> list_categories(Api&, Call&);
Task<http::Response> list_products(Api&, Call&);
Task<http::Response> show_product(Api&, Call&);
// cart_routes.cpp
Task<http::Response> show_cart(Api&, Call&);
Task<http::Response> add_to_cart(Api&, Call&);
Task<http::Response> change_cart(Api&, Call&);
Task<http::Response> remove_from_cart(Api&, Call&);
Task<http::Response> abandon_cart(Api&, Call&);
Task<http::Response> apply_coupons(Api&, Call&);
Task<http::Response> set_coupons(Api&, Call&);
Task<http::Response> remove_coupon(Api&, Call&);
// order_routes.cpp
Task<http::Response> check_out(Api&, Call&);
Task<http::Response> list_orders(Api&, Call&);
Task<http::Response> show_order(Api&, Call&);
Task<http::Response> cancel_order(Api&, Call&);
Task<http::Response> refund_order(Api&, Call&);
// wallet_routes.cpp
Task<http::Response> show_wallet(Api&, Call&);
Task<http::Response> assign_offers(Api&, Call&);
Task<http::Response> refresh_wallet(Api&, Call&);
// simulation_routes.cpp
Task<http::Response> list_cycles(Api&, Call&);
Task<http::Response> show_cycle(Api&, Call&);
Task<http::Response> begin_cycle(Api&, Call&);
Task<http::Response> advance_time(Api&, Call&);
Task<http::Response> start_simulation(Api&, Call&);
Task<http::Response> show_simulation(Api&, Call&);
Task<http::Response> stop_simulation(Api&, Call&);
Task<http::Response> resume_simulation(Api&, Call&);
Task<http::Response> list_agents(Api&, Call&);
// journal_routes.cpp
Task<http::Response> open_sessions(Api&, Call&);
Task<http::Response> add_events(Api&, Call&);

}  // namespace footfall::api
