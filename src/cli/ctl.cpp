// footfall ctl: steers a live run from another terminal, as its keys do.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/control_socket.hpp"
#include "cli/text_table.hpp"

namespace footfall::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Sockets of the folder, of one run if `run` is not 0.
std::vector<fs::path> sockets_in(const fs::path& folder, std::int64_t run, std::error_code& error) {
  std::vector<fs::path> found;
  const std::string prefix = run == 0 ? "run-" : fmt::format("run-{}-", run);
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".sock")) found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

struct Answer {
  fs::path path;
  std::string line;
};

struct Answers {
  std::vector<Answer> answers;
  std::string problem;  // of one that is there, and does not answer
};

// What a dead one left behind is taken away.
Answers ask_all(const std::vector<fs::path>& sockets, const std::string& request) {
  Answers all;
  for (const fs::path& path : sockets) {
    auto answer = ask_simulator(path, request);
    if (answer) {
      all.answers.push_back({path, std::move(*answer)});
    } else if (answer.error().code() == Errc::not_found) {
      std::error_code ignored;
      fs::remove(path, ignored);
    } else {
      all.problem = answer.error().message();
    }
  }
  return all;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (!found) return {};
  if (found->is_string()) return printable(std::string(found->as_string()));
  return json::serialize(*found);
}

std::int64_t number_of(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found && found->is_int64() ? found->as_int64() : 0;
}

Result<std::string> state_text(const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) {
    return Error(Errc::io, "the simulator's answer cannot be read; are both of one version?");
  }
  const json::object& state = value.as_object();
  if (state.contains("error")) return Error(Errc::invalid_input, text_of(state, "error"));
  std::string out = fmt::format("Run {} (process {}): {}\n", text_of(state, "run"),
                                text_of(state, "process"), text_of(state, "status"));
  const std::string why = text_of(state, "frozen_because");
  if (!why.empty() && text_of(state, "status") == "frozen") {
    fmt::format_to(std::back_inserter(out), "Frozen: {}\n`footfall ctl resume` goes on.\n", why);
  }
  fmt::format_to(std::back_inserter(out), "Simulated {}, {} of {} cycles done\n",
                 text_of(state, "simulated"), with_commas(number_of(state, "cycle")),
                 with_commas(number_of(state, "cycles")));
  fmt::format_to(std::back_inserter(out), "{} trips, {} orders, {} failed; {} calls sent\n",
                 with_commas(number_of(state, "trips")), with_commas(number_of(state, "orders")),
                 with_commas(number_of(state, "failures")), with_commas(number_of(state, "calls")));
  if (const std::string failed = text_of(state, "checkpoint_error"); !failed.empty()) {
    fmt::format_to(std::back_inserter(out), "The last try to keep a checkpoint failed: {}\n",
                   failed);
  }
  const std::string checkpoint = text_of(state, "checkpoint");
  fmt::format_to(std::back_inserter(out), "Last checkpoint: {}\n",
                 checkpoint.empty() ? "none" : checkpoint);
  return out;
}

}  // namespace

Result<void> control_run(const Settings& settings, const ControlOptions& options) {
  const std::string& folder = settings.text("control");
  if (folder == "off") {
    return Error(Errc::invalid_input, "--control is off: name the folder that the run was given");
  }
  std::error_code unreadable;
  const std::vector<fs::path> sockets = sockets_in(folder, options.run, unreadable);
  if (unreadable && unreadable != std::errc::no_such_file_or_directory) {
    return Error(Errc::io, fmt::format("{} cannot be read: {}", folder, unreadable.message()));
  }
  Answers all = ask_all(sockets, "{\"do\":\"status\"}\n");
  std::vector<Answer>& answers = all.answers;
  const std::string whose = options.run ? fmt::format(" of run {}", options.run) : std::string();
  if (answers.empty() && !all.problem.empty()) return Error(Errc::io, all.problem);
  if (answers.empty()) {
    return Error(
        Errc::not_found,
        fmt::format("no live run{} listens in {}: is one running, and was it started in this "
                    "folder, or with the same --control?",
                    whose, folder));
  }
  if (answers.size() > 1 && options.what != "status") {
    return Error(Errc::invalid_input,
                 fmt::format("{} live runs{} listen in {}: say which with --run (`footfall ctl "
                             "status` lists them)",
                             answers.size(), whose, folder));
  }
  if (options.what != "status") {
    const std::vector<fs::path> one = {answers.front().path};
    all = ask_all(one, fmt::format("{{\"do\":\"{}\"}}\n", options.what));
    if (answers.empty()) return Error(Errc::io, "the simulator has ended meanwhile");
  }
  for (const Answer& answer : answers) {
    if (options.json) {
      fmt::print("{}", answer.line);
      continue;
    }
    const auto text = state_text(answer.line);
    if (!text) return text.error();
    fmt::print("{}", *text);
  }
  return {};
}

}  // namespace footfall::cli
