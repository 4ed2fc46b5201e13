/* SPDX-License-Identifier: MIT */
/* Every kernel of every level against single elements: random, largest and smallest values, all
 * lengths, all lanes. Equal bits, as elements are canonical. */
#include "prover/field/vectors.h"
#include "tests/harness.h"

enum { N = 83, WORDS = 16 * N };
static _Alignas(64) mien_f f_a[WORDS], f_b[WORDS], f_out[WORDS], f_expected[WORDS];
static mien_k_block k_a[N], k_b[N], k_out[N], k_expected[N];
static uint32_t words[WORDS], words_out[WORDS];

#define EACH_LEVEL(kernels)                                                                        \
    const mien_field_kernels *kernels;                                                             \
    for (unsigned level_ = 0; (kernels = mien_field_kernels_at(level_)) != NULL; level_++)

/* Mostly uniform; in some rounds all extremes, so that unreduced sums are as large as they get. */
static mien_f pick(int round) {
    static const uint32_t extreme[] = {0, 1, MIEN_F_MODULUS - 1, MIEN_F_MODULUS - 2, 0x40000000};
    if (round % 4 == 1) return MIEN_F_RAW(MIEN_F_MODULUS - 1);
    if (round % 4 == 2) return MIEN_F_RAW(extreme[harness_random_below(5)]);
    return MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static mien_k pick_k(int round) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = pick(round);
    return r;
}
static void fill(int round) {
    for (size_t i = 0; i < WORDS; i++) {
        f_a[i] = pick(round);
        f_b[i] = pick(round);
        f_out[i] = f_expected[i] = pick(0);
        words[i] = round % 4 == 1 ? UINT32_MAX - (uint32_t)i : (uint32_t)harness_random();
    }
    for (size_t i = 0; i < MIEN_LANES * N; i++) {
        mien_k start = pick_k(0);
        mien_k_block_set(k_a, i, pick_k(round));
        mien_k_block_set(k_b, i, pick_k(round));
        mien_k_block_set(k_out, i, start);
        mien_k_block_set(k_expected, i, start);
    }
}
#define CHECK_F() CHECK_BYTES(f_out, f_expected, sizeof f_out)
#define CHECK_K() CHECK_BYTES(k_out, k_expected, sizeof k_out)

static void f_kernels(void) {
    EACH_LEVEL(kernels) {
        for (int round = 0; round < 2 * WORDS / 16; round++) {
            size_t n = (size_t)round % (WORDS / 16);
            fill(round);
            mien_f s = pick(round), dot = MIEN_F_ZERO;
            kernels->f_add(f_out, f_a, f_b, n);
            for (size_t i = 0; i < n; i++) f_expected[i] = mien_f_add(f_a[i], f_b[i]);
            CHECK_F();
            kernels->f_sub(f_out, f_a, f_b, n);
            for (size_t i = 0; i < n; i++) f_expected[i] = mien_f_sub(f_a[i], f_b[i]);
            CHECK_F();
            kernels->f_mul(f_out, f_a, f_b, n);
            for (size_t i = 0; i < n; i++) f_expected[i] = mien_f_mul(f_a[i], f_b[i]);
            CHECK_F();
            kernels->f_axpy(f_out, s, f_a, n);
            for (size_t i = 0; i < n; i++)
                f_expected[i] = mien_f_add(f_expected[i], mien_f_mul(s, f_a[i]));
            CHECK_F();
            kernels->f_scale(f_out, f_out, s, n);
            for (size_t i = 0; i < n; i++) f_expected[i] = mien_f_mul(s, f_expected[i]);
            CHECK_F();
            for (size_t i = 0; i < n; i++) dot = mien_f_add(dot, mien_f_mul(f_a[i], f_b[i]));
            CHECK(kernels->f_dot(f_a, f_b, n).m == dot.m);
            kernels->f_from_u32(f_out, words, n);
            for (size_t i = 0; i < n; i++) f_expected[i] = mien_f_from_u32(words[i]);
            CHECK_F();
            memset(words_out, 0xee, sizeof words_out);
            kernels->f_to_u32(words_out, f_a, n);
            for (size_t i = 0; i < n; i++) CHECK_INT(words_out[i], mien_f_to_u32(f_a[i]));
            for (size_t i = n; i < WORDS; i++) CHECK_INT(words_out[i], 0xeeeeeeee);
        }
    }
}

#define EXPECT(n, expression)                                                                      \
    for (size_t i = 0; i < MIEN_LANES * mien_k_blocks(n); i++) {                                   \
        mien_k a = mien_k_block_get(k_a, i), b = mien_k_block_get(k_b, i);                         \
        mien_k old = mien_k_block_get(k_expected, i);                                              \
        (void)a, (void)b, (void)old;                                                               \
        mien_k_block_set(k_expected, i, expression);                                               \
    }

static void k_kernels(void) {
    EACH_LEVEL(kernels) {
        for (int round = 0; round < 2 * N; round++) {
            size_t n = (size_t)round % N;
            fill(round);
            mien_k s = pick_k(round);
            kernels->k_add(k_out, k_a, k_b, n);
            EXPECT(n, mien_k_add(a, b));
            CHECK_K();
            kernels->k_sub(k_out, k_a, k_b, n);
            EXPECT(n, mien_k_sub(a, b));
            CHECK_K();
            kernels->k_mul(k_out, k_a, k_b, n);
            EXPECT(n, mien_k_mul(a, b));
            CHECK_K();
            kernels->k_axpy(k_out, s, k_a, n);
            EXPECT(n, mien_k_add(old, mien_k_mul(s, a)));
            CHECK_K();
            kernels->k_scale(k_out, k_out, s, n);
            EXPECT(n, mien_k_mul(s, old));
            CHECK_K();
            kernels->k_mac_f(k_out, k_a, f_b, n);
            EXPECT(n, mien_k_add(old, mien_k_mul_f(a, f_b[i])));
            CHECK_K();
            kernels->k_axpy_f(k_out, s, f_a, n);
            EXPECT(n, mien_k_add(old, mien_k_mul_f(s, f_a[i])));
            CHECK_K();
            kernels->k_mul_f(k_out, k_out, f_b, n);
            EXPECT(n, mien_k_mul_f(old, f_b[i]));
            CHECK_K();
            mien_k dot = MIEN_K_ZERO, dot_f = MIEN_K_ZERO;
            for (size_t i = 0; i < n; i++) {
                mien_k a = mien_k_block_get(k_a, i);
                dot = mien_k_add(dot, mien_k_mul(a, mien_k_block_get(k_b, i)));
                dot_f = mien_k_add(dot_f, mien_k_mul_f(a, f_b[i]));
            }
            mien_k k_dot = kernels->k_dot(k_a, k_b, n), k_dot_f = kernels->k_dot_f(k_a, f_b, n);
            CHECK_BYTES(&k_dot, &dot, sizeof dot);
            CHECK_BYTES(&k_dot_f, &dot_f, sizeof dot_f);
        }
    }
}

static void group_kernels(void) {
    EACH_LEVEL(kernels) {
        for (int round = 0; round < 2 * N; round++) {
            size_t n = (size_t)round % N, count = round % 3 == 0 ? 16 : harness_random_below(17);
            mien_k s[MIEN_LANES];
            fill(round);
            for (int r = 0; r < MIEN_LANES; r++) s[r] = pick_k(round);
            kernels->group_combine(k_out, s, f_a, n);
            for (size_t i = 0; i < n; i++) {
                mien_k sum = mien_k_block_get(k_expected, i);
                for (size_t r = 0; r < MIEN_LANES; r++)
                    sum = mien_k_add(sum, mien_k_mul_f(s[r], f_a[MIEN_LANES * i + r]));
                mien_k_block_set(k_expected, i, sum);
            }
            CHECK_K();
            kernels->k_lane_sums(k_out, k_a, n);
            for (size_t i = 0; i < MIEN_LANES * mien_k_blocks(n); i++) {
                mien_k sum = MIEN_K_ZERO;
                for (size_t r = 0; i < n && r < MIEN_LANES; r++)
                    sum = mien_k_add(sum, mien_k_block_get(k_a, MIEN_LANES * i + r));
                mien_k_block_set(k_expected, i, sum);
            }
            CHECK_K();
            size_t stride = n + harness_random_below(N - n);
            kernels->group_pack(f_out, f_a, stride, count, n);
            for (size_t i = 0; i < n; i++)
                for (size_t r = 0; r < MIEN_LANES; r++)
                    f_expected[MIEN_LANES * i + r] = r < count ? f_a[stride * r + i] : MIEN_F_ZERO;
            CHECK_F();
            kernels->group_unpack(f_out, stride, count, f_b, n);
            for (size_t r = 0; r < count; r++)
                for (size_t i = 0; i < n; i++) f_expected[stride * r + i] = f_b[MIEN_LANES * i + r];
            CHECK_F();
        }
    }
}

static void polynomials_at_sixteen_points(void) {
    EACH_LEVEL(kernels) {
        for (size_t n = 0; n <= N; n++) {
            mien_k coefficients[N];
            mien_k_block out;
            fill((int)n);
            for (size_t i = 0; i < n; i++) coefficients[i] = mien_k_block_get(k_a, i);
            kernels->k_evaluate(&out, coefficients, n, f_a);
            for (size_t lane = 0; lane < MIEN_LANES; lane++) {
                mien_k value = mien_k_evaluate_at_f(coefficients, n, f_a[lane]);
                mien_k got = mien_k_block_get(&out, lane);
                CHECK_BYTES(&got, &value, sizeof value);
            }
        }
    }
}

static mien_status fail_after(void *context, void *out, size_t length) {
    int *calls = context;
    memset(out, 0xff, length); /* all words >= p: every element is drawn again */
    return (*calls)-- > 0 ? MIEN_OK : MIEN_RANDOM;
}
static mien_status from_harness(void *context, void *out, size_t length) {
    (void)context;
    harness_random_bytes(out, length);
    return MIEN_OK;
}

/* 16 classes of equal size: chi-square with 15 degrees of freedom, 1e-9 at 75. */
static void random_elements(void) {
    enum { COUNT = 200000 };
    static mien_f out[COUNT];
    mien_random random = {from_harness, NULL};
    double chi = 0;
    int bins[16] = {0};
    REQUIRE(mien_f_random(out, COUNT, &random) == MIEN_OK);
    for (size_t i = 0; i < COUNT; i++) {
        REQUIRE(out[i].m < MIEN_F_MODULUS);
        bins[(uint64_t)out[i].m * 16 / MIEN_F_MODULUS]++;
    }
    for (int i = 0; i < 16; i++)
        chi += (bins[i] - COUNT / 16.0) * (bins[i] - COUNT / 16.0) / (COUNT / 16.0);
    CHECK(chi < 75);
    int calls = 3;
    mien_random failing = {fail_after, &calls};
    CHECK_INT(mien_f_random(out, COUNT, &failing), MIEN_RANDOM);
    CHECK_INT(calls, -1);
    for (size_t i = 0; i < COUNT; i++) CHECK_INT(out[i].m, 0);
}

int main(void) {
    EACH_LEVEL(kernels) printf("%s\n", kernels->name);
    RUN(f_kernels);
    RUN(k_kernels);
    RUN(group_kernels);
    RUN(polynomials_at_sixteen_points);
    RUN(random_elements);
    return harness_end();
}
