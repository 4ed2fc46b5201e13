/* SPDX-License-Identifier: MIT */
/* Rows of A are rotated against each other until they are orthogonal: then A = W diag(values) V^T
 * with the rows as values[i] * v_i, and for a symmetric positive semidefinite A the v_i are its
 * eigenvectors. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "face_model/whitening/whitening.h"

#define MAX_SWEEPS 60
#define TOLERANCE 1e-13

typedef struct gram {
    double pp, qq, pq;
} gram;

static gram gram_of(const double *p, const double *q, size_t n) {
    double pp[4] = {0}, qq[4] = {0}, pq[4] = {0};
    for (size_t k = 0; k < n; k++) {
        pp[k & 3] += p[k] * p[k];
        qq[k & 3] += q[k] * q[k];
        pq[k & 3] += p[k] * q[k];
    }
    gram g = {pp[0] + pp[1] + pp[2] + pp[3], qq[0] + qq[1] + qq[2] + qq[3],
              pq[0] + pq[1] + pq[2] + pq[3]};
    return g;
}

/* Make rows p and q orthogonal, the longer one first; true when there was something to do. */
static bool rotate(double *p, double *q, size_t n, double negligible) {
    gram g = gram_of(p, q, n);
    bool ordered = g.pp >= g.qq;
    bool orthogonal = fabs(g.pq) <= TOLERANCE * sqrt(g.pp) * sqrt(g.qq) || fabs(g.pq) <= negligible;
    if (orthogonal && ordered) return false;
    double c = 0, s = 1;
    if (!orthogonal) {
        double zeta = (g.qq - g.pp) / (2 * g.pq);
        double t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
        c = 1 / sqrt(1 + t * t);
        s = c * t;
        if (!ordered) { /* the other root swaps the rows as well */
            double swap = c;
            c = -s;
            s = swap;
        }
    }
    for (size_t k = 0; k < n; k++) {
        double a = p[k], b = q[k];
        p[k] = c * a - s * b;
        q[k] = s * a + c * b;
    }
    return !orthogonal;
}

static double largest_square(const double *a, size_t n) {
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        gram g = gram_of(a + i * n, a + i * n, n);
        if (g.pp > largest) largest = g.pp;
    }
    return largest;
}

static bool sweep(double *a, size_t n, double negligible) {
    bool changed = false;
    for (size_t i = 0; i + 1 < n; i++)
        for (size_t j = i + 1; j < n; j++) changed |= rotate(a + i * n, a + j * n, n, negligible);
    return changed;
}

/* Length one, the entry of largest magnitude positive; returns the old length. */
static double normalise_row(double *row, size_t n) {
    double square = 0, extreme = 0;
    for (size_t k = 0; k < n; k++) {
        square += row[k] * row[k];
        if (fabs(row[k]) > fabs(extreme)) extreme = row[k];
    }
    double length = sqrt(square), factor = length > 0 ? (extreme < 0 ? -1 : 1) / length : 0;
    for (size_t k = 0; k < n; k++) row[k] *= factor;
    return length;
}

static void swap_rows(double *p, double *q, size_t n) {
    for (size_t k = 0; k < n; k++) {
        double keep = p[k];
        p[k] = q[k];
        q[k] = keep;
    }
}

static void sort_descending(double *a, double *values, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < n; j++)
            if (values[j] > values[best]) best = j;
        if (best == i) continue;
        double keep = values[i];
        values[i] = values[best];
        values[best] = keep;
        swap_rows(a + i * n, a + best * n, n);
    }
}

mien_status mien_symmetric_eigen(double *a, double *values, size_t n,
                                 const mien_progress *progress) {
    double negligible = 1e-26 * largest_square(a, n);
    int sweeps = 0;
    while (sweep(a, n, negligible)) {
        if (!mien_progress_report(progress, "eigenvectors", (size_t)++sweeps, MAX_SWEEPS))
            return MIEN_INTERRUPTED;
        if (sweeps == MAX_SWEEPS) return MIEN_INTERNAL;
    }
    for (size_t i = 0; i < n; i++) values[i] = normalise_row(a + i * n, n);
    sort_descending(a, values, n);
    return MIEN_OK;
}
