# daybook_test(NAME log SOURCES a_test.cpp ... LIBS daybook::log ... [LABELS unit])
#
# One Catch2 program `<label>_<name>`, each of its cases a ctest of its own.
include(Catch)

# Those of these programs that run with sanitizers, for a build that needs no more: the conformance
# suite, which is as large as all others, walks the same code with real threads and disks.
add_custom_target(daybook_test_programs)

function(daybook_test)
  cmake_parse_arguments(arg "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  set(target ${arg_LABEL}_${arg_NAME})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE
    ${arg_LIBS} daybook::test_support Catch2::Catch2WithMain daybook_options)
  # What a test costs is compiling it: half the time goes into optimising templates.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_precompile_headers(${target} PRIVATE <catch2/catch_all.hpp>)
  if(NOT arg_LABEL STREQUAL conformance)
    add_dependencies(daybook_test_programs ${target})
  endif()
  catch_discover_tests(${target}
    TEST_PREFIX "${arg_LABEL}/${arg_NAME}: "
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
    DISCOVERY_MODE PRE_TEST)
endfunction()
