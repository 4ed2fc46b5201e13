# SPDX-License-Identifier: MIT
# The second verifier, in Python, against the one in C.
add_executable(test-reference-cases reference_cases.c)
target_include_directories(test-reference-cases PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(test-reference-cases PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(test-reference-cases PRIVATE mien_prover)
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME test-reference-compare
    COMMAND Python3::Interpreter -B ${PROJECT_SOURCE_DIR}/tests/reference/compare.py $<TARGET_FILE:test-reference-cases>)
else()
  add_test(NAME test-reference-compare COMMAND ${CMAKE_COMMAND} -E echo "SKIP: no python3")
endif()
set_tests_properties(test-reference-compare PROPERTIES LABELS vectors TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP")
