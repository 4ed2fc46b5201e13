/* SPDX-License-Identifier: MIT */
/* The secret of a model with hidden weights, and how often its root was opened.
 *
 * A root may be opened a fixed number of times (prover/statement/private_weights.h). The count is
 * kept twice: in the secret's file, and in a counter's file in another folder. Both go up, durably,
 * before an opening is made; what a crash in between leaves counts as an opening. Of two counts
 * that differ by more than that, one was put back: no opening then. Where both were put back
 * together nothing tells: the same limit as for the wallet's attempts, which a file cannot end.
 *
 * Files are 0600 and written whole or not at all. One opening at a time: a lock beside the
 * counter. */
#ifndef MIEN_WALLET_PROOF_OPENINGS_H
#define MIEN_WALLET_PROOF_OPENINGS_H

#include <stdint.h>

#include "platform/base/error.h"

/* Secret; the caller keeps it in guarded memory and wipes it. */
typedef struct mien_openings {
    uint8_t seed[32];  /* of the commitment */
    uint8_t model[32]; /* M */
    uint32_t generation;
    uint32_t most;   /* the budget */
    uint32_t opened; /* so far; from mien_openings_take, not counting the one that was taken */
} mien_openings;

/* Two new files. MIEN_EXISTS when one is there: a seed's count never begins again. */
MIEN_MUST_CHECK mien_status mien_openings_create(const char *path, const char *counter,
                                                 const mien_openings *openings, mien_error *error);
/* Take one: both files say so when this returns MIEN_OK, and only then may a commitment with
 * openings->opened be opened, once. MIEN_POLICY_DENIED when none is left, MIEN_ROLLED_BACK when a
 * count was put back, MIEN_FORMAT for files that are not of one another, MIEN_BUSY. *openings is
 * zeroed on error. */
MIEN_MUST_CHECK mien_status mien_openings_take(mien_openings *openings, const char *path,
                                               const char *counter, mien_error *error);
/* Look without taking. */
MIEN_MUST_CHECK mien_status mien_openings_read(mien_openings *openings, const char *path,
                                               const char *counter, mien_error *error);

#endif
