# Every third-party library, found once. CAF may be installed or built by scripts/setup.
# CAF's package accepts no version but its own, and names OpenSSL's targets without finding them.
find_package(OpenSSL REQUIRED)
find_package(CAF REQUIRED COMPONENTS core io openssl)
if(CAF_VERSION VERSION_LESS 0.18)
  message(FATAL_ERROR "CAF ${CAF_VERSION} is too old: 0.18 or later is needed (scripts/setup builds it)")
endif()
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
# It has no package of its own: linked as `bloom`.
find_library(bloom_library bloom REQUIRED)
find_path(bloom_headers bloom.h REQUIRED)

# What programs are linked with: much is allocated on one thread and freed on another. The libraries
# leave the choice to whoever links them. Sanitizers bring their own.
add_library(daybook_allocator INTERFACE)
if(DAYBOOK_TCMALLOC AND NOT DAYBOOK_SANITIZE AND NOT DAYBOOK_FUZZ)
  find_library(tcmalloc_library tcmalloc_minimal REQUIRED)
  target_link_libraries(daybook_allocator INTERFACE ${tcmalloc_library})
endif()
