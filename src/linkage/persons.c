/*
 * persons.c
 *		Who is who: the numbers of persons, and the rows of <model>_person.
 *
 * A person keeps its number from run to run.  Of the persons that the members
 * of a cluster belonged to before, the cluster takes the one most of its members
 * come from, each number being given once; clusters that nobody knew get new
 * numbers, and a number that was ever given is not given again.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/result_rows.h"
#include "linkage/results.h"

typedef struct Claim
{
	uint32		label;
	int64		person;
	int64		votes;
} Claim;

static int
compare_claims(const void *a, const void *b)
{
	const Claim *x = (const Claim *) a;
	const Claim *y = (const Claim *) b;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	return 0;
}

static int
compare_votes(const void *a, const void *b)
{
	const Claim *x = (const Claim *) a;
	const Claim *y = (const Claim *) b;

	if (x->votes != y->votes)
		return x->votes > y->votes ? -1 : 1;
	return compare_claims(a, b);
}

static int
compare_int64(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

struct LinkPersons
{
	LinkJob    *job;
	int64		next;			/* the first number never given */
	int64	   *number;			/* of the person of each label */
	LinkRows	rows;
	/* who was who at the last run */
	bool		known;
	clt_file	file;			/* where it stands */
	Claim	   *claims;
	int64		nclaims;
	int64		cap;
	SortSupportData ssup;
	/* numbers that nobody has any more, and what became of them */
	Datum	   *gone;
	Datum	   *became;
	int64		ngone;
};

/* add_claim adds what one row says; as long as nobody knows the labels, claims have the records' numbers in their place. */
static void
add_claim(void *arg, const Datum *values, const bool *isnull)
{
	LinkPersons *persons = (LinkPersons *) arg;
	LinkJob    *job = persons->job;
	int			at = job->nsources > 1 ? 1 : 0;
	int			source = 0;
	uint32		row;

	if (isnull[at] || isnull[at + 1] || (at && isnull[0]))
		return;
	persons->next = Max(persons->next, DatumGetInt64(values[at + 1]) + 1);
	if (at)
		source = clt_link_find_source(job, DatumGetObjectId(values[0]));
	if (source < 0)
		return;
	row = clt_link_find_key(job, &persons->ssup, source, values[at]);
	if (row == job->n)
		return;
	if (persons->nclaims >= persons->cap)
	{
		persons->cap *= 2;
		persons->claims = clt_link_large_grow(persons->claims, persons->cap * sizeof(Claim));
	}
	persons->claims[persons->nclaims].label = row;
	persons->claims[persons->nclaims].person = DatumGetInt64(values[at + 1]);
	persons->claims[persons->nclaims++].votes = 1;
}

static void
start_claims(LinkPersons *persons)
{
	persons->cap = 1024;
	persons->nclaims = 0;
	persons->claims = clt_link_large(persons->job->context, persons->cap * sizeof(Claim));
	clt_link_key_order(persons->job, &persons->ssup);
}

/* read_claims reads who was who at the last run. */
static void
read_claims(LinkPersons *persons, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	TableScanDesc scan;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int64		n = 0;

	clt_link_check_persons(rel, persons->job);
	start_claims(persons);
	scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if ((n++ & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		add_claim(persons, slot->tts_values, slot->tts_isnull);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	persons->file = clt_file_of(rel);
	table_close(rel, NoLock);
}

/* clt_link_persons_before reads the persons of the last run, if there was one; next is the first number never given. */
LinkPersons *
clt_link_persons_before(LinkJob *job, Oid relid, int64 next)
{
	LinkPersons *persons = MemoryContextAllocZero(job->context, sizeof(LinkPersons));

	persons->job = job;
	persons->next = next;
	persons->known = OidIsValid(relid);
	if (persons->known)
		read_claims(persons, relid);
	return persons;
}

/* free_numbers frees what came out. */
static void
free_numbers(LinkPersons *persons)
{
	if (persons->gone)
		pfree(persons->gone);
	persons->gone = persons->became = NULL;
	persons->ngone = 0;
	clt_link_shared_free(persons->job, persons->rows.person_ref);
	clt_link_rows_free(&persons->rows);
	persons->number = NULL;
}

/*
 * clt_link_persons_again begins anew after others have written into the table's old file, and reads that; next
 * is the first number never given.
 */
void
clt_link_persons_again(LinkPersons *persons, Relation rel, int64 next)
{
	free_numbers(persons);
	persons->next = next;
	if (!persons->known)
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	start_claims(persons);
	if (!clt_link_read_file(rel, persons->file, GetActiveSnapshot(), add_claim, persons))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("decisions were taken about linkage model \"%s\" while it was run", persons->job->model)));
	PopActiveSnapshot();
}

/* Numbers of persons of an earlier run, ascending, and which of them live on. */
typedef struct Numbers
{
	int64	   *number;
	bool	   *taken;
	int64		n;
} Numbers;

static bool *
number_taken(const Numbers *numbers, int64 person)
{
	int64	   *place = bsearch(&person, numbers->number, numbers->n, sizeof(int64), compare_int64);

	return &numbers->taken[place - numbers->number];
}

/* earlier_numbers lists the numbers of counted claims. */
static void
earlier_numbers(LinkJob *job, const Claim *claims, int64 n, Numbers *numbers)
{
	int64		k;

	numbers->number = clt_link_large(job->context, Max(n, 1) * sizeof(int64));
	numbers->taken = MemoryContextAllocExtended(job->context, Max(n, 1) * sizeof(bool), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	numbers->n = 0;
	for (k = 0; k < n; k++)
		numbers->number[k] = claims[k].person;
	qsort(numbers->number, n, sizeof(int64), compare_int64);
	for (k = 0; k < n; k++)
		if (k == 0 || numbers->number[k] != numbers->number[k - 1])
			numbers->number[numbers->n++] = numbers->number[k];
}

/* count_votes makes one claim of those of all members of a cluster to one number. */
static void
count_votes(LinkPersons *persons)
{
	Claim	   *claims = persons->claims;
	int64		distinct = 0;
	int64		k;

	for (k = 0; k < persons->nclaims; k++)
		claims[k].label = persons->job->label[claims[k].label];
	qsort(claims, persons->nclaims, sizeof(Claim), compare_claims);
	for (k = 0; k < persons->nclaims; k++)
	{
		if (distinct > 0 && compare_claims(&claims[distinct - 1], &claims[k]) == 0)
			claims[distinct - 1].votes++;
		else
			claims[distinct++] = claims[k];
	}
	persons->nclaims = distinct;
}

/* give_numbers gives clusters the numbers that most of their members had. */
static void
give_numbers(LinkPersons *persons, Numbers *numbers)
{
	Claim	   *claims = persons->claims;
	int64		k;

	qsort(claims, persons->nclaims, sizeof(Claim), compare_votes);
	for (k = 0; k < persons->nclaims; k++)
	{
		bool	   *taken = number_taken(numbers, claims[k].person);

		if (persons->number[claims[k].label] || *taken)
			continue;
		persons->number[claims[k].label] = claims[k].person;
		*taken = true;
	}
}

/* list_gone lists the numbers that no cluster took: each goes where most of its records went. */
static void
list_gone(LinkPersons *persons, Numbers *numbers)
{
	const Claim *claims = persons->claims;
	int64		k;

	persons->gone = clt_link_large(persons->job->context, Max(numbers->n, 1) * 2 * sizeof(Datum));
	persons->became = persons->gone + numbers->n;
	for (k = 0; k < persons->nclaims; k++)
	{
		bool	   *taken = number_taken(numbers, claims[k].person);

		if (*taken)
			continue;
		*taken = true;
		persons->gone[persons->ngone] = Int64GetDatum(claims[k].person);
		persons->became[persons->ngone++] = Int64GetDatum(persons->number[claims[k].label]);
	}
}

/* number_persons gives each label the number of its person. */
static void
number_persons(LinkPersons *persons)
{
	LinkJob    *job = persons->job;
	Numbers		numbers = {0};
	uint32		i;

	persons->number = clt_link_shared_alloc(job, Max(job->n, 1) * sizeof(int64), &persons->rows.person_ref);
	if (persons->known)
	{
		count_votes(persons);
		earlier_numbers(job, persons->claims, persons->nclaims, &numbers);
		give_numbers(persons, &numbers);
	}
	for (i = 0; i < job->n; i++)
		if (job->label[i] == i && persons->number[i] == 0)
			persons->number[i] = persons->next++;
	if (!persons->known)
		return;
	list_gone(persons, &numbers);
	pfree(persons->claims);
	pfree(numbers.number);
	pfree(numbers.taken);
}

/* person_value is a column of a record and its person; of several tables, the first says which the record is in. */
static Datum
person_value(const LinkRows *rows, uint32 i, int column)
{
	const LinkJob *job = rows->job;

	if (job->nsources > 1 && column-- == 0)
		return ObjectIdGetDatum(clt_link_table_of(job, i));
	return column == 0 ? job->keys[i] : Int64GetDatum(rows->person[job->label[i]]);
}

static void
person_ahead(const LinkRows *rows, uint32 i, int column)
{
	if (column == (rows->job->nsources > 1 ? 1 : 0))
		clt_link_key_ahead(rows->job, i);
}

typedef struct NumberedLabel
{
	int64		person;
	uint32		label;
} NumberedLabel;

static int
compare_numbered(const void *a, const void *b)
{
	int64		x = ((const NumberedLabel *) a)->person;
	int64		y = ((const NumberedLabel *) b)->person;

	return x < y ? -1 : x > y;
}

/* person_order returns the records in the order of a column: they lie in that of their keys. */
static uint32 *
person_order(const LinkRows *rows, int column)
{
	LinkJob    *job = rows->job;
	const int64 *person = rows->person;
	NumberedLabel *labels;
	uint32	   *rank;
	uint32	   *order;
	uint32		nlabels = 0;
	uint32		i;

	if (column != (job->nsources > 1 ? 2 : 1))
		return NULL;
	labels = clt_link_large(job->context, Max(job->n, 1) * sizeof(NumberedLabel));
	rank = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	for (i = 0; i < job->n; i++)
		if (job->label[i] == i)
		{
			labels[nlabels].person = person[i];
			labels[nlabels++].label = i;
		}
	qsort(labels, nlabels, sizeof(NumberedLabel), compare_numbered);
	for (i = 0; i < nlabels; i++)
		rank[labels[i].label] = i;
	/* a record's label is not greater than its own number */
	for (i = job->n; i-- > 0;)
		rank[i] = rank[job->label[i]];
	order = clt_link_order_by(job, rank, job->n, nlabels);
	pfree(rank);
	pfree(labels);
	return order;
}

/* clt_link_person_rows says what rows of persons are. */
void
clt_link_person_rows(LinkJob *job, LinkRows *rows)
{
	rows->job = job;
	rows->n = job->n;
	rows->value = person_value;
	rows->ahead = person_ahead;
	rows->order = person_order;
}

/* clt_link_number_persons numbers the persons, the records being joined, and returns the rows of their table. */
LinkRows *
clt_link_number_persons(LinkPersons *persons, Relation rel)
{
	LinkRows   *rows = &persons->rows;

	clt_link_check_persons(rel, persons->job);
	number_persons(persons);
	clt_link_person_rows(persons->job, rows);
	rows->person = persons->number;
	clt_link_rows_start(rows);
	return rows;
}

/* redirect writes down what became of numbers that nobody has any more. */
static void
redirect(const LinkPersons *persons)
{
	Oid			types[4] = {TEXTOID, TEXTOID, INT8ARRAYOID, INT8ARRAYOID};
	Datum		values[4];

	values[0] = CStringGetTextDatum(persons->job->schema);
	values[1] = CStringGetTextDatum(persons->job->model);
	values[2] = PointerGetDatum(construct_array(persons->gone, (int) persons->ngone, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] = PointerGetDatum(construct_array(persons->became, (int) persons->ngone, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	if (SPI_execute_with_args("SELECT clientele.redirect_persons($1, $2, $3, $4)", 4, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not write redirects");
}

/* clt_link_end_persons tells where numbers went, and returns the first one never given. */
int64
clt_link_end_persons(LinkPersons *persons)
{
	int64		next = persons->next;

	if (persons->ngone > 0)
		redirect(persons);
	free_numbers(persons);
	pfree(persons);
	return next;
}
