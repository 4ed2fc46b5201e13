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
#define MIEN_FACE_CROP_BYTES (MIEN_FACE_CROP_SIDE * MIEN_FACE_CROP_SIDE * 3)
#define MIEN_FACE_LANDMARKS 68

/* Detector, landmark and embedding networks plus scratch memory. One per thread. */
typedef struct mien_face mien_face;

typedef struct mien_face_point {
    float x, y; /* pixels of the picture, origin at its top left corner */
} mien_face_point;

/* What was seen in one picture. Box, landmarks, crop and embedding are secret. */
typedef struct mien_face_view {
    float score;            /* detector, 0..1; 0: nothing else was computed */
    mien_face_point box[2]; /* top left, bottom right */
    mien_face_point landmarks[MIEN_FACE_LANDMARKS];
    mien_face_point five[5]; /* eye centres, nose tip, mouth corners */
    float eye_distance;      /* pixels in the picture */
    float turn;              /* nose tip off the middle line, in eye distances; 0: frontal */
    float tilt;              /* nose height between eyes (0) and mouth (1); about 0.55 when level */
    float visible;           /* part of the landmarks that lies inside the picture */
    float brightness;        /* mean luma of the inner face in the crop, 0..255 */
    float glare;             /* clipped part of the inner face, 0..1 */
    float sharpness;         /* of the inner face: mean squared second difference (the blunter of
                                the two directions) by the variance of luma; 0.01 is soft */
    float quality;           /* 0.1..1: this frame's weight in a combination */
    uint8_t crop[MIEN_FACE_CROP_BYTES];         /* RGB rows */
    int8_t embedding[MIEN_FACE_EMBEDDING_SIZE]; /* half-whitened; direction carries identity */
    float milliseconds[3];                      /* detection, landmarks and crop, embedding */
} mien_face_view;

/* The folder that a program given `models` (or NULL) uses, see mien_face_open. */
const char *mien_face_models_folder(const char *models);
/* models: folder with detector.mien, landmarks.mien and embedding.mien; NULL for $MIEN_MODELS or
 * else the ones that ship with the project. The caller closes *face. */
MIEN_MUST_CHECK mien_status mien_face_open(mien_face **face, const char *models, mien_error *error);
/* As above without the embedding network, which need not be there: for mien_face_align only. */
MIEN_MUST_CHECK mien_status mien_face_open_aligner(mien_face **face, const char *models,
                                                   mien_error *error);
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
MIEN_MUST_CHECK mien_status mien_face_embed_crop(mien_face *face,
                                                 int8_t embedding[MIEN_FACE_EMBEDDING_SIZE],
                                                 const uint8_t crop[MIEN_FACE_CROP_BYTES]);
/* All of mien_face_look but the embedding. */
MIEN_MUST_CHECK mien_status mien_face_align(mien_face *face, mien_face_view *view,
                                            const mien_image *image, mien_error *error);
void mien_face_view_wipe(mien_face_view *view);

/* A picture of what was seen, for a person: the photo with box, landmarks and five points, the crop
 * beside it, the figures and `words` (NULL or the refusal) below. The caller frees *out. */
MIEN_MUST_CHECK mien_status mien_face_show(mien_image *out, const mien_image *image,
                                           const mien_face_view *view, const char *words);

#endif
