/* SPDX-License-Identifier: MIT */
/* F and K one element at a time: known answers of the slow reference, ring axioms, edges. */
#include "prover/field/field.h"
#include "tests/harness.h"
#include "tests/prover/known_answers.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static mien_f random_f(void) {
    return mien_f_from_u32((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = random_f();
    return r;
}
static mien_k known_element(const uint32_t values[MIEN_K_DEGREE]) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = mien_f_from_u32(values[i]);
    return r;
}
static int same_f(mien_f a, mien_f b) {
    return memcmp(&a, &b, sizeof a) == 0;
}
static int same_k(mien_k a, mien_k b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

static void known_answers_f(void) {
    for (size_t i = 0; i < COUNT(known_f); i++) {
        const uint32_t *k = known_f[i];
        mien_f a = mien_f_from_u32(k[0]), b = mien_f_from_u32(k[1]);
        CHECK_INT(mien_f_to_u32(a), k[0]);
        CHECK_INT(mien_f_to_u32(mien_f_add(a, b)), k[2]);
        CHECK_INT(mien_f_to_u32(mien_f_sub(a, b)), k[3]);
        CHECK_INT(mien_f_to_u32(mien_f_mul(a, b)), k[4]);
        CHECK_INT(mien_f_to_u32(mien_f_inverse(a)), k[5]);
        CHECK_INT(mien_f_equal(a, b), k[0] == k[1]);
        CHECK_INT(mien_f_is_zero(a), k[0] == 0);
        CHECK(same_f(mien_f_select(1, a, b), a) && same_f(mien_f_select(0, a, b), b));
        CHECK(same_f(mien_f_neg(a), mien_f_sub(b, mien_f_add(a, b))));
    }
}

static void known_answers_k(void) {
    for (size_t i = 0; i < COUNT(known_k); i++) {
        mien_k a = known_element(known_k[i][0]), b = known_element(known_k[i][1]);
        CHECK(same_k(mien_k_mul(a, b), known_element(known_k[i][2])));
        CHECK(same_k(mien_k_inverse(a), known_element(known_k[i][3])));
        CHECK(same_k(mien_k_frobenius(a, 1), known_element(known_k[i][4])));
        CHECK_INT(mien_k_equal(a, b), same_k(a, b));
        CHECK_INT(mien_k_is_zero(mien_k_sub(a, a)), 1);
        CHECK(same_k(mien_k_select(1, a, b), a) && same_k(mien_k_select(0, a, b), b));
    }
}

static void conversions_at_the_edges(void) {
    const uint32_t p = MIEN_F_MODULUS;
    CHECK_INT(mien_f_to_u32(mien_f_from_u32(p)), 0);
    CHECK_INT(mien_f_to_u32(mien_f_from_u32(UINT32_MAX)), UINT32_MAX - 2 * p);
    CHECK_INT(mien_f_to_u32(mien_f_from_i32(-1)), p - 1);
    CHECK_INT(mien_f_to_u32(mien_f_from_i32(INT32_MAX)), INT32_MAX - (int64_t)p);
    CHECK_INT(mien_f_to_u32(mien_f_from_i32(INT32_MIN)), 2 * (int64_t)p + INT32_MIN);
    for (int i = 0; i < 100000; i++) {
        int32_t v = (int32_t)harness_random();
        int64_t expected = ((int64_t)v % (int64_t)p + p) % p;
        CHECK_INT(mien_f_to_u32(mien_f_from_i32(v)), expected);
        CHECK(mien_f_from_i32(v).m < p);
    }
}

/* Every word around every multiple of p and the ends of the range. */
static void bytes_are_canonical(void) {
    const uint32_t p = MIEN_F_MODULUS;
    const uint32_t near[] = {0, p, 2 * p, UINT32_MAX, 1u << 31, p / 2};
    for (size_t n = 0; n < COUNT(near); n++) {
        for (uint32_t d = 0; d < 4000; d++) {
            uint32_t value = near[n] + d - 2000;
            uint8_t bytes[4], back[4];
            mien_store_le32(bytes, value);
            mien_f a = MIEN_F_RAW(12345);
            mien_status status = mien_f_from_bytes(&a, bytes);
            CHECK_INT(status, value < p ? MIEN_OK : MIEN_FORMAT);
            if (status == MIEN_OK) {
                mien_f_to_bytes(back, a);
                CHECK_BYTES(back, bytes, 4);
            } else {
                CHECK_INT(a.m, 12345);
            }
        }
    }
}

static void readers_refuse(void) {
    uint8_t bytes[60];
    mien_k three[3] = {random_k(), random_k(), random_k()}, back[3];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    CHECK_INT(mien_write_k(&writer, three, 3), MIEN_OK);
    CHECK_INT(mien_write_f(&writer, &three[0].c[0], 1), MIEN_TOO_LARGE);
    CHECK_INT(writer.used, 60);
    mien_reader reader = mien_reader_of(bytes, 60);
    CHECK_INT(mien_read_k(&reader, back, 3), MIEN_OK);
    CHECK_BYTES(back, three, sizeof three);
    for (size_t length = 0; length < 60; length++) {
        reader = mien_reader_of(bytes, length);
        CHECK_INT(mien_read_k(&reader, back, 3), MIEN_TRUNCATED);
        CHECK(mien_k_is_zero(back[0]) && mien_k_is_zero(back[2]));
    }
    for (int i = 0; i < 15; i++) {
        uint8_t bad[60];
        memcpy(bad, bytes, 60);
        mien_store_le32(bad + 4 * i, MIEN_F_MODULUS + (uint32_t)harness_random_below(1000));
        reader = mien_reader_of(bad, 60);
        CHECK_INT(mien_read_k(&reader, back, 3), MIEN_FORMAT);
        CHECK(mien_k_is_zero(back[0]) && mien_k_is_zero(back[2]));
    }
}

static void ring_axioms(void) {
    for (int i = 0; i < 20000; i++) {
        mien_k a = random_k(), b = random_k(), c = random_k();
        CHECK(same_k(mien_k_mul(a, b), mien_k_mul(b, a)));
        CHECK(same_k(mien_k_mul(mien_k_mul(a, b), c), mien_k_mul(a, mien_k_mul(b, c))));
        CHECK(same_k(mien_k_mul(a, mien_k_add(b, c)),
                     mien_k_add(mien_k_mul(a, b), mien_k_mul(a, c))));
        CHECK(same_k(mien_k_mul(a, MIEN_K_ONE), a));
        CHECK(same_k(mien_k_add(a, mien_k_neg(a)), MIEN_K_ZERO));
        CHECK(same_k(mien_k_mul_f(a, b.c[0]), mien_k_mul(a, mien_k_from_f(b.c[0]))));
        mien_f f = a.c[0], g = b.c[0], h = c.c[0];
        CHECK(same_f(mien_f_mul(f, mien_f_add(g, h)),
                     mien_f_add(mien_f_mul(f, g), mien_f_mul(f, h))));
        CHECK(same_f(mien_f_mul(mien_f_mul(f, g), h), mien_f_mul(f, mien_f_mul(g, h))));
    }
}

/* The polynomial X^5 + X^2 - 1 vanishes at X, and x -> x^p is an automorphism of order 5 that fixes
 * F and nothing else. */
static void structure_of_k(void) {
    mien_k x = MIEN_K_ZERO;
    x.c[1] = MIEN_F_ONE;
    mien_k x2 = mien_k_square(x), x5 = mien_k_mul(mien_k_square(x2), x);
    CHECK(same_k(mien_k_sub(mien_k_add(x5, x2), MIEN_K_ONE), MIEN_K_ZERO));
    for (int i = 0; i < 2000; i++) {
        mien_k a = random_k(), b = random_k(), power = a;
        for (unsigned n = 0; n < 5; n++) {
            CHECK(same_k(power, mien_k_frobenius(a, n)));
            power = mien_k_frobenius(power, 1);
        }
        CHECK(same_k(power, a));
        CHECK(same_k(mien_k_frobenius(mien_k_mul(a, b), 2),
                     mien_k_mul(mien_k_frobenius(a, 2), mien_k_frobenius(b, 2))));
        CHECK(!same_k(mien_k_frobenius(a, 1), a));
        CHECK(same_k(mien_k_frobenius(mien_k_from_f(a.c[3]), 3), mien_k_from_f(a.c[3])));
        CHECK(same_k(mien_k_mul(a, mien_k_inverse(a)), MIEN_K_ONE));
    }
}

static void inverses_in_batches(void) {
    enum { N = 33 };
    mien_f f[N], f_out[N];
    mien_k k[N], k_out[N];
    for (size_t length = 0; length <= N; length++) {
        for (size_t i = 0; i < N; i++) {
            int zero = harness_random_below(5) == 0;
            f[i] = zero ? MIEN_F_ZERO : random_f();
            k[i] = zero ? MIEN_K_ZERO : random_k();
        }
        mien_f_batch_inverse(f_out, f, length);
        mien_k_batch_inverse(k_out, k, length);
        for (size_t i = 0; i < length; i++) {
            CHECK(same_f(f_out[i], mien_f_inverse(f[i])));
            CHECK(same_k(k_out[i], mien_k_inverse(k[i])));
        }
    }
}

static void powers_and_roots(void) {
    CHECK(same_f(mien_f_power(MIEN_F_ZERO, 0), MIEN_F_ONE));
    for (int i = 0; i < 2000; i++) {
        mien_f a = random_f();
        uint32_t e = (uint32_t)harness_random() >> 1, d = (uint32_t)harness_random() >> 1;
        CHECK(same_f(mien_f_power(a, e + d), mien_f_mul(mien_f_power(a, e), mien_f_power(a, d))));
        CHECK(same_f(mien_f_power(a, MIEN_F_MODULUS), a));
    }
    for (unsigned k = 1; k <= MIEN_F_TWO_ADICITY; k++) {
        mien_f root = mien_f_root_of_unity(k);
        CHECK(same_f(mien_f_power(root, 1u << (k - 1)), mien_f_neg(MIEN_F_ONE)));
        CHECK(same_f(mien_f_square(root), mien_f_root_of_unity(k - 1)));
    }
    /* 3 generates F*: p - 1 = 2^24 * 127 */
    CHECK_INT(mien_f_to_u32(MIEN_F_GENERATOR), 3);
    CHECK(!same_f(mien_f_power(MIEN_F_GENERATOR, (MIEN_F_MODULUS - 1) / 2), MIEN_F_ONE));
    CHECK(!same_f(mien_f_power(MIEN_F_GENERATOR, (MIEN_F_MODULUS - 1) / 127), MIEN_F_ONE));
}

static void sums_and_polynomials(void) {
    enum { N = 70 };
    mien_f f[N], g[N];
    mien_k k[N];
    for (int round = 0; round < 200; round++) {
        size_t n = harness_random_below(N + 1);
        int extreme = round % 4 == 0; /* largest products everywhere */
        mien_f top = mien_f_from_u32(MIEN_F_MODULUS - 1);
        for (size_t i = 0; i < N; i++) {
            f[i] = extreme ? MIEN_F_RAW(MIEN_F_MODULUS - 1) : random_f();
            g[i] = extreme ? f[i] : random_f();
            k[i] = random_k();
            if (extreme) k[i] = (mien_k){{f[i], f[i], f[i], top, f[i]}};
        }
        mien_f dot = MIEN_F_ZERO, x = random_f(), value = MIEN_F_ZERO, power = MIEN_F_ONE;
        mien_k k_dot = MIEN_K_ZERO, k_value = MIEN_K_ZERO;
        for (size_t i = 0; i < n; i++) {
            dot = mien_f_add(dot, mien_f_mul(f[i], g[i]));
            k_dot = mien_k_add(k_dot, mien_k_mul_f(k[i], g[i]));
            value = mien_f_add(value, mien_f_mul(f[i], power));
            k_value = mien_k_add(k_value, mien_k_mul_f(k[i], power));
            power = mien_f_mul(power, x);
        }
        CHECK(same_f(mien_f_dot(f, g, n), dot));
        CHECK(same_k(mien_k_dot_f(k, g, n), k_dot));
        CHECK(same_f(mien_f_evaluate(f, n, x), value));
        CHECK(same_k(mien_k_evaluate_at_f(k, n, x), k_value));
        CHECK(same_k(mien_k_evaluate(k, n, mien_k_from_f(x)), k_value));
    }
}

int main(void) {
    RUN(known_answers_f);
    RUN(known_answers_k);
    RUN(conversions_at_the_edges);
    RUN(bytes_are_canonical);
    RUN(readers_refuse);
    RUN(ring_axioms);
    RUN(structure_of_k);
    RUN(inverses_in_batches);
    RUN(powers_and_roots);
    RUN(sums_and_polynomials);
    return harness_end();
}
