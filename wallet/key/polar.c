/* SPDX-License-Identifier: MIT */
/* The 32 paths are 32 lanes: every array is [position][lane], so a decoding step is the same few
 * operations on all lanes, and choosing the survivors is a sorting network followed by a masked
 * copy from every lane to every lane. */
#include "wallet/key/polar.h"

#include "platform/base/bytes.h"

#define LANES MIEN_POLAR_LIST
#define ROWS MIEN_POLAR_MAX_LENGTH
/* Cost of the lanes that no path has reached yet: above every real cost (at most 128 * 32767), and
 * twice that still fits below 2^31. */
#define UNREACHED ((int32_t)1 << 30)

typedef struct workspace {
    /* Soft values of a node with 2^l leaves at rows 2^l .. 2^(l+1)-1 (row 0 unused), as in a heap:
     * only one node a level is open at a time. */
    int32_t soft[2 * ROWS][LANES];
    /* take[from][to]: all ones where lane `to` goes on from `from`, in both widths */
    int32_t take[LANES][LANES];
    int8_t take_bits[LANES][LANES];
    int32_t cost[LANES];
    int64_t order[2 * LANES]; /* cost << 6 | bit << 5 | lane */
    int8_t bits[ROWS][LANES]; /* 0 or -1; finished subtrees hold their partial codeword */
} workspace;

size_t mien_polar_workspace_size(void) {
    return (sizeof(workspace) + 63) & ~(size_t)63;
}

static unsigned is_information(const mien_polar_code *code, unsigned row) {
    return (unsigned)(code->information[row / 64] >> row % 64) & 1;
}

unsigned mien_polar_message_bits(const mien_polar_code *code) {
    unsigned count = 0;
    for (unsigned row = 0; row < 1u << code->levels; row++) count += is_information(code, row);
    return count;
}

void mien_polar_encode(uint8_t *bits, const mien_polar_code *code, uint64_t message) {
    unsigned length = 1u << code->levels;
    for (unsigned row = 0, bit = 0; row < length; row++) {
        unsigned used = is_information(code, row);
        bits[row] = (uint8_t)((message >> bit & 1) & used);
        bit += used;
    }
    for (unsigned half = 1; half < length; half *= 2)
        for (unsigned i = 0; i < length; i++)
            if ((i & half) == 0) bits[i] ^= bits[i + half];
}

/* All ones when negative. Arithmetic shifts, here and below, instead of comparisons: no compiler
 * makes a branch of them. */
static inline int32_t negative(int32_t x) {
    return x >> 31;
}

/* sign(a) sign(b) min(|a|, |b|) */
static inline int32_t check_node(int32_t a, int32_t b) {
    int32_t x = (a ^ negative(a)) - negative(a), y = (b ^ negative(b)) - negative(b);
    int32_t least = y ^ ((x ^ y) & negative(x - y)), sign = negative(a ^ b);
    return (least ^ sign) - sign;
}

static void soft_left(int32_t (*restrict out)[LANES], int32_t (*restrict in)[LANES],
                      unsigned half) {
    for (unsigned i = 0; i < half; i++)
        for (unsigned p = 0; p < LANES; p++) out[i][p] = check_node(in[i][p], in[i + half][p]);
}

static void soft_right(int32_t (*restrict out)[LANES], int32_t (*restrict in)[LANES],
                       int8_t (*restrict left)[LANES], unsigned half) {
    for (unsigned i = 0; i < half; i++)
        for (unsigned p = 0; p < LANES; p++) {
            int32_t flip = left[i][p];
            out[i][p] = in[i + half][p] + ((in[i][p] ^ flip) - flip);
        }
}

/* Bitonic sorting network, ascending. Keys stay below 2^38, so differences do not overflow. */
static void sort_keys(int64_t key[2 * LANES]) {
    for (unsigned run = 2; run <= 2 * LANES; run *= 2)
        for (unsigned step = run / 2; step > 0; step /= 2)
            for (unsigned i = 0; i < 2 * LANES; i++) {
                if ((i & step) != 0) continue; /* positions, not values */
                int64_t low = key[i], high = key[i + step];
                int64_t wrong = (i & run) == 0 ? (high - low) >> 63 : (low - high) >> 63;
                __asm__("" : "+r"(wrong)); /* clang makes a branch of a mask that it sees through */
                int64_t change = (low ^ high) & wrong;
                key[i] = low ^ change;
                key[i + step] = high ^ change;
            }
}

static void move_soft_row(int32_t row[LANES], int32_t (*restrict take)[LANES]) {
    int32_t moved[LANES] = {0};
    for (unsigned from = 0; from < LANES; from++)
        for (unsigned to = 0; to < LANES; to++) moved[to] |= row[from] & take[from][to];
    memcpy(row, moved, sizeof moved);
}

static void move_bit_row(int8_t row[LANES], int8_t (*restrict take)[LANES]) {
    int8_t moved[LANES] = {0};
    for (unsigned from = 0; from < LANES; from++)
        for (unsigned to = 0; to < LANES; to++) moved[to] |= row[from] & take[from][to];
    memcpy(row, moved, sizeof moved);
}

/* Each survivor takes over the state of the lane it comes from, as far as it is still needed: the
 * soft values of the nodes whose right half is to come (those that have `leaf` in their left half;
 * the root is the same in all lanes), and the bits decided so far. */
static void move_lanes(workspace *w, unsigned levels, unsigned leaf) {
    for (unsigned from = 0; from < LANES; from++)
        for (unsigned to = 0; to < LANES; to++) {
            int32_t source = (int32_t)(w->order[to] & (LANES - 1));
            w->take[from][to] = negative((source ^ (int32_t)from) - 1);
            w->take_bits[from][to] = (int8_t)w->take[from][to];
        }
    for (unsigned level = 1; level < levels; level++)
        for (unsigned row = 1u << level; row < 2u << level && (leaf >> (level - 1) & 1) == 0; row++)
            move_soft_row(w->soft[row], w->take);
    for (unsigned row = 0; row < leaf; row++) move_bit_row(w->bits[row], w->take_bits);
}

/* Both values of the bit for every path, then the 32 cheapest of the 64. */
static void decide_information(workspace *w, unsigned levels, unsigned leaf) {
    const int32_t *soft = w->soft[1];
    for (unsigned p = 0; p < LANES; p++) {
        int64_t zero = w->cost[p] + (-soft[p] & negative(soft[p]));
        int64_t one = w->cost[p] + (soft[p] & negative(-soft[p]));
        w->order[p] = zero << 6 | p;
        w->order[LANES + p] = one << 6 | LANES | p;
    }
    sort_keys(w->order);
    move_lanes(w, levels, leaf);
    for (unsigned p = 0; p < LANES; p++) {
        w->cost[p] = (int32_t)(w->order[p] >> 6);
        w->bits[leaf][p] = (int8_t) - (int)(w->order[p] >> 5 & 1);
    }
}

static void decide_frozen(workspace *w, unsigned leaf) {
    const int32_t *soft = w->soft[1];
    for (unsigned p = 0; p < LANES; p++) {
        w->cost[p] += -soft[p] & negative(soft[p]);
        w->bits[leaf][p] = 0;
    }
}

/* Decode the node of 2^level leaves that starts at `first`; its soft values are in place. */
static void decode_node(workspace *w, const mien_polar_code *code, unsigned level, unsigned first) {
    if (level == 0) {
        if (is_information(code, first))
            decide_information(w, code->levels, first);
        else
            decide_frozen(w, first);
        return;
    }
    unsigned half = 1u << (level - 1);
    soft_left(w->soft + half, w->soft + 2 * half, half);
    decode_node(w, code, level - 1, first);
    soft_right(w->soft + half, w->soft + 2 * half, w->bits + first, half);
    decode_node(w, code, level - 1, first + half);
    for (unsigned i = first; i < first + half; i++)
        for (unsigned p = 0; p < LANES; p++) w->bits[i][p] ^= w->bits[i + half][p];
}

/* The transform is its own inverse: from codewords back to rows, then the message bits. */
static void read_messages(uint64_t messages[LANES], workspace *w, const mien_polar_code *code) {
    unsigned length = 1u << code->levels;
    for (unsigned half = 1; half < length; half *= 2)
        for (unsigned i = 0; i < length; i++)
            for (unsigned p = 0; p < LANES && (i & half) == 0; p++)
                w->bits[i][p] ^= w->bits[i + half][p];
    memset(messages, 0, LANES * sizeof *messages);
    for (unsigned row = 0, bit = 0; row < length; row++) {
        if (!is_information(code, row)) continue;
        for (unsigned p = 0; p < LANES; p++) messages[p] |= (uint64_t)(w->bits[row][p] & 1) << bit;
        bit++;
    }
}

void mien_polar_decode(uint64_t messages[MIEN_POLAR_LIST], int32_t costs[MIEN_POLAR_LIST],
                       const mien_polar_code *code, const int32_t *soft, void *memory) {
    workspace *w = memory;
    unsigned length = 1u << code->levels;
    for (unsigned i = 0; i < length; i++)
        for (unsigned p = 0; p < LANES; p++) w->soft[length + i][p] = soft[i];
    for (unsigned p = 0; p < LANES; p++) w->cost[p] = p == 0 ? 0 : UNREACHED;
    decode_node(w, code, code->levels, 0);
    read_messages(messages, w, code);
    memcpy(costs, w->cost, sizeof w->cost);
    mien_wipe(w, sizeof *w);
}
