/* SPDX-License-Identifier: MIT */
/* Milliseconds of engine B's kernels at the size of the face network: fraction tree over 2^22
 * leaves of three columns, inner product of 2^23, on one and two threads. docs/PERFORMANCE.md. */
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "prover/commitment/tensor.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"
#include "tests/bench.h"

enum { TREE = 23, INNER = 23, RUNS = 3 };

static uint64_t random_state = 1;
static mien_f random_f(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return MIEN_F_RAW((uint32_t)(random_state >> 33) % MIEN_F_MODULUS);
}
static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = random_f();
    return r;
}
/* Touched once, so that page faults are not counted: provers keep one arena. */
static void *memory(size_t bytes) {
    void *p = aligned_alloc(1 << 21, (bytes + (1 << 21) - 1) >> 21 << 21);
    if (p == NULL) exit(1);
    madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 0, bytes);
    return p;
}
static mien_f *random_vector(size_t n) {
    mien_f *v = memory(n * sizeof *v);
    for (size_t i = 0; i < n; i++) v[i] = random_f();
    return v;
}

static void figure(const mien_machine *machine, const char *what, double nanoseconds) {
    char text[100];
    snprintf(text, sizeof text, "%s/%u threads/%s", machine->sum->name,
             mien_pool_threads(machine->pool), what);
    bench_report(text, nanoseconds / 1e6, "ms");
}

static uint8_t wire[1 << 16];
static mien_k point[32];

static void tree(const mien_machine *machine, const mien_leaf_columns *columns, void *workspace,
                 size_t size) {
    double best;
    mien_fraction_leaves leaves = {TREE, columns, NULL, NULL};
    BENCH_TIME(best, RUNS, {
        mien_transcript transcript;
        mien_writer writer = mien_writer_of(wire, sizeof wire);
        mien_sender sender = {&transcript, &writer, NULL, 0, 0};
        mien_transcript_start(&transcript, "bench");
        if (mien_fraction_prove(&sender, point, &leaves, workspace, size, machine, NULL) != MIEN_OK)
            exit(1);
    });
    figure(machine, "fraction tree, 2^23 leaves of 3 columns", best);
}

static void inner(const mien_machine *machine, const mien_f *w, mien_k_block *l, void *workspace,
                  size_t size) {
    double best;
    BENCH_TIME(best, RUNS, {
        mien_transcript transcript;
        mien_k value;
        mien_writer writer = mien_writer_of(wire, sizeof wire);
        mien_sender sender = {&transcript, &writer, NULL, 0, 0};
        mien_transcript_start(&transcript, "bench");
        if (mien_inner_product_prove(&sender, point, &value, w, l, INNER, workspace, size, machine,
                                     NULL) != MIEN_OK)
            exit(1);
    });
    figure(machine, "inner product, 2^23", best);
}

static uint8_t big_wire[2 << 20];
static mien_k messages[8];

/* The value at the point is not computed here, so the one equation about it is left out. */
static mien_status leave_out(void *context, const mien_form *form,
                             const mien_form_product *products, size_t count) {
    (void)context, (void)form, (void)products, (void)count;
    return MIEN_OK;
}

/* -log2 of the probability that all opened columns agree with a false response: docs/ARGUMENT.md.
 */
static double column_bits(const mien_tensor_shape *shape) {
    double n = (double)(1u << shape->log2_columns), bits = 0;
    double k = (double)(1u << shape->log2_row) + shape->queries, e = floor((n - k) / 2);
    double p = n - e - 1 > k - 1 + e ? n - e - 1 : k - 1 + e;
    for (uint32_t i = 0; i < shape->queries; i++) bits -= log2((p - i) / (n - i));
    return bits;
}

/* Opening included, and its verifier. */
static void commitment(const mien_machine *machine, unsigned level, unsigned log2_columns,
                       uint32_t queries, const mien_f *w, void *arena, size_t size) {
    static uint32_t rows[428];
    for (uint32_t i = 0; i < 428; i++) rows[i] = i;
    mien_tensor_shape shape = {.log2_size = INNER,
                               .log2_row = 14,
                               .log2_columns = log2_columns,
                               .queries = queries,
                               .grinding_bits = 10,
                               .tree = 1,
                               .rows = rows,
                               .row_count = 428};
    mien_tensor_commitment c;
    mien_random random = mien_random_system();
    double commit, open, check;
    uint8_t root[32];
    char text[80];
    if (mien_tensor_memory_size(&shape, mien_pool_threads(machine->pool)) > size) exit(1);
    mien_writer writer = mien_writer_of(big_wire, sizeof big_wire);
    BENCH_TIME(commit, RUNS, {
        if (mien_tensor_commit(&c, root, w, &shape, arena, size, machine,
                               mien_hash_kernels_at(level), &random, NULL) != MIEN_OK)
            exit(1);
    });
    snprintf(text, sizeof text, "commit 428 x 2^14, rate 1/%d", 1 << (log2_columns - 14));
    figure(machine, text, commit);
    for (int i = 0; i < INNER; i++) point[i] = random_k();
    BENCH_TIME(open, 1, {
        mien_transcript transcript;
        mien_sender sender = {&transcript, &writer, NULL, 0, 0};
        mien_transcript_start(&transcript, "bench");
        if (mien_tensor_open(&c, &sender, point, machine) != MIEN_OK) exit(1);
    });
    figure(machine, "its opening", open);
    static _Alignas(64) uint8_t workspace[4 << 20];
    BENCH_TIME(check, RUNS, {
        mien_transcript transcript;
        mien_reader reader = mien_reader_of(big_wire, writer.used);
        mien_receiver receiver = {&transcript, &reader, messages, 8, 1};
        mien_checker checker = {leave_out, NULL};
        mien_transcript_start(&transcript, "bench");
        if (mien_tensor_verify(&shape, root, point, 0, &receiver, &checker, workspace,
                               sizeof workspace) != MIEN_OK)
            exit(1);
    });
    figure(machine, "its verifier", check);
    snprintf(text, sizeof text, "opening, rate 1/%d", 1 << (log2_columns - 14));
    bench_report(text, (double)writer.used / 1e3, "kB");
    snprintf(text, sizeof text, "columns, rate 1/%d", 1 << (log2_columns - 14));
    bench_report(text, column_bits(&shape), "bits");
}

int main(int argc, char **argv) {
    bench_start(argc, argv);
    size_t n = (size_t)1 << TREE, size = mien_fraction_workspace_size(TREE, true);
    size_t inner_size = mien_inner_product_workspace_size(INNER);
    mien_leaf_columns columns = {.size = n};
    for (int k = 0; k < 3; k++) {
        columns.column[k] = random_vector(n);
        columns.scale[k] = random_k();
    }
    columns.constant = random_k();
    const size_t most = 400u << 20;
    if (size < most) size = most;
    void *workspace = memory(size > inner_size ? size : inner_size);
    mien_k_block *l = memory(sizeof *l * mien_k_blocks((size_t)1 << INNER));
    for (size_t i = 0; i < (size_t)1 << INNER; i++) mien_k_block_set(l, i, random_k());
    bench_report("fraction tree, workspace", (double)size / 1e6, "MB");
    unsigned levels = 0;
    while (mien_sum_kernels_at(levels) != NULL) levels++;
    for (unsigned level = levels; level-- > 0;) {
        for (unsigned threads = 1; threads <= (bench_cpu ? 1u : 2u); threads++) {
            mien_pool *pool;
            if (mien_pool_create(&pool, threads) != MIEN_OK) return 1;
            mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
            tree(&machine, &columns, workspace, size);
            commitment(&machine, level, 16, 154, columns.column[0], workspace, size);
            commitment(&machine, level, 17, 136, columns.column[0], workspace, size);
            inner(&machine, columns.column[0], l, workspace, inner_size);
            mien_pool_destroy(pool);
        }
    }
    return bench_end();
}
