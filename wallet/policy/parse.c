/* SPDX-License-Identifier: MIT */
/* A policy's text to its rules. Strict: every word must be known, nothing may be said twice, and
 * each refusal names its line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/policy/policy_parts.h"

#define WORDS_MAX 12
#define WAIT_MAX (366 * (int64_t)MIEN_POLICY_DAY)
/* A text of 64 KiB holds at most 32768 lines that say anything; each takes less than 1 KiB. */
#define ARENA_LIMIT ((size_t)40 << 20)

enum { IN_GENERAL = 1, IN_BITCOIN = 2, IN_EVM = 4, IN_TOKEN = 8 };

typedef struct parser {
    mien_policy *policy;
    mien_policy_chain_rules *chain; /* of the section, NULL in the general part */
    mien_policy_asset *token;       /* of the section, NULL outside */
    mien_policy_chain_rules **last_chain;
    char *words[WORDS_MAX];
    size_t count;
    unsigned line;
    bool begun; /* the first line was there */
    mien_error *error;
} parser;

#define WRONG(p, ...) wrong((p), MIEN_FORMAT, __VA_ARGS__)
static mien_status wrong(parser *p, mien_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static mien_status wrong(parser *p, mien_status status, const char *format, ...) {
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return mien_fail(p->error, status, "line %u: %s", p->line, words);
}

/* ---- pieces of a line ---- */

static mien_status expect_count(parser *p, size_t low, size_t high, const char *form) {
    if (p->count >= low && p->count <= high) return MIEN_OK;
    return WRONG(p, "'%s' is written: %s", p->words[0], form);
}

static mien_status once(parser *p, unsigned *line) {
    if (*line != 0) return WRONG(p, "'%s' stands in line %u already", p->words[0], *line);
    *line = p->line;
    return MIEN_OK;
}

/* "face+pin": each name once, the face among them. */
static mien_status read_means(parser *p, unsigned *means, const char *text) {
    static const char *const names[] = {"face", "pin", "match-proof", "face-proof"};
    *means = 0;
    for (const char *next = text; next != NULL;) {
        size_t length = strcspn(next, "+"), i = 0;
        while (i < 4 && (strlen(names[i]) != length || memcmp(names[i], next, length) != 0)) i++;
        if (i == 4)
            return WRONG(p, "'%.40s' is not made of face, pin, match-proof, face-proof and +",
                         text);
        if ((*means >> i & 1) != 0) return WRONG(p, "'%s' stands twice in '%.60s'", names[i], text);
        *means |= 1u << i;
        next = next[length] == '+' ? next + length + 1 : NULL;
    }
    if ((*means & MIEN_MEANS_FACE) == 0)
        return WRONG(p, "nothing is signed without the face: begin with face");
    return MIEN_OK;
}

/* "12.5" with so many decimals at most, into base units. */
static mien_status read_amount(parser *p, mien_uint256 *out, const char *text, unsigned decimals) {
    char digits[MIEN_POLICY_LINE_MAX + 80]; /* the whole line may be one number */
    size_t whole = strspn(text, "0123456789");
    const char *point = text + whole;
    size_t places = *point == '.' ? strspn(point + 1, "0123456789") : 0;
    bool well = whole != 0 && (whole == 1 || text[0] != '0') &&
                (*point == '\0' || (*point == '.' && places != 0 && point[1 + places] == '\0'));
    if (!well) return WRONG(p, "'%.40s' is no amount: digits, perhaps a point and digits", text);
    if (places > decimals)
        return WRONG(p, "'%.40s' has more than %u digits behind the point", text, decimals);
    memcpy(digits, text, whole);
    if (places != 0) memcpy(digits + whole, point + 1, places);
    memset(digits + whole + places, '0', decimals - places);
    size_t length = whole + decimals, zeros = 0; /* in front, which the reader of numbers refuses */
    while (zeros + 1 < length && digits[zeros] == '0') zeros++;
    if (mien_uint256_parse(out, digits + zeros, length - zeros) != MIEN_OK)
        return WRONG(p, "'%.40s' is too large an amount", text);
    return MIEN_OK;
}

static mien_status read_duration(parser *p, int64_t *seconds, const char *text) {
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', MIEN_POLICY_DAY}};
    size_t digits = strspn(text, "0123456789");
    int64_t unit = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text[digits] == units[i].unit && text[digits + 1] == '\0') unit = units[i].seconds;
    if (digits == 0 || digits > 8 || text[0] == '0' || unit == 0)
        return WRONG(p, "'%.40s' is no time: a number with s, m, h or d, such as 12h", text);
    *seconds = strtoll(text, NULL, 10) * unit;
    if (*seconds > WAIT_MAX) return WRONG(p, "'%.40s' is longer than a year", text);
    return MIEN_OK;
}

static mien_status read_number(parser *p, uint64_t *out, const char *text, uint64_t most) {
    mien_uint256 value;
    size_t length = strspn(text, "0123456789");
    bool well = length != 0 && text[length] == '\0' && (length == 1 || text[0] != '0') &&
                mien_uint256_parse(&value, text, length) == MIEN_OK &&
                mien_uint256_to_u64(out, &value) == MIEN_OK && *out <= most;
    return well ? MIEN_OK : WRONG(p, "'%.40s' is not a whole number in range", text);
}

static mien_policy_asset *asset_of(parser *p) {
    return p->token != NULL ? p->token : &p->chain->coin;
}

/* WORD [require MEANS]; `words` names the levels, NULL where a level does not exist. */
static mien_status read_choice(parser *p, mien_policy_choice *out, const char *const words[3],
                               bool with_means, const char *form) {
    MIEN_TRY(expect_count(p, 2, with_means ? 4 : 2, form));
    MIEN_TRY(once(p, &out->line));
    int level = -1;
    for (int i = 0; i < 3; i++)
        if (words[i] != NULL && strcmp(p->words[1], words[i]) == 0) level = i;
    if (level < 0) return WRONG(p, "'%.40s' is not known here: %s", p->words[1], form);
    out->level = (mien_policy_level)level;
    if (p->count == 2) return MIEN_OK;
    if (p->count != 4 || strcmp(p->words[2], "require") != 0 || out->level == MIEN_LEVEL_DENY)
        return WRONG(p, "'%s' is written: %s", p->words[0], form);
    return read_means(p, &out->means, p->words[3]);
}

/* ---- lines ---- */

static const char *const deny_or_allow[3] = {"deny", NULL, "allow"};

static mien_status line_messages(parser *p) {
    return read_choice(p, &p->policy->messages, deny_or_allow, true,
                       "messages deny, or allow [require MEANS]");
}
static mien_status line_typed_data(parser *p) {
    return read_choice(p, &p->policy->typed_data, deny_or_allow, true,
                       "typed-data deny, or allow [require MEANS]");
}
static mien_status line_unknown_data(parser *p) {
    return read_choice(p, &p->policy->unknown_data, deny_or_allow, true,
                       "unknown-data deny, or allow [require MEANS]");
}
static mien_status line_any_chain(parser *p) {
    return read_choice(p, &p->policy->any_chain, deny_or_allow, false, "any-chain deny, or allow");
}
static mien_status line_other_chains(parser *p) {
    return read_choice(p, &p->policy->other_chains, deny_or_allow, false,
                       "other-chains deny, or allow");
}
static mien_status line_other_tokens(parser *p) {
    return read_choice(p, &p->chain->other_tokens, deny_or_allow, false,
                       "other-tokens deny, or allow");
}
static mien_status line_delegations(parser *p) {
    static const char *const words[3] = {"deny", "well-known", "any"};
    return read_choice(p, &p->policy->delegations, words, true,
                       "delegations deny, well-known or any [require MEANS]");
}
static mien_status line_destinations(parser *p) {
    static const char *const words[3] = {NULL, "listed", "any"};
    return read_choice(p, &p->chain->destinations, words, false, "destinations listed, or any");
}
static mien_status line_approvals(parser *p) {
    static const char *const words[3] = {"deny", "limited", "any"};
    mien_policy_choice *choice = p->token != NULL   ? &p->token->approvals
                                 : p->chain != NULL ? &p->chain->approvals
                                                    : &p->policy->approvals;
    return read_choice(p, choice, words, true, "approvals deny, limited or any [require MEANS]");
}

static mien_status read_limit(parser *p, mien_policy_limit *out, unsigned decimals) {
    MIEN_TRY(expect_count(p, 2, 2, "transaction AMOUNT, day AMOUNT, fee AMOUNT"));
    MIEN_TRY(once(p, &out->line));
    return read_amount(p, &out->amount, p->words[1], decimals);
}
static mien_status line_transaction(parser *p) {
    return read_limit(p, &asset_of(p)->transaction, asset_of(p)->decimals);
}
static mien_status line_day(parser *p) {
    return read_limit(p, &asset_of(p)->day, asset_of(p)->decimals);
}
static mien_status line_fee(parser *p) {
    return read_limit(p, &p->chain->fee, p->chain->coin.decimals);
}

static mien_status line_require(parser *p) {
    static const char form[] = "require MEANS, or in a section require MEANS above AMOUNT";
    if (p->chain == NULL) {
        MIEN_TRY(expect_count(p, 2, 2, form));
        MIEN_TRY(once(p, &p->policy->means_line));
        return read_means(p, &p->policy->means, p->words[1]);
    }
    if (p->count == 2 && p->token == NULL) {
        MIEN_TRY(once(p, &p->chain->means_line));
        return read_means(p, &p->chain->means, p->words[1]);
    }
    if (p->count != 4 || strcmp(p->words[2], "above") != 0)
        return WRONG(p, "'require' is written: %s", form);
    mien_policy_asset *asset = asset_of(p);
    if (asset->requirement_count == MIEN_POLICY_REQUIREMENTS)
        return WRONG(p, "more than %d lines 'require' in a section", MIEN_POLICY_REQUIREMENTS);
    mien_policy_requirement *out = &asset->requirements[asset->requirement_count++];
    out->line = p->line;
    MIEN_TRY(read_means(p, &out->means, p->words[1]));
    return read_amount(p, &out->above, p->words[3], asset->decimals);
}

static mien_status read_wait(parser *p, mien_policy_wait *out) {
    if (p->count != 2 && (p->count != 4 || strcmp(p->words[2], "above") != 0))
        return WRONG(p, "'%s' is written: %s TIME [above AMOUNT]", p->words[0], p->words[0]);
    MIEN_TRY(once(p, &out->line));
    MIEN_TRY(read_duration(p, &out->seconds, p->words[1]));
    return p->count == 2 ? MIEN_OK
                         : read_amount(p, &out->above, p->words[3], p->chain->coin.decimals);
}
static mien_status line_cool_down(parser *p) {
    return read_wait(p, &p->chain->cool_down);
}
static mien_status line_new_destination(parser *p) {
    return read_wait(p, &p->chain->new_destination);
}

/* The words from `first` on, with one blank between them. */
static mien_status read_label(parser *p, char label[MIEN_POLICY_LABEL_TEXT], size_t first) {
    size_t used = 0;
    for (size_t i = first; i < p->count; i++) {
        size_t length = strlen(p->words[i]);
        if (used + length + 2 > MIEN_POLICY_LABEL_TEXT)
            return WRONG(p, "a name has at most %d letters", MIEN_POLICY_LABEL_TEXT - 1);
        if (used != 0) label[used++] = ' ';
        memcpy(label + used, p->words[i], length);
        used += length;
    }
    label[used] = '\0';
    return MIEN_OK;
}

static mien_status read_ethereum_address(parser *p, uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                         const char *text) {
    switch (mien_ethereum_address_parse(out, text, strlen(text))) {
    case MIEN_OK:
        return MIEN_OK;
    case MIEN_AUTHENTICATION:
        return WRONG(p, "'%.44s' is mistyped: its capital letters do not fit (EIP-55)", text);
    default:
        return WRONG(p, "'%.44s' is no Ethereum address", text);
    }
}

/* Canonical text of a destination: what requests carry. */
static mien_status read_destination(parser *p, char out[MIEN_POLICY_DESTINATION_TEXT],
                                    const char *text) {
    if (p->chain->chain.evm) {
        uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
        MIEN_TRY(read_ethereum_address(p, address, text));
        mien_ethereum_address_text(out, address);
        return MIEN_OK;
    }
    mien_bitcoin_network network = (mien_bitcoin_network)p->chain->chain.id;
    mien_script script;
    if (mien_script_of_address(&script, network, text, strlen(text)) != MIEN_OK ||
        mien_script_address(out, network, mien_script_view(&script)) != MIEN_OK)
        return WRONG(p, "'%.80s' is no address of %s", text,
                     mien_bitcoin_parameters(network)->name);
    return MIEN_OK;
}

static mien_status line_allow(parser *p) {
    mien_policy_destination *entry;
    if (p->count < 2) return WRONG(p, "'allow' is written: allow ADDRESS [NAME]");
    if (mien_arena_take(&p->policy->arena, &entry, 1, sizeof *entry) != MIEN_OK)
        return wrong(p, MIEN_TOO_LARGE, "the policy is too long");
    entry->line = p->line;
    MIEN_TRY(read_destination(p, entry->text, p->words[1]));
    MIEN_TRY(read_label(p, entry->label, 2));
    for (const mien_policy_destination *other = p->chain->allowed; other != NULL;
         other = other->next)
        if (strcmp(other->text, entry->text) == 0)
            return WRONG(p, "this address stands in line %u already", other->line);
    entry->next = p->chain->allowed;
    p->chain->allowed = entry;
    return MIEN_OK;
}

/* A wallet with several signers, this one among them: its outputs come back. */
static mien_status line_shared(parser *p) {
    mien_policy_chain_rules *rules = p->chain;
    mien_error why = {0};
    MIEN_TRY(expect_count(p, 2, 2, "shared DESCRIPTOR"));
    if (rules->shared == NULL &&
        mien_arena_take(&p->policy->arena, &rules->shared, MIEN_POLICY_SHARED,
                        sizeof *rules->shared) != MIEN_OK)
        return wrong(p, MIEN_TOO_LARGE, "the policy is too long");
    if (rules->shared_count == MIEN_POLICY_SHARED)
        return WRONG(p, "more than %d shared wallets", MIEN_POLICY_SHARED);
    mien_descriptor *descriptor = &rules->shared[rules->shared_count];
    if (strchr(p->words[1], '#') == NULL) return WRONG(p, "the descriptor has no checksum: #...");
    if (mien_descriptor_parse(descriptor, p->words[1], strlen(p->words[1]), &why) != MIEN_OK)
        return WRONG(p, "%.200s", mien_error_words(&why));
    bool main = descriptor->network == MIEN_BITCOIN_MAINNET;
    if (descriptor->type != MIEN_SCRIPT_P2WSH || main != (rules->chain.id == MIEN_BITCOIN_MAINNET))
        return WRONG(p, "the descriptor is not of a shared wallet (wsh) on this chain");
    rules->shared_count++;
    return MIEN_OK;
}

static mien_status read_chain(parser *p, mien_policy_chain *out) {
    static const char form[] = "chain bitcoin, testnet, signet or regtest, or chain evm NUMBER";
    MIEN_TRY(expect_count(p, 2, 3, form));
    out->evm = strcmp(p->words[1], "evm") == 0;
    if (out->evm != (p->count == 3)) return WRONG(p, "'chain' is written: %s", form);
    if (out->evm) {
        MIEN_TRY(read_number(p, &out->id, p->words[2], INT64_MAX));
        return out->id != 0 ? MIEN_OK : WRONG(p, "there is no chain 0; see any-chain");
    }
    mien_bitcoin_network network = MIEN_BITCOIN_MAINNET;
    bool main = strcmp(p->words[1], "bitcoin") == 0;
    if (!main && (mien_bitcoin_network_named(&network, p->words[1]) != MIEN_OK ||
                  strcmp(mien_bitcoin_parameters(network)->name, p->words[1]) != 0 ||
                  network == MIEN_BITCOIN_MAINNET))
        return WRONG(p, "'%.40s' is not known: %s", p->words[1], form);
    out->id = network;
    return MIEN_OK;
}

static mien_status line_chain(parser *p) {
    mien_policy_chain chain;
    MIEN_TRY(read_chain(p, &chain));
    const mien_policy_chain_rules *other = mien_policy_rules_of(p->policy, chain);
    if (other != NULL) return WRONG(p, "this chain has a section in line %u already", other->line);
    mien_policy_chain_rules *rules;
    if (mien_arena_take(&p->policy->arena, &rules, 1, sizeof *rules) != MIEN_OK)
        return wrong(p, MIEN_TOO_LARGE, "the policy is too long");
    rules->chain = chain;
    rules->line = p->line;
    rules->coin.line = p->line;
    rules->coin.decimals = mien_policy_coin_decimals(chain);
    snprintf(rules->coin.name, sizeof rules->coin.name, "%s", mien_policy_coin_name(chain));
    *p->last_chain = rules;
    p->last_chain = &rules->next;
    p->chain = rules;
    p->token = NULL;
    return MIEN_OK;
}

static mien_status line_token(parser *p) {
    mien_policy_asset *token;
    uint64_t decimals;
    MIEN_TRY(expect_count(p, 4, 4, "token ADDRESS DECIMALS NAME"));
    if (mien_arena_take(&p->policy->arena, &token, 1, sizeof *token) != MIEN_OK)
        return wrong(p, MIEN_TOO_LARGE, "the policy is too long");
    token->line = p->line;
    MIEN_TRY(read_ethereum_address(p, token->token, p->words[1]));
    MIEN_TRY(read_number(p, &decimals, p->words[2], 77));
    token->decimals = (unsigned)decimals;
    MIEN_TRY(read_label(p, token->name, 3));
    const mien_policy_asset *other = mien_policy_token_of(p->chain, token->token);
    if (other != NULL) return WRONG(p, "this token has a section in line %u already", other->line);
    token->next = p->chain->tokens;
    p->chain->tokens = token;
    p->token = token;
    return MIEN_OK;
}

static const struct {
    const char *word;
    unsigned where;
    mien_status (*read)(parser *p);
} lines[] = {
    {"require", IN_GENERAL | IN_BITCOIN | IN_EVM | IN_TOKEN, line_require},
    {"messages", IN_GENERAL, line_messages},
    {"typed-data", IN_GENERAL, line_typed_data},
    {"delegations", IN_GENERAL, line_delegations},
    {"unknown-data", IN_GENERAL, line_unknown_data},
    {"any-chain", IN_GENERAL, line_any_chain},
    {"other-chains", IN_GENERAL, line_other_chains},
    {"approvals", IN_GENERAL | IN_EVM | IN_TOKEN, line_approvals},
    {"chain", IN_GENERAL | IN_BITCOIN | IN_EVM | IN_TOKEN, line_chain},
    {"token", IN_EVM | IN_TOKEN, line_token},
    {"transaction", IN_BITCOIN | IN_EVM | IN_TOKEN, line_transaction},
    {"day", IN_BITCOIN | IN_EVM | IN_TOKEN, line_day},
    {"fee", IN_BITCOIN | IN_EVM, line_fee},
    {"destinations", IN_BITCOIN | IN_EVM, line_destinations},
    {"allow", IN_BITCOIN | IN_EVM, line_allow},
    {"shared", IN_BITCOIN, line_shared},
    {"cool-down", IN_BITCOIN | IN_EVM, line_cool_down},
    {"new-destination", IN_BITCOIN | IN_EVM, line_new_destination},
    {"other-tokens", IN_EVM, line_other_tokens},
};

/* "'x' is not known here; lines begin with a, b, c" */
static mien_status unknown_word(parser *p, unsigned here) {
    char known[256] = "";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t used = strlen(known);
        if ((lines[i].where & here) == 0) continue;
        snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "", lines[i].word);
    }
    return WRONG(p, "'%.40s' is not known here; lines begin with %s", p->words[0], known);
}

static mien_status read_rule(parser *p) {
    unsigned here = p->token != NULL      ? IN_TOKEN
                    : p->chain == NULL    ? IN_GENERAL
                    : p->chain->chain.evm ? IN_EVM
                                          : IN_BITCOIN;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strcmp(p->words[0], lines[i].word) != 0) continue;
        if ((lines[i].where & here) != 0) return lines[i].read(p);
        return WRONG(p, "'%s' does not belong in %s", lines[i].word,
                     here == IN_GENERAL ? "the general part: it needs a chain above it"
                     : here == IN_TOKEN ? "the section of a token"
                                        : "this chain's section");
    }
    return unknown_word(p, here);
}

/* ---- the text ---- */

static mien_status read_first_line(parser *p) {
    if (strcmp(p->words[0], "mien-policy") != 0)
        return WRONG(p, "a policy begins with the line 'mien-policy 1'");
    if (p->count != 2 || strcmp(p->words[1], "1") != 0)
        return wrong(p, MIEN_VERSION, "this program reads 'mien-policy 1' only");
    p->begun = true;
    return MIEN_OK;
}

/* Cut `line` into words in place, up to a comment. */
static mien_status split(parser *p, char *line) {
    char *rest;
    p->count = 0;
    for (char *next = strtok_r(line, " \t", &rest); next != NULL;
         next = strtok_r(NULL, " \t", &rest)) {
        if (next[0] == '#') break;
        if (p->count == WORDS_MAX) return WRONG(p, "too many words");
        p->words[p->count++] = next;
    }
    return MIEN_OK;
}

/* What is shown when this rule speaks. */
static mien_status keep_line(parser *p) {
    mien_text text = {.arena = &p->policy->arena};
    p->policy->lines[p->line - 1] = "";
    if (p->count == 0) return MIEN_OK;
    mien_text_append(&text, "%s", p->words[0]);
    for (size_t i = 1; i < p->count; i++) mien_text_append(&text, " %s", p->words[i]);
    p->policy->lines[p->line - 1] = text.start;
    return text.status;
}

static mien_status read_line(parser *p, const char *start, size_t length) {
    char line[MIEN_POLICY_LINE_MAX + 1];
    if (length > MIEN_POLICY_LINE_MAX)
        return wrong(p, MIEN_TOO_LARGE, "longer than %u characters", MIEN_POLICY_LINE_MAX);
    for (size_t i = 0; i < length; i++) {
        bool fine = start[i] == '\t' || (start[i] >= ' ' && start[i] <= '~');
        if (!fine) return WRONG(p, "character %zu is not plain ASCII text", i + 1);
    }
    memcpy(line, start, length);
    line[length] = '\0';
    MIEN_TRY(split(p, line));
    if (keep_line(p) != MIEN_OK) return wrong(p, MIEN_TOO_LARGE, "the policy is too long");
    if (p->count == 0) return MIEN_OK;
    return p->begun ? read_rule(p) : read_first_line(p);
}

static mien_status read_lines(parser *p, const char *text, size_t length) {
    mien_policy *policy = p->policy;
    for (size_t i = 0; i < length; i++) policy->line_count += text[i] == '\n';
    MIEN_TRY(mien_arena_take(&policy->arena, &policy->lines, policy->line_count + 1,
                             sizeof *policy->lines));
    for (size_t start = 0; start < length;) {
        const char *end = memchr(text + start, '\n', length - start);
        p->line++;
        if (end == NULL) return WRONG(p, "the last line does not end");
        size_t line_length = (size_t)(end - (text + start));
        MIEN_TRY(read_line(p, text + start, line_length));
        start += line_length + 1;
    }
    p->line++;
    if (!p->begun) return WRONG(p, "a policy begins with the line 'mien-policy 1'");
    if (policy->means_line == 0) return WRONG(p, "'require' is missing: require face, say");
    return MIEN_OK;
}

mien_status mien_policy_parse(mien_policy **out, const char *text, size_t length,
                              mien_error *error) {
    *out = NULL;
    if (length > MIEN_POLICY_TEXT_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "line 1: the policy is longer than %u bytes",
                         MIEN_POLICY_TEXT_MAX);
    mien_policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the policy");
    policy->arena = mien_arena_of(ARENA_LIMIT);
    parser p = {.policy = policy, .last_chain = &policy->chains, .error = error};
    mien_status status = read_lines(&p, text, length);
    if (status == MIEN_OK)
        *out = policy;
    else
        mien_policy_destroy(policy);
    return status;
}
