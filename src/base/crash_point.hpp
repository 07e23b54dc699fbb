// Places at which tests let the program die, as if it were killed there (R36). Nothing in programs
// that are built without tests.
#pragma once

namespace footfall {

// Kills the process if FOOTFALL_CRASH_AT names this point: "name", or "name:3" for the third time
// that it is passed. Any thread.
void crash_point(const char* name);

}  // namespace footfall
