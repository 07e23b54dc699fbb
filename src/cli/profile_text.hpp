// What `footfall profile check` shows. Pure functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text_table.hpp"
#include "commerce/http/profile.hpp"

namespace footfall::cli {

// One action of a profile, and what came of it.
struct ProfileStep {
  enum class State : std::uint8_t {
    ok,
    refused,   // understood as a refusal that happens in a shop
    failed,    // no answer, or one that the profile does not explain
    left_out,  // something that it needs is not known
    not_sent,  // a checkout without --buy: shown as it would be sent
    missing    // the profile says so
  };

  commerce::ApiAction action{};
  State state = State::missing;
  std::string call;                  // "POST /v2/baskets"; empty if there was none
  std::string headers, body;         // as sent
  int status = 0;                    // 0: no answer
  std::int64_t took_us = 0;          // of the first call
  std::vector<std::string> learned;  // what the answer said, or what went wrong; a line each
};

struct ProfileCheck {
  std::string profile, file;  // the profile's name, and where it stands
  std::string service;        // origin and base of its URL
  std::string who;            // "agent 1 (P-0001)"
  std::string goods;          // "the catalogue of sqlite:data/footfall.db"
  std::string token;          // never shown
  bool bought = false;
  std::string run;  // in which run of the service: a sentence; empty: it knows of none
  std::vector<ProfileStep> steps;

  int failures() const;
};

// `text` without the token, wherever it stands.
std::string masked(std::string text, std::string_view token);

// What a run does without an action, and nothing if that changes nothing.
std::string_view without(commerce::ApiAction action);

std::string profile_check_text(const ProfileCheck& check, const TextStyle& style);

}  // namespace footfall::cli
