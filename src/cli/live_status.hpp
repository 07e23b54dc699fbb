// How a live run goes, for whoever asks from outside.
#pragma once

#include <string>

#include "cli/live_session.hpp"

namespace footfall::cli {

// running, paused, frozen, stopping.
std::string_view status_of(const simulation::RunControl& control);

// One JSON object: what `footfall ctl status --json` prints.
std::string status_json(LiveSession& session);

}  // namespace footfall::cli
