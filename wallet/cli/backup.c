/* SPDX-License-Identifier: MIT */
#include "wallet/cli/backup.h"

#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/bip39/bip39.h"

#define WORDS_SIZE 1024 /* a sentence as people type it, with blanks */
#define SHARES_MAX (MIEN_SLIP39_SHARES * MIEN_SLIP39_SHARES)

const mien_cli_option mien_cli_backup_options[] = {
    {"shares", 0, NULL, false, "type SLIP-39 shares instead of words"},
    {"mnemonic-fd", 0, "N", false, "read the words from file descriptor N"},
    {"shares-fd", 0, "N", false, "read shares from file descriptor N, one a line"},
    {"passphrase", 0, NULL, false, "ask for the BIP-39 passphrase (of shares: their own)"},
    {"passphrase-fd", 0, "N", false, "read the passphrase from file descriptor N"},
    MIEN_CLI_OPTIONS_END};

const mien_cli_option mien_cli_split_options[] = {
    {"groups", 0, "MofN,...", false, "shares of each group, and how many of them it takes"},
    {"threshold", 0, "N", false, "how many groups it takes (default: all)"},
    MIEN_CLI_OPTIONS_END};

/* ---- passphrase ---- */

mien_status mien_cli_passphrase_read(mien_cli *cli, mien_cli_secret *passphrase,
                                     mien_error *error) {
    mien_cli_secret again = {0};
    bool from_descriptor = mien_cli_value(cli, "passphrase-fd") != NULL;
    if (!from_descriptor && !mien_cli_flag(cli, "passphrase")) return MIEN_OK;
    MIEN_TRY(mien_cli_secret_read(cli, passphrase, MIEN_BIP39_PASSPHRASE_MAX + 1, "passphrase-fd",
                                  "Passphrase: ", error));
    if (from_descriptor) return MIEN_OK;
    MIEN_TRY(mien_cli_secret_read(cli, &again, MIEN_BIP39_PASSPHRASE_MAX + 1, "passphrase-fd",
                                  "Passphrase again: ", error));
    bool same = again.length == passphrase->length &&
                mien_equal_ct(again.text, passphrase->text, passphrase->length);
    mien_cli_secret_free(&again);
    return same ? MIEN_OK : mien_fail(error, MIEN_USER_REFUSED, "the two entries differ");
}

static const char *text_of(const mien_cli_secret *passphrase) {
    return passphrase->text != NULL ? passphrase->text : "";
}

/* ---- words ---- */

static mien_status read_words(mien_cli *cli, uint8_t *seed, const mien_cli_secret *passphrase,
                              mien_error *error) {
    mien_cli_secret words = {0};
    MIEN_TRY(mien_cli_secret_read(cli, &words, WORDS_SIZE, "mnemonic-fd",
                                  "Words of the wallet (not shown): ", error));
    mien_status status = mien_bip39_seed(seed, words.text, text_of(passphrase), error);
    mien_cli_secret_free(&words);
    return status;
}

/* ---- shares ---- */

typedef struct share_list {
    mien_cli_secret shares[SHARES_MAX];
    mien_slip39_share_info info[SHARES_MAX];
    size_t count;
} share_list;

/* How many groups have as many members as they need. */
static unsigned complete_groups(const share_list *list) {
    unsigned members[MIEN_SLIP39_SHARES] = {0}, complete = 0;
    for (size_t i = 0; i < list->count; i++) {
        const mien_slip39_share_info *info = &list->info[i];
        if (++members[info->group_index] == info->member_threshold) complete++;
    }
    return complete;
}

static mien_status check_share(const share_list *list, const mien_slip39_share_info *info,
                               mien_error *error) {
    for (size_t i = 0; i < list->count; i++) {
        const mien_slip39_share_info *other = &list->info[i];
        if (other->identifier != info->identifier)
            return mien_fail(error, MIEN_FORMAT, "share %zu is of another backup than the first",
                             list->count + 1);
        if (other->group_index == info->group_index && other->member_index == info->member_index)
            return mien_fail(error, MIEN_FORMAT, "share %zu was given before", list->count + 1);
    }
    return MIEN_OK;
}

static mien_status read_share(mien_cli *cli, share_list *list, mien_error *error) {
    char prompt[64];
    mien_cli_secret *share = &list->shares[list->count];
    mien_slip39_share_info *info = &list->info[list->count];
    snprintf(prompt, sizeof prompt, "Share %zu (not shown): ", list->count + 1);
    mien_status status = mien_cli_secret_read(cli, share, WORDS_SIZE, "shares-fd", prompt, error);
    if (status == MIEN_END)
        return mien_fail(error, MIEN_FORMAT, "%zu shares are not enough for this backup",
                         list->count);
    MIEN_TRY(status);
    status = mien_slip39_inspect(info, share->text, list->count + 1, error);
    if (status == MIEN_OK) status = check_share(list, info, error);
    if (status == MIEN_OK)
        list->count++;
    else
        mien_cli_secret_free(share);
    return status;
}

static mien_status combine(uint8_t *seed, const share_list *list, const char *passphrase,
                           mien_error *error) {
    const char *sentences[SHARES_MAX];
    size_t length = 0;
    void *secret;
    for (size_t i = 0; i < list->count; i++) sentences[i] = list->shares[i].text;
    MIEN_TRY(mien_secret_alloc(&secret, MIEN_SLIP39_SECRET_MAX, error));
    mien_status status =
        mien_slip39_combine(secret, &length, sentences, list->count, passphrase, error);
    if (status == MIEN_OK && length != MIEN_WALLET_SEED_SIZE)
        status = mien_fail(error, MIEN_UNSUPPORTED,
                           "these shares hold a secret of %zu bytes; shares of this wallet hold %d",
                           length, MIEN_WALLET_SEED_SIZE);
    if (status == MIEN_OK) memcpy(seed, secret, MIEN_WALLET_SEED_SIZE);
    mien_secret_free(secret);
    return status;
}

static mien_status read_shares(mien_cli *cli, uint8_t *seed, const mien_cli_secret *passphrase,
                               mien_error *error) {
    share_list *list;
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *list, error));
    list = memory;
    mien_status status = MIEN_OK;
    do {
        status = read_share(cli, list, error);
    } while (status == MIEN_OK && complete_groups(list) < list->info[0].group_threshold);
    if (status == MIEN_OK) status = combine(seed, list, text_of(passphrase), error);
    for (size_t i = 0; i < list->count; i++) mien_cli_secret_free(&list->shares[i]);
    mien_secret_free(memory);
    return status;
}

mien_status mien_cli_backup_read(mien_cli *cli, uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                 mien_error *error) {
    bool shares = mien_cli_flag(cli, "shares") || mien_cli_value(cli, "shares-fd") != NULL;
    mien_cli_secret passphrase = {0};
    if (shares && mien_cli_value(cli, "mnemonic-fd") != NULL)
        return mien_fail(error, MIEN_USAGE, "words or shares: which of the two?");
    mien_status status = mien_cli_passphrase_read(cli, &passphrase, error);
    if (status == MIEN_OK)
        status = shares ? read_shares(cli, seed, &passphrase, error)
                        : read_words(cli, seed, &passphrase, error);
    mien_cli_secret_free(&passphrase);
    return status;
}

/* ---- splitting ---- */

/* "2of3" at *text; steps over it and a comma. */
static bool read_group(mien_slip39_group *group, const char **text) {
    unsigned threshold = 0, count = 0;
    int used = 0;
    if (sscanf(*text, "%2uof%2u%n", &threshold, &count, &used) != 2) return false;
    bool plain = (*text)[0] >= '1' && (*text)[0] <= '9';
    const char *of = strchr(*text, 'f');
    plain = plain && of != NULL && of[1] >= '1' && of[1] <= '9';
    *text += used;
    bool ended = **text == '\0' || (**text == ',' && (*text)[1] != '\0');
    if (**text == ',') (*text)++;
    group->threshold = (uint8_t)threshold;
    group->count = (uint8_t)count;
    return plain && ended && threshold >= 1 && threshold <= count && count <= MIEN_SLIP39_SHARES &&
           (threshold != 1 || count == 1);
}

mien_status mien_cli_split_read(const mien_cli *cli, mien_cli_split *split, mien_error *error) {
    const char *text = mien_cli_value(cli, "groups");
    uint64_t threshold;
    *split = (mien_cli_split){0};
    if (text == NULL) text = "2of3";
    while (*text != '\0') {
        if (split->group_count == MIEN_SLIP39_SHARES ||
            !read_group(&split->groups[split->group_count], &text))
            return mien_fail(error, MIEN_USAGE,
                             "--groups is written 2of3 or 1of1,2of3,3of5: at most %d groups of %d, "
                             "and 1 of several is no way to share",
                             MIEN_SLIP39_SHARES, MIEN_SLIP39_SHARES);
        split->share_count += split->groups[split->group_count++].count;
    }
    if (split->group_count == 0) return mien_fail(error, MIEN_USAGE, "--groups names no group");
    MIEN_TRY(mien_cli_number(cli, "threshold", &threshold, split->group_count, 1,
                             split->group_count, error));
    split->threshold = (unsigned)threshold;
    return MIEN_OK;
}

static void share_title(char title[96], const mien_cli_split *split, size_t group, size_t member) {
    const mien_slip39_group *g = &split->groups[group];
    if (split->group_count == 1)
        snprintf(title, 96, "Share %zu of %d (any %d bring the wallet back)", member + 1, g->count,
                 g->threshold);
    else
        snprintf(title, 96, "Group %zu, share %zu of %d (%d of this group, %u groups)", group + 1,
                 member + 1, g->count, g->threshold, split->threshold);
}

static mien_status show_one(mien_cli *cli, json_t *list, const char *title, const char *share,
                            mien_error *error) {
    if (list != NULL) {
        fprintf(cli->text, "%s: %s\n", title, share);
        return json_array_append_new(list, json_string(share)) == 0 ? MIEN_OK : MIEN_MEMORY;
    }
    fprintf(stderr, "\n%s\n\n", title);
    for (int i = 1; *share != '\0'; i++) {
        size_t length = strcspn(share, " ");
        fprintf(stderr, "  %2d. %-10.*s%s", i, (int)length, share, i % 4 == 0 ? "\n" : "");
        share += length + (share[length] == ' ');
    }
    return mien_cli_confirm(cli, "\nIs it written down?", error);
}

static mien_status show_all(mien_cli *cli, const mien_cli_split *split,
                            char (*sentences)[MIEN_SLIP39_SENTENCE_SIZE], mien_error *error) {
    bool at_once = cli->json || mien_cli_flag(cli, "yes");
    json_t *list = at_once ? json_array() : NULL;
    size_t next = 0;
    char title[96];
    if (at_once) MIEN_TRY(mien_json_set(cli->result, "shares", list));
    if (!at_once)
        fputs("\nEach share goes to another place or person, on paper. They are shown only now.\n",
              stderr);
    for (size_t group = 0; group < split->group_count; group++)
        for (size_t member = 0; member < split->groups[group].count; member++) {
            share_title(title, split, group, member);
            MIEN_TRY(show_one(cli, list, title, sentences[next++], error));
        }
    return MIEN_OK;
}

mien_status mien_cli_shares_show(mien_cli *cli, const mien_cli_split *split,
                                 const uint8_t seed[MIEN_WALLET_SEED_SIZE], mien_error *error) {
    void *sentences;
    mien_cli_secret passphrase = {0};
    mien_random random = mien_random_system();
    MIEN_TRY(mien_cli_passphrase_read(cli, &passphrase, error));
    mien_status status =
        mien_secret_alloc(&sentences, split->share_count * MIEN_SLIP39_SENTENCE_SIZE, error);
    if (status == MIEN_OK) {
        status = mien_slip39_split(sentences, seed, MIEN_WALLET_SEED_SIZE, text_of(&passphrase), 1,
                                   split->threshold, split->groups, split->group_count, &random);
        if (status == MIEN_OK) status = show_all(cli, split, sentences, error);
        mien_secret_free(sentences);
    }
    mien_cli_secret_free(&passphrase);
    return status;
}
