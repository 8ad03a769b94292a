/*
 * fs_model.h
 *		The Fellegi-Sunter model: levels, m, u, weights, and their estimation.
 *
 * Pure kernel.  A comparison vector (gamma) packs one level a nibble: 0 is "no
 * evidence" (a value is missing), 1 the strongest agreement, nlevels "else".
 */
#ifndef CLT_LINKAGE_FS_MODEL_H
#define CLT_LINKAGE_FS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLT_FS_MAX_COMPARISONS 15
#define CLT_FS_MAX_LEVELS 12
#define CLT_FS_VETO (-4096.0)	/* weight of a level that forbids a join */
#define CLT_FS_TF_UNIT 256.0	/* fixed point of summed term-frequency bits */
#define CLT_FS_LEAST 1e-12		/* no probability is below it */

#define CLT_FS_LEVEL(gamma, c) ((int) (((gamma) >> (4 * (c))) & 15))

/* What two members of one household share, and what they do not. */
typedef enum CltFsScope
{
	CLT_FS_PERSONAL,			/* given name, birth date, identifier */
	CLT_FS_SHARED				/* surname, address, landline */
} CltFsScope;

/* What a comparison is to twins, and to a parent and a child of one name. */
typedef enum CltFsRole
{
	CLT_FS_PLAIN,
	CLT_FS_GIVEN,				/* twins differ in it, namesakes agree */
	CLT_FS_BIRTH,				/* the other way round */
	CLT_FS_FAMILY,				/* both agree */
	CLT_FS_WHOLE,				/* given name and surname in one */
	CLT_FS_FURTHER,				/* a father's or middle name: as likely shared
								 * by twins as not */
	CLT_FS_HOME					/* addresses, telephones, e-mails: children
								 * have their parents' */
} CltFsRole;

/* At most so much of what is expected of a class of pairs lies at some of the levels. */
typedef struct CltFsBound
{
	int			level;
	double		most;			/* 0: no bound */
} CltFsBound;

typedef struct CltFsComparison
{
	int			nlevels;
	int			different;		/* the first level at which values are
								 * different; 0: the last one */
	CltFsScope	scope;
	CltFsRole	role;
	bool		m_fixed;
	bool		u_fixed;
	bool		tf;				/* level 1 is adjusted by the frequency of the
								 * value */
	bool		several;		/* a person has several in the course of time */
	CltFsBound	most;			/* of m, from the level on that is hardly an
								 * error; level 0: the last one */
	CltFsBound	loose;			/* of m, from the level on at which strangers
								 * of one sort agree, too */
	int			never;			/* a level that true pairs do not reach: its m
								 * stays; 0: none */
	double		m0[CLT_FS_MAX_LEVELS + 1];	/* expectation before data */
	double		h0[CLT_FS_MAX_LEVELS + 1];	/* the same for a household, of
											 * what it shares */
	CltFsBound	alike;			/* of h, up to the level at which two of a
								 * household are namesakes */
	double		twin0;			/* personal: two of a household agree in it as
								 * one person does so often, before data */
	double		twin_most;		/* bound of twin; 0: it stays as expected */
	double		twin;
	double		rate[CLT_FS_MAX_LEVELS + 1];	/* share of all pairs; [0]:
												 * both present */
	double		sampled;		/* pairs that the rates come from; 0: all */
	bool		apart;			/* all of which differ in something else */
	double		both;			/* share of the pairs that both have a value */
	double		m[CLT_FS_MAX_LEVELS + 1];
	double		u[CLT_FS_MAX_LEVELS + 1];
	double		h[CLT_FS_MAX_LEVELS + 1];
	double		observed[CLT_FS_MAX_LEVELS + 1];	/* expected matches seen
													 * at the level */
	uint64_t	rules;			/* blocking rules that use its columns */
	uint32_t	weight_set;		/* bits of the levels whose weight is given */
	double		weight[CLT_FS_MAX_LEVELS + 1];
} CltFsComparison;

typedef struct CltFsModel
{
	int			ncomparisons;
	int			nrules;
	CltFsComparison c[CLT_FS_MAX_COMPARISONS];
	double		total_pairs;	/* of the whole universe */
	double		prior;			/* P(two random records are one person) */
	double		household;		/* P(two random records share a household); 0:
								 * not modelled */
	bool		relatives;		/* are twins and namesakes classes of their
								 * own? */
	double		twins;			/* P(two random records are twins) */
	double		namesakes;		/* the same of a parent and a child of one
								 * name */
	int			dwelling;		/* comparison whose level 1 is "one address",
								 * counted over all pairs; -1: none */
	bool		prior_fixed;
	double		recall;			/* share of the true pairs that blocking
								 * finds, estimated */
	double		matches;		/* expected true pairs among the candidates */
	int			iterations;		/* the first few move the priors only */
	bool		held;			/* m stays what was expected, for what the
								 * pairs say of it is not believable */
	void		(*breathe) (void);	/* called now and then while parameters
									 * are estimated, and may not return;
									 * NULL: not called */
} CltFsModel;

/* One distinct (comparison vector, rules) and how many pairs have it. */
typedef struct CltFsCell
{
	uint64_t	gamma;
	uint64_t	mask;			/* bit r: rule r makes this pair */
	int64_t		n;
	int64_t		tf_u;			/* sum of term-frequency bits in the unrelated
								 * class */
	int64_t		tf_h;			/* the same in the household class */
} CltFsCell;

/* log2 of the classes' likelihoods for a vector */
typedef struct CltFsScore
{
	double		match;
	double		unrelated;
	double		household;
	double		twins;
	double		namesakes;
} CltFsScore;

/* The model as lookup tables: log2 probabilities by comparison and level. */
typedef struct CltFsTable
{
	int			ncomparisons;
	bool		household;
	bool		several[CLT_FS_MAX_COMPARISONS];
	bool		relatives;		/* are twins and namesakes modelled? */
	double		lm0,
				lu0,
				lh0,
				lt0,
				ln0;
	float		lm[CLT_FS_MAX_COMPARISONS][16];
	float		lu[CLT_FS_MAX_COMPARISONS][16];
	float		lh[CLT_FS_MAX_COMPARISONS][16];
	float		lt[CLT_FS_MAX_COMPARISONS][16];
	float		ln[CLT_FS_MAX_COMPARISONS][16];
} CltFsTable;

/* What the pairs between two groups of records say, heard one after the other. */
typedef struct CltFsHearing
{
	bool		veto;			/* some pair must not be one person */
	double		best;			/* weight of the strongest pair */
	double		tf_u;			/* and its term-frequency bits */
	double		tf_h;
	double		n[CLT_FS_MAX_COMPARISONS];
	CltFsScore	sum[CLT_FS_MAX_COMPARISONS];
} CltFsHearing;

/* clt_fs_clamp keeps a probability above nothing, so that it has a logarithm. */
static inline double
clt_fs_clamp(double p)
{
	if (!(p > CLT_FS_LEAST))
		return CLT_FS_LEAST;
	return p > 1 ? 1 : p;
}

/* fs_model.c */
extern void clt_fs_start(CltFsModel *model);
extern double clt_fs_em_step(CltFsModel *model, const CltFsCell *cells, size_t ncells);
extern int	clt_fs_em(CltFsModel *model, const CltFsCell *cells, size_t ncells, int max_iterations);
extern int	clt_fs_cell_compare(const void *a, const void *b);

/* fs_score.c */
extern bool clt_fs_vetoes(const CltFsTable *table);
extern void clt_fs_table_relatives(CltFsTable *table, int comparison, CltFsRole role, int nlevels);
extern void clt_fs_table(const CltFsModel *model, CltFsTable *table);
extern double clt_fs_weight(const CltFsTable *table, uint64_t gamma, double tf_u, double tf_h,
							CltFsScore *score);
extern bool clt_fs_below(const CltFsTable *table, uint64_t gamma, double tf_u, double tf_h, double least);
extern void clt_fs_hear(const CltFsTable *table, CltFsHearing *hearing, uint64_t gamma, double tf_u, double tf_h, double times);
extern double clt_fs_verdict(const CltFsTable *table, const CltFsHearing *hearing);
extern double clt_fs_probability(double weight);
extern double clt_fs_of_family(const CltFsTable *table, const CltFsScore *s);
extern double clt_log2_add(double a, double b);

#endif
