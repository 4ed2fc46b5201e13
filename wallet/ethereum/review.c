/* SPDX-License-Identifier: MIT */
#include "wallet/ethereum/review.h"

#include <inttypes.h>
#include <limits.h>
#include <utf8proc.h>

#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"

#define ETHER_DECIMALS 18
#define GWEI_DECIMALS 9
#define TOKEN_CALL_SIZE 68 /* selector, address and amount */
#define DATA_SHOWN 64

static const struct {
    uint64_t id;
    const char *name, *coin;
} chains[] = {{1, "Ethereum", "ETH"},
              {10, "OP Mainnet", "ETH"},
              {56, "BNB Smart Chain", "BNB"},
              {100, "Gnosis", "xDAI"},
              {137, "Polygon", "POL"},
              {324, "zkSync Era", "ETH"},
              {1337, "local development chain", "ETH"},
              {8453, "Base", "ETH"},
              {17000, "Holesky testnet", "ETH"},
              {31337, "local development chain", "ETH"},
              {42161, "Arbitrum One", "ETH"},
              {43114, "Avalanche C-Chain", "AVAX"},
              {59144, "Linea", "ETH"},
              {534352, "Scroll", "ETH"},
              {560048, "Hoodi testnet", "ETH"},
              {11155111, "Sepolia testnet", "ETH"}};
#define CHAINS (sizeof chains / sizeof chains[0])

mien_ethereum_limits mien_ethereum_limits_default(void) {
    mien_ethereum_limits limits = {{{100000000000000000u, 0, 0, 0}}, false, false, false};
    return limits;
}

const char *mien_ethereum_chain_name(uint64_t chain_id) {
    for (size_t i = 0; i < CHAINS; i++)
        if (chains[i].id == chain_id) return chains[i].name;
    return NULL;
}

static const char *coin_of(uint64_t chain_id) {
    for (size_t i = 0; i < CHAINS; i++)
        if (chains[i].id == chain_id) return chains[i].coin;
    return "of its native coin";
}

/* ERC-20 call with an address and an amount: strict, so that nothing hides in padding or tail. */
static bool decode_token_call(mien_ethereum_review *review, const mien_ethereum_transaction *t) {
    static const uint8_t transfer[4] = {0xa9, 0x05, 0x9c, 0xbb};
    static const uint8_t approve[4] = {0x09, 0x5e, 0xa7, 0xb3};
    static const uint8_t padding[12] = {0};
    const uint8_t *data = t->data.data;
    if (t->data.length != TOKEN_CALL_SIZE || memcmp(data + 4, padding, sizeof padding) != 0 ||
        !mien_uint256_is_zero(&t->value))
        return false;
    if (memcmp(data, transfer, 4) == 0)
        review->action = MIEN_ACTION_TOKEN_TRANSFER;
    else if (memcmp(data, approve, 4) == 0)
        review->action = MIEN_ACTION_TOKEN_APPROVE;
    else
        return false;
    memcpy(review->token, t->to, sizeof review->token);
    memcpy(review->counterparty, data + 16, sizeof review->counterparty);
    if (mien_uint256_from_bytes(&review->token_amount, data + 36, 32) != MIEN_OK) return false;
    review->unlimited =
        review->action == MIEN_ACTION_TOKEN_APPROVE && review->token_amount.limb[3] >> 63 != 0;
    return true;
}

static void find_action(mien_ethereum_review *review, const mien_ethereum_transaction *t) {
    if (t->data.length >= 4) memcpy(review->selector, t->data.data, 4);
    if (t->creates_contract)
        review->action = MIEN_ACTION_CREATE;
    else if (t->data.length == 0)
        review->action = t->authorization_count != 0 ? MIEN_ACTION_DELEGATE : MIEN_ACTION_TRANSFER;
    else if (!decode_token_call(review, t))
        review->action = MIEN_ACTION_UNKNOWN_DATA;
}

static bool is_zero_address(const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    static const uint8_t zero[MIEN_ETHEREUM_ADDRESS_SIZE] = {0};
    return memcmp(address, zero, sizeof zero) == 0;
}

const char *mien_ethereum_delegate_name(const uint8_t delegate[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    static const struct {
        const char *address, *name;
    } known[] = {{"63c0c19a282a1b52b07dd5a65b58948a07dae32b", "MetaMask's smart account"},
                 {"5a7fc11397e9a8ad41bf10bf13f22b0a63f96f6d", "Ambire's smart account"}};
    char hex[2 * MIEN_ETHEREUM_ADDRESS_SIZE + 1];
    if (is_zero_address(delegate)) return "nobody";
    mien_hex_encode(hex, delegate, MIEN_ETHEREUM_ADDRESS_SIZE);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(hex, known[i].address) == 0) return known[i].name;
    return NULL;
}

static mien_status check_authorization(const mien_ethereum_authorization *a,
                                       const mien_ethereum_limits *limits, mien_error *error) {
    if (a->chain_id == 0 && !limits->any_chain)
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "an authorisation is valid on every chain (chain id 0)");
    if (mien_ethereum_delegate_name(a->delegate) == NULL && !limits->unknown_delegates)
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "an authorisation hands an account over to unknown code");
    return MIEN_OK;
}

static mien_status check_authorizations(const mien_ethereum_transaction *t,
                                        const mien_ethereum_limits *limits, mien_error *error) {
    if (t->type == MIEN_ETHEREUM_SET_CODE && t->authorization_count == 0)
        return mien_fail(error, MIEN_FORMAT, "a type 4 transaction without authorisations");
    for (size_t i = 0; i < t->authorization_count; i++) {
        const mien_ethereum_authorization *a = &t->authorizations[i];
        MIEN_TRY(check_authorization(a, limits, error));
        if (a->chain_id != 0 && a->chain_id != t->chain_id)
            return mien_fail(error, MIEN_FORMAT, "an authorisation is for another chain");
    }
    return MIEN_OK;
}

static mien_status check_limits(const mien_ethereum_review *review,
                                const mien_ethereum_transaction *t,
                                const mien_ethereum_limits *limits, mien_error *error) {
    char fee[MIEN_UINT256_TEXT], limit[MIEN_UINT256_TEXT];
    if (mien_uint256_compare(&t->max_priority_fee, &t->max_fee) > 0)
        return mien_fail(error, MIEN_FORMAT, "the priority fee is above the maximum fee");
    if (t->chain_id == 0 && !limits->any_chain)
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "without a chain id (EIP-155) this would be valid on every chain");
    MIEN_TRY(check_authorizations(t, limits, error));
    bool blind = review->action == MIEN_ACTION_UNKNOWN_DATA || review->action == MIEN_ACTION_CREATE;
    if (blind && !limits->blind_signing)
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "the data cannot be shown in words; blind signing is off");
    mien_uint256_text(fee, &review->fee, ETHER_DECIMALS);
    mien_uint256_text(limit, &limits->fee_wei, ETHER_DECIMALS);
    if (!mien_uint256_is_zero(&limits->fee_wei) &&
        mien_uint256_compare(&review->fee, &limits->fee_wei) > 0)
        return mien_fail(error, MIEN_POLICY_DENIED, "the fee could reach %s, above the limit of %s",
                         fee, limit);
    return MIEN_OK;
}

static void amount_words(mien_text *text, const char *label, const mien_uint256 *wei,
                         const char *coin) {
    char amount[MIEN_UINT256_TEXT];
    mien_uint256_text(amount, wei, ETHER_DECIMALS);
    mien_text_append(text, "  %s %s %s\n", label, amount, coin);
}

static void address_words(mien_text *text, const char *label,
                          const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    char line[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_ethereum_address_text(line, address);
    mien_text_append(text, "  %s %s\n", label, line);
}

static void token_words(mien_text *text, const mien_ethereum_review *review) {
    char amount[MIEN_UINT256_TEXT];
    bool transfer = review->action == MIEN_ACTION_TOKEN_TRANSFER;
    mien_uint256_text(amount, &review->token_amount, 0);
    address_words(text, "token:   ", review->token);
    mien_text_append(text, "  %s %s of the token's smallest units\n",
                     transfer ? "transfers" : "lets spend",
                     review->unlimited ? "UNLIMITED amounts" : amount);
    address_words(text, transfer ? "to:      " : "spender: ", review->counterparty);
}

static void data_words(mien_text *text, const mien_ethereum_review *review, mien_view data) {
    char hex[2 * DATA_SHOWN + 1], selector[9];
    size_t shown = data.length < DATA_SHOWN ? data.length : DATA_SHOWN;
    mien_hex_encode(hex, data.data, shown);
    mien_hex_encode(selector, review->selector, 4);
    mien_text_append(text, "  WARNING: %zu bytes of data that cannot be shown in words",
                     data.length);
    if (data.length >= 4 && review->action == MIEN_ACTION_UNKNOWN_DATA)
        mien_text_append(text, " (function 0x%s)", selector);
    mien_text_append(text, "\n  data:     0x%s%s\n", hex, shown < data.length ? "..." : "");
}

static void authorization_words(mien_text *text, const mien_ethereum_authorization *a) {
    char delegate[MIEN_ETHEREUM_ADDRESS_TEXT];
    const char *name = mien_ethereum_delegate_name(a->delegate);
    mien_ethereum_address_text(delegate, a->delegate);
    if (is_zero_address(a->delegate))
        mien_text_append(text, "  revokes the delegation of an account");
    else
        mien_text_append(text, "  WARNING: hands an account over to the code at %s, %s", delegate,
                         name != NULL ? name : "UNKNOWN");
    if (a->chain_id == 0)
        mien_text_append(text, " (EVERY CHAIN, nonce %" PRIu64 ")\n", a->nonce);
    else
        mien_text_append(text, " (chain %" PRIu64 ", nonce %" PRIu64 ")\n", a->chain_id, a->nonce);
}

static void access_words(mien_text *text, const mien_ethereum_transaction *t) {
    if (t->access_count != 0)
        mien_text_append(text, "  access list of %zu addresses\n", t->access_count);
}

static mien_status make_words(mien_ethereum_review *review, mien_arena *arena) {
    const mien_ethereum_transaction *t = review->transaction;
    mien_text text = {.arena = arena};
    char fee[MIEN_UINT256_TEXT], digest[65];
    mien_text_append(&text, "Ethereum transaction on %s (chain id %" PRIu64 ")\n",
                     t->chain_id == 0             ? "ANY CHAIN"
                     : review->chain_name != NULL ? review->chain_name
                                                  : "a chain without a known name",
                     t->chain_id);
    address_words(&text, "from:    ", review->from);
    if (review->action == MIEN_ACTION_CREATE)
        mien_text_append(&text, "  creates a new contract\n");
    else if (review->action != MIEN_ACTION_TOKEN_TRANSFER &&
             review->action != MIEN_ACTION_TOKEN_APPROVE)
        address_words(&text, "to:      ", t->to);
    if (review->action == MIEN_ACTION_TOKEN_TRANSFER || review->action == MIEN_ACTION_TOKEN_APPROVE)
        token_words(&text, review);
    amount_words(&text, "value:   ", &t->value, review->coin);
    amount_words(&text, "fee:      at most", &review->fee, review->coin);
    amount_words(&text, "total:    at most", &review->total, review->coin);
    mien_uint256_text(fee, &t->max_fee, GWEI_DECIMALS);
    mien_text_append(&text, "  gas:      %" PRIu64 " at most %s gwei", t->gas_limit, fee);
    mien_uint256_text(fee, &t->max_priority_fee, GWEI_DECIMALS);
    if (t->type == MIEN_ETHEREUM_DYNAMIC_FEE || t->type == MIEN_ETHEREUM_SET_CODE)
        mien_text_append(&text, ", tip %s gwei", fee);
    mien_text_append(&text, "\n  nonce:    %" PRIu64 "\n", t->nonce);
    access_words(&text, t);
    for (size_t i = 0; i < t->authorization_count; i++)
        authorization_words(&text, &t->authorizations[i]);
    if (review->action == MIEN_ACTION_UNKNOWN_DATA || review->action == MIEN_ACTION_CREATE)
        data_words(&text, review, t->data);
    mien_hex_encode(digest, review->digest, 32);
    mien_text_append(&text, "  digest:   %s\n", digest);
    review->words = text.start;
    return text.status;
}

/* docs/FORMATS.md, "Digest of an Ethereum transaction". */
static mien_status digest_of(mien_ethereum_review *review, mien_arena *arena) {
    size_t capacity = 1024 + 2 * MIEN_ETHEREUM_TRANSACTION_MAX;
    mien_sha256_state state;
    uint8_t *memory;
    MIEN_TRY(mien_arena_take(arena, &memory, capacity, 1));
    mien_writer writer = mien_writer_of(memory, capacity);
    MIEN_TRY(mien_ethereum_write(&writer, review->transaction, NULL));
    mien_sha256_init_tagged(&state, "mien/ethereum-transaction/v1");
    mien_sha256_update(&state, review->from, sizeof review->from);
    mien_sha256_update(&state, memory, writer.used);
    mien_sha256_final(&state, review->digest);
    return MIEN_OK;
}

mien_status mien_ethereum_review_transaction(mien_ethereum_review *out, mien_arena *arena,
                                             const mien_ethereum_transaction *transaction,
                                             const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                             const mien_ethereum_limits *limits,
                                             mien_error *error) {
    mien_ethereum_review review = {.transaction = transaction};
    memcpy(review.from, from, sizeof review.from);
    review.chain_name = mien_ethereum_chain_name(transaction->chain_id);
    review.coin = coin_of(transaction->chain_id);
    find_action(&review, transaction);
    if (mien_uint256_multiply(&review.fee, &transaction->max_fee, transaction->gas_limit) !=
            MIEN_OK ||
        mien_uint256_add(&review.total, &review.fee, &transaction->value) != MIEN_OK)
        return mien_fail(error, MIEN_OVERFLOW, "value and fee exceed 2^256");
    MIEN_TRY(check_limits(&review, transaction, limits, error));
    MIEN_TRY(digest_of(&review, arena));
    MIEN_TRY(make_words(&review, arena));
    *out = review;
    return MIEN_OK;
}

mien_status mien_ethereum_review_authorization(const char **words, uint8_t digest[32],
                                               mien_arena *arena,
                                               const mien_ethereum_authorization *authorization,
                                               const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                               const mien_ethereum_limits *limits,
                                               mien_error *error) {
    mien_text text = {.arena = arena};
    uint8_t hash[32];
    MIEN_TRY(check_authorization(authorization, limits, error));
    const char *chain = mien_ethereum_chain_name(authorization->chain_id);
    mien_text_append(&text, "Ethereum account delegation%s%s\n", chain != NULL ? " on " : "",
                     chain != NULL ? chain : "");
    address_words(&text, "account: ", from);
    authorization_words(&text, authorization);
    MIEN_TRY(mien_ethereum_authorization_hash(hash, authorization));
    mien_ethereum_message_digest(digest, from, hash);
    if (text.status == MIEN_OK) *words = text.start;
    return text.status;
}

/* UTF-8 that prints as what it is: no control characters but line ends, nothing that turns the
 * direction of text or has no width. */
static bool is_printable(mien_view text) {
    size_t at = 0;
    while (at < text.length) {
        utf8proc_int32_t point;
        utf8proc_ssize_t size =
            utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.length - at), &point);
        if (size <= 0) return false;
        utf8proc_category_t category = utf8proc_category(point);
        if (point != '\n' &&
            (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
             category == UTF8PROC_CATEGORY_CS || category == UTF8PROC_CATEGORY_CO ||
             category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_ZL ||
             category == UTF8PROC_CATEGORY_ZP))
            return false;
        at += (size_t)size;
    }
    return true;
}

mien_status mien_ethereum_review_message(const char **words, uint8_t digest[32], mien_arena *arena,
                                         mien_view message,
                                         const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    mien_text text = {.arena = arena};
    uint8_t hash[32];
    char *hex;
    mien_text_append(&text, "Ethereum message of %zu bytes\n", message.length);
    address_words(&text, "from:    ", from);
    if (message.length <= INT_MAX && is_printable(message)) {
        mien_text_append(&text, "  > ");
        for (size_t i = 0; i < message.length; i++)
            mien_text_append(&text, "%c%s", message.data[i], message.data[i] == '\n' ? "  > " : "");
    } else {
        MIEN_TRY(mien_arena_take(arena, &hex, 2 * message.length + 1, 1));
        mien_hex_encode(hex, message.data, message.length);
        mien_text_append(&text, "  WARNING: no plain text\n  0x%s", hex);
    }
    mien_text_append(&text, "\n");
    mien_ethereum_message_hash(hash, message);
    mien_ethereum_message_digest(digest, from, hash);
    if (text.status == MIEN_OK) *words = text.start;
    return text.status;
}
