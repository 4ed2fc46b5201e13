/* SPDX-License-Identifier: MIT */
#include "prover/field/vectors.h"

const mien_field_kernels *mien_field_kernels_at(unsigned level) {
    if (level == 0) return &mien_field_kernels_portable;
#if defined(__x86_64__)
    if (level == 1 && __builtin_cpu_supports("avx2")) return &mien_field_kernels_avx2;
    if (level == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return &mien_field_kernels_avx512;
#endif
    return NULL;
}

const mien_field_kernels *mien_field_kernels_best(void) {
    const mien_field_kernels *best = &mien_field_kernels_portable;
    for (unsigned level = 1; level <= 2; level++) {
        const mien_field_kernels *found = mien_field_kernels_at(level);
        if (found != NULL) best = found;
    }
    return best;
}

/* Keep the words below p of those drawn into the free part of `out`, and draw again what is
 * missing: on average 1.008 words an element. */
mien_status mien_f_random(mien_f *out, size_t n, const mien_random *random) {
    size_t done = 0;
    while (done < n) {
        mien_status status = mien_random_fill(random, out + done, (n - done) * sizeof *out);
        if (status != MIEN_OK) {
            mien_wipe(out, n * sizeof *out);
            return status;
        }
        size_t end = n;
        for (size_t i = done; i < end; i++) {
            uint32_t word = out[i].m & 0x7fffffffu;
            if (word < MIEN_F_MODULUS) out[done++] = MIEN_F_RAW(word);
        }
    }
    return MIEN_OK;
}
