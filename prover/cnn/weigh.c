/* SPDX-License-Identifier: MIT */
#include "prover/cnn/weigh.h"

#if defined(__x86_64__)
#include "platform/cpu/simd.h"

mien_cnn_weigh_function *mien_cnn_weigh_at(unsigned level) {
    static mien_cnn_weigh_function *const all[MIEN_SIMD_COUNT] = {
        mien_cnn_weigh_portable, mien_cnn_weigh_avx2, mien_cnn_weigh_avx512};
    return level <= (unsigned)mien_simd_machine() ? all[level] : NULL;
}
mien_cnn_weigh_function *mien_cnn_weigh_best(void) {
    return mien_cnn_weigh_at((unsigned)mien_simd_level());
}
#else
mien_cnn_weigh_function *mien_cnn_weigh_at(unsigned level) {
    return level == 0 ? mien_cnn_weigh_portable : NULL;
}
mien_cnn_weigh_function *mien_cnn_weigh_best(void) {
    return mien_cnn_weigh_portable;
}
#endif
