/*
 * suggest_tables.c
 *		Which columns of tables that are to be linked hold the same.
 *
 * What a column is called and looks like says of each table by itself what it is taken for.  Where two tables hold the
 * same values that says more: columns of one kind go together by them, a column that one table gave away as a text and
 * the other knows is what the other knows, and words that no other table has are no evidence.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "linkage/engine.h"
#include "linkage/suggest.h"

/* So many values must two columns have in common, and so large a share of those of the one that has fewer. */
#define COMMON_VALUES 20
#define COMMON_SHARE 0.1

/* Of few different values one in common is a sign. */
#define FEW_VALUES 100

/* In so many of the records must a text hold a given name and a surname of another table. */
#define NAMES_SHARE 0.4

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

/* sort_different sorts hashes and leaves each once; returns how many. */
static int
sort_different(uint64 *set, int n)
{
	int			kept = 0;
	int			i;

	qsort(set, n, sizeof(uint64), compare_hashes);
	for (i = 0; i < n; i++)
		if (kept == 0 || set[i] != set[kept - 1])
			set[kept++] = set[i];
	return kept;
}

/* list_values lists the different values of a column. */
static void
list_values(LinkCandidate *c)
{
	int64		row;

	c->set = palloc(sizeof(uint64) * Max(c->nvalues, 1));
	c->nset = 0;
	for (row = 0; row < c->nvalues; row++)
		if (c->value[row])
			c->set[c->nset++] = c->value[row];
	c->nset = sort_different(c->set, c->nset);
}

/* in_common counts the values that two columns have in common. */
static int
in_common(const LinkCandidate *a, const LinkCandidate *b)
{
	int			common = 0;
	int			i = 0;
	int			j = 0;

	while (i < a->nset && j < b->nset)
	{
		common += a->set[i] == b->set[j];
		if (a->set[i] < b->set[j])
			i++;
		else if (a->set[i] > b->set[j])
			j++;
		else
		{
			i++;
			j++;
		}
	}
	return common;
}

/* share_of is how much of two columns' values they have in common; 0 if that could be chance. */
static double
share_of(const LinkCandidate *a, const LinkCandidate *b)
{
	int			fewer = Min(a->nset, b->nset);
	int			common = fewer > 0 ? in_common(a, b) : 0;

	if (common < COMMON_VALUES && (fewer > FEW_VALUES || common * 2 < fewer))
		return 0;
	return common >= COMMON_SHARE * fewer ? (double) common / fewer : 0;
}

/* column_of finds the first column of a kind, NULL if there is none. */
static const LinkCandidate *
column_of(const LinkTableSeen *table, CltKind kind)
{
	int			i;

	for (i = 0; i < table->n; i++)
		if (table->cand[i].kind == (int) kind)
			return &table->cand[i];
	return NULL;
}

/* ---- names ---- */

/* The different words of a column, in order. */
typedef struct WordSet
{
	uint64	   *word;
	int			n;
} WordSet;

/* words_of lists the different words of a column; NULL has none. */
static WordSet
words_of(const LinkCandidate *c)
{
	WordSet		set = {palloc(sizeof(uint64) * LINK_WORD_ROWS * LINK_ROW_WORDS), 0};
	int			row;
	int			w;

	for (row = 0; c && c->words && row < LINK_WORD_ROWS; row++)
		for (w = 0; w < LINK_ROW_WORDS && c->words[row][w]; w++)
			set.word[set.n++] = c->words[row][w];
	set.n = sort_different(set.word, set.n);
	return set;
}

static bool
is_among(uint64 word, const WordSet *set)
{
	return bsearch(&word, set->word, set->n, sizeof(uint64), compare_hashes) != NULL;
}

/* holds_names tells whether most values of a column have a given name and a surname of another table in them. */
static bool
holds_names(const LinkCandidate *c, const WordSet *given, const WordSet *surnames)
{
	int			filled = 0;
	int			both = 0;
	int			row;
	int			w;

	for (row = 0; c->words && row < LINK_WORD_ROWS; row++)
	{
		bool		a = false;
		bool		b = false;

		/* a word that is both, such as Thomas, is one of them */
		for (w = 0; w < LINK_ROW_WORDS && c->words[row][w]; w++)
			if (!a && is_among(c->words[row][w], given))
				a = true;
			else if (is_among(c->words[row][w], surnames))
				b = true;
		filled += c->words[row][0] != 0;
		both += a && b;
	}
	return filled >= COMMON_VALUES && both >= NAMES_SHARE * filled;
}

/* tell_whole_names finds the texts of a table without names that hold those of another one. */
static void
tell_whole_names(LinkTableSeen *table, const LinkTableSeen *other)
{
	WordSet		given;
	WordSet		surnames;
	int			i;

	if (column_of(table, CLT_KIND_GIVEN) || column_of(table, CLT_KIND_SURNAME) || column_of(table, CLT_KIND_FULL_NAME) ||
		!column_of(other, CLT_KIND_GIVEN) || !column_of(other, CLT_KIND_SURNAME))
		return;
	given = words_of(column_of(other, CLT_KIND_GIVEN));
	surnames = words_of(column_of(other, CLT_KIND_SURNAME));
	for (i = 0; i < table->n; i++)
	{
		LinkCandidate *c = &table->cand[i];

		CHECK_FOR_INTERRUPTS();

		/*
		 * told by nothing but its look: years behind names are no house
		 * numbers
		 */
		if ((c->kind == CLT_KIND_TEXT || (c->role == CLT_ROLE_NONE && (c->kind == CLT_KIND_STREET || c->kind == CLT_KIND_CATEGORY))) &&
			holds_names(c, &given, &surnames))
		{
			c->kind = CLT_KIND_FULL_NAME;
			c->why = psprintf("given names and surnames of \"%s\"", other->job->table);
			break;
		}
	}
	pfree(given.word);
	pfree(surnames.word);
}

/* ---- kinds ---- */

/* rank orders the kinds of texts by how much is known of those who have one; -1: another kind. */
static int
rank(int kind)
{
	return kind == CLT_KIND_CATEGORY ? 0 : kind == CLT_KIND_TEXT ? 1 : kind == CLT_KIND_FULL_NAME ? 2 : kind == CLT_KIND_COMPANY ? 3 : -1;
}

/*
 * settle_kinds makes two columns that hold the same values one kind: what one table knows of them holds for the other, but
 * names of people are a text where the other table's are the makers of its things.
 */
static void
settle_kinds(LinkTableSeen *a, LinkCandidate *x, LinkTableSeen *b, LinkCandidate *y)
{
	LinkCandidate *less = rank(x->kind) < rank(y->kind) ? x : y;
	LinkCandidate *more = less == x ? y : x;

	if (rank(less->kind) < 0 || less->kind == more->kind || Min(x->nset, y->nset) < COMMON_VALUES || share_of(x, y) == 0)
		return;
	if (more->kind == CLT_KIND_FULL_NAME && less->kind == CLT_KIND_TEXT && less->role != CLT_ROLE_NAME && less->role != CLT_ROLE_WHOLE_NAME)
	{
		LinkCandidate *other = less;

		less = more;
		more = other;
	}
	less->kind = more->kind;
	less->why = psprintf("the same values as \"%s\" of \"%s\"", more->name, less == x ? b->job->table : a->job->table);
}

/* ---- which go together ---- */

/* go_by_values: columns of these kinds are told apart by their values alone if a table has several. */
static bool
go_by_values(int kind)
{
	return kind == CLT_KIND_CATEGORY || kind == CLT_KIND_TEXT || kind == CLT_KIND_REGION || kind == CLT_KIND_NUMBER ||
		kind == CLT_KIND_IDENTIFIER || kind == CLT_KIND_COMPANY;
}

/* has_like tells whether a table has a column of a number. */
static bool
has_like(const LinkTableSeen *table, int like)
{
	int			i;

	for (i = 0; i < table->n && table->cand[i].like != like; i++)
		;
	return i < table->n;
}

/* Two columns of two tables, and how much they have in common. */
typedef struct ColumnPair
{
	int			a;
	int			b;
	double		share;
} ColumnPair;

static int
compare_pairs(const void *a, const void *b)
{
	const ColumnPair *x = (const ColumnPair *) a;
	const ColumnPair *y = (const ColumnPair *) b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return x->a != y->a ? x->a - y->a : x->b - y->b;
}

/* put_together numbers the columns of two tables that have most in common, then the next, and so on. */
static void
put_together(LinkTableSeen *a, LinkTableSeen *b, int *numbers)
{
	ColumnPair *pairs = palloc_extended(sizeof(ColumnPair) * Max((Size) a->n * b->n, 1), MCXT_ALLOC_HUGE);
	int			n = 0;
	int			i;
	int			j;

	for (i = 0; i < a->n; i++)
		for (j = 0; j < b->n; j++)
		{
			if (a->cand[i].kind != b->cand[j].kind || !go_by_values(a->cand[i].kind))
				continue;
			CHECK_FOR_INTERRUPTS();
			pairs[n].a = i;
			pairs[n].b = j;
			pairs[n].share = share_of(&a->cand[i], &b->cand[j]);
			n += pairs[n].share > 0;
		}
	qsort(pairs, n, sizeof(ColumnPair), compare_pairs);
	for (i = 0; i < n; i++)
	{
		LinkCandidate *x = &a->cand[pairs[i].a];
		LinkCandidate *y = &b->cand[pairs[i].b];

		/* one of them goes with another column of the other's table */
		if ((x->like && has_like(b, x->like)) || (y->like && has_like(a, y->like)))
			continue;
		if (!x->like)
			x->like = y->like ? y->like : ++*numbers;
		y->like = x->like;
	}
	pfree(pairs);
}

/* has_word_of tells whether a word of a set stands in a column. */
static bool
has_word_of(const LinkCandidate *c, const WordSet *set)
{
	int			row;
	int			w;

	for (row = 0; c->words && row < LINK_WORD_ROWS; row++)
		for (w = 0; w < LINK_ROW_WORDS && c->words[row][w]; w++)
			if (is_among(c->words[row][w], set))
				return true;
	return false;
}

/* nobody_has tells whether other tables have columns of a column's kind, and none of them a word of it. */
static bool
nobody_has(const LinkTableSeen *tables, int n, int of, const LinkCandidate *c)
{
	WordSet		set = words_of(c);
	bool		asked = false;
	bool		had = false;
	int			t;
	int			i;

	for (t = 0; t < n && !had; t++)
		for (i = 0; i < tables[t].n && t != of && !had; i++)
		{
			const LinkCandidate *other = &tables[t].cand[i];

			CHECK_FOR_INTERRUPTS();
			if (other->kind != c->kind || other->nset == 0)
				continue;
			asked = true;
			had = has_word_of(other, &set);
		}
	pfree(set.word);
	return asked && !had;
}

/* clt_link_match_tables looks for what the columns of several tables have in common. */
void
clt_link_match_tables(LinkTableSeen *tables, int n)
{
	int			numbers = 0;
	int			t;
	int			u;
	int			i;
	int			j;

	for (t = 0; t < n; t++)
		for (i = 0; i < tables[t].n; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(tables[t].job->context);

			if (tables[t].cand[i].kind >= 0)
				list_values(&tables[t].cand[i]);
			MemoryContextSwitchTo(old);
		}
	for (t = 0; t < n; t++)
		for (u = 0; u < n; u++)
		{
			CHECK_FOR_INTERRUPTS();
			if (u == t)
				continue;
			tell_whole_names(&tables[t], &tables[u]);
			for (i = 0; u > t && i < tables[t].n; i++)
				for (j = 0; j < tables[u].n; j++)
				{
					CHECK_FOR_INTERRUPTS();
					settle_kinds(&tables[t], &tables[t].cand[i], &tables[u], &tables[u].cand[j]);
				}
		}
	for (t = 0; t < n; t++)
		for (u = t + 1; u < n; u++)
		{
			CHECK_FOR_INTERRUPTS();
			put_together(&tables[t], &tables[u], &numbers);
		}
	/* codes here and words there, or something else: they never agree */
	for (t = 0; t < n; t++)
		for (i = 0; i < tables[t].n; i++)
		{
			LinkCandidate *c = &tables[t].cand[i];

			if ((c->kind == CLT_KIND_CATEGORY || c->kind == CLT_KIND_REGION) && !c->like && nobody_has(tables, n, t, c))
				c->like = -1;
		}
}
