/* SPDX-License-Identifier: MIT */
/* inference and face with hidden weights on toy networks: true statements are proved and verified
 * in all bindings, other weights, roots and numbers are refused, and no root is opened more often
 * than its budget says. */
#include "tests/prover/cnn/statement_sample.h"

enum { OPENINGS = 3 };

static void all_bindings(void) {
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame++)
        for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++) {
            sample s;
            make(&s, (mien_frame_binding)frame, (mien_output_binding)output);
            hide_weights(&s, OPENINGS);
            CHECK_INT(prove(&s), MIEN_OK);
            CHECK(proof_length <= mien_inference_proof_max_size(parameters(), &s.statement));
            CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
            end(&s);
        }
}

/* Cut blocks, depthwise layers, two digits. */
static void other_networks(void) {
    static void (*const networks[])(toy *) = {toy_make_cut, toy_make_depthwise};
    for (int i = 0; i < 2; i++) {
        sample s;
        memset(&s, 0, sizeof s);
        networks[i](&s.net);
        s.net.weights[0][0] = -129;
        REQUIRE(toy_run(&s.net) == MIEN_OK);
        s.output = s.net.tensors[s.net.cnn.layer_count];
        s.statement.plan = s.net.plan;
        s.statement.output_values = s.output;
        s.statement.frame_values = s.net.tensors[0];
        s.statement.frame = MIEN_FRAME_PUBLIC;
        s.witness.values = s.net.witness;
        hide_weights(&s, 64);
        CHECK_INT(s.weights.layout.digits[0].weight, 2);
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
        s.output[0]++;
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        end(&s);
    }
}

/* A budget is spent proof by proof, and no call goes over it. */
static void a_budget_ends(void) {
    sample s;
    make(&s, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_PUBLIC);
    hide_weights(&s, OPENINGS);
    for (uint32_t i = 0; i < OPENINGS; i++) {
        CHECK_INT(s.model.tensor.opened, i);
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    }
    CHECK_INT(prove(&s), MIEN_ARGUMENT);
    CHECK_INT(proof_length, 0);
    /* made again from what is kept, it still knows */
    s.model_secret.opened = OPENINGS;
    CHECK_INT(commit_weights(&s, &s.net, s.weights.root), MIEN_OK);
    CHECK_INT(prove(&s), MIEN_ARGUMENT);
    s.model_secret.opened = OPENINGS - 1;
    CHECK_INT(commit_weights(&s, &s.net, s.weights.root), MIEN_OK);
    CHECK_INT(prove(&s), MIEN_OK);
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    CHECK_INT(prove(&s), MIEN_ARGUMENT);
    end(&s);
}

/* Weights of another model behind the root, or in the run. */
static void other_weights(void) {
    sample s;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC);
    hide_weights(&s, 64);
    uint8_t root[32], kept[32];
    for (int round = 0; round < 12; round++) {
        uint32_t layer = round % 3 == 0 ? 0 : round % 3 == 1 ? 4 : 8;
        int16_t *weight = s.net.weights[layer] + harness_random_below(6);
        int32_t *bias = s.net.bias[layer] + harness_random_below(3);
        int change = round % 2 == 0 ? 1 : -1;
        /* the prover's network differs from the run in one entry */
        if (round < 6)
            *weight = (int16_t)(*weight + change);
        else
            *bias += change;
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        /* so does what it committed to: an honest prover sees another root ... */
        CHECK_INT(commit_weights(&s, &s.net, root), MIEN_OK);
        CHECK(memcmp(root, s.weights.root, sizeof root) != 0);
        CHECK_INT(prove(&s), MIEN_ARGUMENT);
        /* ... and one that lies about it convinces nobody */
        memcpy(s.model.root, s.weights.root, sizeof root);
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        if (round < 6)
            *weight = (int16_t)(*weight - change);
        else
            *bias -= change;
        CHECK_INT(commit_weights(&s, &s.net, kept), MIEN_OK);
        CHECK_BYTES(kept, s.weights.root, sizeof kept);
    }
    CHECK_INT(prove(&s), MIEN_OK);
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

/* Everything public about the weights is bound, by M and by the proof. */
static void another_statement(void) {
    sample s, o;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED);
    hide_weights(&s, OPENINGS);
    REQUIRE(prove(&s) == MIEN_OK);
#define REFUSED(change)                                                                            \
    o = s;                                                                                         \
    o.hidden.layers = o.hidden_layers;                                                             \
    o.statement.cnn = &o.hidden;                                                                   \
    o.statement.weights = &o.weights;                                                              \
    change;                                                                                        \
    CHECK(verify(&o, &o.statement, proof_length) != MIEN_OK); /* M is another */                   \
    name_model(&o);                                                                                \
    CHECK(verify(&o, &o.statement, proof_length) != MIEN_OK)
    REFUSED(o.weights.root[7] ^= 1);
    REFUSED(o.weights.generation++);
    REFUSED(o.weights.openings++);
    REFUSED(o.weights.openings = 0);
    REFUSED(o.weights.layout.digits[1].bias++);
    REFUSED(o.weights.layout.bias[1]++);
    REFUSED(o.weights.layout.end += 16);
    REFUSED(o.hidden_layers[2].pad_top = 1 - o.hidden_layers[2].pad_top);
    REFUSED(o.hidden_layers[0].weights = s.net.weights[0]);
    REFUSED(
        (o.hidden_layers[0].weights = s.net.weights[0], o.hidden_layers[0].bias = s.net.bias[0]));
#undef REFUSED
    o = s;
    o.statement.weights = NULL; /* public, but there are none */
    CHECK_INT(verify(&o, &o.statement, proof_length), MIEN_ARGUMENT);
    o.statement.cnn = &s.net.cnn; /* public and there */
    CHECK_INT(verify(&o, &o.statement, proof_length), MIEN_PROOF_INVALID);
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

static void changed_bytes(void) {
    sample s;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED);
    hide_weights(&s, OPENINGS);
    REQUIRE(prove(&s) == MIEN_OK);
    int rounds = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 120 : 300;
    for (int round = 0; round < rounds; round++) {
        size_t at = round < 110 ? (size_t)round : harness_random_below(proof_length);
        uint8_t kept = proof[at];
        proof[at] ^= (uint8_t)(1u << harness_random_below(8));
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        proof[at] = kept;
        size_t length = harness_random_below(proof_length);
        if (round % 4 == 0) CHECK_INT(verify(&s, &s.statement, length), MIEN_PROOF_INVALID);
    }
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

/* Two proofs under one root share nothing that one could take from the other. */
static void nothing_repeats(void) {
    sample s;
    mien_random_seeded_state kept;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    hide_weights(&s, OPENINGS);
    kept = generator_state;
    REQUIRE(prove(&s) == MIEN_OK);
    size_t length = proof_length, equal = 0;
    uint8_t *first = malloc(length);
    memcpy(first, proof, length);
    generator_state = kept;
    s.statement.context[0] ^= 1;
    REQUIRE(prove(&s) == MIEN_OK);
    for (size_t i = 14; i < length && i < proof_length; i++) equal += first[i] == proof[i];
    CHECK(equal < length / 50); /* columns of one root may coincide */
    free(first);
    end(&s);
}

static void sets_reach_their_bits(void) {
    sample s;
    mien_security_term terms[64];
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    hide_weights(&s, OPENINGS);
    for (int set = 0; set < 2; set++) {
        const mien_inference_parameters *p =
            set == 0 ? mien_inference_parameters_100() : mien_inference_parameters_128();
        mien_private_weights_digest(s.statement.model, p, &s.hidden, &s.weights);
        size_t count = mien_inference_security(terms, 64, p, &s.statement), weights = 0;
        REQUIRE(count > 1 && count <= 64);
        CHECK(strcmp(terms[count - 1].name, "total") == 0);
        CHECK(terms[count - 1].bits >= (set == 0 ? 100 : 128));
        for (size_t i = 0; i < count; i++) {
            CHECK(terms[i].bits >= terms[count - 1].bits);
            weights += strncmp(terms[i].name, "weights:", 8) == 0;
        }
        CHECK(weights >= 5);
    }
    end(&s);
}

int main(void) {
    seed_generator();
    RUN(all_bindings);
    RUN(other_networks);
    RUN(a_budget_ends);
    RUN(other_weights);
    RUN(another_statement);
    RUN(changed_bytes);
    RUN(nothing_repeats);
    RUN(sets_reach_their_bits);
    free(workspace);
    free(proof);
    return harness_end();
}
