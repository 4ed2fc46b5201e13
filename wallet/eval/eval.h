/* SPDX-License-Identifier: MIT */
/* How well faces open wallets: the measurement behind `mien eval`.
 *
 * Every photo of a folder PERSON/PHOTO.jpg is looked at once; its embedding stays in guarded memory
 * and never reaches a file. For 1, 3, 5 photos at enrolment and 1, 3 at unlock, photos are drawn
 * at random (seed printed), combined as the wallet does and tried twice: by cosine, and by the real
 * fuzzy extractor (wallet/key/sketch.h: a fresh rotation per enrolment, the message recovered or
 * not). People the constants were fitted on are left out. */
#ifndef MIEN_WALLET_EVAL_H
#define MIEN_WALLET_EVAL_H

#include "platform/base/error.h"
#include "platform/base/progress.h"
#include "platform/json/json.h"

typedef struct mien_eval_options {
    const char *faces;    /* folder PERSON/PHOTO.jpg */
    const char *output;   /* folder for det.svg, eval.json and eval.txt, created when missing; NULL:
                             no files */
    const char *models;   /* NULL as in mien_face_open */
    bool all_people;      /* also those that were fitted on: the figures flatter then */
    unsigned threads;     /* 0: all processors */
    uint64_t seed;        /* of all draws; 0: 1 */
    size_t impostor_keys; /* random key recovery attempts by others a setting; 0: 20,000 */
    const mien_progress *progress;
} mien_eval_options;

/* Every figure as JSON (released by json_decref); the layout is in docs/EVALUATION.md.
 * MIEN_ARGUMENT when fewer than two people have usable photos. */
MIEN_MUST_CHECK mien_status mien_eval_run(json_t **report, const mien_eval_options *options,
                                          mien_error *error);
/* The report as a table for a person; the caller frees *text with free(). */
MIEN_MUST_CHECK mien_status mien_eval_text(char **text, const json_t *report);

#endif
