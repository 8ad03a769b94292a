/*
 * words.h
 *		A value as folded words: what the normalisers of the kinds share.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_WORDS_H
#define CLT_LINKAGE_WORDS_H

#include <string.h>

#include "linkage/normalize.h"

#define CLT_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline bool
clt_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Words of lists are shorter than this. */
#define CLT_WORD_LENGTHS 20

/* A list of words that nearly every value is asked for and few are in: those of one length with a comma between. */
typedef struct CltWords
{
	const char *of_length[CLT_WORD_LENGTHS];
} CltWords;

/* clt_in_words tells whether a text is one of a list. */
static inline bool
clt_in_words(const CltWords *words, const char *s, size_t len)
{
	const char *word = len < CLT_WORD_LENGTHS ? words->of_length[len] : NULL;

	for (; word; word = word[len] ? word + len + 1 : NULL)
		if (word[0] == s[0] && memcmp(word, s, len) == 0)
			return true;
	return false;
}

/* word_lists.c */
extern const CltWords clt_placeholders;
extern const CltWords clt_unnamed;
extern const CltWords clt_titles;
extern const CltWords clt_male;
extern const CltWords clt_female;
extern const CltWords clt_role_mailboxes;
extern const CltWords clt_hints;
extern const CltWords clt_date_words;

/* words.c */
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
