/* SPDX-License-Identifier: MIT */
#include "prover/field/vectors.h"

#if defined(__x86_64__)
#include "platform/cpu/simd.h"

const mien_field_kernels *mien_field_kernels_at(unsigned level) {
    static const mien_field_kernels *const all[MIEN_SIMD_COUNT] = {
        &mien_field_kernels_portable, &mien_field_kernels_avx2, &mien_field_kernels_avx512};
    return level <= (unsigned)mien_simd_machine() ? all[level] : NULL;
}
const mien_field_kernels *mien_field_kernels_best(void) {
    return mien_field_kernels_at((unsigned)mien_simd_level());
}
#else
const mien_field_kernels *mien_field_kernels_at(unsigned level) {
    return level == 0 ? &mien_field_kernels_portable : NULL;
}
const mien_field_kernels *mien_field_kernels_best(void) {
    return &mien_field_kernels_portable;
}
#endif

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
