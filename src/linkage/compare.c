/*
 * compare.c
 *		Comparing records: which level of agreement each comparison reaches.
 *
 * Each distinct value of a column is normalised once and known by its code, so
 * equality is a comparison of integers; a pair of different values is compared
 * once and remembered (names repeat, so most pairs of values do too).  Levels
 * are ordered, the first that holds is taken, 0 says that a value is missing.
 */
#include "linkage/compare.h"

#include <string.h>

#include "linkage/compare_parts.h"
#include "linkage/levels.h"
#include "text/names.h"

/* same_family: a surname in the given name's column is that surname, in any form. */
static bool
same_family(const CltValue *given, const CltValue *surname)
{
	return given->hash == surname->hash ||
		(given->len >= 4 && surname->len >= 4 && given->num != 0 && (uint64_t) given->num == surname->sound &&
		 clt_value_jaro_winkler(given, surname, 0.85) >= 0.85);
}

/* same_given: a given name in the surname's column is that given name, or may stand for it. */
static bool
same_given(const CltValue *given, const CltValue *surname)
{
	if (given->hash == surname->hash)
		return true;
	if ((given->flags & CLT_VALUE_INITIAL) || surname->len == 1)
		return clt_value_text(given)[0] == clt_value_text(surname)[0];
	return clt_value_jaro_winkler(given, surname, 0.88) >= 0.88 ||
		clt_names_related(clt_value_text(given), given->len, clt_value_text(surname), surname->len);
}

/*
 * swapped: first and last name in each other's column.  A surname where the given
 * name should be is rare; the given name on the other side need not be written
 * alike.
 */
static bool
swapped(const CltColumn *given, const CltColumn *surname, uint32_t l, uint32_t r)
{
	const CltValue *gl = &given->values[CLT_CODE(given, l)];
	const CltValue *gr = &given->values[CLT_CODE(given, r)];
	const CltValue *sl = &surname->values[CLT_CODE(surname, l)];
	const CltValue *sr = &surname->values[CLT_CODE(surname, r)];

	if (!CLT_CODE(given, l) || !CLT_CODE(given, r) || !CLT_CODE(surname, l) || !CLT_CODE(surname, r))
		return false;
	if (gl->hash == gr->hash || sl->hash == sr->hash)
		return false;
	return (same_family(gl, sr) && same_given(gr, sl)) || (same_family(gr, sl) && same_given(gl, sr));
}

/* is_firm: a company and no name of a person. */
static bool
is_firm(const CltComparison *cmp, uint32_t row)
{
	return !CLT_CODE(cmp->column, row) && !(cmp->partner && CLT_CODE(cmp->partner, row)) && CLT_CODE(cmp->company, row);
}

/* found_in returns where a name stands in a local part, or len. */
static uint32_t
found_in(const char *s, uint32_t len, const char *name, uint32_t name_len)
{
	uint32_t	i;

	for (i = 0; name_len >= 3 && i + name_len <= len; i++)
		if (s[i] == name[0] && memcmp(s + i, name, name_len) == 0)
			return i;
	return len;
}

static bool
contains(const char *s, uint32_t len, const CltValue *v)
{
	return found_in(s, len, clt_value_text(v), v->len) < len;
}

/* made_of returns the name that two records share and both their e-mails are made of, or NULL. */
static const CltValue *
made_of(const CltComparison *cmp, const CltColumn *names, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltValue *v;

	if (!names || !CLT_CODE(names, l) || CLT_CODE(names, l) != CLT_CODE(names, r))
		return NULL;
	v = &names->values[CLT_CODE(names, l)];
	return contains(clt_value_text(a), (uint32_t) a->num, v) && contains(clt_value_text(b), (uint32_t) b->num, v) ? v : NULL;
}

/* strike takes a word out of a local part, where it stands first; returns what is left of its length. */
static uint32_t
strike(char *local, uint32_t len, const char *word, uint32_t word_len)
{
	uint32_t	at = found_in(local, len, word, word_len);

	if (at == len)
		return len;
	memmove(local + at, local + at + word_len, len - at - word_len);
	return len - word_len;
}

/* without writes a local part without a name in it. */
static uint32_t
without(const CltValue *email, const char *name, uint32_t name_len, char *out)
{
	uint32_t	len = email->num < CLT_COMPARED_BYTES ? (uint32_t) email->num : CLT_COMPARED_BYTES;

	memcpy(out, clt_value_text(email), len);
	return strike(out, len, name, name_len);
}

/* unlike_without tells whether two e-mails have nothing in common but a name that is in both. */
static bool
unlike_without(const CltValue *a, const CltValue *b, const char *name, uint32_t len)
{
	char		rest_a[CLT_COMPARED_BYTES];
	char		rest_b[CLT_COMPARED_BYTES];
	uint32_t	na = without(a, name, len, rest_a);
	uint32_t	nb = without(b, name, len, rest_b);

	return clt_text_jaro_winkler(rest_a, na, rest_b, nb, (a->flags & b->flags & CLT_VALUE_ASCII) != 0, 0.90) < 0.90;
}

/* by_name tells whether two e-mails are alike because of a name of either record alone; the other's may be misspelt. */
static bool
by_name(const CltComparison *cmp, const CltColumn *names, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	int			side;

	for (side = 0; names && side < 2; side++)
	{
		uint32_t	code = CLT_CODE(names, side ? r : l);
		const CltValue *v = &names->values[code];

		if (code && contains(clt_value_text(a), (uint32_t) a->num, v) && contains(clt_value_text(b), (uint32_t) b->num, v) &&
			unlike_without(a, b, clt_value_text(v), v->len))
			return true;
	}
	return false;
}

/*
 * only_the_name tells whether two e-mails are alike for no other reason than that
 * both have a name in them, the given name or the surname or one word of a whole
 * name, which the records share anyway.
 */
static bool
only_the_name(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	int			side;
	int			i;

	if (by_name(cmp, cmp->given, l, r) || by_name(cmp, cmp->surname, l, r))
		return true;
	if (!cmp->whole || !CLT_CODE(cmp->whole, l) || !CLT_CODE(cmp->whole, r))
		return false;
	for (side = 0; side < 2; side++)
	{
		const CltValue *v = &cmp->whole->values[CLT_CODE(cmp->whole, side ? r : l)];

		for (i = 0; i < v->ntokens; i++)
		{
			const CltToken *t = &cmp->whole->tokens[cmp->whole->token_ids[v->token + i]];
			const char *word = clt_token_text(t);

			if (found_in(clt_value_text(a), (uint32_t) a->num, word, t->len) < (uint32_t) a->num &&
				found_in(clt_value_text(b), (uint32_t) b->num, word, t->len) < (uint32_t) b->num &&
				unlike_without(a, b, word, t->len))
				return true;
		}
	}
	return false;
}

/* strike_out takes the words of a name out of a local part; returns what is left of its length. */
static uint32_t
strike_out(char *local, uint32_t len, const CltColumn *names, uint32_t row)
{
	uint32_t	code = names ? CLT_CODE(names, row) : 0;
	const char *text = code ? clt_value_text(&names->values[code]) : NULL;
	uint32_t	end = code ? names->values[code].len : 0;
	uint32_t	from;
	uint32_t	to;

	for (from = 0; from < end; from = to + 1)
	{
		for (to = from; to < end && text[to] != ' '; to++)
			;
		len = strike(local, len, text +from, to - from);
	}
	return len;
}

/*
 * nothing_but_names tells whether the local part of a record's e-mail is its name, with one letter or digit at most beside it:
 * everybody of that name has it somewhere.
 */
static bool
nothing_but_names(const CltComparison *cmp, uint32_t row)
{
	const CltValue *email = &cmp->column->values[CLT_CODE(cmp->column, row)];
	char		rest[CLT_COMPARED_BYTES];
	uint32_t	len = (uint32_t) email->num;
	uint32_t	letters = 0;
	uint32_t	struck;
	uint32_t	i;

	if (email->num <= 0 || len > sizeof(rest))
		return false;
	memcpy(rest, clt_value_text(email), len);
	struck = strike_out(rest, len, cmp->given, row);
	struck = strike_out(rest, struck, cmp->surname, row);
	struck = strike_out(rest, struck, cmp->whole, row);
	for (i = 0; i < struck; i++)
		letters += rest[i] != '.' && rest[i] != '_' && rest[i] != '-';
	return struck < len && letters <= 1;
}

/*
 * namesakes_too tells whether two e-mails that are alike say no more than the names do.  Of one local part at two
 * domains it is enough that it is the name of one record, as the other's may be misspelt; where each of two is its
 * record's name there is no error in either.
 */
static bool
namesakes_too(const CltComparison *cmp, int level, uint32_t l, uint32_t r)
{
	if (level == 4)
		return nothing_but_names(cmp, l) || nothing_but_names(cmp, r);
	return only_the_name(cmp, l, r) || (nothing_but_names(cmp, l) && nothing_but_names(cmp, r));
}

/* one_office: an office's mailbox beside that of somebody in it is no other address. */
static bool
one_office(const CltComparison *cmp, uint32_t a, uint32_t b)
{
	const CltValue *x = &cmp->column->values[a];
	const CltValue *y = &cmp->column->values[b];

	return ((x->flags | y->flags) & CLT_VALUE_WEAK) && x->num > 0 && y->num > 0 &&
		x->len - x->num == y->len - y->num &&
		memcmp(clt_value_text(x) + x->num, clt_value_text(y) + y->num, x->len - (size_t) x->num) == 0;
}

/*
 * in_email tells whether the e-mail of one record is made of its own given name and
 * the other's surname: the name before the wedding, or after.  A name that is part of
 * the one's own (Bach of Wildbach) is in the e-mail for that reason.
 */
static bool
in_email(const CltComparison *cmp, uint32_t one, uint32_t other)
{
	uint32_t	mail = CLT_CODE(cmp->email, one);
	const CltValue *email = &cmp->email->values[mail];
	const CltValue *surname = &cmp->column->values[CLT_CODE(cmp->column, other)];
	const CltValue *own = &cmp->column->values[CLT_CODE(cmp->column, one)];
	const CltValue *given;
	uint32_t	at;

	if (!mail || email->num <= 0 || surname->len < 4 || !cmp->partner || !CLT_CODE(cmp->partner, one))
		return false;
	at = found_in(clt_value_text(email), (uint32_t) email->num, clt_value_text(surname), surname->len);
	if (at == (uint32_t) email->num || found_in(clt_value_text(own), own->len, clt_value_text(surname), surname->len) < own->len)
		return false;
	given = &cmp->partner->values[CLT_CODE(cmp->partner, one)];
	return contains(clt_value_text(email), (uint32_t) email->num, given) ||
		(at <= 2 && at > 0 && clt_value_text(email)[0] == clt_value_text(given)[0]);
}

/* in_domain tells whether the domain of a record's e-mail is the name of the other's firm. */
static bool
in_domain(const CltComparison *cmp, uint32_t firm, uint32_t mailer)
{
	uint32_t	mail = CLT_CODE(cmp->email, mailer);
	const CltValue *email = &cmp->email->values[mail];
	const CltValue *company = &cmp->column->values[CLT_CODE(cmp->column, firm)];
	const char *domain = clt_value_text(email) + email->num + 1;
	uint32_t	len;
	uint32_t	i;
	uint32_t	n = 0;

	if (!mail || email->num <= 0 || email->num + 1 >= email->len)
		return false;
	len = email->len - (uint32_t) email->num - 1;
	for (i = 0; i < company->len; i++)
	{
		char		c = clt_value_text(company)[i];

		if (c == ' ')
			continue;
		while (n < len && domain[n] == '-')
			n++;
		if (n >= len || domain[n] == '.')
			break;
		if (domain[n] != c)
			return false;
		n++;
	}
	/* either may be the longer one */
	return n >= 6;
}

/*
 * several_level compares records with several values: the best of all pairs counts.
 * The value whose frequency matters is the rarest that both have.
 */
static int
several_level(const CltComparison *cmp, CltMemo *memo, uint32_t a, uint32_t b, uint32_t *tf_value)
{
	const CltColumn *column = cmp->column->element;
	const CltValue *va = &cmp->column->values[a];
	const CltValue *vb = &cmp->column->values[b];
	int			best = clt_kind_info[cmp->kind].nlevels;
	int			i;
	int			j;

	for (i = 0; i < va->ntokens; i++)
		for (j = 0; j < vb->ntokens; j++)
		{
			uint32_t	x = cmp->column->token_ids[va->token + i];
			uint32_t	y = cmp->column->token_ids[vb->token + j];
			int			level = x != y ? clt_compare_remembered(memo, cmp->kind, column, x, y) :
			column->values[x].flags & CLT_VALUE_WRONG ? 2 : 1;

			if (level < best)
				best = level;
			if (level == 1 && cmp->tf &&
				(*tf_value == 0 || column->values[x].count < column->values[*tf_value].count ||
				 (column->values[x].count == column->values[*tf_value].count &&
				  column->values[x].hash < column->values[*tf_value].hash)))
				*tf_value = x;
		}
	return best;
}

/* may_be_swapped: what swapped() needs, as far as sketches tell. */
static inline bool
may_be_swapped(const CltColumn *given, const CltColumn *surname, uint32_t l, uint32_t r)
{
	uint32_t	gl = CLT_CODE(given, l);
	uint32_t	gr = CLT_CODE(given, r);
	uint32_t	sl = CLT_CODE(surname, l);
	uint32_t	sr = CLT_CODE(surname, r);

	if (!given->sketch || given->kind != CLT_KIND_GIVEN || !surname->sketch || surname->kind != CLT_KIND_SURNAME)
		return true;
	return clt_sketch_family(&given->sketch[gl], &surname->sketch[sr]) || clt_sketch_family(&given->sketch[gr], &surname->sketch[sl]);
}

/* may_be_in_email: what in_email() needs, as far as sketches tell. */
static inline bool
may_be_in_email(const CltComparison *cmp, uint32_t one, uint32_t other)
{
	uint32_t	mail = CLT_CODE(cmp->email, one);

	return !cmp->email->sketch || cmp->email->kind != CLT_KIND_EMAIL || !cmp->column->sketch || cmp->column->kind != CLT_KIND_SURNAME ||
		!clt_sketch_not_in_local(&cmp->email->sketch[mail], &cmp->column->sketch[CLT_CODE(cmp->column, other)]);
}

/* clt_level_of_records is the level of two records whose values are different and have a level: other columns may say more. */
int
clt_level_of_records(const CltComparison *cmp, int level, uint32_t l, uint32_t r)
{
	if (cmp->kind == CLT_KIND_EMAIL && level >= 3 && level <= 5 && namesakes_too(cmp, level, l, r))
		return 6;
	if (cmp->kind == CLT_KIND_EMAIL && level == 6 && one_office(cmp, CLT_CODE(cmp->column, l), CLT_CODE(cmp->column, r)))
		return 0;
	if (cmp->partner && level >= 3)
	{
		bool		is_given = cmp->kind == CLT_KIND_GIVEN;
		const CltColumn *given = is_given ? cmp->column : cmp->partner;
		const CltColumn *surname = is_given ? cmp->partner : cmp->column;

		/* the swap counts once, as the given name's */
		if (may_be_swapped(given, surname, l, r) && swapped(given, surname, l, r))
			return is_given ? 6 : 0;
	}
	if (cmp->kind == CLT_KIND_SURNAME && level == 8 && cmp->email &&
		((may_be_in_email(cmp, l, r) && in_email(cmp, l, r)) || (may_be_in_email(cmp, r, l) && in_email(cmp, r, l))))
		return 5;
	return level;
}

/*
 * clt_compare_records returns the level of one comparison for two records, and
 * the value whose frequency matters (0 if none does).
 */
int
clt_compare_records(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r, uint32_t *tf_value)
{
	uint32_t	a;
	uint32_t	b;

	*tf_value = 0;
	if (cmp->kind == CLT_KIND_ADDRESS)
		return clt_address_level(cmp, memo, l, r);
	a = CLT_CODE(cmp->column, l);
	b = CLT_CODE(cmp->column, r);
	if (cmp->company && (!a || !b))
	{
		bool		firm_l = is_firm(cmp, l);
		bool		firm_r = is_firm(cmp, r);

		return firm_l && firm_r ? 6 : firm_l || firm_r ? 7 : 0;
	}
	if (cmp->kind == CLT_KIND_COMPANY && cmp->email && (!a ^ !b))
		return in_domain(cmp, a ? l : r, a ? r : l) ? 3 : 0;
	if (!a || !b)
		return 0;
	if (cmp->column->element)
		return several_level(cmp, memo, a, b, tf_value);
	if (a == b)
	{
		/* a wrong number that was copied proves less than a right one */
		if (cmp->column->values[a].flags & CLT_VALUE_WRONG)
			return 2;
		if (cmp->tf)
			*tf_value = a;
		if (cmp->column->values[a].flags & CLT_VALUE_INITIAL && cmp->kind <= CLT_KIND_MIDDLE)
		{
			*tf_value = 0;
			return 5;
		}
		return 1;
	}
	return clt_level_of_records(cmp, clt_compare_remembered(memo, cmp->kind, cmp->column, a, b), l, r);
}

/* whole_in_both returns the name that two records have in one column and that both their e-mails are made of, or NULL. */
static const CltValue *
whole_in_both(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltValue *v;
	int			i;

	if (!cmp->whole || !CLT_CODE(cmp->whole, l) || CLT_CODE(cmp->whole, l) != CLT_CODE(cmp->whole, r))
		return NULL;
	v = &cmp->whole->values[CLT_CODE(cmp->whole, l)];
	for (i = 0; i < v->ntokens; i++)
	{
		const CltToken *t = &cmp->whole->tokens[cmp->whole->token_ids[v->token + i]];

		if (found_in(clt_value_text(a), (uint32_t) a->num, clt_token_text(t), t->len) == (uint32_t) a->num ||
			found_in(clt_value_text(b), (uint32_t) b->num, clt_token_text(t), t->len) == (uint32_t) b->num)
			return NULL;
	}
	return v->ntokens > 0 ? v : NULL;
}

/*
 * not_twice takes the names out of the evidence where the e-mails, which agree,
 * are made of them: strangers with like addresses have like names for sure.
 * Tells whether they were.
 */
static bool
not_twice(const CltComparison *cmp, uint32_t l, uint32_t r, float *tf_u)
{
	const CltValue *v = made_of(cmp, cmp->given, l, r);
	bool		made = v != NULL;

	if (v)
		*tf_u -= v->tf_u + cmp->given->log_u;
	v = made_of(cmp, cmp->surname, l, r);
	made |= v != NULL;
	if (v)
		*tf_u -= v->tf_u + cmp->surname->log_u;
	v = whole_in_both(cmp, l, r);
	made |= v != NULL;
	if (v)
		*tf_u -= v->tf_u + cmp->whole->log_u;
	return made;
}

/* An address with somebody's given name in it is shared so many bits less often than others. */
#define OWN_MAIL 4.0f

/* own_mail tells whether an e-mail that two records share has the given name of one of them in it. */
static bool
own_mail(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltValue *email = &cmp->column->values[CLT_CODE(cmp->column, l)];

	return cmp->given &&
		((CLT_CODE(cmp->given, l) && contains(clt_value_text(email), (uint32_t) email->num, &cmp->given->values[CLT_CODE(cmp->given, l)])) ||
		 (CLT_CODE(cmp->given, r) && contains(clt_value_text(email), (uint32_t) email->num, &cmp->given->values[CLT_CODE(cmp->given, r)])));
}

/*
 * near_names returns the frequency bits of names that agree but for their writing:
 * there are more who are nearly called Novak than who are nearly called Nadinusic.
 */
static float
near_names(const CltComparison *cmp, int level, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltValue *c;
	const CltValue *d;

	if (!cmp->tf)
		return 0;
	if (clt_near_name(cmp->kind, level))
		return CLT_NEAR_NAME * (a->count >= b->count ? a->tf_u : b->tf_u);
	if (cmp->kind != CLT_KIND_GIVEN || level != 6)
		return 0;
	/* swapped: both names, as those have them who have them in their places */
	c = &cmp->partner->values[CLT_CODE(cmp->partner, l)];
	d = &cmp->partner->values[CLT_CODE(cmp->partner, r)];
	return (a->count >= b->count ? a->tf_u : b->tf_u) + (c->count >= d->count ? c->tf_u : d->tf_u);
}

/* clt_note_level adds a level to what is known of a pair; v is the value whose frequency matters. */
void
clt_note_level(const CltComparison *cmp, int i, CltCompared *pair, int level, uint32_t v)
{
	uint32_t	l = pair->l;
	uint32_t	r = pair->r;

	pair->gamma |= (uint64_t) level << (4 * i);
	if (cmp->kind == CLT_KIND_EMAIL && level >= 1 && level <= 5)
	{
		pair->one_country |= not_twice(cmp, l, r, &pair->tf_u);
		if (level == 1 && own_mail(cmp, l, r))
			pair->tf_h -= OWN_MAIL;
	}
	else if (cmp->kind == CLT_KIND_ADDRESS)
		pair->tf_u += clt_address_frequency(cmp, level, l, r);
	else if (cmp->kind == CLT_KIND_GIVEN && level >= 1 && level <= 4)
		pair->lift = level == 1 ? cmp->column->values[v].lift : cmp->column->lift;
	else if (cmp->kind == CLT_KIND_SURNAME)
		pair->one_family |= level >= 1 && level <= 3;
	if (cmp->kind == CLT_KIND_GIVEN || cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME)
		pair->tf_u += near_names(cmp, level, l, r);
	if (v)
	{
		const CltColumn *column = cmp->column->element ? cmp->column->element : cmp->column;

		pair->tf_u += column->values[v].tf_u;
		pair->tf_h += column->values[v].tf_h;
	}
}

/*
 * clt_note_end ends the comparisons of a pair: who shares a family's name is a countryman,
 * and so more likely to share a given name.
 */
void
clt_note_end(CltCompared *pair)
{
	if (pair->one_family && !pair->one_country)
		pair->tf_u += pair->lift;
}

/* clt_compare_one makes one comparison of a pair. */
void
clt_compare_one(const CltComparison *cmp, CltMemo *memo, int i, CltCompared *pair)
{
	uint32_t	v;
	int			level;

	if (cmp->levels)
	{
		float		bits;

		level = clt_levels_compare(cmp->levels, memo, pair->l, pair->r, &bits);
		pair->gamma |= (uint64_t) level << (4 * i);
		pair->tf_u += bits;
		return;
	}
	level = clt_compare_records(cmp, memo, pair->l, pair->r, &v);
	clt_note_level(cmp, i, pair, level, v);
}

/* clt_compare_vector compares two records. */
uint64_t
clt_compare_vector(const CltComparison *comparisons, CltMemo *const *memos, int n,
				   uint32_t l, uint32_t r, float *tf_u, float *tf_h)
{
	CltCompared pair = {.l = l,.r = r};
	int			i;

	for (i = 0; i < n; i++)
		clt_compare_one(&comparisons[i], memos ? memos[i] : NULL, i, &pair);
	clt_note_end(&pair);
	*tf_u = pair.tf_u;
	*tf_h = pair.tf_h;
	return pair.gamma;
}
