/* SPDX-License-Identifier: MIT */
#include "face_model/combine/combine.h"

#include <math.h>
#include <string.h>

#include "platform/base/bytes.h"

#define SIZE MIEN_COMBINE_SIZE
#define FRAMES MIEN_COMBINE_MAX_FRAMES
/* Measured on the development people: dropping one of three frames, or dropping at 0.8, costs a
 * percent of keys, because an unusual pose also tells something. So only a frame that four others
 * speak against goes. */
#define OUTLIER_RATIO 0.5
#define OUTLIER_WITNESSES 4

static int32_t inner_product(const int8_t *a, const int8_t *b) {
    int32_t sum = 0;
    for (int i = 0; i < SIZE; i++) sum += (int32_t)a[i] * b[i];
    return sum;
}

double mien_combine_cosine(const int8_t a[SIZE], const int8_t b[SIZE]) {
    double squares = (double)inner_product(a, a) * (double)inner_product(b, b);
    return squares > 0 ? (double)inner_product(a, b) / sqrt(squares) : 0;
}

/* Cosines of all pairs and which frames still count. */
typedef struct agreement {
    double cosine[FRAMES][FRAMES];
    size_t count, used;
    bool kept[FRAMES];
} agreement;

static void agreement_fill(agreement *a, const mien_combine_frame *frames, size_t count) {
    a->count = a->used = count;
    for (size_t i = 0; i < count; i++) {
        a->kept[i] = true;
        for (size_t j = 0; j < i; j++)
            a->cosine[i][j] = a->cosine[j][i] =
                mien_combine_cosine(frames[i].embedding, frames[j].embedding);
    }
}

/* Sum of the cosines of frame i to the other kept ones. */
static double agreement_row(const agreement *a, size_t i) {
    double sum = 0;
    for (size_t j = 0; j < a->count; j++)
        if (a->kept[j] && j != i) sum += a->cosine[i][j];
    return sum;
}

static double agreement_all(const agreement *a) {
    double sum = 0;
    for (size_t i = 0; i < a->count; i++)
        if (a->kept[i]) sum += agreement_row(a, i);
    return sum;
}

static double agreement_mean(const agreement *a) {
    if (a->used < 2) return 1;
    return agreement_all(a) / (double)(a->used * (a->used - 1));
}

/* The kept frame whose cosines to the others have the least sum. */
static size_t agreement_worst(const agreement *a, double *least) {
    size_t worst = 0;
    *least = 1e9;
    for (size_t i = 0; i < a->count; i++) {
        double row = a->kept[i] ? agreement_row(a, i) : 1e9;
        if (row < *least) *least = row, worst = i;
    }
    return worst;
}

/* Drop the worst frame if it is an outlier; false when none is. */
static bool agreement_drop(agreement *a) {
    double least;
    size_t worst = agreement_worst(a, &least);
    double others = (double)(a->used - 1);
    double rest = (agreement_all(a) - 2 * least) / (others * (others - 1));
    if (rest <= 0 || least / others >= OUTLIER_RATIO * rest) return false;
    a->kept[worst] = false;
    a->used--;
    return true;
}

static void agreement_drop_outliers(agreement *a) {
    size_t floor = a->count - a->count / 3;
    while (a->used > OUTLIER_WITNESSES && a->used > floor && agreement_drop(a)) continue;
}

/* Weighted mean of unit vectors, length not normalised. */
static void mean_direction(double mean[SIZE], const agreement *a,
                           const mien_combine_frame *frames) {
    for (int k = 0; k < SIZE; k++) mean[k] = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (!a->kept[i]) continue;
        const int8_t *e = frames[i].embedding;
        double weight = (double)frames[i].quality / sqrt((double)inner_product(e, e));
        for (int k = 0; k < SIZE; k++) mean[k] += weight * e[k];
    }
}

static mien_status quantise(int8_t out[SIZE], const double mean[SIZE]) {
    double square = 0;
    for (int k = 0; k < SIZE; k++) square += mean[k] * mean[k];
    if (!(square > 1e-12) || !isfinite(square)) return MIEN_ARGUMENT;
    double scale = MIEN_COMBINE_NORM / sqrt(square);
    for (int k = 0; k < SIZE; k++) {
        double value = round(mean[k] * scale);
        out[k] = (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
    }
    return MIEN_OK;
}

static mien_status check_frames(const mien_combine_frame *frames, size_t count) {
    if (count == 0 || count > FRAMES) return MIEN_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        bool weight = isfinite(frames[i].quality) && frames[i].quality > 0;
        if (!weight || inner_product(frames[i].embedding, frames[i].embedding) == 0)
            return MIEN_ARGUMENT;
    }
    return MIEN_OK;
}

mien_status mien_combine_frames(mien_combined *out, const mien_combine_frame *frames, size_t count,
                                double minimum_cosine, mien_error *error) {
    memset(out, 0, sizeof *out);
    if (check_frames(frames, count) != MIEN_OK)
        return mien_fail(error, MIEN_ARGUMENT, "frames to combine: 1 to %d non-zero embeddings",
                         FRAMES);
    agreement a;
    double mean[SIZE];
    memset(&a, 0, sizeof a);
    agreement_fill(&a, frames, count);
    agreement_drop_outliers(&a);
    mien_status status = MIEN_OK;
    out->mean_cosine = agreement_mean(&a);
    out->used = a.used;
    memcpy(out->kept, a.kept, sizeof out->kept);
    mean_direction(mean, &a, frames);
    if (out->mean_cosine < minimum_cosine) {
        status = mien_fail(error, MIEN_FACES_DIFFER,
                           "the frames agree only to %.2f (%.2f is needed): keep one person in "
                           "view, light the face evenly and look at the camera",
                           out->mean_cosine, minimum_cosine);
    } else {
        status = quantise(out->embedding, mean);
        if (status != MIEN_OK) {
            memset(out, 0, sizeof *out);
            status = mien_fail(error, status, "the frames' embeddings cancel out");
        }
    }
    mien_wipe(&a, sizeof a);
    mien_wipe(mean, sizeof mean);
    return status;
}

size_t mien_combine_odd_frames(bool odd[FRAMES], const mien_combine_frame *frames, size_t count,
                               double minimum_cosine) {
    agreement a;
    double least;
    memset(odd, 0, FRAMES * sizeof *odd);
    if (check_frames(frames, count) != MIEN_OK) return 0;
    memset(&a, 0, sizeof a);
    agreement_fill(&a, frames, count);
    while (agreement_mean(&a) < minimum_cosine && 2 * (a.used - 1) > count) {
        size_t worst = agreement_worst(&a, &least);
        a.kept[worst] = false;
        a.used--;
    }
    bool agree = agreement_mean(&a) >= minimum_cosine && a.used >= 2;
    for (size_t i = 0; i < count && agree; i++) odd[i] = !a.kept[i];
    size_t left_out = agree ? count - a.used : 0;
    mien_wipe(&a, sizeof a);
    return left_out;
}
