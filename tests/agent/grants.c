/* SPDX-License-Identifier: MIT */
/* What a grant covers, and that it never covers more. */
#include "wallet/agent/grants.h"
#include "tests/harness.h"

static mien_random seeded(void) {
    static mien_random_seeded_state state;
    static const unsigned char seed[32] = {7};
    return mien_random_seeded(&state, seed);
}

static mien_agent_grant bitcoin(uint64_t satoshis, uint32_t count, uint32_t seconds) {
    mien_agent_grant grant = {.purposes = MIEN_PURPOSE_BITCOIN,
                              .seconds = seconds,
                              .count = count,
                              .satoshis = satoshis,
                              .network = MIEN_BITCOIN_TESTNET};
    return grant;
}

static mien_agent_use payment(uint64_t satoshis) {
    mien_agent_use use = {.purpose = MIEN_PURPOSE_BITCOIN,
                          .satoshis = satoshis,
                          .on_bitcoin = true,
                          .network = MIEN_BITCOIN_TESTNET};
    return use;
}

static void amounts_add_up(void) {
    mien_agent_grants grants = {0};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_random random = seeded();
    const mien_agent_grant grant = bitcoin(1000, 10, 60);
    REQUIRE(mien_agent_grants_add(&grants, token, &grant, 0, &random, NULL) == MIEN_OK);
    const mien_agent_use small = payment(400), large = payment(201), rest = payment(200);
    CHECK(mien_agent_grants_spend(&grants, token, &small, 1));
    CHECK(mien_agent_grants_spend(&grants, token, &small, 1));
    CHECK(!mien_agent_grants_spend(&grants, token, &large, 1));
    CHECK(mien_agent_grants_cover(&grants, token, &rest, 1)); /* looking takes nothing */
    CHECK(mien_agent_grants_spend(&grants, token, &rest, 1));
    const mien_agent_use one = payment(1), huge = payment(UINT64_MAX);
    CHECK(!mien_agent_grants_spend(&grants, token, &one, 1));
    CHECK(!mien_agent_grants_spend(&grants, token, &huge, 1));
}

static void wei_of_more_than_64_bits(void) {
    mien_agent_grants grants = {0};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_random random = seeded();
    mien_agent_grant grant = {
        .purposes = MIEN_PURPOSE_ETHEREUM, .seconds = 9, .count = 9, .chain_id = 1};
    mien_agent_use use = {.purpose = MIEN_PURPOSE_ETHEREUM, .on_ethereum = true, .chain_id = 1};
    grant.wei.limb[1] = 1; /* 2^64 */
    use.wei.limb[0] = 3;
    REQUIRE(mien_agent_grants_add(&grants, token, &grant, 0, &random, NULL) == MIEN_OK);
    CHECK(mien_agent_grants_spend(&grants, token, &use, 1));
    use.wei.limb[0] = UINT64_MAX - 1; /* one more than the 2^64 - 3 that are left */
    CHECK(!mien_agent_grants_spend(&grants, token, &use, 1));
    use.wei.limb[0] = UINT64_MAX - 2;
    CHECK(mien_agent_grants_spend(&grants, token, &use, 1));
    use.wei.limb[0] = 1;
    CHECK(!mien_agent_grants_spend(&grants, token, &use, 1));
    use.wei.limb[0] = 0;
    CHECK(mien_agent_grants_spend(&grants, token, &use, 1));
}

static void count_and_time_end(void) {
    mien_agent_grants grants = {0};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_random random = seeded();
    const mien_agent_use use = payment(0);
    const mien_agent_grant grant = bitcoin(0, 2, 10);
    REQUIRE(mien_agent_grants_add(&grants, token, &grant, 5000, &random, NULL) == MIEN_OK);
    CHECK(mien_agent_grants_spend(&grants, token, &use, 5000));
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 15000)); /* ten seconds are over */
    CHECK(mien_agent_grants_spend(&grants, token, &use, 14999));
    CHECK(!mien_agent_grants_spend(&grants, token, &use, 14999));
    CHECK_INT(mien_agent_grants_count(&grants, 14999), 0);
    REQUIRE(mien_agent_grants_add(&grants, token, &grant, 0, &random, NULL) == MIEN_OK);
    CHECK_INT(mien_agent_grants_count(&grants, 9999), 1);
    CHECK_INT(mien_agent_grants_count(&grants, 10000), 0);
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 0)); /* wiped, also if the clock turns */
}

/* Every field that differs from what was granted. */
static void anything_else_is_not_covered(void) {
    mien_agent_grants grants = {0};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE], other[MIEN_AGENT_TOKEN_SIZE] = {0};
    const mien_random random = seeded();
    mien_agent_grant grant = bitcoin(1000, 10, 60);
    grant.purposes |= MIEN_PURPOSE_ETHEREUM | MIEN_PURPOSE_MESSAGE;
    REQUIRE(mien_agent_grants_add(&grants, token, &grant, 0, &random, NULL) == MIEN_OK);
    mien_agent_use use = payment(10);
    CHECK(mien_agent_grants_cover(&grants, token, &use, 1));
    CHECK(!mien_agent_grants_cover(&grants, other, &use, 1)); /* zeros */
    memcpy(other, token, sizeof other);
    other[15] ^= 1;
    CHECK(!mien_agent_grants_cover(&grants, other, &use, 1));
    use.network = MIEN_BITCOIN_MAINNET;
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1));
    use = (mien_agent_use){0}; /* no purpose */
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1));
    use.purpose = MIEN_PURPOSE_TYPED;
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1));
    use = (mien_agent_use){.purpose = MIEN_PURPOSE_ETHEREUM, .on_ethereum = true, .chain_id = 0};
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1)); /* 0 is no chain, granted or not */
    use.chain_id = 1;
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1));
    use = (mien_agent_use){.purpose = MIEN_PURPOSE_MESSAGE};
    CHECK(mien_agent_grants_cover(&grants, token, &use, 1));
    mien_agent_grants_clear(&grants);
    CHECK(!mien_agent_grants_cover(&grants, token, &use, 1));
}

static void the_table_is_bounded(void) {
    mien_agent_grants grants = {0};
    uint8_t tokens[MIEN_AGENT_GRANTS_MAX + 1][MIEN_AGENT_TOKEN_SIZE];
    const mien_random random = seeded();
    mien_agent_grant grant = bitcoin(0, 1, 1), none = bitcoin(0, 0, 1);
    for (int i = 0; i < MIEN_AGENT_GRANTS_MAX; i++)
        REQUIRE(mien_agent_grants_add(&grants, tokens[i], &grant, 0, &random, NULL) == MIEN_OK);
    CHECK(memcmp(tokens[0], tokens[1], MIEN_AGENT_TOKEN_SIZE) != 0);
    CHECK_INT(mien_agent_grants_add(&grants, tokens[16], &grant, 0, &random, NULL), MIEN_TOO_LARGE);
    CHECK_INT(mien_agent_grants_add(&grants, tokens[16], &grant, 1000, &random, NULL), MIEN_OK);
    CHECK_INT(mien_agent_grants_add(&grants, tokens[0], &none, 1000, &random, NULL), MIEN_ARGUMENT);
    none = grant;
    none.purposes = 1u << 5;
    CHECK_INT(mien_agent_grants_add(&grants, tokens[0], &none, 1000, &random, NULL), MIEN_ARGUMENT);
}

int main(void) {
    RUN(amounts_add_up);
    RUN(wei_of_more_than_64_bits);
    RUN(count_and_time_end);
    RUN(anything_else_is_not_covered);
    RUN(the_table_is_bounded);
    return harness_end();
}
