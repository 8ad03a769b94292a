/*
 * index_rules.c
 *		By what keys records are looked up one at a time.
 *
 * Beside the rules of the model, by which pairs are made, there are rules for search
 * alone: single columns, so that an incomplete record finds something.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/index.h"

/* add_search_rule adds a rule of one or two atoms unless the model or search has it. */
static void
add_search_rule(LinkJob *job, LinkRule *search, int *n, LinkAtom a, LinkAtom b)
{
	LinkRule	rule;
	int			i;

	if (a.field < 0 || (b.transform != LINK_NTRANSFORMS && b.field < 0))
		return;
	memset(&rule, 0, sizeof(rule));
	rule.split_of = -1;
	rule.atom[rule.natoms++] = a;
	if (b.transform != LINK_NTRANSFORMS)
		rule.atom[rule.natoms++] = b;
	for (i = 0; i < clt_link_keyed_rules(job) + *n; i++)
	{
		const LinkRule *other = i < clt_link_keyed_rules(job) ? &job->rule[i] : &search[i - clt_link_keyed_rules(job)];

		if (other->split_of < 0 && other->natoms == rule.natoms &&
			memcmp(other->atom, rule.atom, sizeof(LinkAtom) * rule.natoms) == 0)
			return;
	}
	if (*n < LINK_MAX_SEARCH_RULES)
		search[(*n)++] = rule;
}

static LinkAtom
atom(int field, int second, LinkTransform transform)
{
	LinkAtom	a;

	memset(&a, 0, sizeof(a));
	a.field = field;
	a.second = second;
	a.transform = transform;
	return a;
}

/* search_rules lists the keys by which an incomplete record looks for its like. */
static int
search_rules(LinkJob *job, LinkRule *search)
{
	LinkAtom	none = atom(-1, -1, LINK_NTRANSFORMS);
	int			given = clt_link_field_of_kind(job, CLT_KIND_GIVEN);
	int			surname = clt_link_field_of_kind(job, CLT_KIND_SURNAME);
	int			city = clt_link_field_of_kind(job, CLT_KIND_CITY);
	int			date = clt_link_field_of_kind(job, CLT_KIND_DATE);
	int			number = clt_link_field_of_kind(job, CLT_KIND_HOUSE_NUMBER);
	int			n = 0;
	int			f;

	if (given >= 0 && surname >= 0)
	{
		add_search_rule(job, search, &n, atom(given, surname, LINK_EITHER_ORDER), none);
		add_search_rule(job, search, &n, atom(given, -1, LINK_SOUND), atom(surname, -1, LINK_SOUND));
	}
	add_search_rule(job, search, &n, atom(surname, -1, LINK_SOUND), atom(city, -1, LINK_SOUND));
	add_search_rule(job, search, &n, atom(surname, -1, LINK_SOUND), atom(date, -1, LINK_YEAR));
	for (f = 0; f < job->nfields; f++)
		switch (job->field[f].kind)
		{
			case CLT_KIND_SURNAME:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				add_search_rule(job, search, &n, atom(f, -1, LINK_SOUND), none);
				break;
			case CLT_KIND_GIVEN:
			case CLT_KIND_EMAIL:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				break;
			case CLT_KIND_FULL_NAME:
			case CLT_KIND_COMPANY:
			case CLT_KIND_TEXT:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				add_search_rule(job, search, &n, atom(f, -1, LINK_WORDS), none);
				break;
			case CLT_KIND_PHONE:
				add_search_rule(job, search, &n, atom(f, -1, LINK_TAIL), none);
				break;
			case CLT_KIND_STREET:
				add_search_rule(job, search, &n, atom(f, number, LINK_LINE), none);
				break;
			case CLT_KIND_DATE:
			case CLT_KIND_IDENTIFIER:
			case CLT_KIND_NUMBER:
				add_search_rule(job, search, &n, atom(f, -1, LINK_VALUE), none);
				break;
			default:
				break;
		}
	return n;
}

/* clt_link_posting_bits is how many bits of a key are kept for so many records. */
int
clt_link_posting_bits(uint32 n)
{
	int			bits = 11;

	while (n > 1)
	{
		n >>= 1;
		bits++;
	}
	return Min(bits, 48);
}

/* clt_link_index_lists says which lists are to be made with the blocks of the model's rules. */
void
clt_link_index_lists(LinkJob *job)
{
	job->lists = MemoryContextAllocZero(job->context, sizeof(LinkIndexLists));
	job->lists->nsearch = search_rules(job, job->lists->search);
	job->lists->file = MemoryContextAllocZero(job->context, LINK_LIST_FILES(job) * sizeof(BufFile *));
}
