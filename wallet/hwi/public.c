/* SPDX-License-Identifier: MIT */
/* Descriptors, extended keys and addresses: nothing here signs. */
#include <stdlib.h>
#include <string.h>

#include "platform/console/console.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/hwi/hwi.h"

mien_status mien_hwi_number(uint32_t *out, const char *text, mien_error *error) {
    const size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    *out = 0;
    if (text == NULL) return MIEN_OK;
    if (digits == 0 || digits > 10 || text[digits] != '\0' ||
        strtoull(text, NULL, 10) >= MIEN_HARDENED)
        return mien_fail(error, MIEN_ARGUMENT, "'%.20s' is no number below 2147483648", text);
    *out = (uint32_t)strtoul(text, NULL, 10);
    return MIEN_OK;
}

mien_status mien_hwi_place_of(mien_hwi_place *place, const mien_hd_path *path,
                              mien_bitcoin_network network, mien_error *error) {
    for (int i = 0; i < MIEN_SCRIPT_TYPES && path->depth == 5; i++) {
        mien_hd_path front;
        place->type = (mien_bitcoin_script_type)i;
        place->account = path->index[2] & ~MIEN_HARDENED;
        place->chain = path->index[3];
        place->index = path->index[4];
        mien_bitcoin_account_path(&front, network, place->type, place->account);
        if (memcmp(front.index, path->index, 3 * sizeof front.index[0]) == 0 && place->chain <= 1 &&
            place->index < MIEN_HARDENED)
            return MIEN_OK;
    }
    return mien_fail(error, MIEN_ARGUMENT,
                     "this path is not purpose'/coin'/account'/chain/index of the chain given");
}

static mien_status parse_path(mien_hd_path *path, const char *text, mien_error *error) {
    if (mien_hd_path_parse(path, text, strlen(text)) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_ARGUMENT, "'%.60s' is no derivation path", text);
}

static mien_status read_type(mien_bitcoin_script_type *type, const char *name, mien_error *error) {
    static const char *const names[MIEN_SCRIPT_TYPES] = {"legacy", "sh_wit", "wit", "tap"};
    *type = MIEN_SCRIPT_P2WPKH;
    if (name == NULL) return MIEN_OK;
    for (int i = 0; i < MIEN_SCRIPT_TYPES; i++)
        if (strcmp(name, names[i]) == 0) {
            *type = (mien_bitcoin_script_type)i;
            return MIEN_OK;
        }
    return mien_fail(error, MIEN_ARGUMENT, "unknown address type '%.20s': legacy, wit, sh_wit, tap",
                     name);
}

/* ---- extended keys ---- */

/* The agent derives any path. */
static mien_status key_from_agent(mien_hwi_job *job, mien_hd_public *key, const mien_hd_path *path,
                                  mien_error *error) {
    const mien_agent_request request = {
        .operation = MIEN_AGENT_PUBLIC, .network = job->network, .path = *path};
    mien_agent_reply reply;
    mien_hd_version version;
    if (job->agent == NULL) {
        job->code = MIEN_HWI_UNAVAILABLE;
        return mien_fail(
            error, MIEN_NOT_FOUND,
            "this key was never derived here: mien xpub --account N --source ... keeps "
            "an account, or start the agent: mien agent run");
    }
    MIEN_TRY(mien_agent_call_unlocked(job->agent, &reply, &request, error));
    if (mien_hd_public_parse(key, &version, (const char *)reply.payload.data,
                             reply.payload.length) != MIEN_OK)
        return mien_fail(error, MIEN_INTERNAL, "the agent's key cannot be read");
    return MIEN_OK;
}

/* From the file of public keys when the path lies at or below an account there. */
static mien_status find_key(mien_hwi_job *job, mien_hd_public *key, const mien_hd_path *path,
                            mien_error *error) {
    bool plain = path->depth >= 3;
    for (int j = 3; j < path->depth; j++) plain &= (path->index[j] & MIEN_HARDENED) == 0;
    for (int i = 0; plain && i < MIEN_SCRIPT_TYPES; i++) {
        mien_bitcoin_account account;
        mien_hd_path front;
        const mien_bitcoin_script_type type = (mien_bitcoin_script_type)i;
        const uint32_t number = path->index[2] & ~MIEN_HARDENED;
        mien_bitcoin_account_path(&front, job->network, type, number);
        if (memcmp(front.index, path->index, 3 * sizeof front.index[0]) == 0 &&
            mien_accounts_number(&job->accounts, &account, job->network, type, number, NULL) ==
                MIEN_OK &&
            mien_hd_public_derive(key, &account.key, path->index + 3, path->depth - 3u) == MIEN_OK)
            return MIEN_OK;
    }
    return key_from_agent(job, key, path, error);
}

static mien_status put_xpub(json_t **answer, const mien_hwi_job *job, const mien_hd_public *key) {
    char text[MIEN_HD_TEXT];
    MIEN_TRY(mien_hd_public_text(text, key, mien_bitcoin_parameters(job->network)->public));
    *answer = json_pack("{s:s}", "xpub", text);
    return *answer != NULL ? MIEN_OK : MIEN_MEMORY;
}

mien_status mien_hwi_xpub(mien_hwi_job *job, json_t **answer, mien_error *error) {
    mien_hd_path path;
    mien_hd_public key;
    MIEN_TRY(parse_path(&path, job->call->words[1], error));
    MIEN_TRY(find_key(job, &key, &path, error));
    return put_xpub(answer, job, &key);
}

mien_status mien_hwi_master_xpub(mien_hwi_job *job, json_t **answer, mien_error *error) {
    mien_bitcoin_script_type type;
    uint32_t account;
    mien_hd_path path;
    mien_hd_public key;
    MIEN_TRY(read_type(&type, job->call->address_type, error));
    MIEN_TRY(mien_hwi_number(&account, job->call->account, error));
    mien_bitcoin_account_path(&path, job->network, type, account);
    MIEN_TRY(find_key(job, &key, &path, error));
    return put_xpub(answer, job, &key);
}

/* ---- descriptors ---- */

static mien_status add_descriptor(json_t *list, const mien_bitcoin_account *account, int chain) {
    char text[MIEN_DESCRIPTOR_TEXT];
    MIEN_TRY(mien_descriptor_of_account(text, account, chain));
    return json_array_append_new(list, json_string(text)) == 0 ? MIEN_OK : MIEN_MEMORY;
}

mien_status mien_hwi_descriptors(mien_hwi_job *job, json_t **answer, mien_error *error) {
    uint32_t number;
    MIEN_TRY(mien_hwi_number(&number, job->call->account, error));
    *answer = json_pack("{s:[], s:[]}", "receive", "internal");
    if (*answer == NULL) return MIEN_MEMORY;
    for (int i = 0; i < MIEN_SCRIPT_TYPES; i++) {
        mien_hd_path path;
        mien_bitcoin_account account =
            mien_accounts_bitcoin(&job->accounts, job->network, (mien_bitcoin_script_type)i);
        account.number = number;
        mien_bitcoin_account_path(&path, job->network, account.type, number);
        MIEN_TRY(find_key(job, &account.key, &path, error));
        MIEN_TRY(add_descriptor(json_object_get(*answer, "receive"), &account, 0));
        MIEN_TRY(add_descriptor(json_object_get(*answer, "internal"), &account, 1));
    }
    return MIEN_OK;
}

/* ---- addresses ---- */

/* The one key of a descriptor, and where our own of the same path lies. */
static mien_status place_of_descriptor(mien_hwi_job *job, mien_hwi_place *place,
                                       mien_descriptor *descriptor, mien_error *error) {
    const char *text = job->call->descriptor;
    mien_hd_path path;
    MIEN_TRY(mien_descriptor_parse(descriptor, text, strlen(text), error));
    const mien_descriptor_key *key = &descriptor->keys[0];
    if (descriptor->type >= MIEN_SCRIPT_TYPES || descriptor->key_count != 1)
        return mien_fail(error, MIEN_UNSUPPORTED, "only descriptors of a single key can be shown");
    if (!key->has_origin || key->wildcard || key->fork >= 0 ||
        memcmp(key->fingerprint, job->accounts.fingerprint, sizeof key->fingerprint) != 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "this descriptor names no single key of this wallet with its path");
    path = key->origin;
    for (int i = 0; i < key->step_count; i++)
        if (mien_hd_path_push(&path, key->steps[i]) != MIEN_OK)
            return mien_fail(error, MIEN_ARGUMENT, "the path of this descriptor is too long");
    MIEN_TRY(mien_hwi_place_of(place, &path, job->network, error));
    return place->type == descriptor->type
               ? MIEN_OK
               : mien_fail(error, MIEN_ARGUMENT, "the path is not one of this kind of address");
}

/* What the descriptor stands for must be what we derive at the path that it names. */
static mien_status check_descriptor(const mien_hwi_job *job, const mien_descriptor *descriptor,
                                    const char *address, mien_error *error) {
    mien_script script;
    char theirs[MIEN_ADDRESS_TEXT];
    mien_status status = mien_descriptor_script(&script, NULL, descriptor, 0, 0);
    if (status == MIEN_OK)
        status =
            mien_script_address(theirs, job->network, mien_view_of(script.bytes, script.length));
    if (status != MIEN_OK) return mien_fail(error, status, "this descriptor has no address");
    if (strcmp(theirs, address) == 0) return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "this descriptor's key is not the one this wallet has at its path");
}

static mien_status derive_address(mien_hwi_job *job, char address[MIEN_ADDRESS_TEXT],
                                  const mien_hwi_place *place, mien_error *error) {
    mien_hd_path path;
    mien_hd_public key;
    mien_bitcoin_account_path(&path, job->network, place->type, place->account);
    MIEN_TRY(mien_hd_path_push(&path, place->chain));
    MIEN_TRY(mien_hd_path_push(&path, place->index));
    MIEN_TRY(find_key(job, &key, &path, error));
    return mien_bitcoin_address(address, job->network, place->type, key.key);
}

/* On the agent's terminal with a freshly derived address; without an agent on this one. */
static mien_status show(mien_hwi_job *job, const mien_hwi_place *place, const char *address,
                        mien_error *error) {
    char words[512];
    mien_agent_reply reply;
    const mien_agent_request request = {.operation = MIEN_AGENT_SHOW_ADDRESS,
                                        .network = job->network,
                                        .type = place->type,
                                        .chain = place->chain,
                                        .index = place->index};
    if (job->agent != NULL && place->account == 0) {
        MIEN_TRY(mien_agent_call_unlocked(job->agent, &reply, &request, error));
        if (reply.payload.length == strlen(address) &&
            memcmp(reply.payload.data, address, reply.payload.length) == 0)
            return MIEN_OK;
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "the file of public keys shows another address than the wallet has; "
                         "mien unlock mends it");
    }
    snprintf(words, sizeof words,
             "Is this the address that the other program shows?\n%s\n(as good as the file of "
             "public keys; the agent would derive it anew) Is it the same?",
             address);
    return mien_console_confirm(-1, words, error);
}

mien_status mien_hwi_display(mien_hwi_job *job, json_t **answer, mien_error *error) {
    const mien_hwi_call *call = job->call;
    char address[MIEN_ADDRESS_TEXT];
    mien_descriptor descriptor;
    mien_hwi_place place;
    mien_hd_path path;
    if ((call->descriptor == NULL) == (call->key_path == NULL)) {
        job->code = MIEN_HWI_MISSING_ARGUMENTS;
        return mien_fail(error, MIEN_USAGE, "displayaddress takes either --desc or --path");
    }
    if (call->descriptor != NULL) {
        MIEN_TRY(place_of_descriptor(job, &place, &descriptor, error));
    } else {
        mien_bitcoin_script_type type;
        MIEN_TRY(parse_path(&path, call->key_path, error));
        MIEN_TRY(mien_hwi_place_of(&place, &path, job->network, error));
        MIEN_TRY(read_type(&type, call->address_type, error));
        if (call->address_type != NULL && type != place.type)
            return mien_fail(error, MIEN_ARGUMENT, "the path is not one of this address type");
    }
    MIEN_TRY(derive_address(job, address, &place, error));
    if (call->descriptor != NULL) MIEN_TRY(check_descriptor(job, &descriptor, address, error));
    MIEN_TRY(show(job, &place, address, error));
    *answer = json_pack("{s:s}", "address", address);
    return *answer != NULL ? MIEN_OK : MIEN_MEMORY;
}
