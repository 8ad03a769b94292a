/*
 * engine.h
 *		What the files of the linkage engine share.
 *
 * One job goes: open the source, read and encode each column once, choose the
 * blocking rules, make and score the pairs, train, cluster, write.  All memory
 * of a job hangs in one context.
 */
#ifndef CLT_LINKAGE_ENGINE_H
#define CLT_LINKAGE_ENGINE_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"
#include "utils/jsonb.h"
#include "utils/sortsupport.h"

#include "linkage/blocking.h"
#include "linkage/compare.h"
#include "linkage/fs_model.h"
#include "linkage/levels.h"
#include "linkage/normalize.h"
#include "linkage/clusters.h"

#define LINK_MAX_FIELDS 24
#define LINK_MAX_ELEMENTS 8		/* values that a record has at most in one
								 * column */
#define LINK_SEPARATOR '\x1f'	/* stands between them where they are one text */

#define LINK_MAX_RULES 30
#define LINK_ALL_RULES (LINK_MAX_RULES + 1) /* with that of identical records */
#define LINK_WORD_SLOTS 4		/* keys a record has at most in one rule */

/* A run of more records than this is divided by a second key. */
#define LINK_LARGE_RUN 300

/*
 * A place in memory that all processes of a job see (crew.h): an offset, or without
 * workers an address.  What is allocated at 0 does not exist.
 */
typedef uint64 LinkRef;
typedef struct LinkCrew LinkCrew;
typedef struct LinkKeyMaker LinkKeyMaker;

/* Records whose keys are made at a time. */
#define LINK_KEY_BATCH 1024

#define LINK_FIELD_COLUMNS CLT_ADDRESS_PARTS
#define LINK_MAX_SOURCES 16

/* A table of a model.  Its records come after those of the table before. */
typedef struct LinkSource
{
	Oid			table;
	char	   *name;
	char	   *qualified;		/* quoted */
	char	   *key_column;
	uint32		end;			/* of its records */
	double		expected;		/* records, by the planner */
} LinkSource;

/* What the columns of a field are in one of several tables; name NULL: it has no such column. */
typedef struct LinkColumns
{
	char	   *name[LINK_FIELD_COLUMNS];
	Oid			type[LINK_FIELD_COLUMNS];
} LinkColumns;

/* A column of the source, or several that make one value (a date, a place), encoded. */
typedef struct LinkField
{
	CltKind		kind;
	int			ncolumns;
	char	   *column[LINK_FIELD_COLUMNS];
	Oid			type[LINK_FIELD_COLUMNS];
	LinkColumns *in;			/* by table; column and type are those of the
								 * first that has them */
	struct LinkField *element;	/* records have several values: a column of
								 * the single ones; else NULL */
	int			scheme;			/* identifiers: how their check digit is made;
								 * 0: not known */
	int			nplaceholders;	/* values that say nothing, by their hash */
	uint64	   *placeholder;
	CltColumn	col;
	LinkRef		dictionary;		/* where col's arrays are when shared */
	LinkRef		sketches;		/* of its values, while pairs are compared */
	/* while reading */
	MemoryContext text;			/* of values and words */
	char	   *pool;
	uint32		pool_left;
	struct LinkRawSlot *raw;
	uint32		raw_size;
	uint32		raw_used;
	struct LinkNormSlot *norm;
	uint32		norm_size;
	uint32	   *token_map;
	uint32		token_map_size;
	uint32		values_cap;
	uint32		tokens_cap;
	uint32		token_ids_used;
	uint32		token_ids_cap;
	/* names: who had each value before names were divided */
	uint32	   *before;
	uint32		nbefore;
} LinkField;

/* Columns that the field takes in the query: the three parts of a date, else one. */
#define LINK_FIELD_WIDTH(field) ((field)->kind == CLT_KIND_DATE && (field)->ncolumns == 3 ? 3 : 1)

/* A comparison of the model and what it needs of the fields. */
typedef struct LinkComparison
{
	char	   *name;
	CltKind		kind;
	char	   *why;
	int			nfields;
	int			field[CLT_ADDRESS_PARTS];
	int			part[CLT_ADDRESS_PARTS];	/* address: CLT_PART_ of each */
	CltLevels  *levels;			/* the user's own */
	char	   *sql[CLT_FS_MAX_LEVELS + 1]; /* their SQL conditions; [0]: what
											 * is missing */
	struct LinkPlans *plans;	/* of these, which the session keeps; NULL: of
								 * this job alone */
	char	   *label[CLT_FS_MAX_LEVELS + 1];	/* NULL: the kind's own */
	/* what the user says of the parameters; 0: nothing */
	double		m[CLT_FS_MAX_LEVELS + 1];
	double		u[CLT_FS_MAX_LEVELS + 1];
	bool		m_fixed;
	bool		u_fixed;
	uint32		weight_set;		/* levels whose weight is given */
	double		weight[CLT_FS_MAX_LEVELS + 1];
	int			scope;			/* CltFsScope; -1: as the kind has it */
	int			tf;				/* 0 or 1; -1: as the kind does it */
	double		tf_floor;		/* smallest frequency that counts */
	double		tf_weight;		/* share of the adjustment that is made */
} LinkComparison;

/* How a key is made of a field. */
typedef enum LinkTransform
{
	LINK_VALUE,
	LINK_FORM,					/* family form, mailbox, joined words */
	LINK_LOCAL,					/* e-mail: local part */
	LINK_SOUND,
	LINK_PREFIX,				/* first three letters */
	LINK_YEAR,
	LINK_MONTH_DAY,
	LINK_YEAR_MONTH,
	LINK_TAIL,					/* phone: last seven digits */
	LINK_WORDS,					/* each word */
	LINK_LINE,					/* street with house number */
	LINK_EITHER_ORDER,			/* given name and surname, swapped or not */
	LINK_CELL,					/* the corners of the square a place lies in */
	LINK_NTRANSFORMS
} LinkTransform;

typedef struct LinkAtom
{
	int			field;
	int			second;			/* LINK_LINE with a number column,
								 * LINK_EITHER_ORDER; else -1 */
	LinkTransform transform;
} LinkAtom;

#define LINK_RULE_ATOMS 3
#define LINK_MAX_ATOMS 160
typedef struct LinkRule
{
	int			natoms;
	LinkAtom	atom[LINK_RULE_ATOMS];
	char	   *name;
	char	   *why;
	double		gain;			/* of these, not found by the rules before */
	int			split_of;		/* the rule whose large blocks it divides, or
								 * -1 */
	CltBlockStats stats;
	int64		skipped_rows;	/* in blocks too large even after dividing */
	int			share;			/* of its pairs one in so many teaches the
								 * model; 0: none */
	int			slot0;
	int			nslots;
	/* runs: rows[start[i] .. start[i+1]) */
	uint32	   *rows;
	uint32	   *start;
	uint32		nruns;
	LinkRef		rows_ref;
	LinkRef		start_ref;
} LinkRule;

/* One candidate pair with all that the second pass needs. */
typedef struct LinkPair
{
	uint64		gamma;
	uint32		l;
	uint32		r;
	uint32		mask;
	int16		tf_u;			/* CLT_FS_TF_UNIT parts of a bit */
	int16		tf_h;
} LinkPair;

/* The records that a copy is brought together with, plus one; the second of two that stand for all has only the first. */
typedef struct LinkCopy
{
	uint32		first;
	uint32		previous;
	uint32		before;			/* that one, which may be the first */
} LinkCopy;

/* Decisions of stewards that a job has seen. */
typedef struct LinkDecisionsSeen
{
	int64		n;
	int64		last;
} LinkDecisionsSeen;

/*
 * A job.  Workers get a copy of the struct, in which the pointers to the encoded
 * records and the runs are set to where they see them (team.c); other pointers are
 * the leader's.
 */
typedef struct LinkJob
{
	MemoryContext context;
	LinkCrew   *crew;			/* NULL: no other process takes part */
	int			participant;	/* 0: the leader */
	bool		workers_stay;	/* from work to work: no statement is run
								 * meanwhile */
	struct LinkProgress *progress;	/* NULL: nobody looks on */
	struct dsm_segment *progress_segment;
	Oid			source;
	char	   *schema;
	char	   *table;
	char	   *qualified;		/* quoted */
	char	   *model;

	/* the tables; of more than one, pairs are made across */
	int			nsources;
	LinkSource	in[LINK_MAX_SOURCES];
	bool		key_as_text;	/* their keys have different types */
	bool		one_to_one;
	int			one_per;		/* of each value of this field, plus one, a
								 * person has at most one record; 0: no such
								 * field */
	uint32		largest_person; /* records a person may have; 0: any number */

	/* the key */
	char	   *key_column;
	Oid			key_type;
	char	   *key_type_name;
	bool		key_optional;	/* a record looked for may have none */
	uint32		keyless;		/* records without one */
	int16		key_len;
	bool		key_byval;
	Datum	   *keys;
	LinkRef		keys_ref;		/* when shared: they, or what they point to
								 * one after another */
	MemoryContext key_pool;		/* what they point to while they are not */
	Size		key_bytes;		/* of it */

	/* the records */
	uint32		n;
	uint32		cap;
	int			nfields;
	LinkField	field[LINK_MAX_FIELDS];
	uint32	   *codes;			/* n * nfields, by row */
	LinkRef		codes_ref;
	LinkCopy   *copy;			/* identical.c: by row; NULL: no copies */
	LinkRef		copy_ref;
	uint32		ncopies;

	/* the model */
	int			ncomparisons;
	LinkComparison comparison[CLT_FS_MAX_COMPARISONS];
	CltComparison kernel[CLT_FS_MAX_COMPARISONS];
	CltMemo    *memo[CLT_FS_MAX_COMPARISONS];
	CltFsModel	fs;
	CltFsTable	score;
	bool		trained;
	int32		version;		/* in the registry, when results are written */
	bool		compares_alone; /* some comparison can be made by this process
								 * alone */
	double		threshold;		/* probability */
	double		prior;			/* given; 0: estimated */
	bool		no_household;	/* two classes of pairs, not three */

	/* blocking */
	bool		rules_given;
	int			nrules;
	LinkRule	rule[LINK_ALL_RULES];
	int			nslots;
	uint32	   *runs;			/* n * nslots, by row: number of the run, 0
								 * none */
	LinkRef		runs_ref;
	double		pair_budget;
	bool		wants_index;	/* the search index will be written */
	struct LinkIndexLists *lists;	/* for it, made with the blocks (index.h) */

	/* the pairs */
	bool		only_train;		/* the histogram is all that is wanted */
	struct LinkPairStore *store;	/* pairs made by this process */
	int64	   *stored;			/* in the file of each other one */
	int64		npairs;
	bool		others;			/* some are made when the model is trained */
	LinkRef		others_kept;	/* and are what each process kept of them */
	LinkRef		tally;			/* how likely those are that all kept (keep.h) */
	double		learn_from;		/* of more pairs than this some teach the
								 * model, not all; 0: all do */
	CltFsCell  *cells;
	int64		ncells;
	LinkPair   *pairs;			/* those kept, by the edges' ref */

	/* the outcome */
	CltEdge    *edges;
	int64		nedges;
	uint32	   *label;			/* smallest ordinal of the record's cluster */
	int64		refused;
	LinkDecisionsSeen decisions_seen;	/* as they were joined by */
	List	   *warnings;		/* see warnings.c */

	struct LinkProbe *probe;	/* records looked up one by one: with this */
} LinkJob;

/* clt_link_begin is where the records of a table begin. */
static inline uint32
clt_link_begin(const LinkJob *job, int source)
{
	return source == 0 ? 0 : job->in[source - 1].end;
}

/* clt_link_source_of tells which table a record is in. */
static inline int
clt_link_source_of(const LinkJob *job, uint32 row)
{
	int			s = 0;

	while (row >= job->in[s].end)
		s++;
	return s;
}

/* Pairs counted record by record, in ascending order. */
typedef struct LinkPairCount
{
	int64		pairs;
	int64		n;
	int64		partners;		/* records before that make a pair with this
								 * one */
	int			source;
} LinkPairCount;

/* clt_link_count adds the pairs of one more record with those before it. */
static inline void
clt_link_count(const LinkJob *job, LinkPairCount *count, uint32 row)
{
	if (job->nsources == 1)
		count->partners = count->n;
	else
		for (; row >= job->in[count->source].end; count->source++)
			count->partners = count->n;
	count->pairs += count->partners;
	count->n++;
}

/* clt_link_all_pairs counts the pairs that all records make but copies. */
static inline int64
clt_link_all_pairs(const LinkJob *job)
{
	int64		n = (int64) job->n - job->ncopies;
	int64		pairs = n * (n - 1) / 2;
	int			s;

	for (s = 0; job->nsources > 1 && s < job->nsources; s++)
	{
		int64		own = job->in[s].end - clt_link_begin(job, s);

		pairs -= own * (own - 1) / 2;
	}
	return pairs;
}

/* How many records have a name. */
typedef uint32 (*LinkCountFn) (LinkJob *job, LinkField *field, const char *s, uint32 len);

/* open.c */
extern LinkJob *clt_link_job_open(Oid source, const char *model);
extern void clt_link_job_add(LinkJob *job, Oid table);
extern int	clt_link_find_source(const LinkJob *job, Oid table);
extern int	clt_link_need_source(const LinkJob *job, Oid table);
extern void clt_link_job_close(LinkJob *job);

/* source.c */
extern void clt_link_read(LinkJob *job);
extern char *clt_link_select_list(LinkJob *job, int source);
extern DestReceiver *clt_link_receiver(LinkJob *job, uint32 room);
extern void clt_link_receive_from(DestReceiver *receiver, int source);

/* counts.c */
extern float clt_link_word_weight(int64 filled, uint32 count);

/* divide_names.c */
extern void clt_link_divide_names(LinkJob *job, LinkCountFn had);

/* record_order.c */
extern void clt_link_key_order(LinkJob *job, SortSupport ssup);
extern char *clt_link_equality(Oid key_type);
extern uint32 clt_link_find_key(LinkJob *job, SortSupport ssup, int source, Datum key);

/* suggest.c */
extern Jsonb *clt_link_suggest(LinkJob *job);

/* settings.c */
extern const char *const clt_part_name[CLT_ADDRESS_PARTS];
extern const CltKind clt_part_kind[CLT_ADDRESS_PARTS];
extern void clt_link_settings_apply(LinkJob *job, Jsonb *settings);
extern bool clt_link_is_complete(const LinkJob *job);
extern int	clt_link_add_field(LinkJob *job, CltKind kind, char **columns, const LinkColumns *in, int ncolumns, bool several);
extern LinkColumns *clt_link_columns_in(LinkJob *job, char **columns, int n);

/* own_levels.c */
extern void clt_link_read_levels(LinkComparison *cmp, JsonbContainer * object, char **columns, int n);

/* rule_settings.c */
extern void clt_link_blocking_columns(LinkJob *job, JsonbContainer * array);
extern void clt_link_rules_apply(LinkJob *job, Jsonb *settings);
extern Jsonb *clt_link_settings_with_rules(LinkJob *job, Jsonb *settings);

/* parameters.c */
extern Jsonb *clt_link_parameters_make(LinkJob *job);
extern void clt_link_parameters_apply(LinkJob *job, Jsonb *parameters);

/* kinds.c */
extern bool clt_link_field_expression(StringInfo sql, const LinkField *field);
extern bool clt_link_accept(const LinkField *field, CltNormal *normal);
extern int	clt_link_nlevels(const LinkComparison *cmp);
extern int	clt_link_different(const LinkComparison *cmp);
extern const char *clt_link_label(const LinkComparison *cmp, int level);
extern CltColumn *clt_link_single_values(LinkField *field);
extern void clt_link_kernel_of_kind(LinkJob *job, int i);
extern void clt_link_prepare_levels(LinkJob *job, int i);
extern void clt_link_apply_options(LinkJob *job, int i);

/* pairs.c */
extern bool clt_link_rule_makes(const LinkJob *job, int r, uint32 a, uint32 b);

/* warnings.c */
extern void clt_link_warn(LinkJob *job, const char *code, const char *comparison, int level, const char *detail);
extern void clt_link_warnings_json(LinkJob *job, StringInfo out);
extern void clt_link_look_for_trouble(LinkJob *job);

/* sql_levels.c */
extern void clt_link_prepare_sql(LinkJob *job, int i);
extern void clt_link_keep_plans(LinkJob *job);
extern char *clt_link_write_sql(const LinkJob *job);
extern void clt_link_read_sql(LinkJob *job, const char *text);

/* keys.c */
extern int	clt_link_atom_slots(const LinkJob *job, const LinkAtom *atom);
extern int	clt_link_rule_slots(const LinkJob *job, const LinkRule *rule);
extern uint64 clt_link_atom_key(const LinkJob *job, const LinkAtom *atom, uint32 row, int slot);
extern uint64 clt_link_rule_key(const LinkJob *job, const LinkRule *rule, uint32 row, int slot);
extern LinkKeyMaker *clt_link_key_maker(LinkJob *job);
extern void clt_link_key_maker_free(LinkKeyMaker *maker);
extern void clt_link_make_keys(LinkKeyMaker *maker, const LinkRule *rule, const uint32 *rows, uint32 row, uint32 count, uint64 *out);

/* identical.c */
extern int	clt_link_keyed_rules(const LinkJob *job);
extern void clt_link_find_copies(LinkJob *job);
extern void clt_link_join_copies(LinkJob *job);
extern bool clt_link_meets_copy(const LinkJob *job, uint32 copy, uint32 other);
extern uint32 clt_link_original(const LinkJob *job, uint32 row);
extern bool clt_link_same_original(const LinkJob *job, uint32 a, uint32 b);

/* clt_link_is_copy tells whether other records stand for this one. */
static inline bool
clt_link_is_copy(const LinkJob *job, uint32 row)
{
	return job->copy && job->copy[row].before;
}

/* runs.c */
extern void clt_link_rules_build(LinkJob *job);
extern void clt_link_forget_runs(LinkJob *job);

/* rules.c */
extern void clt_link_rules_choose(LinkJob *job);
extern int	clt_link_field_of_kind(LinkJob *job, CltKind kind);
extern int	clt_link_transform_by_name(const char *name);
extern void clt_link_rule_name(LinkJob *job, LinkRule *rule);
extern const char *clt_link_transform_name(LinkTransform transform);

/* subject.c */
/* Of records that are one text and the same, so many are one thing: nothing else tells them apart. */
#define CLT_LINK_SAME_TEXT 0.9
extern bool clt_link_is_one_text(const LinkJob *job);

/* prepare.c */
extern void clt_link_prepare(LinkJob *job);

/* kernels.c */
extern void clt_link_kernels(LinkJob *job);
extern void clt_link_memos(LinkJob *job);

/* chance.c */
extern void clt_link_chance_rates(LinkJob *job);

/* pairs.c */
extern void clt_link_pairs(LinkJob *job);
extern void clt_link_other_pairs(LinkJob *job);
extern void clt_link_compare(LinkJob *job, LinkPair *pair);

/* keep.c */
extern void clt_link_keep_pairs(LinkJob *job, double least);

/* tally.c */
extern double clt_link_kept_memory(double records);

/* linkage.c */
extern LinkJob *clt_link_open_tables(const Oid *table, int n, const char *name);
extern Oid *clt_link_tables_argument(FunctionCallInfo fcinfo, int arg, int *n);
extern Jsonb *clt_link_suggest_tables(LinkJob *job);

/* sketches.c */
extern bool clt_link_is_drawn(const LinkField *field);
extern void clt_link_sketches(LinkJob *job);
extern void clt_link_see_sketches(LinkJob *job);
extern void clt_link_forget_sketches(LinkJob *job);

/* train.c */
extern void clt_link_train(LinkJob *job);
extern double clt_link_pair_weight(LinkJob *job, const LinkPair *pair);

/* A model learns from all pairs unless there are more than this. */
#define LINK_LEARN_FROM 8000000.0

/* Pairs whose weight is below this are forgotten: about one chance in 250. */
#define LINK_KEEP_WEIGHT (-8.0)

/* What was decided about two records. */
typedef struct LinkDecided
{
	uint32		l;
	uint32		r;
	bool		same;
} LinkDecided;

/* cluster.c */
extern void clt_link_join_edges(LinkJob *job, CltClusters *clusters, const CltEdge *edges, int64 n);
extern void clt_link_join(LinkJob *job, const LinkDecided *decided, int64 ndecided);
extern void clt_link_cluster(LinkJob *job);
extern void clt_link_join_again(LinkJob *job);

/* assign.c */
extern void clt_link_assign(LinkJob *job, CltClusters *clusters, double threshold);

/* decisions.c */
extern LinkDecisionsSeen clt_link_see_decisions(LinkJob *job);
extern LinkDecided *clt_link_decisions(LinkJob *job, int64 *n);
extern void clt_link_decide(LinkJob *job, CltClusters *clusters, const LinkDecided *decided, int64 n);

/* view.c */
extern void clt_link_make_view(Oid source, const char *schema, const char *view, const char *person_table,
							   const char *key_column, char **unit, int nunit);
extern void clt_link_make_link_view(LinkJob *job, const char *view, const char *person_table, char **unit, int nunit);

/* changes.c */
extern void clt_link_forget_changes(LinkJob *job);

#endif
