/* SPDX-License-Identifier: MIT */
/* How many requests a co-signer answers: proofs alone, and whole requests (JSON, PSBT, proof, nonce
 * and policy in SQLite with every commit on the disk, signature) on one and on two threads. */
#include "tests/bench.h"

#include <pthread.h>
#include <unistd.h>

#include "tests/wallet/cosign/face_person.h"
#include "wallet/bitcoin/review.h"

#define ADMIN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REQUESTS 60 /* of one run: 64 nonces may be open at once */
#define RUNS 4
#define VERIFIED 400
#define FACES_VERIFIED 40
#define FACES_SIGNED 16 /* whole requests of one run, each with a proof of its own */

static const char policy[] = "mien-policy 1\nrequire face+match-proof\nother-chains allow\n";
static mien_cosign *cosign;
static char id[64], token[128], *psbt, *bodies[REQUESTS];
static person someone;
static mien_hd_private recovery;
static mien_descriptor descriptor;
static uint8_t digest[32], *sample;
static size_t sample_length;
static mien_match_statement statement;
static mien_proof_file file;
static mien_proof_face *network;
static face_person seen;
static bool by_face;     /* what requests prove */
static uint32_t set = 1; /* parameters of face proofs: 100 bits */

static void enrol(const mien_curve *keys) {
    uint8_t record[MIEN_RECORD_SIZE];
    char user[256], other[256], hex[2 * MIEN_RECORD_SIZE + 1];
    int code;
    PERSON_DO(mien_record_encode(record, &someone.record));
    mien_hex_encode(hex, record, sizeof record);
    key_expression(user, keys, &someone.root);
    key_expression(other, keys, &recovery);
    json_t *answer =
        ask(cosign, &code, "/v1/register", ADMIN,
            json_pack("{s:s, s:[s], s:s, s:{s:s, s:s, s:s}}", "record", hex, "statements",
                      by_face ? "face" : "match", "policy", policy, "bitcoin", "network", "testnet",
                      "user", user, "recovery", other));
    if (code != 200) abort();
    snprintf(id, sizeof id, "%s", text_of(answer, "account"));
    snprintf(token, sizeof token, "%s", text_of(answer, "token"));
    const char *text = text_of(answer, "descriptor");
    PERSON_DO(mien_descriptor_parse(&descriptor, text, strlen(text), NULL));
    json_decref(answer);
}

/* A request for the same payment with a nonce and a proof of its own. */
static char *new_request(void) {
    uint8_t nonce[32];
    size_t length;
    int code;
    bool proven;
    mien_psbt parsed;
    json_t *answer = ask(cosign, &code, "/v1/nonce", token, json_pack("{s:s}", "account", id));
    const char *hex = text_of(answer, "nonce");
    if (code != 200 || mien_hex_decode(nonce, 32, hex, strlen(hex)) != MIEN_OK) abort();
    uint64_t expiry = (uint64_t)json_integer_value(json_object_get(answer, "expiry"));
    json_decref(answer);
    PERSON_DO(mien_psbt_parse(&parsed, (const uint8_t *)psbt, strlen(psbt), NULL));
    PERSON_DO(mien_bitcoin_psbt_digest(digest, &proven, &parsed, MIEN_BITCOIN_TESTNET, NULL));
    mien_psbt_destroy(&parsed);
    uint8_t *proof = by_face ? face_person_prove(&seen, &length, set, MIEN_FRAME_COMMITTED, digest,
                                                 nonce, expiry)
                             : person_prove(&someone, &length, digest, nonce, expiry);
    char *text = base64_of(proof, length);
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "account", id, "statement",
                             by_face ? "face" : "match", "proof", text, "psbt", psbt);
    char *request = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    free(text);
    free(sample);
    sample = proof;
    sample_length = length;
    return request;
}

/* ---- work ---- */

static void *verify_many(void *context) {
    const size_t count = *(const size_t *)context;
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    size_t size = mien_match_verify_workspace_size(parameters);
    void *workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    for (size_t i = 0; i < count; i++)
        PERSON_DO(mien_match_verify(parameters, &statement, file.proof, file.proof_length,
                                    workspace, size));
    free(workspace);
    return NULL;
}

static void *verify_faces(void *context) {
    const size_t count = *(const size_t *)context;
    size_t memory;
    for (size_t i = 0; i < count; i++)
        PERSON_DO(mien_proof_face_verify(network, mien_proof_face_parameters(set), &statement, NULL,
                                         file.frame_commitment, file.proof, file.proof_length,
                                         &memory, NULL));
    return NULL;
}

typedef struct piece {
    char **requests;
    size_t count;
} piece;

static void *sign_many(void *context) {
    const piece *p = context;
    char authorization[192];
    snprintf(authorization, sizeof authorization, "Bearer %s", token);
    for (size_t i = 0; i < p->count; i++) {
        mien_http_response response = {0};
        mien_http_request request = {.method = "POST",
                                     .path = "/v1/sign",
                                     .authorization = authorization,
                                     .body = (const uint8_t *)p->requests[i],
                                     .length = strlen(p->requests[i])};
        mien_cosign_http(cosign, &response, &request);
        if (response.code != 200) {
            printf("%s\n", response.body);
            abort();
        }
        free(response.body);
    }
    return NULL;
}

static double run_threads(int count, void *(*work)(void *context), void *const *contexts) {
    pthread_t threads[4];
    double begin = bench_nanoseconds();
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, contexts[i]) != 0) abort();
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    return (bench_nanoseconds() - begin) * 1e-9;
}

/* Requests a second; each has a proof of its own, made before the clock runs. */
static double sign_in_threads(int threads, size_t requests, int runs) {
    double seconds = 0;
    size_t each = requests / (size_t)threads;
    piece pieces[2] = {{bodies, each}, {bodies + requests / 2, each}};
    for (int run = 0; run < runs; run++) {
        for (size_t i = 0; i < requests; i++) bodies[i] = new_request();
        seconds += run_threads(threads, sign_many, (void *[]){&pieces[0], &pieces[1]});
        for (size_t i = 0; i < requests; i++) free(bodies[i]);
    }
    return (double)runs * (double)requests / seconds;
}

static mien_curve *curve;

static void prepare(const char *folder) {
    uint8_t seed[64], service[32];
    char database[128];
    mien_random random = mien_random_system();
    snprintf(database, sizeof database, "sqlite:%s/cosign.db", folder);
    harness_random_bytes(seed, sizeof seed);
    PERSON_DO(mien_proof_face_open(&network, FACE_MODELS, NULL, NULL));
    mien_cosign_options options = {.database = database,
                                   .name = "https://cosign.example",
                                   .seed = seed,
                                   .admin_token = ADMIN,
                                   .faces = {network},
                                   .face_count = 1};
    PERSON_DO(mien_curve_create(&curve, &random));
    PERSON_DO(mien_hd_master(&recovery, seed, 32));
    mien_cosign_service(service, options.name);
    PERSON_DO(mien_cosign_create(&cosign, &options, NULL));
    person_make(&someone, service);
    face_person_make(&seen, network, service);
}

/* An account for proofs of one statement, a payment of its wallet, and a sample of a proof. */
static uint8_t *begin(bool face) {
    const shared_payment payment = {.amount = 1000000, .pays = 400000, .fee = 1000};
    by_face = face;
    if (face) someone = seen.person;
    enrol(curve);
    free(psbt);
    psbt = shared_psbt(&descriptor, &payment);
    free(new_request());
    PERSON_DO(mien_proof_file_decode(&file, sample, sample_length));
    PERSON_DO(mien_proof_file_statement(&statement, &file, &someone.record, digest, 0, NULL));
    uint8_t *kept = sample; /* file points into it */
    sample = NULL;
    return kept;
}

static void bench_match(void) {
    size_t each = VERIFIED / 2, all = VERIFIED;
    uint8_t *kept = begin(false);
    double one = run_threads(1, verify_many, (void *[]){&all});
    double two = run_threads(2, verify_many, (void *[]){&each, &each});
    bench_report("match proofs verified, one thread", VERIFIED / one, "1/s");
    bench_report("match proofs verified, two threads", VERIFIED / two, "1/s");
    bench_report("whole requests signed, one thread", sign_in_threads(1, REQUESTS, RUNS), "1/s");
    bench_report("whole requests signed, two threads", sign_in_threads(2, REQUESTS, RUNS), "1/s");
    bench_report("match proof in base64", (double)sample_length * 4 / 3, "bytes");
    free(kept);
}

static void bench_faces(uint32_t parameters, const char *bits) {
    size_t each = FACES_VERIFIED / 2, all = FACES_VERIFIED;
    char name[80];
    set = parameters;
    uint8_t *kept = begin(true);
    double one = run_threads(1, verify_faces, (void *[]){&all});
    double two = run_threads(2, verify_faces, (void *[]){&each, &each});
    snprintf(name, sizeof name, "face proofs of %s bits verified, one thread", bits);
    bench_report(name, FACES_VERIFIED / one, "1/s");
    snprintf(name, sizeof name, "face proofs of %s bits verified, two threads", bits);
    bench_report(name, FACES_VERIFIED / two, "1/s");
    snprintf(name, sizeof name, "whole requests with them signed, two threads");
    bench_report(name, sign_in_threads(2, FACES_SIGNED, 1), "1/s");
    snprintf(name, sizeof name, "face proof of %s bits in base64", bits);
    bench_report(name, (double)sample_length * 4 / 3, "bytes");
    free(kept);
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/mien-cosign-XXXXXX", command[128];
    bench_start(argc, argv);
    setenv("MIEN_TEST_SEED", "1", 0);
    if (mkdtemp(folder) == NULL) return 1;
    prepare(folder);
    bench_match();
    bench_faces(1, "100");
    bench_faces(2, "128");
    free(sample);
    free(psbt);
    mien_cosign_destroy(cosign);
    mien_curve_destroy(curve);
    face_person_free(&seen);
    mien_proof_face_close(network);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) return 1;
    return bench_end();
}
