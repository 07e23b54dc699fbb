// What has to be done before an assertion that fails says why: a dashboard gives the terminal back.
#pragma once

namespace footfall {

// Called from whatever thread found it, at most once. Set before other threads are there.
void call_before_assertion(void (*call)());

}  // namespace footfall
