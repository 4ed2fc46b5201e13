/* SPDX-License-Identifier: MIT */
/* The list decoder against brute force on codes small enough for it, and its own accounts. */
#include "wallet/key/polar.h"

#include "tests/harness.h"

static void *workspace;
static uint64_t messages[MIEN_POLAR_LIST];
static int32_t costs[MIEN_POLAR_LIST];

/* Row i of the Kronecker power of {{1,0},{1,1}}: bit j is set when j is a subset of i. */
static void encode_slowly(uint8_t *bits, const mien_polar_code *code, uint64_t message) {
    unsigned length = 1u << code->levels, bit = 0;
    memset(bits, 0, length);
    for (unsigned i = 0; i < length; i++) {
        if ((code->information[i / 64] >> i % 64 & 1) == 0) continue;
        for (unsigned j = 0; j < length; j++) bits[j] ^= (j & ~i) == 0 && (message >> bit & 1);
        bit++;
    }
}

static int32_t cost_of(const mien_polar_code *code, const int32_t *soft, uint64_t message) {
    uint8_t bits[MIEN_POLAR_MAX_LENGTH];
    int32_t cost = 0;
    encode_slowly(bits, code, message);
    for (unsigned i = 0; i < 1u << code->levels; i++)
        if (soft[i] != 0 && (soft[i] < 0) != (bits[i] == 1)) cost += abs(soft[i]);
    return cost;
}

static mien_polar_code random_code(unsigned levels, unsigned message_bits) {
    mien_polar_code code = {levels, {0, 0}};
    while (mien_polar_message_bits(&code) < message_bits) {
        unsigned row = (unsigned)harness_random_below(1u << levels);
        code.information[row / 64] |= 1ull << row % 64;
    }
    return code;
}

static void random_soft(int32_t *soft, unsigned levels, int32_t bound) {
    for (unsigned i = 0; i < 1u << levels; i++)
        soft[i] = (int32_t)harness_random_below(2 * (uint64_t)bound + 1) - bound;
}

static void encoder_is_the_kronecker_power(void) {
    for (int round = 0; round < 200; round++) {
        unsigned levels = 1 + (unsigned)harness_random_below(7);
        unsigned most = 1u << levels < 63 ? 1u << levels : 63;
        mien_polar_code code = random_code(levels, 1 + (unsigned)harness_random_below(most));
        uint64_t message = harness_random() & ((1ull << mien_polar_message_bits(&code)) - 1);
        uint8_t fast[MIEN_POLAR_MAX_LENGTH], slow[MIEN_POLAR_MAX_LENGTH];
        mien_polar_encode(fast, &code, message);
        encode_slowly(slow, &code, message);
        REQUIRE(memcmp(fast, slow, (size_t)1 << levels) == 0);
    }
}

static int32_t cheapest(void) {
    int32_t least = costs[0];
    for (int i = 1; i < MIEN_POLAR_LIST; i++) least = costs[i] < least ? costs[i] : least;
    return least;
}

/* With up to 5 message bits the list holds the whole code, each word at its true cost. */
static void small_codes_are_decoded_exactly(void) {
    for (int round = 0; round < 600; round++) {
        unsigned levels = 1 + (unsigned)harness_random_below(7);
        unsigned bits = 1 + (unsigned)harness_random_below(levels < 3 ? 1u << levels : 5);
        mien_polar_code code = random_code(levels, bits);
        int32_t soft[MIEN_POLAR_MAX_LENGTH], best = INT32_MAX;
        random_soft(soft, levels, round % 2 == 0 ? MIEN_POLAR_SOFT_MAX : 3);
        mien_polar_decode(messages, costs, &code, soft, workspace);
        for (uint64_t m = 0; m < 1ull << bits; m++) {
            int32_t cost = cost_of(&code, soft, m);
            if (cost < best) best = cost;
        }
        REQUIRE(cheapest() == best);
        uint64_t seen = 0;
        for (unsigned i = 0; i < MIEN_POLAR_LIST; i++) {
            if (costs[i] >= 1 << 30) continue; /* left over */
            REQUIRE(messages[i] < 1ull << bits);
            REQUIRE(costs[i] == cost_of(&code, soft, messages[i]));
            seen |= 1ull << messages[i];
        }
        REQUIRE(seen == (1ull << (1u << bits)) - 1);
    }
}

/* Larger codes: every cost is the cost of its message, and none is repeated. */
static void costs_belong_to_messages(void) {
    for (int round = 0; round < 60; round++) {
        unsigned bits = 6 + (unsigned)harness_random_below(50);
        mien_polar_code code = random_code(7, bits);
        int32_t soft[MIEN_POLAR_MAX_LENGTH];
        random_soft(soft, 7, round % 3 == 0 ? 1 : MIEN_POLAR_SOFT_MAX);
        mien_polar_decode(messages, costs, &code, soft, workspace);
        for (unsigned i = 0; i < MIEN_POLAR_LIST; i++) {
            REQUIRE(costs[i] == cost_of(&code, soft, messages[i]));
            for (unsigned j = 0; j < i; j++) REQUIRE(messages[i] != messages[j]);
        }
    }
}

/* The largest soft values of all signs: the sums must not overflow (UBSan watches), and an
 * undisturbed codeword comes first at no cost. */
static void extreme_values(void) {
    for (int round = 0; round < 100; round++) {
        mien_polar_code code = random_code(7, 5 + (unsigned)harness_random_below(58));
        uint64_t message = harness_random() & ((1ull << mien_polar_message_bits(&code)) - 1);
        uint8_t bits[MIEN_POLAR_MAX_LENGTH];
        int32_t soft[MIEN_POLAR_MAX_LENGTH];
        mien_polar_encode(bits, &code, message);
        for (int i = 0; i < 128; i++) soft[i] = (1 - 2 * bits[i]) * MIEN_POLAR_SOFT_MAX;
        mien_polar_decode(messages, costs, &code, soft, workspace);
        int found = 0;
        for (int i = 0; i < MIEN_POLAR_LIST; i++) found += costs[i] == 0 && messages[i] == message;
        REQUIRE(found == 1);
        for (int i = 0; i < 128; i++)
            soft[i] = (harness_random() & 1) != 0 ? MIEN_POLAR_SOFT_MAX : -MIEN_POLAR_SOFT_MAX;
        mien_polar_decode(messages, costs, &code, soft, workspace);
        for (int i = 0; i < MIEN_POLAR_LIST; i++)
            REQUIRE(costs[i] == cost_of(&code, soft, messages[i]));
    }
}

/* Middling codes by brute force over all messages: with a list of 32 the best one is found nearly
 * always. A plain successive-cancellation decoder finds it far less often. */
static void list_finds_the_best(void) {
    int found = 0, rounds = 100;
    mien_polar_code code = {5, {0xfee8c000, 0}}; /* 13 rows of weight 8 and more */
    unsigned bits = mien_polar_message_bits(&code);
    for (int round = 0; round < rounds; round++) {
        int32_t soft[32], best = INT32_MAX;
        random_soft(soft, 5, MIEN_POLAR_SOFT_MAX);
        for (uint64_t m = 0; m < 1ull << bits; m++) {
            int32_t cost = cost_of(&code, soft, m);
            best = cost < best ? cost : best;
        }
        mien_polar_decode(messages, costs, &code, soft, workspace);
        CHECK(cheapest() >= best);
        found += cheapest() == best;
    }
    printf("best of 2^%u found in %d of %d\n", bits, found, rounds);
    CHECK(found >= 95);
}

static void workspace_is_wiped(void) {
    mien_polar_code code = random_code(7, 40);
    int32_t soft[MIEN_POLAR_MAX_LENGTH];
    random_soft(soft, 7, 1000);
    memset(workspace, 0x5a, mien_polar_workspace_size());
    mien_polar_decode(messages, costs, &code, soft, workspace);
    int32_t first = costs[0];
    size_t left = 0;
    for (size_t i = 0; i < mien_polar_workspace_size(); i++)
        left += ((uint8_t *)workspace)[i] != 0 && ((uint8_t *)workspace)[i] != 0x5a;
    CHECK_INT(left, 0);
    CHECK(mien_polar_workspace_size() <= 56 * 1024);
    memset(workspace, 0xff, mien_polar_workspace_size());
    mien_polar_decode(messages, costs, &code, soft, workspace);
    CHECK_INT(costs[0], first); /* nothing depends on what was in the memory */
}

int main(void) {
    workspace = aligned_alloc(64, mien_polar_workspace_size());
    if (workspace == NULL) return 1;
    RUN(encoder_is_the_kronecker_power);
    RUN(small_codes_are_decoded_exactly);
    RUN(costs_belong_to_messages);
    RUN(extreme_values);
    RUN(list_finds_the_best);
    RUN(workspace_is_wiped);
    free(workspace);
    return harness_end();
}
