/* SPDX-License-Identifier: MIT */
/* Nanoseconds an element for every kernel of every level, and the hashes that were candidates for
 * Merkle trees: docs/PERFORMANCE.md. */
#include <stdlib.h>

#include "prover/code/reed_solomon.h"
#include "prover/hash/leaves.h"
#include "prover/hash/poseidon2.h"
#include "tests/bench.h"
#include "tests/prover/sha256_candidate.h"

enum { N = 4096, RUNS = 9, REPEAT = 20 };
static _Alignas(64) mien_f f_a[16 * N], f_b[16 * N];
static mien_k_block k_a[N / 16], k_b[N / 16], k_c[N / 16];
static volatile uint32_t sink;

static uint64_t random_state = 1;
static uint32_t random_word(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % MIEN_F_MODULUS;
}
static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = MIEN_F_RAW(random_word());
    return r;
}

static void figure(const char *level, const char *name, double nanoseconds, double count) {
    char text[80];
    snprintf(text, sizeof text, "%s/%s", level, name);
    bench_report(text, nanoseconds / count, "ns");
}

#define KERNEL(label, call)                                                                        \
    do {                                                                                           \
        double best_;                                                                              \
        BENCH_TIME(                                                                                \
            best_, RUNS, for (int r_ = 0; r_ < REPEAT; r_++) {                                     \
                call;                                                                              \
                __asm__ volatile("" : : : "memory");                                               \
            });                                                                                    \
        figure(kernels->name, label, best_, (double)N *REPEAT);                                    \
    } while (0)

static void field_kernels(const mien_field_kernels *kernels) {
    mien_k s = random_k(), rows[MIEN_LANES];
    for (int r = 0; r < MIEN_LANES; r++) rows[r] = random_k();
    KERNEL("F add", kernels->f_add(f_a, f_a, f_b, N));
    KERNEL("F mul", kernels->f_mul(f_a, f_a, f_b, N));
    KERNEL("F axpy", kernels->f_axpy(f_a, s.c[1], f_b, N));
    KERNEL("F dot", sink = kernels->f_dot(f_a, f_b, N).m);
    KERNEL("F to values", kernels->f_to_u32((uint32_t *)f_a, f_b, N));
    KERNEL("K add", kernels->k_add(k_c, k_a, k_b, N));
    KERNEL("K mul", kernels->k_mul(k_c, k_a, k_b, N));
    KERNEL("K mul by a constant", kernels->k_scale(k_c, k_a, s, N));
    KERNEL("K axpy", kernels->k_axpy(k_c, s, k_a, N));
    KERNEL("K times F", kernels->k_mul_f(k_c, k_a, f_b, N));
    KERNEL("K dot F", sink = kernels->k_dot_f(k_a, f_b, N).c[3].m);
    KERNEL("K dot K", sink = kernels->k_dot(k_a, k_b, N).c[3].m);
    KERNEL("16 rows combined, a position", kernels->group_combine(k_c, rows, f_a, N));
    KERNEL("16 rows packed, a position", kernels->group_pack(f_a, f_b, N, 16, N));
}

/* Rows of Ligero's and of the big commitment's size; nanoseconds a codeword element. */
static void codes(const mien_field_kernels *kernels) {
    static const struct {
        const char *name;
        mien_rs_shape shape;
    } codes[] = {
        {"encode m 256 N 4096, an element", {8, 12, 128}},
        {"encode m 16384 N 65536, an element", {14, 16, 136}},
    };
    for (size_t i = 0; i < 2; i++) {
        const mien_rs_shape *shape = &codes[i].shape;
        size_t m = (size_t)1 << shape->log2_message, n = (size_t)1 << shape->log2_columns;
        size_t count = m + shape->randomness;
        mien_f *tables = aligned_alloc(64, sizeof(mien_f) * mien_rs_table_length(shape));
        mien_f *p = aligned_alloc(64, sizeof(mien_f) * 16 * (count + 16));
        mien_f *out = aligned_alloc(64, sizeof(mien_f) * 16 * n);
        mien_rs_code code;
        double best;
        if (tables == NULL || p == NULL || out == NULL) exit(1);
        if (mien_rs_init(&code, tables, shape) != MIEN_OK) exit(1);
        for (size_t k = 0; k < 16 * count; k++) p[k] = MIEN_F_RAW(random_word());
        BENCH_TIME(best, RUNS, mien_rs_encode(&code, kernels, out, p, count, 16));
        figure(kernels->name, codes[i].name, best, 16.0 * (double)n);
        BENCH_TIME(best, RUNS, mien_rs_interpolate(&code, kernels, p, 16));
        if (i == 0) figure(kernels->name, "interpolate m 256, an element", best, 16.0 * (double)m);
        free(tables);
        free(p);
        free(out);
    }
}

/* 512 columns of 432 rows: the columns of the network's commitment. */
static void leaves(const mien_hash_kernels *kernels) {
    enum { ROWS = 432, COLUMNS = 512 };
    static uint8_t salts[32 * COLUMNS], digests[64 * COLUMNS];
    mien_f *matrix = aligned_alloc(64, sizeof(mien_f) * ROWS * COLUMNS);
    double best;
    if (matrix == NULL) exit(1);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) matrix[i] = MIEN_F_RAW(random_word());
    BENCH_TIME(best, RUNS,
               mien_merkle_leaves(kernels, digests, 1, 0, COLUMNS, salts, matrix, ROWS, COLUMNS));
    figure(kernels->name, "BLAKE2s column hash, an element", best, (double)ROWS * COLUMNS);
    BENCH_TIME(best, RUNS, mien_merkle_build_with(kernels, digests, 1, 9));
    figure(kernels->name, "BLAKE2s tree, a node", best, COLUMNS - 1.0);
    free(matrix);
}

/* The same columns by SHA-256, which takes them one after the other, as bytes in a row. */
static void single_hashes(void) {
    enum { BYTES = 64 + 4 * 432, COUNT = 512 };
    static uint8_t data[BYTES], digest[32];
    static mien_f state[16], out[9];
    double best, elements = 432.0 * COUNT;
    BENCH_TIME(best, RUNS,
               for (int i = 0; i < COUNT; i++)
                   mien_blake2s_hash(digest, "mienleaf", NULL, data, sizeof data));
    figure("one at a time", "BLAKE2s portable, an element", best, elements);
    BENCH_TIME(best, RUNS,
               for (int i = 0; i < COUNT; i++) sha256_candidate(digest, data, sizeof data, 0));
    figure("one at a time", "SHA-256 portable, an element", best, elements);
    if (sha256_candidate_has_instructions()) {
        BENCH_TIME(best, RUNS,
                   for (int i = 0; i < COUNT; i++) sha256_candidate(digest, data, sizeof data, 1));
        figure("one at a time", "SHA-256 by SHA instructions, an element", best, elements);
    }
    BENCH_TIME(best, RUNS, for (int i = 0; i < COUNT; i++) mien_poseidon2_permute(state));
    figure("scalar", "Poseidon2 permutation", best, COUNT);
    BENCH_TIME(best, RUNS,
               for (int i = 0; i < COUNT; i++) mien_poseidon2_hash(out, "emb", f_a, 63));
    figure("scalar", "Poseidon2 hash of 63 elements", best, COUNT);
    mien_k x = random_k();
    BENCH_TIME(best, RUNS, for (int i = 0; i < COUNT; i++) x = mien_k_mul(x, x));
    figure("scalar", "K mul, latency", best, COUNT);
    BENCH_TIME(best, RUNS, for (int i = 0; i < COUNT; i++) x = mien_k_inverse(x));
    figure("scalar", "K inverse", best, COUNT);
    sink = x.c[0].m;
}

int main(int argc, char **argv) {
    bench_start(argc, argv);
    for (size_t i = 0; i < 16 * N; i++) {
        f_a[i] = MIEN_F_RAW(random_word());
        f_b[i] = MIEN_F_RAW(random_word());
        if (i < N) {
            mien_k_block_set(k_a, i, random_k());
            mien_k_block_set(k_b, i, random_k());
        }
    }
    for (unsigned level = 0; mien_field_kernels_at(level) != NULL; level++) {
        field_kernels(mien_field_kernels_at(level));
        codes(mien_field_kernels_at(level));
        leaves(mien_hash_kernels_at(level));
    }
    single_hashes();
    return bench_end();
}
