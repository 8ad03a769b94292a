/*
 * record_set.c
 *		Records of one model in the order in which the bulk engine has them, and what
 *		they are called.
 */
#include "postgres.h"

#include "core/clientele.h"
#include "search/record.h"

/* A number as its text has it, of any size: no zero in front of it, none behind its point. */
typedef struct Numeral
{
	bool		negative;
	const char *whole;
	int			nwhole;
	const char *part;
	int			npart;
} Numeral;

static int
digits_of(const char *s)
{
	return (int) strspn(s, "0123456789");
}

/* read_numeral reads a key that is a number. */
static bool
read_numeral(const char *key, Numeral *n)
{
	const char *s = key + (*key == '-');
	const char *point = s + digits_of(s);

	if (point == s)
		return false;
	n->part = *point == '.' ? point + 1 : point;
	n->npart = digits_of(n->part);
	if (n->part[n->npart] != '\0')
		return false;
	n->whole = s + strspn(s, "0");
	n->nwhole = (int) (point - n->whole);
	while (n->npart > 0 && n->part[n->npart - 1] == '0')
		n->npart--;
	n->negative = *key == '-' && n->nwhole + n->npart > 0;
	return true;
}

static int
compare_numerals(const Numeral *a, const Numeral *b)
{
	int			c;

	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	c = a->nwhole - b->nwhole;
	if (c == 0)
		c = memcmp(a->whole, b->whole, a->nwhole);
	if (c == 0)
		c = memcmp(a->part, b->part, Min(a->npart, b->npart));
	if (c == 0)
		c = a->npart - b->npart;
	return a->negative ? -c : c;
}

/*
 * clt_record_compare_keys orders keys of records as the bulk engine does: if they are numbered,
 * numbers by value and before all others, and these by bytes.  Whoever has no key comes first.
 */
int
clt_record_compare_keys(const char *a, const char *b, bool numbered)
{
	Numeral		x;
	Numeral		y;
	int			c = 0;

	if (!a || !b)
		return a ? 1 : b ? -1 : 0;
	if (numbered)
	{
		bool		a_number = read_numeral(a, &x);
		bool		b_number = read_numeral(b, &y);

		if (a_number != b_number)
			return a_number ? -1 : 1;
		if (a_number)
			c = compare_numerals(&x, &y);
	}
	return c ? c : strcmp(a, b);
}

typedef struct SortedRecord
{
	int			source;
	const char *key;
	bool		numbered;
	int			row;
} SortedRecord;

static int
compare_records(const void *a, const void *b)
{
	const SortedRecord *x = (const SortedRecord *) a;
	const SortedRecord *y = (const SortedRecord *) b;
	int			c;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	c = clt_record_compare_keys(x->key, y->key, x->numbered);
	return c ? c : x->row < y->row ? -1 : 1;
}

static bool
same_record(const SortedRecord *a, const SortedRecord *b)
{
	return a->source == b->source && a->key && b->key && strcmp(a->key, b->key) == 0;
}

/*
 * clt_record_sort brings the records of a set into the order in which the bulk engine
 * has them: table by table, by their keys.  One that came several times stays once.
 */
void
clt_record_sort(RecordSet *set)
{
	LinkJob    *job = set->job;
	int			n = (int) job->n;
	SortedRecord *order = palloc(sizeof(SortedRecord) * (n + 1));
	RecordSet	sorted = *set;
	uint32	   *codes = palloc(sizeof(uint32) * ((Size) n * job->nfields + 1));
	int			m = 0;
	int			f;
	int			i;

	sorted.key = palloc(sizeof(char *) * (n + 1));
	sorted.source = palloc(sizeof(int) * (n + 1));
	sorted.nkeys = palloc(sizeof(int) * (n + 1));
	sorted.keys = palloc(sizeof(int64 *) * (n + 1));
	for (i = 0; i < n; i++)
	{
		order[i].source = set->source[i];
		order[i].key = set->key[i];
		order[i].numbered = set->numbered;
		order[i].row = i;
	}
	qsort(order, n, sizeof(SortedRecord), compare_records);
	for (i = 0; i < n; i++)
	{
		int			row = order[i].row;

		if (i > 0 && same_record(&order[i - 1], &order[i]))
			continue;
		sorted.key[m] = set->key[row];
		sorted.source[m] = set->source[row];
		sorted.nkeys[m] = set->nkeys[row];
		sorted.keys[m] = set->keys[row];
		memcpy(codes + (Size) m * job->nfields, job->codes + (Size) row * job->nfields, sizeof(uint32) * job->nfields);
		m++;
	}
	*set = sorted;
	job->n = (uint32) m;
	job->codes = codes;
	for (f = 0; f < job->nfields; f++)
		job->field[f].col.code = codes + f;
	for (i = 0; i < m; i++)
		job->in[sorted.source[i]].end = (uint32) i + 1;
	for (i = 1; i < job->nsources; i++)
		job->in[i].end = Max(job->in[i].end, job->in[i - 1].end);
	pfree(order);
}

/* ---- what a record is called ---- */

/* clt_record_source returns the table of a record of a set; NULL if the model has one table only. */
const char *
clt_record_source(const RecordSet *set, int row)
{
	return set->job->nsources > 1 ? set->job->in[set->source[row]].qualified : NULL;
}

/* clt_record_node returns what a record is called among all of the model: its key, behind its table if there are several; NULL if it has no key. */
char	   *
clt_record_node(const RecordSet *set, int row)
{
	const char *source = clt_record_source(set, row);

	if (!set->key[row] || !source)
		return set->key[row];
	return psprintf("%s %s", source, set->key[row]);
}

/* split_node finds the table of a record by what it is called, and where its key begins; -1: it is none of the model's. */
static int
split_node(const LinkJob *job, const char *node, const char **key)
{
	int			s;

	*key = node;
	if (job->nsources == 1)
		return 0;
	for (s = 0; s < job->nsources; s++)
	{
		Size		len = strlen(job->in[s].qualified);

		/* quoted, no name is the beginning of another and a space */
		if (strncmp(node, job->in[s].qualified, len) == 0 && node[len] == ' ')
		{
			*key = node + len + 1;
			return s;
		}
	}
	return -1;
}

/* clt_record_find finds a record of a sorted set by what it is called; -1 if it is not there. */
int
clt_record_find(const RecordSet *set, const char *node)
{
	const char *key;
	int			source = split_node(set->job, node, &key);
	int			lo;
	int			hi;

	if (source < 0)
		return -1;
	lo = (int) clt_link_begin(set->job, source);
	hi = (int) set->job->in[source].end;
	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;
		int			c = clt_record_compare_keys(set->key[mid], key, set->numbered);

		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}
