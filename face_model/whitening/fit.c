/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/whitening/whitening.h"
#include "platform/base/bytes.h"

/* Buckets a unit of |y|, in which the gain is looked up. */
#define HISTOGRAM 65536

typedef struct fit {
    const float *x;
    size_t count;
    uint32_t inputs, outputs;
    double *mean, *centred; /* [inputs] each */
    double *covariance;     /* [inputs][inputs], then eigenvectors as rows */
    double *values;         /* [inputs] */
} fit;

static void fit_mean(fit *f) {
    for (size_t s = 0; s < f->count; s++)
        for (uint32_t i = 0; i < f->inputs; i++) f->mean[i] += (double)f->x[s * f->inputs + i];
    for (uint32_t i = 0; i < f->inputs; i++) f->mean[i] /= (double)f->count;
}

static void fit_add_sample(fit *f, const float *x) {
    size_t n = f->inputs;
    for (size_t i = 0; i < n; i++) f->centred[i] = (double)x[i] - f->mean[i];
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) f->covariance[i * n + j] += f->centred[i] * f->centred[j];
}

static mien_status fit_covariance(fit *f, const mien_progress *progress) {
    size_t n = f->inputs;
    for (size_t s = 0; s < f->count; s++) {
        fit_add_sample(f, f->x + s * n);
        if (s % 64 == 0 && !mien_progress_report(progress, "covariance", s + 1, f->count))
            return MIEN_INTERRUPTED;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            f->covariance[j * n + i] = f->covariance[i * n + j] /= (double)f->count;
    return MIEN_OK;
}

/* Constants with gain 1. */
static mien_status fit_constants(fit *f, mien_whitening *w) {
    if (!(f->values[f->outputs - 1] > 1e-9 * f->values[0])) return MIEN_ARGUMENT;
    for (uint32_t o = 0; o < f->outputs; o++) {
        double factor = 1 / sqrt(sqrt(f->values[o])), bias = 0;
        for (uint32_t i = 0; i < f->inputs; i++) {
            double entry = factor * f->covariance[(size_t)o * f->inputs + i];
            w->matrix[(size_t)o * f->inputs + i] = (float)entry;
            bias -= entry * f->mean[i];
        }
        w->bias[o] = (float)bias;
    }
    return MIEN_OK;
}

/* Value that `coverage` of all |y| stay at or below, to 1/HISTOGRAM of the largest. */
static double magnitude_quantile(float *magnitudes, size_t count, double coverage) {
    static const size_t buckets = HISTOGRAM;
    float largest = 0;
    for (size_t i = 0; i < count; i++)
        if (magnitudes[i] > largest) largest = magnitudes[i];
    size_t *histogram = calloc(buckets + 1, sizeof *histogram);
    if (histogram == NULL || !(largest > 0)) {
        free(histogram);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        histogram[(size_t)((double)magnitudes[i] / (double)largest * (double)buckets)]++;
    size_t below = 0, bucket = 0;
    while (bucket <= buckets && (double)(below + histogram[bucket]) < coverage * (double)count)
        below += histogram[bucket++];
    free(histogram);
    return (double)largest * (double)(bucket + 1) / (double)buckets;
}

static mien_status fit_gain(const fit *f, mien_whitening *w, double coverage) {
    size_t total = f->count * f->outputs;
    float *y = malloc(total * sizeof *y);
    if (y == NULL) return MIEN_MEMORY;
    for (size_t s = 0; s < f->count; s++)
        mien_whitening_apply(y + s * f->outputs, w, f->x + s * f->inputs);
    for (size_t i = 0; i < total; i++) y[i] = fabsf(y[i]);
    double quantile = magnitude_quantile(y, total, coverage);
    mien_wipe(y, total * sizeof *y);
    free(y);
    if (!(quantile > 0)) return MIEN_ARGUMENT;
    double gain = 127 / quantile;
    for (uint32_t o = 0; o < w->outputs; o++) w->bias[o] = (float)((double)w->bias[o] * gain);
    for (size_t i = 0; i < (size_t)w->outputs * w->inputs; i++)
        w->matrix[i] = (float)((double)w->matrix[i] * gain);
    return MIEN_OK;
}

static mien_status fit_all(fit *f, mien_whitening *w, double coverage,
                           const mien_progress *progress) {
    fit_mean(f);
    MIEN_TRY(fit_covariance(f, progress));
    MIEN_TRY(mien_symmetric_eigen(f->covariance, f->values, f->inputs, progress));
    MIEN_TRY(fit_constants(f, w));
    return fit_gain(f, w, coverage);
}

static mien_status check_arguments(const float *x, size_t count, uint32_t inputs, uint32_t outputs,
                                   double coverage) {
    size_t values;
    if (count <= outputs || !(coverage >= 0.5 && coverage <= 1)) return MIEN_ARGUMENT;
    if (!mien_size_multiply(&values, count, inputs)) return MIEN_OVERFLOW;
    for (size_t i = 0; i < values; i++)
        if (!isfinite(x[i])) return MIEN_ARGUMENT;
    return MIEN_OK;
}

mien_status mien_whitening_fit(mien_whitening *w, const float *x, size_t count, uint32_t inputs,
                               uint32_t outputs, double coverage, const mien_progress *progress,
                               mien_error *error) {
    memset(w, 0, sizeof *w);
    mien_status status = check_arguments(x, count, inputs, outputs, coverage);
    if (status == MIEN_OK) status = mien_whitening_create(w, inputs, outputs);
    if (status != MIEN_OK)
        return mien_fail(error, status, "whitening: %zu samples of %u values do not fix %u axes",
                         count, inputs, outputs);
    size_t n = inputs, doubles = n * n + 3 * n;
    double *memory = calloc(doubles, sizeof *memory);
    if (memory == NULL) {
        status = MIEN_MEMORY;
    } else {
        fit f = {x,      count,      inputs,         outputs,
                 memory, memory + n, memory + 2 * n, memory + n * n + 2 * n};
        status = fit_all(&f, w, coverage, progress);
        mien_wipe(memory, doubles * sizeof *memory);
        free(memory);
    }
    if (status == MIEN_OK) return MIEN_OK;
    mien_whitening_free(w);
    return mien_fail(error, status, "whitening: the samples do not span %u directions", outputs);
}
