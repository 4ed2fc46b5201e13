/* SPDX-License-Identifier: MIT */
/* The prover of prover/statement/registration.h. */
#ifndef MIEN_PROVER_STATEMENT_REGISTRATION_PROVE_H
#define MIEN_PROVER_STATEMENT_REGISTRATION_PROVE_H

#include "platform/base/progress.h"
#include "prover/ligero/prove.h"
#include "prover/statement/private_weights_prove.h"
#include "prover/statement/registration.h"

/* For tests: look at what the prover holds and change it. */
typedef enum mien_registration_step {
    MIEN_REGISTRATION_STEP_COMMIT, /* `w` is final, pads are drawn; nothing is committed to */
    MIEN_REGISTRATION_STEP_LEAVES, /* the leaves' tree is next: `w` is looked up */
    MIEN_REGISTRATION_STEP_ROWS,   /* the tree of the table's rows is next, from `w` too */
    MIEN_REGISTRATION_STEP_CLAIMS, /* `functional` is final */
    MIEN_REGISTRATION_STEP_VALUE,  /* renewal: `value`, before it is sent */
    MIEN_REGISTRATION_STEP_END,    /* `point`, before the opening */
    MIEN_REGISTRATION_STEP_COUNT
} mien_registration_step;
typedef struct mien_registration_view {
    mien_f *w; /* theta, then the counts of the table's rows; NULL in a renewal */
    size_t counts;
    mien_k *pads, *point, *value;
    mien_k_block *functional;
} mien_registration_view;
typedef struct mien_registration_observer {
    void (*at)(void *context, mien_registration_step step, const mien_registration_view *view);
    void *context;
} mien_registration_observer;

size_t mien_registration_proof_max_size(const mien_inference_parameters *parameters,
                                        const mien_registration *registration);
size_t mien_registration_prove_workspace_size(const mien_inference_parameters *parameters,
                                              const mien_registration *registration,
                                              unsigned threads);
/* Write a proof. model: behind registration->weights->root; before: of a renewal, behind that of
 * registration->before, else NULL. An opening of each is taken. MIEN_ARGUMENT when one has none
 * left or another root. Weights that are no digits, or that differ, give a proof that does not
 * verify. The workspace is wiped. */
MIEN_MUST_CHECK mien_status mien_registration_prove(
    uint8_t *proof, size_t capacity, size_t *length, const mien_inference_parameters *parameters,
    const mien_registration *registration, mien_private_model *model, mien_private_model *before,
    void *workspace, size_t workspace_size, const mien_random *random, mien_pool *pool,
    const mien_progress *progress, const mien_registration_observer *observer);

/* As mien_inference_security. */
size_t mien_registration_security(mien_security_term *terms, size_t capacity,
                                  const mien_inference_parameters *parameters,
                                  const mien_registration *registration);

#endif
