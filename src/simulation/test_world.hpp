// Tests only: a shop and people to run simulations with, and a journal that keeps everything in
// memory.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "personas/maker.hpp"
#include "personas/population.hpp"
#include "retail/catalogue.hpp"
#include "simulation/fast_run.hpp"
#include "store/journal.hpp"

namespace footfall::simulation {

// Eight categories of 20 products, four brands each, 60 coupons of which two are capped.
inline retail::Catalogue small_shop() {
  retail::Catalogue shop;
  shop.currency = "USD";
  shop.stores = {{StoreId{1}, "S1", "One", "Here", "UTC"},
                 {StoreId{2}, "S2", "Two", "There", "UTC"}};
  for (int c = 0; c < 8; ++c) {
    const std::uint16_t category = shop.category_index("category " + std::to_string(c));
    for (int p = 0; p < 20; ++p) {
      retail::Product product;
      product.id = ProductId{static_cast<std::int64_t>(shop.products.size()) + 1};
      product.sku = "sku" + std::to_string(product.id.value);
      product.name = "product " + std::to_string(product.id.value);
      product.category = category;
      product.brand = shop.brand_index("brand " + std::to_string((c * 3 + p) % 11));
      product.list_price = Money{99 + 37 * p};
      product.popularity = 1.0 / (p + 2.7);
      shop.products.push_back(product);
    }
  }
  for (int i = 0; i < 60; ++i) {
    retail::Coupon coupon;
    coupon.id = CouponId{i + 1};
    coupon.code = "C" + std::to_string(i);
    coupon.kind = i < 8   ? retail::CouponKind::frontstore
                  : i % 2 ? retail::CouponKind::category
                          : retail::CouponKind::brand;
    coupon.scope = static_cast<std::uint16_t>(i % 8);
    i % 3 ? void(coupon.percent_bps = 500 + 100 * (i % 20)) : void(coupon.amount = Money{50 + i});
    if (i == 20) coupon.max_issuance = 25;
    if (i == 21) coupon.max_redemptions = 25;
    shop.coupons.push_back(coupon);
  }
  return shop;
}

inline personas::Population small_population(const retail::Catalogue& shop, int count) {
  personas::Palette palette;
  for (const auto& name : shop.categories) palette.categories.push_back({name, 1});
  for (const auto& name : shop.brands) palette.brands.push_back({name, 1});
  personas::Vocabulary words{shop.categories, shop.brands, {"S1", "S2"}};
  personas::Population people;
  for (int i = 1; i <= count; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    people.push_back(
        compile(personas::make_persona(5, number, palette), words, AgentId{i}, number).value());
  }
  return people;
}

// Keeps every entry; can be told to fail.
struct MemoryJournal final : store::Journal {
  std::vector<store::JournalEntry> entries;
  int fail_at_commit = -1;
  int commits = 0;

  void commit(std::span<const store::JournalEntry> more) override {
    if (commits++ == fail_at_commit) throw Failure("the disk is full");
    entries.insert(entries.end(), more.begin(), more.end());
  }

  // All batches in the order in which a database would take their sessions: by hour, then shopper.
  template <typename Visit>
  void each_session(Visit visit) const {
    for (const store::JournalEntry& entry : entries) {
      std::vector<std::pair<const retail::RecordBatch*, const retail::SessionRecord*>> sessions;
      for (const retail::RecordBatch& batch : entry.ranges) {
        for (const retail::SessionRecord& session : batch.sessions)
          sessions.emplace_back(&batch, &session);
      }
      std::stable_sort(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) {
        return hour_number(a.second->started) < hour_number(b.second->started);
      });
      for (const auto& [batch, session] : sessions) visit(*batch, *session);
    }
  }
};

// Everything a run left behind, as text: equal texts mean equal rows.
inline std::string everything(const MemoryJournal& journal) {
  std::string out;
  journal.each_session([&](const retail::RecordBatch& batch, const retail::SessionRecord& s) {
    out += fmt::format("S{} {} {} {} {} {} {} {}\n", s.id.value, s.started.us, s.ended.us,
                       static_cast<int>(s.outcome), s.placed.us, s.discount.minor, s.total.minor,
                       s.has_session);
    for (auto i = s.events.first; i < s.events.first + s.events.count; ++i) {
      const retail::Event& e = batch.events[i];
      out += fmt::format("E{} {} {} {} {} {} {} {}\n", static_cast<int>(e.type), e.at.us, e.product,
                         e.qty, e.coupon.value, e.listing.value, e.amount.minor,
                         static_cast<int>(e.refusal));
    }
    for (auto i = s.decisions.first; i < s.decisions.first + s.decisions.count; ++i) {
      const retail::Decision& d = batch.decisions[i];
      out +=
          fmt::format("D{} {} {} {}\n", static_cast<int>(d.kind), d.chosen, d.probability, d.draw);
    }
    for (auto i = s.lines.first; i < s.lines.first + s.lines.count; ++i) {
      out += fmt::format("L{} {} {}\n", batch.lines[i].product, batch.lines[i].qty,
                         batch.line_discounts[i].minor);
    }
    for (auto i = s.discounts.first; i < s.discounts.first + s.discounts.count; ++i) {
      const retail::OrderDiscountRecord& d = batch.discounts[i];
      out += fmt::format("O{} {} {}\n", d.coupon.value, d.line, d.amount.minor);
    }
  });
  std::vector<std::string> wallet;
  for (const store::JournalEntry& entry : journal.entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      for (const auto& a : batch.assigned) {
        wallet.push_back(
            fmt::format("A{} {} {} {}\n", a.id.value, a.at.us, a.definition, a.probability));
      }
      for (const auto& e : batch.ended) {
        wallet.push_back(fmt::format("X{} {} {} {}\n", e.id.value, e.at.us, e.order.value,
                                     static_cast<int>(e.how)));
      }
    }
  }
  std::sort(wallet.begin(), wallet.end());
  for (const std::string& row : wallet) out += row;
  return out;
}

// The first line that differs, or nothing: a test that compares whole runs with EXPECT_EQ works
// for minutes on how to show two megabytes that differ.
inline std::string difference(const std::string& expected, const std::string& found) {
  if (expected == found) return {};
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
  const auto at = static_cast<std::size_t>(a - expected.begin());
  const std::size_t line = at == 0 ? 0 : expected.rfind('\n', at - 1) + 1;
  const auto part = [&](const std::string& text) { return text.substr(line, 160); };
  return fmt::format("at byte {}, expected:\n{}\nfound:\n{}", at, part(expected), part(found));
}

inline Plan four_weeks() {
  Plan plan;
  plan.run = RunId{1};
  plan.seed = 42;
  plan.start = parse_sim_time("2026-01-05").value();
  plan.until = plan.start + kWeek * 4;
  return plan;
}

}  // namespace footfall::simulation
