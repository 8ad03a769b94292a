/*
 * fold_keys.c
 *	  The loose forms of a text.
 */
#include <string.h>

#include "text/fold_parts.h"

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

	strict = clt_fold_run(src, len, dst, dstcap, style, &feat);
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
			n = clt_fold_run(src, len, dst + (at < dstcap ? at : dstcap), space_left(&set),
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
