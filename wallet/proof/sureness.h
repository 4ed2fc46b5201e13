/* SPDX-License-Identifier: MIT */
/* How sure a proof file makes its reader: every term of the soundness error, and their total. */
#ifndef MIEN_WALLET_PROOF_SURENESS_H
#define MIEN_WALLET_PROOF_SURENESS_H

#include "wallet/proof/face.h"

#define MIEN_SURENESS_TERMS 48

typedef struct mien_sureness {
    mien_security_term terms[MIEN_SURENESS_TERMS];
    size_t count; /* 1.. ; the last term is the total */
} mien_sureness;

/* Of match proofs. MIEN_INTERNAL when there are more terms than fit: a total that is not there must
 * not be taken for one of 0 bits. */
MIEN_MUST_CHECK mien_status mien_sureness_of_match(mien_sureness *sureness, mien_error *error);
/* Of face proofs about this network with a set of parameters by its number in the proof file.
 * Errors as above; MIEN_ARGUMENT for a number that is no set's. */
MIEN_MUST_CHECK mien_status mien_sureness_of_face(mien_sureness *sureness,
                                                  const mien_proof_face *face, uint32_t parameters,
                                                  mien_error *error);
const mien_security_term *mien_sureness_total(const mien_sureness *sureness);

/* What a relying party may ask for: proven bits without grinding. 100 is what every set has. */
#define MIEN_SURENESS_LEAST 100
#define MIEN_SURENESS_MOST 128
/* MIEN_OK when the total has `bits` or more; MIEN_PROOF_INVALID with both numbers in its words. */
MIEN_MUST_CHECK mien_status mien_sureness_enough(const mien_security_term *total, unsigned bits,
                                                 mien_error *error);

#endif
