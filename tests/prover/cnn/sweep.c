/* SPDX-License-Identifier: MIT */
/* Every byte, every length, every word of small proofs of inference and face changed, in all
 * bindings: refused. Twice: with the transcript as it is, and with challenges that do not depend on
 * what the proof says (tests/prover/oracle.h), so that a change has to be seen by an equation or a
 * tree, not because it moved the challenges. Then proofs of one kind, set or statement passed off
 * as another, and parts of two proofs put together. */
#include "tests/prover/cnn/statement_sample.h"
#include "tests/prover/cnn/toy_parameters.h"
#include "tests/prover/cnn/wire_map.h"
#include "tests/prover/oracle.h"

static uint8_t *good, *changed;
static size_t good_length;
static wire_map map;
static unsigned long refused;
static bool sweeping; /* the statement stays the same */

/* The proof in `changed`. */
static mien_status verify_changed(const mien_inference_statement *statement, size_t length) {
    static const mien_inference_statement *last;
    static size_t size;
    if (statement != last || !sweeping) {
        size = mien_inference_verify_workspace_size(parameters(), statement);
        last = statement;
    }
    if (size == 0) return MIEN_ARGUMENT;
    uint8_t *exact = malloc(length > 0 ? length : 1); /* reading past it is seen under ASan */
    if (exact == NULL) abort();
    memcpy(exact, changed, length);
    mien_status status =
        mien_inference_verify(parameters(), statement, exact, length, reserve(size), size);
    free(exact);
    refused += status != MIEN_OK;
    return status;
}

static void keep_good(void) {
    good_length = proof_length;
    good = realloc(good, good_length + 64);
    changed = realloc(changed, good_length + 64);
    if (good == NULL || changed == NULL) abort();
    memcpy(good, proof, good_length);
    memcpy(changed, proof, good_length);
}

static void make_good(sample *s, mien_frame_binding frame, mien_output_binding output) {
    make(s, frame, output);
    REQUIRE(prove(s) == MIEN_OK);
    keep_good();
    CHECK_INT(wire_map_make(&map, parameters(), &s->statement, changed, good_length, false),
              MIEN_OK);
    CHECK_INT(map.end, good_length);
    CHECK_INT(verify_changed(&s->statement, good_length), MIEN_OK);
}

/* Bytes whose value blind challenges leave open. */
static bool is_nonce(size_t at) {
    for (size_t i = 0; i < map.count; i++)
        if (map.sections[i].kind == WIRE_NONCE && at >= map.sections[i].at &&
            at < wire_section_end(&map.sections[i]))
            return true;
    return false;
}

static void report(const char *what, size_t at) {
    const wire_section *in = &map.sections[map.count - 1];
    while (in > map.sections && in->at > at) in--;
    printf("  %s at %zu (%s) was taken\n", what, at, wire_names[in->kind]);
    CHECK(false);
}

/* ---- everything, of small proofs */

static void flips(const mien_inference_statement *statement, bool blind, size_t step) {
    for (size_t at = 0; at < good_length; at += step) {
        if (blind && is_nonce(at)) continue;
        changed[at] ^= (uint8_t)(blind ? 0xff : 1u << (at % 8));
        if (verify_changed(statement, good_length) != MIEN_PROOF_INVALID) report("a flip", at);
        changed[at] = good[at];
    }
}

static void lengths(const mien_inference_statement *statement, size_t step) {
    for (size_t length = 0; length < good_length; length += step)
        if (verify_changed(statement, length) != MIEN_PROOF_INVALID) report("a cut", length);
    for (size_t more = 1; more <= 40; more++) {
        memset(changed + good_length, more % 2 == 0 ? 0 : 0xff, more);
        CHECK_INT(verify_changed(statement, good_length + more), MIEN_PROOF_INVALID);
    }
}

/* All words of elements: the same element written otherwise, and the largest number. */
static void words(const mien_inference_statement *statement, size_t step) {
    for (size_t i = 0; i < map.count; i++) {
        const wire_section *s = &map.sections[i];
        size_t unit = wire_units[s->kind];
        if (unit != 4 && unit != 20) continue;
        for (size_t at = s->at; at < wire_section_end(s); at += 4 * step) {
            uint32_t word = mien_load_le32(good + at);
            mien_store_le32(changed + at, at % 16 == 0 ? UINT32_MAX : word + MIEN_F_MODULUS);
            if (verify_changed(statement, good_length) != MIEN_PROOF_INVALID) report("a word", at);
            memcpy(changed + at, good + at, 4);
        }
    }
}

/* Neighbours of one kind exchanged, in all sections. */
static void exchanges(const mien_inference_statement *statement, bool blind, size_t step) {
    for (size_t i = 0; i < map.count; i++) {
        const wire_section *s = &map.sections[i];
        size_t unit = wire_units[s->kind];
        if (blind && s->kind == WIRE_NONCE) continue;
        for (size_t k = 0; k + 1 < s->count; k += step) {
            size_t at = s->at + k * unit;
            if (memcmp(good + at, good + at + unit, unit) == 0) continue;
            memcpy(changed + at, good + at + unit, unit);
            memcpy(changed + at + unit, good + at, unit);
            if (verify_changed(statement, good_length) != MIEN_PROOF_INVALID)
                report("an exchange", at);
            memcpy(changed + at, good + at, 2 * unit);
        }
    }
}

/* Head and nonces, which are the only numbers that are not elements. */
static void numbers(const mien_inference_statement *statement, bool blind) {
    for (uint32_t value = 0; value < 1u << 16; value += value < 300 ? 1 : 251)
        for (size_t at = 8; at < MIEN_INFERENCE_HEAD_SIZE; at += 2) {
            mien_store_le16(changed + at, (uint16_t)value);
            bool same = memcmp(changed + at, good + at, 2) == 0;
            if (!same && verify_changed(statement, good_length) != MIEN_PROOF_INVALID)
                report("a number", at);
            memcpy(changed + at, good + at, 2);
        }
    for (size_t i = 0; i < map.count && !blind; i++) {
        const wire_section *s = &map.sections[i];
        if (s->kind != WIRE_NONCE) continue;
        uint64_t own = mien_load_le64(good + s->at);
        const uint64_t others[] = {own + 1, own | UINT64_C(1) << 32, UINT64_MAX, INT64_MAX, ~own};
        for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
            mien_store_le64(changed + s->at, others[k]);
            if (verify_changed(statement, good_length) != MIEN_PROOF_INVALID)
                report("a nonce", s->at);
        }
        memcpy(changed + s->at, good + s->at, 8);
    }
}

static size_t sweep_step(void) {
    const char *step = getenv("MIEN_TEST_SWEEP_STEP");
    return step != NULL && atoi(step) > 0 ? (size_t)atoi(step) : 1;
}

static void everything(mien_frame_binding frame, mien_output_binding output, bool blind) {
    sample s;
    /* whole for one proof without and one with C_x and C_y, which have all kinds of sections
     * between them; of the others a part, and a smaller one where the circuit of match makes them
     * long */
    bool whole = output == MIEN_OUTPUT_PUBLIC
                     ? frame == MIEN_FRAME_HIDDEN
                     : frame == MIEN_FRAME_COMMITTED && blind && output == MIEN_OUTPUT_COMMITTED;
    size_t step = sweep_step() * (whole ? 1 : output == MIEN_OUTPUT_MATCHED ? 59 : 17);
    chosen_parameters = toy_parameters_for(output);
    network = toy_make_tiny;
    oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 11);
    make_good(&s, frame, output);
    refused = 0;
    sweeping = true;
    flips(&s.statement, blind, step);
    lengths(&s.statement, whole ? 3 * step : step);
    words(&s.statement, step);
    exchanges(&s.statement, blind, step);
    if (frame == MIEN_FRAME_HIDDEN) numbers(&s.statement, blind);
    sweeping = false;
    CHECK(memcmp(changed, good, good_length) == 0);
    CHECK_INT(verify_changed(&s.statement, good_length), MIEN_OK);
    printf("frame %d, output %d, %s: %zu bytes, %lu changes refused\n", (int)frame, (int)output,
           blind ? "blind" : "as is", good_length, refused);
    end(&s);
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}

static void all_bindings(bool blind) {
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame++)
        for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++)
            everything((mien_frame_binding)frame, (mien_output_binding)output, blind);
}
static void every_change_with_its_challenges(void) {
    all_bindings(false);
}
static void every_change_by_equations_alone(void) {
    all_bindings(true);
}

/* Hidden weights: a part, as is and blind. */
static void changes_with_hidden_weights(void) {
    for (int blind = 0; blind < 2; blind++) {
        sample s;
        size_t step = sweep_step() * 7;
        chosen_parameters = &toy_parameters;
        network = toy_make_tiny;
        oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 16);
        make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED);
        hide_weights(&s, 3);
        REQUIRE(prove(&s) == MIEN_OK);
        keep_good();
        CHECK_INT(wire_map_make(&map, parameters(), &s.statement, changed, good_length, false),
                  MIEN_OK);
        CHECK_INT(map.end, good_length);
        CHECK_INT(verify_changed(&s.statement, good_length), MIEN_OK);
        CHECK(wire_find(&map, WIRE_WEIGHTS_COLUMN, 0) != NULL);
        refused = 0;
        sweeping = true;
        flips(&s.statement, blind, step);
        lengths(&s.statement, step);
        words(&s.statement, step);
        exchanges(&s.statement, blind, step);
        sweeping = false;
        CHECK_INT(verify_changed(&s.statement, good_length), MIEN_OK);
        printf("hidden weights, %s: %zu bytes, %lu changes refused\n", blind ? "blind" : "as is",
               good_length, refused);
        end(&s);
    }
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}

/* ---- the sets that are used, a sample of each kind of section */

/* Inputs as small as the toy's cannot stand behind C_x with 128 bits: no rows are long enough. */
static void sampled_set(const mien_inference_parameters *set, mien_frame_binding frame,
                        bool blind) {
    sample s;
    chosen_parameters = set;
    oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 12);
    make_good(&s, frame, MIEN_OUTPUT_MATCHED);
    size_t rounds = sweep_step() > 1 ? 2 : 12;
    for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
        if (blind && kind == WIRE_NONCE) continue;
        for (size_t round = 0; round < rounds; round++) {
            const wire_section *in = wire_find(&map, (wire_kind)kind, harness_random());
            if (in == NULL) break;
            size_t bytes = in->count * wire_units[kind];
            size_t at = in->at + harness_random_below(bytes);
            changed[at] ^= (uint8_t)(1u << harness_random_below(8));
            if (verify_changed(&s.statement, good_length) != MIEN_PROOF_INVALID)
                report("a flip", at);
            changed[at] = good[at];
            CHECK_INT(verify_changed(&s.statement, at), MIEN_PROOF_INVALID);
        }
    }
    end(&s);
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
}

static void sets_in_use(void) {
    for (int blind = 0; blind < 2; blind++) {
        sampled_set(mien_inference_parameters_100(), MIEN_FRAME_COMMITTED, blind);
        sampled_set(mien_inference_parameters_128(), MIEN_FRAME_HIDDEN, blind);
    }
}

/* ---- passed off as something else */

/* Each set's proof, as it is and with the other's number in its head, where the other is asked for.
 */
static void weaker_parameters(void) {
    const mien_inference_parameters *sets[2] = {mien_inference_parameters_100(),
                                                mien_inference_parameters_128()};
    for (int made = 0; made < 2; made++)
        for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++) {
            sample s;
            chosen_parameters = sets[made];
            make_good(&s, MIEN_FRAME_HIDDEN, (mien_output_binding)output);
            CHECK_INT(mien_load_le16(good + 10), made + 1);
            mien_store_le16(changed + 10, (uint16_t)(2 - made));
            CHECK_INT(verify_changed(&s.statement, good_length), MIEN_PROOF_INVALID);
            chosen_parameters = sets[1 - made];
            CHECK_INT(verify_changed(&s.statement, good_length), MIEN_PROOF_INVALID);
            mien_store_le16(changed + 10, (uint16_t)(made + 1));
            CHECK_INT(verify_changed(&s.statement, good_length), MIEN_PROOF_INVALID);
            end(&s);
        }
    chosen_parameters = NULL;
}

/* Two proofs of one statement, cut at every border between sections and put together crosswise. */
static void halves_of_two_proofs(bool blind) {
    chosen_parameters = &toy_parameters;
    network = toy_make_tiny;
    oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 13);
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame += 2) {
        sample s;
        make_good(&s, (mien_frame_binding)frame, MIEN_OUTPUT_COMMITTED);
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
        uint8_t *other = malloc(proof_length);
        REQUIRE(other != NULL);
        size_t other_length = proof_length;
        memcpy(other, proof, proof_length);
        if (blind) CHECK_INT(other_length, good_length);
        for (size_t i = 1; i < map.count; i++) { /* heads are equal */
            size_t at = map.sections[i].at;
            if (at <= MIEN_INFERENCE_HEAD_SIZE || at >= other_length) continue;
            if (memcmp(good, other, at) == 0 ||
                (good_length == other_length &&
                 memcmp(good + at, other + at, good_length - at) == 0))
                continue;
            changed = realloc(changed, other_length > good_length ? other_length : good_length);
            REQUIRE(changed != NULL);
            memcpy(changed, good, at);
            memcpy(changed + at, other + at, other_length - at);
            if (verify_changed(&s.statement, other_length) != MIEN_PROOF_INVALID)
                report("the other's rest", at);
        }
        free(other);
        end(&s);
    }
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}
static void halves(void) {
    halves_of_two_proofs(false);
    halves_of_two_proofs(true);
}

static mien_status as(sample *s, const mien_inference_statement *other) {
    (void)s;
    return verify_changed(other, good_length);
}

/* A statement's parts that only the transcript holds, and those that circuits hold too: the latter
 * are refused by equations as well. */
static void replays(void) {
    for (int blind = 0; blind < 2; blind++) {
        sample s;
        chosen_parameters = &toy_match_parameters;
        network = toy_make_tiny;
        oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 14);
        make_good(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED);
        mien_inference_statement other = s.statement;
        for (int i = 0; i < 256 && !blind; i += 5) {
            other = s.statement;
            other.context[i / 8] ^= (uint8_t)(1u << (i % 8));
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
            other = s.statement;
            other.model[i / 8] ^= (uint8_t)(1u << (i % 8));
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
        }
        for (int i = 0; i < 32; i++) {
            other = s.statement;
            other.match.service[i] ^= (uint8_t)(1u << (i % 8));
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
            other = s.statement;
            other.match.epoch ^= 1u << i;
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
            other = s.statement;
            other.match.slot ^= 1u << i;
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
            other = s.statement;
            other.frame_commitment[i] ^= (uint8_t)(1u << (i % 8));
            CHECK_INT(as(&s, &other), MIEN_PROOF_INVALID);
        }
        for (int i = 0; i < MIEN_DIGEST_SIZE; i++) {
            other = s.statement;
            other.match.template_commitment[i] ^= 1;
            CHECK(as(&s, &other) != MIEN_OK);
            other = s.statement;
            other.match.key_check[i] ^= 1;
            CHECK(as(&s, &other) != MIEN_OK);
        }
        for (uint32_t bit = 0; bit < 16; bit++) {
            other = s.statement;
            other.match.threshold ^= 1u << bit;
            CHECK(as(&s, &other) != MIEN_OK);
        }
        CHECK_INT(as(&s, &s.statement), MIEN_OK);
        end(&s);
    }
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}

/* What a proof is called after does not make it one: each kind as each other kind, by its own head
 * and by the head that is asked for. */
static void one_kind_as_another(bool blind) {
    sample s;
    int16_t *frame_values;
    chosen_parameters = &toy_match_parameters;
    network = toy_make_tiny;
    oracle_set(blind ? ORACLE_BLIND : ORACLE_REAL, 15);
    for (int made = 0; made < 9; made++) {
        make_good(&s, (mien_frame_binding)(made / 3), (mien_output_binding)(made % 3));
        frame_values = s.net.tensors[0];
        for (int asked = 0; asked < 9; asked++) {
            mien_inference_statement other = s.statement;
            uint8_t head[MIEN_INFERENCE_HEAD_SIZE];
            mien_inference_setup setup;
            other.frame = (mien_frame_binding)(asked / 3);
            other.output = (mien_output_binding)(asked % 3);
            other.frame_values = frame_values;
            other.output_values = s.output;
            if (other.match.threshold == 0) other.match.threshold = 40000;
            if (asked == made) continue;
            memcpy(changed, good, good_length);
            CHECK(as(&s, &other) != MIEN_OK);
            if (mien_inference_setup_make(&setup, parameters(), &other) != MIEN_OK) continue;
            mien_inference_head(head, &setup);
            memcpy(changed, head, sizeof head);
            if (verify_changed(&other, good_length) != MIEN_PROOF_INVALID) {
                printf("  kind %d was taken for %d\n", made, asked);
                CHECK(false);
            }
        }
        end(&s);
    }
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}
static void kinds(void) {
    one_kind_as_another(false);
    one_kind_as_another(true);
}

int main(void) {
    seed_generator();
    RUN(every_change_with_its_challenges);
    RUN(every_change_by_equations_alone);
    RUN(changes_with_hidden_weights);
    RUN(sets_in_use);
    RUN(weaker_parameters);
    RUN(halves);
    RUN(replays);
    RUN(kinds);
    free(good);
    free(changed);
    free(workspace);
    free(proof);
    return harness_end();
}
