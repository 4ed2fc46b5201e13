/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/kernels.h"

#if defined(__x86_64__)
#include "platform/cpu/simd.h"

const mien_sum_kernels *mien_sum_kernels_at(unsigned level) {
    static const mien_sum_kernels *const all[MIEN_SIMD_COUNT] = {
        &mien_sum_kernels_portable, &mien_sum_kernels_avx2, &mien_sum_kernels_avx512};
    return level <= (unsigned)mien_simd_machine() ? all[level] : NULL;
}
const mien_sum_kernels *mien_sum_kernels_best(void) {
    return mien_sum_kernels_at((unsigned)mien_simd_level());
}
#else
const mien_sum_kernels *mien_sum_kernels_at(unsigned level) {
    return level == 0 ? &mien_sum_kernels_portable : NULL;
}
const mien_sum_kernels *mien_sum_kernels_best(void) {
    return &mien_sum_kernels_portable;
}
#endif
