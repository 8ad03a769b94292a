/*
 * fold.c
 *	  Folding of text to the form that is compared.
 *
 * Most words are ASCII or Latin: they go through one table look-up a letter.
 * A word that holds anything else is read again from its start by
 * fold_word(), in two passes: the first counts its scripts, to repair letters
 * that were typed in the wrong alphabet; the second decomposes it, writes
 * Greek and Cyrillic as Latin, and composes what is left.
 *
 * Why the result is a fixed point: letters that are known come out as a-z,
 * and a-z fold to themselves.  Letters that are not known come out in NFKC and
 * case-folded, and count for no script, so they cannot change how the letters
 * beside them are read the second time.
 *
 * A pure kernel: see fold.h.
 */
#include "text/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/utf8.h"

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

#include "text/fold_tables.h"

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

/* Reads a word one decomposed code point at a time. */
typedef struct FoldIter
{
	const unsigned char *p;
	const unsigned char *end;
	const unsigned char *start;
	const unsigned char *atom;	/* rest of a decomposition */
	const unsigned char *atom_end;
	FoldRepair	repair;
	bool		short_s;		/* one s for ß */
} FoldIter;

enum
{
	ASCII_DROP,
	ASCII_BREAK,
	ASCII_WORD
};

/*
 * ASCII: a letter or digit stands for itself, the apostrophe and the grave
 * accent vanish, & and + are words, all else breaks words.
 */
static const unsigned char fold_ascii[128] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 2, 0, 1, 1, 1, 2, 1, 1, 1, 1,
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 1, 1, 1, 1, 1, 1,
	1, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 1, 1, 1, 1, 1,
	0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 1, 1, 1, 1, 1
};

static inline uint32_t
fold_entry(uint32_t c)
{
	if (c <= FOLD_LAST_CODE)
		return fold_blocks[(fold_index[c >> 6] << 6) | (c & 63)];
	if (c >= 0xE0000 && c <= 0xE0FFF)
		return FOLD_KIND_DROP;
	return FOLD_KIND_OTHER;
}

#define ENTRY_KIND(e)	((e) & 7)
#define ENTRY_VALUE(e)	((e) >> 8)

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

static void
put_bytes(FoldOut *out, const char *s, size_t len)
{
	size_t		i;

	if (len == 0)
		return;
	put_space(out);
	for (i = 0; i < len; i++)
		put_byte(out, (unsigned char) s[i]);
}

static void
put_code(FoldOut *out, uint32_t c)
{
	unsigned char buf[CLT_UTF8_MAX_BYTES];
	int			len = clt_utf8_encode(c, buf);

	put_bytes(out, (const char *) buf, (size_t) len);
}

static void
put_break(FoldOut *out)
{
	out->pending = (out->n > 0);
}

/* '&' and '+' stand by themselves: "H&M" and "H & M" are one. */
static void
put_word(FoldOut *out, unsigned char c)
{
	put_break(out);
	put_space(out);
	put_byte(out, c);
	out->pending = true;
}

/*
 * Letters that look alike in two alphabets.  Each function answers with the
 * twin, or 0 when the letter has none and so betrays its alphabet.
 */
static uint32_t
latin_to_cyrillic(uint32_t c)
{
	switch (c)
	{
		case 'A':
		case 'a':
			return 0x430;
		case 'B':
			return 0x432;
		case 'C':
		case 'c':
			return 0x441;
		case 'E':
		case 'e':
			return 0x435;
		case 'H':
			return 0x43D;
		case 'I':
		case 'i':
			return 0x456;
		case 'J':
		case 'j':
			return 0x458;
		case 'K':
		case 'k':
			return 0x43A;
		case 'M':
		case 'm':
			return 0x43C;
		case 'O':
		case 'o':
			return 0x43E;
		case 'P':
		case 'p':
			return 0x440;
		case 'S':
		case 's':
			return 0x455;
		case 'T':
		case 't':
			return 0x442;
		case 'X':
		case 'x':
			return 0x445;
		case 'Y':
		case 'y':
			return 0x443;
		default:
			return 0;
	}
}

static uint32_t
cyrillic_to_latin(uint32_t c)
{
	switch (c)
	{
		case 0x410:
		case 0x430:
			return 'a';
		case 0x412:
			return 'b';
		case 0x421:
		case 0x441:
			return 'c';
		case 0x415:
		case 0x435:
			return 'e';
		case 0x41D:
			return 'h';
		case 0x406:
		case 0x456:
			return 'i';
		case 0x408:
		case 0x458:
			return 'j';
		case 0x41A:
		case 0x43A:
			return 'k';
		case 0x41C:
		case 0x43C:
			return 'm';
		case 0x41E:
		case 0x43E:
			return 'o';
		case 0x420:
		case 0x440:
			return 'p';
		case 0x405:
		case 0x455:
			return 's';
		case 0x422:
		case 0x442:
			return 't';
		case 0x425:
		case 0x445:
			return 'x';
		case 0x423:
		case 0x443:
			return 'y';
		default:
			return 0;
	}
}

static uint32_t
latin_to_greek(uint32_t c)
{
	switch (c)
	{
		case 'A':
		case 'a':
			return 0x3B1;
		case 'B':
			return 0x3B2;
		case 'E':
			return 0x3B5;
		case 'Z':
			return 0x3B6;
		case 'H':
			return 0x3B7;
		case 'I':
		case 'i':
			return 0x3B9;
		case 'K':
		case 'k':
			return 0x3BA;
		case 'M':
			return 0x3BC;
		case 'N':
		case 'v':
			return 0x3BD;
		case 'O':
		case 'o':
			return 0x3BF;
		case 'P':
		case 'p':
			return 0x3C1;
		case 'T':
		case 't':
			return 0x3C4;
		case 'Y':
		case 'u':
			return 0x3C5;
		case 'X':
		case 'x':
			return 0x3C7;
		default:
			return 0;
	}
}

static uint32_t
greek_to_latin(uint32_t c)
{
	switch (c)
	{
		case 0x391:
		case 0x3B1:
			return 'a';
		case 0x392:
			return 'b';
		case 0x395:
			return 'e';
		case 0x396:
			return 'z';
		case 0x397:
			return 'h';
		case 0x399:
		case 0x3B9:
			return 'i';
		case 0x39A:
		case 0x3BA:
			return 'k';
		case 0x39C:
			return 'm';
		case 0x39D:
			return 'n';
		case 0x3BD:
			return 'v';
		case 0x39F:
		case 0x3BF:
			return 'o';
		case 0x3A1:
		case 0x3C1:
			return 'p';
		case 0x3A4:
		case 0x3C4:
			return 't';
		case 0x3A5:
			return 'y';
		case 0x3C5:
			return 'u';
		case 0x3A7:
		case 0x3C7:
			return 'x';
		default:
			return 0;
	}
}

/*
 * Does a mark stand at p?  A letter with a mark has no twin: nobody mistypes
 * it, and "ć" must be the same letter composed and decomposed.
 */
static bool
mark_follows(const unsigned char *p, const unsigned char *end)
{
	while (p < end)
	{
		int			len;
		uint32_t	e = fold_entry(clt_utf8_decode(p, end, &len));

		if (ENTRY_KIND(e) == FOLD_KIND_DECOMP)
			e = fold_entry(clt_utf8_decode(fold_pool + ENTRY_VALUE(e) + 1,
										   fold_pool + sizeof(fold_pool), &len));
		if (ENTRY_KIND(e) == FOLD_KIND_MARK)
			return true;
		if (ENTRY_KIND(e) != FOLD_KIND_DROP)
			return false;
		p += len;
	}
	return false;
}

/* The letter c, before p, as it is meant. */
static uint32_t
repaired(FoldRepair repair, uint32_t c, const unsigned char *p, const unsigned char *end)
{
	uint32_t	twin = 0;

	switch (repair)
	{
		case REPAIR_NONE:
			break;
		case REPAIR_TO_CYRILLIC:
			twin = latin_to_cyrillic(c);
			break;
		case REPAIR_TO_GREEK:
			twin = latin_to_greek(c);
			break;
		case REPAIR_TO_LATIN:
			twin = cyrillic_to_latin(c);
			if (twin == 0)
				twin = greek_to_latin(c);
			break;
	}
	return twin != 0 && !mark_follows(p, end) ? twin : c;
}

/*
 * Advances to the next decomposed code point and its table entry; returns
 * false at the end of the word.  What is to be dropped is passed over.
 */
static bool
next_atom(FoldIter *it, uint32_t *code, uint32_t *entry)
{
	for (;;)
	{
		uint32_t	c;
		uint32_t	e;
		int			len;

		if (it->atom < it->atom_end)
		{
			c = clt_utf8_decode(it->atom, it->atom_end, &len);
			it->atom += len;
			e = fold_entry(c);
		}
		else
		{
			bool		first = (it->p == it->start);

			if (it->p >= it->end)
				return false;
			c = clt_utf8_decode(it->p, it->end, &len);
			it->p += len;
			if (c == 0xD0 && first)
				c = 0x111;		/* no word begins with eth, many with Đ */
			if (it->repair != REPAIR_NONE)
				c = repaired(it->repair, c, it->p, it->end);
			e = fold_entry(c);
			if (it->short_s && (c == 0xDF || c == 0x1E9E))
				e = fold_entry('s');
			if (ENTRY_KIND(e) == FOLD_KIND_DECOMP)
			{
				it->atom = fold_pool + ENTRY_VALUE(e) + 1;
				it->atom_end = it->atom + it->atom[-1];
				continue;
			}
		}
		if (ENTRY_KIND(e) == FOLD_KIND_DROP)
			continue;
		*code = c;
		*entry = e;
		return true;
	}
}

/*
 * Does the letter just read bear this mark?  Only the first mark above the
 * letter counts, as in canonical composition.
 */
static bool
bears_mark(const FoldIter *it, uint32_t mark)
{
	FoldIter	ahead = *it;
	uint32_t	c;
	uint32_t	e;

	while (next_atom(&ahead, &c, &e) && ENTRY_KIND(e) == FOLD_KIND_MARK)
	{
		if (c == mark)
			return true;
		if (ENTRY_VALUE(e) == 230 || ENTRY_VALUE(e) == 0)
			return false;
	}
	return false;
}

/* Moves past the marks of the letter just read; says whether one is given. */
static bool
skip_marks(FoldIter *it, uint32_t mark1, uint32_t mark2)
{
	FoldIter	ahead = *it;
	bool		found = false;
	uint32_t	c;
	uint32_t	e;

	while (next_atom(&ahead, &c, &e) && ENTRY_KIND(e) == FOLD_KIND_MARK)
	{
		if (c == mark1 || c == mark2)
			found = true;
		*it = ahead;
	}
	return found;
}

/*
 * The letter after the one just read, as its index in the letter table, or -1
 * when the word ends or something else follows.  it moves past it.
 */
static int
next_letter(FoldIter *it)
{
	uint32_t	c;
	uint32_t	e;

	skip_marks(it, 0, 0);
	if (next_atom(it, &c, &e) && ENTRY_KIND(e) == FOLD_KIND_LETTER)
		return (int) ENTRY_VALUE(e);
	return -1;
}

/* ---- segments: letters that stay ---- */

static uint32_t
compose(uint32_t a, uint32_t b)
{
	int			lo = 0;
	int			hi = (int) (sizeof(fold_compose) / sizeof(fold_compose[0])) - 1;

	if (a >= 0x1100 && a <= 0x1112 && b >= 0x1161 && b <= 0x1175)
		return 0xAC00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28;
	if (a >= 0xAC00 && a <= 0xD7A3 && (a - 0xAC00) % 28 == 0 && b >= 0x11A8 && b <= 0x11C2)
		return a + (b - 0x11A7);
	while (lo <= hi)
	{
		int			mid = (lo + hi) / 2;
		const uint32_t *row = fold_compose[mid];

		if (row[0] == a && row[1] == b)
			return row[2];
		if (row[0] < a || (row[0] == a && row[1] < b))
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return 0;
}

/* Puts the marks in canonical order and composes them with their letter. */
static void
segment_compose(FoldSegment *seg)
{
	int			i;
	int			kept;

	for (i = 2; i < seg->n; i++)
	{
		uint32_t	code = seg->code[i];
		unsigned char ccc = seg->ccc[i];
		int			j;

		for (j = i; j > 0 && seg->ccc[j - 1] > ccc; j--)
		{
			seg->code[j] = seg->code[j - 1];
			seg->ccc[j] = seg->ccc[j - 1];
		}
		seg->code[j] = code;
		seg->ccc[j] = ccc;
	}
	if (seg->n < 2 || seg->ccc[0] != 0)
		return;
	kept = 1;
	for (i = 1; i < seg->n; i++)
	{
		uint32_t	c = 0;

		if (kept == 1 || seg->ccc[kept - 1] < seg->ccc[i])
			c = compose(seg->code[0], seg->code[i]);
		if (c != 0)
			seg->code[0] = c;
		else
		{
			seg->code[kept] = seg->code[i];
			seg->ccc[kept] = seg->ccc[i];
			kept++;
		}
	}
	seg->n = kept;
}

static void
segment_flush(FoldSegment *seg, FoldOut *out)
{
	int			i;

	if (seg->n == 0)
		return;
	segment_compose(seg);
	for (i = 0; i < seg->n; i++)
		put_code(out, seg->code[i]);
	seg->n = 0;
}

static void
segment_add(FoldSegment *seg, FoldOut *out, uint32_t code, unsigned char ccc)
{
	if (ccc == 0)
	{
		if (seg->n > 0)
		{
			segment_compose(seg);
			if (seg->n == 1 && seg->ccc[0] == 0)
			{
				uint32_t	c = compose(seg->code[0], code);

				if (c != 0)
				{
					seg->code[0] = c;
					return;
				}
			}
		}
		segment_flush(seg, out);
	}
	else if (seg->n > MAX_MARKS)
		return;
	seg->code[seg->n] = code;
	seg->ccc[seg->n] = ccc;
	seg->n++;
}

/* ---- letters that are transliterated ---- */

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

static void
put_letter(FoldOut *out, const FoldLetter *letter, int style)
{
	put_bytes(out, letter->out[style], letter->len[style]);
}

static void
put_latin(FoldOut *out, const FoldIter *it, int index, FoldStyle style)
{
	const FoldLetter *letter = &fold_letters[index];
	char		base = letter->len[0] == 1 ? letter->out[0][0] : 0;

	put_letter(out, letter, style.latin);
	if (memcmp(letter->out[0], letter->out[1], sizeof(letter->out[0])) != 0)
		out->feat |= FEAT_SPELLED;
	if (memcmp(letter->out[0], letter->out[2], sizeof(letter->out[0])) != 0)
		out->feat |= FEAT_SHORT;
	if ((base == 'a' || base == 'o' || base == 'u') && bears_mark(it, MARK_DIAERESIS))
	{
		out->feat |= FEAT_SPELLED;
		if (style.latin == 1)
			put_byte(out, 'e');
	}
	else if (base == 'a' && bears_mark(it, MARK_RING))
	{
		out->feat |= FEAT_SPELLED;
		if (style.latin == 1)
			put_byte(out, 'a');
	}
}

static void
put_cyrillic(FoldOut *out, const FoldIter *it, int letter, FoldStyle style,
			 const FoldWord *word)
{
	int			form = word->serbian ? 0 : style.other;
	FoldIter	ahead = *it;

	out->feat |= FEAT_CYRILLIC;
	switch (letter)
	{
		case FOLD_LETTER_0438:	/* i */
			if (bears_mark(it, MARK_BREVE))
				letter = FOLD_LETTER_0439;
			else if (form == 1 && word->ukrainian)
			{
				put_bytes(out, "y", 1);
				return;
			}
			break;
		case FOLD_LETTER_0433:	/* g */
			if (bears_mark(it, MARK_ACUTE))
				letter = FOLD_LETTER_0453;
			else if (form == 1 && word->ukrainian)
			{
				put_bytes(out, "h", 1);
				return;
			}
			break;
		case FOLD_LETTER_043A:	/* k */
			if (bears_mark(it, MARK_ACUTE))
				letter = FOLD_LETTER_045C;
			break;
		case FOLD_LETTER_0446:	/* c: Macedonian passports write it so */
			if (word->macedonian)
				form = 0;
			break;
		case FOLD_LETTER_044A:

			/*
			 * A vowel in Bulgarian; in Russian a separator, which stands only
			 * before these vowels and, in old spelling, at the end.
			 */
			switch (next_letter(&ahead))
			{
				case -1:
				case FOLD_LETTER_0435:
				case FOLD_LETTER_044E:
				case FOLD_LETTER_044F:
					return;
				default:
					break;
			}
			break;
		case FOLD_LETTER_044C:	/* silent, except in the Bulgarian "yo" */
			if (next_letter(&ahead) == FOLD_LETTER_043E)
				put_bytes(out, form == 0 ? "j" : "y", 1);
			return;
		default:
			break;
	}
	put_letter(out, &fold_letters[letter], form);
}

static bool
is_voiceless(int letter)
{
	switch (letter)
	{
		case FOLD_LETTER_03B8:
		case FOLD_LETTER_03BA:
		case FOLD_LETTER_03BE:
		case FOLD_LETTER_03C0:
		case FOLD_LETTER_03C3:
		case FOLD_LETTER_03C4:
		case FOLD_LETTER_03C6:
		case FOLD_LETTER_03C7:
		case FOLD_LETTER_03C8:
			return true;
		default:
			return false;
	}
}

/*
 * Writes a Greek letter, or two that make one sound, as passports do
 * (ELOT 743); it moves past a second letter that was used up.
 */
static void
put_greek(FoldOut *out, FoldIter *it, int letter, FoldStyle style, bool first)
{
	const FoldLetter *self = &fold_letters[letter];
	FoldIter	ahead = *it;
	FoldIter	after;
	bool		accent;
	int			next;

	out->feat |= FEAT_GREEK;
	accent = skip_marks(&ahead, MARK_ACUTE, MARK_PERISPOMENI);
	next = next_letter(&ahead);
	switch (letter)
	{
		case FOLD_LETTER_03B1:
		case FOLD_LETTER_03B5:
		case FOLD_LETTER_03B7:
		case FOLD_LETTER_03BF:
			/* an accent on the first or a diaeresis on the second parts them */
			if (accent || next != FOLD_LETTER_03C5 ||
				skip_marks(&ahead, MARK_DIAERESIS, MARK_DIAERESIS))
				break;
			put_letter(out, self, 0);
			after = ahead;
			next = next_letter(&after);
			if (letter == FOLD_LETTER_03BF)
				put_bytes(out, "u", 1);
			else
				put_bytes(out, next < 0 || is_voiceless(next) ? "f" : "v", 1);
			*it = ahead;
			return;
		case FOLD_LETTER_03B3:
			if (next == FOLD_LETTER_03B3 || next == FOLD_LETTER_03BE ||
				next == FOLD_LETTER_03C7)
			{
				put_bytes(out, "n", 1);
				return;
			}
			if (style.other == 1 && next == FOLD_LETTER_03BA)
			{
				put_bytes(out, "g", 1);
				*it = ahead;
				return;
			}
			break;
		case FOLD_LETTER_03BC:
			after = ahead;
			if (next == FOLD_LETTER_03C0 &&
				(first || style.other == 1 || next_letter(&after) < 0))
			{
				put_bytes(out, "b", 1);
				*it = ahead;
				return;
			}
			break;
		case FOLD_LETTER_03BD:
			if (next == FOLD_LETTER_03C4 && style.other == 1)
			{
				put_bytes(out, "d", 1);
				*it = ahead;
				return;
			}
			break;
		default:
			break;
	}
	put_letter(out, self, style.other);
}

/* ---- words ---- */

/* Does the decomposition of this entry end a word? */
static bool
entry_breaks(uint32_t e)
{
	const unsigned char *p;
	const unsigned char *end;

	if (ENTRY_KIND(e) == FOLD_KIND_BREAK || ENTRY_KIND(e) == FOLD_KIND_WORD)
		return true;
	if (ENTRY_KIND(e) != FOLD_KIND_DECOMP)
		return false;
	p = fold_pool + ENTRY_VALUE(e) + 1;
	end = p + p[-1];
	while (p < end)
	{
		int			len;
		uint32_t	c = clt_utf8_decode(p, end, &len);
		uint32_t	a = fold_entry(c);

		if (ENTRY_KIND(a) == FOLD_KIND_BREAK || ENTRY_KIND(a) == FOLD_KIND_WORD)
			return true;
		p += len;
	}
	return false;
}

/* The script of a letter, whole or decomposed: its first known letter. */
static int
entry_script(uint32_t e)
{
	const unsigned char *p;
	const unsigned char *end;

	if (ENTRY_KIND(e) == FOLD_KIND_LETTER)
		return fold_letters[ENTRY_VALUE(e)].script;
	if (ENTRY_KIND(e) != FOLD_KIND_DECOMP)
		return 0;
	p = fold_pool + ENTRY_VALUE(e) + 1;
	end = p + p[-1];
	while (p < end)
	{
		int			len;
		uint32_t	a = fold_entry(clt_utf8_decode(p, end, &len));

		if (ENTRY_KIND(a) == FOLD_KIND_LETTER)
			return fold_letters[ENTRY_VALUE(a)].script;
		p += len;
	}
	return 0;
}

/*
 * Decides in which alphabet a word of two alphabets is to be read.  a and b
 * count its letters, a_sure and b_sure those without a twin in the other.
 * Where only one alphabet has such letters it is the word's; otherwise the
 * majority decides, and where both have them, only a clear one: "Petrовић" is
 * a word of two halves, in which nothing is out of place.
 */
static int
majority(int a, int a_sure, int b, int b_sure)
{
	if (a_sure == 0 && b_sure > 0)
		return 1;
	if (b_sure == 0 && a_sure > 0)
		return -1;
	if (a_sure == 0)
		return b > a ? 1 : -1;
	if (b > 2 * a)
		return 1;
	if (a > 2 * b)
		return -1;
	return 0;
}

/* Notes the letters by which the languages of Cyrillic differ. */
static void
note_language(const unsigned char *p, const unsigned char *end, FoldWord *word)
{
	while (p < end)
	{
		int			len;

		switch (clt_utf8_decode(p, end, &len))
		{
			case 0x402:
			case 0x452:
			case 0x408:
			case 0x458:
			case 0x409:
			case 0x459:
			case 0x40A:
			case 0x45A:
			case 0x40B:
			case 0x45B:
			case 0x40F:
			case 0x45F:
				word->serbian = true;
				break;
			case 0x403:
			case 0x453:
			case 0x40C:
			case 0x45C:
			case 0x405:
			case 0x455:
				word->macedonian = true;
				break;
			case 0x404:
			case 0x454:
			case 0x406:
			case 0x456:
			case 0x407:
			case 0x457:
			case 0x490:
			case 0x491:
				word->ukrainian = true;
				break;
			default:
				break;
		}
		p += len;
	}
	if (word->macedonian)
		word->serbian = false;
}

/* Decides how a word of Latin and one other alphabet is to be read. */
static FoldRepair
choose_repair(const unsigned char *p, const unsigned char *end, int other)
{
	int			latin = 0;
	int			latin_sure = 0;
	int			others = 0;
	int			others_sure = 0;

	while (p < end)
	{
		int			len;
		uint32_t	c = clt_utf8_decode(p, end, &len);
		int			script = entry_script(fold_entry(c));
		uint32_t	twin;

		p += len;
		if (script == FOLD_SCRIPT_LATIN)
		{
			twin = other == FOLD_SCRIPT_CYRILLIC ? latin_to_cyrillic(c) : latin_to_greek(c);
			latin++;
			latin_sure += (twin == 0 || mark_follows(p, end));
		}
		else if (script == other)
		{
			twin = other == FOLD_SCRIPT_CYRILLIC ? cyrillic_to_latin(c) : greek_to_latin(c);
			others++;
			others_sure += (twin == 0 || mark_follows(p, end));
		}
		if (latin > INT32_MAX / 4 || others > INT32_MAX / 4)
			break;
	}
	switch (majority(latin, latin_sure, others, others_sure))
	{
		case 1:
			return other == FOLD_SCRIPT_CYRILLIC ? REPAIR_TO_CYRILLIC : REPAIR_TO_GREEK;
		case -1:
			return REPAIR_TO_LATIN;
		default:
			return REPAIR_NONE;
	}
}

/*
 * First pass: finds the end of the word that begins at p and how it is to be
 * read.  A code point that holds a break (such as ½) is left to the next word;
 * when the word begins with one, it is the word.
 */
static const unsigned char *
scan_word(const unsigned char *p, const unsigned char *end, FoldStyle style,
		  FoldWord *word)
{
	const unsigned char *start = p;
	bool		seen[4] = {false, false, false, false};
	bool		plain = true;

	memset(word, 0, sizeof(*word));
	while (p < end)
	{
		int			len;
		uint32_t	e = fold_entry(clt_utf8_decode(p, end, &len));

		if (ENTRY_KIND(e) == FOLD_KIND_LETTER)
		{
			seen[fold_letters[ENTRY_VALUE(e)].script] = true;
			plain = plain && ENTRY_VALUE(e) != FOLD_LETTER_044A &&
				ENTRY_VALUE(e) != FOLD_LETTER_044C;
		}
		else if (entry_breaks(e))
		{
			if (p == start)
			{
				p += len;
				plain = false;
			}
			break;
		}
		else
		{
			seen[entry_script(e)] = true;
			plain = false;
		}
		p += len;
	}
	if (seen[FOLD_SCRIPT_CYRILLIC] != seen[FOLD_SCRIPT_GREEK])
	{
		int			other = seen[FOLD_SCRIPT_CYRILLIC] ? FOLD_SCRIPT_CYRILLIC : FOLD_SCRIPT_GREEK;

		if (seen[FOLD_SCRIPT_LATIN])
			word->repair = choose_repair(start, p, other);
		else
			word->plain_cyrillic = plain && other == FOLD_SCRIPT_CYRILLIC && style.other == 0;
	}
	if (style.other != 0 && seen[FOLD_SCRIPT_CYRILLIC])
		note_language(start, p, word);
	return p;
}

/* Writes a word of Cyrillic letters none of which depends on its neighbours. */
static void
put_plain_cyrillic(FoldOut *out, const unsigned char *p, const unsigned char *end)
{
	out->feat |= FEAT_CYRILLIC;
	put_space(out);
	while (p < end)
	{
		int			len;
		uint32_t	e = fold_entry(clt_utf8_decode(p, end, &len));
		const FoldLetter *letter = &fold_letters[ENTRY_VALUE(e)];
		int			i;

		for (i = 0; i < letter->len[0]; i++)
			put_byte(out, (unsigned char) letter->out[0][i]);
		p += len;
	}
}

/* Second pass: writes the word that begins at p; returns where it ends. */
static const unsigned char *
fold_word(const unsigned char *p, const unsigned char *end, FoldStyle style,
		  FoldOut *out)
{
	FoldWord	word;
	FoldIter	it;
	FoldSegment seg;
	bool		base_stays = false; /* the last letter keeps its marks */
	bool		first = true;
	uint32_t	c;
	uint32_t	e;

	it.p = it.start = p;
	it.end = scan_word(p, end, style, &word);
	if (word.plain_cyrillic)
	{
		put_plain_cyrillic(out, p, it.end);
		return it.end;
	}
	it.atom = it.atom_end = NULL;
	it.repair = word.repair;
	it.short_s = (style.latin == 2);
	seg.n = 0;

	while (next_atom(&it, &c, &e))
	{
		int			letter = (int) ENTRY_VALUE(e);

		switch (ENTRY_KIND(e))
		{
			case FOLD_KIND_OTHER:
				segment_add(&seg, out, c, (unsigned char) ENTRY_VALUE(e));
				if (ENTRY_VALUE(e) == 0)
					base_stays = true;
				break;
			case FOLD_KIND_MARK:
				if (base_stays)
					segment_add(&seg, out, c, (unsigned char) ENTRY_VALUE(e));
				break;
			case FOLD_KIND_BREAK:
				segment_flush(&seg, out);
				put_break(out);
				base_stays = false;
				first = true;
				break;
			case FOLD_KIND_WORD:
				segment_flush(&seg, out);
				put_word(out, (unsigned char) ENTRY_VALUE(e));
				base_stays = false;
				first = true;
				break;
			case FOLD_KIND_DIGIT:
				segment_flush(&seg, out);
				base_stays = false;
				put_space(out);
				put_byte(out, (unsigned char) ENTRY_VALUE(e));
				break;
			case FOLD_KIND_LETTER:
				segment_flush(&seg, out);
				base_stays = false;
				if (fold_letters[letter].script == FOLD_SCRIPT_LATIN)
					put_latin(out, &it, letter, style);
				else if (fold_letters[letter].script == FOLD_SCRIPT_CYRILLIC)
					put_cyrillic(out, &it, letter, style, &word);
				else
					put_greek(out, &it, letter, style, first);
				first = false;
				break;
		}
	}
	segment_flush(&seg, out);
	return it.end;
}

/*
 * Folds src in a style.  The loop handles words of ASCII and Latin letters; at
 * the first letter of another kind it goes back to where the word began.
 */
static size_t
fold_run(const char *src, size_t len, char *dst, size_t dstcap, FoldStyle style,
		 unsigned *feat)
{
	const unsigned char *p = (const unsigned char *) src;
	const unsigned char *end = p + len;
	const unsigned char *word = p;
	FoldOut		out;
	size_t		word_n = 0;
	bool		word_pending = false;
	bool		plain = (style.latin == 0 && style.other == 0);

	out.dst = dst;
	out.cap = dstcap;
	out.n = 0;
	out.pending = false;
	out.feat = 0;

	while (p < end)
	{
		unsigned char c = *p;
		const FoldDone *done = NULL;

		if (c < 0x80)
		{
			unsigned char m = fold_ascii[c];

			if (m > ASCII_WORD)
			{
				if (plain)
				{
					size_t		n;

					put_space(&out);
					n = out.n;
					do
					{
						if (n < dstcap)
							dst[n] = (char) m;
						n++;
						p++;
					} while (p < end && *p < 0x80 && (m = fold_ascii[*p]) > ASCII_WORD);
					out.n = n;
					continue;
				}
				/* other styles know only the general way */
			}
			else
			{
				p++;
				if (m == ASCII_DROP)
					continue;
				if (m == ASCII_BREAK)
					put_break(&out);
				else
					put_word(&out, c);
				word = p;
				word_n = out.n;
				word_pending = out.pending;
				continue;
			}
		}
		else
		{
			int			step;
			uint32_t	code = clt_utf8_decode(p, end, &step);

			if (plain && code < 0x250)
				done = &fold_latin[code - 0x80];
			else if (plain && code >= 0x1E00 && code <= 0x1EFF)
				done = &fold_latin_more[code - 0x1E00];
			if (done != NULL && done->len < DONE_GENERAL)
			{
				put_bytes(&out, done->s, done->len);
				out.feat |= done->feat;
				p += step;
				continue;
			}
			if (done == NULL || done->len == DONE_GENERAL)
			{
				uint32_t	kind = ENTRY_KIND(fold_entry(code));

				if (kind == FOLD_KIND_MARK && plain)
				{
					if (code == MARK_DIAERESIS || code == MARK_RING)
						out.feat |= FEAT_SPELLED;
					p += step;
					continue;
				}
				if (kind == FOLD_KIND_DROP)
				{
					p += step;
					continue;
				}
				if (kind != FOLD_KIND_BREAK)
					goto general;
			}
			p += step;
			put_break(&out);
			word = p;
			word_n = out.n;
			word_pending = out.pending;
			continue;
		}

general:
		out.n = word_n;
		out.pending = word_pending;
		p = fold_word(word, end, style, &out);
		word = p;
		word_n = out.n;
		word_pending = out.pending;
	}
	*feat = out.feat;
	return out.n;
}

size_t
clt_fold_utf8(const char *src, size_t len, char *dst, size_t dstcap)
{
	FoldStyle	strict = {0, 0};
	unsigned	feat;

	return fold_run(src, len, dst, dstcap, strict, &feat);
}

/* ---- loose forms ---- */

static bool
has_pair(const char *s, size_t n, char a, char b)
{
	size_t		i;

	for (i = 0; i + 1 < n; i++)
	{
		if (s[i] == a && s[i + 1] == b)
			return true;
	}
	return false;
}

/* Is s[i] the first of two letters that may spell an umlaut? */
static bool
is_umlaut_pair(const char *s, size_t n, size_t i)
{
	if (i + 1 >= n)
		return false;
	if (s[i] == 'a' && s[i + 1] == 'a')
		return true;
	if (s[i + 1] != 'e' || (s[i] != 'a' && s[i] != 'o' && s[i] != 'u'))
		return false;
	/* Bauer, Neuer and Quelle have no umlaut */
	return i == 0 || strchr("aeoq", s[i - 1]) == NULL;
}

static bool
has_umlaut_pair(const char *s, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		if (is_umlaut_pair(s, n, i))
			return true;
	}
	return false;
}

/*
 * Shortens ae, oe, ue, aa to their first letter, in place.  What stands before
 * s[i] has not been overwritten when it is looked at, as writing lags behind.
 */
static size_t
drop_umlaut_pairs(char *s, size_t n)
{
	size_t		i;
	size_t		o = 0;

	for (i = 0; i < n; i++)
	{
		bool		pair = is_umlaut_pair(s, n, i);

		s[o++] = s[i];
		if (pair)
			i++;
	}
	return o;
}

/* Shortens dj to d, in place: people who leave the stroke out of đ. */
static size_t
drop_dj(char *s, size_t n)
{
	size_t		i;
	size_t		o = 0;

	for (i = 0; i < n; i++)
	{
		s[o++] = s[i];
		if (s[i] == 'd' && i + 1 < n && s[i + 1] == 'j')
			i++;
	}
	return o;
}

typedef struct FoldKeySet
{
	char	   *dst;
	size_t		cap;
	size_t		used;			/* may pass cap: then only counting */
	CltSpan    *keys;
	int			n;
} FoldKeySet;

static int
compare_spans(const char *base, CltSpan a, CltSpan b)
{
	size_t		len = a.len < b.len ? a.len : b.len;
	int			cmp = len > 0 ? memcmp(base + a.off, base + b.off, len) : 0;

	if (cmp != 0)
		return cmp;
	return (a.len > b.len) - (a.len < b.len);
}

/* Takes the len bytes at the end of the set as a key unless it has them. */
static void
keep_key(FoldKeySet *set, size_t len)
{
	CltSpan		key;
	int			i;
	int			at;

	key.off = set->used;
	key.len = len;
	set->used += len;
	if (set->used > set->cap || set->n >= CLT_FOLD_KEYS_MAX)
		return;
	for (at = 0; at < set->n; at++)
	{
		int			cmp = compare_spans(set->dst, key, set->keys[at]);

		if (cmp == 0)
		{
			set->used = key.off;
			return;
		}
		if (cmp < 0)
			break;
	}
	for (i = set->n; i > at; i--)
		set->keys[i] = set->keys[i - 1];
	set->keys[at] = key;
	set->n++;
}

static size_t
space_left(const FoldKeySet *set)
{
	return set->used < set->cap ? set->cap - set->used : 0;
}

int
clt_fold_keys_utf8(const char *src, size_t len, char *dst, size_t dstcap,
				   size_t *need, CltSpan keys[CLT_FOLD_KEYS_MAX])
{
	FoldKeySet	set;
	FoldStyle	style = {0, 0};
	unsigned	feat;
	unsigned	dummy;
	size_t		strict;
	bool		latin[3] = {true, false, false};
	int			others;

	set.dst = dst;
	set.cap = dstcap;
	set.used = 0;
	set.keys = keys;
	set.n = 0;

	strict = fold_run(src, len, dst, dstcap, style, &feat);
	if (strict > dstcap)
	{
		/* no form is longer than this */
		*need = (2 * strict + len) * CLT_FOLD_KEYS_MAX;
		return -1;
	}
	latin[1] = (feat & FEAT_SPELLED) != 0;
	latin[2] = (feat & FEAT_SHORT) != 0 || has_umlaut_pair(dst, strict);
	others = (feat & FEAT_CYRILLIC) ? 3 : (feat & FEAT_GREEK) ? 2 : 1;

	for (style.other = 0; style.other < others; style.other++)
	{
		for (style.latin = 0; style.latin < 3; style.latin++)
		{
			size_t		n;
			size_t		at = set.used;

			if (!latin[style.latin])
				continue;
			n = fold_run(src, len, dst + (at < dstcap ? at : dstcap), space_left(&set),
						 style, &dummy);
			if (n > space_left(&set))
			{
				set.used += 2 * n;
				continue;
			}
			if (style.latin == 2)
				n = drop_umlaut_pairs(dst + at, n);
			keep_key(&set, n);
			if (has_pair(dst + at, n, 'd', 'j'))
			{
				/* from here on: the text of this form is still at dst + at */
				size_t		copy = set.used;

				if (n > space_left(&set))
				{
					set.used += n;
					continue;
				}
				memmove(dst + copy, dst + at, n);
				keep_key(&set, drop_dj(dst + copy, n));
			}
		}
	}
	*need = set.used;
	return set.used > dstcap ? -1 : set.n;
}

const char *
clt_fold_unicode_version(void)
{
	return FOLD_UNICODE_VERSION;
}
