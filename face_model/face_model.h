/* SPDX-License-Identifier: MIT */
/* Public face of the face model: from a picture to an integer embedding, and what happened between.
 */
#ifndef MIEN_FACE_MODEL_FACE_MODEL_H
#define MIEN_FACE_MODEL_FACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/images/image.h"

#define MIEN_FACE_EMBEDDING_SIZE 128
#define MIEN_FACE_CROP_SIDE 112
#define MIEN_FACE_LANDMARKS 68

/* Detector, landmark and embedding networks plus scratch memory. One per thread. */
typedef struct mien_face mien_face;

typedef struct mien_face_point {
    float x, y; /* pixels of the picture, origin at its top left corner */
} mien_face_point;

/* What was seen in one picture. Box, landmarks, crop and embedding are secret. */
typedef struct mien_face_view {
    float score;            /* detector, 0..1 */
    mien_face_point box[2]; /* top left, bottom right */
    mien_face_point landmarks[MIEN_FACE_LANDMARKS];
    mien_face_point five[5];     /* eye centres, nose tip, mouth corners */
    float sharpness, brightness; /* of the crop; units in face_model/quality.h */
    float eye_distance;          /* pixels in the picture */
    uint8_t crop[MIEN_FACE_CROP_SIDE * MIEN_FACE_CROP_SIDE * 3]; /* RGB rows */
    int8_t embedding[MIEN_FACE_EMBEDDING_SIZE]; /* half-whitened; direction carries identity */
    float milliseconds[3];                      /* detection, landmarks and crop, embedding */
} mien_face_view;

/* models: folder with the project's converted networks, NULL for the ones that ship with the
 * project
 * ($MIEN_MODELS overrides). */
MIEN_MUST_CHECK mien_status mien_face_open(mien_face **face, const char *models, mien_error *error);
void mien_face_close(mien_face *face); /* wipes; NULL is fine */
/* SHA-256 of the embedding network's file, whitening layer included: M of the statements. */
void mien_face_model_digest(const mien_face *face, uint8_t digest[32]);

/* Find the one face, align, judge, embed. MIEN_NO_FACE, MIEN_MANY_FACES, MIEN_FACE_SMALL,
 * MIEN_FACE_BLURRED, MIEN_FACE_DARK, MIEN_FACE_BRIGHT, MIEN_FACE_POSE with words on what to do; the
 * parts of *view that were computed before the refusal are kept for showing, the embedding is zero
 * then. */
MIEN_MUST_CHECK mien_status mien_face_look(mien_face *face, mien_face_view *view,
                                           const mien_image *image, mien_error *error);
/* Only the embedding network, on pixels that are already a crop. Exact integers: the same on every
 * machine. */
MIEN_MUST_CHECK mien_status
mien_face_embed_crop(mien_face *face, int8_t embedding[MIEN_FACE_EMBEDDING_SIZE],
                     const uint8_t crop[MIEN_FACE_CROP_SIDE * MIEN_FACE_CROP_SIDE * 3]);
void mien_face_view_wipe(mien_face_view *view);

#endif
