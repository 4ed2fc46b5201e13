/* SPDX-License-Identifier: MIT */
/* Provers of match that cheat: each entry of CHEATS has a function cheat_NAME, called at every
 * hook of a proof in the making, that must act at the hook named in the list. Extend, never
 * shorten. */
#ifndef MIEN_TESTS_PROVER_CHEATS_H
#define MIEN_TESTS_PROVER_CHEATS_H

#include "prover/ligero/prove.h"
#include "tests/prover/match_sample.h"

/* Hooks of the statement around the steps of MIEN_LIGERO_STEPS. */
#define STATEMENT_HOOKS(X)                                                                         \
    X(WITNESS)    /* `sample` may be changed before slots are filled */                            \
    X(SLOTS)      /* `rows` are filled */                                                          \
    X(PARAMETERS) /* `parameters` of the prover */                                                 \
    X(ABSORB)     /* `omitted` item of the public input */                                         \
    X(WIRE)       /* `proof` is complete */                                                        \
    X(CLAIM)      /* `claim` is what the verifier is told */

typedef enum hook {
#define X(name) HOOK_##name,
    MIEN_LIGERO_STEPS(X) STATEMENT_HOOKS(X)
#undef X
        HOOK_COUNT
} hook;

/* Items of the public input in their order, with the field of the statement they come from. */
#define PUBLIC_INPUTS(X)                                                                           \
    X(PROTOCOL)                                                                                    \
    X(VERSION)                                                                                     \
    X(CIRCUIT)                                                                                     \
    X(PARAMETER_SET)                                                                               \
    X(SLOTS)                                                                                       \
    X(LENGTH)                                                                                      \
    X(QUERIES)                                                                                     \
    X(GRINDING)                                                                                    \
    X(ROWS)                                                                                        \
    X(PRODUCTS)                                                                                    \
    X(CONSTRAINTS)                                                                                 \
    X(TEMPLATE)                                                                                    \
    X(EMBEDDING)                                                                                   \
    X(KEY_CHECK)                                                                                   \
    X(SERVICE)                                                                                     \
    X(EPOCH)                                                                                       \
    X(SLOT)                                                                                        \
    X(THRESHOLD)                                                                                   \
    X(CONTEXT)

typedef enum public_input {
#define X(name) PUBLIC_##name,
    PUBLIC_INPUTS(X)
#undef X
        PUBLIC_COUNT
} public_input;

typedef struct cheat_run {
    match_sample sample;        /* the prover's statement and witness */
    mien_match_statement claim; /* the verifier's */
    mien_proof_parameters parameters;
    int omitted; /* public_input that the prover does not absorb, or -1 */
    mien_match_circuit circuit;
    mien_f (*digest)[MIEN_POSEIDON2_DIGEST];
    mien_f *rows;
    uint8_t *proof;
    size_t length, capacity;
    void *prove_memory, *verify_memory;
    size_t prove_size, verify_size;
    void (*cheat)(struct cheat_run *run, hook at, mien_ligero_view *view);
    unsigned acted; /* bit of each hook where the cheat acted */
} cheat_run;

/* X(name, hook, what) */
#define CHEATS(X)                                                                                  \
    X(false_by_one, WITNESS, "threshold one above the highest that holds, proved honestly")        \
    X(false_carries, SLOTS, "the same with the last carry made a negative bit")                    \
    X(false_dot, SLOTS, "D grown by one product that is not one")                                  \
    X(false_square, SLOTS, "A shrunk by one square that is not one")                               \
    X(negative_dot, SLOTS, "e = -t: D - 1 as a bit that is no bit")                                \
    X(zero_embedding, SLOTS, "e = 0: D - 1 = -1 as a bit that is no bit")                          \
    X(limb_carry, SLOTS, "a carry off by one, the limb above made to fit")                         \
    X(limb_swap, SLOTS, "D^2 = s0 + 2^11 c0 with 2^11 moved from one to the other")                \
    X(other_entry, SLOTS, "another e in the comparison than in the booleans")                      \
    X(other_bits, SLOTS, "another e in the booleans than in C_e")                                  \
    X(entry_overflow, SLOTS, "an entry of 128 as a ninth value of the eighth bit")                 \
    X(other_key_for_check, SLOTS, "KC from another K_z")                                           \
    X(other_key_for_template, SLOTS, "r from another K_z")                                         \
    X(other_blinding, WITNESS, "another r_e")                                                      \
    X(other_template, WITNESS, "t = e without the commitment to it")                               \
    X(cube_x, SLOTS, "input of a cube changed")                                                    \
    X(cube_y, SLOTS, "square changed, cube made to fit")                                           \
    X(cube_z, SLOTS, "cube changed in the last permutation")                                       \
    X(digest_forced, SLOTS, "last cubes solved for the digest that is claimed")                    \
    X(claim_other_template, CLAIM, "replay under another C_t")                                     \
    X(claim_other_embedding, CLAIM, "replay under another C_e")                                    \
    X(claim_other_key_check, CLAIM, "replay under another KC")                                     \
    X(claim_other_service, CLAIM, "replay for another service")                                    \
    X(claim_other_epoch, CLAIM, "replay in another epoch")                                         \
    X(claim_other_slot, CLAIM, "replay in another slot")                                           \
    X(claim_lower_threshold, CLAIM, "replay under a lower threshold, which is true")               \
    X(claim_other_context, CLAIM, "replay under another ctx")                                      \
    X(forge_template, PARAMETERS, "proved for another C_t with this witness")                      \
    X(forge_embedding, PARAMETERS, "proved for another C_e with this witness")                     \
    X(forge_key_check, PARAMETERS, "proved for another KC with this witness")                      \
    X(forge_service, PARAMETERS, "proved for another service with this witness")                   \
    X(forge_epoch, PARAMETERS, "proved for another epoch with this witness")                       \
    X(forge_slot, PARAMETERS, "proved for another slot with this witness")                         \
    X(forge_context, PARAMETERS, "proved for another ctx with this witness")                       \
    X(omit_protocol, ABSORB, "not absorbed")                                                       \
    X(omit_version, ABSORB, "not absorbed")                                                        \
    X(omit_circuit, ABSORB, "not absorbed")                                                        \
    X(omit_parameter_set, ABSORB, "not absorbed")                                                  \
    X(omit_slots, ABSORB, "not absorbed")                                                          \
    X(omit_length, ABSORB, "not absorbed")                                                         \
    X(omit_queries, ABSORB, "not absorbed")                                                        \
    X(omit_grinding, ABSORB, "not absorbed")                                                       \
    X(omit_rows, ABSORB, "not absorbed")                                                           \
    X(omit_products, ABSORB, "not absorbed")                                                       \
    X(omit_constraints, ABSORB, "not absorbed")                                                    \
    X(omit_template, ABSORB, "not absorbed")                                                       \
    X(omit_embedding, ABSORB, "not absorbed")                                                      \
    X(omit_key_check, ABSORB, "not absorbed")                                                      \
    X(omit_service, ABSORB, "not absorbed")                                                        \
    X(omit_epoch, ABSORB, "not absorbed")                                                          \
    X(omit_slot, ABSORB, "not absorbed")                                                           \
    X(omit_threshold, ABSORB, "not absorbed")                                                      \
    X(omit_context, ABSORB, "not absorbed")                                                        \
    X(fewer_queries, PARAMETERS, "q of 20, the head of the default set")                           \
    X(higher_rate, PARAMETERS, "a code half as long, the head of the default set")                 \
    X(less_grinding, PARAMETERS, "no grinding, the head of the default set")                       \
    X(other_set, WIRE, "another parameter set in the head")                                        \
    X(other_version, WIRE, "another version in the head")                                          \
    X(known_seed, SEED, "seed replaced, and a false witness")                                      \
    X(no_randomness, RANDOMNESS, "all masks and random coefficients zero, a false witness")        \
    X(mask_cancels_first, POLYNOMIALS,                                                             \
      "first constraint off by one, linear mask that sums to minus one")                           \
    X(mask_cancels_last, POLYNOMIALS,                                                              \
      "last constraint off by one, linear mask that sums to minus one")                            \
    X(unbalanced_mask, POLYNOMIALS, "linear mask that does not sum to zero, a false witness")      \
    X(unbalanced_mask_fitted, RESPONSES, "the same, the response's sum corrected afterwards")      \
    X(row_of_degree_k, CODEWORDS, "one row of degree k")                                           \
    X(row_random, CODEWORDS, "one row that is no codeword at all")                                 \
    X(row_half, CODEWORDS, "one row changed in half of the columns")                               \
    X(proximity_mask_random, CODEWORDS, "the proximity mask is no codeword")                       \
    X(linear_low_mask_random, CODEWORDS, "half of the linear mask is no codeword")                 \
    X(linear_high_mask_random, CODEWORDS, "the other half is no codeword")                         \
    X(product_low_mask_random, CODEWORDS, "half of the product mask is no codeword")               \
    X(product_high_mask_random, CODEWORDS, "the other half is no codeword")                        \
    X(linear_mask_of_two, CODEWORDS, "linear mask that agrees with two polynomials")               \
    X(product_mask_of_two, CODEWORDS, "product mask that agrees with two polynomials")             \
    X(columns_shifted, CODEWORDS, "all columns moved by one")                                      \
    X(rows_swapped, CODEWORDS, "two rows changed places in all columns")                           \
    X(leaf_replaced, TREE, "the tree over other leaves than the columns")                          \
    X(root_replaced, TREE, "another root")                                                         \
    X(own_proximity, CHALLENGES, "proximity coefficients of the prover's choice")                  \
    X(own_alpha, CHALLENGES, "alpha of the prover's choice")                                       \
    X(own_gamma, CHALLENGES, "product coefficients of the prover's choice")                        \
    X(proximity_response, RESPONSES, "another codeword as proximity response")                     \
    X(linear_response, RESPONSES, "a linear response with the right sum, on a false witness")      \
    X(linear_response_sum, RESPONSES, "a linear response with a wrong sum")                        \
    X(product_response, RESPONSES, "another product response")                                     \
    X(product_remainder, RESPONSES, "the quotient chosen to hide a remainder")                     \
    X(late_mask, COLUMNS, "false witness; linear mask moved in the opened columns to fit")         \
    X(late_row, COLUMNS, "a row's opened elements changed to fit the tests")                       \
    X(late_salt, COLUMNS, "a salt changed")                                                        \
    X(no_grinding, NONCE, "a nonce whose state is not zero where it should")                       \
    X(own_columns, COLUMNS, "the first q columns opened")                                          \
    X(early_columns, COLUMNS, "columns drawn before the responses opened")                         \
    X(duplicate_column, WIRE, "one column opened twice")                                           \
    X(element_too_large, WIRE, "an element of the proximity response plus p")                      \
    X(element_too_large_linear, WIRE, "an element of the linear response plus p")                  \
    X(element_too_large_product, WIRE, "an element of the product response plus p")                \
    X(element_too_large_column, WIRE, "an element of a column plus p")                             \
    X(sibling_changed, WIRE, "a digest of the opening changed")                                    \
    X(columns_reordered, WIRE, "two opened columns changed places")                                \
    X(trailing_byte, WIRE, "one byte behind the end")

/* Slots that satisfy all but the first linear constraint, whose left side is one too large; the
 * claim is made to fit. */
void shift_first_cube(cheat_run *run);
/* The same with the last one, too large by one. */
void shift_last_number(cheat_run *run);

#define X(name, at, what) void cheat_##name(cheat_run *run, hook at_hook, mien_ligero_view *view);
CHEATS(X)
#undef X

#endif
