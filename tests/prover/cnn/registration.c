/* SPDX-License-Identifier: MIT */
/* Registration and renewal of hidden weights: true ones are proved and verified; an element that is
 * no digit, weights that differ in one entry, spent budgets and changed bytes are refused. */
#include "prover/statement/registration_prove.h"
#include "tests/prover/cnn/statement_sample.h"

enum { OPENINGS = 8 };

typedef struct case_of {
    sample s;
    mien_registration registration;
    /* renewal: the generation before */
    mien_private_weights before;
    mien_private_model model_before;
    void *memory_before;
} case_of;

static case_of c;
static const mien_registration_observer *observer;

static void start(void (*make_network)(toy *)) {
    uint32_t at;
    memset(&c, 0, sizeof c);
    make_network(&c.s.net);
    c.s.net.plan = malloc(sizeof *c.s.net.plan);
    REQUIRE(mien_cnn_plan_make(c.s.net.plan, &at, &c.s.net.cnn) == MIEN_OK);
    hide_weights(&c.s, OPENINGS);
    c.registration =
        (mien_registration){.cnn = &c.s.hidden, .plan = c.s.net.plan, .weights = &c.s.weights};
}

/* The next generation, of these weights. */
static void renew(void) {
    c.before = c.s.weights;
    c.model_before = c.s.model;
    c.memory_before = c.s.model_memory;
    c.s.model_memory = NULL;
    c.s.weights.generation++;
    harness_random_bytes(c.s.model_secret.seed, sizeof c.s.model_secret.seed);
    REQUIRE(commit_weights(&c.s, &c.s.net, c.s.weights.root) == MIEN_OK);
    c.registration.before = &c.before;
}

static void stop(void) {
    free(c.memory_before);
    end(&c.s);
}

static mien_status prove_case(void) {
    size_t most = mien_registration_proof_max_size(parameters(), &c.registration);
    size_t size = mien_registration_prove_workspace_size(parameters(), &c.registration, 1);
    if (most == 0 || size == 0) return MIEN_ARGUMENT;
    if (most > proof_size) {
        free(proof);
        proof = malloc(most);
        proof_size = most;
    }
    bool renews = c.registration.before != NULL;
    return mien_registration_prove(proof, most, &proof_length, parameters(), &c.registration,
                                   &c.s.model, renews ? &c.model_before : NULL, reserve(size), size,
                                   &generator, NULL, NULL, observer);
}

static mien_status verify_as(const mien_registration *registration, size_t length) {
    size_t size = mien_registration_verify_workspace_size(parameters(), registration);
    if (size == 0) return MIEN_ARGUMENT;
    return mien_registration_verify(parameters(), registration, proof, length, reserve(size), size);
}

static mien_status verify_case(void) {
    return verify_as(&c.registration, proof_length);
}

static void toy_tiny(toy *t) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){2, 2, 1};
    t->cnn.input_low = -128;
    t->cnn.input_high = 127;
    t->cnn.layers = t->layers;
    toy_convolution(t, 0, 2, 1, 2, 1, 0, 1, 0, 0);
}

static void true_ones(void) {
    static void (*const networks[])(toy *) = {toy_make, toy_make_cut, toy_make_depthwise, toy_tiny};
    for (int i = 0; i < 4; i++) {
        start(networks[i]);
        CHECK_INT(prove_case(), MIEN_OK);
        CHECK_INT(verify_case(), MIEN_OK);
        CHECK_INT(c.s.model.tensor.opened, 1);
        renew();
        CHECK_INT(prove_case(), MIEN_OK);
        CHECK_INT(verify_case(), MIEN_OK);
        CHECK_INT(c.s.model.tensor.opened, 1);
        CHECK_INT(c.model_before.tensor.opened, 2);
        stop();
    }
}

/* A registered model proves, before and behind a renewal. */
static void proofs_in_between(void) {
    sample *s = &c.s;
    memset(&c, 0, sizeof c);
    make(s, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_PUBLIC);
    hide_weights(s, OPENINGS);
    c.registration = (mien_registration){&s->hidden, s->net.plan, &s->weights, NULL};
    CHECK_INT(prove_case(), MIEN_OK);
    CHECK_INT(verify_case(), MIEN_OK);
    CHECK_INT(prove(s), MIEN_OK);
    CHECK_INT(verify(s, &s->statement, proof_length), MIEN_OK);
    uint8_t before[32];
    memcpy(before, s->statement.model, sizeof before);
    renew();
    CHECK_INT(prove_case(), MIEN_OK);
    CHECK_INT(verify_case(), MIEN_OK);
    CHECK_INT(prove(s), MIEN_ARGUMENT); /* M is still the one before */
    name_model(s);
    CHECK(memcmp(before, s->statement.model, sizeof before) != 0);
    CHECK_INT(prove(s), MIEN_OK);
    CHECK_INT(verify(s, &s->statement, proof_length), MIEN_OK);
    CHECK_INT(s->model.tensor.opened, 2);
    stop();
}

/* ---- cheats: each named step of the prover has at least one */

#define CHEATS(X)                                                                                  \
    X(digit_above, COMMIT) /* 128 behind the root, counted as nothing */                           \
    X(digit_below, COMMIT)                                                                         \
    X(digit_counted, COMMIT) /* counted as a row that is there */                                  \
    X(count, COMMIT)                                                                               \
    X(counts_negative, COMMIT)                                                                     \
    X(pad, COMMIT)                                                                                 \
    X(looked_up, LEAVES) /* another value in the tree than behind the root */                      \
    X(counted, ROWS)                                                                               \
    X(functional, CLAIMS)                                                                          \
    X(point, END)                                                                                  \
    X(value, VALUE)

typedef enum cheat {
#define X(name, step) CHEAT_##name,
    CHEATS(X)
#undef X
        CHEAT_COUNT
} cheat;
static const struct {
    const char *name;
    mien_registration_step step;
} cheats[] = {
#define X(name, step) {#name, MIEN_REGISTRATION_STEP_##step},
    CHEATS(X)
#undef X
};
static cheat now;
static bool done;

static mien_f plus_one(mien_f a) {
    return mien_f_add(a, MIEN_F_ONE);
}

static void at(void *context, mien_registration_step step, const mien_registration_view *view) {
    (void)context;
    if (step != cheats[now].step) return;
    size_t size = (size_t)1 << c.s.weights.layout.log2_size;
    mien_f *counts = view->w != NULL ? view->w + size : NULL;
    done = true;
    if (now == CHEAT_digit_counted) counts[3] = plus_one(counts[3]);
    if (now == CHEAT_count) counts[130] = plus_one(counts[130]);
    if (now == CHEAT_counts_negative)
        for (size_t i = 0; i < view->counts; i++) counts[i] = mien_f_neg(counts[i]);
    if (now == CHEAT_pad) view->pads[7] = mien_k_add(view->pads[7], MIEN_K_ONE);
    if (now == CHEAT_looked_up) view->w[5] = plus_one(view->w[5]);
    if (now == CHEAT_counted) counts[128] = plus_one(counts[128]);
    if (now == CHEAT_functional) {
        mien_k value = mien_k_block_get(view->functional, 9);
        mien_k_block_set(view->functional, 9, mien_k_add(value, MIEN_K_ONE));
    }
    if (now == CHEAT_point) view->point[3] = mien_k_add(view->point[3], MIEN_K_ONE);
    if (now == CHEAT_value) *view->value = mien_k_add(*view->value, MIEN_K_ONE);
}

/* A root over a theta that holds something else; the layout stays. */
static void commit_false_theta(int32_t element) {
    mien_tensor_shape shape = c.s.model.tensor.shape;
    mien_machine machine = mien_machine_best(NULL);
    size_t size = mien_tensor_memory_size(&shape, 1);
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    uint32_t opened = c.s.model.tensor.opened;
    REQUIRE(memory != NULL);
    c.s.model.theta[c.s.weights.layout.weights[0] + 2] = mien_f_from_i32(element);
    REQUIRE(mien_tensor_commit_again(&c.s.model.tensor, c.s.weights.root, c.s.model.theta, &shape,
                                     &c.s.model_secret, memory, size, &machine,
                                     mien_hash_kernels_best(), NULL) == MIEN_OK);
    c.s.model.tensor.opened = opened;
    memcpy(c.s.model.root, c.s.weights.root, sizeof c.s.model.root);
    free(c.memory_before);
    c.memory_before = memory; /* freed with the case */
}

static void play(cheat which) {
    const mien_registration_observer watching = {at, NULL};
    now = which;
    done = false;
    start(toy_make);
    if (which == CHEAT_digit_above) commit_false_theta(128);
    if (which == CHEAT_digit_below) commit_false_theta(-129);
    if (which == CHEAT_digit_counted) commit_false_theta(1000);
    if (cheats[which].step == MIEN_REGISTRATION_STEP_VALUE) renew();
    observer = &watching;
    CHECK_INT(prove_case(), MIEN_OK);
    observer = NULL;
    if (verify_case() != MIEN_PROOF_INVALID || !done) {
        printf("  %s was not noticed\n", cheats[which].name);
        CHECK(false);
    }
    stop();
}

static void every_cheat_is_refused(void) {
    for (int i = 0; i < CHEAT_COUNT; i++) play((cheat)i);
    for (int step = 0; step < MIEN_REGISTRATION_STEP_COUNT; step++) {
        int count = 0;
        for (int i = 0; i < CHEAT_COUNT; i++) count += (int)cheats[i].step == step;
        CHECK(count > 0);
    }
}

/* The harness itself: a false theta within the range is registered like any other. */
static void another_digit_is_fine(void) {
    start(toy_make);
    commit_false_theta(127);
    CHECK_INT(prove_case(), MIEN_OK);
    CHECK_INT(verify_case(), MIEN_OK);
    stop();
}

/* Old and new weights differ in one entry: a weight, a bias, by one. */
static void renewals_of_other_weights(void) {
    for (int round = 0; round < 8; round++) {
        start(toy_make);
        uint32_t layer = round % 2 == 0 ? 0 : 8;
        if (round < 4)
            c.s.net.weights[layer][round]++;
        else
            c.s.net.bias[layer][round % 3]--;
        renew();
        CHECK_INT(prove_case(), MIEN_OK);
        CHECK_INT(verify_case(), MIEN_PROOF_INVALID);
        stop();
    }
}

/* Other roots, generations, networks. */
static void another_registration(void) {
    start(toy_make);
    renew();
    REQUIRE(prove_case() == MIEN_OK);
    mien_private_weights weights, before;
    mien_registration other = c.registration;
    other.weights = &weights;
    other.before = &before;
#define REFUSED(change)                                                                            \
    weights = c.s.weights;                                                                         \
    before = c.before;                                                                             \
    change;                                                                                        \
    CHECK(verify_as(&other, proof_length) != MIEN_OK)
    REFUSED(weights.root[0] ^= 1);
    REFUSED(before.root[31] ^= 128);
    REFUSED(weights.generation++);
    REFUSED((weights.generation++, before.generation++));
    REFUSED((weights.openings++, before.openings++));
    REFUSED(memcpy(weights.root, c.before.root, sizeof weights.root));
    REFUSED(before.generation++); /* both of one generation */
    REFUSED(weights.layout.digits[0].weight = 2);
    REFUSED(other.before = NULL);
#undef REFUSED
    CHECK_INT(verify_case(), MIEN_OK);
    stop();
}

/* A layer whose worst case breaks uniqueness is refused before anything is proved. */
static void too_wide_a_layer(void) {
    start(toy_make);
    c.s.hidden.input_high = 1 << 14;
    c.s.hidden_layers[0].in.channels = c.s.hidden.input.channels;
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    mien_cnn_weights made;
    uint32_t layer;
    memcpy(digits, c.s.weights.layout.digits, sizeof digits);
    digits[0].weight = 3; /* 27 * 34944 * 2^14 > p */
    CHECK_INT(mien_cnn_weights_make(&made, &layer, &c.s.hidden, c.s.net.plan, digits, 8),
              MIEN_UNSUPPORTED);
    CHECK_INT(layer, 0);
    c.s.weights.layout.digits[0].weight = 3;
    CHECK_INT(prove_case(), MIEN_ARGUMENT);
    CHECK_INT(verify_case(), MIEN_ARGUMENT);
    stop();
}

static void budgets(void) {
    start(toy_make);
    c.s.model.tensor.opened = OPENINGS;
    CHECK_INT(prove_case(), MIEN_ARGUMENT);
    c.s.model.tensor.opened = OPENINGS - 1;
    CHECK_INT(prove_case(), MIEN_OK);
    CHECK_INT(verify_case(), MIEN_OK);
    CHECK_INT(prove_case(), MIEN_ARGUMENT);
    renew();
    CHECK_INT(prove_case(), MIEN_ARGUMENT); /* the earlier one has none left for its renewal */
    c.model_before.tensor.opened--;
    c.s.model.tensor.opened = OPENINGS;
    CHECK_INT(prove_case(), MIEN_ARGUMENT);
    c.s.model.tensor.opened = 0;
    CHECK_INT(prove_case(), MIEN_OK);
    CHECK_INT(verify_case(), MIEN_OK);
    stop();
}

static void changed_bytes(void) {
    int rounds = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 100 : 400;
    for (int renewal = 0; renewal < 2; renewal++) {
        start(toy_make);
        if (renewal == 1) renew();
        REQUIRE(prove_case() == MIEN_OK);
        for (int round = 0; round < rounds; round++) {
            size_t i = round < 80 ? (size_t)round : harness_random_below(proof_length);
            uint8_t kept = proof[i];
            proof[i] ^= (uint8_t)(1u << harness_random_below(8));
            CHECK_INT(verify_case(), MIEN_PROOF_INVALID);
            proof[i] = kept;
            size_t length = harness_random_below(proof_length);
            if (round % 4 == 0) CHECK_INT(verify_as(&c.registration, length), MIEN_PROOF_INVALID);
        }
        CHECK_INT(verify_case(), MIEN_OK);
        stop();
    }
}

static void bits(void) {
    mien_security_term terms[64];
    for (int i = 0; i < 4; i++) {
        const mien_inference_parameters *p =
            i % 2 == 0 ? mien_inference_parameters_100() : mien_inference_parameters_128();
        start(toy_make);
        if (i >= 2) renew();
        size_t count = mien_registration_security(terms, 64, p, &c.registration);
        REQUIRE(count > 1 && count <= 64);
        CHECK(strcmp(terms[count - 1].name, "total") == 0);
        CHECK(terms[count - 1].bits >= (i % 2 == 0 ? 100 : 128));
        for (size_t j = 0; j < count; j++) CHECK(terms[j].bits >= terms[count - 1].bits);
        stop();
    }
}

int main(void) {
    seed_generator();
    RUN(true_ones);
    RUN(proofs_in_between);
    RUN(every_cheat_is_refused);
    RUN(another_digit_is_fine);
    RUN(renewals_of_other_weights);
    RUN(another_registration);
    RUN(too_wide_a_layer);
    RUN(budgets);
    RUN(changed_bytes);
    RUN(bits);
    free(workspace);
    free(proof);
    return harness_end();
}
