/* SPDX-License-Identifier: MIT */
/* One result type for the whole project.
 *
 * Every fallible function returns a mien_status and the compiler insists that it is looked at.
 * Three kinds: OK, a refusal (the world is not as needed: no face, wrong PIN; a normal outcome that
 * a person is told about) and a failure (bad bytes, no memory, an I/O error). On anything but OK
 * outputs are untouched or zeroed. No allocation, usable on a microcontroller. */
#ifndef MIEN_PLATFORM_BASE_STATUS_H
#define MIEN_PLATFORM_BASE_STATUS_H

#define MIEN_MUST_CHECK __attribute__((warn_unused_result))

typedef enum mien_status_kind {
    MIEN_KIND_OK = 0,
    MIEN_KIND_REFUSAL = 1,
    MIEN_KIND_FAILURE = 2
} mien_status_kind;

/* X(name, kind, process exit code, words for a person). Exit codes: 0 ok, 1 error, 2 usage, 3
 * locked or not enrolled, 4 no match or face not usable, 5 refused by the user, 6 policy denied, 7
 * rate limited, 8 no camera, 9 proof invalid, 130 interrupted. */
#define MIEN_STATUS_LIST(X)                                                                        \
    X(OK, OK, 0, "ok")                                                                             \
    X(END, REFUSAL, 1, "no more data")                                                             \
    X(NOT_ENROLLED, REFUSAL, 3, "no wallet or no face is enrolled here")                           \
    X(LOCKED, REFUSAL, 3, "the wallet is locked")                                                  \
    X(NO_FACE, REFUSAL, 4, "no face found")                                                        \
    X(MANY_FACES, REFUSAL, 4, "more than one face in view")                                        \
    X(FACE_SMALL, REFUSAL, 4, "the face is too small")                                             \
    X(FACE_BLURRED, REFUSAL, 4, "the face is blurred")                                             \
    X(FACE_DARK, REFUSAL, 4, "the face is too dark")                                               \
    X(FACE_BRIGHT, REFUSAL, 4, "the face is overexposed")                                          \
    X(FACE_POSE, REFUSAL, 4, "the face is turned away or cut off")                                 \
    X(FACES_DIFFER, REFUSAL, 4, "the frames do not agree on one face")                             \
    X(NO_MATCH, REFUSAL, 4, "the face does not match")                                             \
    X(USER_REFUSED, REFUSAL, 5, "refused by the user")                                             \
    X(POLICY_DENIED, REFUSAL, 6, "the policy forbids this")                                        \
    X(RATE_LIMITED, REFUSAL, 7, "too many failed attempts, wait")                                  \
    X(NO_CAMERA, REFUSAL, 8, "no camera")                                                          \
    X(CAMERA_BUSY, REFUSAL, 8, "the camera is in use by another program")                          \
    X(CAMERA_GONE, REFUSAL, 8, "the camera was unplugged")                                         \
    X(PROOF_INVALID, REFUSAL, 9, "the proof is not valid")                                         \
    X(INTERRUPTED, REFUSAL, 130, "interrupted")                                                    \
    X(USAGE, FAILURE, 2, "wrong usage")                                                            \
    X(ARGUMENT, FAILURE, 1, "an argument is out of range")                                         \
    X(MEMORY, FAILURE, 1, "out of memory")                                                         \
    X(OVERFLOW, FAILURE, 1, "a size or amount overflows")                                          \
    X(IO, FAILURE, 1, "reading or writing failed")                                                 \
    X(NOT_FOUND, FAILURE, 1, "not found")                                                          \
    X(EXISTS, FAILURE, 1, "exists already")                                                        \
    X(BUSY, FAILURE, 1, "in use by another program")                                               \
    X(PERMISSION, FAILURE, 1, "permission denied")                                                 \
    X(TRUNCATED, FAILURE, 1, "data ends too early")                                                \
    X(TRAILING, FAILURE, 1, "data goes on past its end")                                           \
    X(FORMAT, FAILURE, 1, "data is not in the expected format")                                    \
    X(TOO_LARGE, FAILURE, 1, "data is larger than the limit")                                      \
    X(VERSION, FAILURE, 1, "unknown version")                                                      \
    X(UNSUPPORTED, FAILURE, 1, "not supported")                                                    \
    X(AUTHENTICATION, FAILURE, 1, "authentication failed: damaged, or not for this device")        \
    X(WRONG_DEVICE, FAILURE, 1, "made for another device or an earlier device secret")             \
    X(WRONG_MODEL, FAILURE, 1, "enrolled with another face model: enrol again")                    \
    X(ROLLED_BACK, FAILURE, 1, "an older copy than the one used last")                             \
    X(RANDOM, FAILURE, 1, "no randomness available")                                               \
    X(INTERNAL, FAILURE, 1, "internal error")

typedef enum mien_status {
#define X(name, kind, code, text) MIEN_##name,
    MIEN_STATUS_LIST(X)
#undef X
        MIEN_STATUS_COUNT
} mien_status;

/* The words of the list; "unknown status" for values outside it. Never NULL, static storage. */
const char *mien_status_text(mien_status status);
/* The symbol without prefix, for JSON and logs: "NO_FACE". */
const char *mien_status_name(mien_status status);
mien_status_kind mien_status_kind_of(mien_status status);
/* Exit code of a program that ends with this status. */
int mien_status_exit_code(mien_status status);

/* Return from the calling function on anything but OK. For functions without cleanup. */
#define MIEN_TRY(expression)                                                                       \
    do {                                                                                           \
        mien_status mien_try_status_ = (expression);                                               \
        if (mien_try_status_ != MIEN_OK) return mien_try_status_;                                  \
    } while (0)

/* Same, to a label, for functions with a single exit; `status` is the variable to set. */
#define MIEN_TRY_GOTO(status, label, expression)                                                   \
    do {                                                                                           \
        (status) = (expression);                                                                   \
        if ((status) != MIEN_OK) goto label;                                                       \
    } while (0)

#endif
