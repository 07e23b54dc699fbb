# Every library the project uses, found once (DESIGN section 11).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(cjose REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(xlsxwriter REQUIRED IMPORTED_TARGET xlsxwriter)
pkg_check_modules(ncursesw REQUIRED IMPORTED_TARGET ncursesw)
# Its flags (_XOPEN_SOURCE) would reach everything above and hide what other sources use.
set_property(TARGET PkgConfig::ncursesw PROPERTY INTERFACE_COMPILE_OPTIONS "")
# The package name carries the version: 0.17 in Debian 12, newer ones elsewhere.
pkg_search_module(orcus REQUIRED IMPORTED_TARGET liborcus-0.17 liborcus-0.18 liborcus-0.19
                  liborcus-0.20 liborcus-0.21)
# Header-only, and Debian ships no CMake file for either.
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
if(FOOTFALL_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
endif()
if(FOOTFALL_BENCH)
  find_package(benchmark REQUIRED)
endif()
