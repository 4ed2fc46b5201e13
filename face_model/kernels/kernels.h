/* SPDX-License-Identifier: MIT */
/* The inner loops of the integer network, one table of functions per instruction set.
 *
 * kernels/portable.c is the plain reference; kernels/avx2.c and kernels/avx512.c fill in
 * kernels/convolution_simd.h with their vectors. All give the same bits (tests/face_model/network).
 * Nothing here checks anything: shapes, ranges and bounds were proved by the loader. */
#ifndef MIEN_FACE_MODEL_KERNELS_KERNELS_H
#define MIEN_FACE_MODEL_KERNELS_KERNELS_H

#include "face_model/network/network.h"

/* One convolution. The input is bordered already: the tap (ky, kx) of output (y, x) is at
 * input + (y * stride[0] + ky * dilation[0]) * row_pitch
 *       + (x * stride[1] + kx * dilation[1]) * in.channels
 * for every output and tap, and MIEN_NETWORK_SLACK bytes behind the last element may be read. */
typedef struct mien_convolution {
    const mien_layer *layer;
    const void *packed;      /* from the same table's pack, NULL when packed_size is 0 */
    const int16_t *input;    /* includes the border */
    size_t row_pitch;        /* elements */
    const int16_t *residual; /* shape of the output, or NULL */
    int16_t *output;
    int32_t *accumulators; /* shape of the output: receives acc of each; or NULL */
} mien_convolution;

typedef struct mien_kernels {
    /* Bytes that pack writes for this convolution (memory aligned to 64); 0: no packing. */
    size_t (*packed_size)(const mien_layer *layer);
    void (*pack)(const mien_layer *layer, void *packed);
    void (*convolve)(const mien_convolution *convolution);
    void (*max_pool)(const mien_layer *layer, const int16_t *input, int16_t *output);
} mien_kernels;

extern const mien_kernels mien_kernels_portable;
extern const mien_kernels mien_kernels_avx2;
extern const mien_kernels mien_kernels_avx512;

/* NULL when this build has no kernels for the level. Levels above the processor's are the caller's
 * mistake: ask mien_simd_machine. */
const mien_kernels *mien_kernels_for(mien_simd level);

/* out = clamp(prelu((acc + half) >> shift)): the one requantisation rule. `slope` is 64 without
 * PReLU. */
static inline int16_t mien_requantise(int32_t acc, uint32_t shift, int32_t slope, int32_t low,
                                      int32_t high) {
    int32_t q = shift == 0 ? acc : (acc + (1 << (shift - 1))) >> shift;
    if (q < 0 && slope != 64) q = (q * slope + 32) >> 6;
    return (int16_t)(q < low ? low : q > high ? high : q);
}

#endif
