/* SPDX-License-Identifier: MIT */
/* Policies: what is read, what is refused with its line, and what is decided. */
#include "wallet/policy/policy.h"

#include "tests/harness.h"
#include "tests/wallet/policy/history.h"
#include "wallet/bitcoin/network.h"

#define NOW 1700000000
#define FRIEND "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
#define STRANGER "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"
#define SHOP "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define COIN_TOKEN "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"

static mien_policy *policy;
static mien_error error;
static told_history told;

static mien_status parse(const char *text) {
    mien_policy_destroy(policy);
    error = (mien_error){0};
    return mien_policy_parse(&policy, text, strlen(text), &error);
}

#define GENERAL "mien-policy 1\nrequire face\n"

/* ---- reading ---- */

static void test_default_is_read(void) {
    const char *words;
    mien_arena arena = mien_arena_of(1 << 16);
    REQUIRE(parse(mien_policy_default_text()) == MIEN_OK);
    CHECK_INT(mien_policy_words(&words, &arena, policy), MIEN_OK);
    CHECK(strstr(words, "Every signature needs face.") != NULL);
    CHECK(strstr(words, "Data that cannot be shown are not signed.") != NULL);
    mien_arena_clear(&arena);
}

static void test_everything_is_read_and_said(void) {
    const char *words;
    mien_arena arena = mien_arena_of(1 << 16);
    REQUIRE(
        parse("# comment\n\n  mien-policy 1\n\trequire face+pin   # all\nmessages allow\n"
              "typed-data allow require face+pin\ndelegations any require face+pin+match-proof\n"
              "unknown-data allow\nany-chain allow\nother-chains deny\napprovals any\n"
              "chain bitcoin\n transaction 0.5\n day 1\n fee 0.001\n require face+face-proof\n"
              " require face+pin above 0.01\n require face+match-proof above 0.1\n"
              " destinations any\n allow " FRIEND " my friend\n cool-down 10m above 0.2\n"
              " new-destination 1d\nchain signet\nchain regtest\nchain testnet\n"
              "chain evm 1\n other-tokens allow\n approvals deny\n"
              "token " COIN_TOKEN " 6 USD Coin\n transaction 1000.000001\n approvals limited\n") ==
        MIEN_FORMAT); /* a token's name is one word */
    CHECK(strstr(error.message, "line 29: 'token' is written") != NULL);
    REQUIRE(
        parse(
            "mien-policy 1\nrequire face+pin\nchain bitcoin\ntransaction 0.5\nday 1\nallow " FRIEND
            " my friend\nnew-destination 1d above 2\nchain evm 1\ntoken " COIN_TOKEN
            " 6 USDC\ntransaction 1000.000001\napprovals limited\n") == MIEN_OK);
    CHECK_INT(mien_policy_words(&words, &arena, policy), MIEN_OK);
    CHECK(strstr(words, "At most 0.5 BTC a transaction.") != NULL);
    CHECK(strstr(words, FRIEND "  my friend") != NULL);
    CHECK(strstr(words, "waits 86400 seconds, for payments above 2 BTC") != NULL);
    CHECK(strstr(words, "At most 1000.000001 USDC a transaction.") != NULL);
    mien_arena_clear(&arena);
}

static void test_refusals_name_the_line(void) {
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "line 1: a policy begins"},
        {"mien-policy 1", "line 1: the last line does not end"},
        {"mien-policy 2\n", "line 1: this program reads"},
        {"mien-policy\n", "line 1: this program reads"},
        {"require face\n", "line 1: a policy begins"},
        {"mien-policy 1\n", "line 2: 'require' is missing"},
        {"mien-policy 1\nrequire\n", "line 2: 'require' is written"},
        {"mien-policy 1\nrequire pin\n", "line 2: nothing is signed without the face"},
        {"mien-policy 1\nrequire face+\n", "line 2: 'face+' is not made of"},
        {"mien-policy 1\nrequire face+face\n", "line 2: 'face' stands twice"},
        {"mien-policy 1\nrequire face,pin\n", "line 2: 'face,pin' is not made of"},
        {"mien-policy 1\nrequire face above 1\n", "line 2: 'require' is written"},
        {GENERAL "require face\n", "line 3: 'require' stands in line 2 already"},
        {GENERAL "mien-policy 1\n",
         "line 3: 'mien-policy' is not known here; lines begin with require, messages, "},
        {GENERAL "transaction 1\n", "line 3: 'transaction' does not belong in the general part"},
        {GENERAL "messages\n", "line 3: 'messages' is written"},
        {GENERAL "messages maybe\n", "line 3: 'maybe' is not known here"},
        {GENERAL "messages deny require face\n", "line 3: 'messages' is written"},
        {GENERAL "messages allow require\n", "line 3: 'messages' is written"},
        {GENERAL "any-chain allow require face\n", "line 3: 'any-chain' is written"},
        {GENERAL "messages allow\nmessages deny\n", "line 4: 'messages' stands in line 3"},
        {GENERAL "delegations allow\n", "line 3: 'allow' is not known here"},
        {GENERAL "chain\n", "line 3: 'chain' is written"},
        {GENERAL "chain mainnet\n", "line 3: 'mainnet' is not known"},
        {GENERAL "chain main\n", "line 3: 'main' is not known"},
        {GENERAL "chain bitcoin 1\n", "line 3: 'chain' is written"},
        {GENERAL "chain evm\n", "line 3: 'chain' is written"},
        {GENERAL "chain evm 0\n", "line 3: there is no chain 0"},
        {GENERAL "chain evm 01\n", "line 3: '01' is not a whole number"},
        {GENERAL "chain evm 0x1\n", "line 3: '0x1' is not a whole number"},
        {GENERAL "chain evm 9223372036854775808\n", "line 3: '9223372036854775808' is not a"},
        {GENERAL "chain bitcoin\nchain bitcoin\n", "line 4: this chain has a section in line 3"},
        {GENERAL "chain bitcoin\ntransaction -1\n", "line 4: '-1' is no amount"},
        {GENERAL "chain bitcoin\ntransaction 01\n", "line 4: '01' is no amount"},
        {GENERAL "chain bitcoin\ntransaction 1.\n", "line 4: '1.' is no amount"},
        {GENERAL "chain bitcoin\ntransaction .5\n", "line 4: '.5' is no amount"},
        {GENERAL "chain bitcoin\ntransaction 1e3\n", "line 4: '1e3' is no amount"},
        {GENERAL "chain bitcoin\ntransaction 1,5\n", "line 4: '1,5' is no amount"},
        {GENERAL "chain bitcoin\ntransaction 0.123456789\n",
         "line 4: '0.123456789' has more than 8"},
        {GENERAL "chain bitcoin\ntransaction 1 BTC\n", "line 4: 'transaction' is written"},
        {GENERAL "chain bitcoin\nday 1\nday 2\n", "line 5: 'day' stands in line 4"},
        {GENERAL "chain bitcoin\nother-tokens allow\n", "line 4: 'other-tokens' does not belong"},
        {GENERAL "chain bitcoin\ntoken " COIN_TOKEN " 6 X\n", "line 4: 'token' does not belong"},
        {GENERAL "chain bitcoin\nallow\n", "line 4: 'allow' is written"},
        {GENERAL "chain testnet\nallow " FRIEND "\n",
         "line 4: '" FRIEND "' is no address of testnet"},
        {GENERAL "chain bitcoin\nallow " FRIEND
                 "\nallow BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4\n",
         "line 5: this address stands in line 4"},
        {GENERAL "chain evm 1\nallow 0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n",
         "line 4: '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed' is mistyped"},
        {GENERAL "chain evm 1\nallow 0x12\n", "line 4: '0x12' is no Ethereum address"},
        {GENERAL "chain evm 1\ntoken " COIN_TOKEN " 78 X\n", "line 4: '78' is not a whole number"},
        {GENERAL "chain evm 1\ntoken " COIN_TOKEN " 6 X\ntoken " COIN_TOKEN " 6 Y\n",
         "line 5: this token has a section in line 4"},
        {GENERAL "chain evm 1\ntoken " COIN_TOKEN " 6 X\nfee 1\n",
         "line 5: 'fee' does not belong in "},
        {GENERAL "chain bitcoin\ncool-down 1\n", "line 4: '1' is no time"},
        {GENERAL "chain bitcoin\ncool-down 1w\n", "line 4: '1w' is no time"},
        {GENERAL "chain bitcoin\ncool-down 0s\n", "line 4: '0s' is no time"},
        {GENERAL "chain bitcoin\ncool-down 367d\n", "line 4: '367d' is longer than a year"},
        {GENERAL "chain bitcoin\ncool-down 1d over 1\n", "line 4: 'cool-down' is written"},
        {GENERAL "a b c d e f g h i j k l m\n", "line 3: too many words"},
        {GENERAL "# caf\xc3\xa9\n", "line 3: character 6 is not plain ASCII"},
        {GENERAL "messages allow\r\n", "line 3: character 15 is not plain ASCII"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_status status = parse(cases[i].text);
        if (status == MIEN_OK || policy != NULL ||
            strncmp(error.message, cases[i].words, strlen(cases[i].words)) != 0) {
            printf("  case %zu: %s: got '%s'\n", i, cases[i].text, error.message);
            CHECK(!"refused with the line");
        }
    }
    printf("  %zu texts refused\n", sizeof cases / sizeof *cases);
}

static void test_bounds_of_a_text(void) {
    static char text[MIEN_POLICY_TEXT_MAX + 2];
    memset(text, '\n', sizeof text - 1);
    memcpy(text, GENERAL, sizeof GENERAL - 1);
    CHECK_INT(mien_policy_parse(&policy, text, MIEN_POLICY_TEXT_MAX + 1, &error), MIEN_TOO_LARGE);
    mien_policy_destroy(policy);
    CHECK_INT(mien_policy_parse(&policy, text, MIEN_POLICY_TEXT_MAX, &error), MIEN_OK);
    memset(text + sizeof GENERAL - 1, '#', MIEN_POLICY_LINE_MAX);
    CHECK_INT(parse(text), MIEN_TOO_LARGE); /* the whole text is longer than it may be */
    text[sizeof GENERAL + MIEN_POLICY_LINE_MAX + 10] = '\0';
    CHECK_INT(parse(text), MIEN_OK);
    text[sizeof GENERAL - 1 + MIEN_POLICY_LINE_MAX] = '#';
    CHECK_INT(parse(text), MIEN_TOO_LARGE);
    CHECK(strstr(error.message, "line 3: ") == error.message);
    memcpy(text + 3, "\0", 1);
    CHECK_INT(mien_policy_parse(&policy, text, 40, &error), MIEN_FORMAT);
    policy = NULL;
}

static void test_digest_is_of_the_bytes(void) {
    /* printf '\x0dmien/policy/1mien-policy 1\n' | sha256sum */
    uint8_t expected[32], a[32], b[32];
    harness_hex(expected, 32, "2f9463a5918f7617cf29ea31571d812874cb51d0e4c4a2a1e4d2ecdbff731a8a");
    mien_policy_digest(a, "mien-policy 1\n", 14);
    mien_policy_digest(b, "mien-policy 1\n#\n", 16);
    CHECK_BYTES(a, expected, 32);
    CHECK(memcmp(a, b, 32) != 0);
}

/* ---- deciding ---- */

static mien_policy_flow flows[4];
static mien_policy_request request;
static mien_policy_decision decision;
static unsigned means;

static void pay(const char *destination, uint64_t satoshis) {
    request = (mien_policy_request){.chain = {false, MIEN_BITCOIN_MAINNET}, .flows = flows};
    memset(flows, 0, sizeof flows);
    request.flow_count = 1;
    request.fee = mien_uint256_of(1000);
    flows[0].amount = mien_uint256_of(satoshis);
    snprintf(flows[0].destination, sizeof flows[0].destination, "%s", destination);
    means = MIEN_MEANS_FACE;
}

static void token(uint64_t amount) {
    pay(SHOP, amount);
    request.chain = (mien_policy_chain){true, 1};
    flows[0].is_token = true;
    CHECK_INT(mien_ethereum_address_parse(flows[0].token, COIN_TOKEN, 42), MIEN_OK);
}

static mien_policy_verdict decide(void) {
    mien_policy_history history = told_answers(&told);
    CHECK_INT(mien_policy_decide(&decision, policy, &request, means, NOW, &history), MIEN_OK);
    return decision.verdict;
}

static void expect(mien_policy_verdict verdict, unsigned line, const char *words) {
    decide();
    CHECK_INT(decision.verdict, verdict);
    CHECK_INT(decision.line, line);
    if (strstr(decision.reason, words) == NULL) {
        printf("  reason: %s (%s)\n", decision.reason, decision.rule);
        CHECK(!"the reason says it");
    }
}

static void test_limit_of_a_transaction(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\ntransaction 0.5\n") == MIEN_OK);
    pay(STRANGER, 49999000);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED); /* with the fee exactly the limit */
    pay(STRANGER, 49999001);
    expect(MIEN_VERDICT_DENIED, 5, "0.50000001 BTC are above the limit of a transaction");
    CHECK_TEXT(decision.rule, "transaction 0.5");
    CHECK_INT(mien_policy_enforce(&decision, &error), MIEN_POLICY_DENIED);
    CHECK(strstr(error.message, "(policy line 5: transaction 0.5)") != NULL);
    means = ~0u;
    expect(MIEN_VERDICT_DENIED, 5, "limit of a transaction");
}

static void test_splitting_an_amount_does_not_help(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\ntransaction 0.5\n") == MIEN_OK);
    pay(STRANGER, 30000000);
    request.flow_count = 2;
    flows[1] = flows[0];
    expect(MIEN_VERDICT_DENIED, 5, "0.60001 BTC");
    flows[1].amount = (mien_uint256){{~0ull, ~0ull, ~0ull, ~0ull}};
    expect(MIEN_VERDICT_DENIED, 5, "without end");
}

static void test_limit_of_a_day(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\nday 1\n") == MIEN_OK);
    pay(STRANGER, 39999000);
    told = (told_history){.spent = mien_uint256_of(60000000)};
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    CHECK_INT(told.since, NOW - 86400 + 1);
    told.spent = mien_uint256_of(60000001);
    expect(MIEN_VERDICT_DENIED, 5, "0.60000001 BTC in the last 24 hours");
    told = (told_history){.overflow = true};
    expect(MIEN_VERDICT_DENIED, 5, "without end");
    told = (told_history){.status = MIEN_IO};
    mien_policy_history history = told_answers(&told);
    CHECK_INT(mien_policy_decide(&decision, policy, &request, means, NOW, &history), MIEN_IO);
    CHECK_INT(decision.verdict, MIEN_VERDICT_DENIED);
    told = (told_history){0};
}

static void test_fee(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\nfee 0.00001\n") == MIEN_OK);
    pay(STRANGER, 1);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    request.fee = mien_uint256_of(1001);
    expect(MIEN_VERDICT_DENIED, 5, "the fee may become 0.00001001 BTC");
}

static void test_destinations(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\nallow " FRIEND " friend\n") == MIEN_OK);
    pay(FRIEND, 1);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    pay(STRANGER, 1);
    expect(MIEN_VERDICT_DENIED, 0, STRANGER " is not in the list of destinations");
    pay(FRIEND, 1);
    request.flow_count = 2;
    expect(MIEN_VERDICT_DENIED, 0, "a new contract is not in the list");
    CHECK_INT(parse(GENERAL "chain bitcoin\ndestinations listed\nallow " FRIEND "\n"), MIEN_OK);
    pay(STRANGER, 0);
    expect(MIEN_VERDICT_DENIED, 4, "is not in the list"); /* an amount of zero is no way around */
}

static void test_means(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\nrequire face+pin above 0.1\n"
                          "require face+match-proof above 1\nrequire face+face-proof above 10\n") ==
            MIEN_OK);
    pay(STRANGER, 9999000);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    pay(STRANGER, 9999001);
    expect(MIEN_VERDICT_NEEDS_MORE, 5, "pin is needed for it");
    CHECK_INT(decision.missing, MIEN_MEANS_PIN);
    CHECK_INT(decision.needs, MIEN_MEANS_FACE | MIEN_MEANS_PIN);
    CHECK_INT(mien_policy_enforce(&decision, NULL), MIEN_POLICY_DENIED);
    means |= MIEN_MEANS_PIN;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    pay(STRANGER, 200000000);
    means |= MIEN_MEANS_MATCH_PROOF;
    expect(MIEN_VERDICT_NEEDS_MORE, 6, "pin is needed"); /* the lower steps still hold */
    means |= MIEN_MEANS_PIN;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    means = MIEN_MEANS_FACE | MIEN_MEANS_PIN | MIEN_MEANS_FACE_PROOF;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED); /* stands for the weaker statement */
    pay(STRANGER, 2000000000);
    means = MIEN_MEANS_FACE | MIEN_MEANS_PIN | MIEN_MEANS_MATCH_PROOF;
    expect(MIEN_VERDICT_NEEDS_MORE, 7, "face-proof is needed for it");
    pay(STRANGER, 1);
    means = 0;
    expect(MIEN_VERDICT_NEEDS_MORE, 2, "face is needed");
}

static void test_new_destination(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\nallow " FRIEND
                          "\nnew-destination 1d above 0.1\n") == MIEN_OK);
    pay(STRANGER, 9999000);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    pay(STRANGER, 20000000);
    told = (told_history){0};
    expect(MIEN_VERDICT_WAIT, 6, "is a new destination");
    CHECK(decision.announce);
    CHECK_INT(decision.not_before, NOW + 86400);
    told = (told_history){.asked = true, .first = NOW - 86399};
    expect(MIEN_VERDICT_WAIT, 6, "is a new destination");
    CHECK(!decision.announce);
    CHECK_INT(decision.not_before, NOW + 1);
    told.first = NOW - 86400;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    told.first = NOW + 1000; /* the clock went back: the waiting begins now */
    expect(MIEN_VERDICT_WAIT, 6, "");
    CHECK_INT(decision.not_before, NOW + 86400);
    pay(FRIEND, 20000000);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    told = (told_history){0};
}

static void test_cool_down(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\ncool-down 10m\n") == MIEN_OK);
    pay(STRANGER, 1);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    told = (told_history){.paid = true, .last = NOW - 599};
    expect(MIEN_VERDICT_WAIT, 5, "the last payment is too recent");
    CHECK_INT(decision.not_before, NOW + 1);
    CHECK_INT(mien_policy_enforce(&decision, NULL), MIEN_POLICY_DENIED);
    told.last = NOW - 600;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    told.last = INT64_MAX;
    expect(MIEN_VERDICT_WAIT, 5, "");
    told = (told_history){0};
}

static void test_a_refusal_is_stronger_than_waiting(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\ncool-down 10m\ntransaction 0.1\n") ==
            MIEN_OK);
    pay(STRANGER, 20000000);
    told = (told_history){.paid = true, .last = NOW};
    means = 0;
    expect(MIEN_VERDICT_DENIED, 6, "limit of a transaction");
    told = (told_history){0};
}

#define SHARED_BODY                                                                                \
    "wsh(sortedmulti(1,[00000000/48'/0'/0'/2']"                                                    \
    "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TM" \
    "g7"                                                                                           \
    "usUDFdp6W1EGMcet8/<0;1>/*))"

static void test_shared_wallets(void) {
    char text[1024], checksum[MIEN_DESCRIPTOR_CHECKSUM + 1];
    size_t count;
    REQUIRE(mien_descriptor_checksum(checksum, SHARED_BODY, strlen(SHARED_BODY)) == MIEN_OK);
    snprintf(text, sizeof text, GENERAL "chain bitcoin\nshared " SHARED_BODY "#%s\n", checksum);
    REQUIRE(parse(text) == MIEN_OK);
    CHECK(mien_policy_shared(policy, MIEN_BITCOIN_MAINNET, &count) != NULL);
    CHECK_INT(count, 1);
    CHECK(mien_policy_shared(policy, MIEN_BITCOIN_TESTNET, &count) == NULL);
    CHECK_INT(count, 0);
    snprintf(text, sizeof text, GENERAL "chain testnet\nshared " SHARED_BODY "#%s\n", checksum);
    CHECK_INT(parse(text), MIEN_FORMAT);
    CHECK(strstr(error.message, "line 4: the descriptor is not of a shared wallet") != NULL);
    checksum[0] = checksum[0] == 'q' ? 'p' : 'q';
    snprintf(text, sizeof text, GENERAL "chain bitcoin\nshared " SHARED_BODY "#%s\n", checksum);
    CHECK_INT(parse(text), MIEN_FORMAT);
    CHECK_INT(parse(GENERAL "chain bitcoin\nshared " SHARED_BODY "\n"), MIEN_FORMAT);
    CHECK(strstr(error.message, "line 4: the descriptor has no checksum") != NULL);
    CHECK_INT(parse(GENERAL "chain evm 1\nshared x\n"), MIEN_FORMAT);
}

static void test_chains(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\n") == MIEN_OK);
    pay("tb1q", 1);
    request.chain.id = MIEN_BITCOIN_TESTNET;
    expect(MIEN_VERDICT_DENIED, 0, "chain testnet has no section");
    CHECK_TEXT(decision.rule, "the policy does not mention it");
    REQUIRE(parse(GENERAL "other-chains allow\nchain bitcoin\ntransaction 0\n") == MIEN_OK);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    pay(STRANGER, 1);
    expect(MIEN_VERDICT_DENIED, 5, "limit of a transaction");
}

static void test_tokens(void) {
    static const char text[] =
        GENERAL "approvals limited\nchain evm 1\ndestinations any\n"
                "transaction 1\ntoken " COIN_TOKEN " 6 USDC\ntransaction 100\nday 500\n";
    REQUIRE(parse(text) == MIEN_OK);
    token(100000000);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    CHECK(told.allowances);
    token(100000001);
    expect(MIEN_VERDICT_DENIED, 8, "100.000001 USDC are above the limit of a transaction");
    flows[0].approval = true;
    expect(MIEN_VERDICT_DENIED, 8, "100.000001 USDC");
    flows[0].unlimited = true;
    expect(MIEN_VERDICT_DENIED, 3, "take tokens without end");
    token(0);
    flows[0].approval = true;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    token(1);
    flows[0].token[19] ^= 1;
    expect(MIEN_VERDICT_DENIED, 0, "this token has no section");
    REQUIRE(parse(GENERAL "approvals deny\nchain evm 1\ndestinations any\nother-tokens allow\n") ==
            MIEN_OK);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    flows[0].approval = true;
    expect(MIEN_VERDICT_DENIED, 3, "allows somebody to take tokens");
    flows[0].amount = mien_uint256_of(0);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED); /* takes an allowance back */
    REQUIRE(parse(GENERAL
                  "approvals any require face+pin\nchain evm 1\ndestinations any\ntoken " COIN_TOKEN
                  " 6 USDC\ntransaction 1\nday 1\n") == MIEN_OK);
    token(5000000);
    flows[0].approval = flows[0].unlimited = true;
    expect(MIEN_VERDICT_NEEDS_MORE, 3, "pin is needed");
    means |= MIEN_MEANS_PIN;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    CHECK(!told.allowances);
}

static void test_data_and_code(void) {
    REQUIRE(parse(GENERAL "other-chains allow\n") == MIEN_OK);
    pay(SHOP, 1);
    request.chain = (mien_policy_chain){true, 1};
    request.unknown_data = true;
    expect(MIEN_VERDICT_DENIED, 0, "cannot be shown in words");
    pay(SHOP, 1);
    request.any_chain = true;
    expect(MIEN_VERDICT_DENIED, 0, "valid on every chain");
    pay(SHOP, 1);
    request.delegates = true;
    expect(MIEN_VERDICT_DENIED, 0, "hands an account over to code");
    REQUIRE(parse(GENERAL "other-chains allow\nunknown-data allow require face+pin\n"
                          "delegations well-known\nany-chain allow\n") == MIEN_OK);
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    request.unknown_code = true;
    expect(MIEN_VERDICT_DENIED, 5, "code that is not well known");
    pay(SHOP, 1);
    request.unknown_data = true;
    expect(MIEN_VERDICT_NEEDS_MORE, 4, "pin is needed");
}

static void test_what_is_not_a_payment(void) {
    static const mien_policy_kind kinds[] = {MIEN_POLICY_MESSAGE, MIEN_POLICY_TYPED_DATA,
                                             MIEN_POLICY_DELEGATION};
    told = (told_history){0};
    REQUIRE(parse(GENERAL) == MIEN_OK);
    for (size_t i = 0; i < 3; i++) {
        request = (mien_policy_request){.kind = kinds[i], .chain = {true, 0}};
        request.delegates = kinds[i] == MIEN_POLICY_DELEGATION;
        CHECK_INT(decide(), MIEN_VERDICT_DENIED);
        CHECK_INT(decision.line, 0);
    }
    request = (mien_policy_request){.kind = MIEN_POLICY_REVOCATION, .chain = {true, 0}};
    means = MIEN_MEANS_FACE;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED); /* taking back is always allowed */
    means = 0;
    expect(MIEN_VERDICT_NEEDS_MORE, 2, "face is needed");
    REQUIRE(parse(GENERAL "messages allow\ntyped-data allow require face+pin\n"
                          "delegations any\nother-chains deny\n") == MIEN_OK);
    means = MIEN_MEANS_FACE;
    request.kind = MIEN_POLICY_MESSAGE;
    CHECK_INT(decide(), MIEN_VERDICT_ALLOWED);
    request.kind = MIEN_POLICY_TYPED_DATA;
    expect(MIEN_VERDICT_NEEDS_MORE, 4, "pin");
    request.chain.id = 5;
    expect(MIEN_VERDICT_DENIED, 6, "chain evm 5 has no section");
    request.kind = MIEN_POLICY_KINDS;
    mien_policy_history history = told_answers(&told);
    CHECK_INT(mien_policy_decide(&decision, policy, &request, means, NOW, &history), MIEN_ARGUMENT);
    CHECK_INT(decision.verdict, MIEN_VERDICT_DENIED);
}

/* More means never make a request less welcome; a smaller amount of what is allowed is, too. */
static void test_means_and_amounts_are_monotone(void) {
    REQUIRE(parse(GENERAL "chain bitcoin\ndestinations any\ntransaction 0.9\nday 2\n"
                          "require face+pin above 0.1\nrequire face+match-proof above 0.5\n"
                          "cool-down 1h above 0.3\nnew-destination 1h above 0.4\n") == MIEN_OK);
    for (int round = 0; round < 20000; round++) {
        uint64_t amount = harness_random_below(100000000);
        told = (told_history){.spent = mien_uint256_of(harness_random_below(220000000)),
                              .paid = harness_random_below(2) != 0,
                              .asked = harness_random_below(2) != 0,
                              .last = NOW - (int64_t)harness_random_below(7200),
                              .first = NOW - (int64_t)harness_random_below(7200)};
        pay(STRANGER, amount);
        means = (unsigned)harness_random_below(16);
        int first = (int)decide();
        means |= (unsigned)harness_random_below(16);
        int second = (int)decide();
        CHECK(second >= first);
        unsigned kept = means;
        pay(STRANGER, harness_random_below(amount + 1));
        means = kept;
        CHECK(second != MIEN_VERDICT_ALLOWED || decide() == MIEN_VERDICT_ALLOWED);
    }
    told = (told_history){0};
}

int main(void) {
    RUN(test_default_is_read);
    RUN(test_everything_is_read_and_said);
    RUN(test_refusals_name_the_line);
    RUN(test_bounds_of_a_text);
    RUN(test_digest_is_of_the_bytes);
    RUN(test_limit_of_a_transaction);
    RUN(test_splitting_an_amount_does_not_help);
    RUN(test_limit_of_a_day);
    RUN(test_fee);
    RUN(test_destinations);
    RUN(test_means);
    RUN(test_new_destination);
    RUN(test_cool_down);
    RUN(test_a_refusal_is_stronger_than_waiting);
    RUN(test_shared_wallets);
    RUN(test_chains);
    RUN(test_tokens);
    RUN(test_data_and_code);
    RUN(test_what_is_not_a_payment);
    RUN(test_means_and_amounts_are_monotone);
    mien_policy_destroy(policy);
    return harness_end();
}
