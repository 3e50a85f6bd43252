# The package of an installed Daybook: finds what its libraries were built with.
include(CMakeFindDependencyMacro)

# Before CAF, which names OpenSSL's targets without finding them.
find_dependency(OpenSSL)
find_dependency(CAF COMPONENTS core io openssl)
find_dependency(absl)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(nlohmann_json)
find_dependency(tl-expected)
find_dependency(Threads)
find_dependency(PkgConfig)
pkg_check_modules(xxhash REQUIRED QUIET IMPORTED_TARGET libxxhash)

include(${CMAKE_CURRENT_LIST_DIR}/daybookTargets.cmake)
