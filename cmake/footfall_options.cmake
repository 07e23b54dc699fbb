# Switches of the build and the flags every target gets.
option(FOOTFALL_TESTS "Build the tests" ON)
option(FOOTFALL_BENCH "Build the benchmarks" OFF)
option(FOOTFALL_CLI "Build the footfall program" ON)
option(FOOTFALL_DEV_TOKENS "Have the code in the program that accepts Bearer dev:<agent_id> in SIMULATION_MODE" ON)
option(FOOTFALL_WERROR "Warnings are errors" ON)
set(FOOTFALL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "" FORCE)
endif()
# Dev: fast enough to run, with debug information. The cli turns itself down to -O0 (see src/cli).
set(CMAKE_CXX_FLAGS_DEV "-O2 -g1")
set(CMAKE_C_FLAGS_DEV "-O2 -g1")

add_library(footfall_flags INTERFACE)
# -ffp-contract=off: golden runs agree between compilers and presets (STYLE section 7).
target_compile_options(footfall_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wno-sign-conversion -Wno-missing-field-initializers -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies inside std::string that are not there (GCC bug 105651), and takes
  # the frames of coroutines, which Asio allocates and frees itself, for mismatched.
  target_compile_options(footfall_flags INTERFACE -Wno-restrict -Wno-mismatched-new-delete)
endif()
if(FOOTFALL_WERROR)
  target_compile_options(footfall_flags INTERFACE -Werror)
endif()
if(FOOTFALL_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Sanitizers confuse GCC 12's data flow: it warns about members of std::regex.
    # It warns of fences, which Asio uses and the thread sanitizer does not follow.
    target_compile_options(footfall_flags INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
  target_compile_options(footfall_flags INTERFACE -fsanitize=${FOOTFALL_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(footfall_flags INTERFACE -fsanitize=${FOOTFALL_SANITIZE})
  target_compile_definitions(footfall_flags INTERFACE FOOTFALL_SANITIZED=1)
endif()
target_include_directories(footfall_flags INTERFACE ${CMAKE_SOURCE_DIR}/src
                           ${CMAKE_BINARY_DIR}/generated)

# One link at a time: two cores, and links are what fills memory.
set_property(GLOBAL PROPERTY JOB_POOLS link=1)
set(CMAKE_JOB_POOL_LINK link)
