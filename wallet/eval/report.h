/* SPDX-License-Identifier: MIT */
/* The figures of one evaluation and the three forms they are told in. */
#ifndef MIEN_WALLET_EVAL_REPORT_H
#define MIEN_WALLET_EVAL_REPORT_H

#include "face_model/eval/photos.h"
#include "platform/json/json.h"
#include "wallet/eval/trials.h"

#define MIEN_EVAL_SETTINGS 6

typedef struct mien_eval_report {
    uint64_t seed;
    bool all_people;
    size_t people, photos;
    mien_photo_counts counts;
    double milliseconds[3]; /* mean a photo: detection, landmarks and crop, embedding */
    mien_eval_result results[MIEN_EVAL_SETTINGS];
    size_t result_count;
} mien_eval_report;

MIEN_MUST_CHECK mien_status mien_eval_json(json_t **json, const mien_eval_report *report);
/* Detection error trade-off: false accepts against misses, both axes logarithmic; a line for the
 * cosine, marks for the key (tag tried on the best 1, 2, 4 ... 32 candidates). The caller frees. */
MIEN_MUST_CHECK mien_status mien_eval_svg(char **svg, const mien_eval_report *report);

#endif
