// Every setting of the program: its flag, environment variable, key in footfall.toml, default and
// limits, in one table. Flags beat environment, environment beats file, file beats default (R6).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sim_time.hpp"

namespace footfall::cli {

enum class SettingKind { text, choice, whole, number, date, on_off };

struct SettingInfo {
  std::string_view name;  // the flag is --name, the key in the file is name
  std::string_view environment;
  std::string_view default_value;
  SettingKind kind;
  double min, max;           // of whole and number
  std::string_view choices;  // of choice, separated by '|'
  bool decides_data;         // part of what makes a run's rows: stored with the run
  std::string_view meaning;
};

std::span<const SettingInfo> setting_table();
const SettingInfo* find_setting(std::string_view name);

// What may stand there: "a whole number from 1 to 64".
std::string allowed(const SettingInfo& info);

class Settings {
 public:
  struct Value {
    std::string text;
    std::string source;  // "default", "file footfall.toml", "environment TIME_SCALE", "flag --seed"
  };

  Settings();  // the defaults

  // Each checks before it takes. Errors: invalid_input naming the source, value and what is
  // allowed; for a file also io, and unknown keys with the nearest known one.
  Result<void> set(std::string_view name, std::string_view text, const std::string& source);
  Result<void> read_file(const std::string& path);
  Result<void> read_environment();

  const Value& value(std::string_view name) const;
  // The value's type must be the setting's kind (asserted).
  const std::string& text(std::string_view name) const { return value(name).text; }
  std::int64_t whole(std::string_view name) const;
  double number(std::string_view name) const;
  bool on(std::string_view name) const;
  bool is_empty(std::string_view name) const { return value(name).text.empty(); }
  bool is_default(std::string_view name) const { return value(name).source == "default"; }

 private:
  std::map<std::string, Value, std::less<>> values_;
};

// The seed given, or a fresh one.
std::uint64_t seed_of(const Settings& settings);

}  // namespace footfall::cli
