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

/*
 * A list of words that nearly every value is asked for and few are in: what its words begin with and how long they
 * are is noted when it is first asked.
 */
typedef struct CltWords
{
	const char *const *word;
	size_t		n;
	bool		noted;
	uint64_t	lengths[256];	/* by first byte: a bit a length */
} CltWords;

#define CLT_WORDS(list) {.word = list, .n = CLT_LENGTH(list)}

/* words.c */
extern bool clt_find_word(const CltWords *words, const char *s, size_t len);
extern void clt_note_words(CltWords *words);
extern size_t clt_fold_words(const char *src, size_t len, char *dst);
extern void clt_split_words(CltNormal *out);
extern void clt_keep_words(CltNormal *out, const bool *keep);
extern uint64_t clt_joined_hash(const CltNormal *out);

/* clt_in_words tells whether a text is one of a list. */
static inline bool
clt_in_words(CltWords *words, const char *s, size_t len)
{
	if (!words->noted)
		clt_note_words(words);
	return (words->lengths[len > 0 ? (unsigned char) s[0] : 0] >> (len & 63) & 1) && clt_find_word(words, s, len);
}

/* normalize_contact.c */
extern bool clt_normalize_email(CltNormal *out, const char *src, size_t len);
extern bool clt_normalize_phone(CltNormal *out, const char *src, size_t len);

/* normalize_address.c */
extern bool clt_normalize_house_number(CltNormal *out, const char *src, size_t len);
extern bool clt_normalize_street(CltNormal *out, const char *src, size_t len);

#endif
