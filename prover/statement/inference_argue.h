/* SPDX-License-Identifier: MIT */
/* The prover's half of prover/statement/inference_claims.h. */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_ARGUE_H
#define MIEN_PROVER_STATEMENT_INFERENCE_ARGUE_H

#include "prover/cnn/witness.h"
#include "prover/statement/inference_claims.h"

/* Moments at which an observer is called, in order but for the constant: X(name). */
#define MIEN_INFERENCE_STEPS(X)                                                                    \
    X(COLUMNS)            /* what the leaves look up stands in `ids`, `first`, `second` */         \
    X(LEAVES)             /* the leaves' tree was sent */                                          \
    X(TABLES)             /* `denominators` and `numerators` of the tables' tree are final */      \
    X(ROWS)               /* the tables' tree was sent */                                          \
    X(FUNCTIONAL)         /* `functional` is final; the inner product is next */                   \
    X(END)                /* `point` and `value` are what the opening will be about */             \
    X(WEIGHTS_CONSTANT)   /* hidden weights: `constant`, before it is sent (between ROWS and       \
                             FUNCTIONAL) */                                                        \
    X(WEIGHTS_SHARE)      /* `share`, before it is sent (behind END, as all that follow) */        \
    X(WEIGHTS_FUNCTIONAL) /* `functional` is theta's; its inner product is next */                 \
    X(WEIGHTS_END)        /* `weights_point` and `weights_value` are what is opened */

typedef enum mien_inference_step {
#define X(name) MIEN_INFERENCE_STEP_##name,
    MIEN_INFERENCE_STEPS(X)
#undef X
        MIEN_INFERENCE_STEP_COUNT
} mien_inference_step;

/* What the prover holds; see the fields' steps. All but challenges and points is secret. */
typedef struct mien_inference_view {
    const mien_cnn_plan *plan;
    const mien_cnn *cnn;
    const mien_f *w;
    mien_f *ids, *first; /* 2S each */
    mien_f *second;      /* S */
    mien_f *numerators;  /* of the tables' tree */
    mien_k_block *denominators, *functional;
    mien_inference_challenges challenges;
    mien_inference_points points;
    mien_k point[MIEN_FRACTION_LOG2_MAX], value;
    mien_k constant, share; /* what hidden weights add to the leaves' constant and to L(r*) */
    mien_k weights_point[MIEN_CNN_WEIGHTS_LOG2_MAX], weights_value;
} mien_inference_view;

typedef struct mien_inference_observer {
    void (*at)(void *context, mien_inference_step step, mien_inference_view *view);
    void *context;
} mien_inference_observer;

/* Weights that the verifier does not see. Everything but the layout is secret. */
typedef struct mien_inference_hidden {
    const mien_cnn *cnn; /* with weights */
    const mien_cnn_weights *layout;
    const mien_f *theta;
    mien_k *point, *functional; /* receive s* and V(s*), which are public */
} mien_inference_hidden;

/* After an argument that was made to its end, so many bytes at the beginning of its workspace hold
 * nothing secret: the functional, which took the place of all else that was there. */
size_t mien_inference_argue_public_size(const mien_cnn_plan *plan, const mien_cnn_weights *weights);
/* Bytes of workspace, 64-byte aligned; it holds secrets afterwards. weights: NULL unless hidden. */
size_t mien_inference_argue_workspace_size(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                           const mien_cnn_weights *weights);
/* The transcript holds everything public and the roots. output_public: the output's sum is not
 * sent. hidden: NULL, or cnn is the network without its weights. point receives r* (log2_size
 * coordinates), *functional what the verifier knows of L(r*): without hidden weights all of it. A
 * witness that is false gives an argument that does not verify. Not constant time.
 * MIEN_INTERRUPTED; errors of mien_send; MIEN_ARGUMENT for a small workspace. */
MIEN_MUST_CHECK mien_status mien_inference_argue(
    mien_sender *sender, mien_k *point, mien_k *functional, const mien_cnn_plan *plan,
    const mien_cnn *cnn, const mien_cnn_witness *witness, bool output_public,
    const mien_inference_hidden *hidden, void *workspace, size_t workspace_size,
    const mien_machine *machine, const mien_progress *progress,
    const mien_inference_observer *observer);

#endif
