/* SPDX-License-Identifier: MIT */
/* From a call to its answer: which device is meant, which command, and what went wrong. */
#include <string.h>

#include "platform/console/console.h"
#include "wallet/encoding/hex.h"
#include "wallet/hwi/hwi.h"

#define TYPE "mien"

mien_hwi_code mien_hwi_code_of(mien_status status) {
    switch (status) {
    case MIEN_USER_REFUSED:
    case MIEN_INTERRUPTED:
        return MIEN_HWI_CANCELLED;
    case MIEN_NOT_ENROLLED:
        return MIEN_HWI_NOT_INITIALISED;
    case MIEN_UNSUPPORTED:
        return MIEN_HWI_NOT_IMPLEMENTED;
    case MIEN_POLICY_DENIED:
    case MIEN_IO:
        return MIEN_HWI_UNAVAILABLE;
    case MIEN_BUSY:
        return MIEN_HWI_BUSY;
    case MIEN_MEMORY:
    case MIEN_INTERNAL:
    case MIEN_RANDOM:
        return MIEN_HWI_UNKNOWN;
    default:
        /* a face, a lock or a camera that is not as needed; else what was given is not */
        return mien_status_kind_of(status) == MIEN_KIND_REFUSAL ? MIEN_HWI_NOT_READY
                                                                : MIEN_HWI_BAD_ARGUMENT;
    }
}

json_t *mien_hwi_refusal(mien_hwi_code code, const char *words) {
    char clean[512];
    mien_console_clean(clean, sizeof clean, words);
    return json_pack("{s:s, s:i}", "error", clean, "code", (int)code);
}

typedef struct command {
    const char *name;
    size_t operands; /* behind the name */
    mien_status (*run)(mien_hwi_job *job, json_t **answer, mien_error *error);
} command;

static const command commands[] = {{"getdescriptors", 0, mien_hwi_descriptors},
                                   {"getmasterxpub", 0, mien_hwi_master_xpub},
                                   {"getxpub", 1, mien_hwi_xpub},
                                   {"displayaddress", 0, mien_hwi_display},
                                   {"signtx", 1, mien_hwi_sign},
                                   {"signmessage", 2, mien_hwi_sign_message}};

/* Commands of HWI that mien has another way for, or none. */
static const char *const elsewhere[] = {
    "setup",     "wipe",      "restore",          "backup",
    "sendpin",   "promptpin", "togglepassphrase", "installudevrules",
    "getkeypool"};

static const command *find_command(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static bool is_elsewhere(const char *name) {
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(elsewhere[i], name) == 0) return true;
    return false;
}

/* ---- enumerate ---- */

static json_t *enumerate(void) {
    mien_accounts accounts;
    mien_error error = {0};
    char fingerprint[2 * MIEN_FINGERPRINT_SIZE + 1], path[sizeof TYPE ":" + sizeof fingerprint];
    if (mien_accounts_read(&accounts, &error) != MIEN_OK)
        return error.status == MIEN_NOT_ENROLLED
                   ? json_array()
                   : mien_hwi_refusal(mien_hwi_code_of(error.status), mien_error_words(&error));
    mien_hex_encode(fingerprint, accounts.fingerprint, MIEN_FINGERPRINT_SIZE);
    snprintf(path, sizeof path, TYPE ":%s", fingerprint);
    return json_pack("[{s:s, s:s, s:n, s:s, s:s, s:b, s:b}]", "type", TYPE, "model", "mien_face",
                     "label", "path", path, "fingerprint", fingerprint, "needs_pin_sent", 0,
                     "needs_passphrase_sent", 0);
}

/* ---- which device, which network ---- */

static mien_status read_chain(mien_hwi_job *job, mien_error *error) {
    const char *chain = job->call->chain;
    job->network = MIEN_BITCOIN_MAINNET;
    if (chain == NULL) return MIEN_OK;
    if (strcmp(chain, "testnet4") == 0) chain = "testnet"; /* the same keys and addresses */
    if (mien_bitcoin_network_named(&job->network, chain) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_ARGUMENT,
                     "unknown chain '%.20s': main, test, testnet4, signet or regtest", chain);
}

static mien_status not_this_one(mien_hwi_job *job, mien_error *error) {
    job->code = MIEN_HWI_NOT_FOUND;
    return mien_fail(error, MIEN_NOT_FOUND,
                     "Could not find device with specified fingerprint or type");
}

static mien_status check_device(mien_hwi_job *job, mien_error *error) {
    const mien_hwi_call *call = job->call;
    uint8_t named[MIEN_FINGERPRINT_SIZE];
    char path[32];
    if (call->fingerprint == NULL && call->type == NULL) {
        job->code = MIEN_HWI_NO_DEVICE_TYPE;
        return mien_fail(error, MIEN_USAGE,
                         "You must specify a device type or fingerprint for all commands except "
                         "enumerate");
    }
    if (call->type != NULL && strcmp(call->type, TYPE) != 0) {
        job->code = MIEN_HWI_UNKNOWN_TYPE;
        return mien_fail(error, MIEN_USAGE, "Unknown device type specified");
    }
    if (call->fingerprint != NULL) {
        if (mien_hex_decode(named, sizeof named, call->fingerprint, strlen(call->fingerprint)) !=
            MIEN_OK)
            return mien_fail(error, MIEN_ARGUMENT, "a fingerprint has eight hex digits");
        if (memcmp(named, job->accounts.fingerprint, sizeof named) != 0)
            return not_this_one(job, error);
    }
    snprintf(path, sizeof path, TYPE ":");
    mien_hex_encode(path + strlen(path), job->accounts.fingerprint, MIEN_FINGERPRINT_SIZE);
    return call->path == NULL || strcmp(call->path, path) == 0 ? MIEN_OK : not_this_one(job, error);
}

static mien_status connect_agent(mien_hwi_job *job, mien_error *error) {
    mien_status status = mien_agent_connect(&job->agent, error);
    return status == MIEN_NOT_FOUND ? MIEN_OK : status;
}

static mien_status run(mien_hwi_job *job, json_t **answer, mien_error *error) {
    const char *name = job->call->words[0];
    const command *found = find_command(name);
    if (found == NULL && is_elsewhere(name)) {
        job->code = MIEN_HWI_NOT_IMPLEMENTED;
        return mien_fail(error, MIEN_UNSUPPORTED, "mien does not do '%s' here; see mien --help",
                         name);
    }
    if (found == NULL) return mien_fail(error, MIEN_USAGE, "unknown command '%.40s'", name);
    if (job->call->word_count != found->operands + 1) {
        job->code = MIEN_HWI_MISSING_ARGUMENTS;
        return mien_fail(error, MIEN_USAGE, "%s takes %zu arguments", name, found->operands);
    }
    MIEN_TRY(read_chain(job, error));
    MIEN_TRY(mien_accounts_read(&job->accounts, error));
    MIEN_TRY(check_device(job, error));
    MIEN_TRY(connect_agent(job, error));
    return found->run(job, answer, error);
}

json_t *mien_hwi_answer(const mien_hwi_call *call) {
    mien_hwi_job job = {.call = call};
    mien_error error = {0};
    json_t *answer = NULL;
    if (call->word_count == 0)
        return mien_hwi_refusal(MIEN_HWI_MISSING_ARGUMENTS, "no command was given");
    if (strcmp(call->words[0], "enumerate") == 0 && call->word_count == 1) return enumerate();
    mien_status status = run(&job, &answer, &error);
    mien_agent_disconnect(job.agent);
    if (status == MIEN_OK) return answer;
    json_decref(answer);
    if (error.status != status) error = (mien_error){.status = status};
    return mien_hwi_refusal(job.code != 0 ? job.code : mien_hwi_code_of(status),
                            mien_error_words(&error));
}
