// What goes in and out, by name; used by the routes' table.
#pragma once

#include "api/schema.hpp"

namespace footfall::api {

// The shop.
Schema stores_schema();
Schema categories_schema();
Schema product_schema();
Schema products_schema();
Schema cart_schema();
Schema cart_change_schema();
Schema wallet_schema();
Schema placed_order_schema();
Schema order_schema();
Schema orders_schema();
Schema return_schema();
Schema assigned_schema();
// What may be sent.
Schema add_body();
Schema change_body();
Schema coupons_body();
Schema checkout_body();
Schema cancel_body();
Schema refund_body();
Schema assign_body();
// Simulation.
Schema cycle_schema();
Schema cycles_schema();
Schema run_schema();
Schema moved_schema();
Schema agents_schema();
Schema kept_schema();
Schema refresh_body();
Schema cycle_body();
Schema advance_body();
Schema start_body();
Schema sessions_body();
Schema events_body();
// Service.
Schema health_schema();
Schema readiness_schema();
Schema problem_schema();

}  // namespace footfall::api
