/* SPDX-License-Identifier: MIT */
/* From the detector's integers to one face.
 *
 * The network (Ultra-Light RFB, Linzaer 2019) sees the picture at 320x240 and tells, for each of
 * 4420 anchors on four grids, two class logits (background, face) and four box offsets. Anchors of
 * grid k, row j, column i: centre ((i + 0.5) / columns, (j + 0.5) / rows), sides of 10, 16, 24 /
 * 32, 48 / 64, 96 / 128, 192, 256 pixels; centre offsets count 0.1 sides, size offsets 0.2 in the
 * exponent. No network is needed to test what is in here. All data is secret. */
#ifndef MIEN_FACE_MODEL_PIPELINE_DETECT_H
#define MIEN_FACE_MODEL_PIPELINE_DETECT_H

#include "face_model/pipeline/geometry.h"

#define MIEN_DETECT_WIDTH 320
#define MIEN_DETECT_HEIGHT 240
#define MIEN_DETECT_LEVELS 4
#define MIEN_DETECT_ANCHORS 4420

/* Grid k has mien_detect_grids[k].rows x columns cells with `anchors` anchors each. */
typedef struct mien_detect_grid {
    uint8_t rows, columns, anchors;
    uint16_t sides[3];
} mien_detect_grid;
extern const mien_detect_grid mien_detect_grids[MIEN_DETECT_LEVELS];

/* One grid's outputs: logits [rows][columns][anchor][background, face], offsets
 * [rows][columns][anchor][dx, dy, dw, dh]; real value = integer * step. */
typedef struct mien_detect_level {
    const int16_t *logits, *offsets;
    double logit_step, offset_step;
} mien_detect_level;

typedef struct mien_detection {
    float score;            /* 0..1 */
    mien_face_point box[2]; /* top left, bottom right, in pixels of the picture */
} mien_detection;

/* A face below this is not looked at. */
#define MIEN_DETECT_MINIMUM_SCORE 0.5f
/* The one face must be at least this sure. */
#define MIEN_DETECT_FACE_SCORE 0.7f
/* Boxes that share more than this part of their union are one face. */
#define MIEN_DETECT_OVERLAP 0.3f

/* Where the picture lies on the detector's canvas: scaled to fit, sides kept in proportion,
 * centred, black beside it. Maps canvas pixels to picture pixels. */
void mien_detect_canvas(mien_affine *to_picture, int width, int height);

/* Anchors with a score of at least `minimum` as boxes in the picture, in anchor order. Returns how
 * many; out has room for MIEN_DETECT_ANCHORS. */
int mien_detect_decode(mien_detection *out, const mien_detect_level levels[MIEN_DETECT_LEVELS],
                       const mien_affine *to_picture, float minimum);
/* Non-maximum suppression in place: best score first (ties: first in, first out), what overlaps a
 * better one goes. Returns how many stay. */
int mien_detect_suppress(mien_detection *faces, int count);
float mien_detect_overlap(const mien_detection *a, const mien_detection *b); /* IoU, 0..1 */

/* The face that is meant, or a refusal. Each face's weight is its box's height times a bonus for
 * being central (1 in the middle of the picture, 0.5 in its corners); the heaviest one is meant.
 * MIEN_MANY_FACES when another face with a score of at least MIEN_DETECT_FACE_SCORE has at least
 * MIEN_DETECT_RIVAL of its weight, lies inside the picture up to a tenth of its area: people in the
 * background and faces that the picture's edge cuts are not rivals. MIEN_NO_FACE when none reaches
 * MIEN_DETECT_FACE_SCORE. *chosen is the index, also for MIEN_MANY_FACES. */
#define MIEN_DETECT_RIVAL 0.75f
MIEN_MUST_CHECK mien_status mien_detect_choose(int *chosen, const mien_detection *faces, int count,
                                               int width, int height, mien_error *error);

/* e^x for |x| <= 40 (clamped), the same bits on every IEEE machine, error below 2^-50. */
double mien_exponential(double x);

#endif
