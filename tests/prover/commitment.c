/* SPDX-License-Identifier: MIT */
/* The tensor commitment: honest openings on every level and any number of threads, every byte
 * changed, every cut, other claims, points, roots and shapes; the cheats that its steps are there
 * for. */
#include "prover/commitment/tensor.h"
#include "tests/harness.h"

enum { SIZE = 1 << 10, PROOF = 1 << 16, MESSAGES = 4 };

static _Alignas(64) mien_f w[SIZE];
static mien_k scratch_k[SIZE];
static _Alignas(64) uint8_t memory[8 << 20], workspace[1 << 18];
static uint8_t proof[PROOF], other[PROOF];
static mien_pool *two;

static const uint32_t some_rows[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 40, 41, 63};
static const uint32_t one_row[] = {5};

/* n, a, log2 N, q, grinding, tree, rows */
#define NO_MORE .openings = 0
static const mien_tensor_shape shapes[] = {
    {10, 4, 6, 5, 3, 9, some_rows, sizeof some_rows / sizeof *some_rows, NO_MORE},
    {10, 4, 7, 16, 0, 1, some_rows, 20, NO_MORE},
    {10, 5, 8, 7, 5, 2, one_row, 1, NO_MORE},
    {10, 10, 12, 20, 2, 3, (const uint32_t[]){0}, 1, NO_MORE},
    {4, 4, 6, 3, 0, 4, (const uint32_t[]){0}, 1, NO_MORE},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++)
        r.c[i] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
    return r;
}

/* w with zeros in the rows that are not committed. */
static void random_vector(const mien_tensor_shape *shape) {
    memset(w, 0, sizeof w);
    for (uint32_t i = 0; i < shape->row_count; i++)
        for (size_t j = 0; j < (size_t)1 << shape->log2_row; j++)
            w[((size_t)shape->rows[i] << shape->log2_row) + j] = random_k().c[0];
}

typedef struct run {
    const mien_tensor_shape *shape;
    uint8_t root[32];
    mien_k point[32], value;
    size_t length;
    unsigned char seed[32];
    /* changes what the prover holds before it opens, or NULL */
    void (*cheat)(mien_tensor_commitment *commitment);
} run;

static run new_run(const mien_tensor_shape *shape) {
    run r = {.shape = shape};
    random_vector(shape);
    for (unsigned i = 0; i < shape->log2_size; i++) r.point[i] = random_k();
    r.value = mien_multilinear_f(scratch_k, w, r.point, shape->log2_size);
    harness_random_bytes(r.seed, sizeof r.seed);
    return r;
}

/* The transcript up to the opening: shape, root, point, value. */
static void begin(mien_transcript *transcript, const run *r) {
    mien_transcript_start(transcript, "test");
    mien_tensor_absorb_shape(transcript, r->shape);
    mien_transcript_digest(transcript, "root", r->root);
    for (unsigned i = 0; i < r->shape->log2_size; i++) {
        uint8_t bytes[MIEN_K_BYTES];
        mien_k_to_bytes(bytes, r->point[i]);
        mien_transcript_k(transcript, "point", bytes, 1);
    }
}

static void prove(run *r, uint8_t *out, unsigned level, mien_pool *pool) {
    mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
    mien_tensor_commitment commitment;
    mien_random_seeded_state state;
    mien_random random = mien_random_seeded(&state, r->seed);
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(out, PROOF);
    mien_sender sender = {&transcript, &writer, NULL, 0, 0};
    size_t size = mien_tensor_memory_size(r->shape, mien_pool_threads(pool));
    CHECK(size > 0 && size <= sizeof memory);
    CHECK_INT(mien_tensor_commit(&commitment, r->root, w, r->shape, memory, size, &machine,
                                 mien_hash_kernels_at(level), &random, NULL),
              MIEN_OK);
    begin(&transcript, r);
    CHECK_INT(mien_send(&sender, "value", &r->value, 1), MIEN_OK);
    if (r->cheat != NULL) r->cheat(&commitment);
    CHECK_INT(mien_tensor_open(&commitment, &sender, r->point, &machine), MIEN_OK);
    r->length = writer.used;
    CHECK(r->length <= MIEN_K_BYTES + mien_tensor_opening_max_size(r->shape));
    CHECK_INT(mien_tensor_open(&commitment, &sender, r->point, &machine), MIEN_ARGUMENT);
    CHECK_INT(writer.used, r->length);
}

static mien_status verify(const run *r, const uint8_t *bytes, size_t length) {
    mien_k values[MESSAGES];
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(bytes, length);
    mien_receiver receiver = {&transcript, &reader, values, MESSAGES, 0};
    mien_checker checker = mien_checker_clear(&receiver);
    uint32_t value;
    size_t size = mien_tensor_verify_workspace_size(r->shape);
    if (size > sizeof workspace) return MIEN_INTERNAL;
    begin(&transcript, r);
    MIEN_TRY(mien_receive(&receiver, "value", 1, &value));
    MIEN_TRY(mien_tensor_verify(r->shape, r->root, r->point, value, &receiver, &checker, workspace,
                                size));
    return mien_read_end(&reader);
}

static void openings_verify(void) {
    for (size_t i = 0; i < SHAPES; i++) {
        run r = new_run(&shapes[i]);
        prove(&r, proof, 0, NULL);
        CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
        run again = r;
        for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
            for (int threads = 1; threads <= 2; threads++) {
                prove(&again, other, level, threads == 2 ? two : NULL);
                CHECK_INT(again.length, r.length);
                CHECK_BYTES(again.root, r.root, 32);
                CHECK_BYTES(other, proof, r.length);
            }
        }
    }
}

static void every_byte_changed(void) {
    for (size_t s = 0; s < 3; s++) {
        run r = new_run(&shapes[s]);
        prove(&r, proof, 0, NULL);
        for (size_t i = 0; i < r.length; i++) {
            uint8_t kept = proof[i];
            proof[i] ^= (uint8_t)(1u << harness_random_below(8));
            mien_status status = verify(&r, proof, r.length);
            CHECK(status == MIEN_PROOF_INVALID || status == MIEN_FORMAT ||
                  status == MIEN_TRUNCATED || status == MIEN_TRAILING);
            proof[i] = kept;
        }
        for (size_t cut = 0; cut < r.length; cut++)
            CHECK_INT(verify(&r, proof, cut), MIEN_TRUNCATED);
        CHECK_INT(verify(&r, proof, r.length + 1), MIEN_TRAILING);
    }
}

/* A false value, another point, root, tree, more rows, other rows. */
static void other_statements(void) {
    run r = new_run(&shapes[0]), changed = r;
    prove(&r, proof, 0, NULL);
    CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
    for (unsigned i = 0; i < r.shape->log2_size; i++) {
        changed = r;
        changed.point[i] = mien_k_add(changed.point[i], MIEN_K_ONE);
        CHECK_INT(verify(&changed, proof, r.length), MIEN_PROOF_INVALID);
    }
    changed = r;
    changed.root[harness_random_below(32)] ^= 1;
    CHECK_INT(verify(&changed, proof, r.length), MIEN_PROOF_INVALID);
    mien_tensor_shape shape = *r.shape;
    changed = r;
    changed.shape = &shape;
    shape.tree++;
    CHECK(verify(&changed, proof, r.length) != MIEN_OK);
    shape = *r.shape;
    shape.grinding_bits--;
    CHECK(verify(&changed, proof, r.length) != MIEN_OK);
    shape = *r.shape;
    shape.queries--;
    CHECK(verify(&changed, proof, r.length) != MIEN_OK);
    uint32_t rows[64];
    memcpy(rows, r.shape->rows, r.shape->row_count * sizeof *rows);
    shape = *r.shape;
    shape.rows = rows;
    rows[shape.row_count - 1]--;
    CHECK(verify(&changed, proof, r.length) != MIEN_OK);
    r.value = mien_k_add(r.value, MIEN_K_ONE);
    prove(&r, proof, 0, NULL);
    CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
}

/* ---- cheats. What the codewords hold no longer is what the prover combines. */
static void false_mask(mien_tensor_commitment *c) {
    c->mask[0] = mien_f_add(c->mask[0], MIEN_F_ONE);
}
static void false_randomness(mien_tensor_commitment *c) {
    c->randomness[0] = mien_f_add(c->randomness[0], MIEN_F_ONE);
}
static void false_vector(mien_tensor_commitment *c) {
    static mien_f copy[SIZE];
    memcpy(copy, w, sizeof copy);
    size_t at = (size_t)c->shape.rows[c->shape.row_count - 1] << c->shape.log2_row;
    copy[at] = mien_f_add(copy[at], MIEN_F_ONE);
    c->w = copy;
}
/* A word far from the code: all columns of one row moved, tree made again. */
static void not_low_degree(mien_tensor_commitment *c) {
    size_t columns = (size_t)1 << c->shape.log2_columns;
    for (size_t i = 0; i < columns; i++)
        c->codewords[i * MIEN_LANES] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static void rehashed(mien_tensor_commitment *c) {
    size_t columns = (size_t)1 << c->shape.log2_columns;
    mien_merkle_leaves(&mien_hash_kernels_portable, c->nodes, c->shape.tree, 0, columns, c->salts,
                       c->codewords, mien_tensor_column_elements(&c->shape), columns);
    mien_merkle_build(c->nodes, c->shape.tree, c->shape.log2_columns);
}

static void cheats_are_refused(void) {
    void (*const cheats[])(mien_tensor_commitment *) = {false_mask, false_randomness, false_vector,
                                                        not_low_degree};
    for (size_t k = 0; k < sizeof cheats / sizeof *cheats; k++) {
        run r = new_run(&shapes[1]);
        r.cheat = cheats[k];
        prove(&r, proof, 0, NULL);
        CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
    }
}

/* The same with a root over the bad word: now only the degree gives it away. */
static uint8_t bad_root[32];
static void bad_word(mien_tensor_commitment *c) {
    not_low_degree(c);
    rehashed(c);
    memcpy(bad_root, mien_merkle_root(c->nodes, c->shape.log2_columns), 32);
}
static void words_off_the_code_are_refused(void) {
    run r = new_run(&shapes[1]);
    mien_tensor_commitment commitment;
    mien_random_seeded_state state;
    mien_random random = mien_random_seeded(&state, r.seed);
    mien_machine machine = {&mien_field_kernels_portable, &mien_sum_kernels_portable, NULL};
    REQUIRE(mien_tensor_commit(&commitment, r.root, w, r.shape, memory, sizeof memory, &machine,
                               &mien_hash_kernels_portable, &random, NULL) == MIEN_OK);
    bad_word(&commitment);
    memcpy(r.root, bad_root, 32);
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, PROOF);
    mien_sender sender = {&transcript, &writer, NULL, 0, 0};
    begin(&transcript, &r);
    REQUIRE(mien_send(&sender, "value", &r.value, 1) == MIEN_OK);
    REQUIRE(mien_tensor_open(&commitment, &sender, r.point, &machine) == MIEN_OK);
    CHECK_INT(verify(&r, proof, writer.used), MIEN_PROOF_INVALID);
}

/* v + 1 claimed, and y lowered by the beta that answered the honest y: right if y came after beta.
 */
static void mask_value_after_beta(void) {
    run r = new_run(&shapes[1]);
    r.value = mien_k_add(r.value, MIEN_K_ONE);
    prove(&r, proof, 0, NULL);
    mien_transcript transcript;
    mien_k beta, y;
    begin(&transcript, &r);
    mien_transcript_k(&transcript, "value", proof, 1);
    mien_transcript_k(&transcript, "mask value", proof + MIEN_K_BYTES, 1);
    mien_transcript_draw_k(&transcript, "beta", &beta, 1);
    REQUIRE(mien_k_from_bytes(&y, proof + MIEN_K_BYTES) == MIEN_OK);
    mien_k_to_bytes(proof + MIEN_K_BYTES, mien_k_sub(y, beta));
    CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
}

static void shapes_are_checked(void) {
    static const uint32_t twice[] = {1, 1}, down[] = {2, 1}, far[] = {64};
    const mien_tensor_shape good = shapes[0];
    mien_tensor_shape bad[12];
    for (size_t i = 0; i < 12; i++) bad[i] = good;
    bad[0].log2_size = 33;
    bad[1].log2_row = 3;
    bad[2].log2_row = 11;
    bad[3].log2_columns = 25;
    bad[4].log2_columns = 4;
    bad[5].queries = 0;
    bad[6].queries = 17;
    bad[7].log2_columns = 5;
    bad[8].rows = twice, bad[8].row_count = 2;
    bad[9].rows = down, bad[9].row_count = 2;
    bad[10].rows = far, bad[10].row_count = 1;
    bad[11].grinding_bits = 21;
    CHECK_INT(mien_tensor_shape_check(&good), MIEN_OK);
    for (size_t i = 0; i < 12; i++) {
        CHECK_INT(mien_tensor_shape_check(&bad[i]), MIEN_ARGUMENT);
        CHECK_INT(mien_tensor_memory_size(&bad[i], 1), 0);
        CHECK_INT(mien_tensor_verify_workspace_size(&bad[i]), 0);
    }
}

int main(void) {
    if (mien_pool_create(&two, 2) != MIEN_OK) return 1;
    RUN(openings_verify);
    RUN(every_byte_changed);
    RUN(other_statements);
    RUN(cheats_are_refused);
    RUN(words_off_the_code_are_refused);
    RUN(mask_value_after_beta);
    RUN(shapes_are_checked);
    mien_pool_destroy(two);
    return harness_end();
}
