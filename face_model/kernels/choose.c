/* SPDX-License-Identifier: MIT */
#include "face_model/kernels/kernels.h"

const mien_kernels *mien_kernels_for(mien_simd level) {
    if (level == MIEN_SIMD_PORTABLE) return &mien_kernels_portable;
#if defined(__x86_64__)
    if (level == MIEN_SIMD_AVX2) return &mien_kernels_avx2;
    if (level == MIEN_SIMD_AVX512) return &mien_kernels_avx512;
#endif
    return NULL;
}
