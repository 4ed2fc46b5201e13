# SPDX-License-Identifier: MIT
# The second verifier, in Python, against the one in C. Almost all of the time is Python's.
add_executable(test-reference-cases reference_cases.c)
target_include_directories(test-reference-cases PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(test-reference-cases PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(test-reference-cases PRIVATE mien_prover)
find_package(Python3 COMPONENTS Interpreter)
foreach(name compare forgeries limb_bounds)
  string(REPLACE "_" "-" test test-reference-${name})
  if(Python3_FOUND)
    add_test(NAME ${test} COMMAND Python3::Interpreter -B
      ${PROJECT_SOURCE_DIR}/tests/reference/${name}.py $<TARGET_FILE:test-reference-cases>)
  else()
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo "SKIP ${test}: no python3")
  endif()
  set_tests_properties(${test} PROPERTIES LABELS "vectors;once" TIMEOUT 600 COST 30 SKIP_REGULAR_EXPRESSION "SKIP test-")
endforeach()
set_tests_properties(test-reference-forgeries PROPERTIES LABELS "soundness;once")

# The same for proofs about networks, with files of networks and of proofs.
add_executable(test-reference-inference-cases reference_inference_cases.c)
target_include_directories(test-reference-inference-cases PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(test-reference-inference-cases PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(test-reference-inference-cases PRIVATE mien_wallet_proof)
set(inference $<TARGET_FILE:test-reference-inference-cases>)
set(openings $<TARGET_FILE:test-prover-commitment-cheats>)
foreach(name inference openings)
  if(Python3_FOUND)
    add_test(NAME test-reference-${name} COMMAND Python3::Interpreter -B
      ${PROJECT_SOURCE_DIR}/tests/reference/compare_${name}.py ${${name}})
  else()
    add_test(NAME test-reference-${name} COMMAND ${CMAKE_COMMAND} -E echo "SKIP test-reference-${name}: no python3")
  endif()
  set_tests_properties(test-reference-${name} PROPERTIES LABELS "vectors;soundness;once" TIMEOUT 600 COST 30
    SKIP_REGULAR_EXPRESSION "SKIP test-")
endforeach()
