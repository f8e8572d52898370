# Every library comes from a Debian 12 package; nothing is downloaded by the build.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)

# Asio is compiled once (ASIO_SEPARATE_COMPILATION) instead of in every file.
# Asio 1.22 does not recognise clang's coroutines by itself. Whether it sees aligned_alloc depends on
# which standard header came before it, so that files would disagree on how memory is freed: plain
# operator new everywhere.
add_library(third_party_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio_impl.cc)
target_compile_features(third_party_asio PUBLIC cxx_std_23)
target_compile_definitions(third_party_asio PUBLIC
  ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED
  ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE ASIO_DISABLE_STD_ALIGNED_ALLOC)
if(FANFARE_SANITIZE)
  target_compile_options(third_party_asio PUBLIC -fsanitize=${FANFARE_SANITIZE})
endif()

# llhttp's C sources come in Debian's node-llhttp package. Strict: its leniencies stay compiled out.
find_path(LLHTTP_INCLUDE_DIR NAMES llhttp.h PATHS /usr/share/include/llhttp REQUIRED)
find_path(LLHTTP_SOURCE_DIR NAMES llhttp.c PATHS /usr/share/llhttp REQUIRED)
add_library(third_party_llhttp STATIC
  ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
target_include_directories(third_party_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
target_compile_definitions(third_party_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(third_party_llhttp PRIVATE -O2 -w)

# WebSocket framing; the library itself speaks to no socket.
add_library(third_party_wslay INTERFACE)
target_link_libraries(third_party_wslay INTERFACE wslay)

# Host names in other scripts become their A-labels.
add_library(third_party_idn2 INTERFACE)
target_link_libraries(third_party_idn2 INTERFACE idn2)

add_library(third_party_simdjson INTERFACE)
target_link_libraries(third_party_simdjson INTERFACE simdjson)
add_library(third_party_rocksdb INTERFACE)
target_link_libraries(third_party_rocksdb INTERFACE rocksdb)
add_library(third_party_yaml INTERFACE)
target_link_libraries(third_party_yaml INTERFACE yaml-cpp)
add_library(third_party_prometheus INTERFACE)
target_link_libraries(third_party_prometheus INTERFACE prometheus-cpp-core)

find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
