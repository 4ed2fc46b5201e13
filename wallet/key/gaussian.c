/* SPDX-License-Identifier: MIT */
/* Gaussian numbers without branches or tables on secrets. The C library's log, sin and cos choose
 * their polynomials by value; these evaluate one each. Errors stay below 2^-40, far below the 2^-16
 * at which a rotation is rounded. */
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/key/sketch.h"

/* Half the exponent, by the bits of the number, is within 4 %; each of Newton's steps squares the
 * error. */
double mien_sketch_square_root(double x) {
    uint64_t bits;
    double root;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits >> 1) + 0x1ff7a3bea91d9b1bu;
    memcpy(&root, &bits, sizeof root);
    for (int step = 0; step < 5; step++) root = 0.5 * (root + x / root);
    return root;
}

/* Natural logarithm of u = (k + 1) / 2^53, 0 <= k < 2^53. With u = 2^e f and 0.75 <= f < 1.5:
 * log f = 2 atanh((f - 1) / (f + 1)), |argument| <= 1/5, series up to the 19th power. */
static double natural_log(double u) {
    uint64_t bits;
    memcpy(&bits, &u, sizeof bits);
    uint64_t shifted = bits - 0x3fe8000000000000u; /* bits of 0.75: the borrow moves e at 0.75 */
    int64_t e = (int64_t)shifted >> 52;
    bits -= (uint64_t)e << 52;
    double f;
    memcpy(&f, &bits, sizeof f);
    double z = (f - 1) / (f + 1), z2 = z * z, sum = 1.0 / 19;
    for (int k = 17; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
    return 2 * z * sum + (double)e * 0.69314718055994530942;
}

/* Sine and cosine of 2 pi v, 0 <= v < 1: the Taylor series within an eighth of a turn around the
 * nearest quarter, then the quarter turns by masks. */
static void sine_cosine(double *sine, double *cosine, double v) {
    int64_t quarter = (int64_t)(4 * v + 0.5);
    double x = (4 * v - (double)quarter) * 1.57079632679489661923, x2 = x * x;
    double s = 1, c = 1;
    for (int k = 16; k >= 2; k -= 2) {
        s = 1 - s * x2 / (double)(k * (k + 1));
        c = 1 - c * x2 / (double)(k * (k - 1));
    }
    s *= x;
    double swap = (double)(quarter & 1), keep = 1 - swap;
    double turn = (double)(1 - (quarter & 2)); /* quarters 2 and 3: both negative */
    *sine = turn * (keep * s + swap * c);
    *cosine = turn * (keep * c - swap * s);
}

mien_status mien_sketch_gaussians(double *out, size_t count, uint8_t *bytes,
                                  const mien_random *random) {
    if (count % 2 != 0) return MIEN_ARGUMENT;
    MIEN_TRY(mien_random_fill(random, bytes, 8 * count));
    for (size_t i = 0; i < count; i += 2) {
        /* signed: converting unsigned numbers branches on the top bit */
        int64_t a = (int64_t)(mien_load_le64(bytes + 8 * i) >> 11);
        int64_t b = (int64_t)(mien_load_le64(bytes + 8 * i + 8) >> 11);
        double u = (double)(a + 1) * 0x1p-53, v = (double)b * 0x1p-53, sine, cosine;
        double radius = mien_sketch_square_root(0.0 - 2 * natural_log(u));
        sine_cosine(&sine, &cosine, v);
        out[i] = radius * cosine;
        out[i + 1] = radius * sine;
    }
    return MIEN_OK;
}
