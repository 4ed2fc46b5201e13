/* SPDX-License-Identifier: MIT */
/* The match statement as slots and constraints; docs/PROTOCOL.md has the same in tables.
 *
 * Rows of 256 slots:
 *   0..41   cubes: cube number s of the 24 permutations in slot s % 256 of rows 3(s / 256) (x),
 *           3(s / 256) + 1 (y = x x) and 3(s / 256) + 2 (z = x y)
 *   42..51  booleans: bit k of entry i of e + 128 is boolean 8 i + k, of t + 128 boolean
 *           1024 + 8 i + k; then the numbers of MIEN_MATCH_NUMBERS, low bits first
 *   52, 53  left and right factors, 54 left squared, 55 right squared, 56 left times right:
 *           slots 0..127 hold (e_i, t_i), 128.. the limb products, then K_z and r_e (left only)
 *
 * Permutations, in chains that start from a public state and take seven elements each; the last one
 * of a chain takes none and yields the last two elements of the digest:
 *   KC  = H("mien key check"; service | 0 | K_z)                            0, 1, 2
 *   r   = H("mien blinding";  service, epoch, slot | 0 | K_z)               3, 4, 5
 *   C_t = H("mien template";  service, epoch, slot | 0 | t + 128, r)        6..14
 *   C_e = H("mien embedding"; ctx | 0 | e + 128, r_e)                       15..23
 * where | 0 | are zeros up to a multiple of seven, bytes go three to an element (little-endian, the
 * last one with what is left), and epoch and slot are two 16-bit halves each, low half first.
 *
 * The comparison. D = sum e_i t_i, A = sum e_i^2, B = sum t_i^2; |e_i|, |t_i| <= 2^7, so that
 * |D|, A, B <= 2^21: sums of products in F are the integers. D >= 1 is D - 1 = d0 + 2^11 d1, and
 * with g = d0 + 1 and A = a0 + 2^11 a1, B = b0 + 2^11 b1:
 *   D^2 = s0 + 2^11 s1 + 2^22 s2 + 2^33 s3:  g^2 = s0 + 2^11 c0, 2 g d1 + c0 = s1 + 2^11 c1,
 *                                            d1^2 + c1 = s2 + 2^11 s3
 *   A B = u0 + 2^11 u1 + 2^22 u2 + 2^33 u3:  a0 b0 = u0 + 2^11 v0, a0 b1 + a1 b0 + v0 = u1 + 2^11
 * v1, a1 b1 + v1 = u2 + 2^11 u3 2^16 D^2 - T A B >= 0:                   2^16 s0 - T u0 = f0 + 2^11
 * h0, 2^16 s1 - T u1 + h0 = f1 + 2^11 h1, 2^16 s2 - T u2 + h1 = f2 + 2^11 h2, 2^16 s3 - T u3 + h2 =
 * h3 h0, h1, h2 are signed (17 bits minus 2^16), everything else unsigned with the widths below.
 * With these widths every side of every equation is below 2^29 in size, so equality modulo p is
 * equality of integers: (g, d1 < 2^11 + 1) products <= 2^22, twice that plus 2^12 < 2^24; sums of
 * two products of limbs plus a carry < 2^24; 2^16 2^11 = 2^27, T 2^11 < 2^27, 2^11 2^17 = 2^28. And
 * every true statement has such numbers:
 *   D - 1 < 2^21, so d1 <= 2^10 - 1; A, B <= 2^21, so a1 <= 2^10 and a1 = 2^10 only with a0 = 0
 *   g^2 <= 2^22, c0 <= 2^11 (12 bits); 2 g d1 + c0 <= 2^11 2047 < 2^22, c1 < 2^11;
 *   d1^2 + c1 <= 1023^2 + 2047 = 2^20, s3 <= 2^9 (10 bits)
 *   a0 b0 <= 2047^2, v0 < 2^11; a0 b1 + a1 b0 <= 2 2047 1023 (or 1024 2047), plus v0 < 2^22,
 *   v1 < 2^11; a1 b1 + v1 < 2^21, u3 < 2^10
 *   2^16 2047 + 65535 < 2^16 2^11 and -65535 2047 - 65535 > -2^16 2^11, so -2^16 <= h < 2^16 for
 *   all three carries by induction; h3 <= (2^16 D^2 - T A B) / 2^33 < 2^58 / 2^33 = 2^25.
 *
 * Bare: the same without C_e, for statements that bind e otherwise (prover/circuits/pads.h links it
 * by the first 128 slots of the row of left factors). The last nine permutations are not there, so
 * that rows from 42 on are 27 and following; the nine constraints of C_e's digest say 0 = 0; the
 * slots of r_e are free. */
#ifndef MIEN_PROVER_CIRCUITS_MATCH_H
#define MIEN_PROVER_CIRCUITS_MATCH_H

#include "prover/circuits/chain.h"
#include "prover/ligero/system.h"
#include "prover/verifier.h"

/* X(name, bits, offset): the number is sum 2^k bit_k - offset. */
/* clang-format off */
#define MIEN_MATCH_NUMBERS(X)                                                                      \
    X(D0, 11, 0) X(D1, 10, 0) X(A0, 11, 0) X(A1, 11, 0) X(B0, 11, 0) X(B1, 11, 0)                  \
    X(S0, 11, 0) X(S1, 11, 0) X(S2, 11, 0) X(S3, 10, 0) X(C0, 12, 0) X(C1, 11, 0)                  \
    X(U0, 11, 0) X(U1, 11, 0) X(U2, 11, 0) X(U3, 10, 0) X(V0, 11, 0) X(V1, 11, 0)                  \
    X(F0, 11, 0) X(F1, 11, 0) X(F2, 11, 0)                                                         \
    X(H0, 17, 65536) X(H1, 17, 65536) X(H2, 17, 65536) X(H3, 25, 0)
/* clang-format on */

enum {
#define X(name, bits, offset) MIEN_MATCH_##name,
    MIEN_MATCH_NUMBERS(X)
#undef X
        MIEN_MATCH_NUMBER_COUNT
};

typedef struct mien_match_number {
    uint16_t boolean; /* of the lowest bit */
    uint8_t bits;
    int32_t offset;
} mien_match_number;
extern const mien_match_number mien_match_numbers[MIEN_MATCH_NUMBER_COUNT];

enum {
    MIEN_MATCH_SLOTS = 256,
    MIEN_MATCH_PERMUTATIONS = 24,
    MIEN_MATCH_CUBES = MIEN_MATCH_PERMUTATIONS * MIEN_POSEIDON2_CUBES,
    MIEN_MATCH_CUBE_GROUPS = (MIEN_MATCH_CUBES + MIEN_MATCH_SLOTS - 1) / MIEN_MATCH_SLOTS,
    MIEN_MATCH_ROW_BOOLEANS = 3 * MIEN_MATCH_CUBE_GROUPS,
    MIEN_MATCH_BOOLEAN_ROWS = 10,
    MIEN_MATCH_ROW_LEFT = MIEN_MATCH_ROW_BOOLEANS + MIEN_MATCH_BOOLEAN_ROWS,
    MIEN_MATCH_ROW_RIGHT,
    MIEN_MATCH_ROW_LEFT_LEFT,
    MIEN_MATCH_ROW_RIGHT_RIGHT,
    MIEN_MATCH_ROW_LEFT_RIGHT,
    MIEN_MATCH_ROWS,
    MIEN_MATCH_PRODUCTS = 2 * MIEN_MATCH_CUBE_GROUPS + MIEN_MATCH_BOOLEAN_ROWS + 3,

    MIEN_MATCH_BOOLEAN_T = 8 * MIEN_EMBEDDING_SIZE,
    MIEN_MATCH_BOOLEAN_NUMBERS = 2 * MIEN_MATCH_BOOLEAN_T,
    /* Slots of the factor rows: (g, d1), (a0, b0), (a1, b1), (a0, b1), (a1, b0), K_z, r_e. */
    MIEN_MATCH_SLOT_LIMBS = MIEN_EMBEDDING_SIZE,
    MIEN_MATCH_SLOT_KEY_Z = MIEN_MATCH_SLOT_LIMBS + 5,
    MIEN_MATCH_KEY_Z_ELEMENTS = (MIEN_KEY_Z_SIZE + 2) / 3,
    MIEN_MATCH_SLOT_BLINDING = MIEN_MATCH_SLOT_KEY_Z + MIEN_MATCH_KEY_Z_ELEMENTS,
    MIEN_MATCH_PACKED_ELEMENTS = (MIEN_EMBEDDING_SIZE + 2) / 3,

    /* Linear constraints, in order. */
    MIEN_MATCH_CONSTRAINT_DIGESTS = MIEN_MATCH_CUBES,
    MIEN_MATCH_CONSTRAINT_ENTRIES = MIEN_MATCH_CONSTRAINT_DIGESTS + 3 * MIEN_POSEIDON2_DIGEST,
    MIEN_MATCH_CONSTRAINT_COMPARISON = MIEN_MATCH_CONSTRAINT_ENTRIES + 2 * MIEN_EMBEDDING_SIZE,
    MIEN_MATCH_COMPARISONS = 23,
    MIEN_MATCH_CONSTRAINTS = MIEN_MATCH_CONSTRAINT_COMPARISON + MIEN_MATCH_COMPARISONS,

    /* Bare. */
    MIEN_MATCH_BARE_PERMUTATIONS = 15,
    MIEN_MATCH_BARE_CUBES = MIEN_MATCH_BARE_PERMUTATIONS * MIEN_POSEIDON2_CUBES,
    MIEN_MATCH_BARE_GROUPS = (MIEN_MATCH_BARE_CUBES + MIEN_MATCH_SLOTS - 1) / MIEN_MATCH_SLOTS,
    MIEN_MATCH_BARE_SKIPPED = 3 * (MIEN_MATCH_CUBE_GROUPS - MIEN_MATCH_BARE_GROUPS), /* rows */
    MIEN_MATCH_BARE_ROWS = MIEN_MATCH_ROWS - MIEN_MATCH_BARE_SKIPPED,
    MIEN_MATCH_BARE_ROW_LEFT = MIEN_MATCH_ROW_LEFT - MIEN_MATCH_BARE_SKIPPED,
    MIEN_MATCH_BARE_PRODUCTS =
        MIEN_MATCH_PRODUCTS - 2 * (MIEN_MATCH_CUBE_GROUPS - MIEN_MATCH_BARE_GROUPS),
    MIEN_MATCH_BARE_CONSTRAINTS = MIEN_MATCH_CONSTRAINTS - MIEN_MATCH_CUBES + MIEN_MATCH_BARE_CUBES
};

typedef enum mien_match_chain_name {
    MIEN_MATCH_CHAIN_KEY_CHECK,
    MIEN_MATCH_CHAIN_BLINDING,
    MIEN_MATCH_CHAIN_TEMPLATE,
    MIEN_MATCH_CHAIN_EMBEDDING,
    MIEN_MATCH_CHAINS
} mien_match_chain_name;

typedef struct mien_match_chain {
    const char *tag;
    uint8_t public_elements; /* before the zeros */
    uint8_t secret_elements;
    uint8_t first; /* permutation that takes the first secret block */
    uint8_t count; /* permutations, the squeezing one included */
} mien_match_chain;
extern const mien_match_chain mien_match_chains[MIEN_MATCH_CHAINS];

/* The longest public part with its zeros, and the longest secret part. */
#define MIEN_MATCH_PUBLIC_MAX 21
#define MIEN_MATCH_SECRET_MAX (MIEN_MATCH_PACKED_ELEMENTS + MIEN_POSEIDON2_DIGEST)

/* Digest of rows, products and constraints (docs/PROTOCOL.md, circuit digest), made by
 * tests/prover/circuits. */
extern const uint8_t mien_match_circuit_digest[32], mien_match_bare_digest[32];

/* What a statement contributes to the constraints. Public. */
typedef struct mien_match_circuit {
    mien_f start[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_WIDTH];   /* after the public blocks */
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST]; /* BLINDING is not used */
    mien_f threshold;
    bool bare; /* without C_e: start and digest of EMBEDDING are zero */
} mien_match_circuit;

/* MIEN_ARGUMENT when a commitment is not canonical or the threshold is not 1..65535. */
MIEN_MUST_CHECK mien_status mien_match_circuit_create(mien_match_circuit *circuit,
                                                      const mien_match_statement *statement);
/* The same without C_e; embedding_commitment and context are not looked at. */
MIEN_MUST_CHECK mien_status mien_match_circuit_create_bare(mien_match_circuit *circuit,
                                                           const mien_match_statement *statement);
/* The system over `circuit`, which must outlive it: one with C_e, or one without. NULL where only
 * its sizes are asked for. */
mien_ligero_system mien_match_system(const mien_match_circuit *circuit);
mien_ligero_system mien_match_system_bare(const mien_match_circuit *circuit);

/* A chain with the circuit's start, which must outlive it. */
mien_chain mien_match_chain_of(const mien_match_circuit *circuit, int name);

/* Three bytes an element, little-endian; (length + 2) / 3 elements. */
void mien_match_pack3(mien_f *out, const uint8_t *bytes, size_t length);
/* Public part of a chain's input with its zeros; returns the number of elements, a multiple of
 * seven. Of the statement, KEY_CHECK reads service, BLINDING and TEMPLATE also epoch and slot,
 * EMBEDDING only context. */
size_t mien_match_public_input(mien_f out[MIEN_MATCH_PUBLIC_MAX], mien_match_chain_name chain,
                               const mien_match_statement *statement);

/* One term of a linear constraint of the comparison: weight * object, object being a number, a slot
 * of a factor row, the sum of slots 0..127 of a factor row, or 1. */
typedef struct mien_match_term {
    uint8_t constraint; /* 0..22, from MIEN_MATCH_CONSTRAINT_COMPARISON */
    uint8_t kind;       /* MIEN_MATCH_TERM_* */
    uint8_t row;        /* of the slot or sum: MIEN_MATCH_ROW_* */
    uint8_t index;      /* number, or slot - MIEN_MATCH_SLOT_LIMBS */
    int32_t weight;     /* times -T for TERM_THRESHOLD */
} mien_match_term;
enum {
    MIEN_MATCH_TERM_NUMBER,
    MIEN_MATCH_TERM_THRESHOLD, /* a number, with weight -T */
    MIEN_MATCH_TERM_SLOT,
    MIEN_MATCH_TERM_SUM,
    MIEN_MATCH_TERM_ONE
};
extern const mien_match_term mien_match_terms[];
extern const size_t mien_match_term_count;

#endif
