/* SPDX-License-Identifier: MIT */
/* Inner loops of filling a witness, one version an instruction set; all give equal bits. They do
 * one run of values side by side; what is counted stays in prover/cnn/witness.c. */
#ifndef MIEN_PROVER_CNN_REQUANTISE_H
#define MIEN_PROVER_CNN_REQUANTISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values that are worked on at once; a power of two, so that whole sites without gaps fill it. */
#define MIEN_CNN_RUN 256

/* What the channels of a run look up. */
typedef struct mien_cnn_run_channels {
    int32_t slope[MIEN_CNN_RUN];
    uint32_t row_of_zero[MIEN_CNN_RUN]; /* row of quotient 0 of the channel's table */
    int32_t low, high;                  /* the same for all channels of a layer */
    int32_t limit;                      /* Q of the shortest table */
    uint32_t shift, remainder_rows;
    uint32_t direct; /* not 0: all look up the row `row_of_zero`, and there 0 (mien_cnn_block) */
} mien_cnn_run_channels;

/* Words are values modulo p. */
typedef struct mien_cnn_run_values {
    uint32_t row[MIEN_CNN_RUN]; /* that the value looks up */
    uint32_t quotient_word[MIEN_CNN_RUN], out_word[MIEN_CNN_RUN], remainder[MIEN_CNN_RUN];
    int16_t out[MIEN_CNN_RUN];
} mien_cnn_run_values;

typedef struct mien_cnn_run_kernels {
    /* Rows count from the first of all tables. False when a quotient is outside of [-Q, Q); then
     * the values mean nothing. */
    bool (*requantise)(mien_cnn_run_values *values, const mien_cnn_run_channels *channels,
                       const int32_t *accumulators, size_t count);
    /* One step of a max pool: leader = max(leader, tap); quotient_word tap - leader before,
     * out_word what the leader gained, rows from the first of the table. False when a difference is
     * below `offset` or 2^log2_rows or more above it. */
    bool (*pool_step)(mien_cnn_run_values *values, int16_t *leader, const int16_t *tap,
                      int32_t offset, uint32_t log2_rows, size_t count);
} mien_cnn_run_kernels;

extern const mien_cnn_run_kernels mien_cnn_run_kernels_portable;
extern const mien_cnn_run_kernels mien_cnn_run_kernels_avx2;
extern const mien_cnn_run_kernels mien_cnn_run_kernels_avx512;
/* Those of mien_simd_level(). */
const mien_cnn_run_kernels *mien_cnn_run_kernels_best(void);

#endif
