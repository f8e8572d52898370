# Language standard, warnings, sanitizers and hardening, as one interface target that every module links.
find_program(FANFARE_CCACHE ccache)
if(FANFARE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${FANFARE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FANFARE_CCACHE})
endif()

find_package(Threads REQUIRED)
add_library(fanfare_options INTERFACE)
target_compile_features(fanfare_options INTERFACE cxx_std_23)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_link_libraries(fanfare_options INTERFACE Threads::Threads)

target_compile_options(fanfare_options INTERFACE
  -Wall -Wextra -Werror -Wformat=2 -Wimplicit-fallthrough -Wshadow -Wnon-virtual-dtor
  -Wno-missing-field-initializers
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(fanfare_options INTERFACE -Wthread-safety)
  target_link_options(fanfare_options INTERFACE -fuse-ld=lld)
else()
  # libstdc++ 12's own headers trip these two at -O2 (GCC bugs 105329 and 105562).
  target_compile_options(fanfare_options INTERFACE -fcoroutines -Wno-restrict -Wno-maybe-uninitialized)
endif()

if(FANFARE_SANITIZE)
  target_compile_options(fanfare_options INTERFACE -fsanitize=${FANFARE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(fanfare_options INTERFACE -fsanitize=${FANFARE_SANITIZE})
endif()
if(FANFARE_FUZZ)
  target_compile_options(fanfare_options INTERFACE -fsanitize=fuzzer-no-link)  # coverage guides the fuzzer
endif()
if(FANFARE_COVERAGE)
  target_compile_options(fanfare_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(fanfare_options INTERFACE -fprofile-instr-generate)
endif()
if(FANFARE_HARDEN)
  # OpenSSF's compiler hardening guide, as far as both of Debian 12's compilers take it.
  target_compile_options(fanfare_options INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
    -fstack-clash-protection -fstack-protector-strong -fcf-protection=full
    -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)
  target_link_options(fanfare_options INTERFACE
    -pie -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()
