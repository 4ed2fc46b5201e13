/* SPDX-License-Identifier: MIT */
#include "prover/cnn/requantise.h"

#if defined(__x86_64__)
#include "platform/cpu/simd.h"

const mien_cnn_run_kernels *mien_cnn_run_kernels_best(void) {
    static const mien_cnn_run_kernels *const all[MIEN_SIMD_COUNT] = {
        &mien_cnn_run_kernels_portable, &mien_cnn_run_kernels_avx2, &mien_cnn_run_kernels_avx512};
    return all[mien_simd_level()];
}
#else
const mien_cnn_run_kernels *mien_cnn_run_kernels_best(void) {
    return &mien_cnn_run_kernels_portable;
}
#endif
