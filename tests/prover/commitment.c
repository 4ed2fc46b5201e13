/* SPDX-License-Identifier: MIT */
/* The long commitment: honest openings on every level and any number of threads, every byte
 * changed, every cut, other claims, points, roots and shapes; budgets; commitments made again.
 * Cheats: commitment_cheats.c. */
#include "prover/commitment/frame.h"
#include "tests/prover/commitment_sample.h"

static uint8_t other[PROOF];
static mien_pool *two;

static void openings_verify(void) {
    for (size_t i = 0; i < CASES; i++) {
        run r = new_run(&cases[i]);
        prove(&r, proof, 0, NULL);
        CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
        run again = r;
        for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
            for (int threads = 1; threads <= 2; threads++) {
                prove(&again, other, level, threads == 2 ? two : NULL);
                CHECK_INT(again.length, r.length);
                CHECK_BYTES(again.roots, r.roots, sizeof r.roots);
                CHECK_BYTES(other, proof, r.length);
            }
        }
    }
}

/* To the next byte of a sweep: every one of a short proof, some 160 spread over a long one. */
static size_t sweep_step(size_t length) {
    return length < 4000 ? 1 : 1 + harness_random_below(length / 80);
}

static void every_byte_changed(void) {
    static const size_t swept[] = {0,          1,        2, CASE_TWO_LEVELS, CASE_FOUR_LEVELS,
                                   CASE_PARTS, CASE_MANY};
    for (size_t s = 0; s < sizeof swept / sizeof *swept; s++) {
        run r = new_run(&cases[swept[s]]);
        prove(&r, proof, 0, NULL);
        for (size_t i = 0; i < r.length; i += sweep_step(r.length)) {
            uint8_t kept = proof[i];
            proof[i] ^= (uint8_t)(1u << harness_random_below(8));
            mien_status status = verify(&r, proof, r.length);
            CHECK(status == MIEN_PROOF_INVALID || status == MIEN_FORMAT ||
                  status == MIEN_TRUNCATED || status == MIEN_TRAILING);
            proof[i] = kept;
        }
        for (size_t cut = 0; cut < r.length; cut += sweep_step(2 * r.length))
            CHECK_INT(verify(&r, proof, cut), MIEN_TRUNCATED);
        CHECK_INT(verify(&r, proof, r.length + 1), MIEN_TRAILING);
    }
}

/* Under another shape of one part. */
static void check_shape_refused(const run *r, size_t part, mien_tensor_shape shape) {
    run changed = *r;
    changed.parts[part] = shape;
    CHECK(verify(&changed, proof, r->length) != MIEN_OK);
}

/* A false value, another point, root, tree, more rows, other rows. */
static void other_statements_of(const commitment_case *of) {
    run r = new_run(of), changed;
    prove(&r, proof, 0, NULL);
    CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
    for (unsigned i = 0; i < r.parts->log2_size; i++) {
        changed = r;
        changed.point[i] = mien_k_add(changed.point[i], MIEN_K_ONE);
        CHECK_INT(verify(&changed, proof, r.length), MIEN_PROOF_INVALID);
    }
    for (size_t p = 0; p < of->count; p++) {
        changed = r;
        changed.roots[p][harness_random_below(32)] ^= 1;
        CHECK_INT(verify(&changed, proof, r.length), MIEN_PROOF_INVALID);
        mien_tensor_shape shape = r.parts[p];
        shape.tree += 100;
        check_shape_refused(&r, p, shape);
        shape = r.parts[p];
        shape.grinding_bits++;
        check_shape_refused(&r, p, shape);
        shape = r.parts[p];
        shape.queries--;
        check_shape_refused(&r, p, shape);
        if (r.parts[p].row_count == 0) continue;
        uint32_t rows[64];
        memcpy(rows, r.parts[p].rows, r.parts[p].row_count * sizeof *rows);
        shape = r.parts[p];
        shape.rows = rows;
        rows[shape.row_count - 1] ^= 1;
        check_shape_refused(&r, p, shape);
        shape = r.parts[p];
        shape.row_count--;
        check_shape_refused(&r, p, shape);
    }
    r.value = mien_k_add(r.value, MIEN_K_ONE);
    prove(&r, proof, 0, NULL);
    CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
}

static void other_statements(void) {
    other_statements_of(&cases[CASE_FIRST]);
    other_statements_of(&cases[CASE_TWO_LEVELS]);
    other_statements_of(&cases[CASE_PARTS]);
    other_statements_of(&cases[CASE_PARTS_ONE_LEVEL]);
}

/* Values that the verifier knows are part of the claim. */
static void known_rows_count(void) {
    run r = new_run(&cases[CASE_PARTS]);
    prove(&r, proof, 0, NULL);
    CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
    size_t at = ((size_t)row_5[0] << r.parts->log2_row) + 17;
    w[at] = mien_f_add(w[at], MIEN_F_ONE);
    CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
}

/* An opening more than a part was made for is refused, and nothing is written. */
static void budgets_hold(void) {
    for (size_t i = 0; i < CASES; i++) {
        mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
        run r = new_run(&cases[i]);
        commit(&r, parts, 0, NULL);
        CHECK_INT(open_all(&r, parts, proof, 0, NULL), MIEN_OK);
        CHECK_INT(open_all(&r, parts, proof, 0, NULL), MIEN_ARGUMENT);
        CHECK_INT(r.length, MIEN_K_BYTES);
    }
}

/* Weights are opened by three proofs, each with a frame and a mask of its own, not by a fourth; the
 * count goes on after they are made again. */
static void parts_with_a_budget(void) {
    mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
    mien_machine machine = {mien_field_kernels_at(0), mien_sum_kernels_at(0), NULL};
    mien_tensor_secret secret = {.opened = 0};
    uint8_t root[32], stored[MIEN_TENSOR_SECRET_BYTES];
    run r = new_run(&cases[CASE_PARTS]);
    harness_random_bytes(secret.seed, sizeof secret.seed);
    for (int i = 0; i < 4; i++) {
        harness_random_bytes(r.seed, sizeof r.seed);
        commit(&r, parts, 0, NULL);
        CHECK_INT(mien_tensor_commit_again(&parts[1], r.roots[1], w, &three_parts[1], &secret,
                                           memory[1], PART_MEMORY, &machine,
                                           mien_hash_kernels_at(0), NULL),
                  MIEN_OK);
        if (i == 0) memcpy(root, r.roots[1], 32);
        CHECK_BYTES(root, r.roots[1], 32);
        CHECK_INT(open_all(&r, parts, proof, 0, NULL), i < 3 ? MIEN_OK : MIEN_ARGUMENT);
        if (i < 3) CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
        secret.opened = parts[1].opened;
        mien_tensor_secret_encode(stored, &secret);
        memset(&secret, 0, sizeof secret);
        CHECK_INT(mien_tensor_secret_decode(&secret, stored), MIEN_OK);
    }
    CHECK_INT(secret.opened, 3);
    stored[0] ^= 1;
    CHECK_INT(mien_tensor_secret_decode(&secret, stored), MIEN_FORMAT);
    CHECK_INT(secret.opened, 0);
}

/* One seed, two vectors: nothing of the randomness is shared. */
static void seeds_are_bound_to_values(void) {
    static mien_f kept[64];
    mien_tensor_commitment c;
    mien_machine machine = {mien_field_kernels_at(0), mien_sum_kernels_at(0), NULL};
    mien_tensor_secret secret = {.opened = 0};
    uint8_t salts[64];
    run r = new_run(&cases[CASE_PARTS]);
    (void)r;
    for (int i = 0; i < 2; i++) {
        REQUIRE(mien_tensor_commit_again(&c, r.roots[0], w, &three_parts[0], &secret, memory[0],
                                         PART_MEMORY, &machine, mien_hash_kernels_at(0),
                                         NULL) == MIEN_OK);
        if (i == 1) {
            CHECK(memcmp(salts, c.salts, sizeof salts) != 0);
            for (size_t j = 0; j < 16; j++) CHECK(!mien_f_equal(kept[j], c.randomness[j]));
        }
        memcpy(kept, c.randomness, 16 * sizeof *kept);
        memcpy(salts, c.salts, sizeof salts);
        w[127] = mien_f_add(w[127], MIEN_F_ONE);
    }
    CHECK_INT(mien_tensor_commit_again(&c, r.roots[0], w, &three_parts[2], &secret, memory[0],
                                       PART_MEMORY, &machine, mien_hash_kernels_at(0), NULL),
              MIEN_ARGUMENT);
}

/* Prover and verifier in blocks of just the size that they asked for, the bytes behind a proof not
 * there: the sanitizers see every step beyond. */
static void memory_is_as_large_as_said(void) {
    for (size_t i = 0; i < CASES; i++) {
        run r = new_run(&cases[i]);
        mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
        void *blocks[MIEN_TENSOR_PARTS_MAX];
        mien_machine machine = mien_machine_best(two);
        mien_random_seeded_state state;
        mien_random random = mien_random_seeded(&state, r.seed);
        for (size_t k = 0; k < cases[i].count; k++) {
            size_t size = mien_tensor_memory_size(&cases[i].parts[k], 2);
            blocks[k] = aligned_alloc(64, size);
            REQUIRE(blocks[k] != NULL);
            CHECK_INT(mien_tensor_commit(&parts[k], r.roots[k], w, &cases[i].parts[k], blocks[k],
                                         size - 1, &machine, mien_hash_kernels_best(), &random,
                                         NULL),
                      MIEN_ARGUMENT);
            CHECK_INT(mien_tensor_commit(&parts[k], r.roots[k], w, &cases[i].parts[k], blocks[k],
                                         size, &machine, mien_hash_kernels_best(), &random, NULL),
                      MIEN_OK);
        }
        CHECK_INT(open_all(&r, parts, proof, 0, two), MIEN_OK);
        size_t needed = mien_tensor_parts_verify_workspace_size(r.parts, cases[i].count);
        uint8_t *exact = malloc(r.length), *space = aligned_alloc(64, needed);
        REQUIRE(exact != NULL && space != NULL);
        memcpy(exact, proof, r.length);
        CHECK_INT(verify_in(&r, exact, r.length, space, needed), MIEN_OK);
        CHECK_INT(verify_in(&r, exact, r.length, space, needed - 1), MIEN_ARGUMENT);
        for (size_t k = 0; k < cases[i].count; k++) free(blocks[k]);
        free(exact);
        free(space);
    }
}

/* ---- frames */
enum { SITES = 30, CHANNELS = 3, FRAME_ROW = 0 };
static _Alignas(64) uint8_t frame_memory[PART_MEMORY];
static const mien_frame_layout layout = {
    .sites = SITES, .channels = CHANNELS, .log2_row = 7, .log2_columns = 9, .queries = 16};

/* The frame's row of w is made by whoever has the camera; the proof takes it as a part. */
static run framed_run(mien_frame *frame, int16_t *values, mien_tensor_commitment *parts,
                      mien_tensor_secret *secret) {
    mien_machine machine = {mien_field_kernels_at(0), mien_sum_kernels_at(0), NULL};
    run r = new_run(&cases[CASE_PARTS]);
    memset(w, 0, 128 * sizeof *w);
    for (size_t i = 0; i < SITES * CHANNELS; i++) {
        values[i] = (int16_t)((int)harness_random_below(256) - 128);
        w[i / CHANNELS * 4 + i % CHANNELS] = mien_f_from_i32(values[i]);
    }
    r.value = mien_multilinear_f(scratch_k, w, r.point, r.parts->log2_size);
    commit(&r, parts, 0, NULL);
    harness_random_bytes(secret->seed, sizeof secret->seed);
    secret->opened = 0;
    size_t size = mien_frame_memory_size(&layout, 1);
    CHECK(size > 0 && size <= sizeof frame_memory);
    CHECK_INT(mien_frame_commit(frame, r.roots[0], values, &layout, secret, frame_memory, size,
                                &machine, mien_hash_kernels_at(0), NULL),
              MIEN_OK);
    return r;
}

static void frames_committed_beforehand(void) {
    static mien_frame frame;
    static int16_t values[SITES * CHANNELS];
    static uint32_t rows[1];
    mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
    mien_tensor_secret secret;
    run r = framed_run(&frame, values, parts, &secret);
    CHECK_INT(mien_frame_row_count(&layout), 1);
    CHECK_INT(mien_frame_part(&r.parts[0], rows, &layout, FRAME_ROW, &three_parts[2]), MIEN_OK);
    CHECK_INT(mien_frame_place(&frame, FRAME_ROW, &three_parts[2]), MIEN_OK);
    parts[0] = frame.tensor;
    CHECK_INT(open_all(&r, parts, proof, 0, NULL), MIEN_OK);
    CHECK_INT(verify(&r, proof, r.length), MIEN_OK);
    CHECK_INT(open_all(&r, parts, other, 0, NULL), MIEN_ARGUMENT); /* C_x serves one proof */

    /* The state that was stored says so too. */
    mien_machine machine = {mien_field_kernels_at(0), mien_sum_kernels_at(0), NULL};
    uint8_t root[32];
    secret.opened = parts[0].opened;
    CHECK_INT(mien_frame_commit(&frame, root, values, &layout, &secret, frame_memory,
                                sizeof frame_memory, &machine, mien_hash_kernels_at(0), NULL),
              MIEN_OK);
    CHECK_BYTES(root, r.roots[0], 32);
    CHECK_INT(mien_frame_place(&frame, FRAME_ROW, &three_parts[2]), MIEN_OK);
    commit(&r, parts, 0, NULL);
    parts[0] = frame.tensor;
    CHECK_INT(open_all(&r, parts, other, 0, NULL), MIEN_ARGUMENT);
}

/* Another frame under the same C_x; C_x of another frame; the frame's row taken elsewhere. */
static void other_frames_are_refused(void) {
    static mien_frame frame;
    static int16_t values[SITES * CHANNELS];
    static uint32_t rows[1];
    for (int cheat = 0; cheat < 4; cheat++) {
        mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
        mien_tensor_secret secret;
        run r = framed_run(&frame, values, parts, &secret);
        CHECK_INT(mien_frame_part(&r.parts[0], rows, &layout, FRAME_ROW, &three_parts[2]), MIEN_OK);
        uint32_t place = cheat == 3 ? 5 : FRAME_ROW;
        CHECK_INT(mien_frame_place(&frame, place, &three_parts[2]), MIEN_OK);
        parts[0] = frame.tensor;
        if (cheat == 1) { /* w holds another frame, and the value is that of w */
            frame.values[5] = mien_f_add(frame.values[5], MIEN_F_ONE);
            w[5] = frame.values[5];
            r.value = mien_multilinear_f(scratch_k, w, r.point, r.parts->log2_size);
        }
        if (cheat == 2) { /* the same, and the row in the tree is as it was */
            w[5] = mien_f_add(w[5], MIEN_F_ONE);
            r.value = mien_multilinear_f(scratch_k, w, r.point, r.parts->log2_size);
        }
        CHECK_INT(open_all(&r, parts, proof, 0, NULL), MIEN_OK);
        CHECK_INT(verify(&r, proof, r.length), cheat == 0 ? MIEN_OK : MIEN_PROOF_INVALID);
    }
}

static void frame_layouts_are_checked(void) {
    mien_frame_layout bad = layout;
    bad.channels = 0;
    CHECK_INT(mien_frame_row_count(&bad), 0);
    CHECK_INT(mien_frame_memory_size(&bad, 1), 0);
    bad = layout;
    bad.sites = UINT32_MAX;
    CHECK_INT(mien_frame_row_count(&bad), 0);
    bad = layout;
    bad.log2_row = 3;
    CHECK_INT(mien_frame_row_count(&bad), 0);
    bad = layout;
    bad.sites = 33; /* 33 x 4 values */
    CHECK_INT(mien_frame_row_count(&bad), 2);
    mien_tensor_shape part;
    uint32_t rows[2];
    CHECK_INT(mien_frame_part(&part, rows, &bad, 6, &three_parts[2]), MIEN_OK);
    CHECK_INT(mien_frame_part(&part, rows, &bad, 7, &three_parts[2]), MIEN_ARGUMENT);
    bad.queries++;
    CHECK_INT(mien_frame_part(&part, rows, &bad, 0, &three_parts[2]), MIEN_ARGUMENT);
}

/* ---- shapes */
static void shapes_are_checked(void) {
    static const uint32_t twice[] = {1, 1}, down[] = {2, 1}, far[] = {64};
    const mien_tensor_shape good = one_level[0];
    enum { BAD = 15 };
    mien_tensor_shape bad[BAD];
    for (size_t i = 0; i < BAD; i++) bad[i] = good;
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
    bad[12].openings = 2;
    bad[13].tail = 4;
    bad[14].tail = 17;
    CHECK_INT(mien_tensor_shape_check(&good), MIEN_OK);
    for (size_t i = 0; i < BAD; i++) {
        CHECK_INT(mien_tensor_shape_check(&bad[i]), MIEN_ARGUMENT);
        CHECK_INT(mien_tensor_memory_size(&bad[i], 1), 0);
        CHECK_INT(mien_tensor_verify_workspace_size(&bad[i]), 0);
    }
}

static void budgets_and_levels_are_checked(void) {
    mien_tensor_shape good = three_parts[1];
    enum { BAD = 14 };
    mien_tensor_shape bad[BAD];
    for (size_t i = 0; i < BAD; i++) bad[i] = good;
    bad[11].inner[1] = (mien_tensor_inner){7, 9, 5, 1000}; /* longer than the level before */
    bad[12].inner[1] = good.inner[0];                      /* its tree twice */
    bad[13].inner[2] = (mien_tensor_inner){6, 9, 5, 1000}; /* after a gap */
    bad[0].openings = 9;                                   /* 128 + 9 x 16 > 256 */
    bad[1].openings = UINT32_MAX;
    bad[2].openings = 0x10000001u; /* q t = 16 modulo 2^32 */
    bad[3].row_count = 0;
    bad[4].inner[0].log2_row = 5;
    bad[5].inner[0].log2_row = 8;
    bad[6].inner[0].log2_columns = 6;
    bad[7].inner[0].queries = 0;
    bad[8].inner[0].queries = 129;
    bad[9].inner[0].tree = good.tree;
    bad[10].inner[0].log2_row = 0;
    CHECK_INT(mien_tensor_shape_check(&good), MIEN_OK);
    for (size_t i = 0; i < BAD; i++) CHECK_INT(mien_tensor_shape_check(&bad[i]), MIEN_ARGUMENT);
}

static void parts_are_checked(void) {
    enum { BAD = 12 };
    mien_tensor_shape bad[BAD][MIEN_TENSOR_PARTS_MAX + 1];
    for (size_t i = 0; i < BAD; i++) memcpy(bad[i], three_parts, sizeof three_parts);
    bad[0][0].log2_size = 11;
    bad[1][0].log2_row = 6;
    bad[2][0].log2_columns = 10;
    bad[3][0].queries = 15;
    bad[4][0].grinding_bits = 1;
    bad[5][0].tree = bad[5][2].tree;
    bad[6][0].tail = 49;
    bad[7][0].rows = rows_3_6, bad[7][0].row_count = 1; /* a row twice */
    bad[8][0].unmasked = false;                         /* two masks */
    bad[9][2].unmasked = true;                          /* none */
    bad[10][0].inner[0].queries = 15;
    bad[11][0].inner[0].tree = 78;
    CHECK_INT(mien_tensor_parts_check(three_parts, 3), MIEN_OK);
    for (size_t i = 0; i < BAD; i++) {
        CHECK_INT(mien_tensor_parts_check(bad[i], 3), MIEN_ARGUMENT);
        CHECK_INT(mien_tensor_parts_verify_workspace_size(bad[i], 3), 0);
    }
    CHECK_INT(mien_tensor_parts_check(three_parts, 0), MIEN_ARGUMENT);
    CHECK_INT(mien_tensor_parts_check(bad[0], MIEN_TENSOR_PARTS_MAX + 1), MIEN_ARGUMENT);
}

int main(void) {
    if (mien_pool_create(&two, 2) != MIEN_OK) return 1;
    RUN(openings_verify);
    RUN(every_byte_changed);
    RUN(other_statements);
    RUN(known_rows_count);
    RUN(budgets_hold);
    RUN(memory_is_as_large_as_said);
    RUN(parts_with_a_budget);
    RUN(seeds_are_bound_to_values);
    RUN(frames_committed_beforehand);
    RUN(other_frames_are_refused);
    RUN(frame_layouts_are_checked);
    RUN(shapes_are_checked);
    RUN(budgets_and_levels_are_checked);
    RUN(parts_are_checked);
    mien_pool_destroy(two);
    return harness_end();
}
