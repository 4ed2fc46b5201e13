/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "wallet/eval/trials.h"

mien_eval_interval mien_eval_rate_interval(size_t events, size_t trials) {
    mien_eval_interval all = {0, 1};
    if (trials == 0) return all;
    double n = (double)trials, rate = (double)events / n;
    if (events == 0 || events == trials) {
        double three = n > 3 ? 3 / n : 1;
        mien_eval_interval none = {0, three}, every = {1 - three, 1};
        return events == 0 ? none : every;
    }
    const double z = 1.959963984540054;
    double middle = rate + z * z / (2 * n), below = 1 + z * z / n;
    double half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    mien_eval_interval interval = {(middle - half) / below, (middle + half) / below};
    return interval;
}

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

mien_status mien_eval_sorted(float **cosines, const mien_eval_trial *trials, size_t count) {
    *cosines = malloc((count + 1) * sizeof **cosines);
    if (*cosines == NULL) return MIEN_MEMORY;
    for (size_t i = 0; i < count; i++) (*cosines)[i] = trials[i].cosine;
    qsort(*cosines, count, sizeof **cosines, descending);
    return MIEN_OK;
}

double mien_eval_threshold(const float *sorted, size_t count, double rate) {
    size_t allowed = (size_t)(rate * (double)count);
    return allowed < count ? (double)sorted[allowed] : -1.5;
}

double mien_eval_share_above(const float *sorted, size_t count, double threshold) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((double)sorted[middle] > threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return count == 0 ? 0 : (double)low / (double)count;
}

double mien_eval_worst_vault(const mien_eval_result *result, double threshold) {
    double worst = 0;
    for (size_t v = 0; v < result->vaults; v++) {
        size_t first = result->vault_start[v], end = result->vault_start[v + 1], above = 0;
        for (size_t i = first; i < end; i++)
            above += (double)result->impostor[i].cosine > threshold;
        if (end > first && (double)above / (double)(end - first) > worst)
            worst = (double)above / (double)(end - first);
    }
    return worst;
}
