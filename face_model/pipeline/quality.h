/* SPDX-License-Identifier: MIT */
/* Is the picture good enough, and if not, what should the person do?
 *
 * Everything is measured on the 112x112 crop, where a face has a fixed size, and on the landmarks;
 * so one set of thresholds serves every camera. Where the thresholds come from: `bench-accuracy`
 * prints the spread of each measure over the development photos and how many each gate refuses. */
#ifndef MIEN_FACE_MODEL_PIPELINE_QUALITY_H
#define MIEN_FACE_MODEL_PIPELINE_QUALITY_H

#include "face_model/pipeline/geometry.h"

typedef struct mien_gates {
    float eye_distance; /* least, in pixels of the picture */
    float sharpness;    /* least, see mien_face_view */
    float dark;         /* least mean luma of the inner face */
    float bright;       /* largest mean luma of it */
    float glare;        /* largest part of it that is clipped (luma >= 250) */
    float turn;         /* largest |turn| */
    float tilt_low, tilt_high;
    float visible; /* least part of the landmarks inside the picture */
} mien_gates;
extern const mien_gates mien_gates_default;

/* Fill turn, tilt, visible and eye_distance of *view from its landmarks and five points; `image`
 * gives the size only. */
void mien_quality_of_pose(mien_face_view *view, const mien_image *image);
/* Fill sharpness, brightness, glare of *view from its crop, then quality from all measures. */
void mien_quality_of_crop(mien_face_view *view);

/* The first gate that refuses, in an order that gives the most useful advice first: size, cut off
 * or turned away, dark, bright, blurred. MIEN_OK when all pass. The first takes what
 * mien_quality_of_pose filled, the second also what mien_quality_of_crop did. */
MIEN_MUST_CHECK mien_status mien_quality_judge_pose(const mien_face_view *view,
                                                    const mien_gates *gates, mien_error *error);
MIEN_MUST_CHECK mien_status mien_quality_judge_crop(const mien_face_view *view,
                                                    const mien_gates *gates, mien_error *error);

#endif
