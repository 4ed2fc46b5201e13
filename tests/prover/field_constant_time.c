/* SPDX-License-Identifier: MIT */
/* Under valgrind: secrets are marked undefined, so every branch and every address that depends on
 * one is an error. Compiled at several levels of optimisation. The last test shows that the method
 * sees a leak. */
#include <valgrind/memcheck.h>

#include "prover/field/vectors.h"
#include "prover/hash/leaves.h"
#include "prover/hash/poseidon2.h"
#include "prover/sumcheck/kernels.h"
#include "tests/harness.h"

enum { N = 40 };
static _Alignas(64) mien_f f_a[16 * N], f_b[16 * N];
static mien_k_block k_a[N], k_b[N];

#define SECRET(variable) VALGRIND_MAKE_MEM_UNDEFINED(&(variable), sizeof(variable))
#define PUBLIC(variable) VALGRIND_MAKE_MEM_DEFINED(&(variable), sizeof(variable))

/* Errors seen since the last call; valgrind counts, the test reports. */
static unsigned new_errors(void) {
    static unsigned before;
    unsigned now = VALGRIND_COUNT_ERRORS, seen = now - before;
    before = now;
    return seen;
}

static mien_f secret_f(void) {
    mien_f a = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
    SECRET(a);
    return a;
}
static mien_k secret_k(void) {
    mien_k a;
    for (int i = 0; i < MIEN_K_DEGREE; i++) a.c[i] = secret_f();
    return a;
}
static void secret_vectors(void) {
    for (size_t i = 0; i < 16 * N; i++) {
        f_a[i] = secret_f();
        f_b[i] = secret_f();
        mien_k_block_set(k_a, i, secret_k());
        mien_k_block_set(k_b, i, secret_k());
    }
}

static void single_elements(void) {
    mien_f a = secret_f(), b = secret_f(), out[4], in[4] = {a, b, MIEN_F_ZERO, a};
    mien_k x = secret_k(), y = secret_k(), k_in[3] = {x, MIEN_K_ZERO, y}, k_out[3];
    uint8_t bytes[MIEN_F_BYTES];
    uint32_t word = 5, sum = 0;
    int32_t sign = -5;
    SECRET(word);
    SECRET(sign);
    SECRET(in);
    SECRET(k_in);
    a = mien_f_add(mien_f_mul(a, b), mien_f_sub(mien_f_neg(a), mien_f_inverse(b)));
    a = mien_f_add(mien_f_add(a, mien_f_from_u32(word)), mien_f_from_i32(sign));
    a = mien_f_select(mien_f_equal(a, b), b, mien_f_add(a, mien_f_power(b, 77)));
    mien_f_to_bytes(bytes, a);
    mien_f_batch_inverse(out, in, 4);
    x = mien_k_mul(mien_k_add(x, y), mien_k_sub(mien_k_inverse(x), mien_k_frobenius(y, 2)));
    x = mien_k_select(mien_k_is_zero(x), y, mien_k_mul_f(x, a));
    mien_k_batch_inverse(k_out, k_in, 3);
    a = mien_f_add(mien_f_dot(in, out, 4), mien_f_evaluate(in, 4, b));
    x = mien_k_add(mien_k_dot_f(k_in, in, 3), mien_k_evaluate(k_out, 3, x));
    x = mien_k_add(x, mien_k_evaluate_at_f(k_in, 3, a));
    CHECK_INT(new_errors(), 0);
    PUBLIC(x);
    for (int i = 0; i < MIEN_K_DEGREE; i++) sum |= x.c[i].m >= MIEN_F_MODULUS;
    CHECK_INT(sum, 0);
}

static void vectors(void) {
    const mien_field_kernels *kernels;
    for (unsigned level = 0; (kernels = mien_field_kernels_at(level)) != NULL; level++) {
        mien_k s[MIEN_LANES];
        secret_vectors();
        for (int r = 0; r < MIEN_LANES; r++) s[r] = secret_k();
        kernels->f_add(f_a, f_a, f_b, N);
        kernels->f_sub(f_a, f_a, f_b, N);
        kernels->f_mul(f_a, f_a, f_b, N);
        kernels->f_scale(f_a, f_a, s[0].c[0], N);
        kernels->f_axpy(f_a, kernels->f_dot(f_a, f_b, N), f_b, N);
        kernels->f_from_u32(f_a, (const uint32_t *)f_b, N);
        kernels->f_to_u32((uint32_t *)f_b, f_a, N);
        kernels->k_add(k_a, k_a, k_b, N);
        kernels->k_sub(k_a, k_a, k_b, N);
        kernels->k_mul(k_a, k_a, k_b, N);
        kernels->k_scale(k_a, k_a, s[0], N);
        kernels->k_axpy(k_a, kernels->k_dot(k_a, k_b, N), k_b, N);
        kernels->k_mul_f(k_a, k_a, f_a, N);
        kernels->k_mac_f(k_a, k_b, f_a, N);
        kernels->k_axpy_f(k_a, kernels->k_dot_f(k_b, f_a, N), f_b, N);
        kernels->group_combine(k_a, s, f_a, N);
        kernels->k_lane_sums(k_a, k_b, 3);
        kernels->group_pack(f_a, f_b, N, 16, N);
        kernels->ntt_forward(f_a, 16, 5, f_b, 1);
        kernels->ntt_inverse(f_a, 16, 5, f_b, 1);
        CHECK_INT(new_errors(), 0);
    }
}

static void hashes(void) {
    uint8_t salts[32 * 16], digests[32 * 16];
    mien_f digest[MIEN_POSEIDON2_DIGEST];
    secret_vectors();
    memset(salts, 1, sizeof salts);
    SECRET(salts);
    mien_poseidon2_hash(digest, "template", f_a, N);
    mien_merkle_leaf(digests, 1, 2, salts, f_a, N);
    const mien_hash_kernels *kernels;
    for (unsigned level = 0; (kernels = mien_hash_kernels_at(level)) != NULL; level++)
        mien_merkle_leaves(kernels, digests, 1, 0, 16, salts, f_a, N, 16);
    CHECK_INT(new_errors(), 0);
}

/* Sumcheck and tree kernels over secret vectors with public challenges. */
static void sums(void) {
    const mien_sum_kernels *kernels;
    static mien_k_block a[N], b[N];
    mien_k rho = MIEN_K_ONE, out[2], high[2] = {rho, rho}, nine[MIEN_ROUND_SUMS];
    rho.c[2] = MIEN_F_GENERATOR;
    for (unsigned level = 0; (kernels = mien_sum_kernels_at(level)) != NULL; level++) {
        secret_vectors();
        mien_round_block first = {128, 0, 128, 64, k_b, high, NULL};
        mien_round_block later = {64, 0, 64, 32, k_b, high, &rho};
        mien_round_block half = {64, 0, 64, 32, k_b, high, NULL};
        mien_round_block quarter = {32, 0, 32, 32, k_b, high, &rho};
        mien_round_block two = {32, 0, 32, 32, NULL, NULL, high};
        mien_k_block *columns[4] = {a, b, k_a, k_b};
        mien_leaf_columns leaves = {.column = {f_a, f_b, f_a},
                                    .constant = rho,
                                    .scale = {MIEN_K_ONE, rho, rho},
                                    .size = 512,
                                    .present = 208,
                                    .lower_only = level % 2 == 0};
        memcpy(a, k_a, sizeof a);
        memcpy(b, k_b, sizeof b);
        kernels->fraction_first(out, columns, rho, &first);
        kernels->fraction_second(out, columns, rho, &later);
        kernels->fraction(out, columns, &later);
        kernels->product(out, a, b, &first);
        kernels->product(out, a, b, &later);
        kernels->node_first(out, &leaves, rho, &half);
        kernels->node_fold(out, columns, &leaves, rho, &quarter);
        kernels->leaf_first(out, &leaves, &first);
        kernels->leaf_fold(out, a, b, &leaves, &later);
        kernels->square_f(nine, f_a, b, &half);
        kernels->square_fold_f(out, a, f_a, b, &two);
        kernels->tree_level(a, b, k_a, k_b, 16, 0, 16);
        kernels->tree_nodes(a, b, &leaves, 0, 64);
        CHECK_INT(new_errors(), 0);
    }
}

/* A power with a secret exponent branches on it: this must be seen. */
static void leaks_are_seen(void) {
    uint32_t exponent = 12345;
    SECRET(exponent);
    mien_f a = mien_f_power(MIEN_F_GENERATOR, exponent);
    CHECK(new_errors() > 0);
    PUBLIC(a);
    CHECK(!mien_f_is_zero(a));
}

int main(void) {
    if (!RUNNING_ON_VALGRIND) {
        printf("SKIP: not under valgrind\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    RUN(single_elements);
    RUN(vectors);
    RUN(hashes);
    RUN(sums);
    RUN(leaks_are_seen);
    return harness_end();
}
