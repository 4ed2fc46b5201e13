/* SPDX-License-Identifier: MIT */
#include "wallet/slip39/slip39.h"

#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"
#include "wallet/slip39/words.h"

#define WORD_BITS 10
#define HEADER_WORDS 4
#define CHECKSUM_WORDS 3
#define VALUE_WORDS_MAX 52
#define WORDS_MAX (HEADER_WORDS + VALUE_WORDS_MAX + CHECKSUM_WORDS)
#define WORDS_MIN 20
#define DIGEST_SIZE 4
#define DIGEST_X 254
#define SECRET_X 255
#define ROUNDS 4
#define BASE_ITERATIONS 10000u
#define PASSPHRASE_MAX 256
#define SHARES_MAX (MIEN_SLIP39_SHARES * MIEN_SLIP39_SHARES)

/* One point of a polynomial: its place and value. */
typedef struct point {
    uint8_t x, y[MIEN_SLIP39_SECRET_MAX];
} point;

typedef struct share {
    mien_slip39_share_info info;
    size_t length;
    uint8_t value[MIEN_SLIP39_SECRET_MAX];
} share;

/* GF(256) modulo x^8 + x^4 + x^3 + x + 1, without branches on the operands. */
static uint8_t multiply(uint8_t a, uint8_t b) {
    unsigned product = 0, shifted = a;
    for (int i = 0; i < 8; i++) {
        product ^= shifted & (0u - (b >> i & 1u));
        shifted = shifted << 1 ^ (0x11bu & (0u - (shifted >> 7)));
    }
    return (uint8_t)product;
}

/* a^254, which is 1 / a. */
static uint8_t invert(uint8_t a) {
    uint8_t power = a, result = 1;
    for (int i = 0; i < 7; i++) {
        power = multiply(power, power);
        result = multiply(result, power);
    }
    return result;
}

/* Lagrange's polynomial through the points, at x. `out` must not be among the points. */
static void interpolate(uint8_t *out, size_t length, const point *points, size_t count, uint8_t x) {
    memset(out, 0, length);
    for (size_t i = 0; i < count; i++) {
        uint8_t basis = 1;
        for (size_t j = 0; j < count; j++)
            if (j != i)
                basis = multiply(basis, multiply((uint8_t)(x ^ points[j].x),
                                                 invert((uint8_t)(points[i].x ^ points[j].x))));
        for (size_t k = 0; k < length; k++) out[k] ^= multiply(basis, points[i].y[k]);
    }
}

/* First four bytes of HMAC-SHA256(random part, secret). */
static void digest_of(uint8_t out[DIGEST_SIZE], const uint8_t *random_part, size_t length,
                      const uint8_t *secret, size_t secret_length) {
    uint8_t mac[MIEN_SHA256_SIZE];
    mien_hmac_sha256(mac, random_part, length, secret, secret_length);
    memcpy(out, mac, DIGEST_SIZE);
    mien_wipe(mac, sizeof mac);
}

/* Values for members 0..count-1 of which any `threshold` give the secret back. */
static mien_status split_secret(uint8_t (*values)[MIEN_SLIP39_SECRET_MAX], unsigned threshold,
                                unsigned count, const uint8_t *secret, size_t length,
                                const mien_random *random) {
    point points[MIEN_SLIP39_SHARES];
    mien_status status = MIEN_OK;
    if (threshold == 1) {
        for (unsigned i = 0; i < count; i++) memcpy(values[i], secret, length);
        return MIEN_OK;
    }
    for (unsigned i = 0; status == MIEN_OK && i + 2 < threshold; i++) {
        points[i].x = (uint8_t)i;
        status = mien_random_fill(random, points[i].y, length);
        if (status == MIEN_OK) memcpy(values[i], points[i].y, length);
    }
    point *digest = &points[threshold - 2], *last = &points[threshold - 1];
    digest->x = DIGEST_X;
    last->x = SECRET_X;
    if (status == MIEN_OK)
        status = mien_random_fill(random, digest->y + DIGEST_SIZE, length - DIGEST_SIZE);
    if (status == MIEN_OK) {
        digest_of(digest->y, digest->y + DIGEST_SIZE, length - DIGEST_SIZE, secret, length);
        memcpy(last->y, secret, length);
        for (unsigned i = threshold - 2; i < count; i++)
            interpolate(values[i], length, points, threshold, (uint8_t)i);
    }
    mien_wipe(points, sizeof points);
    return status;
}

/* The secret of exactly `count` points; MIEN_AUTHENTICATION when the digest does not fit. */
static mien_status join_secret(uint8_t *secret, const point *points, size_t count, size_t length) {
    uint8_t shared[MIEN_SLIP39_SECRET_MAX], digest[DIGEST_SIZE];
    if (count == 1) {
        memcpy(secret, points[0].y, length);
        return MIEN_OK;
    }
    interpolate(secret, length, points, count, SECRET_X);
    interpolate(shared, length, points, count, DIGEST_X);
    digest_of(digest, shared + DIGEST_SIZE, length - DIGEST_SIZE, secret, length);
    mien_status status = mien_equal_ct(digest, shared, DIGEST_SIZE) ? MIEN_OK : MIEN_AUTHENTICATION;
    mien_wipe(shared, sizeof shared);
    return status;
}

/* Printable ASCII only, as the SLIP says: other characters have several encodings. */
static mien_status check_passphrase(const char *passphrase) {
    size_t length = strlen(passphrase);
    if (length > PASSPHRASE_MAX) return MIEN_TOO_LARGE;
    for (size_t i = 0; i < length; i++)
        if (passphrase[i] < 32 || passphrase[i] > 126) return MIEN_ARGUMENT;
    return MIEN_OK;
}

/* Round function of the Feistel network: half ^= PBKDF2(round || passphrase, salt || other half).
 */
static void feistel_round(uint8_t *half, const uint8_t *other, size_t size, unsigned round,
                          const mien_slip39_share_info *info, const char *passphrase) {
    uint8_t password[1 + PASSPHRASE_MAX], salt[8 + MIEN_SLIP39_SECRET_MAX];
    uint8_t mask[MIEN_SLIP39_SECRET_MAX];
    size_t password_length = strlen(passphrase), salt_length = 0;
    password[0] = (uint8_t)round;
    memcpy(password + 1, passphrase, password_length);
    if (!info->extendable) {
        memcpy(salt, "shamir", 6);
        salt[6] = (uint8_t)(info->identifier >> 8);
        salt[7] = (uint8_t)info->identifier;
        salt_length = 8;
    }
    memcpy(salt + salt_length, other, size);
    mien_pbkdf2_hmac_sha256(mask, size, password, 1 + password_length, salt, salt_length + size,
                            (BASE_ITERATIONS << info->iteration_exponent) / ROUNDS);
    for (size_t i = 0; i < size; i++) half[i] ^= mask[i];
    mien_wipe(password, sizeof password);
    mien_wipe(salt, sizeof salt);
    mien_wipe(mask, sizeof mask);
}

/* The four rounds in either order; the halves change places at the end. */
static void feistel(uint8_t *data, size_t length, bool decrypt, const mien_slip39_share_info *info,
                    const char *passphrase) {
    uint8_t swapped[MIEN_SLIP39_SECRET_MAX], *left = data, *right = data + length / 2;
    for (unsigned i = 0; i < ROUNDS; i++) {
        feistel_round(left, right, length / 2, decrypt ? ROUNDS - 1 - i : i, info, passphrase);
        uint8_t *next = left;
        left = right;
        right = next;
    }
    memcpy(swapped, right, length / 2);
    memcpy(swapped + length / 2, left, length / 2);
    memcpy(data, swapped, length);
    mien_wipe(swapped, sizeof swapped);
}

/* Reed-Solomon code over GF(1024) of the SLIP. */
static uint32_t polymod_step(uint32_t check, uint32_t value) {
    static const uint32_t generator[10] = {0xe0e040,   0x1c1c080,  0x3838100,  0x7070200,
                                           0xe0e0009,  0x1c0c2412, 0x38086c24, 0x3090fc48,
                                           0x21b1f890, 0x3f3f120};
    uint32_t top = check >> 20;
    check = (check & 0xfffff) << 10 ^ value;
    for (int i = 0; i < 10; i++) check ^= generator[i] & (0u - (top >> i & 1));
    return check;
}

static uint32_t polymod(bool extendable, const uint16_t *words, size_t count) {
    uint32_t check = 1;
    for (const char *p = extendable ? "shamir_extendable" : "shamir"; *p != '\0'; p++)
        check = polymod_step(check, (uint8_t)*p);
    for (size_t i = 0; i < count; i++) check = polymod_step(check, words[i]);
    return check;
}

/* Bits of a big-endian string of 10-bit words. */
static void put_bits(uint16_t *words, size_t *at, uint32_t value, unsigned bits) {
    for (unsigned i = bits; i-- > 0; (*at)++)
        words[*at / WORD_BITS] |= (uint16_t)((value >> i & 1) << (WORD_BITS - 1 - *at % WORD_BITS));
}

static uint32_t get_bits(const uint16_t *words, size_t *at, unsigned bits) {
    uint32_t value = 0;
    for (unsigned i = 0; i < bits; i++, (*at)++)
        value = value << 1 | (words[*at / WORD_BITS] >> (WORD_BITS - 1 - *at % WORD_BITS) & 1u);
    return value;
}

static void write_word(char *out, size_t *used, uint32_t index) {
    char word[MIEN_SLIP39_WORD_MAX] = {0};
    for (uint32_t i = 0; i < MIEN_SLIP39_WORDS; i++) {
        uint32_t mask = 0u - (((i ^ index) - 1) >> 31);
        for (int j = 0; j < MIEN_SLIP39_WORD_MAX; j++)
            word[j] = (char)(word[j] | (char)((uint8_t)mien_slip39_words[i][j] & mask));
    }
    for (int j = 0; j < MIEN_SLIP39_WORD_MAX && word[j] != '\0'; j++) out[(*used)++] = word[j];
    mien_wipe(word, sizeof word);
}

static void write_sentence(char sentence[MIEN_SLIP39_SENTENCE_SIZE], const share *s) {
    uint16_t words[WORDS_MAX] = {0};
    size_t at = 0, used = 0, value_words = (8 * s->length + WORD_BITS - 1) / WORD_BITS;
    size_t count = HEADER_WORDS + value_words + CHECKSUM_WORDS;
    put_bits(words, &at, s->info.identifier, 15);
    put_bits(words, &at, s->info.extendable, 1);
    put_bits(words, &at, s->info.iteration_exponent, 4);
    put_bits(words, &at, s->info.group_index, 4);
    put_bits(words, &at, s->info.group_threshold - 1u, 4);
    put_bits(words, &at, s->info.group_count - 1u, 4);
    put_bits(words, &at, s->info.member_index, 4);
    put_bits(words, &at, s->info.member_threshold - 1u, 4);
    at += WORD_BITS * value_words - 8 * s->length; /* padding in front */
    for (size_t i = 0; i < s->length; i++) put_bits(words, &at, s->value[i], 8);
    uint32_t check = polymod(s->info.extendable, words, count) ^ 1;
    for (int i = 0; i < CHECKSUM_WORDS; i++)
        words[count - CHECKSUM_WORDS + (size_t)i] = check >> WORD_BITS * (2 - i) & 1023;
    memset(sentence, 0, MIEN_SLIP39_SENTENCE_SIZE);
    for (size_t i = 0; i < count; i++) {
        if (i != 0) sentence[used++] = ' ';
        write_word(sentence, &used, words[i]);
    }
    mien_wipe(words, sizeof words);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Number of the next word, MIEN_SLIP39_WORDS when unknown; false at the end of the sentence. */
static bool next_word(uint32_t *index, const char **at) {
    char typed[MIEN_SLIP39_WORD_MAX + 1] = {0};
    uint32_t found = 0, known = 0;
    size_t letters = 0;
    while (is_blank(**at)) (*at)++;
    for (; **at != '\0' && !is_blank(**at); (*at)++, letters++) {
        char c = **at;
        if (letters < sizeof typed) typed[letters] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    for (uint32_t i = 0; i < MIEN_SLIP39_WORDS; i++) {
        uint32_t difference = 0;
        for (size_t j = 0; j < sizeof typed; j++)
            difference |= (uint32_t)(uint8_t)(typed[j] ^ mien_slip39_words[i][j]);
        uint32_t mask = 0u - ((difference - 1) >> 31);
        found |= mask & i;
        known |= mask;
    }
    *index = found | (~known & MIEN_SLIP39_WORDS);
    mien_wipe(typed, sizeof typed);
    return letters != 0;
}

static mien_status read_words(uint16_t words[WORDS_MAX], size_t *count, const char *sentence,
                              size_t number, mien_error *error) {
    uint32_t index;
    *count = 0;
    while (next_word(&index, &sentence)) {
        if (*count == WORDS_MAX)
            return mien_fail(error, MIEN_FORMAT, "share %zu has too many words", number);
        if (index == MIEN_SLIP39_WORDS)
            return mien_fail(error, MIEN_FORMAT, "share %zu: word %zu is not in the list", number,
                             *count + 1);
        words[(*count)++] = (uint16_t)index;
    }
    return *count >= WORDS_MIN
               ? MIEN_OK
               : mien_fail(error, MIEN_FORMAT, "share %zu has too few words", number);
}

static void read_header(mien_slip39_share_info *info, const uint16_t *words, size_t *at) {
    info->identifier = (uint16_t)get_bits(words, at, 15);
    info->extendable = get_bits(words, at, 1) != 0;
    info->iteration_exponent = (uint8_t)get_bits(words, at, 4);
    info->group_index = (uint8_t)get_bits(words, at, 4);
    info->group_threshold = (uint8_t)(get_bits(words, at, 4) + 1);
    info->group_count = (uint8_t)(get_bits(words, at, 4) + 1);
    info->member_index = (uint8_t)get_bits(words, at, 4);
    info->member_threshold = (uint8_t)(get_bits(words, at, 4) + 1);
}

static mien_status parse_words(share *out, const uint16_t *words, size_t count, size_t number,
                               mien_error *error) {
    size_t at = 0, value_words = count - HEADER_WORDS - CHECKSUM_WORDS;
    size_t padding = WORD_BITS * value_words % 16;
    read_header(&out->info, words, &at);
    out->length = (WORD_BITS * value_words - padding) / 8;
    if (polymod(out->info.extendable, words, count) != 1)
        return mien_fail(error, MIEN_AUTHENTICATION, "share %zu: the checksum does not fit",
                         number);
    if (padding > 8 || get_bits(words, &at, (unsigned)padding) != 0 ||
        out->length > MIEN_SLIP39_SECRET_MAX || out->length < MIEN_SLIP39_SECRET_MIN)
        return mien_fail(error, MIEN_FORMAT, "share %zu has a wrong length or padding", number);
    if (out->info.group_threshold > out->info.group_count ||
        out->info.group_index >= out->info.group_count)
        return mien_fail(error, MIEN_FORMAT, "share %zu contradicts itself about groups", number);
    for (size_t i = 0; i < out->length; i++) out->value[i] = (uint8_t)get_bits(words, &at, 8);
    return MIEN_OK;
}

static mien_status parse_share(share *out, const char *sentence, size_t number, mien_error *error) {
    uint16_t words[WORDS_MAX] = {0};
    size_t count;
    memset(out, 0, sizeof *out);
    mien_status status = read_words(words, &count, sentence, number, error);
    if (status == MIEN_OK) status = parse_words(out, words, count, number, error);
    mien_wipe(words, sizeof words);
    return status;
}

mien_status mien_slip39_inspect(mien_slip39_share_info *out, const char *sentence, size_t number,
                                mien_error *error) {
    share s;
    mien_status status = parse_share(&s, sentence, number, error);
    if (status == MIEN_OK) *out = s.info;
    mien_wipe(&s, sizeof s);
    return status;
}

/* Same backup? Same group, then also the same member threshold and another member. */
static mien_status check_pair(const share *a, const share *b, size_t number, mien_error *error) {
    const mien_slip39_share_info *x = &a->info, *y = &b->info;
    if (x->identifier != y->identifier || x->extendable != y->extendable ||
        x->iteration_exponent != y->iteration_exponent || a->length != b->length ||
        x->group_threshold != y->group_threshold || x->group_count != y->group_count)
        return mien_fail(error, MIEN_FORMAT, "share %zu belongs to another backup", number);
    if (x->group_index != y->group_index) return MIEN_OK;
    if (x->member_threshold != y->member_threshold)
        return mien_fail(error, MIEN_FORMAT, "share %zu contradicts the others of its group",
                         number);
    if (x->member_index == y->member_index)
        return mien_fail(error, MIEN_FORMAT, "share %zu is there twice", number);
    return MIEN_OK;
}

/* One group's value: exactly as many members as its threshold. */
static mien_status join_group(point *out, const share *shares, size_t count, uint8_t group,
                              mien_error *error) {
    point members[MIEN_SLIP39_SHARES];
    size_t found = 0, needed = 0, length = shares[0].length;
    for (size_t i = 0; i < count; i++) {
        if (shares[i].info.group_index != group) continue;
        needed = shares[i].info.member_threshold;
        members[found].x = shares[i].info.member_index;
        memcpy(members[found++].y, shares[i].value, length);
    }
    mien_status status = MIEN_OK;
    if (found != needed)
        status = mien_fail(error, MIEN_FORMAT, "group %u needs exactly %zu shares, not %zu",
                           group + 1u, needed, found);
    out->x = group;
    if (status == MIEN_OK) status = join_secret(out->y, members, found, length);
    if (status == MIEN_AUTHENTICATION)
        status = mien_fail(error, status, "the shares of group %u do not fit together", group + 1u);
    mien_wipe(members, sizeof members);
    return status;
}

static mien_status join_groups(uint8_t *secret, const share *shares, size_t count,
                               mien_error *error) {
    point groups[MIEN_SLIP39_SHARES];
    size_t found = 0, needed = shares[0].info.group_threshold;
    mien_status status = MIEN_OK;
    for (uint8_t g = 0; status == MIEN_OK && g < MIEN_SLIP39_SHARES; g++) {
        bool present = false;
        for (size_t i = 0; i < count; i++) present |= shares[i].info.group_index == g;
        if (present) status = join_group(&groups[found++], shares, count, g, error);
    }
    if (status == MIEN_OK && found != needed)
        status = mien_fail(error, MIEN_FORMAT, "shares of exactly %zu groups are needed, not %zu",
                           needed, found);
    if (status == MIEN_OK) {
        status = join_secret(secret, groups, found, shares[0].length);
        if (status == MIEN_AUTHENTICATION)
            status = mien_fail(error, status, "the groups do not fit together");
    }
    mien_wipe(groups, sizeof groups);
    return status;
}

static mien_status read_shares(share *shares, const char *const *sentences, size_t count,
                               mien_error *error) {
    for (size_t i = 0; i < count; i++) {
        MIEN_TRY(parse_share(&shares[i], sentences[i], i + 1, error));
        for (size_t j = 0; j < i; j++) MIEN_TRY(check_pair(&shares[j], &shares[i], i + 1, error));
    }
    return MIEN_OK;
}

mien_status mien_slip39_combine(uint8_t secret[MIEN_SLIP39_SECRET_MAX], size_t *length,
                                const char *const *sentences, size_t count, const char *passphrase,
                                mien_error *error) {
    share shares[SHARES_MAX];
    const char *given = passphrase != NULL ? passphrase : "";
    memset(secret, 0, MIEN_SLIP39_SECRET_MAX);
    *length = 0;
    if (count == 0 || count > SHARES_MAX)
        return mien_fail(error, MIEN_FORMAT, "no shares, or more than there can be");
    if (check_passphrase(given) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "the passphrase may have printable ASCII only");
    mien_status status = read_shares(shares, sentences, count, error);
    if (status == MIEN_OK) status = join_groups(secret, shares, count, error);
    if (status == MIEN_OK) {
        *length = shares[0].length;
        feistel(secret, *length, true, &shares[0].info, given);
    } else {
        mien_wipe(secret, MIEN_SLIP39_SECRET_MAX);
    }
    mien_wipe(shares, sizeof shares);
    return status;
}

static mien_status check_groups(const mien_slip39_group *groups, size_t count, unsigned threshold) {
    if (count < 1 || count > MIEN_SLIP39_SHARES || threshold < 1 || threshold > count)
        return MIEN_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (groups[i].count < 1 || groups[i].count > MIEN_SLIP39_SHARES ||
            groups[i].threshold < 1 || groups[i].threshold > groups[i].count ||
            (groups[i].threshold == 1 && groups[i].count > 1))
            return MIEN_ARGUMENT;
    return MIEN_OK;
}

/* All shares of one group, from the group's value. */
static mien_status write_group(char (*sentences)[MIEN_SLIP39_SENTENCE_SIZE], share *s,
                               const uint8_t *value, const mien_slip39_group *group,
                               const mien_random *random) {
    uint8_t members[MIEN_SLIP39_SHARES][MIEN_SLIP39_SECRET_MAX];
    mien_status status =
        split_secret(members, group->threshold, group->count, value, s->length, random);
    s->info.member_threshold = group->threshold;
    for (uint8_t m = 0; status == MIEN_OK && m < group->count; m++) {
        s->info.member_index = m;
        memcpy(s->value, members[m], s->length);
        write_sentence(sentences[m], s);
    }
    mien_wipe(members, sizeof members);
    return status;
}

static mien_status split_all(char (*sentences)[MIEN_SLIP39_SENTENCE_SIZE], share *s,
                             const uint8_t *encrypted, const mien_slip39_group *groups,
                             const mien_random *random) {
    uint8_t values[MIEN_SLIP39_SHARES][MIEN_SLIP39_SECRET_MAX];
    mien_status status = split_secret(values, s->info.group_threshold, s->info.group_count,
                                      encrypted, s->length, random);
    for (uint8_t g = 0; status == MIEN_OK && g < s->info.group_count; g++) {
        s->info.group_index = g;
        status = write_group(sentences, s, values[g], &groups[g], random);
        sentences += groups[g].count;
    }
    mien_wipe(values, sizeof values);
    return status;
}

mien_status mien_slip39_split(char (*sentences)[MIEN_SLIP39_SENTENCE_SIZE], const uint8_t *secret,
                              size_t length, const char *passphrase, unsigned iteration_exponent,
                              unsigned group_threshold, const mien_slip39_group *groups,
                              size_t group_count, const mien_random *random) {
    uint8_t encrypted[MIEN_SLIP39_SECRET_MAX], identifier[2];
    const char *given = passphrase != NULL ? passphrase : "";
    share s = {.length = length};
    size_t total = 0;
    MIEN_TRY(check_groups(groups, group_count, group_threshold));
    MIEN_TRY(check_passphrase(given));
    if (length < MIEN_SLIP39_SECRET_MIN || length > MIEN_SLIP39_SECRET_MAX || length % 2 != 0 ||
        iteration_exponent > 15)
        return MIEN_ARGUMENT;
    for (size_t i = 0; i < group_count; i++) total += groups[i].count;
    mien_status status = mien_random_fill(random, identifier, sizeof identifier);
    if (status == MIEN_OK) {
        s.info.identifier = (uint16_t)(mien_load_le16(identifier) & 0x7fff);
        s.info.extendable =
            true; /* sets of shares made later with other ids give the same secret */
        s.info.iteration_exponent = (uint8_t)iteration_exponent;
        s.info.group_threshold = (uint8_t)group_threshold;
        s.info.group_count = (uint8_t)group_count;
        memcpy(encrypted, secret, length);
        feistel(encrypted, length, false, &s.info, given);
        status = split_all(sentences, &s, encrypted, groups, random);
    }
    if (status != MIEN_OK) mien_wipe(sentences, total * MIEN_SLIP39_SENTENCE_SIZE);
    mien_wipe(encrypted, sizeof encrypted);
    mien_wipe(&s, sizeof s);
    return status;
}
