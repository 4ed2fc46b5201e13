/* SPDX-License-Identifier: MIT */
/* Transforms against the definition, the code against the slow reference, and what the code must
 * have: linearity, degree, distance, uniform columns. On every level of kernels. */
#include "prover/code/reed_solomon.h"
#include "tests/harness.h"
#include "tests/prover/known_answers.h"

enum { WORDS = 1 << 17 };
static mien_f tables[1 << 14];
static _Alignas(64) mien_f data[WORDS], more[WORDS], original[WORDS];

#define EACH_LEVEL(kernels)                                                                        \
    const mien_field_kernels *kernels;                                                             \
    for (unsigned level_ = 0; (kernels = mien_field_kernels_at(level_)) != NULL; level_++)

static mien_f random_f(void) {
    return mien_f_from_u32((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static void random_fill(mien_f *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = random_f();
}
static int same(mien_f a, mien_f b) {
    return a.m == b.m;
}

/* Element i of polynomial `lane` of a vector `width` words wide, and its value at x. */
static mien_f evaluate(const mien_f *coefficients, size_t n, size_t width, size_t lane, mien_f x) {
    mien_f value = MIEN_F_ZERO;
    for (size_t i = n; i-- > 0;)
        value = mien_f_add(mien_f_mul(value, x), coefficients[i * width + lane]);
    return value;
}

static void points_are_the_coset(void) {
    for (unsigned log2_size = 0; log2_size <= 9; log2_size++) {
        uint32_t n = 1u << log2_size;
        mien_f shift = random_f(), order = mien_f_power(shift, n);
        for (uint32_t i = 0; i < n; i++) {
            mien_f x = mien_ntt_point(log2_size, shift, i);
            CHECK(same(mien_f_power(x, n), order));
            for (uint32_t j = 0; j < i; j++) CHECK(!same(x, mien_ntt_point(log2_size, shift, j)));
            for (unsigned level = 0; level <= log2_size; level++) {
                mien_f y = mien_ntt_node_value(log2_size, shift, level, i >> (log2_size - level));
                CHECK(same(mien_f_power(x, n >> level), y));
            }
        }
    }
}

/* Transform and back, any size and width, against evaluation at the points. */
static void transforms_match_definition(void) {
    static const size_t widths[] = {1, 2, 3, 5, 8, 16, 80};
    EACH_LEVEL(kernels) {
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            for (unsigned log2_size = 0; log2_size <= 7; log2_size++) {
                mien_ntt ntt;
                size_t n = (size_t)1 << log2_size, width = widths[w];
                REQUIRE(mien_ntt_init(&ntt, tables, log2_size, random_f()) == MIEN_OK);
                random_fill(original, n * width);
                memcpy(data, original, n * width * sizeof *data);
                mien_ntt_forward(&ntt, kernels, data, width, 0, 0);
                for (uint32_t i = 0; i < n; i++) {
                    mien_f x = mien_ntt_point(log2_size, ntt.shift, i);
                    size_t lane = harness_random_below(width);
                    CHECK(same(data[i * width + lane], evaluate(original, n, width, lane, x)));
                }
                mien_ntt_inverse(&ntt, kernels, data, width, 0, 0);
                CHECK_BYTES(data, original, n * width * sizeof *data);
            }
        }
    }
}

/* Large sizes: round trip, and some points. */
static void transforms_large(void) {
    EACH_LEVEL(kernels) {
        for (unsigned log2_size = 8; log2_size <= 13; log2_size++) {
            mien_ntt ntt;
            size_t n = (size_t)1 << log2_size, width = log2_size < 12 ? 16 : 1;
            REQUIRE(mien_ntt_init(&ntt, tables, log2_size, MIEN_F_GENERATOR) == MIEN_OK);
            random_fill(original, n * width);
            memcpy(data, original, n * width * sizeof *data);
            mien_ntt_forward(&ntt, kernels, data, width, 0, 0);
            for (int k = 0; k < 20; k++) {
                uint32_t i = (uint32_t)harness_random_below(n);
                mien_f x = mien_ntt_point(log2_size, ntt.shift, i);
                CHECK(same(data[i * width], evaluate(original, n, width, 0, x)));
            }
            mien_ntt_inverse(&ntt, kernels, data, width, 0, 0);
            CHECK_BYTES(data, original, n * width * sizeof *data);
        }
    }
}

/* A node transforms what the whole tree holds there. */
static void nodes_are_residues(void) {
    const mien_field_kernels *kernels = mien_field_kernels_best();
    mien_ntt ntt;
    REQUIRE(mien_ntt_init(&ntt, tables, 6, random_f()) == MIEN_OK);
    random_fill(original, 64);
    memcpy(data, original, sizeof(mien_f[64]));
    mien_ntt_forward(&ntt, kernels, data, 1, 0, 0);
    for (unsigned level = 0; level <= 6; level++) {
        for (uint32_t index = 0; index < 1u << level; index++) {
            size_t n = (size_t)64 >> level;
            mien_f y = mien_ntt_node_value(6, ntt.shift, level, index), power = MIEN_F_ONE;
            memset(more, 0, n * sizeof *more);
            for (size_t start = 0; start < 64; start += n, power = mien_f_mul(power, y))
                for (size_t i = 0; i < n; i++)
                    more[i] = mien_f_add(more[i], mien_f_mul(power, original[start + i]));
            mien_ntt_forward(&ntt, kernels, more, 1, level, index);
            CHECK_BYTES(more, data + n * index, n * sizeof *more);
        }
    }
}

static void refuses_bad_sizes(void) {
    mien_ntt ntt;
    CHECK_INT(mien_ntt_init(&ntt, tables, 25, MIEN_F_ONE), MIEN_ARGUMENT);
    CHECK_INT(mien_ntt_init(&ntt, tables, 3, MIEN_F_ZERO), MIEN_ARGUMENT);
    CHECK_INT(mien_ntt_table_length(25), 0);
    static const mien_rs_shape bad[] = {{5, 4, 0}, {4, 25, 1},  {4, 6, 17},
                                        {4, 4, 1}, {33, 33, 0}, {4, 6, UINT32_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mien_rs_code code;
        CHECK_INT(mien_rs_shape_check(&bad[i]), MIEN_ARGUMENT);
        CHECK_INT(mien_rs_table_length(&bad[i]), 0);
        CHECK_INT(mien_rs_init(&code, tables, &bad[i]), MIEN_ARGUMENT);
    }
}

static void code_known_answers(void) {
    static const mien_rs_shape shape = {4, 6, 5};
    mien_rs_code code;
    REQUIRE(mien_rs_table_length(&shape) <= sizeof tables / sizeof *tables);
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    EACH_LEVEL(kernels) {
        for (size_t i = 0; i < 16; i++) data[i] = mien_f_from_u32(known_message[i]);
        for (size_t i = 0; i < 5; i++) data[16 + i] = mien_f_from_u32(known_rho[i]);
        mien_rs_interpolate(&code, kernels, data, 1);
        mien_rs_encode(&code, kernels, more, data, 21, 1);
        for (size_t i = 0; i < 64; i++) CHECK_INT(mien_f_to_u32(more[i]), known_codeword[i]);
    }
    mien_f values[16], scratch[16];
    mien_rs_lagrange(values, scratch, &shape, mien_f_from_u32(known_x));
    for (size_t i = 0; i < 16; i++) CHECK_INT(mien_f_to_u32(values[i]), known_lagrange[i]);
}

/* Groups and K blocks of random shapes: values on H are the message, the codeword is the polynomial
 * at the columns, the prefix decodes. */
static void code_matches_definition(void) {
    EACH_LEVEL(kernels) {
        for (int round = 0; round < 30; round++) {
            mien_rs_shape shape = {(unsigned)harness_random_below(7), 0, 0};
            shape.log2_columns = shape.log2_message + 1 + (unsigned)harness_random_below(3);
            size_t m = (size_t)1 << shape.log2_message, n = (size_t)1 << shape.log2_columns;
            shape.randomness = (uint32_t)harness_random_below(m + 1);
            size_t width = round % 3 == 0 ? 80 : round % 3 == 1 ? 16 : 1;
            size_t count = m + shape.randomness, lane = harness_random_below(width);
            mien_rs_code code;
            REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
            random_fill(original, count * width);
            memcpy(data, original, count * width * sizeof *data);
            mien_rs_interpolate(&code, kernels, data, width);
            for (uint32_t i = 0; i < m; i++)
                CHECK(same(evaluate(data, count, width, lane, mien_rs_message_point(&shape, i)),
                           original[i * width + lane]));
            mien_rs_encode(&code, kernels, more, data, count, width);
            for (uint32_t c = 0; c < n; c++)
                CHECK(same(more[c * width + lane],
                           evaluate(data, count, width, lane, mien_rs_point(&shape, c))));
            unsigned log2_prefix = shape.log2_columns; /* shortest prefix that holds the degree */
            while (log2_prefix > 0 && (size_t)1 << (log2_prefix - 1) >= count) log2_prefix--;
            size_t prefix = (size_t)1 << log2_prefix;
            mien_rs_decode_prefix(&code, kernels, more, log2_prefix, width);
            CHECK_BYTES(more, data, count * width * sizeof *more);
            for (size_t i = count * width; i < prefix * width; i++) CHECK_INT(more[i].m, 0);
        }
    }
}

/* A polynomial longer than 2 m, as the responses are. */
static void long_polynomials(void) {
    static const mien_rs_shape shape = {3, 6, 4};
    mien_rs_code code;
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    EACH_LEVEL(kernels) {
        for (size_t count = 0; count <= 64; count++) {
            random_fill(data, count);
            mien_rs_encode(&code, kernels, more, data, count, 1);
            for (uint32_t c = 0; c < 64; c++)
                CHECK(same(more[c], evaluate(data, count, 1, 0, mien_rs_point(&shape, c))));
        }
    }
}

/* L_i is 1 at h_i, 0 at the other points; sums reproduce p_w at columns. */
static void lagrange_interpolates(void) {
    static const mien_rs_shape shape = {5, 8, 20};
    mien_rs_code code;
    mien_f values[32], scratch[32];
    const mien_field_kernels *kernels = mien_field_kernels_best();
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    random_fill(original, 52);
    memset(original + 32, 0, 20 * sizeof *original);
    memcpy(data, original, 52 * sizeof *data);
    mien_rs_interpolate(&code, kernels, data, 1);
    mien_rs_encode(&code, kernels, more, data, 52, 1);
    for (uint32_t c = 0; c < 256; c++) {
        mien_rs_lagrange(values, scratch, &shape, mien_rs_point(&shape, c));
        CHECK(same(mien_f_dot(values, original, 32), more[c]));
    }
}

static void encoding_is_linear(void) {
    static const mien_rs_shape shape = {5, 8, 16};
    mien_rs_code code;
    const mien_field_kernels *kernels = mien_field_kernels_best();
    enum { COUNT = 48, N = 256 };
    static mien_f a[COUNT], b[COUNT], sum[COUNT], code_a[N], code_b[N], code_sum[N];
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    for (int round = 0; round < 20; round++) {
        mien_f s = random_f();
        random_fill(a, COUNT);
        random_fill(b, COUNT);
        for (size_t i = 0; i < COUNT; i++) sum[i] = mien_f_add(a[i], mien_f_mul(s, b[i]));
        mien_f *words[] = {a, b, sum}, *codewords[] = {code_a, code_b, code_sum};
        for (int k = 0; k < 3; k++) {
            mien_rs_interpolate(&code, kernels, words[k], 1);
            mien_rs_encode(&code, kernels, codewords[k], words[k], COUNT, 1);
        }
        for (size_t i = 0; i < N; i++)
            CHECK(same(code_sum[i], mien_f_add(code_a[i], mien_f_mul(s, code_b[i]))));
    }
}

/* Exhaustive over which columns vanish: a word of m + q = 4 coefficients with any three given zeros
 * is the multiple of the product of (X - x_c), so it has exactly three zeros among the columns:
 * distance N - 3. */
static void distance_is_attained(void) {
    static const mien_rs_shape shape = {1, 3, 2};
    mien_rs_code code;
    const mien_field_kernels *kernels = mien_field_kernels_best();
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    for (uint32_t set = 0; set < 256; set++) {
        if (__builtin_popcount(set) != 3) continue;
        mien_f p[4] = {MIEN_F_ONE, {0}, {0}, {0}}, word[8];
        for (uint32_t c = 0; c < 8; c++) {
            if (!(set >> c & 1)) continue;
            mien_f x = mien_rs_point(&shape, c);
            for (int i = 3; i >= 0; i--)
                p[i] = mien_f_sub(i > 0 ? p[i - 1] : MIEN_F_ZERO, mien_f_mul(x, p[i]));
        }
        mien_rs_encode(&code, kernels, word, p, 4, 1);
        for (uint32_t c = 0; c < 8; c++) CHECK_INT(word[c].m == 0, set >> c & 1);
    }
}

/* Any q columns are uniform whatever the message: the map from rho to them is invertible. The
 * columns of the three unit vectors rho, message 0, for all 56 choices of 3 of 8 columns. */
static void columns_hide(void) {
    static const mien_rs_shape shape = {2, 3, 3};
    const mien_field_kernels *kernels = mien_field_kernels_best();
    mien_rs_code code;
    mien_f word[3][8];
    REQUIRE(mien_rs_init(&code, tables, &shape) == MIEN_OK);
    for (int k = 0; k < 3; k++) {
        mien_f p[7] = {{0}};
        p[4 + k] = MIEN_F_ONE;
        mien_rs_interpolate(&code, kernels, p, 1);
        mien_rs_encode(&code, kernels, word[k], p, 7, 1);
    }
    int choices = 0;
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < a; b++) {
            for (int c = 0; c < b; c++, choices++) {
                const int column[3] = {a, b, c};
                mien_f det = MIEN_F_ZERO;
                for (int i = 0; i < 3; i++) {
                    mien_f x = word[0][column[i]];
                    int j = column[(i + 1) % 3], k = column[(i + 2) % 3];
                    mien_f minor = mien_f_sub(mien_f_mul(word[1][j], word[2][k]),
                                              mien_f_mul(word[1][k], word[2][j]));
                    det = mien_f_add(det, mien_f_mul(x, minor));
                }
                CHECK(!mien_f_is_zero(det));
            }
        }
    }
    CHECK_INT(choices, 56);
}

int main(void) {
    RUN(points_are_the_coset);
    RUN(transforms_match_definition);
    RUN(transforms_large);
    RUN(nodes_are_residues);
    RUN(refuses_bad_sizes);
    RUN(code_known_answers);
    RUN(code_matches_definition);
    RUN(long_polynomials);
    RUN(lagrange_interpolates);
    RUN(encoding_is_linear);
    RUN(distance_is_attained);
    RUN(columns_hide);
    return harness_end();
}
