/*
 * fold.h
 *	  The form in which clientele compares text: NFKC, case, diacritics,
 *	  Cyrillic and Greek to Latin.
 *
 * Pure kernels: no server header, no allocation, no error raised, no state.
 * All of them read UTF-8 of any length and write UTF-8 without a trailing
 * zero.  Broken UTF-8 cannot hurt them (each bad byte counts as a word break).
 *
 * Sizes work as in snprintf: the result is the length the full answer needs.
 * Is it larger than the capacity, then what stands in dst is worthless and the
 * call is repeated with a larger buffer.  CLT_FOLD_BOUND(len) bytes are always
 * enough; for names three times the length plus 16 nearly always is.
 *
 * See doc/text.md for the rules.
 */
#ifndef CLT_TEXT_FOLD_H
#define CLT_TEXT_FOLD_H

#include <stddef.h>

/*
 * Version of the rules.  It goes up whenever any input folds differently than
 * before; whoever stores folded text stores this number with it.
 */
#define CLT_FOLD_VERSION		1

/* Largest possible result: U+FDFA needs 3 bytes and becomes 33. */
#define CLT_FOLD_BOUND(len)		((size_t) (len) * 12 + 16)

/* Nobody has more loose forms than this. */
#define CLT_FOLD_KEYS_MAX		18

/* A piece of a buffer. */
typedef struct CltSpan
{
	size_t		off;
	size_t		len;
} CltSpan;

/* Writes the strict form of src; returns the length it needs. */
extern size_t clt_fold_utf8(const char *src, size_t len,
							char *dst, size_t dstcap);

/*
 * Writes the loose forms of src, one behind the other, and where each lies:
 * distinct and in byte order, the strict form among them.  Returns their
 * number, or -1 when dstcap is too small; *need is then the capacity to come
 * back with (otherwise the bytes used).  Text that folds to nothing has one
 * form, the empty one.
 */
extern int	clt_fold_keys_utf8(const char *src, size_t len,
							   char *dst, size_t dstcap, size_t *need,
							   CltSpan keys[CLT_FOLD_KEYS_MAX]);

#endif							/* CLT_TEXT_FOLD_H */
