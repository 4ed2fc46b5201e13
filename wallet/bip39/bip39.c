/* SPDX-License-Identifier: MIT */
#include "wallet/bip39/bip39.h"

#include <utf8proc.h>

#include "platform/base/bytes.h"
#include "wallet/bip39/words.h"
#include "wallet/hash/hash.h"

#define WORD_BITS 11
#define WORDS_MAX 24
#define ITERATIONS 2048
/* Longest typed word that is looked at; longer ones are unknown anyway. */
#define TYPED_MAX 16

static const char salt_prefix[] = "mnemonic";
#define SALT_PREFIX_LENGTH (sizeof salt_prefix - 1)

const char *mien_bip39_word(size_t index) {
    return index < MIEN_BIP39_WORDS ? mien_bip39_english[index] : "";
}

/* Bits [at, at + 11) of a big-endian bit string. */
static uint32_t bits_at(const uint8_t *bytes, size_t at) {
    uint32_t value = 0;
    for (size_t i = at; i < at + WORD_BITS; i++)
        value = value << 1 | (bytes[i / 8] >> (7 - i % 8) & 1u);
    return value;
}

/* Copy word `index` out of the list while reading all of it. Returns its length. */
static size_t select_word(char out[MIEN_BIP39_WORD_MAX], uint32_t index) {
    size_t length = 0;
    memset(out, 0, MIEN_BIP39_WORD_MAX);
    for (uint32_t i = 0; i < MIEN_BIP39_WORDS; i++) {
        uint32_t mask = 0u - (((i ^ index) - 1) >> 31);
        for (int j = 0; j < MIEN_BIP39_WORD_MAX; j++)
            out[j] = (char)(out[j] | (char)((uint8_t)mien_bip39_english[i][j] & mask));
    }
    for (int j = 0; j < MIEN_BIP39_WORD_MAX; j++) length += (size_t)(out[j] != 0);
    return length;
}

/* Number of the word, or MIEN_BIP39_WORDS; reads the whole list whatever the word is. */
static uint32_t find_word(const char typed[TYPED_MAX + 1]) {
    uint32_t found = 0, known = 0;
    for (uint32_t i = 0; i < MIEN_BIP39_WORDS; i++) {
        uint32_t difference = (uint8_t)typed[MIEN_BIP39_WORD_MAX];
        for (int j = 0; j < MIEN_BIP39_WORD_MAX; j++)
            difference |= (uint32_t)(uint8_t)(typed[j] ^ mien_bip39_english[i][j]);
        uint32_t mask = 0u - ((difference - 1) >> 31);
        found |= mask & i;
        known |= mask;
    }
    return found | (~known & MIEN_BIP39_WORDS);
}

mien_status mien_bip39_sentence(char sentence[MIEN_BIP39_SENTENCE_SIZE], const uint8_t *entropy,
                                size_t length) {
    uint8_t bits[MIEN_BIP39_ENTROPY_MAX + MIEN_SHA256_SIZE];
    if (length < 16 || length > MIEN_BIP39_ENTROPY_MAX || length % 4 != 0) return MIEN_ARGUMENT;
    memcpy(bits, entropy, length);
    mien_sha256(bits + length, entropy, length);
    memset(sentence, 0, MIEN_BIP39_SENTENCE_SIZE);
    size_t words = length * 3 / 4, used = 0;
    for (size_t i = 0; i < words; i++) {
        char word[MIEN_BIP39_WORD_MAX];
        size_t letters = select_word(word, bits_at(bits, i * WORD_BITS));
        if (i != 0) sentence[used++] = ' ';
        memcpy(sentence + used, word, letters);
        used += letters;
        mien_wipe(word, sizeof word);
    }
    mien_wipe(bits, sizeof bits);
    return MIEN_OK;
}

mien_status mien_bip39_generate(char sentence[MIEN_BIP39_SENTENCE_SIZE], int words,
                                const mien_random *random) {
    uint8_t entropy[MIEN_BIP39_ENTROPY_MAX] = {0};
    if (words != 12 && words != 24) return MIEN_ARGUMENT;
    size_t length = (size_t)words * 4 / 3;
    memset(sentence, 0, MIEN_BIP39_SENTENCE_SIZE);
    mien_status status = mien_random_fill(random, entropy, length);
    if (status == MIEN_OK) status = mien_bip39_sentence(sentence, entropy, length);
    mien_wipe(entropy, sizeof entropy);
    return status;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Next word in lower case, cut after TYPED_MAX letters, filled up with zeros; false at the end. */
static bool next_word(char typed[TYPED_MAX + 1], const char **at) {
    size_t letters = 0;
    memset(typed, 0, TYPED_MAX + 1);
    while (is_blank(**at)) (*at)++;
    for (; **at != '\0' && !is_blank(**at); (*at)++) {
        char c = **at;
        if (letters < TYPED_MAX) typed[letters++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return letters != 0;
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

/* Edit distance with swaps of neighbours counted once. */
static unsigned distance(const char *typed, const char *word) {
    unsigned row[3][MIEN_BIP39_WORD_MAX + 1];
    unsigned columns = (unsigned)strlen(word), rows = (unsigned)strlen(typed);
    for (unsigned j = 0; j <= columns; j++) row[0][j] = j;
    for (unsigned i = 1; i <= rows; i++) {
        unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *two_above = row[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= columns; j++) {
            unsigned best = least(least(above[j], now[j - 1]) + 1,
                                  above[j - 1] + (typed[i - 1] != word[j - 1]));
            if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1])
                best = least(best, two_above[j - 2] + 1);
            now[j] = best;
        }
    }
    return row[rows % 3][columns];
}

static const char *nearest_word(const char *typed) {
    size_t best = 0;
    unsigned least_distance = ~0u;
    for (size_t i = 0; i < MIEN_BIP39_WORDS; i++) {
        unsigned d = distance(typed, mien_bip39_english[i]);
        if (d < least_distance) {
            least_distance = d;
            best = i;
        }
    }
    return mien_bip39_english[best];
}

static void put_bits(uint8_t *bytes, size_t at, uint32_t value) {
    for (size_t i = 0; i < WORD_BITS; i++)
        bytes[(at + i) / 8] |= (uint8_t)((value >> (WORD_BITS - 1 - i) & 1u) << (7 - (at + i) % 8));
}

/* Word numbers as one bit string. */
static mien_status bits_of_words(uint8_t bits[MIEN_BIP39_ENTROPY_MAX + 1], size_t *words,
                                 const char *sentence, mien_error *error) {
    char typed[TYPED_MAX + 1];
    size_t count = 0;
    mien_status status = MIEN_OK;
    while (status == MIEN_OK && next_word(typed, &sentence)) {
        uint32_t index = find_word(typed);
        if (count == WORDS_MAX)
            status = mien_fail(error, MIEN_FORMAT, "the mnemonic has more than 24 words");
        else if (index == MIEN_BIP39_WORDS)
            status = mien_fail(error, MIEN_FORMAT,
                               "word %zu of the mnemonic is not in the list; did you mean \"%s\"?",
                               count + 1, nearest_word(typed));
        else
            put_bits(bits, count++ * WORD_BITS, index);
    }
    mien_wipe(typed, sizeof typed);
    if (status == MIEN_OK && (count < 12 || count % 3 != 0))
        status = mien_fail(error, MIEN_FORMAT,
                           "the mnemonic has %zu words; 12, 15, 18, 21 or 24 are possible", count);
    *words = count;
    return status;
}

mien_status mien_bip39_entropy(uint8_t entropy[MIEN_BIP39_ENTROPY_MAX], size_t *length,
                               const char *sentence, mien_error *error) {
    uint8_t bits[MIEN_BIP39_ENTROPY_MAX + 1] = {0}, check[MIEN_SHA256_SIZE] = {0};
    size_t words;
    memset(entropy, 0, MIEN_BIP39_ENTROPY_MAX);
    *length = 0;
    mien_status status = bits_of_words(bits, &words, sentence, error);
    if (status == MIEN_OK) {
        size_t size = words * 4 / 3;
        mien_sha256(check, bits, size);
        uint8_t mask = (uint8_t)(0xff00u >> words / 3);
        if (((check[0] ^ bits[size]) & mask) != 0) {
            status =
                mien_fail(error, MIEN_AUTHENTICATION,
                          "the mnemonic's checksum does not fit: a word is wrong or misplaced");
        } else {
            memcpy(entropy, bits, size);
            *length = size;
        }
    }
    mien_wipe(bits, sizeof bits);
    mien_wipe(check, sizeof check);
    return status;
}

/* NFKD of a passphrase behind the salt's prefix. No heap: the passphrase is secret. */
static mien_status salt_of(uint8_t salt[SALT_PREFIX_LENGTH + MIEN_BIP39_PASSPHRASE_MAX],
                           size_t *length, const char *passphrase, mien_error *error) {
    utf8proc_int32_t points[MIEN_BIP39_PASSPHRASE_MAX];
    size_t given = strlen(passphrase);
    memcpy(salt, salt_prefix, SALT_PREFIX_LENGTH);
    *length = SALT_PREFIX_LENGTH;
    if (given > MIEN_BIP39_PASSPHRASE_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "the passphrase is longer than %d bytes",
                         MIEN_BIP39_PASSPHRASE_MAX);
    utf8proc_ssize_t count = utf8proc_decompose(
        (const utf8proc_uint8_t *)passphrase, (utf8proc_ssize_t)given, points,
        MIEN_BIP39_PASSPHRASE_MAX, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
    mien_status status = MIEN_OK;
    if (count < 0) status = mien_fail(error, MIEN_FORMAT, "the passphrase is not valid UTF-8");
    for (utf8proc_ssize_t i = 0; status == MIEN_OK && i < count; i++) {
        utf8proc_uint8_t encoded[4];
        size_t size = count > MIEN_BIP39_PASSPHRASE_MAX
                          ? MIEN_BIP39_PASSPHRASE_MAX + 1
                          : (size_t)utf8proc_encode_char(points[i], encoded);
        if (size > SALT_PREFIX_LENGTH + MIEN_BIP39_PASSPHRASE_MAX - *length) {
            status = mien_fail(error, MIEN_TOO_LARGE, "the passphrase is too long once normalised");
        } else {
            memcpy(salt + *length, encoded, size);
            *length += size;
        }
        mien_wipe(encoded, sizeof encoded);
    }
    mien_wipe(points, sizeof points);
    return status;
}

mien_status mien_bip39_seed(uint8_t seed[MIEN_BIP39_SEED_SIZE], const char *sentence,
                            const char *passphrase, mien_error *error) {
    uint8_t entropy[MIEN_BIP39_ENTROPY_MAX];
    uint8_t salt[SALT_PREFIX_LENGTH + MIEN_BIP39_PASSPHRASE_MAX];
    char normal[MIEN_BIP39_SENTENCE_SIZE] = {0};
    size_t length, salt_length = 0;
    memset(seed, 0, MIEN_BIP39_SEED_SIZE);
    mien_status status = mien_bip39_entropy(entropy, &length, sentence, error);
    if (status == MIEN_OK) status = mien_bip39_sentence(normal, entropy, length);
    if (status == MIEN_OK)
        status = salt_of(salt, &salt_length, passphrase != NULL ? passphrase : "", error);
    if (status == MIEN_OK)
        mien_pbkdf2_hmac_sha512(seed, MIEN_BIP39_SEED_SIZE, normal, strlen(normal), salt,
                                salt_length, ITERATIONS);
    mien_wipe(entropy, sizeof entropy);
    mien_wipe(salt, sizeof salt);
    mien_wipe(normal, sizeof normal);
    return status;
}
