/*
 * suggest_sample.c
 *		What the columns of a table look like: a sample of it (the first records by key),
 *		column by column.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/engine.h"
#include "linkage/guess.h"
#include "linkage/sorted_keys.h"
#include "linkage/suggest.h"
#include "linkage/words.h"

#define SAMPLE_ROWS 20000

/* clt_link_is_text tells whether values of a type are text: also our own e-mail and phone types, which are of the user category. */
bool
clt_link_is_text(Oid type)
{
	char		category;
	bool		preferred;
	char	   *name;

	get_type_category_preferred(type, &category, &preferred);
	if (category != TYPCATEGORY_USER)
		return category == TYPCATEGORY_STRING;
	name = format_type_be(type);
	return strcmp(name, "clientele.email") == 0 || strcmp(name, "clientele.phone") == 0 || strcmp(name, "email") == 0 ||
		strcmp(name, "phone") == 0;
}

/* tells_something: may columns of a type tell people or things apart? */
static bool
tells_something(Oid type)
{
	char		category;
	bool		preferred;

	if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == POINTOID || clt_link_is_text(type))
		return true;
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_ENUM || (category == TYPCATEGORY_NUMERIC && type != MONEYOID && type != OIDOID);
}

/* clt_link_readable_columns lists the columns that could tell people apart. */
LinkCandidate *
clt_link_readable_columns(LinkJob *job, int *count)
{
	Relation	rel = relation_open(job->source, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	LinkCandidate *result = palloc0(sizeof(LinkCandidate) * Max(desc->natts, 1));
	int			n = 0;
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			base;
		Oid			element;
		size_t		len;

		if (att->attisdropped || strcmp(NameStr(att->attname), job->key_column) == 0)
			continue;
		/* columns the caller may not read are none of ours */
		if (pg_class_aclcheck(job->source, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
			pg_attribute_aclcheck(job->source, att->attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			continue;
		base = getBaseType(att->atttypid);
		element = get_element_type(base);
		if (OidIsValid(element))
			element = getBaseType(element);
		if (!tells_something(OidIsValid(element) ? element : base))
			continue;
		result[n].several = OidIsValid(element);
		if (OidIsValid(element))
			base = element;
		result[n].name = pstrdup(NameStr(att->attname));
		len = strlen(result[n].name);
		result[n].read_as = clt_read_as_utf8(result[n].name, &len);
		result[n].type = base;
		n++;
	}
	relation_close(rel, NoLock);
	*count = n;
	return result;
}

/* hash_of is the same for values that differ in case, accents and punctuation only; 0 for nothing. */
static uint64
hash_of(const char *s, size_t len, CltNormal *scratch)
{
	if (len == 0)
		return 0;
	if (len > CLT_NORMAL_INPUT)
		return clt_block_hash(s, len, 1) | 1;
	len = clt_fold_words(s, len, scratch->s);
	return len ? clt_block_hash(scratch->s, len, 1) | 1 : 0;
}

/* stem_of is the same for values that differ in their digits only. */
static uint64
stem_of(const char *s, size_t len)
{
	uint64		h = 14695981039346656037u;
	size_t		i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			h = (h ^ (unsigned char) s[i]) * 1099511628211u;
	return h;
}

/* A longer text is looked at where it is met and let go: nobody holds twenty thousand documents at once. */
#define KEPT_TEXT 1024

/* The texts of a column in the sample, and their hashes in order. */
typedef struct SampleTexts
{
	MemoryContext context;		/* of those that are no part of the rows */
	const char **text;			/* by row; NULL: it was looked at */
	size_t	   *len;
	CltKeyRow  *hash;
	CltKeyRow  *stem;
	CltKeyRow  *tmp;
	Size		n;				/* that are not empty */
} SampleTexts;

static void
open_texts(SampleTexts *texts, Size rows)
{
	rows = Max(rows, 1);
	texts->context = AllocSetContextCreate(CurrentMemoryContext, "clientele linkage sample", ALLOCSET_DEFAULT_SIZES);
	texts->text = palloc(rows * sizeof(char *));
	texts->len = palloc(rows * sizeof(size_t));
	texts->hash = palloc(rows * sizeof(CltKeyRow));
	texts->stem = palloc(rows * sizeof(CltKeyRow));
	texts->tmp = palloc(rows * sizeof(CltKeyRow));
}

static void
close_texts(SampleTexts *texts)
{
	pfree(texts->text);
	pfree(texts->len);
	pfree(texts->hash);
	pfree(texts->stem);
	pfree(texts->tmp);
	MemoryContextDelete(texts->context);
}

/* add_text notes a text; what is not kept has been looked at. */
static void
add_text(SampleTexts *texts, uint32 row, const char *s, size_t len)
{
	CltKeyRow	hash = {clt_block_hash(s, len, 1), row, 0};
	CltKeyRow	stem = {clt_block_mix(stem_of(s, len)), row, 0};

	texts->text[row] = len <= KEPT_TEXT ? s : NULL;
	texts->len[row] = len;
	texts->hash[texts->n] = hash;
	texts->stem[texts->n++] = stem;
}

/* count_texts counts what the different texts look like: each is looked at once. */
static void
count_texts(SampleTexts *texts, CltColumnStats *stats)
{
	Size		from;
	Size		to;

	clt_block_sort(texts->hash, texts->tmp, texts->n);
	for (from = 0; from < texts->n; from = to)
	{
		uint32		row = texts->hash[from].row;

		to = clt_link_block_end(texts->hash, from, texts->n);
		if (texts->text[row])
			clt_stats_add(stats, texts->text[row], texts->len[row], (int64) (to - from));
		stats->distinct++;
	}
	clt_block_sort(texts->stem, texts->tmp, texts->n);
	for (from = 0; from < texts->n; from = clt_link_block_end(texts->stem, from, texts->n))
		stats->stems++;
	texts->n = 0;
	MemoryContextReset(texts->context);
}

/* clt_link_look_at_sample fills the statistics of all candidates. */
void
clt_link_look_at_sample(LinkJob *job, LinkCandidate *cand, int n)
{
	StringInfoData sql;
	uint64		row;
	SampleTexts texts = {0};
	CltNormal  *scratch = palloc(sizeof(CltNormal));
	int			i;

	if (n == 0)
		return;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (i = 0; i < n; i++)
	{
		const char *quoted = quote_identifier(cand[i].name);

		appendStringInfoString(&sql, i ? ", " : "");
		/* of several values the first tells what they are */
		if (cand[i].several)
			appendStringInfo(&sql, "(%s)[pg_catalog.array_lower(%s, 1)]::pg_catalog.text", quoted, quoted);
		else if (cand[i].type == TIMESTAMPOID || cand[i].type == TIMESTAMPTZOID)
			appendStringInfo(&sql, "pg_catalog.to_char(%s, 'YYYY-MM-DD')", quoted);
		else
			appendStringInfo(&sql, "%s::pg_catalog.text", quoted);
	}
	appendStringInfo(&sql, " FROM %s ORDER BY %s LIMIT %d", job->qualified,
					 quote_identifier(job->key_column), SAMPLE_ROWS);
	if (SPI_execute(sql.data, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read \"%s\"", job->table);
	open_texts(&texts, SPI_processed);
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		cand[i].nvalues = (int64) SPI_processed;
		cand[i].value = palloc0(sizeof(uint64) * Max(SPI_processed, 1));
		for (row = 0; row < SPI_processed; row++)
		{
			bool		isnull;
			Datum		d = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, i + 1, &isnull);
			MemoryContext old;
			struct varlena *t;
			const char *s;
			size_t		len;

			if (isnull)
			{
				clt_link_note_words(&cand[i], (int64) row, "", 0);
				continue;
			}
			old = MemoryContextSwitchTo(texts.context);
			t = PG_DETOAST_DATUM_PACKED(d);
			len = VARSIZE_ANY_EXHDR(t);
			s = clt_read_as_utf8(VARDATA_ANY(t), &len);
			MemoryContextSwitchTo(old);
			clt_link_note_words(&cand[i], (int64) row, s, len);
			cand[i].value[row] = hash_of(s, len, scratch);
			if (len > 0)
				add_text(&texts, (uint32) row, s, len);
			if (len > KEPT_TEXT)
			{
				clt_stats_add(&cand[i].stats, s, len, 1);
				if (s != VARDATA_ANY(t))
					pfree((char *) s);
				if ((Pointer) t != DatumGetPointer(d))
					pfree(t);
			}
		}
		count_texts(&texts, &cand[i].stats);
	}
	pfree(scratch);
	close_texts(&texts);
	SPI_freetuptable(SPI_tuptable);
}
