/*
 * suggest.c
 *		Proposes the comparisons of a model for a table nobody has described: writes down
 *		what its columns were taken for (suggest_kinds.c) by a sample (suggest_sample.c).
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"
#include "linkage/suggest.h"

static int
address_part(CltKind kind)
{
	switch (kind)
	{
		case CLT_KIND_STREET:
			return CLT_PART_STREET;
		case CLT_KIND_HOUSE_NUMBER:
			return CLT_PART_NUMBER;
		case CLT_KIND_POSTCODE:
			return CLT_PART_POSTCODE;
		case CLT_KIND_CITY:
			return CLT_PART_CITY;
		case CLT_KIND_REGION:
			return CLT_PART_REGION;
		default:
			return -1;
	}
}

/* has_kind tells whether a column is proposed by itself for a kind. */
static bool
has_kind(const LinkCandidate *cand, int n, CltKind kind)
{
	int			i;

	for (i = 0; i < n && cand[i].kind != (int) kind; i++)
		;
	return i < n;
}

/* append_name begins a comparison of several columns with its name, or another one where a column is called so. */
static void
append_name(StringInfo out, const char *name, const LinkCandidate *cand, int n, bool first)
{
	char	   *free_name = pstrdup(name);
	int			i;

	for (i = 0; i < n; i++)
		if (cand[i].kind >= 0 && (!cand[i].used || address_part(cand[i].kind) < 0) && strcmp(cand[i].name, free_name) == 0)
		{
			/* and is that one taken? */
			free_name = psprintf("%s_", free_name);
			i = -1;
		}
	appendStringInfo(out, "%s{\"name\": ", first ? "" : ", ");
	escape_json(out, free_name);
}

/* append_address writes all address columns as one comparison; false if there is nothing to unite. */
static bool
append_address(StringInfo out, LinkCandidate *cand, int n, bool *first)
{
	bool		taken[CLT_ADDRESS_PARTS] = {false};
	StringInfoData columns;
	StringInfoData parts;
	int			count = 0;
	int			i;

	initStringInfo(&columns);
	initStringInfo(&parts);
	for (i = 0; i < n; i++)
	{
		int			part = cand[i].kind < 0 ? -1 : address_part(cand[i].kind);

		if (part < 0)
			continue;
		if (taken[part])
			part = CLT_PART_EXTRA;
		if (taken[part] || (part == CLT_PART_EXTRA && address_part(cand[i].kind) == CLT_PART_REGION))
			continue;
		taken[part] = true;
		appendStringInfoString(&columns, count ? ", " : "");
		escape_json(&columns, cand[i].name);
		appendStringInfo(&parts, "%s\"%s\"", count ? ", " : "", clt_part_name[part]);
		cand[i].used = true;
		count++;
	}
	if (count < 2 || !(taken[CLT_PART_STREET] || taken[CLT_PART_POSTCODE]))
	{
		for (i = 0; i < n; i++)
			if (cand[i].kind >= 0 && address_part(cand[i].kind) >= 0)
				cand[i].used = false;
		return false;
	}
	append_name(out, "address", cand, n, *first);
	appendStringInfo(out, ", \"kind\": \"address\", \"columns\": [%s], \"parts\": [%s], \"why\": \"parts of one address are one piece of evidence\"}",
					 columns.data, parts.data);
	*first = false;
	/* further address columns say nothing new */
	for (i = 0; i < n; i++)
		if (cand[i].kind >= 0 && address_part(cand[i].kind) >= 0 && !cand[i].used)
		{
			cand[i].kind = -1;
			cand[i].why = "a further part of the address";
		}
	return true;
}

/* append_split_date writes year, month and day columns as one date, unless there is a whole one; false if it writes nothing. */
static bool
append_split_date(StringInfo out, LinkCandidate *cand, int n, bool *first)
{
	LinkCandidate *part[3] = {NULL, NULL, NULL};
	int			i;

	for (i = 0; i < n && !has_kind(cand, n, CLT_KIND_DATE); i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role == CLT_ROLE_YEAR && SHARE(c, years) > 0.95)
			part[0] = c;
		else if (c->role == CLT_ROLE_MONTH && SHARE(c, months) > 0.95)
			part[1] = c;
		else if (c->role == CLT_ROLE_DAY && SHARE(c, days) > 0.95)
			part[2] = c;
	}
	if (!part[0] || !part[1] || !part[2])
		return false;
	append_name(out, "birth_date", cand, n, *first);
	appendStringInfoString(out, ", \"kind\": \"date\", \"columns\": [");
	for (i = 0; i < 3; i++)
	{
		appendStringInfoString(out, i ? ", " : "");
		escape_json(out, part[i]->name);
		part[i]->used = true;
	}
	appendStringInfoString(out, "], \"why\": \"year, month and day of a date\"}");
	*first = false;
	return true;
}

/* append_location writes latitude and longitude as one place, unless a column has both; false if it writes nothing. */
static bool
append_location(StringInfo out, LinkCandidate *cand, int n, bool *first)
{
	LinkCandidate *part[2] = {NULL, NULL};
	int			i;

	for (i = 0; i < n && !has_kind(cand, n, CLT_KIND_LOCATION); i++)
		if (SHARE(&cand[i], numbers) > 0.95 && (cand[i].role == CLT_ROLE_LATITUDE || cand[i].role == CLT_ROLE_LONGITUDE))
			part[cand[i].role == CLT_ROLE_LONGITUDE] = &cand[i];
	if (!part[0] || !part[1])
		return false;
	append_name(out, "location", cand, n, *first);
	appendStringInfoString(out, ", \"kind\": \"location\", \"columns\": [");
	for (i = 0; i < 2; i++)
	{
		appendStringInfoString(out, i ? ", " : "");
		escape_json(out, part[i]->name);
		part[i]->used = true;
	}
	appendStringInfoString(out, "], \"why\": \"latitude and longitude of a place\"}");
	*first = false;
	return true;
}

/* clt_link_see_table looks at the columns of a job's table, which is alone or one of several to be linked. */
void
clt_link_see_table(LinkTableSeen *seen, bool alone)
{
	MemoryContext old = MemoryContextSwitchTo(seen->job->context);

	seen->cand = clt_link_readable_columns(seen->job, &seen->n);
	clt_link_look_at_sample(seen->job, seen->cand, seen->n);
	MemoryContextSwitchTo(seen->job->context);
	clt_link_tell_kinds(seen->cand, seen->n, alone);
	MemoryContextSwitchTo(old);
}

/* clt_link_write_down returns the comparisons of a table, and what was left out. */
Jsonb	   *
clt_link_write_down(const LinkTableSeen *seen)
{
	LinkJob    *job = seen->job;
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkCandidate *cand = seen->cand;
	StringInfoData out;
	bool		first = true;
	int			n = seen->n;
	int			used = 0;
	int			i;
	Jsonb	   *result;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"key\": ");
	escape_json(&out, job->key_column);
	appendStringInfoString(&out, ", \"comparisons\": [");
	used += append_split_date(&out, cand, n, &first);
	used += append_location(&out, cand, n, &first);
	used += append_address(&out, cand, n, &first);
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->kind < 0 || c->used)
			continue;
		if (used >= CLT_FS_MAX_COMPARISONS)
		{
			c->kind = -1;
			c->why = "more comparisons than a model has room for";
			continue;
		}
		appendStringInfo(&out, "%s{\"name\": ", first ? "" : ", ");
		escape_json(&out, c->name);
		appendStringInfo(&out, ", \"kind\": \"%s\", \"columns\": [", clt_kind_info[c->kind].name);
		escape_json(&out, c->name);
		appendStringInfoString(&out, "]");
		if (c->scheme)
			appendStringInfo(&out, ", \"scheme\": \"%s\"", clt_scheme_name(c->scheme));
		if (c->like)
			appendStringInfo(&out, ", \"like\": %d", c->like);
		if (c->scope >= 0)
			appendStringInfo(&out, ", \"scope\": \"%s\"", c->scope == CLT_FS_SHARED ? "shared" : "personal");
		appendStringInfoString(&out, ", \"why\": ");
		escape_json(&out, c->why);
		appendStringInfoString(&out, "}");
		first = false;
		c->used = true;
		used++;
		if (c->form && used < CLT_FS_MAX_COMPARISONS && !has_kind(cand, n, CLT_KIND_LEGAL_FORM))
		{
			append_name(&out, "legal_form", cand, n, false);
			appendStringInfoString(&out, ", \"kind\": \"legal_form\", \"columns\": [");
			escape_json(&out, c->name);
			appendStringInfoString(&out, "], \"why\": \"two firms may have one name and differ in their form\"}");
			used++;
		}
	}
	appendStringInfoString(&out, "], \"left_out\": [");
	first = true;
	for (i = 0; i < n; i++)
	{
		if (cand[i].used)
			continue;
		appendStringInfo(&out, "%s{\"column\": ", first ? "" : ", ");
		escape_json(&out, cand[i].name);
		appendStringInfoString(&out, ", \"why\": ");
		escape_json(&out, cand[i].why ? cand[i].why : "not recognised");
		appendStringInfoString(&out, "}");
		first = false;
	}
	appendStringInfoString(&out, "]}");
	if (used == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no column of \"%s\" tells people apart", job->table),
				 errhint("Name the columns with clientele.create_model().")));
	result = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
	MemoryContextSwitchTo(old);
	return result;
}

/* clt_link_suggest looks at a job's table and proposes the settings of a model of it alone. */
Jsonb	   *
clt_link_suggest(LinkJob *job)
{
	LinkTableSeen seen = {job, NULL, 0};

	clt_link_see_table(&seen, true);
	return clt_link_write_down(&seen);
}
