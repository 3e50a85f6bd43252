# daybook_module(NAME log SOURCES a.cpp b.cpp DEPS base [PUBLIC_LIBS lib ...] [PRIVATE_LIBS lib ...])
#
# A room is a folder, a static library `daybook_<name>` with alias `daybook::<name>`, and a namespace.
# DEPS are rooms and PUBLIC_LIBS third-party libraries that appear in the room's headers.
add_library(daybook_options INTERFACE)
target_compile_options(daybook_options INTERFACE -Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overflows inside its own std::string when it inlines concatenations.
  target_compile_options(daybook_options INTERFACE -Wno-array-bounds -Wno-restrict
    -Wno-stringop-overflow)
endif()
if(DAYBOOK_WERROR)
  target_compile_options(daybook_options INTERFACE -Werror)
endif()
if(DAYBOOK_SANITIZE)
  target_compile_options(daybook_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1
    # Lines for the reports; variables would make the build half as long again.
    -g1)
  target_link_options(daybook_options INTERFACE -fsanitize=address,undefined)
endif()
if(DAYBOOK_FUZZ)
  target_compile_options(daybook_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

function(daybook_module)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS;PUBLIC_LIBS;PRIVATE_LIBS" ${ARGN})
  set(target daybook_${arg_NAME})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(daybook::${arg_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_NAME})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/daybook>)
  list(TRANSFORM arg_DEPS PREPEND daybook::)
  target_link_libraries(${target}
    PUBLIC ${arg_DEPS} ${arg_PUBLIC_LIBS}
    PRIVATE ${arg_PRIVATE_LIBS} $<BUILD_INTERFACE:daybook_options>)
  set_property(GLOBAL APPEND PROPERTY daybook_modules ${target})
endfunction()
