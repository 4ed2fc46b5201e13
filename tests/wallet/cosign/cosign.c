/* SPDX-License-Identifier: MIT */
/* The co-signer without sockets: what it signs, and all that it must not. */
#include "wallet/cosign/cosign.h"

#include "tests/wallet/cosign/client.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/cosign/attestation.h"
#include "wallet/cosign/member.h"
#include "wallet/policy/request.h"

static const char free_policy[] = "mien-policy 1\nrequire face\nother-chains allow\n";
static const char tight_policy[] = "mien-policy 1\nrequire face+match-proof\nchain testnet\n"
                                   "  destinations any\n  transaction 0.001\n  day 0.0015\n";

/* The whole honest way. */
static int pay(client *c, char **said, const char *psbt) {
    uint8_t digest[32], nonce[32];
    uint64_t expiry;
    size_t length;
    get_nonce(c, nonce, &expiry);
    digest_of(digest, psbt, c);
    uint8_t *proof = person_prove(&c->person, &length, digest, nonce, expiry);
    int code = send_proof(c, said, psbt, proof, length, "match");
    free(proof);
    return code;
}

static void check_pay(client *c, const char *psbt, int code, const char *status) {
    char *said;
    CHECK_INT(pay(c, &said, psbt), code);
    if (code != 200) CHECK_TEXT(said, status);
    free(said);
}

static void two_signatures_make_a_payment(void) {
    static client c;
    mien_psbt psbt;
    mien_random random = mien_random_system();
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_view transaction;
    size_t count;
    char *said;
    new_client(&c, free_policy);
    char *text = payment(&c, 400000);
    REQUIRE(pay(&c, &said, text) == 200);
    limits.shared = &c.descriptor;
    limits.shared_count = 1;
    REQUIRE(mien_psbt_parse(&psbt, (const uint8_t *)said, strlen(said), NULL) == MIEN_OK);
    CHECK_INT(mien_psbt_finalize(&psbt, &count, NULL), MIEN_OK);
    CHECK_INT(count, 0); /* one signature is not enough */
    REQUIRE(mien_bitcoin_sign_psbt(&psbt, &count, curve, &c.person.root, MIEN_BITCOIN_TESTNET,
                                   &limits, NULL, &random, NULL) == MIEN_OK);
    CHECK_INT(count, 1);
    CHECK_INT(mien_psbt_finalize(&psbt, &count, NULL), MIEN_OK);
    CHECK_INT(count, 1);
    CHECK_INT(mien_psbt_extract(&transaction, &psbt, NULL), MIEN_OK);
    mien_psbt_destroy(&psbt);
    free(said);
    free(text);
}

static void a_proof_is_good_once_and_for_one_thing(void) {
    static client c, other;
    uint8_t digest[32], nonce[32], others[32];
    uint64_t expiry, other_expiry;
    size_t length;
    char *said;
    new_client(&c, free_policy);
    new_client(&other, free_policy);
    char *one = payment(&c, 400000), *two = payment(&c, 400001);
    get_nonce(&c, nonce, &expiry);
    get_nonce(&other, others, &other_expiry);
    digest_of(digest, one, &c);
#define SEND(psbt, proof, statement, wanted)                                                       \
    do {                                                                                           \
        int sent_ = send_proof(&c, &said, psbt, proof, length, statement);                         \
        CHECK_INT(sent_, (wanted)[0] == '\0'                    ? 200                              \
                         : strcmp(wanted, "PROOF_INVALID") == 0 ? 403                              \
                                                                : 400);                            \
        if ((wanted)[0] != '\0') CHECK_TEXT(said, wanted);                                         \
        free(said);                                                                                \
    } while (0)
    uint8_t *proof = person_prove(&c.person, &length, digest, nonce, expiry);
    SEND(two, proof, "match", "PROOF_INVALID");
    SEND(one, proof, "face", "UNSUPPORTED");
    for (int i = 0; i < 24; i++) {
        size_t at = i < 8 ? (size_t)i * 20 : harness_random_below(length);
        proof[at] ^= 1;
        SEND(one, proof, "match", "PROOF_INVALID");
        proof[at] ^= 1;
    }
    length--;
    SEND(one, proof, "match", "PROOF_INVALID");
    length++;
    now += MIEN_COSIGN_NONCE_SECONDS + 1;
    SEND(one, proof, "match", "PROOF_INVALID");
    now -= MIEN_COSIGN_NONCE_SECONDS + 1;
    SEND(one, proof, "match", "");
    SEND(one, proof, "match", "PROOF_INVALID"); /* replay */
    free(proof);
    struct {
        const uint8_t *nonce;
        uint64_t expiry;
    } bad[] = {{others, expiry}, {digest, expiry}, {nonce, 0}, {nonce, expiry + 1}};
    get_nonce(&c, nonce, &expiry);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        proof = person_prove(&c.person, &length, digest, bad[i].nonce, bad[i].expiry);
        SEND(one, proof, "match", "PROOF_INVALID");
        free(proof);
    }
    proof = person_prove(&other.person, &length, digest, nonce, expiry); /* another face */
    SEND(one, proof, "match", "PROOF_INVALID");
    free(proof);
    free(one);
    free(two);
}

static void limits_are_kept(void) {
    static client c;
    new_client(&c, tight_policy);
    char *large = payment(&c, 100001), *one = payment(&c, 90000), *two = payment(&c, 89999);
    char *rest = payment(&c, 50000);
    check_pay(&c, large, 403, "POLICY_DENIED");
    check_pay(&c, one, 200, "");
    check_pay(&c, one, 200, ""); /* the same again counts once */
    check_pay(&c, two, 403, "POLICY_DENIED");
    check_pay(&c, rest, 200, "");
    now += 86500;
    check_pay(&c, two, 200, "");
    free(large);
    free(one);
    free(two);
    free(rest);
}

static void only_this_wallets_coins_and_change(void) {
    static client c, other;
    shared_payment p = {.amount = 1000000, .pays = 5000, .fee = 1000};
    new_client(&c, tight_policy);
    new_client(&other, tight_policy);
    /* coins of another account of the same co-signer */
    char *said, *theirs = shared_psbt(&other.descriptor, &p);
    uint8_t digest[32], nonce[32];
    uint64_t expiry;
    size_t length;
    get_nonce(&c, nonce, &expiry);
    digest_of(digest, theirs, &other);
    uint8_t *proof = person_prove(&c.person, &length, digest, nonce, expiry);
    int code = send_proof(&c, &said, theirs, proof, length, "match");
    CHECK_INT(code, 404); /* "this account is not known here" */
    free(said);
    free(proof);
    /* change that goes to another wallet is a payment, and above the limit */
    p.change = &other.descriptor;
    char *stolen = shared_psbt(&c.descriptor, &p);
    check_pay(&c, stolen, 403, "POLICY_DENIED");
    /* two inputs whose amounts nobody vouches for */
    p = (shared_payment){.amount = 1000000, .pays = 5000, .fee = 1000, .inputs = 2};
    char *unproven = shared_psbt(&c.descriptor, &p);
    check_pay(&c, unproven, 403, "POLICY_DENIED");
    /* a fee above the limits */
    p = (shared_payment){.amount = 1000000, .pays = 5000, .fee = 300000};
    char *dear = shared_psbt(&c.descriptor, &p);
    char *fee_said;
    get_nonce(&c, nonce, &expiry);
    memset(digest, 1, sizeof digest);
    proof = person_prove(&c.person, &length, digest, nonce, expiry);
    CHECK_INT(send_proof(&c, &fee_said, dear, proof, length, "match"), 403);
    free(fee_said);
    free(proof);
    free(theirs);
    free(stolen);
    free(unproven);
    free(dear);
}

/* Register with one field replaced. */
static void check_registration(const client *c, const char *object, const char *key, json_t *value,
                               int wanted) {
    json_t *body = registration(c, free_policy);
    json_t *target = object != NULL ? json_object_get(body, object) : body;
    json_object_set_new(target, key, value);
    check_code("/v1/register", ADMIN, body, wanted);
}

static void registrations(void) {
    static client c, twice;
    char user[256], mainnet[256];
    make_client(&c);
    make_client(&twice);
    check_code("/v1/register", ADMIN "a", registration(&c, free_policy), 401);
    check_code("/v1/register", "", registration(&c, free_policy), 401);
    check_registration(&c, NULL, "record", json_string("00"), 400);
    check_registration(&c, NULL, "statements", json_pack("[s]", "face"), 400); /* no network */
    check_registration(&c, NULL, "statements", json_array(), 400);
    check_registration(&c, NULL, "statements", json_pack("[s, s]", "match", "match"), 400);
    check_registration(&c, NULL, "bits", json_integer(129), 400);
    check_registration(&c, NULL, "bits", json_integer(99), 400);
    check_registration(&c, NULL, "bits", json_string("100"), 400);
    check_registration(&c, NULL, "policy", json_string("allow everything"), 400);
    check_registration(&c, NULL, "surprise", json_true(), 400);
    check_registration(&c, "bitcoin", "network", json_string("mainnet"), 400);
    check_registration(&c, "bitcoin", "network", json_string("moon"), 400);
    key_expression(user, curve, &c.person.root);
    check_registration(&c, "bitcoin", "recovery", json_string(user), 400);
    snprintf(mainnet, sizeof mainnet, "%.200s,%.20s", user, user);
    check_registration(&c, "bitcoin", "recovery", json_string(mainnet), 400);
    check_registration(&c, "bitcoin", "recovery", json_string(""), 400);
    check_registration(&c, "bitcoin", "recovery", json_string(strchr(user, ']') + 1), 400);
    check_registration(&c, "ethereum", "chain_id", json_integer(0), 400);
    c.person.record.service[0] ^= 1; /* a record for somebody else */
    CHECK_INT(register_client(&c, free_policy), 400);
    c.person.record.service[0] ^= 1;
    CHECK_INT(register_client(&c, free_policy), 200);
    CHECK_INT(register_client(&twice, free_policy), 200);
    CHECK(strcmp(c.id, twice.id) != 0 && strcmp(c.token, twice.token) != 0);
    CHECK(strcmp(c.attestor, twice.attestor) != 0);
    CHECK_INT(c.descriptor.required, 2);
    CHECK_INT(c.descriptor.key_count, 3);
    CHECK(memcmp(c.descriptor.keys[1].extended.key, twice.descriptor.keys[1].extended.key, 33) !=
          0);
}

static void strangers(void) {
    static client c, other;
    new_client(&c, free_policy);
    new_client(&other, free_policy);
    check_code("/v1/nonce", other.token, json_pack("{s:s}", "account", c.id), 401);
    check_code("/v1/nonce", "", json_pack("{s:s}", "account", c.id), 401);
    check_code("/v1/nonce", ADMIN, json_pack("{s:s}", "account", c.id), 401);
    check_code("/v1/nonce", c.token, json_pack("{s:s}", "account", "nobody"), 401);
    check_code("/v1/nonce", c.token, json_pack("{s:i}", "account", 1), 400);
    check_code("/v1/nonce", c.token, json_array(), 400);
    check_code("/v1/nonce", c.token, json_pack("{s:s, s:i}", "account", c.id, "x", 1), 400);
    check_code("/v1/other", c.token, json_pack("{s:s}", "account", c.id), 404);
    check_code("/v1/sign", c.token, json_pack("{s:s}", "account", c.id), 400);
    check_code("/v1/sign", c.token,
               json_pack("{s:s, s:s, s:s, s:s}", "account", c.id, "statement", "match", "proof", "",
                         "psbt", "cHNidP8="),
               400);
    check_code("/v1/nonce", c.token, json_pack("{s:s}", "account", c.id), 200);
}

/* ---- Ethereum ---- */

#define CONTRACT "0x1111111111111111111111111111111111111111"
#define RECEIVER "0x6d69656e0102030405060708090a0b0c0d0e0f10"

/* Ask for an attestation of a call; *signature when there is one. */
static int attest(client *c, mien_contract_call *call, uint8_t signature[65], json_t *object,
                  bool prove_other) {
    mien_arena arena = mien_arena_of(1 << 20);
    mien_ethereum_limits limits = {.blind_signing = true};
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    const char *words;
    uint8_t contract[20], nonce[32];
    uint64_t expiry;
    size_t length;
    int code;
    memset(contract, 0x11, sizeof contract);
    PERSON_DO(mien_contract_call_read(call, &arena, object, 31337, contract, NULL));
    PERSON_DO(
        mien_contract_call_review(&review, &transaction, &words, &arena, call, &limits, NULL));
    if (strstr(words, "0x1111111111111111111111111111111111111111") == NULL) abort();
    get_nonce(c, nonce, &expiry);
    review.digest[0] ^= prove_other;
    uint8_t *proof = person_prove(&c->person, &length, review.digest, nonce, expiry);
    char *text = base64_of(proof, length);
    json_t *answer = ask(cosign, &code, "/v1/sign", c->token,
                         json_pack("{s:s, s:s, s:s, s:O}", "account", c->id, "statement", "match",
                                   "proof", text, "ethereum", object));
    const char *hex = text_of(answer, "attestation");
    if (code == 200 && mien_hex_decode(signature, 65, hex, strlen(hex)) != MIEN_OK) abort();
    json_decref(answer);
    json_decref(object);
    mien_arena_clear(&arena);
    free(text);
    free(proof);
    return code;
}

static json_t *call_json(const char *value, const char *data, int64_t deadline) {
    return json_pack("{s:s, s:s, s:s, s:i, s:I}", "to", RECEIVER, "value", value, "data", data,
                     "nonce", 0, "deadline", (json_int_t)deadline);
}

static void contract_calls(void) {
    static client c;
    static const char policy[] = "mien-policy 1\nrequire face+match-proof\nchain evm 31337\n"
                                 "  destinations any\n  transaction 1\n";
    mien_contract_call call;
    uint8_t signature[65], hash[32], signer[20];
    char address[MIEN_ETHEREUM_ADDRESS_TEXT];
    new_client(&c, policy);
    CHECK_INT(attest(&c, &call, signature, call_json("5", "0x", now + 600), false), 400);
    check_code("/v1/contract", c.token,
               json_pack("{s:s, s:s}", "account", c.id, "contract", "0x12"), 400);
    check_code("/v1/contract", c.token,
               json_pack("{s:s, s:s}", "account", c.id, "contract", CONTRACT), 200);
    check_code("/v1/contract", c.token,
               json_pack("{s:s, s:s}", "account", c.id, "contract", RECEIVER), 409);
    CHECK_INT(attest(&c, &call, signature, call_json("5", "0x", now + 600), true), 403);
    CHECK_INT(attest(&c, &call, signature, call_json("5", "0x", now - 1), false), 400);
    CHECK_INT(attest(&c, &call, signature, call_json("5", "0x", now + 3601), false), 400);
    CHECK_INT(attest(&c, &call, signature, call_json("1000000000000000001", "0x", now + 9), false),
              403);
    CHECK_INT(attest(&c, &call, signature, call_json("0", "0xdeadbeef", now + 600), false), 403);
    REQUIRE(attest(&c, &call, signature, call_json("1000000000000000000", "0x", now + 9), false) ==
            200);
    mien_contract_call_hash(hash, &call);
    REQUIRE(mien_ethereum_recover(signer, signature, hash) == MIEN_OK);
    mien_ethereum_address_text(address, signer);
    CHECK_TEXT(address, c.attestor);
}

int main(void) {
    if (!cosign_start(NULL, NULL)) return 1;
    RUN(registrations);
    RUN(strangers);
    RUN(two_signatures_make_a_payment);
    RUN(a_proof_is_good_once_and_for_one_thing);
    RUN(limits_are_kept);
    RUN(only_this_wallets_coins_and_change);
    RUN(contract_calls);
    cosign_end();
    return harness_end();
}
