/*
 * fold.c
 *	  Folding of text to the form that is compared.
 *
 * Most words are ASCII or Latin: they go through one table look-up a letter.
 * A word that holds anything else is read again from its start by
 * clt_fold_word(), in two passes: the first counts its scripts, to repair letters
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
#include "text/fold_parts.h"
#include "text/fold_tables.h"

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

/*
 * Folds src in a style.  The loop handles words of ASCII and Latin letters; at
 * the first letter of another kind it goes back to where the word began.
 */
size_t
clt_fold_run(const char *src, size_t len, char *dst, size_t dstcap, FoldStyle style,
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
				uint32_t	kind = clt_fold_kind(code);

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
		p = clt_fold_word(word, end, style, &out);
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

	return clt_fold_run(src, len, dst, dstcap, strict, &feat);
}
