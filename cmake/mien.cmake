# SPDX-License-Identifier: MIT
# Flags and helper functions that every module uses.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wwrite-strings -Wpointer-arith -Wundef -fno-common -ffp-contract=off -fstack-protector-strong)
add_compile_definitions(MIEN_PROJECT_VERSION="${PROJECT_VERSION}")
# asserts stay on in every build type
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
if(MIEN_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  add_compile_definitions(MIEN_ASAN=1)
endif()
if(MIEN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# mien_library(NAME SOURCES ... [LINK ...]): static library that sees the project root as include path.
function(mien_library name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${A_LINK})
endfunction()

# mien_simd_sources(avx2|avx512 FILE...): files of one instruction set get their own flags; they are
# empty translation units on other processors.
function(mien_simd_sources level)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    return()
  endif()
  if(level STREQUAL "avx2")
    set(flags "-mavx2;-mfma;-mbmi2")
  elseif(level STREQUAL "avx512")
    set(flags "-mavx2;-mfma;-mbmi2;-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vnni;-mprefer-vector-width=512")
  elseif(level STREQUAL "shani")
    set(flags "-msse4.1;-msha")
  else()
    message(FATAL_ERROR "unknown SIMD level ${level}")
  endif()
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${flags}")
endfunction()

# mien_kernel_sources(FILE...): inner loops, compiled with -O3 and with debug information down to lines
# only (tracking variables through unrolled code is two fifths of gcc's time there). Under the
# sanitizers with -O2 and without UBSan's four checks of each pointer, which take clang minutes in what
# is unrolled and inlined (60 s a file against 5); ASan sees the same pointers, and overflows, shifts
# and bounds stay checked.
function(mien_kernel_sources)
  set(flags -O3 -g1)
  if(MIEN_ASAN)
    set(flags -O2 -g1 -fno-sanitize=null,alignment,object-size,pointer-overflow)
  endif()
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS ${flags})
endfunction()

# mien_test(NAME SOURCES ... LINK ... LABELS unit|vectors|property|exhaustive|soundness|ct|fault|fuzz|e2e ...
#           [TIMEOUT seconds] [COST seconds]): a test program that ends with "N passed, N failed, N skipped".
# More labels: npm needs the packages of tests/npm; once: what is compared does not depend on how it was
# compiled, so one build is enough; build: about compiling itself, so neither sanitizers nor
# instruction sets matter; slow: runs in the gcc build and under the sanitizers only (./run test). COST,
# about the processor time in seconds, lets CTest start the longest tests first, so that one core is
# not idle at the end.
function(mien_test name)
  cmake_parse_arguments(A "" "TIMEOUT;COST" "SOURCES;LINK;LABELS;ARGS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${A_LINK})
  add_test(NAME ${name} COMMAND ${name} ${A_ARGS})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  if(MIEN_ASAN) # slower two to five times
    math(EXPR A_TIMEOUT "${A_TIMEOUT} * 4")
  endif()
  if(NOT A_COST)
    set(A_COST 1)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} COST ${A_COST})
endfunction()

# mien_fuzzer(NAME SOURCE ... LINK ... CORPUS dir): SOURCE defines LLVMFuzzerTestOneInput. With MIEN_FUZZ
# a libFuzzer program; otherwise a driver that replays every file of the corpus, run as a test.
function(mien_fuzzer name)
  cmake_parse_arguments(A "" "CORPUS" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${A_LINK})
  if(MIEN_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_compile_definitions(${name} PRIVATE MIEN_FUZZ=1)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME ${name} COMMAND ${name} ${A_CORPUS})
    set_tests_properties(${name} PROPERTIES LABELS "fuzz" TIMEOUT 300)
  endif()
endfunction()

# mien_bench(NAME SOURCES ... LINK ...): a program bench-NAME that prints figures; --json prints one object.
function(mien_bench name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_executable(bench-${name} ${A_SOURCES})
  target_include_directories(bench-${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(bench-${name} PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(bench-${name} PRIVATE ${A_LINK})
endfunction()
