#include "screen/panels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>

#include "base/text.hpp"
#include "screen/words.hpp"

namespace footfall::screen {
namespace {

constexpr int kWide = 45;          // from here on a panel's columns stand further apart
constexpr int kLabel = 11;         // columns of a label
constexpr double kWorkMuch = 0.8;  // share of the cycle from which the work is close to too much

// Where a row's value ends, and its note begins.
int value_end(const Area& area) { return area.width() >= kWide ? 26 : 22; }
int note_begin(const Area& area) { return value_end(area) + 2; }

void draw_value(Area& area, int y, std::string_view label, std::string_view value) {
  area.text(0, y, label, Style::dim);
  area.text_right(value_end(area), y, value, Style::bold);
}

// Of the notes, which mean the same, the first that fits.
void draw_note(Area& area, int y, std::initializer_list<std::string> notes) {
  const int room = area.width() - note_begin(area);
  for (const std::string& note : notes) {
    if (columns(note) > room) continue;
    area.text(note_begin(area), y, note, Style::dim);
    return;
  }
}

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}", with_commas(count), what);
}

Style work_style(double share) {
  return share >= 1 ? Style::bad : share >= kWorkMuch ? Style::warning : Style::bar;
}

// The three columns of a latency, of which each ends at latency_end().
int latency_end(const Area& area, int column) {
  const int step = std::min((area.width() - kLabel) / 3, 13);
  return kLabel + step * (column + 1);
}

void draw_latency(Area& area, int y, std::string_view label, const std::optional<Latency>& of) {
  area.text(0, y, label, Style::dim);
  const auto draw = [&](int column, std::int64_t us) {
    area.text_right(latency_end(area, column), y, of ? latency_words(us) : "–",
                    of ? Style::bold : Style::dim);
  };
  const Latency known = of.value_or(Latency{});
  draw(0, known.p50_us);
  draw(1, known.p95_us);
  draw(2, known.p99_us);
}

void draw_bucket(const Bucket& bucket, int y, Area& area) {
  draw_value(area, y, "bucket", percent_words(bucket.fill));
  const std::string rate = fmt::format("{:.4g}/s", bucket.per_second);
  const int begin = area.text_right(area.width(), y, rate, Style::dim);
  area.bar(note_begin(area), y, begin - 1 - note_begin(area), bucket.fill, Style::bar);
}

void draw_pool(const Pool& pool, int y, Area& area) {
  draw_value(area, y, "pool", fmt::format("{} busy", pool.busy));
  draw_note(area, y,
            {fmt::format("{} open, at most {}", pool.open, pool.limit),
             fmt::format("{} open of {}", pool.open, pool.limit), fmt::format("{} open", pool.open),
             fmt::format("{}", pool.open)});
}

std::vector<ErrorCount> most_first(std::vector<ErrorCount> errors) {
  std::stable_sort(errors.begin(), errors.end(),
                   [](const ErrorCount& a, const ErrorCount& b) { return a.count > b.count; });
  return errors;
}

void draw_count(Area area, int y, std::string_view label, std::int64_t count, Style if_any) {
  const int begin =
      area.text_right(area.width(), y, with_commas(count), count > 0 ? if_any : Style::dim);
  area.part(0, y, begin - 1, 1).text(0, 0, label, Style::dim);
}

// A remark at the end of a title's row, where it fits.
void draw_remark(Area& area, std::string_view title, std::string_view remark, Style style) {
  if (remark.empty() || columns(title) + columns(remark) + 4 > area.width()) return;
  const int begin = area.text_right(area.width(), 0, remark, style);
  area.put(begin - 1, 0, U' ', Style::plain);
}

void draw_chart(Area area, std::string_view title, std::string_view remark,
                std::span<const double> values) {
  draw_title(area, title);
  draw_remark(area, title, remark, Style::dim);
  area.chart(0, 1, area.width(), area.height() - 1, values, Style::bar);
}

// The largest of those that a chart of this width shows; 0 if there is none.
double largest(std::span<const double> values, int width) {
  const auto most = static_cast<std::size_t>(std::max(width, 0));
  if (values.size() > most) values = values.last(most);
  const auto top = std::max_element(values.begin(), values.end());
  return top == values.end() ? 0 : *top;
}

}  // namespace

void draw_title(Area& area, std::string_view title) {
  const int end = area.text(0, 0, title, Style::title);
  for (int x = end + 1; x < area.width(); ++x) area.put(x, 0, U'─', Style::dim);
}

std::int64_t errors_in_all(const State& state) {
  return state.failed_trips + state.failed_checkouts;
}

void draw_shopping(const State& state, Area area) {
  draw_title(area, "Shopping");
  const bool ramps = state.admitted < state.agents;
  const std::string in_shop = counted(state.in_shop, "in the shop");
  draw_value(area, 1, "agents", with_commas(ramps ? state.admitted : state.agents));
  if (ramps) {
    draw_note(area, 1,
              {fmt::format("of {}, {}", with_commas(state.agents), in_shop),
               fmt::format("of {}", with_commas(state.agents))});
  } else {
    draw_note(area, 1, {in_shop});
  }
  draw_value(area, 2, "sessions", with_commas(state.sessions));
  draw_note(area, 2, {counted(state.trips, "trips done"), counted(state.trips, "trips")});
  draw_value(area, 3, "orders", with_commas(state.orders));
  const double bought =
      state.trips > 0 ? static_cast<double>(state.orders) / static_cast<double>(state.trips) : 0;
  draw_note(area, 3, {counted(state.abandoned, "abandoned"), percent_words(bought) + " of trips"});
  draw_value(area, 4, "orders/min", rate_words(state.orders_per_minute));
  area.chart(note_begin(area), 4, area.width() - note_begin(area), 1,
             state.orders_per_minute_before, Style::bar);
  draw_value(area, 5, "revenue", money_words(state.revenue));
  draw_value(area, 6, "coupons", with_commas(state.coupons_assigned));
  draw_note(area, 6,
            {counted(state.coupons_redeemed, "redeemed"), counted(state.coupons_redeemed, "used")});
  draw_value(area, 7, "expired", with_commas(state.coupons_expired));
  draw_note(area, 7, {"of the coupons"});
}

void draw_calls(const State& state, Area area) {
  if (!state.calls) {
    draw_title(area, "Calls");
    area.text(0, 1, "no service: shops in the database", Style::dim);
    if (state.pool) draw_pool(*state.pool, 2, area);
    return;
  }
  const Calls& calls = *state.calls;
  Area title = area.part(0, 0, latency_end(area, 0) - 4, 1);
  draw_title(title, "Calls");
  area.text_right(latency_end(area, 0), 0, "p50", Style::dim);
  area.text_right(latency_end(area, 1), 0, "p95", Style::dim);
  area.text_right(latency_end(area, 2), 0, "p99", Style::dim);
  draw_latency(area, 1, "from due", calls.from_due);
  draw_latency(area, 2, "from sent", calls.from_sent);
  area.text(0, 3, "p95", Style::dim);
  area.chart(kLabel, 3, area.width() - kLabel, 1, calls.p95_us, Style::bar);
  draw_value(area, 4, "sent", with_commas(calls.sent));
  draw_note(area, 4, {counted(calls.repeated, "repeated")});
  int y = 5;
  if (state.pool) draw_pool(*state.pool, y++, area);
  if (state.bucket) draw_bucket(*state.bucket, y, area);
}

void draw_machine(const State& state, Area area) {
  draw_title(area, "Machine");
  draw_value(area, 1, "work", state.work_share ? percent_words(*state.work_share) : "–");
  if (state.work_share && state.time_scale) {
    constexpr std::string_view kWhat = " of the cycle";
    const int begin =
        area.width() >= kWide ? area.text_right(area.width(), 1, kWhat, Style::dim) : area.width();
    area.bar(note_begin(area), 1, begin - note_begin(area), *state.work_share,
             work_style(*state.work_share));
  }
  draw_value(area, 2, "memory", bytes_words(state.memory_bytes));
  draw_note(area, 2, {"resident"});
  draw_value(area, 3, "time scale",
             state.time_scale ? fmt::format("{:g}", *state.time_scale) : "–");
  if (state.time_scale && *state.time_scale > 0) {
    const std::string cycle = fmt::format("{:.4g} s", 3600 / *state.time_scale);
    draw_note(area, 3, {"a cycle every " + cycle, cycle + " a cycle", cycle});
  } else {
    draw_note(area, 3, {"not paced"});
  }
  draw_value(area, 4, "real time", duration_words(state.real_seconds));
  draw_note(area, 4, {"since the start", "so far"});
  if (!state.checkpoint) {
    draw_value(area, 5, "checkpoint", "none yet");
    return;
  }
  const std::string ago = duration_words(state.checkpoint->seconds_ago) + " ago";
  draw_value(area, 5, "checkpoint", "cycle " + with_commas(state.checkpoint->cycle));
  draw_note(area, 5, {ago + ", " + state.checkpoint->file, ago});
}

void draw_errors(const State& state, Area area) {
  constexpr int kLeft = 23;  // "failed checkouts" and six digits with a comma
  draw_title(area, "Errors");
  const Area left = area.part(0, 0, kLeft, area.height());
  draw_count(left, 1, "failed trips", state.failed_trips, Style::bad);
  draw_count(left, 2, "failed checkouts", state.failed_checkouts, Style::bad);
  draw_count(left, 3, "unsettled", state.unsettled, Style::bad);
  draw_count(left, 4, "late cycles", state.late_cycles, Style::warning);
  draw_count(left, 5, "freezes", state.freezes, Style::warning);
  const Area right = area.part(kLeft + 2, 0, std::min(area.width() - kLeft - 2, kLeft), 6);
  const std::vector<ErrorCount> errors = most_first(state.errors);
  constexpr std::size_t kRows = kErrorsRows - 1;
  const bool all_fit = errors.size() <= kRows;
  const std::size_t shown = all_fit ? errors.size() : kRows - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    draw_count(right, static_cast<int>(i) + 1, errors[i].name, errors[i].count, Style::bad);
  }
  if (all_fit) return;
  std::int64_t others = 0;
  for (std::size_t i = shown; i < errors.size(); ++i) others += errors[i].count;
  draw_count(right, kRows, "others", others, Style::bad);
}

void draw_essentials(const State& state, Area area) {
  draw_value(area, 0, "orders", with_commas(state.orders));
  const std::string rate = rate_words(state.orders_per_minute) + "/min";
  const int end = area.text(note_begin(area), 0, rate, Style::dim) + 2;
  area.chart(end, 0, area.width() - end, 1, state.orders_per_minute_before, Style::bar);
  draw_value(area, 1, "sessions", with_commas(state.sessions));
  draw_note(area, 1,
            {fmt::format("{} of {} agents in the shop", with_commas(state.in_shop),
                         with_commas(state.agents)),
             counted(state.in_shop, "in the shop")});
  draw_value(area, 2, "coupons", with_commas(state.coupons_assigned));
  draw_note(area, 2, {counted(state.coupons_redeemed, "used")});
  if (state.calls && state.calls->from_due) {
    const Latency& latency = *state.calls->from_due;
    draw_value(area, 3, "p95 latency", latency_words(latency.p95_us));
    draw_note(area, 3,
              {fmt::format("p50 {}, p99 {}", latency_words(latency.p50_us),
                           latency_words(latency.p99_us)),
               "p99 " + latency_words(latency.p99_us)});
  } else {
    draw_value(area, 3, "p95 latency", "–");
    if (!state.calls) draw_note(area, 3, {"no service"});
  }
  draw_value(area, 4, "errors", with_commas(errors_in_all(state)));
  const std::vector<ErrorCount> errors = most_first(state.errors);
  if (!errors.empty()) draw_note(area, 4, {counted(errors[0].count, errors[0].name)});
  draw_value(area, 5, "work", state.work_share ? percent_words(*state.work_share) : "–");
  draw_note(area, 5, {"of the cycle, memory " + bytes_words(state.memory_bytes), "of the cycle"});
}

void draw_orders_chart(const State& state, Area area) {
  const double top = largest(state.orders_per_minute_before, area.width());
  draw_chart(area, "Orders a minute", top > 0 ? "at most " + rate_words(top) : "",
             state.orders_per_minute_before);
}

void draw_latency_chart(const State& state, Area area) {
  const std::span<const double> values =
      state.calls ? std::span<const double>(state.calls->p95_us) : std::span<const double>();
  const double top = std::min(largest(values, area.width()), 1e15);
  draw_chart(area, "Latency p95, from due",
             top > 0       ? "at most " + latency_words(static_cast<std::int64_t>(top))
             : state.calls ? ""
                           : "no service",
             values);
}

void draw_log(const State& state, Area area) {
  constexpr int kLevel = 10, kText = 19;  // where these columns begin
  constexpr std::string_view kTitle = "Log";
  draw_title(area, kTitle);
  draw_remark(area, kTitle, state.hint.empty() ? scale_advice(state) : state.hint, Style::warning);
  const auto rows = static_cast<std::size_t>(std::max(area.height() - 1, 0));
  const std::size_t shown = std::min(rows, state.log.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const LogLine& line = state.log[state.log.size() - shown + i];
    const int y = static_cast<int>(i) + 1;
    const Style style = line.level == telemetry::Level::error     ? Style::bad
                        : line.level == telemetry::Level::warning ? Style::warning
                                                                  : Style::plain;
    area.part(0, y, kLevel - 1, 1).text(0, 0, line.time, Style::dim);
    area.text(kLevel, y, telemetry::to_string(line.level),
              style == Style::plain ? Style::dim : style);
    area.text(kText, y, line.text, style == Style::bad ? style : Style::plain);
  }
}

}  // namespace footfall::screen
