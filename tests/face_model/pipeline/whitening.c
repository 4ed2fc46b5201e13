/* SPDX-License-Identifier: MIT */
/* Eigenvectors, the fit, and the constants' file against broken and hostile bytes. */
#include "face_model/whitening/whitening.h"

#include <math.h>

#include "platform/base/bytes.h"
#include "tests/harness.h"

static double gauss(void) {
    double u = ((double)(harness_random() >> 11) + 0.5) / 9007199254740992.0;
    double v = (double)(harness_random() >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* A = B^T B / rows: positive semidefinite of rank min(rows, n). */
static void random_gram(double *a, size_t n, size_t rows) {
    memset(a, 0, n * n * sizeof *a);
    for (size_t r = 0; r < rows; r++) {
        double row[64];
        for (size_t i = 0; i < n; i++) row[i] = gauss();
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) a[i * n + j] += row[i] * row[j] / (double)rows;
    }
}

static void check_decomposition(const double *original, const double *vectors, const double *values,
                                size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0) CHECK(values[i] <= values[i - 1]);
        if (values[i] < 1e-9 * values[0]) continue;
        for (size_t j = 0; j <= i; j++)
            CHECK(fabs(dot(vectors + i * n, vectors + j * n, n) - (i == j)) < 1e-10);
        for (size_t r = 0; r < n; r++) {
            double image = dot(original + r * n, vectors + i * n, n);
            CHECK(fabs(image - values[i] * vectors[i * n + r]) < 1e-9 * values[0]);
        }
    }
}

static void test_eigen_random(void) {
    static double a[64 * 64], copy[64 * 64], values[64];
    for (size_t n = 1; n <= 64; n += n < 8 ? 1 : 13) {
        for (int rank = 0; rank < 2; rank++) {
            random_gram(a, n, rank == 0 ? 3 * n : n / 2 + 1);
            memcpy(copy, a, sizeof copy);
            REQUIRE(mien_symmetric_eigen(a, values, n, NULL) == MIEN_OK);
            check_decomposition(copy, a, values, n);
        }
    }
}

static void test_eigen_special(void) {
    double diagonal[9] = {1, 0, 0, 0, 5, 0, 0, 0, 3}, values[3];
    REQUIRE(mien_symmetric_eigen(diagonal, values, 3, NULL) == MIEN_OK);
    CHECK(values[0] == 5 && values[1] == 3 && values[2] == 1);
    CHECK(diagonal[1] == 1 && diagonal[5] == 1 && diagonal[6] == 1);
    double zero[4] = {0};
    REQUIRE(mien_symmetric_eigen(zero, values, 2, NULL) == MIEN_OK);
    CHECK(values[0] == 0 && values[1] == 0);
    double equal[4] = {2, 0, 0, 2};
    REQUIRE(mien_symmetric_eigen(equal, values, 2, NULL) == MIEN_OK);
    CHECK(values[0] == 2 && values[1] == 2);
}

static bool stop(void *context, const char *step, size_t done, size_t total) {
    (void)step;
    CHECK(done <= total);
    ++*(int *)context;
    return false;
}

static void test_interrupted(void) {
    static double a[32 * 32], values[32];
    static float x[100 * 8];
    int calls = 0;
    mien_progress progress = {stop, &calls};
    mien_whitening w;
    random_gram(a, 32, 64);
    CHECK_INT(mien_symmetric_eigen(a, values, 32, &progress), MIEN_INTERRUPTED);
    for (int i = 0; i < 800; i++) x[i] = (float)gauss();
    CHECK_INT(mien_whitening_fit(&w, x, 100, 8, 4, 0.999, &progress, NULL), MIEN_INTERRUPTED);
    CHECK(calls == 2 && w.matrix == NULL);
}

enum { SAMPLES = 4000, IN = 24, OUT = 12 };

/* Correlated samples with a mean that is not zero. */
static void make_samples(float *x) {
    double mix[IN][IN];
    for (int i = 0; i < IN; i++)
        for (int j = 0; j < IN; j++) mix[i][j] = gauss() * exp(-0.15 * j);
    for (int s = 0; s < SAMPLES; s++) {
        double z[IN];
        for (int j = 0; j < IN; j++) z[j] = gauss();
        for (int i = 0; i < IN; i++) x[s * IN + i] = (float)(3.0 + 0.1 * i + dot(mix[i], z, IN));
    }
}

/* After the map: means vanish, axes are uncorrelated, variances fall as the square roots of the
 * eigenvalues did. */
static void test_fit_half_whitens(void) {
    static float x[SAMPLES * IN], y[SAMPLES][OUT];
    static double covariance[OUT][OUT];
    mien_whitening w;
    double mean[OUT] = {0};
    make_samples(x);
    REQUIRE(mien_whitening_fit(&w, x, SAMPLES, IN, OUT, 0.9999, NULL, NULL) == MIEN_OK);
    size_t above = 0;
    for (int s = 0; s < SAMPLES; s++) {
        mien_whitening_apply(y[s], &w, x + s * IN);
        for (int o = 0; o < OUT; o++)
            mean[o] += (double)y[s][o] / SAMPLES, above += fabsf(y[s][o]) > 127.0f;
    }
    for (int s = 0; s < SAMPLES; s++)
        for (int o = 0; o < OUT; o++)
            for (int p = 0; p < OUT; p++)
                covariance[o][p] +=
                    ((double)y[s][o] - mean[o]) * ((double)y[s][p] - mean[p]) / SAMPLES;
    CHECK(above <= SAMPLES * OUT / 10000 + 1);
    for (int o = 0; o < OUT; o++) {
        CHECK(fabs(mean[o]) < 1e-2);
        double row[IN];
        for (int i = 0; i < IN; i++) row[i] = (double)w.matrix[o * IN + i];
        /* |row|^2 = G^2 lambda^(-1/2), variance = G^2 lambda^(1/2): their product is G^4 */
        double first[IN];
        for (int i = 0; i < IN; i++) first[i] = (double)w.matrix[i];
        double product = covariance[o][o] * dot(row, row, IN);
        CHECK(fabs(product / (covariance[0][0] * dot(first, first, IN)) - 1) < 1e-3);
        if (o > 0) CHECK(covariance[o][o] < covariance[o - 1][o - 1] * 1.0001);
        for (int p = 0; p < o; p++)
            CHECK(fabs(covariance[o][p]) < 1e-3 * sqrt(covariance[o][o] * covariance[p][p]));
    }
    mien_whitening_free(&w);
}

static void test_fit_refuses(void) {
    static float x[64 * 8];
    mien_whitening w;
    mien_error error = {0};
    for (int i = 0; i < 64 * 8; i++) x[i] = (float)gauss();
    CHECK_INT(mien_whitening_fit(&w, x, 4, 8, 4, 0.99, NULL, &error), MIEN_ARGUMENT);
    CHECK(error.message[0] != '\0');
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 9, 0.99, NULL, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 0, 0.99, NULL, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 4, 1.5, NULL, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 4, NAN, NULL, NULL), MIEN_ARGUMENT);
    for (int i = 0; i < 64; i++)
        for (int j = 2; j < 8; j++) x[i * 8 + j] = x[i * 8]; /* two directions only */
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 4, 0.99, NULL, NULL), MIEN_ARGUMENT);
    x[17] = NAN;
    CHECK_INT(mien_whitening_fit(&w, x, 64, 8, 2, 0.99, NULL, NULL), MIEN_ARGUMENT);
    CHECK(w.matrix == NULL && w.bias == NULL);
}

static void small_file(uint8_t *bytes, size_t *length) {
    mien_whitening w;
    REQUIRE(mien_whitening_create(&w, 3, 2) == MIEN_OK);
    for (int i = 0; i < 2; i++) w.bias[i] = (float)(i - 5);
    for (int i = 0; i < 6; i++) w.matrix[i] = 0.25f * (float)i;
    *length = mien_whitening_file_size(&w);
    REQUIRE(mien_whitening_serialise(bytes, *length, &w) == MIEN_OK);
    CHECK_INT(mien_whitening_serialise(bytes, *length - 1, &w), MIEN_ARGUMENT);
    mien_whitening_free(&w);
}

static void test_file_round_trip(void) {
    uint8_t bytes[128], again[128];
    size_t length;
    mien_whitening w;
    small_file(bytes, &length);
    CHECK_INT(length, 8 + 8 + 4 * (2 + 6));
    REQUIRE(mien_whitening_parse(&w, bytes, length, NULL) == MIEN_OK);
    CHECK(w.inputs == 3 && w.outputs == 2 && w.bias[1] == -4.0f && w.matrix[5] == 1.25f);
    REQUIRE(mien_whitening_serialise(again, length, &w) == MIEN_OK);
    CHECK_BYTES(again, bytes, length);
    mien_whitening_free(&w);
}

static void test_file_truncated_and_trailing(void) {
    uint8_t bytes[128];
    size_t length;
    mien_whitening w;
    small_file(bytes, &length);
    for (size_t n = 0; n < length; n++) {
        uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees a read past the end */
        REQUIRE(exact != NULL);
        memcpy(exact, bytes, n);
        CHECK_INT(mien_whitening_parse(&w, exact, n, NULL), MIEN_TRUNCATED);
        CHECK(w.matrix == NULL);
        free(exact);
    }
    CHECK_INT(mien_whitening_parse(&w, bytes, length + 1, NULL), MIEN_TRAILING);
}

/* Every header byte changed in every bit: an error, or (bits of values) other finite constants. */
static void test_file_hostile(void) {
    uint8_t bytes[128];
    size_t length;
    mien_whitening w;
    small_file(bytes, &length);
    for (size_t bit = 0; bit < 8 * length; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        mien_status status = mien_whitening_parse(&w, bytes, length, NULL);
        if (bit < 8 * 16) CHECK(status != MIEN_OK);
        CHECK((status == MIEN_OK) == (w.matrix != NULL));
        mien_whitening_free(&w);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    mien_store_le32(bytes + 16, 0x7f800000); /* infinity */
    CHECK_INT(mien_whitening_parse(&w, bytes, length, NULL), MIEN_FORMAT);
    mien_store_le32(bytes + 16, 0x7fc00000); /* not a number */
    CHECK_INT(mien_whitening_parse(&w, bytes, length, NULL), MIEN_FORMAT);
    mien_store_le32(bytes + 8, 0xffffffff);
    CHECK_INT(mien_whitening_parse(&w, bytes, length, NULL), MIEN_TOO_LARGE);
}

int main(void) {
    RUN(test_eigen_random);
    RUN(test_eigen_special);
    RUN(test_interrupted);
    RUN(test_fit_half_whitens);
    RUN(test_fit_refuses);
    RUN(test_file_round_trip);
    RUN(test_file_truncated_and_trailing);
    RUN(test_file_hostile);
    return harness_end();
}
