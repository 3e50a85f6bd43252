# `cmake --install` puts the program, the libraries below the command line, their headers and a
# package in place, so that another project can say
#
#   find_package(daybook REQUIRED)
#   target_link_libraries(mine PRIVATE daybook::actors)
include(CMakePackageConfigHelpers)

set(daybook_rooms base ledger protocol log index actors)
list(TRANSFORM daybook_rooms PREPEND daybook_ OUTPUT_VARIABLE daybook_libraries)
set(daybook_package_dir lib/cmake/daybook)

install(TARGETS daybook RUNTIME DESTINATION bin)
install(TARGETS ${daybook_libraries} EXPORT daybook ARCHIVE DESTINATION lib)
install(DIRECTORY ${daybook_rooms} DESTINATION include/daybook FILES_MATCHING PATTERN *.hpp
  PATTERN index/rocks EXCLUDE)
install(EXPORT daybook FILE daybookTargets.cmake NAMESPACE daybook::
  DESTINATION ${daybook_package_dir})

write_basic_package_version_file(${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/cmake/daybookConfig.cmake.in
  ${PROJECT_BINARY_DIR}/daybookConfig.cmake @ONLY)
install(FILES
  ${PROJECT_BINARY_DIR}/daybookConfig.cmake
  ${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake
  DESTINATION ${daybook_package_dir})
