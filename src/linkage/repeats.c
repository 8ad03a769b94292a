/*
 * repeats.c
 *		Columns that say what another column says, too.
 *
 * The model takes what comparisons say for independent evidence.  A column whose
 * words stand in another one as well (a full name beside its parts, the year beside
 * the date) would be counted twice, so the poorer of the two is left out.
 */
#include "postgres.h"

#include "linkage/engine.h"
#include "linkage/suggest.h"
#include "text/fold.h"

/* In so many of the records must one be in the other, of so many records at least. */
#define REPEATED 0.9
#define REPEATED_ROWS 30

static bool
of_word(char c)
{
	return IS_HIGHBIT_SET(c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* clt_link_note_words keeps the words of one value. */
void
clt_link_note_words(LinkCandidate *c, int64 row, const char *s, size_t len)
{
	char		folded[512];
	size_t		n;
	size_t		i = 0;
	int			count = 0;

	if (row >= LINK_WORD_ROWS)
		return;
	if (!c->words)
		c->words = palloc0(sizeof(c->words[0]) * LINK_WORD_ROWS);
	n = clt_fold_utf8(s, Min(len, 128), folded, sizeof(folded));
	if (n > sizeof(folded))
		return;
	while (i < n && count < LINK_ROW_WORDS)
	{
		size_t		from;

		for (from = i; i < n && of_word(folded[i]); i++)
			;
		if (i > from)
			c->words[row][count++] = clt_block_hash(folded + from, i - from, 3);
		else
			i++;
	}
}

static bool
has_word(const uint64 *words, uint64 word)
{
	int			i;

	for (i = 0; i < LINK_ROW_WORDS && words[i]; i++)
		if (words[i] == word)
			return true;
	return false;
}

/* said_by tells whether a column's words nearly always stand in one of two others (the second may be NULL). */
static bool
said_by(const LinkCandidate *c, const LinkCandidate *first, const LinkCandidate *second)
{
	int			rows = 0;
	int			filled = 0;
	int			repeated = 0;
	int			r;
	int			i;

	for (r = 0; r < LINK_WORD_ROWS; r++)
	{
		if (!c->words[r][0])
			continue;
		filled++;
		if (!first->words[r][0] || (second && !second->words[r][0]))
			continue;
		rows++;
		for (i = 0; i < LINK_ROW_WORDS && c->words[r][i]; i++)
			if (!has_word(first->words[r], c->words[r][i]) && !(second && has_word(second->words[r], c->words[r][i])))
				break;
		repeated += i == LINK_ROW_WORDS || !c->words[r][i];
	}
	return rows >= REPEATED_ROWS && rows >= REPEATED * filled && repeated >= REPEATED * rows;
}

static bool
may_repeat(const LinkCandidate *c)
{
	return c->kind >= 0 && c->words && c->kind != CLT_KIND_EMAIL && c->kind != CLT_KIND_PHONE && c->kind != CLT_KIND_SEX &&
		c->kind != CLT_KIND_IDENTIFIER;
}

static bool
of_address(const LinkCandidate *c)
{
	return c->kind == CLT_KIND_STREET || c->kind == CLT_KIND_HOUSE_NUMBER || c->kind == CLT_KIND_POSTCODE ||
		c->kind == CLT_KIND_CITY || c->kind == CLT_KIND_REGION;
}

static bool
of_person(const LinkCandidate *c)
{
	return c->kind == CLT_KIND_GIVEN || c->kind == CLT_KIND_SURNAME;
}

static void
leave_out(LinkCandidate *c, const LinkCandidate *other)
{
	c->kind = -1;
	c->why = psprintf("what it says stands in \"%s\", too", other->name);
}

/* clt_link_leave_out_repeats leaves out what another column says, too. */
void
clt_link_leave_out_repeats(LinkCandidate *cand, int n)
{
	LinkCandidate *given = NULL;
	LinkCandidate *surname = NULL;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
		if (may_repeat(&cand[i]))
		{
			if (cand[i].kind == CLT_KIND_GIVEN && !given)
				given = &cand[i];
			if (cand[i].kind == CLT_KIND_SURNAME && !surname)
				surname = &cand[i];
		}

	/* the parts of a name are told apart better than its words */
	for (i = 0; given && surname && i < n; i++)
		if (may_repeat(&cand[i]) && &cand[i] != given && &cand[i] != surname && said_by(given, &cand[i], NULL) &&
			said_by(surname, &cand[i], NULL))
			leave_out(&cand[i], given);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
		{
			LinkCandidate *c = &cand[i];
			LinkCandidate *other = &cand[j];

			/* an address is one comparison anyway */
			if (i == j || !may_repeat(c) || !may_repeat(other) || (of_address(c) && of_address(other)))
				continue;

			/*
			 * a surname stands in the mother's name and in the firm's, too,
			 * and is still who somebody is
			 */
			if (of_person(c) && !of_person(other) && other->kind != CLT_KIND_MIDDLE && other->kind != CLT_KIND_FULL_NAME)
				continue;
			/* of two that are the same the later one goes */
			if (said_by(c, other, NULL) && (j < i || !said_by(other, c, NULL)))
				leave_out(c, other);
		}
}
