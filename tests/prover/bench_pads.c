/* SPDX-License-Identifier: MIT */
/* What zk-Ligero adds to a proof about a network: 1,200 pads, 90 products and 60 statements of
 * them, alone, with a committed output of 128 values, and with match without C_e. Medians of RUNS,
 * one thread and all, on this machine's best kernels. --json prints one object. */
#include "prover/circuits/output_assign.h"
#include "prover/circuits/pads_assign.h"
#include "prover/ligero/prove.h"
#include "prover/ligero/sections.h"
#include "prover/ligero/security.h"
#include "prover/ligero/verify.h"
#include "tests/prover/match_sample.h"

enum { RUNS = 51, PADS = 1200, PAIRS = 90, FORMS = 60, TERMS = 40, PRODUCTS = 256, SLOTS = 256 };

static const mien_proof_parameters sets[] = {
    {.id = 2, .log2_slots = 8, .log2_length = 12, .queries = 116, .grinding_bits = 10},
    {.id = 3, .log2_slots = 8, .log2_length = 12, .queries = 149, .grinding_bits = 10}};

typedef enum section { SECTION_NONE, SECTION_OUTPUT, SECTION_MATCH, SECTIONS } section;
static const char *const section_names[] = {"pads", "pads, output", "pads, match"};

typedef struct bench {
    match_sample sample;
    mien_match_circuit match;
    mien_output_circuit output;
    mien_form_pair pairs[PAIRS];
    mien_form forms[FORMS];
    mien_k pads[PADS], wire[PADS], coefficients[MIEN_EMBEDDING_SIZE];
    mien_pads_shape shape;
    mien_pads kept;
    mien_ligero_product own[PRODUCTS], other[PRODUCTS], products[PRODUCTS];
    mien_ligero_sections sections;
    mien_ligero_system system;
    void *pads_memory;
    mien_f *rows;
} bench;

typedef struct figures {
    double commit_ms, respond_ms, threads_ms, verify_ms, bits;
    size_t bytes, prove_memory, verify_memory, rows;
} figures;

static double clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *times) {
    qsort(times, RUNS, sizeof *times, by_value);
    return times[RUNS / 2];
}
static void require(mien_status status) {
    if (status != MIEN_OK) {
        fprintf(stderr, "bench-pads: %s\n", mien_status_name(status));
        exit(1);
    }
}

static void random_messages(bench *b, const mien_random *random) {
    mien_k messages[PADS];
    require(mien_pads_draw(b->pads, PADS, random));
    require(mien_pads_draw(messages, PADS, random));
    for (size_t i = 0; i < PADS; i++) b->wire[i] = mien_k_add(messages[i], b->pads[i]);
    for (uint32_t i = 0; i < PAIRS; i++) b->pairs[i] = (mien_form_pair){i, PADS - 1 - i};
    for (size_t f = 0; f < FORMS; f++) {
        mien_form_constant(&b->forms[f], MIEN_K_ZERO);
        for (uint32_t i = 0; i < TERMS; i++)
            mien_form_add(&b->forms[f], messages[i], (uint32_t)((f * PADS / FORMS + i) % PADS));
        mien_k value = mien_form_value(&b->forms[f], NULL, 0, messages);
        b->forms[f].constant = mien_k_neg(value);
    }
    for (size_t i = 0; i < PAIRS; i++) { /* two to a statement, one in most */
        mien_form *form = &b->forms[i % (FORMS - 1)];
        mien_k product = mien_k_mul(messages[b->pairs[i].left], messages[b->pairs[i].right]);
        form->constant = mien_k_sub(form->constant, product);
    }
}

/* The products of statement f, in the order of the shape. */
static void order_pairs(bench *b) {
    mien_form_pair ordered[PAIRS];
    size_t n = 0;
    for (size_t f = 0; f < FORMS; f++)
        for (size_t i = f; i < PAIRS && f < FORMS - 1; i += FORMS - 1) ordered[n++] = b->pairs[i];
    memcpy(b->pairs, ordered, sizeof ordered);
}

static void give(bench *b, bool linked) {
    mien_checker checker = mien_pads_checker(&b->kept);
    size_t n = 0;
    for (size_t f = 0; f < FORMS; f++) {
        mien_form_product products[2];
        size_t count = 0;
        for (size_t i = f; i < PAIRS && f < FORMS - 1; i += FORMS - 1, n++)
            products[count++] =
                (mien_form_product){b->pairs[n].left, b->pairs[n].right, MIEN_K_ONE};
        if (linked && f == FORMS - 1)
            require(mien_pads_link(&b->kept, &b->forms[f], b->coefficients));
        else
            require(checker.check(checker.context, &b->forms[f], products, count));
    }
    require(mien_pads_complete(&b->kept));
}

static mien_ligero_system second_section(bench *b, section kind) {
    uint8_t commitment[MIEN_DIGEST_SIZE];
    mien_output_shape shape = {8, MIEN_EMBEDDING_SIZE};
    if (kind == SECTION_MATCH) {
        require(mien_match_circuit_create_bare(&b->match, &b->sample.statement));
        return mien_match_system_bare(&b->match);
    }
    require(mien_output_commit(commitment, b->sample.statement.context, b->sample.witness.embedding,
                               MIEN_EMBEDDING_SIZE, b->sample.witness.embedding_blinding));
    require(
        mien_output_circuit_create(&b->output, &shape, b->sample.statement.context, commitment));
    return mien_output_system(&b->output, b->other);
}

static void assign_second(bench *b, section kind, mien_f *rows) {
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    mien_match_opening opening;
    const mien_match_witness *w = &b->sample.witness;
    memcpy(opening.embedding, w->embedding, sizeof opening.embedding);
    memcpy(opening.template_vector, w->template_vector, sizeof opening.template_vector);
    mien_match_pack3(opening.key_z, w->key_z, sizeof w->key_z);
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        require(mien_f_from_bytes(&opening.blinding[i], w->embedding_blinding + 4 * i));
    if (kind == SECTION_MATCH)
        mien_match_assign(rows, digest, &b->match, &opening, b->sample.statement.threshold);
    else
        mien_output_assign(rows, digest[0], &b->output, w->embedding, opening.blinding);
}

/* The linked sum is made to fit the section. */
static void set_up(bench *b, section kind) {
    size_t size;
    uint32_t row = 0;
    match_sample_true(&b->sample);
    random_messages(b, &b->sample.random);
    order_pairs(b);
    b->shape = (mien_pads_shape){8, PADS, b->pairs, PAIRS, FORMS, 0, 0};
    row = (uint32_t)mien_pads_rows(&b->shape);
    if (kind != SECTION_NONE) {
        b->shape.link_row = row + (kind == SECTION_MATCH ? MIEN_MATCH_BARE_ROW_LEFT : 0);
        b->shape.link_count = MIEN_EMBEDDING_SIZE;
        mien_k power = b->wire[0], sum = MIEN_K_ZERO;
        for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++, power = mien_k_mul(power, b->wire[0])) {
            mien_f entry = mien_f_from_i32(b->sample.witness.embedding[i]);
            b->coefficients[i] = power;
            sum = mien_k_add(sum, mien_k_mul_f(power, entry));
        }
        b->forms[FORMS - 1].constant = mien_k_add(b->forms[FORMS - 1].constant, sum);
    }
    size = mien_pads_workspace_size(&b->shape);
    b->pads_memory = sample_memory(size);
    require(mien_pads_init(&b->kept, &b->shape, b->wire, b->pads_memory, size));
    mien_ligero_system part[2] = {mien_pads_system(&b->kept, b->own)};
    if (kind != SECTION_NONE) part[1] = second_section(b, kind);
    require(mien_ligero_join(&b->system, &b->sections, b->products, PRODUCTS, part,
                             kind == SECTION_NONE ? 1 : 2));
    b->rows = sample_memory(b->system.rows * SLOTS * sizeof *b->rows);
    mien_pads_assign(b->rows, &b->shape, b->pads);
    if (kind != SECTION_NONE) assign_second(b, kind, b->rows + row * SLOTS);
    give(b, kind != SECTION_NONE);
}

static uint8_t proof[1 << 20];

static double one_proof(bench *b, const mien_proof_parameters *p, void *memory, size_t size,
                        mien_pool *pool, double *respond_ms, size_t *bytes) {
    mien_transcript transcript;
    mien_ligero_prover *prover;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_transcript_start(&transcript, "bench");
    double start = clock_ms();
    require(mien_ligero_commit(&prover, &transcript, &writer, p, &b->system, b->rows, memory, size,
                               &b->sample.random, pool, NULL, NULL));
    double middle = clock_ms();
    require(mien_ligero_respond(prover, &transcript, &writer, NULL));
    *respond_ms = clock_ms() - middle;
    *bytes = writer.used;
    return middle - start;
}

static double one_verification(bench *b, const mien_proof_parameters *p, void *memory, size_t size,
                               size_t bytes) {
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, bytes);
    mien_transcript_start(&transcript, "bench");
    double start = clock_ms();
    require(mien_ligero_verify(&transcript, &reader, p, &b->system, memory, size));
    return clock_ms() - start;
}

static void measure(figures *f, bench *b, const mien_proof_parameters *p, mien_pool *pool) {
    double commit[RUNS], respond[RUNS], threads[RUNS], verify[RUNS], ignored;
    mien_security_term terms[MIEN_LIGERO_ERRORS + 2];
    f->prove_memory = mien_ligero_prove_workspace_size(p, &b->system);
    f->verify_memory = mien_ligero_verify_workspace_size(p, &b->system);
    void *memory = sample_memory(f->prove_memory), *small = sample_memory(f->verify_memory);
    f->rows = b->system.rows;
    f->bytes = 0;
    for (int i = 0; i < RUNS; i++) {
        size_t bytes;
        threads[i] = one_proof(b, p, memory, f->prove_memory, pool, &ignored, &bytes) + ignored;
        commit[i] = one_proof(b, p, memory, f->prove_memory, NULL, &respond[i], &bytes);
        verify[i] = one_verification(b, p, small, f->verify_memory, bytes);
        if (bytes > f->bytes) f->bytes = bytes;
    }
    f->commit_ms = median(commit), f->respond_ms = median(respond);
    f->threads_ms = median(threads), f->verify_ms = median(verify);
    size_t count =
        mien_ligero_security(terms, sizeof terms / sizeof *terms, p, b->system.constraint_count);
    f->bits = terms[count - 1].bits;
    free(memory);
    free(small);
}

static void print(const figures *f, const char *name, bool json, bool first) {
    if (json) {
        printf("%s\"%s, %.0f bits\": {\"commit_ms\": %.3f, \"respond_ms\": %.3f, "
               "\"prove_threads_ms\": %.3f, \"verify_ms\": %.3f, \"proof_bytes\": %zu, "
               "\"prove_memory\": %zu, \"verify_memory\": %zu}",
               first ? "" : ", ", name, f->bits, f->commit_ms, f->respond_ms, f->threads_ms,
               f->verify_ms, f->bytes, f->prove_memory, f->verify_memory);
        return;
    }
    printf("%-13s %6.1f bits %4zu rows %8zu bytes  commit %6.2f  respond %6.2f  both, threads "
           "%6.2f  verify %6.2f ms  memory %zu, %zu\n",
           name, f->bits, f->rows, f->bytes, f->commit_ms, f->respond_ms, f->threads_ms,
           f->verify_ms, f->prove_memory, f->verify_memory);
}

int main(int argc, char **argv) {
    static bench b;
    mien_pool *pool;
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    require(mien_pool_create(&pool, 0));
    if (json) printf("{");
    for (int kind = 0; kind < SECTIONS; kind++) {
        memset(&b, 0, sizeof b);
        set_up(&b, (section)kind);
        for (size_t i = 0; i < 2; i++) {
            figures f;
            measure(&f, &b, &sets[i], pool);
            print(&f, section_names[kind], json, kind == 0 && i == 0);
        }
        free(b.pads_memory);
        free(b.rows);
    }
    if (json) printf("}\n");
    mien_pool_destroy(pool);
    return 0;
}
