/* SPDX-License-Identifier: MIT */
#include "face_model/pipeline/detect.h"

#include <math.h>
#include <string.h>

const mien_detect_grid mien_detect_grids[MIEN_DETECT_LEVELS] = {{30, 40, 3, {10, 16, 24}},
                                                                {15, 20, 2, {32, 48, 0}},
                                                                {8, 10, 2, {64, 96, 0}},
                                                                {4, 5, 3, {128, 192, 256}}};

/* e^x = 2^k e^r, |r| <= ln(2)/2, the Taylor series of e^r up to r^13. */
double mien_exponential(double x) {
    const double log2_high = 0.693147180369123816490, log2_low = 1.90821492927058770002e-10;
    if (!(x > -40)) x = -40;
    if (x > 40) x = 40;
    double k = floor(x * 1.4426950408889634 + 0.5);
    double r = (x - k * log2_high) - k * log2_low, sum = 1;
    for (int i = 13; i > 0; i--) sum = 1 + sum * r / i;
    return ldexp(sum, (int)k);
}

void mien_detect_canvas(mien_affine *to_picture, int width, int height) {
    double sx = (double)width / MIEN_DETECT_WIDTH, sy = (double)height / MIEN_DETECT_HEIGHT;
    double s = sx > sy ? sx : sy;
    /* the canvas' middle is the picture's middle; centres of pixels have whole coordinates */
    mien_affine result = {s, 0, 0.5 * (width - 1) - s * 0.5 * (MIEN_DETECT_WIDTH - 1),
                          0, s, 0.5 * (height - 1) - s * 0.5 * (MIEN_DETECT_HEIGHT - 1)};
    *to_picture = result;
}

/* Canvas coordinates of an edge (0 is the left edge of pixel 0) to the picture. */
static mien_face_point to_point(const mien_affine *to_picture, double x, double y) {
    mien_face_point p = {(float)(x - 0.5), (float)(y - 0.5)};
    return mien_affine_apply(to_picture, p);
}

static mien_detection decode_one(const mien_detect_grid *grid, int row, int column, double side,
                                 const int16_t offset[4], double step,
                                 const mien_affine *to_picture) {
    /* anchors are clipped to the canvas */
    double height = side < MIEN_DETECT_HEIGHT ? side : MIEN_DETECT_HEIGHT;
    double x = (column + 0.5) / grid->columns * MIEN_DETECT_WIDTH + 0.1 * step * offset[0] * side;
    double y = (row + 0.5) / grid->rows * MIEN_DETECT_HEIGHT + 0.1 * step * offset[1] * height;
    double w = side * mien_exponential(0.2 * step * offset[2]);
    double h = height * mien_exponential(0.2 * step * offset[3]);
    mien_detection d = {
        0,
        {to_point(to_picture, x - w / 2, y - h / 2), to_point(to_picture, x + w / 2, y + h / 2)}};
    return d;
}

static int decode_level(mien_detection *out, const mien_detect_grid *grid,
                        const mien_detect_level *level, const mien_affine *to_picture,
                        float minimum) {
    int found = 0, cells = grid->rows * grid->columns;
    for (int cell = 0; cell < cells; cell++)
        for (int a = 0; a < grid->anchors; a++) {
            size_t index = (size_t)cell * grid->anchors + (size_t)a;
            const int16_t *logit = level->logits + 2 * index;
            double margin = level->logit_step * (logit[1] - logit[0]);
            float score = (float)(1 / (1 + mien_exponential(-margin)));
            if (score < minimum) continue;
            out[found] =
                decode_one(grid, cell / grid->columns, cell % grid->columns, grid->sides[a],
                           level->offsets + 4 * index, level->offset_step, to_picture);
            out[found++].score = score;
        }
    return found;
}

int mien_detect_decode(mien_detection *out, const mien_detect_level levels[MIEN_DETECT_LEVELS],
                       const mien_affine *to_picture, float minimum) {
    int found = 0;
    for (int k = 0; k < MIEN_DETECT_LEVELS; k++)
        found += decode_level(out + found, &mien_detect_grids[k], &levels[k], to_picture, minimum);
    return found;
}

static float area(const mien_face_point box[2]) {
    float width = box[1].x - box[0].x, height = box[1].y - box[0].y;
    return width > 0 && height > 0 ? width * height : 0;
}

static float common_area(const mien_face_point a[2], const mien_face_point b[2]) {
    mien_face_point common[2] = {{fmaxf(a[0].x, b[0].x), fmaxf(a[0].y, b[0].y)},
                                 {fminf(a[1].x, b[1].x), fminf(a[1].y, b[1].y)}};
    return area(common);
}

float mien_detect_overlap(const mien_detection *a, const mien_detection *b) {
    float common = common_area(a->box, b->box), whole = area(a->box) + area(b->box) - common;
    return whole > 0 ? common / whole : 0;
}

/* Keeps `faces[0..kept)` suppressed and sorted while it walks through the rest by score. */
int mien_detect_suppress(mien_detection *faces, int count) {
    int kept = 0;
    while (kept < count) {
        int best = kept;
        for (int i = kept + 1; i < count; i++)
            if (faces[i].score > faces[best].score) best = i;
        mien_detection winner = faces[best];
        memmove(faces + kept + 1, faces + kept, (size_t)(best - kept) * sizeof *faces);
        faces[kept++] = winner;
        int stay = kept;
        for (int i = kept; i < count; i++)
            if (mien_detect_overlap(&winner, &faces[i]) <= MIEN_DETECT_OVERLAP)
                faces[stay++] = faces[i];
        count = stay;
    }
    return kept;
}

static float weight_of(const mien_detection *face, int width, int height) {
    float dx = (face->box[0].x + face->box[1].x + 1) / (float)width - 1;
    float dy = (face->box[0].y + face->box[1].y + 1) / (float)height - 1;
    float corner = sqrtf((dx * dx + dy * dy) / 2); /* 0 in the middle, 1 in a corner */
    return (face->box[1].y - face->box[0].y) * (1 - 0.5f * fminf(corner, 1));
}

static bool mostly_inside(const mien_detection *face, int width, int height) {
    mien_face_point picture[2] = {{-0.5f, -0.5f}, {(float)width - 0.5f, (float)height - 0.5f}};
    return common_area(face->box, picture) >= 0.9f * area(face->box);
}

mien_status mien_detect_choose(int *chosen, const mien_detection *faces, int count, int width,
                               int height, mien_error *error) {
    int best = -1;
    float most = 0;
    for (int i = 0; i < count; i++) {
        if (faces[i].score < MIEN_DETECT_FACE_SCORE) continue;
        float weight = weight_of(&faces[i], width, height);
        if (weight > most) most = weight, best = i;
    }
    if (best < 0)
        return mien_fail(error, MIEN_NO_FACE,
                         "no face found: look at the camera, come closer and let light fall on "
                         "your face");
    *chosen = best;
    for (int i = 0; i < count; i++) {
        if (i == best || faces[i].score < MIEN_DETECT_FACE_SCORE) continue;
        if (weight_of(&faces[i], width, height) >= MIEN_DETECT_RIVAL * most &&
            mostly_inside(&faces[i], width, height))
            return mien_fail(error, MIEN_MANY_FACES,
                             "more than one face in view: ask the others to step aside");
    }
    return MIEN_OK;
}
