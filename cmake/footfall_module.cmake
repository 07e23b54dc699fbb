# footfall_module(NAME shopper [FOLDER store/sqlite] [OBJECT] SRCS … [DEPS modules] [LIBS libraries]
#                 [TESTS sources] [TEST_DEPS modules] [TEST_LIBS libraries])
#
# OBJECT: a library of which a program names one of several with the same functions; its objects are
# linked whatever the order, and two of them do not link.
#
# One library a module, files listed by hand. Modules are added in floor order (src/CMakeLists.txt);
# a dependency that is not yet defined stops the configuration, so a cycle cannot be written.
# tests/tree_check.py compares each #include with DEPS.
function(footfall_module)
  cmake_parse_arguments(M "OBJECT" "NAME;FOLDER" "SRCS;DEPS;LIBS;TESTS;TEST_DEPS;TEST_LIBS" ${ARGN})
  if(NOT M_FOLDER)
    set(M_FOLDER ${M_NAME})
  endif()
  foreach(dep IN LISTS M_DEPS M_TEST_DEPS)
    if(NOT TARGET footfall_${dep})
      message(FATAL_ERROR "module ${M_NAME} depends on ${dep}, which stands on a higher floor "
                          "or does not exist. Includes point down only (DESIGN section 3).")
    endif()
  endforeach()
  list(TRANSFORM M_SRCS PREPEND ${M_FOLDER}/)
  list(TRANSFORM M_TESTS PREPEND ${M_FOLDER}/)
  list(TRANSFORM M_DEPS PREPEND footfall_)
  list(TRANSFORM M_TEST_DEPS PREPEND footfall_)
  if(M_SRCS)
    if(M_OBJECT)
      add_library(footfall_${M_NAME} OBJECT ${M_SRCS})
    else()
      add_library(footfall_${M_NAME} STATIC ${M_SRCS})
    endif()
    target_link_libraries(footfall_${M_NAME} PUBLIC footfall_flags ${M_DEPS} ${M_LIBS})
  else()
    add_library(footfall_${M_NAME} INTERFACE)
    target_link_libraries(footfall_${M_NAME} INTERFACE footfall_flags ${M_DEPS} ${M_LIBS})
  endif()
  if(FOOTFALL_TESTS AND M_TESTS)
    add_executable(${M_NAME}_test ${M_TESTS})
    target_link_libraries(${M_NAME}_test PRIVATE footfall_${M_NAME} ${M_TEST_DEPS} ${M_TEST_LIBS}
                          GTest::gtest_main rapidcheck rapidcheck_gtest)
    target_compile_definitions(${M_NAME}_test PRIVATE
      FOOTFALL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(${M_NAME}_test TEST_PREFIX ${M_NAME}. DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 300)
  endif()
endfunction()
