/* SPDX-License-Identifier: MIT */
/* The soundness error of inference and face, term by term: docs/SOUNDNESS.md. */
#include <math.h>
#include <string.h>

#include "prover/commitment/security.h"
#include "prover/hash/poseidon2.h"
#include "prover/ligero/security.h"
#include "prover/statement/inference_protocol.h"
#include "prover/statement/inference_prove.h"
#include "prover/statement/registration_protocol.h"
#include "prover/statement/registration_prove.h"

/* As in prover/ligero/security.c. */
#define STEP 0.001
#define TERMS_MAX 32
#define PREFIX_WORK "collisions"

static double rounded_down(double bits) {
    return floor(bits / STEP - 0.5) * STEP;
}

typedef struct list {
    mien_security_term *terms;
    size_t capacity, count;
    double sum, sum_grinding, least_work;
} list;

static void add(list *l, const mien_security_term *term) {
    if (l->count < l->capacity) l->terms[l->count] = *term;
    l->count++;
    if (strncmp(term->name, PREFIX_WORK, strlen(PREFIX_WORK)) == 0) {
        l->least_work = fmin(l->least_work, term->bits);
    } else {
        l->sum += exp2(-term->bits);
        l->sum_grinding += exp2(-term->bits_grinding);
    }
}

static void add_field_term(list *l, const char *name, const char *formula, double numerator) {
    double bits = rounded_down(MIEN_K_DEGREE * log2((double)MIEN_F_MODULUS) - log2(numerator));
    mien_security_term term = {name, formula, bits, bits};
    add(l, &term);
}

static double tree_numerator(double n) {
    return 2 * n * (n + 3);
}

static void add_argument(list *l, const mien_inference_statement *statement) {
    const mien_cnn_plan *plan = statement->plan;
    double leaves = mien_inference_leaves_log2(plan), rows = mien_inference_rows_log2(plan);
    add_field_term(l, "a value that is in no table", "2 (leaves + rows) / |K|",
                   2 * (exp2(leaves) + exp2(rows)));
    add_field_term(l, "fraction trees", "sum of 2 n (n + 3) / |K|",
                   tree_numerator(leaves) + tree_numerator(rows));
    add_field_term(l, "claims added up", "(outputs + 2) / |K|",
                   (double)mien_inference_output_size(statement->cnn) + 2);
    add_field_term(l, "inner product", "2 log2(size of w) / |K|", 2.0 * plan->log2_size);
}

/* Names of the terms of an opening, for the one of hidden weights. */
#define OPENING_NAMES(X)                                                                           \
    X("rows close to the code")                                                                    \
    X("value of the mask")                                                                         \
    X("opened columns")                                                                            \
    X("batch of claims, level 1")                                                                  \
    X("sumcheck, level 1")                                                                         \
    X("rows close to the code, level 1")                                                           \
    X("opened columns, level 1")                                                                   \
    X("batch of claims, level 2")                                                                  \
    X("sumcheck, level 2")                                                                         \
    X("rows close to the code, level 2")                                                           \
    X("opened columns, level 2")                                                                   \
    X("batch of claims, level 3")                                                                  \
    X("sumcheck, level 3")                                                                         \
    X("rows close to the code, level 3")                                                           \
    X("opened columns, level 3")

static const char *name_for_weights(const char *name) {
#define X(known)                                                                                   \
    if (strcmp(name, known) == 0) return "weights: " known;
    OPENING_NAMES(X)
#undef X
    return name; /* works, which are the same for both */
}

static void add_weights(list *l, const mien_inference_setup *setup) {
    mien_security_term terms[TERMS_MAX];
    double rounds = setup->statement->weights->layout.log2_size;
    add_field_term(l, "weights: claims added up", "1 / |K|", 1);
    add_field_term(l, "weights: inner product", "2 log2(size of theta) / |K|", 2 * rounds);
    size_t count = mien_tensor_security(terms, TERMS_MAX, &setup->weights.theta);
    for (size_t i = 0; i + 1 < count && i < TERMS_MAX; i++) {
        terms[i].name = name_for_weights(terms[i].name);
        if (strncmp(terms[i].name, PREFIX_WORK, strlen(PREFIX_WORK)) != 0) add(l, &terms[i]);
    }
}

/* All but the total, which is the last. */
static void add_part(list *l, const mien_security_term *terms, size_t count) {
    for (size_t i = 0; i + 1 < count && i < TERMS_MAX; i++) add(l, &terms[i]);
}

static size_t add_total(list *l) {
    mien_security_term total = {"total", "the smaller of the sum of errors and the works",
                                fmin(rounded_down(-log2(l->sum)), l->least_work),
                                fmin(rounded_down(-log2(l->sum_grinding)), l->least_work)};
    if (l->count < l->capacity) l->terms[l->count] = total;
    return l->count + 1;
}

size_t mien_inference_security(mien_security_term *terms, size_t capacity,
                               const mien_inference_parameters *parameters,
                               const mien_inference_statement *statement) {
    mien_inference_setup setup;
    mien_security_term part[TERMS_MAX];
    list l = {terms, capacity, 0, 0, 0, INFINITY};
    if (mien_inference_setup_make(&setup, parameters, statement) != MIEN_OK) return 0;
    add_argument(&l, statement);
    add_part(&l, part, mien_tensor_security(part, TERMS_MAX, &setup.parts[setup.part_count - 1]));
    if (statement->weights != NULL) add_weights(&l, &setup);
    add_part(&l, part,
             mien_ligero_security(part, TERMS_MAX, &setup.ligero, setup.system.constraint_count));
    if (statement->output != MIEN_OUTPUT_PUBLIC) {
        double work = rounded_down(MIEN_POSEIDON2_DIGEST * log2((double)MIEN_F_MODULUS) / 2);
        add(&l, &(mien_security_term){"collisions of Poseidon2", "work p^(9 / 2)", work, work});
    }
    return add_total(&l);
}

/* ---- registration and renewal of hidden weights */

static void add_registration(list *l, const mien_registration_setup *setup) {
    double n = setup->bits, rows = MIEN_CNN_DIGIT_LOG2;
    if (mien_registration_renews(setup)) {
        add_field_term(l, "weights that differ", "(log2(size of theta) + 1) / |K|", n + 1);
        return;
    }
    add_field_term(l, "an element that is no digit", "2 (elements + rows) / |K|",
                   2 * (exp2(n) + exp2(rows)));
    add_field_term(l, "fraction trees", "sum of 2 n (n + 3) / |K|",
                   tree_numerator(n) + tree_numerator(rows));
    add_field_term(l, "claims added up", "1 / |K|", 1);
    add_field_term(l, "inner product", "2 log2(size of the vector) / |K|", 2 * (n + 1));
}

size_t mien_registration_security(mien_security_term *terms, size_t capacity,
                                  const mien_inference_parameters *parameters,
                                  const mien_registration *registration) {
    mien_registration_setup setup;
    mien_security_term part[TERMS_MAX];
    list l = {terms, capacity, 0, 0, 0, INFINITY};
    if (mien_registration_setup_make(&setup, parameters, registration) != MIEN_OK) return 0;
    add_registration(&l, &setup);
    add_part(&l, part, mien_tensor_security(part, TERMS_MAX, &setup.parts[setup.part_count - 1]));
    add_part(&l, part,
             mien_ligero_security(part, TERMS_MAX, &setup.ligero, setup.system.constraint_count));
    return add_total(&l);
}
