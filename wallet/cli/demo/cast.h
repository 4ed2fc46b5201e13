/* SPDX-License-Identifier: MIT */
/* Who plays in a demonstration: two persons, each seen in several frames. */
#ifndef MIEN_WALLET_CLI_DEMO_CAST_H
#define MIEN_WALLET_CLI_DEMO_CAST_H

#include "wallet/cli/demo/story.h"
#include "wallet/wallet.h"

#define MIEN_CAST_ENROL 5
#define MIEN_CAST_RETURN 3

/* Faces of one scene, in guarded memory of the cast: what was seen, and what the wallet takes. */
typedef struct mien_cast_scene {
    mien_face_view *views;
    mien_combine_frame *frames; /* as many */
    size_t count;
} mien_cast_scene;

typedef struct mien_cast {
    struct mien_cast_memory *memory; /* guarded; all scenes point into it */
    mien_cast_scene enrol, back, signing, other;
    uint8_t model_digest[32];
} mien_cast;

/* Look at the sample pictures through the simulated camera (folders NULL), or at the photos of two
 * folders: the first five usable ones of A enrol, the others come back (the last third when there
 * are fewer than eight). Frames go into the story with their cosine to A's enrolment.
 * MIEN_NOT_FOUND when the samples are missing; refusals when a folder has too few usable faces (A:
 * 2, B: 1). */
MIEN_MUST_CHECK mien_status mien_cast_open(mien_cast *cast, mien_story *story,
                                           const char *const folders[2], mien_error *error);
void mien_cast_close(mien_cast *cast); /* wipes */

#endif
