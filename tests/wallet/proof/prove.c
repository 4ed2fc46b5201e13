/* SPDX-License-Identifier: MIT */
/* Whole networks from ONNX to a proof that holds: a random sample of digits by both networks,
 * LeNet-5 and the chain with all bindings that their outputs allow; what is not so is refused. */
#include "wallet/proof/prove.h"

#include "tests/face_model/import/digits.h"
#include "tests/wallet/proof/published.h"
#include "wallet/proof/cost.h"

#define SAMPLE 3 /* digits for each network */

typedef struct job {
    mien_proof_network *network;
    mien_proof_prover *prover;
    mien_proof_private *private_model; /* hidden weights */
    mien_inference_statement statement;
    mien_proof_secrets secrets;
} job;

static bool open_job(job *j, const mien_network *network, mien_frame_binding frame) {
    mien_error error = {MIEN_OK, ""};
    memset(j, 0, sizeof *j);
    harness_random_bytes(j->secrets.frame_seed, sizeof j->secrets.frame_seed);
    if (mien_proof_network_create(&j->network, network, &error) == MIEN_OK &&
        mien_proof_prover_create(&j->prover, j->network, mien_inference_parameters_100(), frame,
                                 MIEN_OUTPUT_PUBLIC, NULL, &error) == MIEN_OK) {
        mien_proof_statement_start(&j->statement, j->network, frame, MIEN_OUTPUT_PUBLIC);
        return true;
    }
    printf("  %s\n", error.message);
    return false;
}

/* From now on the job's weights are hidden. */
static bool hide(job *j, uint32_t budget) {
    mien_error error = {MIEN_OK, ""};
    mien_openings openings = {.most = budget};
    harness_random_bytes(openings.seed, sizeof openings.seed);
    if (mien_proof_private_create(&j->private_model, j->network, mien_inference_parameters_100(),
                                  &openings, NULL, &error) == MIEN_OK &&
        mien_proof_prover_hide(j->prover, j->private_model, &error) == MIEN_OK) {
        mien_proof_private_statement(&j->statement, j->private_model);
        return true;
    }
    printf("  %s\n", error.message);
    return false;
}

static void close_job(job *j) {
    mien_proof_prover_free(j->prover);
    mien_proof_private_free(j->private_model);
    mien_proof_network_free(j->network);
}

static mien_status verify(const mien_inference_statement *statement, const uint8_t *proof,
                          size_t length) {
    const mien_inference_parameters *parameters = mien_inference_parameters_100();
    size_t size = mien_inference_verify_workspace_size(parameters, statement);
    void *workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    mien_status status = MIEN_MEMORY;
    if (workspace != NULL && size > 0)
        status = mien_inference_verify(parameters, statement, proof, length, workspace, size);
    free(workspace);
    return status;
}

/* Prove, verify, compare the output with a plain run, and refuse what was changed. */
static void check_frame(job *j, const uint8_t *frame, size_t length) {
    mien_random random = mien_random_system();
    const uint8_t *proof;
    size_t size, outputs = mien_inference_output_size(&j->network->cnn);
    mien_proof_cost cost;
    int16_t *plain = malloc(outputs * sizeof *plain), *shown = malloc(outputs * sizeof *shown);
    REQUIRE(plain != NULL && shown != NULL);
    harness_random_bytes(j->statement.context, sizeof j->statement.context);
    if (j->statement.frame == MIEN_FRAME_COMMITTED)
        REQUIRE(mien_proof_commit_frame(j->prover, j->statement.frame_commitment, frame, length,
                                        j->secrets.frame_seed) == MIEN_OK);
    REQUIRE(mien_proof_run_plain(mien_proof_prover_run(j->prover), plain, frame, length) ==
            MIEN_OK);
    REQUIRE(mien_proof_prove(j->prover, &proof, &size, &j->statement, &j->secrets, frame, length,
                             &random, NULL, NULL) == MIEN_OK);
    CHECK_BYTES(j->statement.output_values, plain, outputs * sizeof *plain);
    CHECK_INT(verify(&j->statement, proof, size), MIEN_OK);
    REQUIRE(mien_proof_cost_of(&cost, j->network, mien_inference_parameters_100(),
                               j->statement.frame, MIEN_OUTPUT_PUBLIC, 1, 0, NULL) == MIEN_OK);
    CHECK((size <= cost.proof_bytes || j->private_model != NULL) && cost.prove_seconds <= 0);
    mien_inference_statement other = j->statement;
    memcpy(shown, plain, outputs * sizeof *shown);
    shown[harness_random_below(outputs)]++;
    other.output_values = shown;
    CHECK_INT(verify(&other, proof, size), MIEN_PROOF_INVALID);
    other = j->statement;
    other.model[harness_random_below(32)] ^= 1;
    CHECK(verify(&other, proof, size) != MIEN_OK);
    CHECK_INT(verify(&j->statement, proof, size - 1), MIEN_PROOF_INVALID);
    free(plain);
    free(shown);
}

static void prove_digits(const char *file, bool hidden) {
    char folder[1100];
    digits d = {0};
    job j;
    snprintf(folder, sizeof folder, "%s/data/mnist",
             harness_shared() != NULL ? harness_shared() : "");
    if (harness_shared() == NULL || !digits_open(&d, folder))
        SKIP("no data/mnist in ../shared or $MIEN_SHARED");
    mien_float_network *real = digits_import(folder, file);
    mien_network *network = real != NULL ? digits_quantise(real, &d) : NULL;
    REQUIRE(network != NULL && open_job(&j, network, MIEN_FRAME_PUBLIC));
    if (hidden) REQUIRE(hide(&j, SAMPLE));
    for (int i = 0; i < SAMPLE; i++)
        check_frame(&j, d.images + harness_random_below(DIGITS) * DIGITS_PIXELS, DIGITS_PIXELS);
    close_job(&j);
    mien_network_free(network);
    mien_float_network_free(real);
    digits_close(&d);
}

static void small_digits(void) {
    prove_digits("mnist-sm.onnx", false);
}

static void digits_with_hidden_weights(void) {
    prove_digits("mnist-sm.onnx", true);
}

static void large_digits(void) {
    prove_digits("mnist-lg.onnx", false);
}

/* A frame of noise and one of a single colour; another frame than the committed one. */
static void check_published(const mien_network *network, mien_frame_binding binding, bool hidden) {
    size_t length = mien_shape_elements(mien_network_input(network));
    uint8_t *frame = malloc(length);
    job j;
    REQUIRE(frame != NULL && open_job(&j, network, binding));
    if (hidden) REQUIRE(hide(&j, 4));
    harness_random_bytes(frame, length);
    check_frame(&j, frame, length);
    memset(frame, 255, length);
    check_frame(&j, frame, length);
    if (binding == MIEN_FRAME_COMMITTED) {
        mien_random random = mien_random_system();
        const uint8_t *proof;
        size_t size;
        frame[length / 2]--;
        CHECK_INT(mien_proof_prove(j.prover, &proof, &size, &j.statement, &j.secrets, frame, length,
                                   &random, NULL, NULL),
                  MIEN_ARGUMENT);
        CHECK(proof == NULL);
    }
    close_job(&j);
    free(frame);
}

static void all_bindings(const char *name, unsigned side) {
    size_t length = 0;
    mien_error error = {MIEN_OK, ""};
    uint8_t *onnx = published_onnx(name, side, &length);
    if (onnx == NULL) SKIP("no Python 3");
    mien_float_network *real = published_import(onnx, length, &error);
    mien_network *network = real != NULL ? published_quantise(real, 2, &error) : NULL;
    if (network == NULL) printf("  %s\n", error.message);
    REQUIRE(network != NULL);
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame++)
        for (int hidden = 0; hidden < 2; hidden++)
            check_published(network, (mien_frame_binding)frame, hidden == 1);
    mien_network_free(network);
    mien_float_network_free(real);
    free(onnx);
}

static void lenet5(void) {
    all_bindings("lenet5", 0);
}

static void chain(void) {
    all_bindings("chain", 16);
}

int main(void) {
    RUN(small_digits);
    RUN(digits_with_hidden_weights);
    RUN(large_digits);
    RUN(lenet5);
    RUN(chain);
    return harness_end();
}
