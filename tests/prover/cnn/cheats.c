/* SPDX-License-Identifier: MIT */
/* Provers of face that cheat at each of their steps: every one is refused, and a step that nobody
 * cheats at fails the test. Tests of the parts have more: range_argument, commitment_cheats, pads,
 * soundness. */
#include "tests/prover/cnn/statement_sample.h"

/* X(name, step): `step` is one of MIEN_INFERENCE_STEPS or one of those below. */
#define CHEATS(X)                                                                                  \
    X(witness_output, WITNESS)       /* an activation */                                           \
    X(witness_remainder, WITNESS)    /* a remainder, within its range */                           \
    X(witness_range, WITNESS)        /* a remainder of 2^s, and the output that goes with it */    \
    X(witness_modulus, WITNESS)      /* a remainder moved by p / 2^s and more */                   \
    X(witness_pixel, WITNESS)        /* a pixel outside of its range */                            \
    X(witness_count, WITNESS)        /* a row counted once more */                                 \
    X(witness_counts_moved, WITNESS) /* a use moved to the next row */                             \
    X(witness_negative, WITNESS)     /* all counts negated */                                      \
    X(pad, PADS)                     /* a pad that is not the one that was committed to */         \
    X(pads_swapped, PADS)                                                                          \
    X(embedding_row, MATCH)    /* e of the match circuit, one entry */                             \
    X(match_bit, MATCH)        /* a boolean of the match circuit */                                \
    X(id, COLUMNS)             /* a leaf under another table's id */                               \
    X(first, COLUMNS)          /* another quotient in the leaves than in w */                      \
    X(second, COLUMNS)         /* another output in the leaves than in w */                        \
    X(point_of_leaves, LEAVES) /* claims of the tree moved to another point */                     \
    X(numerator, TABLES)       /* other counts in the tree than in w */                            \
    X(denominator, TABLES)     /* a row of a table that is none */                                 \
    X(point_of_rows, ROWS)                                                                         \
    X(functional, FUNCTIONAL)                 /* L of another network */                           \
    X(functional_shifted, FUNCTIONAL)         /* delta shifted by one position */                  \
    X(end_point, END)                         /* opened elsewhere */                               \
    X(weights_constant, WEIGHTS_CONSTANT)     /* hidden weights: what biases add to the claim */   \
    X(weights_share, WEIGHTS_SHARE)           /* what weights add to L(r*) */                      \
    X(weights_share_of_others, WEIGHTS_SHARE) /* both moved, as other weights would */             \
    X(weights_functional, WEIGHTS_FUNCTIONAL)                                                      \
    X(weights_moved, WEIGHTS_FUNCTIONAL) /* V shifted: digits of the neighbour */                  \
    X(weights_end_point, WEIGHTS_END)    /* opened elsewhere */                                    \
    X(model_weight, MODEL)               /* the root of a model with another weight */             \
    X(model_bias, MODEL)                 /* with another bias */                                   \
    X(model_only_root, MODEL)            /* proved with the weights of another model */

enum {
    STEP_WITNESS = MIEN_INFERENCE_STEP_COUNT,
    STEP_PADS,
    STEP_MATCH,
    STEP_MODEL,
#define X(name) STEP_##name = MIEN_INFERENCE_STEP_##name,
    MIEN_INFERENCE_STEPS(X)
#undef X
};
typedef enum cheat {
#define X(name, step) CHEAT_##name,
    CHEATS(X)
#undef X
        CHEAT_COUNT
} cheat;
static const struct {
    const char *name;
    int step;
} cheats[] = {
#define X(name, step) {#name, STEP_##step},
    CHEATS(X)
#undef X
};

static cheat now;
static bool done; /* the cheat met a place where it could be played */

static mien_f plus_one(mien_f a) {
    return mien_f_add(a, MIEN_F_ONE);
}

/* Of a random convolution with a shift. */
static const mien_cnn_block *shifted_block(const toy *t) {
    for (;;) {
        const mien_cnn_block *b = &t->plan->blocks[harness_random_below(t->plan->block_count)];
        if (b->kind == MIEN_CNN_BLOCK_OUTPUT && b->shift > 0) return b;
    }
}

static size_t position_in(const mien_cnn_block *b) {
    return b->base + (harness_random_below(b->sites) << b->log2_channels) +
           harness_random_below(b->channels);
}

static void cheat_with_witness(toy *t) {
    const mien_cnn_plan *plan = t->plan;
    const mien_cnn_block *b = shifted_block(t);
    size_t at = position_in(b), half = (size_t)1 << plan->log2_half;
    mien_f scale = mien_f_from_u32(1u << b->shift);
    mien_f *counts = t->w + plan->table_base;
    done = true;
    if (now == CHEAT_witness_output) t->w[at] = plus_one(t->w[at]);
    if (now == CHEAT_witness_remainder) t->w[half + at] = plus_one(t->w[half + at]);
    if (now == CHEAT_witness_range) t->w[half + at] = mien_f_add(t->w[half + at], scale);
    if (now == CHEAT_witness_modulus)
        t->w[half + at] = mien_f_add(t->w[half + at], mien_f_inverse(scale));
    if (now == CHEAT_witness_pixel) t->w[plan->blocks[0].base] = mien_f_from_i32(300);
    if (now == CHEAT_witness_count) counts[5] = plus_one(counts[5]);
    if (now == CHEAT_witness_counts_moved) {
        counts[7] = plus_one(counts[7]);
        counts[8] = mien_f_sub(counts[8], MIEN_F_ONE);
    }
    for (uint32_t i = 0; now == CHEAT_witness_negative && i < plan->table_rows; i++)
        counts[i] = mien_f_neg(counts[i]);
}

static void at_commitment(void *context, mien_k *pads, mien_f *rows) {
    (void)context;
    size_t left = (size_t)MIEN_MATCH_BARE_ROW_LEFT * MIEN_MATCH_SLOTS;
    size_t i = harness_random_below(200);
    done |= cheats[now].step == STEP_PADS || cheats[now].step == STEP_MATCH;
    if (now == CHEAT_pad) pads[i].c[2] = plus_one(pads[i].c[2]);
    if (now == CHEAT_pads_swapped) {
        mien_k kept = pads[i];
        pads[i] = pads[i + 1];
        pads[i + 1] = kept;
    }
    if (now == CHEAT_embedding_row) rows[left + 3] = plus_one(rows[left + 3]);
    if (now == CHEAT_match_bit)
        rows[(size_t)MIEN_MATCH_BARE_ROW_LEFT * MIEN_MATCH_SLOTS - 40] = mien_f_from_u32(2);
}

static void disturb(mien_k *a) {
    a->c[harness_random_below(MIEN_K_DEGREE)].m ^= 1;
    for (int i = 0; i < MIEN_K_DEGREE; i++)
        if (a->c[i].m >= MIEN_F_MODULUS) a->c[i].m = 0;
}

static void disturb_at(mien_k_block *vector, size_t i) {
    mien_k value = mien_k_block_get(vector, i);
    mien_k_block_set(vector, i, mien_k_add(value, MIEN_K_ONE));
}

static void at_step_of_weights(mien_inference_view *view) {
    if (now == CHEAT_weights_constant) disturb(&view->constant);
    if (now == CHEAT_weights_share) disturb(&view->share);
    if (now == CHEAT_weights_share_of_others) {
        disturb(&view->share);
        disturb(&view->value);
    }
    if (now == CHEAT_weights_functional) disturb_at(view->functional, 5);
    for (size_t i = 0; now == CHEAT_weights_moved && i < 40; i++)
        mien_k_block_set(view->functional, i, mien_k_block_get(view->functional, i + 1));
    if (now == CHEAT_weights_end_point) disturb(&view->weights_point[1]);
}

/* The verifier's root is that of other weights than those of the run. */
static void cheat_with_model(sample *s) {
    uint8_t root[32];
    int16_t *weight = &s->net.weights[2][3];
    int32_t *bias = &s->net.bias[1][2];
    done = true;
    if (now != CHEAT_model_bias) *weight = (int16_t)(*weight + 1);
    if (now == CHEAT_model_bias) ++*bias;
    if (now == CHEAT_model_only_root) { /* the verifier's stays, the prover's is another */
        CHECK_INT(commit_weights(s, &s->net, root), MIEN_OK);
        memcpy(s->model.root, s->weights.root, sizeof root);
        return;
    }
    CHECK_INT(commit_weights(s, &s->net, s->weights.root), MIEN_OK);
    name_model(s);
    if (now != CHEAT_model_bias) *weight = (int16_t)(*weight - 1);
    if (now == CHEAT_model_bias) --*bias;
}

static bool about_weights(cheat which) {
    int step = cheats[which].step;
    return step == STEP_MODEL || (step >= STEP_WEIGHTS_CONSTANT && step <= STEP_WEIGHTS_END);
}

static void at_step(void *context, mien_inference_step step, mien_inference_view *view) {
    (void)context;
    if (cheats[now].step != (int)step) return;
    const mien_cnn_plan *plan = view->plan;
    const mien_cnn_block *b = &plan->blocks[plan->tensor_block[1]];
    size_t at = position_in(b), size = (size_t)1 << plan->log2_size;
    done = true;
    if (now == CHEAT_id) view->ids[at] = plus_one(view->ids[at]);
    if (now == CHEAT_first) view->first[at] = plus_one(view->first[at]);
    if (now == CHEAT_second) view->second[at] = plus_one(view->second[at]);
    if (now == CHEAT_point_of_leaves) disturb(&view->points.leaves[3]);
    if (now == CHEAT_numerator) view->numerators[4] = plus_one(view->numerators[4]);
    if (now == CHEAT_denominator) disturb_at(view->denominators, 9);
    if (now == CHEAT_point_of_rows) disturb(&view->points.rows[1]);
    if (now == CHEAT_functional) disturb_at(view->functional, at);
    for (size_t i = 0; now == CHEAT_functional_shifted && i + 1 < size; i++)
        mien_k_block_set(view->functional, i, mien_k_block_get(view->functional, i + 1));
    if (now == CHEAT_end_point) disturb(&view->point[2]);
    at_step_of_weights(view);
}

/* Positions without a value stand in no claim: what the prover writes there changes nothing. */
static mien_status play_gap(sample *s) {
    const mien_cnn_plan *plan = s->net.plan;
    size_t at = ((size_t)1 << plan->log2_input) - 1;
    size_t taken = (size_t)plan->blocks[0].sites << plan->blocks[0].log2_channels;
    CHECK(at >= taken);
    s->net.w[at] = MIEN_F_ONE;
    done = true;
    CHECK_INT(prove(s), MIEN_OK);
    return verify(s, &s->statement, proof_length);
}

static void play(cheat which, int rounds) {
    const mien_inference_observer argument = {at_step, NULL};
    const mien_inference_observers all = {&argument, NULL, at_commitment, NULL};
    now = which;
    done = false;
    for (int round = 0; round < rounds; round++) {
        sample s;
        make(&s, round % 2 == 0 ? MIEN_FRAME_HIDDEN : MIEN_FRAME_PUBLIC, MIEN_OUTPUT_MATCHED);
        if (about_weights(which) || round == 3) hide_weights(&s, 2);
        observers = &all;
        if (cheats[which].step == STEP_MODEL) cheat_with_model(&s);
        if (cheats[which].step == STEP_WITNESS) cheat_with_witness(&s.net);
        mien_status proved = prove(&s);
        observers = NULL;
        CHECK_INT(proved, MIEN_OK);
        if (verify(&s, &s.statement, proof_length) != MIEN_PROOF_INVALID) {
            printf("  %s was not noticed\n", cheats[which].name);
            CHECK(false);
        }
        end(&s);
    }
    if (!done) printf("  %s found no place\n", cheats[which].name);
    CHECK(done);
}

static void every_cheat_is_refused(void) {
    int rounds = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 1 : 4;
    for (int i = 0; i < CHEAT_COUNT; i++) play((cheat)i, rounds);
}

static void every_step_has_a_cheat(void) {
    for (int step = 0; step <= STEP_MODEL; step++) {
        int count = 0;
        for (int i = 0; i < CHEAT_COUNT; i++) count += cheats[i].step == step;
        CHECK(count > 0);
    }
}

static void gaps_are_harmless(void) {
    sample s;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    CHECK_INT(play_gap(&s), MIEN_OK);
    end(&s);
}

int main(void) {
    seed_generator();
    RUN(every_step_has_a_cheat);
    RUN(every_cheat_is_refused);
    RUN(gaps_are_harmless);
    free(workspace);
    free(proof);
    return harness_end();
}
