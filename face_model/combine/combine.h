/* SPDX-License-Identifier: MIT */
/* Several looks at one face become one vector: what is enrolled, and what unlocks.
 *
 * All embeddings in here are secret. No allocation; one double-precision pass, so the same inputs
 * give the same bytes on every IEEE machine. */
#ifndef MIEN_FACE_MODEL_COMBINE_H
#define MIEN_FACE_MODEL_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

#define MIEN_COMBINE_SIZE 128
#define MIEN_COMBINE_MAX_FRAMES 64
/* Length of every combined vector before rounding: 32 * sqrt(128), so that a coordinate's root mean
 * square is 32 and four of its standard deviations fit an int8. */
#define MIEN_COMBINE_NORM 362.03867196751236

/* What enrolment asks of its frames (design note "From a face to a key", section 2): below this
 * mean pairwise cosine the template would be a blur between poses, or between people. */
#define MIEN_COMBINE_ENROL_COSINE 0.7
/* Unlocking only asks that the frames show one person; impostor pairs lie around 0. */
#define MIEN_COMBINE_UNLOCK_COSINE 0.35
/* No gate. */
#define MIEN_COMBINE_ANY_COSINE (-1.0)

typedef struct mien_combine_frame {
    int8_t embedding[MIEN_COMBINE_SIZE]; /* any length but zero; only its direction counts */
    float quality;                       /* weight, > 0 and finite; mien_face_view.quality */
} mien_combine_frame;

typedef struct mien_combined {
    int8_t embedding[MIEN_COMBINE_SIZE]; /* length MIEN_COMBINE_NORM up to rounding */
    double mean_cosine;                  /* over all pairs of kept frames; 1 for a single frame */
    size_t used;                         /* frames kept */
    bool kept[MIEN_COMBINE_MAX_FRAMES];  /* false: dropped as an outlier, or no such frame */
} mien_combined;

/* Quality-weighted mean of the frames' directions, requantised (round half away from zero, clamp to
 * -127..127). Before that outliers go, worst first: with at least four other frames left, a frame
 * is dropped when its mean cosine to the others is below half of the others' own mean pairwise
 * cosine; at most a third of the frames are. count 1..MIEN_COMBINE_MAX_FRAMES, otherwise
 * MIEN_ARGUMENT (as for a zero embedding, a bad weight, or a mean of length zero).
 * MIEN_FACES_DIFFER when the kept frames' mean cosine is below minimum_cosine; out->mean_cosine,
 * used and kept are set then, the embedding is zero. *out is all zero on other errors. */
MIEN_MUST_CHECK mien_status mien_combine_frames(mien_combined *out,
                                                const mien_combine_frame *frames, size_t count,
                                                double minimum_cosine, mien_error *error);

/* Which frames keep the others from agreeing: left out one by one, worst first, until the rest,
 * more than half of all, have a mean pairwise cosine of at least minimum_cosine. Returns how many,
 * and marks them in odd[0 .. count); 0 when the frames agree as they are, or when no such majority
 * is found (two people, half of the pictures each). `count` as above, otherwise 0. */
size_t mien_combine_odd_frames(bool odd[MIEN_COMBINE_MAX_FRAMES], const mien_combine_frame *frames,
                               size_t count, double minimum_cosine);

/* <a,b> / (|a| |b|) of two non-zero vectors, in exact integers up to the last division; 0 when one
 * of them is zero. */
double mien_combine_cosine(const int8_t a[MIEN_COMBINE_SIZE], const int8_t b[MIEN_COMBINE_SIZE]);

#endif
