/* SPDX-License-Identifier: MIT */
/* From points in a picture to the pixels of a crop.
 *
 * Sampling convention: the centre of pixel (x, y) has the coordinates (x, y); a picture of width w
 * covers [-0.5, w - 0.5]. Floats decide only where a crop lies; from a mien_sampling on, every
 * pixel is made by integer arithmetic, so that the same sampling of the same picture gives the same
 * bytes on every machine. The functions before it use doubles, +, -, *, / and sqrt only, which IEEE
 * 754 fixes to the last bit (built with -ffp-contract=off). */
#ifndef MIEN_FACE_MODEL_PIPELINE_GEOMETRY_H
#define MIEN_FACE_MODEL_PIPELINE_GEOMETRY_H

#include <stdint.h>

#include "face_model/face_model.h"

/* (x, y) -> (xx * x + xy * y + x0, yx * x + yy * y + y0) */
typedef struct mien_affine {
    double xx, xy, x0, yx, yy, y0;
} mien_affine;

/* Rotation, scale and shift (no reflection) that takes from[i] nearest to to[i] in the sum of
 * squared distances: Umeyama (1991) in the plane, where it has a closed form. count >= 2.
 * MIEN_ARGUMENT when all `from` points coincide or the result is not finite. */
MIEN_MUST_CHECK mien_status mien_similarity_fit(mien_affine *transform, const mien_face_point *from,
                                                const mien_face_point *to, int count);
/* MIEN_ARGUMENT when it is not invertible. */
MIEN_MUST_CHECK mien_status mien_affine_invert(mien_affine *inverse, const mien_affine *transform);
mien_face_point mien_affine_apply(const mien_affine *transform, mien_face_point point);

/* Where the five points lie in the 112x112 crop (the ArcFace template, Deng et al. 2019): left eye,
 * right eye, nose tip, left and right mouth corner, left as seen in the picture. */
extern const mien_face_point mien_crop_template[5];
/* Eye centres, nose tip and mouth corners of the 68 landmarks (order of 300-W, Sagonas 2013). */
void mien_face_five_points(mien_face_point five[5],
                           const mien_face_point landmarks[MIEN_FACE_LANDMARKS]);
/* Transform from crop to picture. MIEN_FACE_POSE when the points are degenerate. */
MIEN_MUST_CHECK mien_status mien_face_crop_transform(mien_affine *transform,
                                                     const mien_face_point five[5]);

/* Longest image side and crop side the fixed-point arithmetic is proven for. */
#define MIEN_SAMPLING_MAX_SIDE 512
#define MIEN_SAMPLING_MAX_GRID 16

/* An affine map from output pixels to picture coordinates in 2^-16 pixels. Each output pixel is the
 * mean of grid_x x grid_y bilinear samples spread evenly over its footprint, so shrinking does not
 * alias; enlarging takes one sample. */
typedef struct mien_sampling {
    int64_t xx, xy, x0, yx, yy, y0; /* steps from one sample to the next, start at sample (0, 0) */
    int grid_x, grid_y;             /* 1..MIEN_SAMPLING_MAX_GRID */
} mien_sampling;

/* to_picture maps output pixel coordinates to picture coordinates. MIEN_ARGUMENT when it moves
 * further than 2^15 pixels a step or starts further than 2^20 away, or is not finite. */
MIEN_MUST_CHECK mien_status mien_sampling_plan(mien_sampling *sampling,
                                               const mien_affine *to_picture);
/* out: width x height RGB, rows without padding; pixels outside the picture count as black. width,
 * height 1..MIEN_SAMPLING_MAX_SIDE. Weights are 2^-8 a direction, rounded once, half up. */
void mien_sampling_rgb(uint8_t *out, int width, int height, const mien_image *image,
                       const mien_sampling *sampling);
/* The same with grey = (77 R + 150 G + 29 B + 128) >> 8 of each output pixel. */
void mien_sampling_grey(uint8_t *out, int width, int height, const mien_image *image,
                        const mien_sampling *sampling);

static inline uint8_t mien_luma(const uint8_t rgb[3]) {
    return (uint8_t)((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8);
}

#endif
