/* SPDX-License-Identifier: MIT */
/* Provers of the long commitment that cheat in one step and are honest in the rest: every cheat of
 * the list is refused, in every case that has the step. A cheat that meets no case fails the test.
 */
/* With the name of a file as argument, every proof and what a verifier is told about it is written
 * there too, a line of JSON each, for tests/reference/compare_openings.py. */
#include "prover/commitment/choose.h"
#include "tests/prover/commitment_sample.h"

static run *current;
static FILE *list;
static const char *playing = "none";

/* ---- what the prover holds no longer is what is under its root */
static mien_tensor_commitment *masked(mien_tensor_commitment *parts) {
    return &parts[current->of->masked];
}
static void bump(mien_f *element) {
    *element = mien_f_add(*element, MIEN_F_ONE);
}
/* The last row of a part, in a copy of w that is now the part's own. */
static mien_f *last_value(mien_tensor_commitment *c) {
    static mien_f copy[MIEN_TENSOR_PARTS_MAX][SIZE];
    mien_f *own = copy[c->shape.tree % MIEN_TENSOR_PARTS_MAX];
    memcpy(own, w, sizeof copy[0]);
    c->w = own;
    return own + ((size_t)c->shape.rows[c->shape.row_count - 1] << c->shape.log2_row);
}

static bool false_mask(mien_tensor_commitment *parts) {
    bump(masked(parts)->mask);
    return true;
}
static bool false_mask_tail(mien_tensor_commitment *parts) {
    bump(masked(parts)->mask + mien_tensor_length(&masked(parts)->shape) - 1);
    return true;
}
static bool false_randomness(mien_tensor_commitment *parts) {
    if (parts[0].shape.row_count == 0) return false;
    bump(parts[0].randomness);
    return true;
}
static bool false_vector(mien_tensor_commitment *parts) {
    if (masked(parts)->shape.row_count == 0) return false;
    bump(last_value(masked(parts)));
    return true;
}
/* A frame, or weights, that are not those registered. */
static bool false_other_part(mien_tensor_commitment *parts) {
    bool there = false;
    for (size_t p = 0; p < current->of->count; p++) {
        if (p == current->of->masked) continue;
        bump(last_value(&parts[p]));
        there = true;
    }
    return there;
}
/* The value follows the false vector: all is right but the columns. */
static bool false_vector_and_value(mien_tensor_commitment *parts) {
    if (!false_other_part(parts) && !false_vector(parts)) return false;
    for (size_t p = 0; p < current->of->count; p++)
        for (uint32_t i = 0; i < parts[p].shape.row_count; i++) {
            size_t at = (size_t)parts[p].shape.rows[i] << parts[p].shape.log2_row;
            memcpy(w + at, parts[p].w + at, sizeof *w << parts[p].shape.log2_row);
        }
    current->value = mien_multilinear_f(scratch_k, w, current->point, current->parts->log2_size);
    return true;
}

static void hash_again(mien_tensor_commitment *c, uint8_t root[32]) {
    size_t columns = (size_t)1 << c->shape.log2_columns;
    mien_merkle_leaves(&mien_hash_kernels_portable, c->nodes, c->shape.tree, 0, columns, c->salts,
                       c->codewords, mien_tensor_column_elements(&c->shape), columns);
    mien_merkle_build(c->nodes, c->shape.tree, c->shape.log2_columns);
    memcpy(root, mien_merkle_root(c->nodes, c->shape.log2_columns), 32);
}
static void randomise(mien_tensor_commitment *c, size_t element, size_t step) {
    size_t columns = (size_t)1 << c->shape.log2_columns;
    for (size_t i = 0; i < columns; i += step)
        c->codewords[(element / MIEN_LANES * columns + i) * MIEN_LANES + element % MIEN_LANES] =
            random_f();
}
/* Words that are far from the code under a right root: only the degree gives them away. */
static bool row_off_the_code(mien_tensor_commitment *parts) {
    if (parts[0].shape.row_count == 0) return false;
    randomise(&parts[0], 0, 1);
    hash_again(&parts[0], current->roots[0]);
    return true;
}
static bool half_of_a_row_off_the_code(mien_tensor_commitment *parts) {
    if (parts[0].shape.row_count == 0 || parts[0].shape.queries < 16) return false;
    randomise(&parts[0], 0, 2);
    hash_again(&parts[0], current->roots[0]);
    return true;
}
static bool mask_off_the_code(mien_tensor_commitment *parts) {
    mien_tensor_commitment *c = masked(parts);
    randomise(c, c->shape.row_count + 2, 1);
    hash_again(c, current->roots[current->of->masked]);
    return true;
}
/* A polynomial of degree m + tail, rightly encoded: its last coefficient is nowhere in u. */
static bool degree_too_high(mien_tensor_commitment *parts) {
    mien_tensor_commitment *c = masked(parts);
    size_t columns = (size_t)1 << c->shape.log2_columns, element = c->shape.row_count;
    size_t degree = mien_tensor_length(&c->shape);
    if (mien_tensor_inner_count(&c->shape) > 0) /* past what the inner matrix can hold */
        degree = (size_t)mien_tensor_inner_rows(&c->shape, 0) << c->shape.inner[0].log2_row;
    for (uint32_t i = 0; i < columns; i++) {
        mien_f x = mien_ntt_point(c->shape.log2_columns, MIEN_F_GENERATOR, i);
        mien_f *at =
            &c->codewords[(element / MIEN_LANES * columns + i) * MIEN_LANES + element % MIEN_LANES];
        *at = mien_f_add(*at, mien_f_power(x, (uint32_t)degree));
    }
    hash_again(c, current->roots[current->of->masked]);
    return true;
}
static bool column_altered(mien_tensor_commitment *parts) {
    mien_tensor_commitment *c = masked(parts);
    size_t columns = (size_t)1 << c->shape.log2_columns;
    for (size_t i = 0; i < columns; i++) bump(&c->codewords[i * MIEN_LANES]);
    return true;
}
static bool salts_altered(mien_tensor_commitment *parts) {
    for (size_t i = 0; i < (size_t)32 << parts[0].shape.log2_columns; i++) parts[0].salts[i] ^= 1;
    return true;
}
static bool value_false(mien_tensor_commitment *parts) {
    (void)parts;
    current->value = mien_k_add(current->value, MIEN_K_ONE);
    return true;
}
static bool roots_swapped(mien_tensor_commitment *parts) {
    uint8_t kept[32];
    (void)parts;
    if (current->of->count < 2) return false;
    memcpy(kept, current->roots[0], 32);
    memcpy(current->roots[0], current->roots[1], 32);
    memcpy(current->roots[1], kept, 32);
    return true;
}
/* Rows counted elsewhere than the verifier does. */
static bool rows_moved(mien_tensor_commitment *parts) {
    static uint32_t moved[64];
    mien_tensor_shape *shape = &parts[0].shape;
    if (shape->row_count == 0 || shape->log2_size == shape->log2_row) return false;
    memcpy(moved, shape->rows, shape->row_count * sizeof *moved);
    uint32_t last = (1u << (shape->log2_size - shape->log2_row)) - 1;
    if (moved[shape->row_count - 1] == last) return false;
    moved[shape->row_count - 1]++;
    for (size_t p = 1; p < current->of->count; p++)
        for (uint32_t i = 0; i < parts[p].shape.row_count; i++)
            if (parts[p].shape.rows[i] == moved[shape->row_count - 1]) return false;
    shape->rows = moved;
    return true;
}

#define COMMITMENT_CHEATS(X)                                                                       \
    X(false_mask)                                                                                  \
    X(false_mask_tail)                                                                             \
    X(false_randomness)                                                                            \
    X(false_vector)                                                                                \
    X(false_other_part)                                                                            \
    X(false_vector_and_value)                                                                      \
    X(row_off_the_code)                                                                            \
    X(half_of_a_row_off_the_code)                                                                  \
    X(mask_off_the_code)                                                                           \
    X(degree_too_high)                                                                             \
    X(column_altered)                                                                              \
    X(salts_altered)                                                                               \
    X(value_false)                                                                                 \
    X(roots_swapped)                                                                               \
    X(rows_moved)

/* ---- what the prover does on the way; each changes one thing at one step of one level */
typedef struct interference {
    mien_tensor_step step;
    unsigned level;
    void (*change)(const mien_tensor_view *view);
} interference;

static void bump_k(mien_k_block *vector, size_t i) {
    mien_k_block_set(vector, i, mien_k_add(mien_k_block_get(vector, i), MIEN_K_ONE));
}
static size_t length_of(unsigned level) {
    return mien_tensor_inner_length(current->parts, level);
}
static void first_coefficient(const mien_tensor_view *view) {
    bump_k(view->u, 0);
}
static void last_coefficient(const mien_tensor_view *view) {
    bump_k(view->u, length_of(view->level) - 1);
}
/* In the row of u that holds the tail, behind it. */
static void behind_the_tail(const mien_tensor_view *view) {
    bump_k(view->u, length_of(0));
}
static void whole_vector(const mien_tensor_view *view) {
    for (size_t i = 0; i < length_of(view->level); i++) mien_k_block_set(view->u, i, random_k());
}
static void z_altered(const mien_tensor_view *view) {
    *view->z = mien_k_add(*view->z, MIEN_K_ONE);
}
static void functional_altered(const mien_tensor_view *view) {
    bump_k(view->l, 1);
}
static void row_altered(const mien_tensor_view *view) {
    bump_k(view->row, 0);
}
static void row_altered_at_its_end(const mien_tensor_view *view) {
    bump_k(view->row, length_of(view->level + 1) - 1);
}
/* The inner codewords, hashed again: far from the code, or not the u that follows. */
static void inner_word(const mien_tensor_view *view, size_t step) {
    const mien_tensor_matrix *matrix = view->inner;
    size_t columns = (size_t)1 << matrix->log2_columns;
    for (size_t i = 0; i < columns; i += step) matrix->codewords[i * MIEN_LANES] = random_f();
    static const uint8_t no_salts[32 << 12];
    mien_merkle_leaves(&mien_hash_kernels_portable, matrix->nodes, matrix->tree, 0, columns,
                       no_salts, matrix->codewords, matrix->elements, columns);
    mien_merkle_build(matrix->nodes, matrix->tree, matrix->log2_columns);
}
static void inner_word_off_the_code(const mien_tensor_view *view) {
    inner_word(view, 1);
}
static void inner_word_half_off_the_code(const mien_tensor_view *view) {
    inner_word(view, 2);
}
static void inner_column_altered(const mien_tensor_view *view) {
    size_t columns = (size_t)1 << view->inner->log2_columns;
    for (size_t i = 0; i < columns; i++) bump(&view->inner->codewords[i * MIEN_LANES + 1]);
}

#define INTERFERENCES(X)                                                                           \
    X(RESPONSE, first_coefficient)                                                                 \
    X(RESPONSE, last_coefficient)                                                                  \
    X(RESPONSE, behind_the_tail)                                                                   \
    X(RESPONSE, whole_vector)                                                                      \
    X(ENCODED, first_coefficient)                                                                  \
    X(ENCODED, inner_word_off_the_code)                                                            \
    X(ENCODED, inner_word_half_off_the_code)                                                       \
    X(ENCODED, inner_column_altered)                                                               \
    X(VALUE, z_altered)                                                                            \
    X(SUMCHECK, first_coefficient)                                                                 \
    X(SUMCHECK, last_coefficient)                                                                  \
    X(SUMCHECK, whole_vector)                                                                      \
    X(SUMCHECK, functional_altered)                                                                \
    X(ROW, row_altered)                                                                            \
    X(ROW, row_altered_at_its_end)

static bool interfered;
static void interfere(void *context, mien_tensor_step step, const mien_tensor_view *view) {
    const interference *how = context;
    if (step != how->step || view->level != how->level) return;
    how->change(view);
    interfered = true;
}

/* ---- the list */
static void write_hex(const char *name, const uint8_t *bytes, size_t length) {
    fprintf(list, ", \"%s\": \"", name);
    for (size_t i = 0; i < length; i++) fprintf(list, "%02x", bytes[i]);
    fprintf(list, "\"");
}
static void write_k(const char *name, const mien_k *values, size_t count) {
    uint8_t bytes[32 * MIEN_K_BYTES];
    for (size_t i = 0; i < count; i++) mien_k_to_bytes(bytes + i * MIEN_K_BYTES, values[i]);
    write_hex(name, bytes, count * MIEN_K_BYTES);
}
static void write_shape(const mien_tensor_shape *s) {
    fprintf(list, "{\"sizes\": [%u, %u, %u, %u, %u], ", s->log2_size, s->log2_row, s->log2_columns,
            s->queries, s->grinding_bits);
    fprintf(list, "\"tree\": %u, \"openings\": %u, \"tail\": %u, \"mask\": %d, \"inner\": [",
            s->tree, s->openings > 1 ? s->openings : 1, mien_tensor_tail(s), !s->unmasked);
    for (unsigned i = 0; i < mien_tensor_inner_count(s); i++)
        fprintf(list, "%s[%u, %u, %u, %u]", i > 0 ? ", " : "", s->inner[i].log2_row,
                s->inner[i].log2_columns, s->inner[i].queries, s->inner[i].tree);
    fprintf(list, "], \"rows\": [");
    for (uint32_t i = 0; i < s->row_count && s->rows != NULL; i++)
        fprintf(list, "%s%u", i > 0 ? ", " : "", s->rows[i]);
    fprintf(list, "], \"row_count\": %u}", s->row_count);
}
static void write_case(const run *r, mien_status status) {
    mien_k known = known_value(r);
    if (list == NULL) return;
    fprintf(list, "{\"name\": \"%s\", \"accept\": %d, \"parts\": [", playing, status == MIEN_OK);
    for (size_t i = 0; i < r->of->count; i++) {
        if (i > 0) fprintf(list, ", ");
        write_shape(&r->parts[i]);
    }
    fprintf(list, "]");
    write_hex("roots", r->roots[0], r->of->count * 32);
    write_k("point", r->point, r->parts->log2_size);
    write_k("known", &known, 1);
    write_hex("proof", proof, r->length);
    fprintf(list, "}\n");
}

static void write_goal(const mien_tensor_goal *goal) {
    mien_tensor_shape shape;
    mien_status status = mien_tensor_choose(&shape, 5, goal);
    fprintf(list, "{\"goal\": [%u, %u, %u, %u, %u, %u, %u, %u], \"spans\": [", goal->log2_size,
            goal->bits, goal->grinding_bits, goal->log2_inverse_rate, (unsigned)goal->encoded_most,
            goal->log2_row_max, goal->other_parts, goal->openings);
    for (size_t i = 0; i < goal->span_count; i++)
        fprintf(list, "%s[%u, %u]", i > 0 ? ", " : "", (unsigned)goal->spans[i].first,
                (unsigned)goal->spans[i].end);
    fprintf(list, "], \"found\": %d, \"shape\": ", status == MIEN_OK);
    write_shape(&shape);
    fprintf(list, "}\n");
}

static void write_random_goal(void) {
    mien_tensor_span spans[4];
    mien_tensor_goal goal = {.log2_size = 6 + (unsigned)harness_random_below(16), .spans = spans};
    uint64_t from = 0, size = UINT64_C(1) << goal.log2_size;
    while (goal.span_count < 4 && from < size) {
        mien_tensor_span *span = &spans[goal.span_count++];
        span->first = from + harness_random_below(size - from);
        span->end = span->first + 1 + harness_random_below(size - span->first);
        from = span->end + 1;
    }
    goal.grinding_bits = (unsigned)harness_random_below(11);
    goal.bits = 20 + (unsigned)harness_random_below(110) + goal.grinding_bits;
    goal.log2_inverse_rate = 2 + (unsigned)harness_random_below(3);
    goal.encoded_most = harness_random_below(1 << 21);
    goal.log2_row_max = 4 + (unsigned)harness_random_below(13);
    goal.other_parts = (uint32_t)harness_random_below(3);
    goal.openings = 1 + (uint32_t)harness_random_below(3);
    write_goal(&goal);
}

/* Shapes that are chosen: for a vector of seven million values, then for random ones. */
static void write_choices(void) {
    const mien_tensor_span all = {0, 7 << 20};
    const mien_tensor_goal large = {.log2_size = 23,
                                    .spans = &all,
                                    .span_count = 1,
                                    .bits = 111,
                                    .grinding_bits = 10,
                                    .log2_inverse_rate = 2,
                                    .encoded_most = 1 << 21,
                                    .log2_row_max = 16,
                                    .openings = 1};
    write_goal(&large);
    for (int i = 0; i < 39; i++) write_random_goal();
}

/* ---- running them */
typedef bool (*commitment_cheat)(mien_tensor_commitment *parts);

static mien_status prove_and_verify(run *r, commitment_cheat cheat) {
    mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
    current = r;
    commit(r, parts, 0, NULL);
    interfered = cheat != NULL && cheat(parts);
    CHECK_INT(open_all(r, parts, proof, 0, NULL), MIEN_OK);
    mien_status status = verify(r, proof, r->length);
    write_case(r, status);
    return status;
}

static void check_commitment_cheat(const char *name, commitment_cheat cheat) {
    int met = 0;
    playing = name;
    for (size_t i = 0; i < CASES; i++) {
        run r = new_run(&cases[i]);
        mien_status status = prove_and_verify(&r, cheat);
        if (!interfered) {
            CHECK_INT(status, MIEN_OK);
            continue;
        }
        if (status != MIEN_PROOF_INVALID) printf("  %s accepted in case %zu\n", name, i);
        CHECK_INT(status, MIEN_PROOF_INVALID);
        met++;
    }
    if (met == 0) printf("  %s met no case\n", name);
    CHECK(met > 0);
}

static bool room_behind_the_tail(const mien_tensor_shape *shape) {
    if (mien_tensor_inner_count(shape) == 0) return false;
    size_t row = (size_t)1 << shape->inner[0].log2_row;
    return mien_tensor_length(shape) < mien_tensor_inner_rows(shape, 0) * row;
}

static void check_interference(const char *name, mien_tensor_step step,
                               void (*change)(const mien_tensor_view *)) {
    int met = 0;
    playing = name;
    for (size_t i = 0; i < CASES; i++)
        for (unsigned level = 0; level <= mien_tensor_inner_count(cases[i].parts); level++) {
            run r = new_run(&cases[i]);
            interference how = {step, level, change};
            if (change == behind_the_tail && !room_behind_the_tail(cases[i].parts)) continue;
            r.observer = (struct mien_tensor_observer){interfere, &how};
            mien_status status = prove_and_verify(&r, NULL);
            if (!interfered) continue;
            if (status != MIEN_PROOF_INVALID)
                printf("  %s accepted in case %zu, level %u\n", name, i, level);
            CHECK_INT(status, MIEN_PROOF_INVALID);
            met++;
        }
    if (met == 0) printf("  %s met no case\n", name);
    CHECK(met > 0);
}

static void cheats_about_what_is_committed(void) {
#define X(name) check_commitment_cheat(#name, name);
    COMMITMENT_CHEATS(X)
#undef X
}

static void cheats_on_the_way(void) {
#define X(step, name) check_interference(#step " " #name, MIEN_TENSOR_STEP_##step, name);
    INTERFERENCES(X)
#undef X
}

/* The harness itself: an observer that looks and changes nothing. */
static void nothing(const mien_tensor_view *view) {
    (void)view;
}
static void looking_changes_nothing(void) {
    for (size_t i = 0; i < CASES; i++) {
        run r = new_run(&cases[i]);
        interference how = {MIEN_TENSOR_STEP_RESPONSE, 0, nothing};
        r.observer = (struct mien_tensor_observer){interfere, &how};
        CHECK_INT(prove_and_verify(&r, NULL), MIEN_OK);
        CHECK(interfered);
    }
}

/* v + 1 claimed, and y lowered by the beta that answered the honest y: right if y came after beta.
 */
static void mask_value_after_beta(void) {
    for (size_t i = 0; i < CASES; i++) {
        run r = new_run(&cases[i]);
        mien_transcript transcript;
        mien_k beta, y;
        r.value = mien_k_add(r.value, MIEN_K_ONE);
        CHECK_INT(prove_and_verify(&r, NULL), MIEN_PROOF_INVALID);
        begin(&transcript, &r);
        mien_transcript_k(&transcript, "value", proof, 1);
        mien_transcript_k(&transcript, "mask value", proof + MIEN_K_BYTES, 1);
        mien_transcript_draw_k(&transcript, "beta", &beta, 1);
        REQUIRE(mien_k_from_bytes(&y, proof + MIEN_K_BYTES) == MIEN_OK);
        mien_k_to_bytes(proof + MIEN_K_BYTES, mien_k_sub(y, beta));
        CHECK_INT(verify(&r, proof, r.length), MIEN_PROOF_INVALID);
    }
}

/* The parts' bytes of an honest proof change places. */
static void parts_out_of_order(void) {
    run r = new_run(&cases[CASE_PARTS]), swapped = r;
    CHECK_INT(prove_and_verify(&r, NULL), MIEN_OK);
    swapped = r;
    swapped.parts[0] = r.parts[1];
    swapped.parts[1] = r.parts[0];
    memcpy(swapped.roots[0], r.roots[1], 32);
    memcpy(swapped.roots[1], r.roots[0], 32);
    CHECK(verify(&swapped, proof, r.length) != MIEN_OK);
}

/* A proof of one vector is none of another with the same roots' places. */
static void proofs_do_not_move(void) {
    run second = new_run(&cases[CASE_PARTS]), r = new_run(&cases[CASE_PARTS]);
    CHECK_INT(prove_and_verify(&r, NULL), MIEN_OK);
    memcpy(second.point, r.point, sizeof r.point);
    memcpy(second.roots, r.roots, sizeof r.roots);
    memcpy(second.roots[0], second.roots[2], 32); /* C_x of something else */
    CHECK(verify(&second, proof, r.length) != MIEN_OK);
}

int main(int argc, char **argv) {
    if (argc == 2 && (list = fopen(argv[1], "w")) == NULL) return 2;
    if (list != NULL) write_choices();
    RUN(looking_changes_nothing);
    RUN(cheats_about_what_is_committed);
    RUN(cheats_on_the_way);
    if (list != NULL && fclose(list) != 0) return 2;
    list = NULL;
    RUN(mask_value_after_beta);
    RUN(parts_out_of_order);
    RUN(proofs_do_not_move);
    return harness_end();
}
