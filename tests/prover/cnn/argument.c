/* SPDX-License-Identifier: MIT */
/* The argument about a network between commitment and opening, messages in the clear and padded. */
#include "prover/statement/inference_argue.h"
#include "prover/statement/inference_check.h"
#include "tests/prover/cnn/toy_network.h"

enum { MESSAGES = 4096 };

static mien_k messages[MESSAGES], pads[MESSAGES];
static uint8_t wire[MESSAGES * 20];
static uint8_t *workspace;
static size_t workspace_size;

static void reserve(size_t size) {
    if (size <= workspace_size) return;
    free(workspace);
    workspace_size = (size + 63) / 64 * 64;
    workspace = aligned_alloc(64, workspace_size);
}

static mien_status check_on_pads(void *context, const mien_form *form,
                                 const mien_form_product *products, size_t count) {
    mien_form on_pads;
    mien_form_on_pads(&on_pads, form, products, count, messages);
    mien_k value = mien_form_value(&on_pads, products, count, context);
    return mien_k_is_zero(value) ? MIEN_OK : MIEN_PROOF_INVALID;
}

static mien_k extension(const toy *t, const mien_k *point) {
    size_t size = (size_t)1 << t->plan->log2_size;
    mien_k *scratch = malloc(size * sizeof *scratch);
    mien_k value = mien_multilinear_f(scratch, t->w, point, t->plan->log2_size);
    free(scratch);
    return value;
}

/* One run; the opening is replaced by the extension's value. */
static mien_status run(const toy *t, bool public) {
    mien_machine machine = mien_machine_best(NULL);
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(wire, sizeof wire);
    mien_sender sender = {&transcript, &writer, pads, MESSAGES, 0};
    mien_inference_end end = {.value = 0};
    mien_k point[MIEN_FRACTION_LOG2_MAX], functional;
    const int16_t *output = public ? t->tensors[t->cnn.layer_count] : NULL;
    reserve(mien_inference_argue_workspace_size(t->plan, &t->cnn, NULL));
    mien_transcript_start(&transcript, "test");
    MIEN_TRY(mien_inference_argue(&sender, point, &functional, t->plan, &t->cnn, &t->witness,
                                  public, NULL, workspace, workspace_size, &machine, NULL, NULL));
    CHECK_INT(sender.sent + 1, mien_inference_message_count(t->plan, !public, NULL));
    mien_reader reader = mien_reader_of(wire, writer.used);
    mien_receiver receiver = {&transcript, &reader, messages, MESSAGES, 0};
    mien_checker checker = {check_on_pads, pads};
    reserve(mien_inference_check_workspace_size(t->plan, &t->cnn));
    mien_transcript_start(&transcript, "test");
    MIEN_TRY(mien_inference_check(&end, &receiver, &checker, t->plan, &t->cnn, output, NULL,
                                  workspace, workspace_size));
    CHECK(memcmp(end.point, point, t->plan->log2_size * sizeof *point) == 0);
    CHECK(mien_k_equal(end.functional, functional));
    mien_k value = mien_k_sub(messages[end.value], pads[end.value]);
    if (!mien_k_equal(value, extension(t, point))) return MIEN_PROOF_INVALID;
    if (public) return mien_read_end(&reader);
    mien_k sum = mien_inference_output_value(end.xi, t->tensors[t->cnn.layer_count],
                                             mien_inference_output_size(&t->cnn));
    CHECK(mien_k_equal(sum, mien_k_sub(messages[end.output], pads[end.output])));
    return mien_read_end(&reader);
}

static void make_pads(void) {
    for (size_t i = 0; i < MESSAGES; i++)
        for (int k = 0; k < MIEN_K_DEGREE; k++)
            pads[i].c[k] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}

static void true_runs(void) {
    for (int round = 0; round < 6; round++) {
        toy t;
        toy_make(&t);
        REQUIRE(toy_run(&t) == MIEN_OK);
        memset(pads, 0, sizeof pads);
        if (round % 2 == 1) make_pads();
        CHECK_INT(run(&t, round % 3 == 0), MIEN_OK);
        toy_free(&t);
    }
}

/* Each position of w that holds a value, changed by a little: what it stands for is wrong then. */
static void false_values(void) {
    toy t;
    toy_make(&t);
    REQUIRE(toy_run(&t) == MIEN_OK);
    const mien_cnn_plan *plan = t.plan;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        for (int round = 0; round < 4; round++) {
            size_t at = b->base + (harness_random_below(b->sites) << b->log2_channels) +
                        harness_random_below(b->channels);
            if (b->shift > 0 && round % 2 == 1) at += (size_t)1 << plan->log2_half;
            mien_f kept = t.w[at];
            t.w[at] = mien_f_add(kept, mien_f_from_i32(round < 2 ? 1 : -1));
            CHECK_INT(run(&t, round == 0), MIEN_PROOF_INVALID);
            t.w[at] = kept;
        }
    }
    for (int round = 0; round < 20; round++) {
        size_t at = plan->table_base + harness_random_below(plan->table_rows);
        mien_f kept = t.w[at];
        t.w[at] = mien_f_add(kept, MIEN_F_ONE);
        CHECK_INT(run(&t, true), MIEN_PROOF_INVALID);
        t.w[at] = kept;
    }
    CHECK_INT(run(&t, true), MIEN_OK);
    toy_free(&t);
}

static void another_output(void) {
    toy t;
    toy_make(&t);
    REQUIRE(toy_run(&t) == MIEN_OK);
    size_t count = mien_inference_output_size(&t.cnn);
    for (size_t i = 0; i < count; i++) {
        t.tensors[t.cnn.layer_count][i]++;
        CHECK_INT(run(&t, true), MIEN_PROOF_INVALID);
        t.tensors[t.cnn.layer_count][i]--;
    }
    CHECK_INT(run(&t, true), MIEN_OK);
    toy_free(&t);
}

int main(void) {
    RUN(true_runs);
    RUN(false_values);
    RUN(another_output);
    free(workspace);
    return harness_end();
}
