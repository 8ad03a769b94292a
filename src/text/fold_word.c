/*
 * fold_word.c
 *	  Folding of a word that holds more than ASCII and Latin letters.
 *
 * In two passes: the first counts its scripts, to repair letters that were
 * typed in the wrong alphabet; the second decomposes it, writes Greek and
 * Cyrillic as Latin, and composes what is left.
 */
#include <string.h>

#include "text/fold_parts.h"
#include "text/fold_tables.h"

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

static inline uint32_t
fold_entry(uint32_t c)
{
	if (c <= FOLD_LAST_CODE)
		return fold_blocks[(fold_index[c >> 6] << 6) | (c & 63)];
	if (c >= 0xE0000 && c <= 0xE0FFF)
		return FOLD_KIND_DROP;
	return FOLD_KIND_OTHER;
}

/* What sort of code point this is: FOLD_KIND_. */
uint32_t
clt_fold_kind(uint32_t c)
{
	return ENTRY_KIND(fold_entry(c));
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
			twin = clt_fold_latin_to_cyrillic(c);
			break;
		case REPAIR_TO_GREEK:
			twin = clt_fold_latin_to_greek(c);
			break;
		case REPAIR_TO_LATIN:
			twin = clt_fold_cyrillic_to_latin(c);
			if (twin == 0)
				twin = clt_fold_greek_to_latin(c);
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

/* ---- letters that are transliterated ---- */

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
			twin = other == FOLD_SCRIPT_CYRILLIC ? clt_fold_latin_to_cyrillic(c) : clt_fold_latin_to_greek(c);
			latin++;
			latin_sure += (twin == 0 || mark_follows(p, end));
		}
		else if (script == other)
		{
			twin = other == FOLD_SCRIPT_CYRILLIC ? clt_fold_cyrillic_to_latin(c) : clt_fold_greek_to_latin(c);
			others++;
			others_sure += (twin == 0 || mark_follows(p, end));
		}
		if (latin > INT32_MAX / 4 || others > INT32_MAX / 4)
			break;
	}
	switch (clt_fold_majority(latin, latin_sure, others, others_sure))
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
		clt_fold_note_language(start, p, word);
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
const unsigned char *
clt_fold_word(const unsigned char *p, const unsigned char *end, FoldStyle style,
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
				clt_fold_segment_add(&seg, out, c, (unsigned char) ENTRY_VALUE(e));
				if (ENTRY_VALUE(e) == 0)
					base_stays = true;
				break;
			case FOLD_KIND_MARK:
				if (base_stays)
					clt_fold_segment_add(&seg, out, c, (unsigned char) ENTRY_VALUE(e));
				break;
			case FOLD_KIND_BREAK:
				clt_fold_segment_flush(&seg, out);
				put_break(out);
				base_stays = false;
				first = true;
				break;
			case FOLD_KIND_WORD:
				clt_fold_segment_flush(&seg, out);
				put_word(out, (unsigned char) ENTRY_VALUE(e));
				base_stays = false;
				first = true;
				break;
			case FOLD_KIND_DIGIT:
				clt_fold_segment_flush(&seg, out);
				base_stays = false;
				put_space(out);
				put_byte(out, (unsigned char) ENTRY_VALUE(e));
				break;
			case FOLD_KIND_LETTER:
				clt_fold_segment_flush(&seg, out);
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
	clt_fold_segment_flush(&seg, out);
	return it.end;
}
