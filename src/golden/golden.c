/*
 * golden.c
 *		The best value of a person's records: the survivor aggregate.
 *
 * Values that fold to the same text (ANA, Ana, Ана) are one candidate with the
 * votes of all.  Most votes win, then the most complete value, then the most
 * recent, then the smallest, so that the answer never depends on the order of
 * the rows.  Within a candidate the spelling is chosen in the same way, written
 * in capitals only if nobody wrote it otherwise.  An array is a unit: the parts
 * of an address stay together.  Placeholders survive only where there is
 * nothing else.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/normalize.h"

/* One spelling that was seen. */
typedef struct Spelling
{
	Datum		value;
	char	   *folded;			/* NULL: the type is not text */
	int			votes;
	int			complete;
	bool		placeholder;
	bool		capitals;
	TimestampTz at;
} Spelling;

typedef struct GoldenState
{
	Oid			type;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool text;
	bool		array;
	int			n;
	int			cap;
	Spelling   *spelling;
} GoldenState;

static GoldenState *
new_state(MemoryContext context, Oid type)
{
	GoldenState *state = MemoryContextAllocZero(context, sizeof(GoldenState));
	char		category;
	bool		preferred;

	state->type = type;
	get_typlenbyvalalign(type, &state->typlen, &state->typbyval, &state->typalign);
	get_type_category_preferred(getBaseType(type), &category, &preferred);
	state->text = category == TYPCATEGORY_STRING && state->typlen == -1;
	state->array = OidIsValid(get_element_type(type)) && get_element_type(type) == TEXTOID;
	state->cap = 2;
	state->spelling = MemoryContextAlloc(context, sizeof(Spelling) * state->cap);
	return state;
}

/* fold_bytes folds text into a string of the current context; len becomes what the text takes in UTF-8. */
static char *
fold_bytes(const char *s, size_t *len)
{
	const char *utf8 = clt_read_as_utf8(s, len);
	size_t		cap = *len * 3 + 16;
	char	   *folded = palloc(cap + 1);
	size_t		need = clt_fold_name(utf8, *len, folded, cap);

	if (need > cap)
	{
		folded = repalloc(folded, need + 1);
		need = clt_fold_name(utf8, *len, folded, need);
	}
	folded[need] = '\0';
	if (utf8 != s)
		pfree((char *) utf8);
	return folded;
}

static bool
all_capitals(const char *s, size_t len)
{
	bool		upper = false;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (s[i] >= 'a' && s[i] <= 'z')
			return false;
		upper |= s[i] >= 'A' && s[i] <= 'Z';
	}
	return upper;
}

/* describe_array sets what an array of text amounts to: its parts, folded and joined. */
static void
describe_array(Spelling *sp, Datum value)
{
	Datum	   *elems;
	bool	   *nulls;
	int			n;
	int			i;
	StringInfoData joined;
	bool		capitals = true;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &n);
	initStringInfo(&joined);
	sp->complete = 0;
	for (i = 0; i < n; i++)
	{
		text	   *t;
		size_t		len;
		char	   *folded;

		appendStringInfoChar(&joined, '\n');
		if (nulls[i])
			continue;
		t = DatumGetTextPP(elems[i]);
		len = VARSIZE_ANY_EXHDR(t);
		folded = fold_bytes(VARDATA_ANY(t), &len);
		if (clt_is_placeholder(folded, strlen(folded)))
			continue;
		/* a further part is worth more than any length */
		sp->complete += 100000 + (int) Min(len, 1000);
		capitals &= all_capitals(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)) || strpbrk(folded, "abcdefghijklmnopqrstuvwxyz") == NULL;
		appendStringInfoString(&joined, folded);
	}
	sp->folded = joined.data;
	sp->placeholder = sp->complete == 0;
	sp->capitals = capitals;
}

static void
describe(GoldenState *state, Spelling *sp)
{
	sp->folded = NULL;
	sp->placeholder = false;
	sp->capitals = false;
	sp->complete = 0;
	if (state->text)
	{
		text	   *t = DatumGetTextPP(sp->value);
		size_t		len = VARSIZE_ANY_EXHDR(t);

		sp->folded = fold_bytes(VARDATA_ANY(t), &len);
		sp->placeholder = clt_is_placeholder(sp->folded, strlen(sp->folded));
		sp->capitals = all_capitals(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
		sp->complete = (int) len;
	}
	else if (state->array)
		describe_array(sp, sp->value);
}

/* golden_add counts one value. */
static void
golden_add(GoldenState *state, MemoryContext context, Datum value, TimestampTz at)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Spelling   *sp;
	int			i;

	if (state->typlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM(value));
	for (i = 0; i < state->n; i++)
	{
		sp = &state->spelling[i];
		if (datumIsEqual(sp->value, value, state->typbyval, state->typlen))
		{
			sp->votes++;
			sp->at = Max(sp->at, at);
			MemoryContextSwitchTo(old);
			return;
		}
	}
	if (state->n >= state->cap)
	{
		state->cap *= 2;
		state->spelling = repalloc_huge(state->spelling, sizeof(Spelling) * state->cap);
	}
	sp = &state->spelling[state->n++];
	sp->value = datumCopy(value, state->typbyval, state->typlen);
	sp->votes = 1;
	sp->at = at;
	describe(state, sp);
	MemoryContextSwitchTo(old);
}

static int
compare_bytes(const char *a, size_t la, const char *b, size_t lb)
{
	int			c = memcmp(a, b, Min(la, lb));

	return c != 0 ? c : la < lb ? -1 : la > lb;
}

/* compare_varlenas compares the bytes of two values, of texts those in UTF-8; the header is not part of a value. */
static int
compare_varlenas(const GoldenState *state, Pointer a, Pointer b)
{
	size_t		la = VARSIZE_ANY_EXHDR(a);
	size_t		lb = VARSIZE_ANY_EXHDR(b);
	const char *x = state->text ? clt_read_as_utf8(VARDATA_ANY(a), &la) : VARDATA_ANY(a);
	const char *y = state->text ? clt_read_as_utf8(VARDATA_ANY(b), &lb) : VARDATA_ANY(b);
	int			c = compare_bytes(x, la, y, lb);

	if (x != VARDATA_ANY(a))
		pfree((char *) x);
	if (y != VARDATA_ANY(b))
		pfree((char *) y);
	return c;
}

/* smaller orders two values by their bytes, to break ties. */
static bool
smaller(const GoldenState *state, Datum a, Datum b)
{
	if (state->typbyval)
		return (int64) a < (int64) b;
	if (state->typlen == -1)
		return compare_varlenas(state, DatumGetPointer(a), DatumGetPointer(b)) < 0;
	return compare_bytes(DatumGetPointer(a), datumGetSize(a, false, state->typlen), DatumGetPointer(b), datumGetSize(b, false, state->typlen)) < 0;
}

static bool
same_candidate(const Spelling *a, const Spelling *b)
{
	return a == b || (a->folded && b->folded && strcmp(a->folded, b->folded) == 0);
}

/* better tells whether spelling a survives b, given the votes of their candidates. */
static bool
better(const GoldenState *state, const Spelling *a, int votes_a, const Spelling *b, int votes_b)
{
	if (a->placeholder != b->placeholder)
		return b->placeholder;
	if (votes_a != votes_b)
		return votes_a > votes_b;
	if (same_candidate(a, b))
	{
		if (a->capitals != b->capitals)
			return b->capitals;
		if (a->votes != b->votes)
			return a->votes > b->votes;
	}
	if (a->complete != b->complete)
		return a->complete > b->complete;
	if (a->at != b->at)
		return a->at > b->at;
	return smaller(state, a->value, b->value);
}

CLT_FUNCTION_INFO_V1(clt_golden_value_trans);
/* clt_golden_value_trans adds a value; the third argument, if any, says when it was true. */
Datum
clt_golden_value_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	GoldenState *state;
	TimestampTz at = DT_NOBEGIN;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("golden_value_trans called outside of an aggregate")));
	state = PG_ARGISNULL(0) ? NULL : (GoldenState *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
	{
		if (state)
			PG_RETURN_POINTER(state);
		PG_RETURN_NULL();
	}
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
		at = PG_GETARG_TIMESTAMPTZ(2);
	if (!state)
		state = new_state(context, get_fn_expr_argtype(fcinfo->flinfo, 1));
	golden_add(state, context, PG_GETARG_DATUM(1), at);
	PG_RETURN_POINTER(state);
}

CLT_FUNCTION_INFO_V1(clt_golden_value_final);
/* clt_golden_value_final returns the survivor; it changes nothing. */
Datum
clt_golden_value_final(PG_FUNCTION_ARGS)
{
	GoldenState *state;
	int			best = 0;
	int			best_votes = -1;
	int			i;
	int			j;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("golden_value_final called outside of an aggregate")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (GoldenState *) PG_GETARG_POINTER(0);
	for (i = 0; i < state->n; i++)
	{
		int			votes = 0;

		CHECK_FOR_INTERRUPTS();
		for (j = 0; j < state->n; j++)
			if (same_candidate(&state->spelling[i], &state->spelling[j]))
				votes += state->spelling[j].votes;
		if (best_votes < 0 || better(state, &state->spelling[i], votes, &state->spelling[best], best_votes))
		{
			best = i;
			best_votes = votes;
		}
	}
	PG_RETURN_DATUM(datumCopy(state->spelling[best].value, state->typbyval, state->typlen));
}
