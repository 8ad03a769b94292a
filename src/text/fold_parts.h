/*
 * fold_parts.h
 *	  The inside of fold(): between the files src/text/fold*.c alone.
 */
#ifndef CLT_TEXT_FOLD_PARTS_H
#define CLT_TEXT_FOLD_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/utf8.h"
#include "text/fold.h"

/* How a letter is written: strict, second and third form of letters.txt. */
typedef struct FoldLetter
{
	unsigned char script;
	unsigned char len[3];
	char		out[3][5];
} FoldLetter;

/* A finished answer: len bytes of s, or one of the two marks below. */
typedef struct FoldDone
{
	unsigned char len;
	unsigned char feat;
	char		s[7];
} FoldDone;

#define DONE_BREAK		0x80
#define DONE_GENERAL	0x40

#define MARK_ACUTE			0x301
#define MARK_BREVE			0x306
#define MARK_DIAERESIS		0x308
#define MARK_RING			0x30A
#define MARK_PERISPOMENI	0x342

/* What a text contains that has more than one spelling. */
#define FEAT_SPELLED	1		/* ä ö ü å ø */
#define FEAT_SHORT		2		/* ß æ œ */
#define FEAT_CYRILLIC	4
#define FEAT_GREEK		8

/* Which spelling is wanted; all zero is the strict form. */
typedef struct FoldStyle
{
	int			latin;			/* column of letters.txt */
	int			other;			/* the same for Greek and Cyrillic */
} FoldStyle;

/*
 * No language stacks more marks on a letter; hostile text does.  What is over
 * is dropped, which keeps sorting them cheap.  (Unicode's stream-safe format
 * has the same number.)
 */
#define MAX_MARKS		30

typedef struct FoldOut
{
	char	   *dst;
	size_t		cap;
	size_t		n;				/* bytes needed so far, may pass cap */
	bool		pending;		/* a space is due before the next letter */
	unsigned	feat;
} FoldOut;

/* A letter that stays, with its marks, waiting to be composed. */
typedef struct FoldSegment
{
	uint32_t	code[MAX_MARKS + 2];
	unsigned char ccc[MAX_MARKS + 2];
	int			n;
} FoldSegment;

/* Which alphabet the letters of a word are to be read in. */
typedef enum FoldRepair
{
	REPAIR_NONE,
	REPAIR_TO_CYRILLIC,
	REPAIR_TO_GREEK,
	REPAIR_TO_LATIN
} FoldRepair;

/* What the first pass finds out about a word. */
typedef struct FoldWord
{
	FoldRepair	repair;
	bool		plain_cyrillic; /* nothing in it depends on its neighbours */
	bool		serbian;		/* has a letter only Serbian and Macedonian
								 * use */
	bool		macedonian;
	bool		ukrainian;
} FoldWord;

#define ENTRY_KIND(e)	((e) & 7)
#define ENTRY_VALUE(e)	((e) >> 8)

/* fold.c: words of ASCII and Latin letters */
extern size_t clt_fold_run(const char *src, size_t len, char *dst, size_t dstcap, FoldStyle style, unsigned *feat);

/* fold_word.c: all other words */
extern const unsigned char *clt_fold_word(const unsigned char *p, const unsigned char *end, FoldStyle style, FoldOut *out);
extern uint32_t clt_fold_kind(uint32_t c);

/* fold_alphabets.c: twins of letters, or 0; what a word is written in */
extern uint32_t clt_fold_latin_to_cyrillic(uint32_t c);
extern uint32_t clt_fold_cyrillic_to_latin(uint32_t c);
extern uint32_t clt_fold_latin_to_greek(uint32_t c);
extern uint32_t clt_fold_greek_to_latin(uint32_t c);
extern int	clt_fold_majority(int a, int a_sure, int b, int b_sure);
extern void clt_fold_note_language(const unsigned char *p, const unsigned char *end, FoldWord *word);

/* fold_compose.c: letters that stay */
extern void clt_fold_segment_add(FoldSegment *seg, FoldOut *out, uint32_t code, unsigned char ccc);
extern void clt_fold_segment_flush(FoldSegment *seg, FoldOut *out);

/* ---- writing ---- */

static inline void
put_byte(FoldOut *out, unsigned char c)
{
	if (out->n < out->cap)
		out->dst[out->n] = (char) c;
	out->n++;
}

static inline void
put_space(FoldOut *out)
{
	if (out->pending)
	{
		put_byte(out, ' ');
		out->pending = false;
	}
}

static inline void
put_bytes(FoldOut *out, const char *s, size_t len)
{
	size_t		i;

	if (len == 0)
		return;
	put_space(out);
	for (i = 0; i < len; i++)
		put_byte(out, (unsigned char) s[i]);
}

static inline void
put_code(FoldOut *out, uint32_t c)
{
	unsigned char buf[CLT_UTF8_MAX_BYTES];
	int			len = clt_utf8_encode(c, buf);

	put_bytes(out, (const char *) buf, (size_t) len);
}

static inline void
put_break(FoldOut *out)
{
	out->pending = (out->n > 0);
}

/* '&' and '+' stand by themselves: "H&M" and "H & M" are one. */
static inline void
put_word(FoldOut *out, unsigned char c)
{
	put_break(out);
	put_space(out);
	put_byte(out, c);
	out->pending = true;
}

#endif
