# SPDX-License-Identifier: MIT
# Networks as statements: where values stand in the witness, and what a lookup's leaves say about it.
mien_simd_sources(avx2 cnn/weigh_avx2.c)
mien_simd_sources(avx512 cnn/weigh_avx512.c)
foreach(level portable avx2 avx512)
  set_property(SOURCE cnn/weigh_${level}.c APPEND PROPERTY COMPILE_OPTIONS
    $<IF:$<BOOL:${MIEN_ASAN}>,-O1,-O3>)
endforeach()
mien_simd_sources(avx2 cnn/requantise_avx2.c)
mien_simd_sources(avx512 cnn/requantise_avx512.c)
set_property(SOURCE cnn/requantise_portable.c cnn/requantise_avx2.c cnn/requantise_avx512.c
  APPEND PROPERTY COMPILE_OPTIONS -O3)
mien_library(mien_prover_cnn
  SOURCES
    cnn/weigh.c
    cnn/weigh_portable.c
    cnn/weigh_avx2.c
    cnn/weigh_avx512.c
    cnn/plan.c
    cnn/functional.c
    cnn/weights.c
    cnn/witness.c
    cnn/requantise.c
    cnn/requantise_portable.c
    cnn/requantise_avx2.c
    cnn/requantise_avx512.c
  LINK mien_argument_verifier)

# The statement about a network: verifier, then prover.
mien_library(mien_inference_verifier
  SOURCES
    statement/inference_claims.c
    statement/inference_check.c
    statement/inference_choose.c
    statement/inference_protocol.c
    statement/private_weights.c
    statement/registration_protocol.c
    statement/registration_verify.c
    statement/inference_verify.c
  LINK mien_prover_cnn)
mien_library(mien_inference
  SOURCES
    statement/inference_argue.c
    statement/inference_prove.c
    statement/inference_security.c
    statement/private_weights_prove.c
    statement/registration_prove.c
  LINK mien_inference_verifier mien_argument mien_prover)
