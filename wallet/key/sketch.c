/* SPDX-License-Identifier: MIT */
#include "wallet/key/sketch.h"

#include "platform/base/bytes.h"
#include "wallet/key/polar.h"

#define N MIEN_SKETCH_SIZE
/* A vector that loses all but this much of its length to the ones before it would carry rounding
 * noise instead of randomness. Happens with probability below 2^-100. */
#define SMALLEST_REMAINDER 1e-9

/* Rows of the transform with weight 2^5 and more (29 of them), and the 11 of weight 2^4 with the
 * largest polarization weight sum over bits b of 2^(b/4) (He et al. 2017): rows 120, 116, 114, 108,
 * 113, 106, 92, 105, 102, 90, 101. test-wallet-sketch recomputes both words. */
static const mien_polar_code code = {7, {0xe880800080000000, 0xfffefee0fc808000}};

const struct mien_polar_code *mien_sketch_code(void) {
    return &code;
}

typedef struct make_workspace {
    double from[N][N], to[N][N]; /* orthonormal; vector k is row k: from[0] = t, to[0] = s */
    uint8_t bytes[8 * N];
    uint8_t bits[N];
} make_workspace;

typedef struct recover_workspace {
    int32_t soft[N];
    int32_t costs[MIEN_SKETCH_CANDIDATES];
} recover_workspace;

#define ROUND_UP(size) (((size) + 63) & ~(size_t)63)

size_t mien_sketch_make_workspace_size(void) {
    return ROUND_UP(sizeof(make_workspace));
}

size_t mien_sketch_recover_workspace_size(void) {
    return ROUND_UP(sizeof(recover_workspace)) + mien_polar_workspace_size();
}

static double dot(const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < N; i++) sum += a[i] * b[i];
    return sum;
}

/* 1, or 0 for a vector that is shorter than the smallest remainder. */
static uint64_t normalise(double *vector) {
    double square = dot(vector, vector), scale = 1 / mien_sketch_square_root(square);
    double missing = SMALLEST_REMAINDER * SMALLEST_REMAINDER - square; /* negative when fine */
    uint64_t bits;
    for (size_t i = 0; i < N; i++) vector[i] *= scale;
    memcpy(&bits, &missing, sizeof bits);
    return bits >> 63;
}

/* Gram and Schmidt on basis[0] (given, of length 1) and Gaussian vectors: the rest is uniform among
 * the orthonormal completions. Each vector is projected twice, which makes it orthogonal to machine
 * precision ("twice is enough": Giraud, Langou, Rozloznik 2005). */
static mien_status complete(double (*basis)[N], uint8_t bytes[8 * N], const mien_random *random) {
    uint64_t fine = 1;
    for (size_t k = 1; k < N; k++) {
        MIEN_TRY(mien_sketch_gaussians(basis[k], N, bytes, random));
        for (int pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < k; j++) {
                double along = dot(basis[k], basis[j]);
                for (size_t i = 0; i < N; i++) basis[k][i] -= along * basis[j][i];
            }
            fine &= normalise(basis[k]);
        }
    }
    return fine ? MIEN_OK : MIEN_RANDOM; /* the one thing about the vectors that is told */
}

/* P = sum over k of to[k] from[k]^T, rounded to Q15 and clamped. */
static void multiply(mien_sketch_rotation *rotation, double (*to)[N], double (*from)[N]) {
    for (size_t i = 0; i < N; i++) {
        double row[N] = {0};
        for (size_t k = 0; k < N; k++)
            for (size_t j = 0; j < N; j++) row[j] += to[k][i] * from[k][j];
        for (size_t j = 0; j < N; j++) {
            /* |row[j]| <= 1, so only 2^15 itself is out of range; its arithmetic is branch-free */
            int32_t value = (int32_t)(row[j] * 32768 + 65536.5) - 65536;
            int32_t over = value >> 15 & ~(value >> 31);
            __asm__("" : "+r"(over)); /* or clang makes a branch of it */
            rotation->row[i][j] = (int16_t)(value - over);
        }
        mien_wipe(row, sizeof row);
    }
}

static mien_status make(mien_sketch_rotation *rotation, uint64_t *message,
                        const int8_t embedding[N], const mien_random *random, make_workspace *w) {
    uint8_t random_bits[8];
    MIEN_TRY(mien_random_fill(random, random_bits, sizeof random_bits));
    *message = mien_load_le64(random_bits) >> (64 - MIEN_SKETCH_MESSAGE_BITS);
    mien_wipe(random_bits, sizeof random_bits);
    mien_polar_encode(w->bits, &code, *message);
    for (size_t i = 0; i < N; i++) {
        w->from[0][i] = embedding[i];
        w->to[0][i] = 1 - 2 * (int)w->bits[i];
    }
    if (!normalise(w->from[0])) return MIEN_ARGUMENT;
    (void)normalise(w->to[0]);
    MIEN_TRY(complete(w->from, w->bytes, random));
    MIEN_TRY(complete(w->to, w->bytes, random));
    multiply(rotation, w->to, w->from);
    return MIEN_OK;
}

mien_status mien_sketch_make(mien_sketch_rotation *rotation, uint64_t *message,
                             const int8_t embedding[MIEN_SKETCH_SIZE], const mien_random *random,
                             void *workspace) {
    mien_status status = make(rotation, message, embedding, random, workspace);
    if (status != MIEN_OK) {
        mien_wipe(rotation, sizeof *rotation);
        mien_wipe(message, sizeof *message);
    }
    mien_wipe(workspace, mien_sketch_make_workspace_size());
    return status;
}

/* Clamp to -limit..limit without branches; |x| < 2^30. */
static int32_t clamp(int32_t x, int32_t limit) {
    int32_t above = (limit - x) >> 31, below = (x + limit) >> 31;
    return (x & ~above & ~below) | (limit & above) | (-limit & below);
}

/* z = P y. Rows are of length one and embeddings of length about 362, so a coordinate of z has a
 * standard deviation of about 32 * 2^15; ten bits less leave about 2^10 for the decoder. The clamp
 * is out of reach then, but rotations and embeddings of any content are safe. */
static void rotate(int32_t soft[N], const mien_sketch_rotation *rotation, const int8_t *embedding) {
    for (size_t i = 0; i < N; i++) {
        int32_t sum = 0; /* at most 128 * 2^15 * 2^7 = 2^29 in size */
        for (size_t j = 0; j < N; j++) sum += (int32_t)rotation->row[i][j] * embedding[j];
        soft[i] = clamp((sum + 512) >> 10, MIEN_POLAR_SOFT_MAX);
    }
}

void mien_sketch_recover(uint64_t messages[MIEN_SKETCH_CANDIDATES],
                         const mien_sketch_rotation *rotation,
                         const int8_t embedding[MIEN_SKETCH_SIZE], void *workspace) {
    recover_workspace *w = workspace;
    rotate(w->soft, rotation, embedding);
    mien_polar_decode(messages, w->costs, &code, w->soft,
                      (uint8_t *)workspace + ROUND_UP(sizeof *w));
    mien_wipe(w, sizeof *w);
}

/* 32 sqrt(128) P^T s with s_i = +-1 / sqrt(128) and P in Q15: a sum of +-P_ij, shifted by ten. */
void mien_sketch_template(int8_t vector[MIEN_SKETCH_SIZE], const mien_sketch_rotation *rotation,
                          uint64_t message) {
    uint8_t bits[N];
    int32_t sum[N] = {0};
    mien_polar_encode(bits, &code, message);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            int32_t flip = -(int32_t)bits[i];
            sum[j] += (rotation->row[i][j] ^ flip) - flip;
        }
    for (size_t j = 0; j < N; j++) vector[j] = (int8_t)clamp((sum[j] + 512) >> 10, 127);
    mien_wipe(bits, sizeof bits);
    mien_wipe(sum, sizeof sum);
}
