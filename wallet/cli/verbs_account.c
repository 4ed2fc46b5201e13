/* SPDX-License-Identifier: MIT */
/* Bitcoin without transactions: addresses, account keys, descriptors, exports, messages. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "wallet/bitcoin/message.h"
#include "wallet/bitcoin/watch_only.h"
#include "wallet/cli/agent_sign.h"
#include "wallet/cli/psbt_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"

#define VERIFY_COUNT 1000 /* addresses of each chain that --verify looks at */
#define MESSAGE_MAX 65536

static const mien_cli_option account_options[] = {
    {"type", 't', "TYPE", false, "p2wpkh (default), p2tr, p2sh-p2wpkh, p2pkh"},
    {"account", 'a', "N", false, "account number (default 0); others need --source once"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option address_options[] = {
    {"index", 'i', "N", false, "first address (default 0)"},
    {"count", 'c', "N", false, "how many (default 1)"},
    {"change", 0, NULL, false, "change addresses instead of receiving ones"},
    {"verify", 0, "ADDRESS", false, "find out whether this address is the account's"},
    MIEN_CLI_OPTIONS_END};

/* The account that the options name, and all of them. */
typedef struct chosen {
    mien_accounts accounts;
    mien_bitcoin_network network;
    mien_bitcoin_script_type type;
    uint32_t number;
    mien_bitcoin_account account;
} chosen;

static mien_status choose(mien_cli *cli, chosen *c, mien_error *error) {
    uint64_t number;
    MIEN_TRY(mien_cli_network(cli, &c->network, error));
    MIEN_TRY(mien_cli_script_type(cli, &c->type, error));
    MIEN_TRY(mien_cli_number(cli, "account", &number, 0, 0, MIEN_HARDENED - 1, error));
    c->number = (uint32_t)number;
    MIEN_TRY(mien_accounts_find_number(cli, &c->accounts, c->network, c->number, error));
    return mien_accounts_number(&c->accounts, &c->account, c->network, c->type, c->number, error);
}

/* ---- addresses ---- */

static mien_status derive_address(char address[MIEN_ADDRESS_TEXT], mien_hd_path *path,
                                  const mien_bitcoin_account *account, uint32_t chain,
                                  uint32_t index) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(mien_bitcoin_account_key(key, account, chain, index));
    MIEN_TRY(mien_bitcoin_address(address, account->network, account->type, key));
    mien_bitcoin_account_path(path, account->network, account->type, account->number);
    MIEN_TRY(mien_hd_path_push(path, chain));
    return mien_hd_path_push(path, index);
}

static mien_status add_address(mien_cli *cli, json_t *list, const mien_hd_path *path,
                               const char *address) {
    char text[MIEN_HD_PATH_TEXT];
    mien_hd_path_text(text, path);
    json_t *object = json_pack("{s:s, s:s}", "path", text, "address", address);
    if (object == NULL || json_array_append_new(list, object) != 0) return MIEN_MEMORY;
    fprintf(cli->text, "%-22s %s\n", text, address);
    return MIEN_OK;
}

static mien_status list_addresses(mien_cli *cli, const mien_bitcoin_account *account,
                                  uint64_t first, uint64_t count, json_t *list) {
    uint32_t chain = mien_cli_flag(cli, "change") ? 1 : 0;
    for (uint64_t i = first; i < first + count; i++) {
        char address[MIEN_ADDRESS_TEXT];
        mien_hd_path path;
        MIEN_TRY(derive_address(address, &path, account, chain, (uint32_t)i));
        MIEN_TRY(add_address(cli, list, &path, address));
    }
    return MIEN_OK;
}

static mien_status read_range(const mien_cli *cli, uint64_t *first, uint64_t *count,
                              uint64_t otherwise, mien_error *error) {
    MIEN_TRY(mien_cli_number(cli, "index", first, 0, 0, MIEN_HARDENED - 1, error));
    MIEN_TRY(mien_cli_number(cli, "count", count, otherwise, 1, 10000, error));
    if (*first + *count > MIEN_HARDENED)
        return mien_fail(error, MIEN_USAGE, "the last index would be above 2147483647");
    return MIEN_OK;
}

/* The type is the address's own; both chains are looked at. */
static mien_status verify_address(mien_cli *cli, const chosen *c, const char *text, uint64_t first,
                                  uint64_t count, json_t *list, mien_error *error) {
    mien_script script;
    char canonical[MIEN_ADDRESS_TEXT], address[MIEN_ADDRESS_TEXT];
    mien_bitcoin_account account;
    mien_hd_path path;
    if (mien_script_of_address(&script, c->network, text, strlen(text)) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "this is no address of %s",
                         mien_bitcoin_parameters(c->network)->name);
    MIEN_TRY(mien_script_address(canonical, c->network, mien_script_view(&script)));
    mien_bitcoin_script_type type = mien_script_classify(mien_script_view(&script), NULL);
    if (type == MIEN_SCRIPT_P2SH) type = MIEN_SCRIPT_P2SH_P2WPKH;
    if (type < MIEN_SCRIPT_TYPES) {
        MIEN_TRY(mien_accounts_number(&c->accounts, &account, c->network, type, c->number, error));
        for (uint64_t i = first; i < first + count; i++)
            for (uint32_t chain = 0; chain < 2; chain++) {
                MIEN_TRY(derive_address(address, &path, &account, chain, (uint32_t)i));
                if (strcmp(address, canonical) == 0) return add_address(cli, list, &path, address);
            }
    }
    return mien_fail(error, MIEN_NOT_FOUND,
                     "%s is not among the addresses %llu to %llu of account %u: do not take it for "
                     "yours",
                     canonical, (unsigned long long)first, (unsigned long long)(first + count - 1),
                     (unsigned)c->number);
}

static mien_status run_address(mien_cli *cli, mien_error *error) {
    chosen c;
    uint64_t first, count;
    const char *verify = mien_cli_value(cli, "verify");
    MIEN_TRY(read_range(cli, &first, &count, verify != NULL ? VERIFY_COUNT : 1, error));
    MIEN_TRY(choose(cli, &c, error));
    json_t *list = json_array();
    MIEN_TRY(mien_json_set(cli->result, "addresses", list));
    if (verify != NULL) return verify_address(cli, &c, verify, first, count, list, error);
    return list_addresses(cli, &c.account, first, count, list);
}

/* ---- account keys ---- */

static mien_status run_xpub(mien_cli *cli, mien_error *error) {
    chosen c;
    mien_hd_path path;
    char xpub[MIEN_HD_TEXT], path_text[MIEN_HD_PATH_TEXT];
    MIEN_TRY(choose(cli, &c, error));
    mien_bitcoin_account_path(&path, c.network, c.type, c.number);
    mien_hd_path_text(path_text, &path);
    MIEN_TRY(mien_hd_public_text(xpub, &c.account.key, mien_bitcoin_parameters(c.network)->public));
    MIEN_TRY(mien_json_set_hex(cli->result, "fingerprint", c.accounts.fingerprint,
                               MIEN_FINGERPRINT_SIZE));
    MIEN_TRY(mien_json_set(cli->result, "path", json_string(path_text)));
    MIEN_TRY(mien_json_set(cli->result, "xpub", json_string(xpub)));
    const uint8_t *f = c.accounts.fingerprint;
    fprintf(cli->text, "[%02x%02x%02x%02x%s]%s\n", f[0], f[1], f[2], f[3], path_text + 1, xpub);
    return MIEN_OK;
}

/* Key of a wallet with several signers (BIP-48), as its descriptor wants it. */
static mien_status multisig_key(mien_cli *cli, const chosen *c) {
    size_t i = c->network == MIEN_BITCOIN_MAINNET ? 0 : 2;
    const mien_accounts_key *key = &c->accounts.more[i];
    char xpub[MIEN_HD_TEXT], path[MIEN_HD_PATH_TEXT], text[MIEN_HD_TEXT + MIEN_HD_PATH_TEXT + 16];
    const uint8_t *f = c->accounts.fingerprint;
    mien_hd_path_text(path, &key->path);
    MIEN_TRY(mien_hd_public_text(xpub, &key->key, mien_bitcoin_parameters(c->network)->public));
    snprintf(text, sizeof text, "[%02x%02x%02x%02x%s]%s", f[0], f[1], f[2], f[3], path + 1, xpub);
    fprintf(cli->text, "multisig key  %s\n", text);
    return mien_json_set(cli->result, "multisig_key", json_string(text));
}

static mien_status run_descriptors(mien_cli *cli, mien_error *error) {
    static const char *const names[] = {"receive", "internal"};
    chosen c;
    MIEN_TRY(choose(cli, &c, error));
    for (int chain = 0; chain < 2; chain++) {
        json_t *list = json_array();
        MIEN_TRY(mien_json_set(cli->result, names[chain], list));
        for (int type = 0; type < MIEN_SCRIPT_TYPES; type++) {
            mien_bitcoin_account account;
            char text[MIEN_DESCRIPTOR_TEXT];
            if (mien_cli_value(cli, "type") != NULL && type != (int)c.type) continue;
            MIEN_TRY(mien_accounts_number(&c.accounts, &account, c.network,
                                          (mien_bitcoin_script_type)type, c.number, error));
            MIEN_TRY(mien_descriptor_of_account(text, &account, chain));
            if (json_array_append_new(list, json_string(text)) != 0) return MIEN_MEMORY;
            fprintf(cli->text, "%-8s %s\n", names[chain], text);
        }
    }
    return multisig_key(cli, &c);
}

/* ---- exports ---- */

static const mien_cli_option export_options[] = {
    {"format", 'f', "FORMAT", false, "core, sparrow or electrum"},
    {"birth", 0, "SECONDS", false, "core: when the account began, unix time (default: now)"},
    {"out", 'o', "FILE", false, "write it there instead of stdout"},
    MIEN_CLI_OPTIONS_END};

static mien_status export_text(mien_cli *cli, char **text, const chosen *c, const char *format,
                               mien_error *error) {
    mien_bitcoin_account all[MIEN_SCRIPT_TYPES];
    uint64_t birth;
    MIEN_TRY(mien_cli_number(cli, "birth", &birth, 0, 0, INT64_MAX, error));
    if (strcmp(format, "core") == 0) return mien_watch_only_core(text, &c->account, birth);
    if (strcmp(format, "electrum") == 0) {
        mien_status status = mien_watch_only_electrum(text, &c->account);
        if (status != MIEN_UNSUPPORTED) return status;
        return mien_fail(error, status, "Electrum has no taproot accounts");
    }
    if (strcmp(format, "sparrow") != 0)
        return mien_fail(error, MIEN_USAGE, "--format must be core, sparrow or electrum");
    for (int type = 0; type < MIEN_SCRIPT_TYPES; type++)
        MIEN_TRY(mien_accounts_number(&c->accounts, &all[type], c->network,
                                      (mien_bitcoin_script_type)type, c->number, error));
    return mien_watch_only_generic(text, all, MIEN_SCRIPT_TYPES);
}

static mien_status run_export(mien_cli *cli, mien_error *error) {
    chosen c;
    char *text;
    const char *format = mien_cli_value(cli, "format"), *path = mien_cli_value(cli, "out");
    if (format == NULL)
        return mien_fail(error, MIEN_USAGE, "--format is missing: core, sparrow or electrum");
    MIEN_TRY(choose(cli, &c, error));
    MIEN_TRY(export_text(cli, &text, &c, format, error));
    mien_status status = MIEN_OK;
    json_t *value;
    if (path != NULL) {
        fprintf(cli->text, "Written to %s. Who reads it sees every address of the account.\n",
                path);
        status = mien_file_write(path, text, strlen(text), 0, error);
    } else {
        fprintf(cli->text, "%s\n", text);
    }
    if (status == MIEN_OK) status = mien_json_parse(&value, text, strlen(text), "export", error);
    if (status == MIEN_OK) status = mien_json_set(cli->result, "export", value);
    free(text);
    return status;
}

/* ---- messages ---- */

static const mien_cli_option message_options[] = {
    {"index", 'i', "N", false, "which receiving address signs (default 0)"},
    {"form", 0, "FORM", false,
     "bip322 (default), bip322-bare (its first text) or legacy (BIP-137)"},
    {"message", 'm', "TEXT", false, "the message, instead of a FILE"},
    MIEN_CLI_OPTIONS_END};

typedef struct message_job {
    chosen chosen;
    mien_message_form form;
    uint32_t index, account;
    mien_view message;
    uint8_t *bytes; /* of a file */
    char address[MIEN_ADDRESS_TEXT];
    mien_arena arena;
    const char *signature;
    mien_policy_request request;
} message_job;

static mien_status read_form(const mien_cli *cli, mien_message_form *form, mien_error *error) {
    static const char *const names[] = {"legacy", "bip322", "bip322-bare"};
    const char *name = mien_cli_value(cli, "form");
    *form = MIEN_MESSAGE_BIP322;
    if (name == NULL) return MIEN_OK;
    for (int i = 0; i < 3; i++) {
        *form = (mien_message_form)i;
        if (strcmp(name, names[i]) == 0) return MIEN_OK;
    }
    return mien_fail(error, MIEN_USAGE, "--form must be bip322, bip322-bare or legacy");
}

/* --message TEXT or the bytes of operand number `operand`, exactly. */
static mien_status read_message(mien_cli *cli, mien_view *message, uint8_t **bytes, size_t operand,
                                mien_error *error) {
    const char *text = mien_cli_value(cli, "message");
    size_t length;
    if ((text != NULL) == (cli->operand_count > operand))
        return mien_fail(error, MIEN_USAGE, "the message: a FILE, or --message TEXT");
    *message = mien_view_of(text, text != NULL ? strlen(text) : 0);
    if (text != NULL) return MIEN_OK;
    MIEN_TRY(mien_cli_read_file(bytes, &length, cli->operands[operand], MESSAGE_MAX, error));
    *message = mien_view_of(*bytes, length);
    return MIEN_OK;
}

/* As text when all of it can be shown, else as hex; what is shown is what is signed. */
static void message_words(mien_text *out, const message_job *job) {
    bool shown = memchr(job->message.data, '\0', job->message.length) == NULL;
    char *copy = malloc(2 * job->message.length + 2), *clean = malloc(2 * job->message.length + 2);
    mien_text_append(out, "Sign a message for %s\n", job->address);
    if (copy == NULL || clean == NULL) {
        out->status = MIEN_MEMORY;
    } else {
        if (job->message.length != 0) memcpy(copy, job->message.data, job->message.length);
        copy[job->message.length] = '\0';
        for (char *c = copy; shown && *c != '\0'; c++)
            if (*c == '\n') *c = ' '; /* line ends are shown as they are */
        shown = shown && mien_console_clean(clean, 2 * job->message.length + 2, copy) &&
                strcmp(copy, clean) == 0;
        if (shown)
            mien_text_append(out, "\n%.*s\n", (int)job->message.length,
                             (const char *)job->message.data);
        else
            mien_text_append(out, "\nIt is no plain text: %zu bytes, in hex\n",
                             job->message.length);
        for (size_t i = 0; !shown && i < job->message.length; i++)
            mien_text_append(out, "%02x%s", job->message.data[i], i % 32 == 31 ? "\n" : "");
        if (!shown) mien_text_append(out, "\n");
    }
    free(copy);
    free(clean);
}

static mien_status message_start(mien_cli *cli, message_job *job, mien_error *error) {
    uint64_t index;
    uint8_t digest[32];
    mien_hd_path path;
    MIEN_TRY(mien_cli_number(cli, "index", &index, 0, 0, MIEN_HARDENED - 1, error));
    MIEN_TRY(read_form(cli, &job->form, error));
    MIEN_TRY(read_message(cli, &job->message, &job->bytes, 0, error));
    job->index = (uint32_t)index;
    /* the face comes later, for the signature; here the stored keys are good enough */
    MIEN_TRY(mien_accounts_read(&job->chosen.accounts, error));
    MIEN_TRY(mien_cli_network(cli, &job->chosen.network, error));
    MIEN_TRY(mien_cli_script_type(cli, &job->chosen.type, error));
    MIEN_TRY(mien_cli_number(cli, "account", &index, 0, 0, MIEN_HARDENED - 1, error));
    job->account = (uint32_t)index;
    MIEN_TRY(mien_accounts_number(&job->chosen.accounts, &job->chosen.account, job->chosen.network,
                                  job->chosen.type, (uint32_t)index, error));
    MIEN_TRY(derive_address(job->address, &path, &job->chosen.account, 0, job->index));
    MIEN_TRY(mien_message_digest(digest, job->chosen.network, job->address, job->message));
    mien_policy_of_message(&job->request, (mien_policy_chain){false, job->chosen.network}, digest);
    return MIEN_OK;
}

static mien_status sign_message(void *context, const mien_cli_root *root, mien_error *error) {
    message_job *job = context;
    const mien_bitcoin_account *account = &job->chosen.account;
    uint8_t auxiliary[32];
    mien_bitcoin_root_keys keys;
    mien_bitcoin_keys unused;
    mien_hd_path path;
    char address[MIEN_ADDRESS_TEXT];
    uint8_t secret[MIEN_SECRET_KEY_SIZE];
    mien_random random = mien_random_system();
    MIEN_TRY(mien_random_fill(&random, auxiliary, sizeof auxiliary));
    MIEN_TRY(derive_address(address, &path, account, 0, job->index));
    mien_status status = mien_bitcoin_keys_of_root(&unused, &keys, root->curve, root->key);
    if (status == MIEN_OK) status = mien_bitcoin_root_secret(secret, &keys, &path);
    if (status == MIEN_OK)
        status = mien_message_sign(&job->signature, &job->arena, root->curve, job->form,
                                   account->type, secret, job->message, auxiliary);
    mien_wipe(secret, sizeof secret);
    mien_wipe(&keys, sizeof keys);
    if (status == MIEN_UNSUPPORTED)
        return mien_fail(error, status, "taproot addresses have no legacy form: --form bip322");
    return status;
}

/* The agent has the first account of each kind. The signature is checked like any other. */
static mien_status ask_agent(message_job *job, mien_agent_client *agent, mien_error *error) {
    mien_agent_reply reply;
    char *text;
    const mien_agent_request request = {.operation = MIEN_AGENT_SIGN_BITCOIN_MESSAGE,
                                        .network = job->chosen.network,
                                        .type = job->chosen.type,
                                        .index = job->index,
                                        .form = job->form,
                                        .payload = job->message};
    if (job->account != 0)
        return mien_fail(error, MIEN_USAGE,
                         "the agent signs with account 0: add --source to sign here");
    MIEN_TRY(mien_agent_call_unlocked(agent, &reply, &request, error));
    MIEN_TRY(mien_arena_take(&job->arena, &text, reply.payload.length + 1, 1));
    memcpy(text, reply.payload.data, reply.payload.length);
    text[reply.payload.length] = '\0';
    job->signature = text;
    return MIEN_OK;
}

static mien_status sign_somewhere(mien_cli *cli, message_job *job, const char *words,
                                  mien_error *error) {
    mien_agent_client *agent;
    MIEN_TRY(mien_cli_find_agent(cli, &agent, error));
    mien_status status = agent != NULL
                             ? ask_agent(job, agent, error)
                             : mien_cli_sign(cli, words, &job->request, &job->chosen.accounts,
                                             sign_message, job, error);
    mien_agent_disconnect(agent);
    return status;
}

static mien_status sign_message_steps(mien_cli *cli, message_job *job, mien_error *error) {
    mien_text words = {.arena = &job->arena};
    mien_message_times times = {0};
    MIEN_TRY(message_start(cli, job, error));
    message_words(&words, job);
    MIEN_TRY(words.status);
    if (job->form == MIEN_MESSAGE_LEGACY && job->chosen.type == MIEN_SCRIPT_P2TR)
        return mien_fail(error, MIEN_USAGE, "taproot addresses have no legacy form: --form bip322");
    MIEN_TRY(sign_somewhere(cli, job, words.start, error));
    MIEN_TRY(mien_message_verify(&times, job->chosen.network, job->address, job->signature,
                                 job->message, error));
    MIEN_TRY(mien_json_set(cli->result, "address", json_string(job->address)));
    MIEN_TRY(mien_json_set(cli->result, "signature", json_string(job->signature)));
    MIEN_TRY(mien_json_set_hex(cli->result, "digest", job->request.digest, 32));
    fprintf(cli->text, "%s\n", job->signature);
    const char *path = mien_cli_value(cli, "out");
    if (path == NULL) return MIEN_OK;
    return mien_file_write(path, job->signature, strlen(job->signature), MIEN_FILE_PUBLIC, error);
}

static mien_status run_sign_message(mien_cli *cli, mien_error *error) {
    message_job job = {.arena = mien_arena_of((size_t)8 << 20)};
    mien_status status = sign_message_steps(cli, &job, error);
    mien_arena_clear(&job.arena);
    free(job.bytes);
    return status;
}

static const mien_cli_option verify_options[] = {
    {"message", 'm', "TEXT", false, "the message, instead of a FILE"}, MIEN_CLI_OPTIONS_END};

static mien_status run_verify_message(mien_cli *cli, mien_error *error) {
    mien_bitcoin_network network;
    mien_view message;
    mien_message_times times = {0};
    uint8_t *bytes = NULL;
    MIEN_TRY(mien_cli_network(cli, &network, error));
    mien_status status = read_message(cli, &message, &bytes, 2, error);
    if (status == MIEN_OK)
        status = mien_message_verify(&times, network, cli->operands[0], cli->operands[1], message,
                                     error);
    free(bytes);
    MIEN_TRY(status);
    fprintf(cli->text, "Valid: who has the key of %s signed this message.\n", cli->operands[0]);
    if (times.lock_time != 0 || times.sequence != 0)
        fprintf(cli->text, "Only with lock time %u and sequence %u.\n", (unsigned)times.lock_time,
                (unsigned)times.sequence);
    MIEN_TRY(mien_json_set(cli->result, "valid", json_true()));
    MIEN_TRY(mien_json_set(cli->result, "lock_time", json_integer((json_int_t)times.lock_time)));
    return mien_json_set(cli->result, "sequence", json_integer((json_int_t)times.sequence));
}

/* ---- table ---- */

static const mien_cli_option *const address_tables[] = {
    account_options,         address_options,      mien_cli_network_options,
    mien_cli_source_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const account_tables[] = {
    account_options, mien_cli_network_options, mien_cli_source_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const export_tables[] = {
    export_options,          account_options,      mien_cli_network_options,
    mien_cli_source_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const message_tables[] = {
    mien_cli_source_options,  message_options,       account_options,
    mien_cli_network_options, mien_cli_sign_options, mien_cli_agent_options,
    mien_cli_pin_options,     mien_cli_yes_options,  NULL};
static const mien_cli_option *const verify_tables[] = {verify_options, mien_cli_network_options,
                                                       NULL};

const mien_cli_verb mien_cli_account_verbs[] = {
    {"address", "Bitcoin addresses of the wallet", NULL, 0, 0, address_tables,
     "Without --source they come from a file of public keys that other programs of yours could\n"
     "change; with --source they are derived anew behind your face. --verify looks for an address\n"
     "among the first 1000 (--count) of both chains.",
     "mien address\n"
     "mien address --type p2tr --count 5\n"
     "mien address --verify bc1q... --source camera    # before money is sent there",
     run_address},
    {"xpub", "extended public key of an account, for watch-only wallets", NULL, 0, 0,
     account_tables, NULL,
     "mien xpub\nmien xpub --network testnet --type p2tr\nmien xpub --account 1 --source camera",
     run_xpub},
    {"descriptors", "output descriptors with checksums", NULL, 0, 0, account_tables,
     "Receiving and change descriptors of all four types (or --type), and the key (BIP-48) for a\n"
     "wallet with several signers.",
     "mien descriptors\nmien descriptors --type p2wpkh --network signet --json", run_descriptors},
    {"export", "the account for programs that may look but not sign", NULL, 0, 0, export_tables,
     "core: the argument of importdescriptors. sparrow: the JSON of hardware wallets, which "
     "Sparrow\n"
     "and others import. electrum: a wallet file.",
     "mien export --format core\nmien export --format sparrow -o mien.json\n"
     "mien export --format electrum --type p2wpkh -o watch-only",
     run_export},
    {"sign message", "sign a message with a Bitcoin address", "[FILE]", 0, 1, message_tables,
     "The message is shown first, then a key press, then the face. bip322 works for every type;\n"
     "legacy is what Bitcoin Core's verifymessage takes.",
     "mien sign message --message 'it is me' --source camera\n"
     "mien sign message letter.txt --type p2tr --source camera",
     run_sign_message},
    {"verify-message", "check a signed message; needs no wallet", "ADDRESS SIGNATURE [FILE]", 2, 3,
     verify_tables, "Takes BIP-322 (simple and full) and the legacy form.",
     "mien verify-message bc1q... smpAkcw... --message 'it is me'", run_verify_message},
    {0}};
