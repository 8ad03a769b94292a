/*
 * words.h
 *		A value as folded words: what the normalisers of the kinds share.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_WORDS_H
#define CLT_LINKAGE_WORDS_H

#include "linkage/normalize.h"

#define CLT_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline bool
clt_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* words.c */
extern bool clt_in_list(const char *const *list, size_t n, const char *s, size_t len);
extern size_t clt_fold_words(const char *src, size_t len, char *dst);
extern void clt_split_words(CltNormal *out);
extern void clt_keep_words(CltNormal *out, const bool *keep);
extern uint64_t clt_joined_hash(const CltNormal *out);

/* normalize_contact.c */
extern bool clt_normalize_email(CltNormal *out, const char *src, size_t len);
extern bool clt_normalize_phone(CltNormal *out, const char *src, size_t len);

/* normalize_address.c */
extern bool clt_normalize_house_number(CltNormal *out, const char *src, size_t len);
extern bool clt_normalize_street(CltNormal *out, const char *src, size_t len);

#endif
