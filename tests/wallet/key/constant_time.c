/* SPDX-License-Identifier: MIT */
/* Under valgrind: faces, rotations, random numbers, keys and candidates are marked undefined, so
 * every branch and every address that depends on one of them is an error. The source is compiled at
 * several levels of optimisation (key.cmake). */
#include <valgrind/memcheck.h>

#include "platform/base/bytes.h"
#include "tests/harness.h"
#include "wallet/key/derive.h"
#include "wallet/key/sketch.h"

#define SECRET(variable) VALGRIND_MAKE_MEM_UNDEFINED(&(variable), sizeof(variable))
#define PUBLIC(variable) VALGRIND_MAKE_MEM_DEFINED(&(variable), sizeof(variable))

static mien_sketch_rotation rotation;
static int8_t face[MIEN_SKETCH_SIZE];
static void *make_memory, *recover_memory;

/* Errors seen since the last call; valgrind counts, the test reports. */
static unsigned new_errors(void) {
    static unsigned before;
    unsigned now = VALGRIND_COUNT_ERRORS, seen = now - before;
    before = now;
    return seen;
}

static mien_status fill_secret(void *context, void *out, size_t length) {
    (void)context;
    harness_random_bytes(out, length);
    VALGRIND_MAKE_MEM_UNDEFINED(out, length);
    return MIEN_OK;
}
static const mien_random secret_random = {fill_secret, NULL};

/* The test must be able to see a leak. */
static void a_leak_is_seen(void) {
    uint8_t secret = 1;
    volatile uint8_t sink = 0;
    SECRET(secret);
    if (secret == 7) sink = 1;
    (void)sink;
    CHECK(new_errors() > 0);
}

static void gaussians(void) {
    double out[64];
    uint8_t bytes[8 * 64];
    mien_status status = mien_sketch_gaussians(out, 64, bytes, &secret_random);
    CHECK_INT(new_errors(), 0);
    CHECK_INT(status, MIEN_OK);
}

static void recovery_and_template(void) {
    uint64_t messages[MIEN_SKETCH_CANDIDATES];
    int8_t vector[MIEN_SKETCH_SIZE];
    harness_random_bytes(&rotation, sizeof rotation);
    harness_random_bytes(face, sizeof face);
    SECRET(rotation);
    SECRET(face);
    mien_sketch_recover(messages, &rotation, face, recover_memory);
    mien_sketch_template(vector, &rotation, messages[3]);
    CHECK_INT(new_errors(), 0);
    /* what comes out does depend on what went in */
    CHECK(VALGRIND_CHECK_MEM_IS_DEFINED(messages, sizeof messages) != 0);
    CHECK(VALGRIND_CHECK_MEM_IS_DEFINED(vector, sizeof vector) != 0);
    (void)new_errors();
}

static void tag_trials(void) {
    uint64_t messages[MIEN_SKETCH_CANDIDATES], message;
    uint8_t secret[MIEN_KEY_SIZE], digest[MIEN_KEY_SIZE], pin_key[MIEN_KEY_SIZE];
    uint8_t wrap[MIEN_KEY_SIZE];
    mien_face_key key;
    harness_random_bytes(messages, sizeof messages);
    harness_random_bytes(secret, sizeof secret);
    harness_random_bytes(digest, sizeof digest);
    harness_random_bytes(pin_key, sizeof pin_key);
    for (int fits = 0; fits < 2; fits++) {
        mien_key_from_face(&key, secret, digest, messages[17] + (uint64_t)!fits, pin_key);
        SECRET(messages);
        SECRET(secret);
        SECRET(pin_key);
        int found = mien_key_try_candidates(&message, wrap, messages, MIEN_SKETCH_CANDIDATES,
                                            secret, digest, pin_key, key.check);
        CHECK_INT(new_errors(), 0);
        PUBLIC(found);
        PUBLIC(messages);
        PUBLIC(secret);
        PUBLIC(pin_key);
        CHECK_INT(found, fits);
    }
}

static void device_keys(void) {
    uint8_t secret[MIEN_KEY_SIZE], digest[MIEN_KEY_SIZE] = {0}, key[MIEN_KEY_SIZE];
    harness_random_bytes(secret, sizeof secret);
    SECRET(secret);
    mien_key_from_device(key, secret, MIEN_KEY_LABEL_ROTATION, digest);
    CHECK_INT(new_errors(), 0);
}

/* Enrolment tells three things: that the face is not zero, and that each of the two bases is one.
 */
static void making(void) {
    uint64_t message;
    harness_random_bytes(face, sizeof face);
    SECRET(face);
    mien_status status = mien_sketch_make(&rotation, &message, face, &secret_random, make_memory);
    PUBLIC(status);
    CHECK_INT(status, MIEN_OK);
    CHECK_INT(new_errors(), 3);
}

int main(void) {
    if (!RUNNING_ON_VALGRIND) {
        printf("SKIP: not under valgrind\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    make_memory = aligned_alloc(64, mien_sketch_make_workspace_size());
    recover_memory = aligned_alloc(64, mien_sketch_recover_workspace_size());
    if (make_memory == NULL || recover_memory == NULL) return 1;
    memset(make_memory, 0, mien_sketch_make_workspace_size());
    memset(recover_memory, 0, mien_sketch_recover_workspace_size());
    RUN(a_leak_is_seen);
    RUN(gaussians);
    RUN(recovery_and_template);
    RUN(tag_trials);
    RUN(device_keys);
    RUN(making);
    free(make_memory);
    free(recover_memory);
    return harness_end();
}
