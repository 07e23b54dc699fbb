// What the shop's API refuses, by kind: stable codes, what each means, what to do. One table;
// docs/ERRORS.md and the OpenAPI file are made from it.
#pragma once

#include <span>
#include <string>

#include "http/problem.hpp"
#include "retail/pricing.hpp"
#include "store/shop.hpp"

namespace footfall::api {

using http::ProblemKind;

// Who calls, and whether they may.
extern const ProblemKind kUnauthorized, kTokenExpired, kAuthUnavailable, kForbidden,
    kAccountDisabled, kSimulationModeDisabled, kSimulationHeadersRefused;
// The request itself.
extern const ProblemKind kNoSuchRoute, kMethodNotAllowed, kUnsupportedMediaType, kInvalidJson,
    kInvalidRequest, kIdempotencyKeyRequired, kIdempotencyKeyReused;
// Runs and simulated time.
extern const ProblemKind kNoRun, kNoSuchRun, kRunNotRunning, kSimTimeOutOfWindow, kTimeNotMonotonic,
    kNoSuchCycle, kCycleAlreadyExists, kCycleNotBegun, kNoSuchUser;
// The shop.
extern const ProblemKind kNoSuchStore, kNoSuchProduct, kCartNotOpen, kCartVersionConflict,
    kOtherCartOpen, kTooManyLines, kBadQuantity, kTooManyCoupons, kCouponNotInCart, kEmptyCart,
    kCouponExpired, kCouponAlreadyRedeemed, kCouponNotOwned, kCouponNotEligible, kCouponCapReached,
    kInsufficientStock, kPriceTooLarge, kHourTaken, kSessionOver, kNoSuchOrder,
    kOrderAlreadyReturned, kNoSuchLine, kTooManyUnits;
// What is behind the API.
extern const ProblemKind kDatabaseUnavailable, kBusy;

// All of them, in this order.
std::span<const ProblemKind* const> api_problems();

// The kind that stands for what the store refused. Asserts that it is a refusal.
const ProblemKind& kind_of(store::CartStatus status);
const ProblemKind& kind_of(store::CheckoutStatus status);  // not coupon_refused
const ProblemKind& kind_of(store::ReturnStatus status);
const ProblemKind& kind_of(retail::Refusal refusal);

// docs/ERRORS.md.
std::string errors_markdown();

}  // namespace footfall::api
