/* SPDX-License-Identifier: MIT */
/* The command behind `mien model fit-whitening`: photos of people to whitening constants. */
#ifndef MIEN_FACE_MODEL_EVAL_FIT_WHITENING_H
#define MIEN_FACE_MODEL_EVAL_FIT_WHITENING_H

#include "face_model/eval/photos.h"
#include "face_model/import/import.h"
#include "face_model/whitening/whitening.h"

/* Share of |y| values of the fitting set that int8 holds without clamping. */
#define MIEN_FIT_COVERAGE 0.9999

typedef struct mien_fit_whitening_options {
    const char *faces;  /* folder PERSON/PHOTO.jpg; those with mien_person_is_for_fitting count */
    const char *models; /* detector and landmarks; NULL as in mien_face_open */
    bool all_people;    /* take the others as well */
    unsigned threads;   /* 0: all processors */
    const mien_progress *progress;
} mien_fit_whitening_options;

/* Align every photo, embed it with the float network (its one output, without whitening), fit
 * MIEN_FACE_EMBEDDING_SIZE axes. *ids_text: contents for fitted-people.txt, the caller frees it
 * with free(); so with *whitening. The same photos give the same bytes, whatever the number of
 * threads. MIEN_ARGUMENT when there are too few usable photos. */
MIEN_MUST_CHECK mien_status mien_fit_whitening(mien_whitening *whitening, char **ids_text,
                                               size_t *ids_length, mien_photo_counts *counts,
                                               const mien_float_network *network,
                                               const mien_fit_whitening_options *options,
                                               mien_error *error);

#endif
