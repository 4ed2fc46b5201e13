/* SPDX-License-Identifier: MIT */
/* Body of mien_cnn_weigh_*: MIEN_CNN_WEIGH is the name. Compilers turn the inner loops into
 * vectors. */
#include "prover/cnn/weigh.h"

enum { CHUNK = 32 };

static inline mien_f reduce(int64_t sum) {
    int64_t rest = sum % (int64_t)MIEN_F_MODULUS;
    return MIEN_F_RAW((uint32_t)(rest < 0 ? rest + (int64_t)MIEN_F_MODULUS : rest));
}

static inline void add_rows(int64_t sums[MIEN_K_DEGREE][CHUNK], const mien_k *alpha,
                            const int16_t *weights, size_t outputs, size_t stride, size_t count) {
    for (size_t o = 0; o < outputs; o++) {
        int32_t row[CHUNK];
        for (size_t j = 0; j < count; j++) row[j] = weights[o * stride + j];
        for (int k = 0; k < MIEN_K_DEGREE; k++) {
            int32_t factor = (int32_t)alpha[o].c[k].m;
            for (size_t j = 0; j < count; j++) sums[k][j] += (int64_t)factor * row[j];
        }
    }
}

void MIEN_CNN_WEIGH(mien_k *out, const mien_k *alpha, const int16_t *weights, size_t outputs,
                    size_t stride, size_t count) {
    for (size_t first = 0; first < count; first += CHUNK) {
        int64_t sums[MIEN_K_DEGREE][CHUNK] = {{0}};
        size_t n = count - first < CHUNK ? count - first : CHUNK;
        if (n == CHUNK)
            add_rows(sums, alpha, weights + first, outputs, stride, CHUNK);
        else
            add_rows(sums, alpha, weights + first, outputs, stride, n);
        for (size_t j = 0; j < n; j++)
            for (int k = 0; k < MIEN_K_DEGREE; k++) out[first + j].c[k] = reduce(sums[k][j]);
    }
}
