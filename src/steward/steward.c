/*
 * steward.c
 *		What stewardship asks of a graph: which records stay together, how two are
 *		connected, and which pairs a person hangs by.
 *
 * The functions take records as numbers 1..n and edges as arrays of equal
 * length; they read no table (steward.sql does).
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/clusters.h"
#include "steward/graph.h"

/* What the answer, an array, can hold. */
#define MOST_RECORDS ((int32) (MaxAllocSize / sizeof(Datum)) - 64)

static void *
huge(Size count, Size size)
{
	return MemoryContextAllocExtended(CurrentMemoryContext, Max(count, 1) * size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* array_argument returns the data of an array argument without NULLs; NULL is the empty array. */
static void *
array_argument(FunctionCallInfo fcinfo, int arg, int *n)
{
	ArrayType  *array;

	*n = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(arg);
	if (ARR_NDIM(array) > 1 || ARR_HASNULL(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("an array of records must have one dimension and no null values")));
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return ARR_DATA_PTR(array);
}

static int32
record_count(FunctionCallInfo fcinfo)
{
	int32		n = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of records must not be negative, not %d", n)));
	if (n > MOST_RECORDS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a graph has at most %d records, not %d", MOST_RECORDS, n)));
	return n;
}

static uint32
record_number(int32 given, int32 n)
{
	if (given < 1 || given > n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there is no record %d of %d", given, n)));
	return (uint32) given - 1;
}

/* edges_argument reads two arrays of records and, if there is one, their weights. */
static CltGraphEdge *
edges_argument(FunctionCallInfo fcinfo, int first, bool weighed, int32 n, int *m)
{
	int			nb;
	int			nw;
	int32	   *a = array_argument(fcinfo, first, m);
	int32	   *b = array_argument(fcinfo, first + 1, &nb);
	double	   *w = weighed ? array_argument(fcinfo, first + 2, &nw) : NULL;
	CltGraphEdge *edges;
	int			i;

	if (nb != *m || (weighed && nw != *m))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of edges must have the same length")));
	edges = huge(*m, sizeof(CltGraphEdge));
	for (i = 0; i < *m; i++)
	{
		edges[i].a = record_number(a[i], n);
		edges[i].b = record_number(b[i], n);
		edges[i].weight = w ? w[i] : 0;
		edges[i].ref = (uint32) i;
		if (isnan(edges[i].weight))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the weight of an edge must not be NaN")));
	}
	return edges;
}

static Datum
int4_array(const uint32 *values, int n)
{
	Datum	   *elements = huge(n, sizeof(Datum));
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = Int32GetDatum((int32) values[i]);
	return PointerGetDatum(construct_array(elements, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* keep_apart writes down which records must not meet. */
static void
keep_apart(CltClusters *clusters, const CltGraphEdge *edges, int m)
{
	uint32	   *from = huge((Size) clusters->n + 2, sizeof(uint32));
	uint32	   *with = huge((Size) m * 2, sizeof(uint32));
	uint32		r;
	int			i;

	for (i = 0; i < m; i++)
	{
		from[edges[i].a + 2]++;
		from[edges[i].b + 2]++;
	}
	for (r = 2; r <= clusters->n + 1; r++)
		from[r] += from[r - 1];
	for (i = 0; i < m; i++)
	{
		with[from[edges[i].a + 1]++] = edges[i].b;
		with[from[edges[i].b + 1]++] = edges[i].a;
	}
	clusters->apart_from = from;
	clusters->apart = with;
}

CLT_FUNCTION_INFO_V1(clt_steward_parts);
/*
 * clt_steward_parts(n, left, right, weight, same_left, same_right, apart_left, apart_right)
 * joins what was decided to be the same, then edges strongest first where nothing
 * was decided against it; returns the number of the first record of each one's part.
 */
Datum
clt_steward_parts(PG_FUNCTION_ARGS)
{
	int32		n = record_count(fcinfo);
	int			m;
	int			nsame;
	int			napart;
	CltGraphEdge *edges = edges_argument(fcinfo, 1, true, n, &m);
	CltGraphEdge *same = edges_argument(fcinfo, 4, false, n, &nsame);
	CltGraphEdge *apart = edges_argument(fcinfo, 6, false, n, &napart);
	CltClusters clusters;
	uint32	   *label = huge(n, sizeof(uint32));
	int			i;

	memset(&clusters, 0, sizeof(clusters));
	clusters.n = (uint32) n;
	clusters.parent = huge(n, sizeof(uint32));
	clusters.next = huge(n, sizeof(uint32));
	clusters.size = huge(n, sizeof(uint32));
	clt_clusters_init(&clusters);
	for (i = 0; i < nsame; i++)
		clt_clusters_force(&clusters, same[i].a, same[i].b);
	keep_apart(&clusters, apart, napart);
	qsort(edges, m, sizeof(CltGraphEdge), clt_graph_edge_compare);
	for (i = 0; i < m; i++)
	{
		CltEdge		edge = {edges[i].a, edges[i].b, 0, 0};

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		clt_clusters_join(&clusters, &edge);
	}
	clt_clusters_labels(&clusters, label);
	for (i = 0; i < n; i++)
		label[i]++;
	PG_RETURN_DATUM(int4_array(label, n));
}

CLT_FUNCTION_INFO_V1(clt_steward_path);
/* clt_steward_path(n, left, right, weight, a, z) returns the places of the edges of the strongest path, empty if there is none. */
Datum
clt_steward_path(PG_FUNCTION_ARGS)
{
	int32		n = record_count(fcinfo);
	int			m;
	CltGraphEdge *edges = edges_argument(fcinfo, 1, true, n, &m);
	uint32	   *path = huge(n, sizeof(uint32));
	uint32		a;
	uint32		z;
	size_t		steps;
	size_t		i;

	if (PG_ARGISNULL(4) || PG_ARGISNULL(5))
		PG_RETURN_NULL();
	a = record_number(PG_GETARG_INT32(4), n);
	z = record_number(PG_GETARG_INT32(5), n);
	qsort(edges, m, sizeof(CltGraphEdge), clt_graph_edge_compare);
	CHECK_FOR_INTERRUPTS();
	steps = clt_graph_widest_path(edges, m, (uint32) n, a, z, path, huge(CLT_GRAPH_SCRATCH(n, m), sizeof(uint32)));
	for (i = 0; i < steps; i++)
		path[i] = edges[path[i]].ref + 1;
	PG_RETURN_DATUM(int4_array(path, (int) steps));
}

CLT_FUNCTION_INFO_V1(clt_steward_bridges);
/* clt_steward_bridges(n, left, right) returns of each edge how many pairs of records fall apart without it: 0 if it is no bridge. */
Datum
clt_steward_bridges(PG_FUNCTION_ARGS)
{
	int32		n = record_count(fcinfo);
	int			m;
	CltGraphEdge *edges = edges_argument(fcinfo, 1, false, n, &m);
	uint32	   *side = huge(m, sizeof(uint32));
	uint32	   *rest = huge(m, sizeof(uint32));
	Datum	   *elements = huge(m, sizeof(Datum));
	int			i;

	clt_graph_bridges(edges, m, (uint32) n, side, rest, huge(CLT_GRAPH_SCRATCH(n, m), sizeof(uint32)));
	for (i = 0; i < m; i++)
		elements[i] = Int64GetDatum((int64) side[i] * rest[i]);
	PG_RETURN_DATUM(PointerGetDatum(construct_array(elements, m, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}
