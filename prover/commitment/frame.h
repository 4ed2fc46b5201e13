/* SPDX-License-Identifier: MIT */
/* C_x: a commitment to one frame, made where the frame is seen (by the camera, or by whoever
 * attests to it) and opened once, by a proof about a network that saw this frame.
 *
 * It is a part of the long commitment (tensor.h): value (site, channel) of the network's input
 * stands at position site C' + channel from the start of the first row, C' the number of channels
 * rounded up to a power of two, zeros everywhere else. So a proof takes its rows as they are, in
 * the place where its vector has the input. Row length, columns and queries are those of the proof:
 * who makes C_x and who opens it must have agreed on them.
 *
 * The frame and all memory given here are secret; root and layout are public. Constant time in the
 * values. */
#ifndef MIEN_PROVER_COMMITMENT_FRAME_H
#define MIEN_PROVER_COMMITMENT_FRAME_H

#include "prover/commitment/tensor.h"

#define MIEN_FRAME_TREE 0x6d617266u /* "fram": no other tree of a proof has this number */
#define MIEN_FRAME_ROWS_MAX 4096u

typedef struct mien_frame_layout {
    uint32_t sites, channels; /* height x width; channels <= 2^16 */
    unsigned log2_row, log2_columns;
    uint32_t queries;
} mien_frame_layout;

/* Rows of a frame; 0 when there would be none or more than MIEN_FRAME_ROWS_MAX. */
uint32_t mien_frame_row_count(const mien_frame_layout *layout);

typedef struct mien_frame {
    mien_frame_layout layout;
    mien_tensor_commitment tensor;
    mien_f *values; /* the rows; secret */
    uint32_t *rows; /* 0, 1, .. */
    uint32_t *placed;
} mien_frame;

/* Bytes of memory for a frame with this many threads, 64-byte aligned; 0 for a bad layout. */
size_t mien_frame_memory_size(const mien_frame_layout *layout, unsigned threads);
/* root = C_x of `values`, sites x channels. secret->seed: 32 uniform bytes; secret->opened: 0, or
 * what was stored. The same seed, layout and values give the same root, so seed and values are all
 * that has to be kept. `memory` holds secrets until it is wiped. MIEN_ARGUMENT, MIEN_INTERRUPTED.
 */
MIEN_MUST_CHECK mien_status mien_frame_commit(mien_frame *frame, uint8_t root[MIEN_MERKLE_DIGEST],
                                              const int16_t *values,
                                              const mien_frame_layout *layout,
                                              const mien_tensor_secret *secret, void *memory,
                                              size_t memory_size, const mien_machine *machine,
                                              const mien_hash_kernels *hash,
                                              const mien_progress *progress);
/* The part's shape where `first_row` is the row of w at which the input starts: what prover and
 * verifier list among the parts. `rows` (the caller's, mien_frame_row_count words) is filled in;
 * sizes, grinding and second level are those of `like`. MIEN_ARGUMENT when layout and `like`
 * disagree. */
MIEN_MUST_CHECK mien_status mien_frame_part(mien_tensor_shape *part, uint32_t *rows,
                                            const mien_frame_layout *layout, uint32_t first_row,
                                            const mien_tensor_shape *like);
/* Make frame->tensor ready to be opened as that part. It is opened once (mien_tensor_open_parts
 * refuses another time); secret->opened must be stored as 1 before the proof leaves. */
MIEN_MUST_CHECK mien_status mien_frame_place(mien_frame *frame, uint32_t first_row,
                                             const mien_tensor_shape *like);

#endif
