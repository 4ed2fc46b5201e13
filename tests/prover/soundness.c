/* SPDX-License-Identifier: MIT */
/* Runs every cheat of cheats.h, several times with other statements. Each must act at the hook it
 * names and be rejected; the same run without a cheat must be accepted. MIEN_TEST_CHEAT_ROUNDS: how
 * many statements each cheat is tried on. */
#include "prover/ligero/verify.h"
#include "prover/statement/match_protocol.h"
#include "tests/prover/cheats.h"
#include "tests/prover/match_constraints.h"

static int rounds(void) {
    const char *given = getenv("MIEN_TEST_CHEAT_ROUNDS");
    int wanted = given != NULL ? atoi(given) : 4;
    return wanted > 0 ? wanted : 1;
}

typedef struct cheat_entry {
    const char *name;
    hook at;
    const char *what;
    void (*cheat)(cheat_run *run, hook at, mien_ligero_view *view);
} cheat_entry;
static const cheat_entry cheats[] = {
#define X(name, at, what) {#name, HOOK_##at, what, cheat_##name},
    CHEATS(X)
#undef X
};
enum { CHEAT_COUNT = sizeof cheats / sizeof *cheats };
static const char *const hook_names[] = {
#define X(name) #name,
    MIEN_LIGERO_STEPS(X) STATEMENT_HOOKS(X)
#undef X
};

/* The public input item by item, so that one can be left out. */
static void absorb(mien_transcript *transcript, const cheat_run *run,
                   const mien_ligero_system *system) {
    const mien_match_statement *x = &run->sample.statement;
    const mien_proof_parameters *p = &run->parameters;
#define ITEM(name, call)                                                                           \
    if (run->omitted != PUBLIC_##name) call
    memset(transcript, 0, sizeof *transcript);
    ITEM(PROTOCOL, mien_transcript_start(transcript, "mien match"));
    ITEM(VERSION, mien_transcript_integer(transcript, "version", MIEN_MATCH_VERSION));
    ITEM(CIRCUIT, mien_transcript_digest(transcript, "circuit", mien_match_circuit_digest));
    ITEM(PARAMETER_SET, mien_transcript_integer(transcript, "parameter set", p->id));
    ITEM(SLOTS, mien_transcript_integer(transcript, "slots", mien_ligero_slots(p)));
    ITEM(LENGTH, mien_transcript_integer(transcript, "length", mien_ligero_length(p)));
    ITEM(QUERIES, mien_transcript_integer(transcript, "queries", p->queries));
    ITEM(GRINDING, mien_transcript_integer(transcript, "grinding", p->grinding_bits));
    ITEM(ROWS, mien_transcript_integer(transcript, "rows", system->rows));
    ITEM(PRODUCTS, mien_transcript_integer(transcript, "products", system->product_count));
    ITEM(CONSTRAINTS, mien_transcript_integer(transcript, "constraints", system->constraint_count));
    ITEM(TEMPLATE, mien_transcript_f(transcript, "template commitment", x->template_commitment, 9));
    ITEM(EMBEDDING,
         mien_transcript_f(transcript, "embedding commitment", x->embedding_commitment, 9));
    ITEM(KEY_CHECK, mien_transcript_f(transcript, "key check", x->key_check, 9));
    ITEM(SERVICE, mien_transcript_bytes(transcript, "service", x->service, 32));
    ITEM(EPOCH, mien_transcript_integer(transcript, "epoch", x->epoch));
    ITEM(SLOT, mien_transcript_integer(transcript, "slot", x->slot));
    ITEM(THRESHOLD, mien_transcript_integer(transcript, "threshold", x->threshold));
    ITEM(CONTEXT, mien_transcript_bytes(transcript, "context", x->context, 32));
#undef ITEM
}

static void no_cheat(cheat_run *run, hook at, mien_ligero_view *view) {
    (void)run, (void)at, (void)view;
}
static void at_step(void *context, mien_ligero_step step, mien_ligero_view *view) {
    cheat_run *run = context;
    run->cheat(run, (hook)step, view);
}

static mien_match_opening opening_of(const mien_match_witness *witness) {
    mien_match_opening opening;
    memcpy(opening.embedding, witness->embedding, sizeof opening.embedding);
    memcpy(opening.template_vector, witness->template_vector, sizeof opening.template_vector);
    mien_match_pack3(opening.key_z, witness->key_z, sizeof witness->key_z);
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&opening.blinding[i], witness->embedding_blinding + 4 * i) != MIEN_OK)
            abort();
    return opening;
}

static void fill_slots(cheat_run *run) {
    mien_match_opening opening = opening_of(&run->sample.witness);
    if (mien_match_circuit_create(&run->circuit, &run->sample.statement) != MIEN_OK) abort();
    mien_match_assign(run->rows, run->digest, &run->circuit, &opening,
                      run->sample.statement.threshold);
}

/* A claim may have lost its canonical form by a changed byte. */
static mien_status prove(cheat_run *run) {
    mien_ligero_observer observer = {at_step, run};
    mien_writer writer = mien_writer_of(run->proof, run->capacity);
    uint8_t head[MIEN_MATCH_HEAD_SIZE];
    mien_transcript transcript;
    MIEN_TRY(mien_match_circuit_create(&run->circuit, &run->sample.statement));
    mien_ligero_system system = mien_match_system(&run->circuit);
    mien_match_head(head, &run->parameters);
    MIEN_TRY(mien_write_bytes(&writer, head, sizeof head));
    absorb(&transcript, run, &system);
    MIEN_TRY(mien_ligero_prove(&transcript, &writer, &run->parameters, &system, run->rows,
                               run->prove_memory, run->prove_size, &run->sample.random, NULL, NULL,
                               &observer));
    run->length = writer.used;
    return MIEN_OK;
}

/* One proof under a cheat; the verifier's verdict. */
static mien_status run_cheat(cheat_run *run,
                             void (*cheat)(cheat_run *run, hook at, mien_ligero_view *view)) {
    run->cheat = cheat;
    run->acted = 0;
    run->omitted = -1;
    run->parameters = *mien_proof_parameters_default();
    match_sample_true(&run->sample);
    cheat(run, HOOK_WITNESS, NULL);
    fill_slots(run);
    cheat(run, HOOK_SLOTS, NULL);
    cheat(run, HOOK_PARAMETERS, NULL);
    cheat(run, HOOK_ABSORB, NULL);
    mien_status status = prove(run);
    if (status != MIEN_OK) return status;
    cheat(run, HOOK_WIRE, NULL);
    run->claim = run->sample.statement;
    cheat(run, HOOK_CLAIM, NULL);
    return mien_match_verify(mien_proof_parameters_default(), &run->claim, run->proof, run->length,
                             run->verify_memory, run->verify_size);
}

static cheat_run *new_run(void) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    cheat_run *run = calloc(1, sizeof *run);
    if (run == NULL) abort();
    run->prove_size = mien_match_prove_workspace_size(parameters);
    run->verify_size = mien_match_verify_workspace_size(parameters);
    run->capacity = mien_match_proof_max_size(parameters) + 1;
    run->prove_memory = sample_memory(run->prove_size);
    run->verify_memory = sample_memory(run->verify_size);
    run->proof = sample_memory(run->capacity);
    run->rows = sample_memory((size_t)MIEN_MATCH_ROWS * MIEN_MATCH_SLOTS * sizeof *run->rows);
    run->digest = calloc(MIEN_MATCH_CHAINS, sizeof *run->digest);
    return run;
}
static void free_run(cheat_run *run) {
    free(run->prove_memory);
    free(run->verify_memory);
    free(run->proof);
    free(run->rows);
    free(run->digest);
    free(run);
}

static void test_without_a_cheat_accepted(void) {
    cheat_run *run = new_run();
    for (int round = 0; round < rounds(); round++) CHECK_INT(run_cheat(run, no_cheat), MIEN_OK);
    free_run(run);
}

static void test_every_cheat_acts_and_is_rejected(void) {
    cheat_run *run = new_run();
    for (int i = 0; i < CHEAT_COUNT; i++) {
        for (int round = 0; round < rounds(); round++) {
            mien_status status = run_cheat(run, cheats[i].cheat);
            bool acted = run->acted >> cheats[i].at & 1;
            if (status == MIEN_PROOF_INVALID && acted) continue;
            printf("  %s (%s) at %s: %s, verifier says %s\n", cheats[i].name, cheats[i].what,
                   hook_names[cheats[i].at], acted ? "acted" : "did not act",
                   mien_status_name(status));
            CHECK(status == MIEN_PROOF_INVALID && acted);
        }
    }
    printf("%d cheats, %d times each\n", (int)CHEAT_COUNT, rounds());
    free_run(run);
}

/* What a cheat on slots breaks, counted by the constraints written out: those named here leave
 * everything else whole, so that what is tested is that one check. */
typedef struct breaks {
    const char *name;
    bool linear, products;
} breaks;
static const breaks broken[] = {
    {"false_carries", false, true},
    {"false_dot", false, true},
    {"false_square", false, true},
    {"negative_dot", false, true},
    {"zero_embedding", false, true},
    {"limb_carry", false, true},
    {"limb_swap", false, true},
    {"other_entry", true, false},
    {"other_bits", true, false},
    {"entry_overflow", false, true},
    {"other_key_for_check", true, false},
    {"other_key_for_template", true, false},
    {"cube_x", true, false},
    {"digest_forced", false, true},
};

static size_t failing_constraints(const cheat_run *run) {
    constraint_list *list = constraints_make(&run->circuit);
    size_t failing = 0;
    for (size_t c = 0; c < list->constraints; c++)
        failing += !mien_f_is_zero(constraint_error(list, c, run->rows));
    constraints_free(list);
    return failing;
}
static size_t failing_products(const cheat_run *run) {
    mien_ligero_system system = mien_match_system(&run->circuit);
    size_t failing = 0;
    for (size_t n = 0; n < system.product_count; n++)
        for (size_t h = 0; h < MIEN_MATCH_SLOTS; h++) {
            const mien_f *left = run->rows + system.products[n].left * MIEN_MATCH_SLOTS;
            const mien_f *right = run->rows + system.products[n].right * MIEN_MATCH_SLOTS;
            const mien_f *result = run->rows + system.products[n].result * MIEN_MATCH_SLOTS;
            failing += !mien_f_equal(mien_f_mul(left[h], right[h]), result[h]);
        }
    return failing;
}

static void fill_cheated(cheat_run *run,
                         void (*cheat)(cheat_run *run, hook at, mien_ligero_view *view)) {
    match_sample_true(&run->sample);
    cheat(run, HOOK_WITNESS, NULL);
    fill_slots(run);
    cheat(run, HOOK_SLOTS, NULL);
    if (mien_match_circuit_create(&run->circuit, &run->sample.statement) != MIEN_OK) abort();
}

static void test_slot_cheats_break_one_thing(void) {
    cheat_run *run = new_run();
    for (size_t n = 0; n < sizeof broken / sizeof *broken; n++)
        for (int i = 0; i < CHEAT_COUNT; i++) {
            if (strcmp(cheats[i].name, broken[n].name) != 0) continue;
            fill_cheated(run, cheats[i].cheat);
            bool linear = failing_constraints(run) > 0, products = failing_products(run) > 0;
            if (linear != broken[n].linear || products != broken[n].products)
                printf("  %s breaks %zu constraints, %zu products\n", broken[n].name,
                       failing_constraints(run), failing_products(run));
            CHECK(linear == broken[n].linear && products == broken[n].products);
        }
    fill_cheated(run, cheat_mask_cancels_first);
    CHECK(failing_constraints(run) == 1 && failing_products(run) == 0);
    free_run(run);
}

static void test_every_hook_has_a_cheat(void) {
    for (int at = 0; at < HOOK_COUNT; at++) {
        int found = 0;
        for (int i = 0; i < CHEAT_COUNT; i++) found += cheats[i].at == (hook)at;
        if (found == 0) printf("  no cheat at %s\n", hook_names[at]);
        CHECK(found > 0);
    }
}

static bool listed(const char *prefix, const char *name) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s%s", prefix, name);
    for (char *c = wanted; *c != '\0'; c++) *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    for (int i = 0; i < CHEAT_COUNT; i++)
        if (strcmp(cheats[i].name, wanted) == 0) return true;
    printf("  no cheat %s\n", wanted);
    return false;
}

/* Each item that is absorbed has a cheat that leaves it out, and the items are all there are. */
static void test_every_public_input_has_a_cheat(void) {
    static const char *const names[] = {
#define X(name) #name,
        PUBLIC_INPUTS(X)
#undef X
    };
    for (int i = 0; i < PUBLIC_COUNT; i++) CHECK(listed("omit_", names[i]));
    for (int i = PUBLIC_TEMPLATE; i <= PUBLIC_CONTEXT; i++)
        if (i != PUBLIC_THRESHOLD)
            CHECK(listed("claim_other_", names[i]) && listed("forge_", names[i]));
    CHECK(listed("claim_lower_", "threshold"));
    cheat_run *run = new_run();
    mien_transcript ours, theirs;
    match_sample_true(&run->sample);
    run->parameters = *mien_proof_parameters_default();
    REQUIRE(mien_match_circuit_create(&run->circuit, &run->sample.statement) == MIEN_OK);
    mien_ligero_system system = mien_match_system(&run->circuit);
    mien_match_absorb(&theirs, &run->parameters, &system, &run->sample.statement);
    for (run->omitted = -1; run->omitted < PUBLIC_COUNT; run->omitted++) {
        absorb(&ours, run, &system);
        CHECK((memcmp(&ours, &theirs, sizeof ours) == 0) == (run->omitted == -1));
    }
    free_run(run);
}

int main(void) {
    RUN(test_without_a_cheat_accepted);
    RUN(test_slot_cheats_break_one_thing);
    RUN(test_every_hook_has_a_cheat);
    RUN(test_every_public_input_has_a_cheat);
    RUN(test_every_cheat_acts_and_is_rejected);
    return harness_end();
}
