/*
 * suggest.c
 *		Proposes the comparisons of a model for a table nobody has described.
 *
 * A sample (the first records by key) is looked at column by column; names,
 * types and contents must agree before a column is believed to be what its
 * name says.  A column that is recognised by nothing but has text in it is
 * compared as text, a column of numbers is left alone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/clientele.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"
#include "linkage/guess.h"
#include "linkage/normalize.h"
#include "linkage/suggest.h"

#define SAMPLE_ROWS 20000

static bool
is_text_type(Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING;
}

/* readable_columns lists the columns that could tell people apart. */
static LinkCandidate *
readable_columns(LinkJob *job, int *count)
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

/* look_at_sample fills the statistics of all candidates. */
static void
look_at_sample(LinkJob *job, LinkCandidate *cand, int n)
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
		appendStringInfo(&sql, "%s%s::pg_catalog.text", i ? ", " : "", quote_identifier(cand[i].name));
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

static char *
by_name(LinkCandidate *c)
{
	return psprintf("named like a %s", clt_role_label(c->role));
}

/* kind_by_role believes the name where the content does not contradict it. */
static void
kind_by_role(LinkCandidate *c)
{
	bool text = is_text_type(c->type);

	c->kind = -1;
	/* email_address is no address */
	if (text &&c->role != CLT_ROLE_EMAIL && SHARE(c, at_sign) > 0.6)
	{
		c->kind = CLT_KIND_EMAIL;
		c->why = "holds e-mail addresses";
		return;
	}
	switch (c->role)
	{
		case CLT_ROLE_GIVEN:
		case CLT_ROLE_MIDDLE:
		case CLT_ROLE_SURNAME:
			if (text &&(SHARE(c, with_digit) < 0.3 || c->strength == 3) && SHARE(c, at_sign) < 0.3)
				c->kind = c->role == CLT_ROLE_GIVEN ? CLT_KIND_GIVEN :
					c->role == CLT_ROLE_MIDDLE ? CLT_KIND_MIDDLE : CLT_KIND_SURNAME;
			break;
		case CLT_ROLE_COMPANY:
			if (text)
				c->kind = CLT_KIND_COMPANY;
			break;
		case CLT_ROLE_EMAIL:
			if (SHARE(c, at_sign) > 0.3 || c->stats.filled == 0)
				c->kind = CLT_KIND_EMAIL;
			break;
		case CLT_ROLE_PHONE:
			if (SHARE(c, with_digit) > 0.5 || c->stats.filled == 0)
				c->kind = CLT_KIND_PHONE;
			break;
		case CLT_ROLE_BIRTH_DATE:
			if (SHARE(c, dates) > 0.5 || c->stats.filled == 0)
				c->kind = CLT_KIND_DATE;
			break;
		case CLT_ROLE_YEAR:
			if (SHARE(c, years) > 0.95)
				c->kind = CLT_KIND_CATEGORY;
			break;
		case CLT_ROLE_AGE:
			if (SHARE(c, numbers) > 0.95)
				c->kind = CLT_KIND_NUMBER;
			break;
		case CLT_ROLE_STREET:
			if (text)
				c->kind = CLT_KIND_STREET;
			break;
		case CLT_ROLE_HOUSE_NUMBER:
			if (SHARE(c, with_digit) > 0.5)
				c->kind = CLT_KIND_HOUSE_NUMBER;
			break;
		case CLT_ROLE_POSTCODE:
			if (SHARE(c, with_digit) > 0.5)
				c->kind = CLT_KIND_POSTCODE;
			break;
		case CLT_ROLE_CITY:
			if (text)
				c->kind = CLT_KIND_CITY;
			break;
		case CLT_ROLE_REGION:
			if (text ||c->stats.distinct < 1000)
				c->kind = CLT_KIND_REGION;
			break;
		case CLT_ROLE_SEX:
			if (c->stats.distinct <= 12)
				c->kind = CLT_KIND_SEX;
			break;
		case CLT_ROLE_IDENTIFIER:
			c->kind = CLT_KIND_IDENTIFIER;
			break;
		default:
			break;
	}
	if (c->kind >= 0)
		c->why = by_name(c);
}

/* Of so many values the word is a given name that somebody is known to have. */
#define GIVEN_SHARE 0.35
/* Of so many values a legal form says that they name firms. */
#define FIRM_SHARE 0.35

/* kind_by_content judges a column whose name says nothing. */
static void
kind_by_content(LinkCandidate *c)
{
	bool text = is_text_type(c->type);

	c->kind = -1;
	if (c->stats.filled == 0)
		c->why = "empty";
	else if (SHARE(c, at_sign) > 0.6)
	{
		c->kind = CLT_KIND_EMAIL;
		c->why = "holds e-mail addresses";
	}
	else if ((text ||c->type == DATEOID) &&SHARE(c, dates) > 0.8 && c->stats.filled > 0)
	{
		if (SHARE(c, years_before_2010) > 0.6)
		{
			c->kind = CLT_KIND_DATE;
			c->why = "holds dates, most of them before 2010";
		}
		else
			c->why = "holds recent dates";
	}
	else if (text &&SHARE(c, phones) > 0.7 && c->stats.distinct * 4 > c->stats.filled)
	{
		c->kind = SHARE(c, numbers) > 0.95 ? CLT_KIND_IDENTIFIER : CLT_KIND_PHONE;
		c->why = "holds long numbers";
	}
	else if (text &&SHARE(c, sexes) > 0.8 && c->stats.distinct <= 8)
	{
		c->kind = CLT_KIND_SEX;
		c->why = "holds words for a sex";
	}
	else if (!text)
		c->why = "a number or date nobody named";
	else if (c->stats.length / c->stats.filled > 120)
		c->why = "long text";
	else if (SHARE(c, postcodes) > 0.9 && c->stats.distinct >= 20)
	{
		c->kind = CLT_KIND_POSTCODE;
		c->why = "looks like postcodes";
	}
	else if (SHARE(c, lines) > 0.6)
	{
		c->kind = CLT_KIND_STREET;
		c->why = "looks like streets with house numbers";
	}
	else if (c->stats.distinct < 2)
		c->why = "always the same";
	else if (SHARE(c, legal_forms) > FIRM_SHARE)
	{
		c->kind = CLT_KIND_COMPANY;
		c->why = psprintf("%.0f%% of the values have a firm's legal form", 100 * SHARE(c, legal_forms));
	}
	else if (c->stats.distinct <= 100 || c->stats.distinct * 50 < c->stats.filled)
	{
		c->kind = CLT_KIND_CATEGORY;
		c->why = "few different values";
	}
	else
	{
		c->kind = CLT_KIND_TEXT;
		c->why = "text";
	}
}

/* Numbers of chance have a right check digit one time in ten. */
#define CHECKED_SHARE 0.9
#define CHECKED_VALUES 20

/* scheme_of finds the scheme whose check digit the values of a column have; 0: none. */
static int
scheme_of(const LinkCandidate *c)
{
	char		folded[512];
	size_t		n = clt_fold_name(c->name, strlen(c->name), folded, sizeof(folded) - 1);
	int			best = 0;
	int			k;

	if (c->stats.filled < CHECKED_VALUES || c->stats.distinct * 2 < c->stats.filled)
		return 0;
	folded[n < sizeof(folded) ? n : 0] = '\0';
	for (k = clt_scheme_count(); k > 0; k--)
	{
		if (c->stats.checked[k] < CHECKED_SHARE * c->stats.filled)
			continue;
		/* of several with one rule the one that the column is named after */
		if (strstr(folded, clt_scheme_name(k)))
			return k;
		best = k;
	}
	return best;
}

/* person_or_firm decides what a column called "name" names. */
static void
person_or_firm(LinkCandidate *cand, int n, LinkCandidate *c)
{
	bool		surname = false;
	bool		given = false;
	bool		alone = true;
	int			i;

	for (i = 0; i < n; i++)
	{
		surname |= cand[i].kind == CLT_KIND_SURNAME;
		given |= cand[i].kind == CLT_KIND_GIVEN;
		alone &= cand[i].kind < 0 || &cand[i] == c;
	}
	if (!is_text_type(c->type) || c->stats.filled == 0)
		return;
	if (surname && !given && c->stats.words / c->stats.filled < 1.6)
	{
		c->kind = CLT_KIND_GIVEN;
		c->why = "a name beside a surname";
	}
	else if (alone && SHARE(c, legal_forms) > FIRM_SHARE)
	{
		/*
		 * a list of firms; beside other columns the legal form is evidence,
		 * too, and stays
		 */
		c->kind = CLT_KIND_COMPANY;
		c->why = psprintf("%.0f%% of the values have a firm's legal form", 100 * SHARE(c, legal_forms));
	}
	else if (SHARE(c, two_to_four_words) > 0.8)
	{
		c->kind = CLT_KIND_FULL_NAME;
		c->why = "names of two to four words";
	}
	else if (surname && given && SHARE(c, given_names) > GIVEN_SHARE)
	{
		c->kind = CLT_KIND_MIDDLE;
		c->why = "given names beside a person's name";
	}
	else if (surname || given)
	{
		c->kind = CLT_KIND_COMPANY;
		c->why = "a name beside a person's name";
	}
	else
	{
		c->kind = CLT_KIND_TEXT;
		c->why = "names of persons or firms";
	}
}

/*
 * name_by_content finds names in columns whose own name says nothing: given names are
 * known, the surname is the column of single words beside them with most different
 * values, a town one with few.
 */
static void
name_by_content(LinkCandidate *cand, int n)
{
	LinkCandidate *given = NULL;
	LinkCandidate *surname = NULL;
	bool		named = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		named |= cand[i].kind == CLT_KIND_SURNAME;
		if (cand[i].kind == CLT_KIND_GIVEN)
			given = &cand[i];
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role != CLT_ROLE_NONE || (c->kind != CLT_KIND_TEXT && c->kind != CLT_KIND_CATEGORY) || c->stats.distinct < 20)
			continue;
		if (SHARE(c, two_to_four_words) > 0.8 && SHARE(c, given_names) > GIVEN_SHARE && !given && !named)
		{
			c->kind = CLT_KIND_FULL_NAME;
			c->why = "names of two to four words, given names among them";
		}
		else if (!given && SHARE(c, single_words) > 0.7 && SHARE(c, given_names) > GIVEN_SHARE)
		{
			c->kind = CLT_KIND_GIVEN;
			c->why = "holds given names";
			given = c;
		}
	}
	if (!given)
		return;
	for (i = 0; i < n && !named; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role == CLT_ROLE_NONE && (c->kind == CLT_KIND_TEXT || c->kind == CLT_KIND_CATEGORY) && SHARE(c, single_words) > 0.7 &&
			c->stats.distinct > given->stats.distinct / 2 && (!surname || c->stats.distinct > surname->stats.distinct))
			surname = c;
	}
	if (surname)
	{
		surname->kind = CLT_KIND_SURNAME;
		surname->why = "single words beside given names, more different ones than in other columns";
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role == CLT_ROLE_NONE && (c->kind == CLT_KIND_TEXT || c->kind == CLT_KIND_CATEGORY) && c->stats.distinct >= 20 &&
			c->stats.distinct * 5 < c->stats.filled && SHARE(c, with_digit) < 0.1 && c->stats.words < 2.0 * c->stats.filled)
		{
			c->kind = CLT_KIND_CITY;
			c->why = "words that many records share, beside people's names";
		}
	}
}

/* town_among_regions: kraj is a country to some and a town to others; beside another region the finer one is a town. */
static void
town_among_regions(LinkCandidate *cand, int n)
{
	LinkCandidate *finer = NULL;
	LinkCandidate *coarser = NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->kind == CLT_KIND_CITY)
			return;
		if (c->kind != CLT_KIND_REGION)
			continue;
		if (!finer || c->stats.distinct > finer->stats.distinct)
		{
			coarser = finer;
			finer = c;
		}
		else
			coarser = c;
	}
	if (!coarser || finer->stats.distinct < 4 * coarser->stats.distinct)
		return;
	finer->kind = CLT_KIND_CITY;
	finer->why = psprintf("the finer of two regions, \"%s\" being the other", coarser->name);
}

/* second_of_a_kind: a second given name is a middle name, and so on. */
static void
second_of_a_kind(LinkCandidate *cand, int n)
{
	int			seen[CLT_NKINDS] = {0};
	int			i;

	for (i = 0; i < n; i++)
	{
		if (cand[i].kind < 0)
			continue;
		if (seen[cand[i].kind]++ == 0)
			continue;
		switch (cand[i].kind)
		{
			case CLT_KIND_GIVEN:
			case CLT_KIND_SURNAME:
				cand[i].kind = CLT_KIND_MIDDLE;
				cand[i].why = psprintf("a further %s", clt_role_label(cand[i].role));
				break;
			case CLT_KIND_FULL_NAME:
				if (seen[CLT_KIND_FULL_NAME] > 1)
					cand[i].kind = CLT_KIND_TEXT;
				break;
			default:
				break;
		}
	}
}

/* describe_what_else_is_not_known: descriptions are about what a record is, where hardly anything else tells. */
static void
describe_what_else_is_not_known(LinkCandidate *cand, int n)
{
	int			known = 0;
	int			i;

	for (i = 0; i < n; i++)
		known += cand[i].kind >= 0;
	for (i = 0; i < n && known < 2; i++)
		if (cand[i].role == CLT_ROLE_DESCRIPTION)
		{
			kind_by_content(&cand[i]);
			if (cand[i].kind >= 0)
				cand[i].why = "a description, where hardly anything else is told";
		}
}

/* ---- writing the proposal ---- */

static void
append_string(StringInfo out, const char *s)
{
	escape_json(out, s);
}

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

/* append_address writes all address columns as one comparison; false if there is nothing to unite. */
static bool
append_address(StringInfo out, LinkCandidate *cand, int n, bool *first)
{
	bool		taken[CLT_ADDRESS_PARTS] = {false};
	static const char *const part_name[] = {"street", "number", "extra", "postcode", "city", "region"};
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
		append_string(&columns, cand[i].name);
		appendStringInfo(&parts, "%s\"%s\"", count ? ", " : "", part_name[part]);
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
	appendStringInfo(out, "%s{\"name\": \"address\", \"kind\": \"address\", \"columns\": [%s], \"parts\": [%s], \"why\": \"parts of one address are one piece of evidence\"}",
					 *first ? "" : ", ", columns.data, parts.data);
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

/* append_split_date writes year, month and day columns as one date. */
static void
append_split_date(StringInfo out, LinkCandidate *cand, int n, bool *first)
{
	LinkCandidate *part[3] = {NULL, NULL, NULL};
	int			i;

	for (i = 0; i < n; i++)
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
		return;
	appendStringInfo(out, "%s{\"name\": \"birth_date\", \"kind\": \"date\", \"columns\": [", *first ? "" : ", ");
	for (i = 0; i < 3; i++)
	{
		appendStringInfoString(out, i ? ", " : "");
		append_string(out, part[i]->name);
		part[i]->used = true;
	}
	appendStringInfoString(out, "], \"why\": \"year, month and day of a date\"}");
	*first = false;
}

/* clt_link_suggest looks at the source and returns the comparisons and what was left out. */
Jsonb	   *
clt_link_suggest(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkCandidate *cand;
	StringInfoData out;
	bool		first = true;
	int			n;
	int			used = 0;
	int			i;
	Jsonb	   *result;

	cand = readable_columns(job, &n);
	look_at_sample(job, cand, n);
	MemoryContextSwitchTo(job->context);
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		c->role = clt_role_by_name(c->name, &c->strength);
		c->kind = -1;
		c->why = "not about the person";
		if (c->role == CLT_ROLE_IGNORE || c->role == CLT_ROLE_DESCRIPTION || c->role == CLT_ROLE_NAME)
		{
			/* a name that says nothing of the kind may still hold addresses */
			if (c->role == CLT_ROLE_IGNORE && SHARE(c, at_sign) > 0.6)
				kind_by_content(c);
			continue;
		}
		if (c->role != CLT_ROLE_NONE)
			kind_by_role(c);
		if (c->kind < 0 && (c->role == CLT_ROLE_NONE || c->strength == 1))
			kind_by_content(c);
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->kind != CLT_KIND_IDENTIFIER && (c->role != CLT_ROLE_NONE || (c->kind >= 0 && c->kind != CLT_KIND_PHONE && c->kind != CLT_KIND_TEXT && c->kind != CLT_KIND_CATEGORY)))
			continue;
		c->scheme = scheme_of(c);
		if (c->scheme == 0)
			continue;
		c->kind = CLT_KIND_IDENTIFIER;
		c->why = psprintf("%.0f%% of the values have the check digit of %s", 100 * SHARE(c, checked[c->scheme]), clt_scheme_name(c->scheme));
	}
	for (i = 0; i < n; i++)
		if (cand[i].role == CLT_ROLE_NAME)
			person_or_firm(cand, n, &cand[i]);
	describe_what_else_is_not_known(cand, n);
	name_by_content(cand, n);
	town_among_regions(cand, n);
	second_of_a_kind(cand, n);
	clt_link_leave_out_repeats(cand, n);

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"key\": ");
	append_string(&out, job->key_column);
	appendStringInfoString(&out, ", \"comparisons\": [");
	append_split_date(&out, cand, n, &first);
	append_address(&out, cand, n, &first);
	used = first ? 0 : 2;
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
		append_string(&out, c->name);
		appendStringInfo(&out, ", \"kind\": \"%s\", \"columns\": [", clt_kind_info[c->kind].name);
		append_string(&out, c->name);
		appendStringInfoString(&out, "]");
		if (c->scheme)
			appendStringInfo(&out, ", \"scheme\": \"%s\"", clt_scheme_name(c->scheme));
		appendStringInfoString(&out, ", \"why\": ");
		append_string(&out, c->why);
		appendStringInfoString(&out, "}");
		first = false;
		c->used = true;
		used++;
	}
	appendStringInfoString(&out, "], \"left_out\": [");
	first = true;
	for (i = 0; i < n; i++)
	{
		if (cand[i].used)
			continue;
		appendStringInfo(&out, "%s{\"column\": ", first ? "" : ", ");
		append_string(&out, cand[i].name);
		appendStringInfoString(&out, ", \"why\": ");
		append_string(&out, cand[i].why ? cand[i].why : "not recognised");
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
