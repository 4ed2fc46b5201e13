/* SPDX-License-Identifier: MIT */
/* Sizes, amounts and a review in words. */
#include <inttypes.h>
#include <stdio.h>

#include "wallet/bitcoin/review_parts.h"
#include "wallet/encoding/hex.h"

#define SATOSHIS_PER_COIN 100000000u
#define SIGNATURE_BYTES 72 /* DER with its sighash type: 71 or 72 */
#define LOCK_TIME_THRESHOLD 500000000u

static size_t multisig_weight(const mien_lock *lock) {
    size_t m = (size_t)lock->multisig.required;
    if (lock->type == MIEN_SCRIPT_P2SH)
        return 4 * (1 + m * (1 + SIGNATURE_BYTES) + 3 + lock->redeem.length + 2);
    size_t witness = 2 + m * (1 + SIGNATURE_BYTES) + 3 + lock->witness.length;
    return witness + (lock->nested ? 4 * 35 : 0);
}

size_t mien_input_weight(const mien_psbt *psbt, size_t input, const mien_lock *lock) {
    const mien_psbt_map *map = &psbt->inputs[input];
    const mien_psbt_entry *script = mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTSIG);
    const mien_psbt_entry *witness = mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS);
    if (script != NULL || witness != NULL)
        return (script != NULL ? 4 * script->value.length : 0) +
               (witness != NULL ? witness->value.length : 1);
    if (lock->has_multisig) return multisig_weight(lock);
    size_t key_and_signature = 2 + SIGNATURE_BYTES + MIEN_PUBLIC_KEY_SIZE;
    switch (lock->type) {
    case MIEN_SCRIPT_P2PKH:
        return 4 * key_and_signature + 1;
    case MIEN_SCRIPT_P2SH_P2WPKH:
        return 4 * 23 + 1 + key_and_signature;
    case MIEN_SCRIPT_P2WPKH:
        return 1 + key_and_signature;
    case MIEN_SCRIPT_P2TR:
        return 2 + 64;
    default:
        return 1;
    }
}

uint64_t mien_dust_limit(mien_view script) {
    bool segwit = script.length >= 4 && script.length <= 42 &&
                  script.data[1] == script.length - 2 &&
                  (script.data[0] == 0 || (script.data[0] >= 0x51 && script.data[0] <= 0x60));
    return 3 * (9 + script.length + (segwit ? 67 : 148));
}

void mien_bitcoin_amount_text(char out[MIEN_AMOUNT_TEXT], uint64_t satoshis,
                              mien_bitcoin_network network) {
    snprintf(out, MIEN_AMOUNT_TEXT, "%" PRIu64 ".%08" PRIu64 " %s", satoshis / SATOSHIS_PER_COIN,
             satoshis % SATOSHIS_PER_COIN, mien_bitcoin_parameters(network)->unit);
}

static const char *owner_words(mien_bitcoin_owner owner, bool input) {
    switch (owner) {
    case MIEN_OWNER_CHANGE:
        return "change, back to this wallet";
    case MIEN_OWNER_RECEIVE:
        return input ? "ours" : "to this wallet";
    case MIEN_OWNER_SHARED:
        return "shared with other signers";
    default:
        return input ? "not ours" : "leaves this wallet";
    }
}

static void input_words(mien_text *text, const mien_bitcoin_review *review, size_t number) {
    const mien_bitcoin_review_input *input = &review->inputs[number];
    char amount[MIEN_AMOUNT_TEXT], path[MIEN_HD_PATH_TEXT];
    mien_bitcoin_amount_text(amount, input->amount, review->network);
    mien_hd_path_text(path, &input->path);
    bool ours = input->owner != MIEN_OWNER_OTHER;
    mien_text_append(text, "  from  %s  %s\n        %s, %s%s%s%s%s\n", amount,
                     input->address[0] != '\0' ? input->address : "(no address)",
                     owner_words(input->owner, true), mien_bitcoin_script_name(input->type),
                     ours ? ", " : "", ours ? path : "", input->is_signed ? ", signed" : "",
                     input->proven ? "" : ", amount not proven by its transaction");
}

/* OP_RETURN data as hex, since it may be anything. */
static void data_words(mien_text *text, mien_view script) {
    char hex[2 * 83 + 1];
    size_t shown = script.length < 83 ? script.length : 83;
    mien_hex_encode(hex, script.data, shown);
    mien_text_append(text, "        script %s%s\n", hex, shown < script.length ? "..." : "");
}

static void output_words(mien_text *text, const mien_bitcoin_review *review, size_t number) {
    const mien_bitcoin_review_output *output = &review->outputs[number];
    char amount[MIEN_AMOUNT_TEXT], path[MIEN_HD_PATH_TEXT];
    mien_bitcoin_amount_text(amount, output->amount, review->network);
    mien_hd_path_text(path, &output->path);
    bool ours = output->owner != MIEN_OWNER_OTHER;
    mien_text_append(text, "  to    %s  %s\n        %s, %s%s%s\n", amount,
                     output->address[0] != '\0' ? output->address : "(no address)",
                     owner_words(output->owner, false), mien_bitcoin_script_name(output->type),
                     ours ? ", " : "", ours ? path : "");
    if (output->address[0] == '\0') data_words(text, output->script);
}

static void note_words(mien_text *text, const mien_bitcoin_review *review) {
    static const struct {
        mien_bitcoin_note note;
        const char *words;
    } list[] = {
        {MIEN_NOTE_REPLACEABLE, "can be replaced by a version with a higher fee until confirmed"},
        {MIEN_NOTE_RELATIVE_LOCK, "an input must reach an age before the network takes this"},
        {MIEN_NOTE_FOREIGN_INPUTS, "some inputs belong to others; they must sign, too"},
        {MIEN_NOTE_UNPROVEN, "an amount rests on the PSBT alone; our signatures commit to it"},
        {MIEN_NOTE_MULTISIG, "this wallet is one of several signers"},
        {MIEN_NOTE_HIGH_INDEX,
         "an address of ours has a very high index: other wallets may miss it"},
        {MIEN_NOTE_DATA, "carries data on the chain"},
        {MIEN_NOTE_DUST, "an output is so small that nodes may not pass it on"}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if ((review->notes & (unsigned)list[i].note) != 0)
            mien_text_append(text, "  note: %s\n", list[i].words);
    if ((review->notes & MIEN_NOTE_LOCKED) == 0) return;
    bool height = review->lock_time < LOCK_TIME_THRESHOLD;
    mien_text_append(text, "  note: not valid before %s %u\n", height ? "block" : "unix time",
                     (unsigned)review->lock_time);
}

mien_status mien_bitcoin_review_words(const char **out, mien_bitcoin_review *review) {
    mien_text text = {.arena = &review->arena};
    char spent[MIEN_AMOUNT_TEXT], fee[MIEN_AMOUNT_TEXT], digest[65];
    mien_bitcoin_amount_text(spent, review->spent, review->network);
    mien_bitcoin_amount_text(fee, review->fee, review->network);
    mien_hex_encode(digest, review->digest, 32);
    mien_text_append(&text, "Bitcoin transaction on %s\n",
                     mien_bitcoin_parameters(review->network)->name);
    for (size_t i = 0; i < review->input_count; i++) input_words(&text, review, i);
    for (size_t i = 0; i < review->output_count; i++) output_words(&text, review, i);
    mien_text_append(&text, "  leaves this wallet: %s\n", spent);
    mien_text_append(&text, "  fee: %s (%" PRIu64 ".%03" PRIu64 " sat/vB, about %zu vbytes)\n", fee,
                     review->fee_rate / 1000, review->fee_rate % 1000, review->virtual_size);
    note_words(&text, review);
    mien_text_append(&text, "  digest: %s\n", digest);
    if (text.status == MIEN_OK) *out = text.start;
    return text.status;
}
