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
#include "utils/rel.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/guess.h"
#include "linkage/suggest.h"

#define SAMPLE_ROWS 20000

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
		char		category;
		bool		preferred;

		if (att->attisdropped || strcmp(NameStr(att->attname), job->key_column) == 0)
			continue;
		/* columns the caller may not read are none of ours */
		if (pg_class_aclcheck(job->source, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
			pg_attribute_aclcheck(job->source, att->attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			continue;
		base = getBaseType(att->atttypid);
		result[n].several = OidIsValid(get_element_type(base));
		if (result[n].several)
			base = getBaseType(get_element_type(base));
		get_type_category_preferred(base, &category, &preferred);
		/* our own e-mail and phone types are of the user category */
		if (base != DATEOID && category != TYPCATEGORY_STRING && category != TYPCATEGORY_NUMERIC &&
			category != TYPCATEGORY_USER && category != TYPCATEGORY_ENUM)
			continue;
		if (category == TYPCATEGORY_USER && strcmp(format_type_be(base), "clientele.email") != 0 &&
			strcmp(format_type_be(base), "clientele.phone") != 0 &&
			strcmp(format_type_be(base), "email") != 0 && strcmp(format_type_be(base), "phone") != 0 &&
			strcmp(format_type_be(base), "citext") != 0)
			continue;
		if (base == MONEYOID || base == FLOAT4OID || base == FLOAT8OID || base == OIDOID)
			continue;
		result[n].name = pstrdup(NameStr(att->attname));
		result[n].type = base;
		n++;
	}
	relation_close(rel, NoLock);
	*count = n;
	return result;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

/* clt_link_look_at_sample fills the statistics of all candidates. */
void
clt_link_look_at_sample(LinkJob *job, LinkCandidate *cand, int n)
{
	StringInfoData sql;
	uint64		row;
	uint64	   *hashes;
	int			i;

	if (n == 0)
		return;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (i = 0; i < n; i++)
	{
		const char *column = quote_identifier(cand[i].name);

		/* of several values the first tells what they are */
		if (cand[i].several)
			appendStringInfo(&sql, "%s(%s)[pg_catalog.array_lower(%s, 1)]::pg_catalog.text", i ? ", " : "", column, column);
		else
			appendStringInfo(&sql, "%s%s::pg_catalog.text", i ? ", " : "", column);
	}
	appendStringInfo(&sql, " FROM %s ORDER BY %s LIMIT %d", job->qualified,
					 quote_identifier(job->key_column), SAMPLE_ROWS);
	if (SPI_execute(sql.data, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read \"%s\"", job->table);
	hashes = palloc(sizeof(uint64) * Max(SPI_processed, 1));
	for (i = 0; i < n; i++)
	{
		int64		filled = 0;
		int64		j;

		CHECK_FOR_INTERRUPTS();
		for (row = 0; row < SPI_processed; row++)
		{
			bool		isnull;
			Datum		d = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, i + 1, &isnull);
			struct varlena *t;

			if (isnull)
			{
				clt_stats_add(&cand[i].stats, "", 0);
				clt_link_note_words(&cand[i], (int64) row, "", 0);
				continue;
			}
			t = PG_DETOAST_DATUM_PACKED(d);
			clt_stats_add(&cand[i].stats, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
			clt_link_note_words(&cand[i], (int64) row, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
			if (VARSIZE_ANY_EXHDR(t) > 0)
				hashes[filled++] = clt_block_hash(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), 1);
		}
		qsort(hashes, filled, sizeof(uint64), compare_hashes);
		for (j = 0; j < filled; j++)
			if (j == 0 || hashes[j] != hashes[j - 1])
				cand[i].stats.distinct++;
	}
	pfree(hashes);
	SPI_freetuptable(SPI_tuptable);
}
