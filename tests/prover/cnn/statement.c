/* SPDX-License-Identifier: MIT */
/* inference and face on a toy network, in all bindings of frame and output: true statements are
 * proved and verified, everything else is refused. */
#include "tests/prover/cnn/statement_sample.h"

static void all_bindings(void) {
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame++)
        for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++) {
            sample s;
            make(&s, (mien_frame_binding)frame, (mien_output_binding)output);
            CHECK_INT(prove(&s), MIEN_OK);
            CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
            if (frame == MIEN_FRAME_COMMITTED) /* a frame serves one proof */
                CHECK(prove(&s) != MIEN_OK);
            end(&s);
        }
}

/* Every public input is bound. */
static void another_statement(void) {
    sample s;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED);
    REQUIRE(prove(&s) == MIEN_OK);
    mien_inference_statement other;
#define REFUSED(change)                                                                            \
    other = s.statement;                                                                           \
    change;                                                                                        \
    CHECK_INT(verify(&s, &other, proof_length), MIEN_PROOF_INVALID)
    REFUSED(other.model[5] ^= 1);
    REFUSED(other.context[31] ^= 128);
    REFUSED(other.frame_commitment[0] ^= 1);
    REFUSED(other.frame = MIEN_FRAME_HIDDEN);
    REFUSED((other.frame = MIEN_FRAME_PUBLIC, other.frame_values = s.net.tensors[0]));
    REFUSED((other.output = MIEN_OUTPUT_PUBLIC, other.output_values = s.output));
    REFUSED(other.match.threshold++);
    REFUSED(other.match.threshold--);
    REFUSED(other.match.epoch++);
    REFUSED(other.match.slot++);
    REFUSED(other.match.service[3] ^= 4);
    REFUSED(memcpy(other.match.template_commitment, s.statement.match.key_check, MIEN_DIGEST_SIZE));
    REFUSED(memcpy(other.match.key_check, s.statement.match.template_commitment, MIEN_DIGEST_SIZE));
#undef REFUSED
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

static void public_values(void) {
    sample s;
    make(&s, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_PUBLIC);
    REQUIRE(prove(&s) == MIEN_OK);
    s.net.tensors[0][17]++;
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
    s.net.tensors[0][17]--;
    s.output[2]--;
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
    s.output[2]++;
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

/* The proof says what was committed: other values behind C_x, C_y, C_t give no proof that holds. */
static void other_witnesses(void) {
    sample s;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED);
    size_t pixel = 30;
    int16_t kept = s.net.tensors[0][pixel];
    s.net.tensors[0][pixel] = (int16_t)(kept > 0 ? kept - 1 : kept + 1);
    free(s.frame_memory);
    commit_frame(&s); /* C_x of a frame that differs in one pixel */
    CHECK_INT(prove(&s), MIEN_OK);
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
    end(&s);
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_COMMITTED);
    s.output[0]++;
    CHECK_INT(prove(&s), MIEN_ARGUMENT); /* does not open C_y */
    commit_output(&s, mien_inference_output_size(&s.net.cnn));
    CHECK_INT(prove(&s), MIEN_OK); /* opens it, but the network gave another one */
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
    end(&s);
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    s.witness.template_vector[1] ^= 1;
    CHECK_INT(prove(&s), MIEN_ARGUMENT);
    s.witness.template_vector[1] ^= 1;
    for (int i = 0; i < MIEN_EMBEDDING_SIZE; i++) s.output[i] = (int16_t)(i % 2 == 0 ? -20 : 20);
    CHECK_INT(prove(&s), MIEN_NO_MATCH);
    end(&s);
}

static void false_runs(void) {
    sample s;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    const mien_cnn_plan *plan = s.net.plan;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        size_t at = b->base + (harness_random_below(b->sites) << b->log2_channels);
        if (b->shift > 0 && i % 2 == 0) at += (size_t)1 << plan->log2_half;
        mien_f value = s.net.w[at];
        s.net.w[at] = mien_f_add(value, MIEN_F_ONE);
        CHECK_INT(prove(&s), MIEN_OK);
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        s.net.w[at] = value;
    }
    end(&s);
}

/* Any byte, any length: refused. MIEN_TEST_SWEEP_STEP takes fewer of them. */
static void changed_bytes(void) {
    sample s;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED);
    REQUIRE(prove(&s) == MIEN_OK);
    int rounds = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 120 : 1000;
    for (int round = 0; round < rounds; round++) {
        size_t at = round < 80 ? (size_t)round : harness_random_below(proof_length);
        uint8_t kept = proof[at];
        proof[at] ^= (uint8_t)(1u << harness_random_below(8));
        CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_PROOF_INVALID);
        proof[at] = kept;
        size_t length = harness_random_below(proof_length);
        if (round % 4 == 0) CHECK_INT(verify(&s, &s.statement, length), MIEN_PROOF_INVALID);
    }
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    end(&s);
}

/* Digest of a proof of which everything is seeded, with this many threads. */
static int print_digest(unsigned threads) {
    uint8_t digest[32];
    sample s;
    seed_generator();
    if (mien_pool_create(&pool, threads) != MIEN_OK) return 1;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED);
    if (prove(&s) != MIEN_OK) return 1;
    mien_blake2s_hash(digest, "mientest", NULL, proof, proof_length);
    for (size_t i = 0; i < sizeof digest; i++) printf("%02x", digest[i]);
    end(&s);
    mien_pool_destroy(pool);
    return 0;
}

static const char *program;

static void digest_of(char out[65], const char *level, int threads, unsigned long long seed) {
    char command[1024];
    snprintf(command, sizeof command, "MIEN_TEST_SEED=%llu MIEN_SIMD=%s '%s' digest %d", seed,
             level, program, threads);
    FILE *pipe = popen(command, "r");
    REQUIRE(pipe != NULL);
    char all[256]; /* the seed's line, then the digest */
    size_t length = fread(all, 1, sizeof all, pipe);
    CHECK_INT(pclose(pipe), 0);
    REQUIRE(length >= 64 && length < sizeof all);
    memcpy(out, all + length - 64, 64);
    out[64] = 0;
}

/* One proof, whatever the processor can do and however many threads there are. */
static void same_bytes_everywhere(void) {
    static const char *const levels[] = {"portable", "avx2", "avx512"};
    unsigned long long seed = harness_random() >> 1;
    char first[65], other[65];
    digest_of(first, levels[0], 1, seed);
    for (int level = 0; level < 3; level++)
        for (int threads = 1; threads <= 2; threads++) {
            digest_of(other, levels[level], threads, seed);
            CHECK(strcmp(first, other) == 0);
        }
    digest_of(other, levels[0], 1, seed + 1);
    CHECK(strcmp(first, other) != 0);
}

/* Proofs of today are those of yesterday: who changes this digest changes the format or its
 * parameters, and says so. */
static void known_bytes(void) {
    char digest[65];
    digest_of(digest, "portable", 1, 7);
    CHECK(strcmp(digest, "ff842e8903176e6a75f22ce88965eeab"
                         "0ce18c0f86eb4c5f56922b4fae17226b") == 0);
}

/* A generator that gives the same bytes again, under another context: nothing that was random stays
 * the same. */
static void a_generator_that_repeats_itself(void) {
    sample s;
    mien_random_seeded_state kept;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    kept = generator_state;
    REQUIRE(prove(&s) == MIEN_OK);
    size_t length = proof_length, equal = 0;
    uint8_t *first = malloc(length);
    memcpy(first, proof, length);
    generator_state = kept;
    s.statement.context[0] ^= 1;
    REQUIRE(prove(&s) == MIEN_OK);
    CHECK_INT(verify(&s, &s.statement, proof_length), MIEN_OK);
    for (size_t i = 14; i < length && i < proof_length; i++) equal += first[i] == proof[i];
    CHECK(equal < length / 100);
    generator_state = kept;
    s.statement.context[0] ^= 1;
    REQUIRE(prove(&s) == MIEN_OK);
    CHECK(proof_length == length && memcmp(first, proof, length) == 0);
    free(first);
    end(&s);
}

/* What the sets are called after holds for the toy too. */
static void sets_reach_their_bits(void) {
    sample s;
    mien_security_term terms[32];
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED);
    for (int set = 0; set < 2; set++) {
        const mien_inference_parameters *p =
            set == 0 ? mien_inference_parameters_100() : mien_inference_parameters_128();
        size_t count = mien_inference_security(terms, 32, p, &s.statement);
        REQUIRE(count > 1 && count <= 32);
        CHECK(strcmp(terms[count - 1].name, "total") == 0);
        CHECK(terms[count - 1].bits >= (set == 0 ? 100 : 128));
        for (size_t i = 0; i < count; i++) CHECK(terms[i].bits >= terms[count - 1].bits);
    }
    end(&s);
}

int main(int argc, char **argv) {
    program = argv[0];
    if (argc == 3 && strcmp(argv[1], "digest") == 0)
        return print_digest((unsigned)strtoul(argv[2], NULL, 10));
    seed_generator();
    RUN(all_bindings);
    RUN(another_statement);
    RUN(public_values);
    RUN(other_witnesses);
    RUN(false_runs);
    RUN(changed_bytes);
    RUN(same_bytes_everywhere);
    RUN(known_bytes);
    RUN(a_generator_that_repeats_itself);
    RUN(sets_reach_their_bits);
    free(workspace);
    free(proof);
    return harness_end();
}
