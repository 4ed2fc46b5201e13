/* SPDX-License-Identifier: MIT */
/* Sumcheck and fraction tree: honest proofs on every level of kernels and any number of threads
 * give the same bytes and true claims; wrong claims, changed bytes and cut proofs are refused;
 * padded messages satisfy the same statements. */
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"
#include "prover/sumcheck/pieces.h"
#include "tests/harness.h"

enum { LOG2_MAX = 13, SIZE = 1 << LOG2_MAX, PROOF = 1 << 16, MESSAGES = 1024 };

static _Alignas(64) mien_f column[3][SIZE], numerators[SIZE], vector[SIZE];
static mien_k_block denominators[SIZE / 16 + 1], functional[SIZE / 16 + 1], spent[SIZE / 16 + 1];
static mien_k flat[SIZE], values[MESSAGES], pads[MESSAGES];
static _Alignas(64) uint8_t workspace[4 << 20];
static uint8_t proof[PROOF], other[PROOF];
static mien_pool *two;

static mien_f random_f(void) {
    return MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = random_f();
    return r;
}
static void random_data(void) {
    for (size_t i = 0; i < SIZE; i++) {
        for (int k = 0; k < 3; k++) column[k][i] = random_f();
        numerators[i] = random_f();
        vector[i] = random_f();
        mien_k_block_set(denominators, i, random_k());
        mien_k_block_set(functional, i, random_k());
    }
    for (size_t i = 0; i < MESSAGES; i++) pads[i] = random_k();
}
static mien_machine machine_of(unsigned level, mien_pool *pool) {
    mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
    return machine;
}

/* Value at a point of the extension of the elements of K in `flat`, which is used up. */
static mien_k extension(const mien_k *point, unsigned n) {
    for (unsigned bit = n; bit-- > 0;) {
        size_t half = (size_t)1 << bit;
        for (size_t i = 0; i < half; i++)
            flat[i] =
                mien_k_add(flat[i], mien_k_mul(point[bit], mien_k_sub(flat[i + half], flat[i])));
    }
    return flat[0];
}

static void equality_is_the_product(void) {
    for (unsigned n = 0; n <= 11; n++) {
        mien_k point[12], corner[12];
        mien_equality_split split;
        for (unsigned i = 0; i < n; i++) point[i] = random_k();
        REQUIRE(mien_equality_split_size(n) <= sizeof workspace);
        mien_equality_split_make(&split, workspace, point, n);
        mien_equality_vector(flat, point, n);
        for (size_t x = 0; x < (size_t)1 << n; x++) {
            for (unsigned i = 0; i < n; i++) corner[i] = x >> i & 1 ? MIEN_K_ONE : MIEN_K_ZERO;
            CHECK(mien_k_equal(flat[x], mien_equality(point, corner, n)));
        }
        for (unsigned c = 0; c <= n; c++) {
            unsigned low = mien_equality_low_bits(c);
            for (size_t x = 0; x < (size_t)1 << c; x++) {
                mien_k got = mien_k_block_get(split.low[low], x & (((size_t)1 << low) - 1));
                if (c >= MIEN_EQUALITY_LOW_BITS) got = mien_k_mul(got, split.high[c][x >> low]);
                for (unsigned i = 0; i < c; i++) corner[i] = x >> i & 1 ? MIEN_K_ONE : MIEN_K_ZERO;
                CHECK(mien_k_equal(got, mien_equality(point, corner, c)));
            }
        }
        for (unsigned level = 0; mien_field_kernels_at(level) != NULL; level++) {
            mien_equality_blocks(spent, mien_field_kernels_at(level), point, n);
            for (size_t x = 0; x < (size_t)1 << n; x++)
                CHECK(mien_k_equal(mien_k_block_get(spent, x), flat[x]));
        }
    }
}

/* ---- fraction trees */
typedef struct tree_case {
    unsigned log2_size;
    bool ones;
    const mien_k *pads;
    mien_leaf_columns columns;
} tree_case;

static tree_case make_case(unsigned log2_size, bool ones, unsigned columns) {
    tree_case c = {.log2_size = log2_size, .ones = ones};
    c.columns.size = (size_t)1 << log2_size;
    c.columns.present = c.columns.size / 2;
    c.columns.constant = random_k();
    c.columns.scale[0] = MIEN_K_ONE;
    for (unsigned k = 0; k < 3; k++) {
        c.columns.column[k] = k < columns ? column[k] : NULL;
        if (k > 0) c.columns.scale[k] = random_k();
    }
    /* columns that are not there: what they hold is not read */
    if (columns >= 4) c.columns.lower_only = true;
    if (columns >= 5 && c.columns.size >= 64)
        c.columns.present = 16 * harness_random_below(c.columns.size / 32 + 1);
    return c;
}
static mien_k case_denominator(const tree_case *c, size_t i) {
    if (!c->ones) return mien_k_block_get(denominators, i);
    mien_k sum = c->columns.constant;
    size_t half = c->columns.size / 2;
    if (i % half >= c->columns.present) return sum;
    for (int k = 0; k < 3; k++)
        if (c->columns.column[k] != NULL && !(k == 2 && c->columns.lower_only && i >= half))
            sum = mien_k_add(sum, mien_k_mul_f(c->columns.scale[k], c->columns.column[k][i]));
    return sum;
}

static size_t prove_tree(uint8_t *out, mien_k *point, const tree_case *c,
                         const mien_machine *machine) {
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(out, PROOF);
    size_t count = mien_fraction_message_count(c->log2_size, c->ones);
    mien_sender sender = {&transcript, &writer, c->pads, count, 0};
    mien_fraction_leaves leaves = {c->log2_size, c->ones ? &c->columns : NULL, numerators,
                                   denominators};
    size_t size = mien_fraction_workspace_size(c->log2_size, c->ones);
    CHECK(size <= sizeof workspace);
    mien_transcript_start(&transcript, "test");
    CHECK_INT(mien_fraction_prove(&sender, point, &leaves, workspace, size, machine, NULL),
              MIEN_OK);
    CHECK_INT(sender.sent, count);
    return writer.used;
}

static mien_status verify_tree(mien_fraction_claim *claim, const tree_case *c, const uint8_t *bytes,
                               size_t length, mien_checker *checker) {
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(bytes, length);
    mien_receiver receiver = {&transcript, &reader, values, MESSAGES, 0};
    mien_checker clear = mien_checker_clear(&receiver);
    mien_transcript_start(&transcript, "test");
    MIEN_TRY(mien_fraction_verify(claim, &receiver, checker != NULL ? checker : &clear,
                                  c->log2_size, c->ones));
    return mien_read_end(&reader);
}

static mien_k form_at(const mien_form *form, const mien_k *messages) {
    return mien_form_value(form, NULL, 0, messages);
}

/* The claims at the end and the root are true. */
static void check_tree(const tree_case *c, const mien_fraction_claim *claim,
                       const mien_k *messages) {
    size_t n = (size_t)1 << c->log2_size;
    mien_k sum = MIEN_K_ZERO, product = MIEN_K_ONE;
    for (size_t i = 0; i < n; i++) {
        mien_k d = case_denominator(c, i);
        mien_k p = c->ones ? MIEN_K_ONE : mien_k_from_f(numerators[i]);
        sum = mien_k_add(sum, mien_k_mul(p, mien_k_inverse(d)));
        product = mien_k_mul(product, d);
        flat[i] = d;
    }
    CHECK(mien_k_equal(messages[claim->root_denominator], product));
    CHECK(mien_k_equal(messages[claim->root_numerator], mien_k_mul(sum, product)));
    CHECK(mien_k_equal(form_at(&claim->denominator, messages),
                       extension(claim->point, c->log2_size)));
    for (size_t i = 0; i < n; i++) flat[i] = c->ones ? MIEN_K_ONE : mien_k_from_f(numerators[i]);
    CHECK(
        mien_k_equal(form_at(&claim->numerator, messages), extension(claim->point, c->log2_size)));
}

static void trees_of_every_size(void) {
    for (unsigned log2_size = 1; log2_size <= LOG2_MAX; log2_size++) {
        for (unsigned kind = 0; kind < 7; kind++) {
            random_data();
            tree_case c = make_case(log2_size, kind > 0, kind);
            mien_fraction_claim claim;
            mien_k point[LOG2_MAX];
            mien_machine machine = machine_of(0, NULL);
            size_t length = prove_tree(proof, point, &c, &machine);
            CHECK_INT(length, MIEN_K_BYTES * mien_fraction_message_count(log2_size, c.ones));
            CHECK_INT(verify_tree(&claim, &c, proof, length, NULL), MIEN_OK);
            CHECK_BYTES(claim.point, point, log2_size * sizeof *point);
            check_tree(&c, &claim, values);
            for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
                for (int threads = 1; threads <= 2; threads++) {
                    machine = machine_of(level, threads == 2 ? two : NULL);
                    memset(other, 0, sizeof other);
                    CHECK_INT(prove_tree(other, point, &c, &machine), length);
                    CHECK_BYTES(other, proof, length);
                }
            }
        }
    }
}

/* A proof over leaves that are known to be absent is the one over zeros. */
static void absent_leaves_are_zeros(unsigned log2_size, size_t present, bool lower_only) {
    static mien_f zeroed[3][SIZE];
    size_t half = (size_t)1 << (log2_size - 1);
    mien_k point[LOG2_MAX];
    random_data();
    tree_case whole = make_case(log2_size, true, 3), parts = whole;
    parts.columns.present = present;
    parts.columns.lower_only = lower_only;
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < 2 * half; i++) {
            bool absent = i % half >= present || (k == 2 && lower_only && i >= half);
            zeroed[k][i] = absent ? MIEN_F_ZERO : column[k][i];
        }
        whole.columns.column[k] = zeroed[k];
    }
    for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
        mien_machine machine = machine_of(level, NULL);
        size_t length = prove_tree(proof, point, &whole, &machine);
        CHECK_INT(prove_tree(other, point, &parts, &machine), length);
        CHECK_BYTES(other, proof, length);
    }
}
static void absent_leaves(void) {
    for (unsigned log2_size = 6; log2_size <= 9; log2_size++)
        for (size_t present = 0; present <= (size_t)1 << (log2_size - 1); present += 16)
            for (int lower_only = 0; lower_only < 2; lower_only++)
                absent_leaves_are_zeros(log2_size, present, lower_only);
    for (int round = 0; round < 20; round++)
        absent_leaves_are_zeros(12, 16 * harness_random_below(129), round % 4 != 0);
}

/* Every message changed, every cut. */
static void tree_proofs_changed(void) {
    for (unsigned kind = 0; kind < 2; kind++) {
        random_data();
        tree_case c = make_case(7, kind == 1, 3);
        mien_fraction_claim claim;
        mien_k point[LOG2_MAX];
        mien_machine machine = mien_machine_best(NULL);
        size_t length = prove_tree(proof, point, &c, &machine);
        for (size_t i = 0; i < length; i++) {
            uint8_t kept = proof[i];
            proof[i] ^= (uint8_t)(1 << harness_random_below(8));
            mien_status status = verify_tree(&claim, &c, proof, length, NULL);
            /* A change of the last messages may leave all checks true: then the claim is false. */
            if (status == MIEN_OK) {
                mien_k at_point[2];
                for (size_t k = 0; k < 128; k++) flat[k] = case_denominator(&c, k);
                at_point[0] = extension(claim.point, 7);
                for (size_t k = 0; k < 128; k++)
                    flat[k] = c.ones ? MIEN_K_ONE : mien_k_from_f(numerators[k]);
                at_point[1] = extension(claim.point, 7);
                CHECK(!mien_k_equal(at_point[0], form_at(&claim.denominator, values)) ||
                      !mien_k_equal(at_point[1], form_at(&claim.numerator, values)));
            } else {
                CHECK(status == MIEN_PROOF_INVALID || status == MIEN_FORMAT);
            }
            proof[i] = kept;
        }
        for (size_t cut = 0; cut < length; cut++)
            CHECK_INT(verify_tree(&claim, &c, proof, cut, NULL), MIEN_TRUNCATED);
        CHECK_INT(verify_tree(&claim, &c, proof, length + 1, NULL), MIEN_TRAILING);
    }
}

/* Statements are kept and checked with messages = wire - pad. */
typedef struct kept_statement {
    mien_form form;
    mien_form_product products[2];
    size_t count;
} kept_statement;
static kept_statement kept[64];
static size_t kept_count;

static mien_status keep(void *context, const mien_form *form, const mien_form_product *products,
                        size_t count) {
    (void)context;
    if (kept_count == 64 || count > 2) return MIEN_INTERNAL;
    kept[kept_count].form = *form;
    kept[kept_count].count = count;
    if (count > 0) memcpy(kept[kept_count].products, products, count * sizeof *products);
    kept_count++;
    return MIEN_OK;
}

static void padded_trees(void) {
    for (unsigned log2_size = 1; log2_size <= 9; log2_size++) {
        random_data();
        tree_case c = make_case(log2_size, log2_size % 2 == 1, 3);
        mien_fraction_claim claim;
        mien_k point[LOG2_MAX];
        mien_machine machine = mien_machine_best(NULL);
        mien_checker checker = {keep, NULL};
        c.pads = pads;
        size_t length = prove_tree(proof, point, &c, &machine);
        kept_count = 0;
        REQUIRE(verify_tree(&claim, &c, proof, length, &checker) == MIEN_OK);
        CHECK_INT(kept_count, log2_size);
        size_t count = mien_fraction_message_count(log2_size, c.ones);
        for (size_t i = 0; i < kept_count; i++) { /* the statement about the pads */
            mien_form on_pads;
            mien_form_on_pads(&on_pads, &kept[i].form, kept[i].products, kept[i].count, values);
            CHECK(mien_k_is_zero(mien_form_value(&on_pads, kept[i].products, kept[i].count, pads)));
            size_t wrong = harness_random_below(count);
            pads[wrong] = mien_k_add(pads[wrong], MIEN_K_ONE);
            bool there = false;
            for (uint32_t k = 0; k < on_pads.count; k++) there |= on_pads.message[k] == wrong;
            CHECK_INT(
                mien_k_is_zero(mien_form_value(&on_pads, kept[i].products, kept[i].count, pads)),
                !there);
            pads[wrong] = mien_k_sub(pads[wrong], MIEN_K_ONE);
        }
        for (size_t i = 0; i < count; i++) values[i] = mien_k_sub(values[i], pads[i]);
        for (size_t i = 0; i < kept_count; i++) {
            mien_k value = mien_form_value(&kept[i].form, kept[i].products, kept[i].count, values);
            CHECK(mien_k_is_zero(value));
            size_t wrong = harness_random_below(kept[i].form.count);
            uint32_t message = kept[i].form.message[wrong];
            values[message] = mien_k_add(values[message], MIEN_K_ONE);
            value = mien_form_value(&kept[i].form, kept[i].products, kept[i].count, values);
            CHECK(!mien_k_is_zero(value));
            values[message] = mien_k_sub(values[message], MIEN_K_ONE);
        }
        check_tree(&c, &claim, values);
    }
}

/* Not enough pads, no room, no workspace: refused, nothing sent twice. */
static void provers_refuse(void) {
    random_data();
    tree_case c = make_case(5, true, 2);
    mien_k point[LOG2_MAX];
    mien_machine machine = mien_machine_best(NULL);
    mien_fraction_leaves leaves = {5, &c.columns, NULL, NULL};
    size_t count = mien_fraction_message_count(5, true);
    size_t size = mien_fraction_workspace_size(5, true);
    for (size_t have = 0; have < count; have++) {
        mien_transcript transcript;
        mien_transcript_start(&transcript, "test");
        mien_writer writer = mien_writer_of(proof, PROOF);
        mien_sender sender = {&transcript, &writer, pads, have, 0};
        CHECK_INT(mien_fraction_prove(&sender, point, &leaves, workspace, size, &machine, NULL),
                  MIEN_ARGUMENT);
        writer = mien_writer_of(proof, have * MIEN_K_BYTES);
        sender = (mien_sender){&transcript, &writer, NULL, 0, 0};
        CHECK_INT(mien_fraction_prove(&sender, point, &leaves, workspace, size, &machine, NULL),
                  MIEN_TOO_LARGE);
    }
    mien_transcript transcript;
    mien_transcript_start(&transcript, "test");
    mien_writer writer = mien_writer_of(proof, PROOF);
    mien_sender sender = {&transcript, &writer, NULL, 0, 0};
    CHECK_INT(mien_fraction_prove(&sender, point, &leaves, workspace, size - 1, &machine, NULL),
              MIEN_ARGUMENT);
    CHECK_INT(mien_fraction_workspace_size(0, true), 0);
    CHECK_INT(mien_fraction_workspace_size(29, true), 0);
}

/* ---- building the public vector */
static void functionals_are_sums(void) {
    for (int round = 0; round < 60; round++) {
        static mien_k alpha[256], delta[512], expected[SIZE];
        mien_machine machine =
            machine_of((unsigned)round % 2 == 0 || mien_sum_kernels_at(1) == NULL ? 0 : 1,
                       round % 3 == 0 ? two : NULL);
        unsigned log2_channels = (unsigned)harness_random_below(9);
        uint32_t width = 1u << log2_channels, most = (SIZE / 2) >> log2_channels;
        mien_piece piece = {.log2_channels = log2_channels, .alpha = alpha, .delta = delta};
        piece.sites = 1 + (uint32_t)harness_random_below(most < 512 ? most : 512);
        piece.channels = 1 + (uint32_t)harness_random_below(width);
        piece.base = harness_random_below(SIZE / 2 / width) * width;
        piece.scale = random_k();
        random_data();
        for (size_t i = 0; i < 256; i++) alpha[i] = random_k();
        for (size_t i = 0; i < 512; i++)
            delta[i] = harness_random_below(3) == 0 ? MIEN_K_ZERO : random_k();
        for (size_t i = 0; i < SIZE; i++) expected[i] = mien_k_block_get(functional, i);
        for (uint32_t s = 0; s < piece.sites; s++) {
            for (uint32_t c = 0; c < piece.channels; c++) {
                mien_k product = mien_k_mul(piece.scale, mien_k_mul(delta[s], alpha[c]));
                mien_k *to = &expected[piece.base + s * width + c];
                *to = mien_k_add(*to, product);
            }
        }
        REQUIRE(mien_piece_scratch_size(&piece) <= sizeof workspace);
        mien_piece_add(functional, &machine, &piece, workspace);
        for (size_t i = 0; i < SIZE; i++) {
            mien_k got = mien_k_block_get(functional, i);
            CHECK_BYTES(&got, &expected[i], sizeof got);
        }
    }
}

static void taps_are_sums_of_pieces(void) {
    for (int round = 0; round < 30; round++) {
        static mien_k alpha[64], delta[9 * 64], tap_alpha[64];
        static mien_f weights[9 * 64];
        mien_machine reference = machine_of(0, NULL);
        mien_tap_piece taps = {.alpha = alpha, .weights = weights, .delta = delta};
        taps.log2_channels = 4 + (unsigned)harness_random_below(3);
        taps.taps = 1 + (uint32_t)harness_random_below(9);
        taps.sites = 1 + (uint32_t)harness_random_below(64);
        taps.channels = 1 + (uint32_t)harness_random_below(1u << taps.log2_channels);
        taps.base = harness_random_below(4) << taps.log2_channels;
        taps.scale = random_k();
        random_data();
        for (size_t i = 0; i < 64; i++) alpha[i] = random_k();
        for (size_t i = 0; i < 9 * 64; i++) {
            delta[i] = random_k();
            weights[i] = random_f();
        }
        memcpy(spent, functional, sizeof spent);
        for (uint32_t t = 0; t < taps.taps; t++) {
            for (uint32_t c = 0; c < taps.channels; c++)
                tap_alpha[c] = mien_k_mul_f(alpha[c], weights[t * taps.channels + c]);
            mien_piece piece = {taps.base,          taps.sites, taps.channels,
                                taps.log2_channels, tap_alpha,  delta + (size_t)t * taps.sites,
                                taps.scale};
            mien_piece_add(spent, &reference, &piece, workspace);
        }
        REQUIRE(mien_tap_piece_scratch_size(&taps) <= sizeof workspace);
        for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
            static mien_k_block got[SIZE / 16 + 1];
            mien_machine machine = machine_of(level, round % 2 == 0 ? two : NULL);
            memcpy(got, functional, sizeof got);
            mien_tap_piece_add(got, &machine, &taps, workspace);
            CHECK_BYTES(got, spent, sizeof got);
        }
    }
}

/* ---- inner products */
static size_t prove_inner(uint8_t *out, mien_k *point, mien_k *value, unsigned log2_size,
                          const mien_machine *machine) {
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(out, PROOF);
    mien_sender sender = {&transcript, &writer, NULL, 0, 0};
    size_t size = mien_inner_product_workspace_size(log2_size);
    CHECK(size <= sizeof workspace);
    memcpy(spent, functional, sizeof spent);
    mien_transcript_start(&transcript, "test");
    CHECK_INT(mien_inner_product_prove(&sender, point, value, vector, spent, log2_size, workspace,
                                       size, machine, NULL),
              MIEN_OK);
    return writer.used;
}

static mien_status verify_inner(mien_k *point, mien_k claim_value, unsigned log2_size,
                                const uint8_t *bytes, size_t length) {
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(bytes, length);
    mien_receiver receiver = {&transcript, &reader, values, MESSAGES, 0};
    mien_checker checker = mien_checker_clear(&receiver);
    mien_form claim;
    uint32_t message;
    mien_transcript_start(&transcript, "test");
    mien_form_constant(&claim, claim_value);
    MIEN_TRY(mien_inner_product_verify(&claim, point, &message, &receiver, log2_size));
    for (size_t i = 0; i < (size_t)1 << log2_size; i++) flat[i] = mien_k_block_get(functional, i);
    mien_k l = extension(point, log2_size);
    MIEN_TRY(mien_inner_product_check(&checker, &claim, l, message));
    for (size_t i = 0; i < (size_t)1 << log2_size; i++) flat[i] = mien_k_from_f(vector[i]);
    /* what the opening of the commitment would say */
    if (!mien_k_equal(extension(point, log2_size), values[message])) return MIEN_PROOF_INVALID;
    return mien_read_end(&reader);
}

static void inner_products_of_every_size(void) {
    for (unsigned log2_size = 0; log2_size <= LOG2_MAX; log2_size++) {
        mien_k point[LOG2_MAX], again[LOG2_MAX], value, sum = MIEN_K_ZERO;
        mien_machine machine = machine_of(0, NULL);
        random_data();
        for (size_t i = 0; i < (size_t)1 << log2_size; i++)
            sum = mien_k_add(sum, mien_k_mul_f(mien_k_block_get(functional, i), vector[i]));
        size_t length = prove_inner(proof, point, &value, log2_size, &machine);
        CHECK_INT(length, MIEN_K_BYTES * (2 * log2_size + 1));
        CHECK_INT(verify_inner(again, sum, log2_size, proof, length), MIEN_OK);
        CHECK_BYTES(again, point, log2_size * sizeof *point);
        CHECK_INT(verify_inner(again, mien_k_add(sum, MIEN_K_ONE), log2_size, proof, length),
                  MIEN_PROOF_INVALID);
        for (unsigned level = 0; mien_sum_kernels_at(level) != NULL; level++) {
            for (int threads = 1; threads <= 2; threads++) {
                machine = machine_of(level, threads == 2 ? two : NULL);
                CHECK_INT(prove_inner(other, point, &value, log2_size, &machine), length);
                CHECK_BYTES(other, proof, length);
            }
        }
        for (size_t i = 0; i < length; i++) {
            if (log2_size > 8 && harness_random_below(16) != 0) continue;
            memcpy(other, proof, length);
            other[i] ^= (uint8_t)(1 << harness_random_below(8));
            mien_status status = verify_inner(again, sum, log2_size, other, length);
            CHECK(status == MIEN_PROOF_INVALID || status == MIEN_FORMAT);
        }
        for (size_t cut = 0; cut < length; cut += MIEN_K_BYTES / 2)
            CHECK_INT(verify_inner(again, sum, log2_size, proof, cut), MIEN_TRUNCATED);
    }
}

int main(void) {
    if (mien_pool_create(&two, 2) != MIEN_OK) return 1;
    RUN(equality_is_the_product);
    RUN(trees_of_every_size);
    RUN(absent_leaves);
    RUN(tree_proofs_changed);
    RUN(padded_trees);
    RUN(provers_refuse);
    RUN(functionals_are_sums);
    RUN(taps_are_sums_of_pieces);
    RUN(inner_products_of_every_size);
    mien_pool_destroy(two);
    return harness_end();
}
