// The flags of `footfall bench`, apart from those of the other commands (command_line.cpp).
#pragma once

#include <functional>
#include <initializer_list>
#include <string_view>

#include "base/result.hpp"
#include "cli/settings.hpp"

namespace CLI {
class App;
}

namespace footfall::cli {

// Flags of the settings named; what a command does when it was asked for.
using AddSettings = std::function<void(CLI::App*, std::initializer_list<std::string_view>)>;
using OnCommand = std::function<void(CLI::App*, std::function<Result<void>(const Settings&)>)>;

void add_bench(CLI::App& app, const AddSettings& add_settings, const OnCommand& on);

}  // namespace footfall::cli
