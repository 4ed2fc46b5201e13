/* SPDX-License-Identifier: MIT */
/* Milliseconds of engine B's kernels at the size of the face network: fraction tree over 2^22
 * leaves of three columns, inner product of 2^23, on one and two threads. docs/PERFORMANCE.md. */
#include <stdlib.h>
#include <sys/mman.h>

#include "prover/commitment/choose.h"
#include "prover/commitment/security.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"
#include "prover/sumcheck/pieces.h"
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

static void tree(const mien_machine *machine, const mien_leaf_columns *columns, const char *what,
                 void *workspace, size_t size) {
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
    figure(machine, what, best);
}

/* Claims on a tensor of 28 x 28 x 128: one of rank one, and that of a depthwise 3 x 3 kernel. */
static void claims(const mien_machine *machine, const mien_f *words, mien_k_block *l,
                   void *scratch) {
    enum { SITES = 784, CHANNELS = 128, TAPS = 9 };
    static mien_k alpha[CHANNELS], delta[TAPS * SITES];
    double best;
    for (int i = 0; i < CHANNELS; i++) alpha[i] = random_k();
    for (int i = 0; i < TAPS * SITES; i++) delta[i] = random_k();
    mien_piece piece = {0, SITES, CHANNELS, 7, alpha, delta, random_k()};
    mien_tap_piece taps = {0, SITES, CHANNELS, TAPS, 7, alpha, words, delta, random_k()};
    BENCH_TIME(best, 10 * RUNS, mien_piece_add(l, machine, &piece, scratch));
    figure(machine, "claim of rank one, 28 x 28 x 128", best);
    BENCH_TIME(best, 10 * RUNS, mien_tap_piece_add(l, machine, &taps, scratch));
    figure(machine, "claim of a depthwise 3 x 3 kernel, 28 x 28 x 128", best);
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

/* Opening included, and its verifier. */
static void commitment(const mien_machine *machine, unsigned level, const mien_tensor_shape *shape,
                       const char *what, const mien_f *w, void *arena, size_t size) {
    mien_tensor_commitment c;
    mien_random random = mien_random_system();
    double commit, open, check;
    uint8_t root[32];
    char text[80];
    if (mien_tensor_memory_size(shape, mien_pool_threads(machine->pool)) > size) exit(1);
    mien_writer writer = mien_writer_of(big_wire, sizeof big_wire);
    BENCH_TIME(commit, RUNS, {
        if (mien_tensor_commit(&c, root, w, shape, arena, size, machine,
                               mien_hash_kernels_at(level), &random, NULL) != MIEN_OK)
            exit(1);
    });
    snprintf(text, sizeof text, "commit, %s", what);
    figure(machine, text, commit);
    for (int i = 0; i < INNER; i++) point[i] = random_k();
    BENCH_TIME(open, RUNS, {
        mien_transcript transcript;
        mien_sender sender = {&transcript, &writer, NULL, 0, 0};
        writer.used = 0;
        c.opened = 0; /* nobody else sees these openings */
        mien_transcript_start(&transcript, "bench");
        if (mien_tensor_open(&c, &sender, point, machine) != MIEN_OK) exit(1);
    });
    snprintf(text, sizeof text, "open, %s", what);
    figure(machine, text, open);
    static _Alignas(64) uint8_t workspace[4 << 20];
    BENCH_TIME(check, RUNS, {
        mien_transcript transcript;
        mien_reader reader = mien_reader_of(big_wire, writer.used);
        mien_receiver receiver = {&transcript, &reader, messages, 8, 1};
        mien_checker checker = {leave_out, NULL};
        mien_transcript_start(&transcript, "bench");
        if (mien_tensor_verify(shape, root, point, 0, &receiver, &checker, workspace,
                               sizeof workspace) != MIEN_OK)
            exit(1);
    });
    snprintf(text, sizeof text, "verify, %s", what);
    figure(machine, text, check);
}

/* 7 million elements, once with the inner levels that give the shortest opening and once without.
 */
enum { OPENINGS = 4, ELEMENTS = 7 << 20 };
static const struct {
    unsigned log2_inverse_rate, bits, grinding_bits;
} goals[OPENINGS] = {{2, 100, 0}, {3, 100, 0}, {3, 128, 0}, {3, 128, 16}};

static uint32_t all_rows[1 << 10];
static mien_tensor_shape chosen(size_t i) {
    const mien_tensor_span span = {0, ELEMENTS};
    const mien_tensor_goal goal = {.log2_size = INNER,
                                   .spans = &span,
                                   .span_count = 1,
                                   .bits = goals[i].bits,
                                   .grinding_bits = goals[i].grinding_bits,
                                   .log2_inverse_rate = goals[i].log2_inverse_rate};
    mien_tensor_shape shape;
    if (mien_tensor_choose(&shape, 100, &goal) != MIEN_OK) exit(1);
    for (uint32_t r = 0; r < shape.row_count; r++) all_rows[r] = r;
    shape.rows = all_rows;
    return shape;
}

static void openings(const mien_machine *machine, unsigned level, const mien_f *w, void *arena,
                     size_t size) {
    char text[80];
    for (size_t i = 0; i < OPENINGS; i++) {
        mien_tensor_shape shape = chosen(i);
        snprintf(text, sizeof text, "rate 1/%d, %u bits", 1 << goals[i].log2_inverse_rate,
                 goals[i].bits);
        if (goals[i].grinding_bits > 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), " (%u ground)",
                     goals[i].grinding_bits);
        commitment(machine, level, &shape, text, w, arena, size);
    }
    uint32_t q = mien_tensor_queries(16, (1 << 14) + 160, 100, 2);
    mien_tensor_shape plain = {.log2_size = INNER,
                               .log2_row = 14,
                               .log2_columns = 16,
                               .queries = q,
                               .tree = 1,
                               .rows = all_rows,
                               .row_count = 448};
    for (uint32_t r = 0; r < plain.row_count; r++) all_rows[r] = r;
    commitment(machine, level, &plain, "rate 1/4, no inner level", w, arena, size);
}

/* Shapes, sizes and security; no time is taken. */
static void figures(void) {
    for (size_t i = 0; i < OPENINGS; i++) {
        mien_security_term terms[20];
        char name[100];
        mien_tensor_shape shape = chosen(i);
        size_t count = mien_tensor_security(terms, 20, &shape);
        int used = snprintf(name, sizeof name, "rate 1/%d: %u x 2^%u, %u columns",
                            1 << goals[i].log2_inverse_rate, shape.row_count, shape.log2_row,
                            shape.queries);
        for (unsigned k = 0; k < mien_tensor_inner_count(&shape); k++)
            used += snprintf(name + used, sizeof name - (size_t)used, "; %u x 2^%u, %u",
                             mien_tensor_inner_rows(&shape, k), shape.inner[k].log2_row,
                             shape.inner[k].queries);
        bench_report(name, (double)mien_tensor_opening_max_size(&shape) / 1e3, "kB at most");
        snprintf(name, sizeof name, "  with %u bits of grinding", goals[i].grinding_bits);
        bench_report(name, terms[count - 1].bits_grinding, "bits");
        bench_report("  without", terms[count - 1].bits, "bits");
    }
}

int main(int argc, char **argv) {
    bench_start(argc, argv);
    size_t n = (size_t)1 << TREE, size = mien_fraction_workspace_size(TREE, true);
    size_t inner_size = mien_inner_product_workspace_size(INNER);
    mien_leaf_columns columns = {.size = n, .present = n / 2};
    for (int k = 0; k < 3; k++) {
        columns.column[k] = random_vector(n);
        columns.scale[k] = random_k();
    }
    columns.constant = random_k();
    mien_leaf_columns face = columns; /* what the face network leaves out */
    face.present = n / 2 / 100 * 77 / MIEN_LANES * MIEN_LANES;
    face.lower_only = true;
    bench_report("fraction tree, workspace", (double)size / 1e6, "MB");
    bench_report("inner product, workspace", (double)inner_size / 1e6, "MB");
    const size_t most = 600u << 20;
    if (size < most) size = most;
    void *workspace = memory(size > inner_size ? size : inner_size);
    mien_k_block *l = memory(sizeof *l * mien_k_blocks((size_t)1 << INNER));
    for (size_t i = 0; i < (size_t)1 << INNER; i++) mien_k_block_set(l, i, random_k());
    figures();
    unsigned levels = 0;
    while (mien_sum_kernels_at(levels) != NULL) levels++;
    for (unsigned level = levels; level-- > 0;) {
        for (unsigned threads = 1; threads <= (bench_cpu ? 1u : 2u); threads++) {
            mien_pool *pool;
            if (mien_pool_create(&pool, threads) != MIEN_OK) return 1;
            mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
            tree(&machine, &columns, "fraction tree, 2^23 leaves of 3 columns", workspace, size);
            tree(&machine, &face, "fraction tree, 2^23 leaves, 77 % looked up", workspace, size);
            claims(&machine, columns.column[0], l, workspace);
            openings(&machine, level, columns.column[0], workspace, size);
            inner(&machine, columns.column[0], l, workspace, inner_size);
            mien_pool_destroy(pool);
        }
    }
    return bench_end();
}
