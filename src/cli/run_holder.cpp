#include "cli/run_holder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "base/failure.hpp"

namespace footfall::cli {
namespace {

// A live run says every ten seconds that it is there.
constexpr std::chrono::seconds kSilence{30};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// A process's start, in clock ticks since the machine's: numbers of processes come again. Empty
// where there is none, or where the system does not tell.
std::string start_of(const std::string& process) {
  const std::string line = first_line("/proc/" + process + "/stat");
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  const char state = name_end + 2 < line.size() ? line[name_end + 2] : 'X';
  if (state == 'Z' || state == 'X') return {};  // it has ended, and nobody has looked yet
  std::size_t at = name_end + 1;
  for (int field = 2; field < 21; ++field) {
    at = line.find(' ', at + 1);
    if (at == std::string::npos) return {};
  }
  return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

// The machine since it was started; of containers each its own.
std::string machine() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  char space[64] = "";
  if (::readlink("/proc/self/ns/pid", space, sizeof space - 1) < 0) space[0] = '\0';
  return fmt::format("{} {} {}", name, first_line("/proc/sys/kernel/random/boot_id"), space);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

}  // namespace

const std::string& this_holder() {
  static const std::string holder = [] {
    const std::string process = fmt::format("{}", ::getpid());
    return fmt::format("{} {} {}", machine(), process, start_of(process));
  }();
  return holder;
}

bool is_known_dead(const std::string& holder) {
  const std::string here = machine() + " ";
  if (!holder.starts_with(here)) return false;
  const std::vector<std::string> words = words_of(holder.substr(here.size()));
  if (words.size() != 2 || words[1].empty()) return false;
  return start_of(words[0]) != words[1];
}

void take_run(store::RunPast& past, RunId run, const std::string& shop) {
  store::RunPast::Hold hold = past.hold(this_holder(), {}, shop);
  if (hold.ours) return;
  const bool is_here = hold.holder.starts_with(machine() + " ");
  bool dead = is_known_dead(hold.holder);
  if (!dead && !is_here) {
    fmt::print(stderr,
               "Run {} was last lived on another machine; waiting up to {} s to see whether "
               "it still is ...\n",
               run.value, kSilence.count());
    const std::int64_t said = hold.held_us;
    const auto until = std::chrono::steady_clock::now() + kSilence;
    dead = true;
    while (dead && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      const store::RunPast::Hold again = past.hold(this_holder(), {}, shop);
      if (again.ours) return;
      dead = again.held_us == said && again.holder == hold.holder;
    }
  }
  if (dead && past.hold(this_holder(), hold.holder, shop).ours) return;
  const std::vector<std::string> words = words_of(hold.holder);
  throw Failure(fmt::format(
      "run {} is being lived by process {} on {}: two simulators on one run would live it twice. "
      "`footfall ctl status` asks it how it goes; begin another run with --new",
      run.value, words.size() > 3 ? words[words.size() - 2] : "?", words.front()));
}

}  // namespace footfall::cli
