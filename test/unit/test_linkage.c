/*
 * test_linkage.c
 *		Kernels of the linkage engine against hand-computed values and oracles.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/compare.h"
#include "linkage/fs_model.h"
#include "linkage/guess.h"
#include "linkage/normalize.h"
#include "linkage/eights.h"
#include "linkage/sketch.h"
#include "linkage/words.h"
#include "linkage/clusters.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "tap.h"

static uint64_t state = 7;

static uint64_t
next(void)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	return clt_block_mix(state);
}

static int
compare_keys(const void *a, const void *b)
{
	const CltKeyRow *x = a;
	const CltKeyRow *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Equal keys stand together, rows ascending, nothing lost; pairs as counted by brute force. */
static void
test_sort(void)
{
	enum
	{
		N = 5000
	};
	static CltKeyRow a[N];
	static CltKeyRow tmp[N];
	static CltKeyRow b[N];
	int64_t		pairs = 0;
	int64_t		before = 0;
	int64_t		breaks = 0;
	int			i;
	int			j;

	for (i = 0; i < N; i++)
	{
		/* few different keys, of which many agree in the leading bits */
		a[i].key = (next() % 300 + 1) * UINT64_C(0x100000001) * (next() % 2 ? 1 : UINT64_C(0x4000000001));
		a[i].row = (uint32_t) i;
		a[i].slot = 0;
	}
	memcpy(b, a, sizeof(a));
	clt_block_sort(a, tmp, N);
	for (i = 1; i < N; i++)
		if (a[i].key == a[i - 1].key && a[i].row <= a[i - 1].row)
			breaks++;
	is_int(breaks, 0, "rows ascend in a run");
	for (i = 0; i < N; i++)
		for (j = i + 1; j < N; j++)
			pairs += b[i].key == b[j].key;
	for (i = 1; i < N; i++)
	{
		before = a[i].key == a[i - 1].key ? before + 1 : 0;
		pairs -= before;
	}
	is_int(pairs, 0, "equal keys stand together: their runs make the pairs that brute force counts");
	qsort(a, N, sizeof(*a), compare_keys);
	qsort(b, N, sizeof(*b), compare_keys);
	ok(memcmp(a, b, sizeof(a)) == 0, "nothing is lost");
	ok(clt_block_combine(0, 5) == 0 && clt_block_combine(5, 0) == 0, "no key stays no key");
	ok(clt_block_hash("abc", 3, 1) == clt_block_hash("abc", 3, 1) && clt_block_hash("", 0, 1) != 0, "hash");
}

/* Keys that come one after another leave the sorter whole, in order, blocks undivided; when room ends it says so. */
static void
test_sorter(void)
{
	enum
	{
		N = 200000,
		FEW = 3000
	};
	static CltKeyRow out[N];
	static CltKeyRow bucket[N];
	static CltKeyRow in[N];
	static CltKeySorter sorter;
	size_t		size = clt_key_sorter_size(N);
	void	   *memory = malloc(size);
	size_t		n = 0;
	int			divided = 0;
	int			i;
	uint32_t	b;

	for (i = 0; i < N; i++)
	{
		/* one key that very many have, many that a few have, many that one has; all agree in the first two bits */
		in[i].key = (i % 10 == 0 ? UINT64_C(12345678901234567) : i % 3 == 0 ? clt_block_mix(next() % 20000) : next()) >> 2;
		in[i].row = (uint32_t) i;
		in[i].slot = (uint32_t) i & 3;
	}
	clt_key_sorter_start(&sorter, memory, size, N, 2);
	for (i = 0; i < N; i++)
		if (!clt_key_sorter_add(&sorter, in[i].key, in[i].row, in[i].slot))
			break;
	is_int(i, N, "all keys have room");
	ok(clt_key_sorter_largest(&sorter) >= N / 10 && clt_key_sorter_largest(&sorter) < N, "the largest bucket is told");
	for (b = 0; b < clt_key_sorter_buckets(&sorter); b++)
	{
		size_t		got = clt_key_sorter_take(&sorter, b, bucket);

		divided += n > 0 && got > 0 && out[n - 1].key >= bucket[0].key;
		memcpy(out + n, bucket, got * sizeof(*bucket));
		n += got;
	}
	is_int(n, N, "as many come out as went in");
	is_int(divided, 0, "buckets follow one another");
	qsort(in, N, sizeof(*in), compare_keys);
	ok(memcmp(in, out, sizeof(in)) == 0, "by key and row");

	clt_key_sorter_start(&sorter, memory, clt_key_sorter_size(FEW), FEW, 0);
	for (i = 0; i < N; i++)
		if (!clt_key_sorter_add(&sorter, next(), (uint32_t) i, 0))
			break;
	ok(i >= FEW && i < 2 * FEW, "what has no room is refused");
	clt_key_sorter_start(&sorter, memory, clt_key_sorter_size(0), 0, 0);
	ok(clt_key_sorter_take(&sorter, 0, bucket) == 0, "nothing of nothing");
	free(memory);
}

/* One binary comparison twice: weights against hand-computed values. */
static void
test_weight(void)
{
	CltFsModel	model;
	CltFsTable	table;
	int			i;

	memset(&model, 0, sizeof(model));
	model.dwelling = -1;
	model.ncomparisons = 2;
	model.prior = 0.001;
	model.total_pairs = 1e6;
	for (i = 0; i < 2; i++)
	{
		model.c[i].nlevels = 2;
		model.c[i].scope = CLT_FS_PERSONAL;
		model.c[i].m[1] = 0.9;
		model.c[i].m[2] = 0.1;
		model.c[i].u[1] = 0.01;
		model.c[i].u[2] = 0.99;
		model.c[i].h[1] = 0.02;
		model.c[i].h[2] = 0.98;
	}
	clt_fs_table(&model, &table);
	is_near(clt_fs_weight(&table, 0x11, 0, 0, NULL), log2(0.001 / 0.999) + 2 * log2(90), 1e-5, "two agreements");
	is_near(clt_fs_weight(&table, 0x21, 0, 0, NULL), log2(0.001 / 0.999) + log2(90) + log2(0.1 / 0.99), 1e-5, "one against");
	is_near(clt_fs_weight(&table, 0x01, 0, 0, NULL), log2(0.001 / 0.999) + log2(90), 1e-5, "missing is no evidence");
	is_near(clt_fs_weight(&table, 0x11, -3, 0, NULL), log2(0.001 / 0.999) + 2 * log2(90) + 3, 1e-5, "a rare value is worth more");
	is_near(clt_fs_probability(0), 0.5, 1e-12, "even odds");
	is_near(clt_fs_probability(-2000) + clt_fs_probability(2000), 1, 1e-12, "no overflow");
	is_near(clt_log2_add(3, 3), 4, 1e-12, "8 + 8 = 16");
	model.household = 0.01;
	model.c[0].scope = CLT_FS_SHARED;
	model.c[0].h[1] = 0.95;
	model.c[0].h[2] = 0.05;
	clt_fs_table(&model, &table);
	is_near(clt_fs_weight(&table, 0x21, 0, 0, NULL),
			log2(0.001 * 0.9 * 0.1 / (0.989 * 0.01 * 0.99 + 0.01 * 0.95 * 0.98)), 1e-5, "a household shares a field and differs in the other");
	for (i = 0; i < 81; i++)
	{
		uint64_t	gamma = (uint64_t) (i % 3) | (uint64_t) (i / 3 % 3) << 4;
		double		w = clt_fs_weight(&table, gamma, i % 5 - 2, i % 4 - 2, NULL);

		if (clt_fs_below(&table, gamma, i % 5 - 2, i % 4 - 2, w) || !clt_fs_below(&table, gamma, i % 5 - 2, i % 4 - 2, w + 1.01))
			break;
	}
	is_int(i, 81, "what is below for sure is below, and what is a bit below is");
}

/* Of a birth date all voices count the same, an address needs agree once, who lacks a value has no voice. */
static void
test_hearing(void)
{
	CltFsModel	model;
	CltFsTable	table;
	CltFsHearing hearing;
	int			i;

	memset(&model, 0, sizeof(model));
	model.dwelling = -1;
	model.ncomparisons = 2;
	model.prior = 0.001;
	model.total_pairs = 1e6;
	for (i = 0; i < 2; i++)
	{
		model.c[i].nlevels = 2;
		model.c[i].m[1] = 0.9;
		model.c[i].m[2] = 0.1;
		model.c[i].u[1] = 0.01;
		model.c[i].u[2] = 0.99;
	}
	model.c[1].several = true;
	clt_fs_table(&model, &table);
	memset(&hearing, 0, sizeof(hearing));
	is_near(clt_fs_verdict(&table, &hearing), log2(0.001 / 0.999), 1e-5, "nothing heard: the prior");
	clt_fs_hear(&table, &hearing, 0x11, -2, 0, 1);
	is_near(clt_fs_verdict(&table, &hearing), clt_fs_weight(&table, 0x11, -2, 0, NULL), 1e-5, "one pair says what it weighs");
	clt_fs_hear(&table, &hearing, 0x20, 0, 0, 1);
	is_near(clt_fs_verdict(&table, &hearing), clt_fs_weight(&table, 0x11, -2, 0, NULL), 1e-5, "another address is no contradiction");
	clt_fs_hear(&table, &hearing, 0x00, -9, 0, 1);
	is_near(clt_fs_verdict(&table, &hearing), clt_fs_weight(&table, 0x11, -2, 0, NULL), 1e-5, "nor is a missing value");
	clt_fs_hear(&table, &hearing, 0x22, 0, 0, 1);
	is_near(clt_fs_verdict(&table, &hearing), log2(0.001 / 0.999) + log2(90) + 2 + (log2(90) + log2(0.1 / 0.99)) / 2, 1e-5,
			"of two birth dates each counts half");
}

/* EM finds the parameters that made the data. */
static void
test_em(void)
{
	static CltFsCell cells[27];
	CltFsModel	model;
	const double m[3] = {0.9, 0.8, 0.95};
	const double u[3] = {0.05, 0.1, 0.01};
	double		prior = 0.01;
	double		total = 1e8;
	int			n = 0;
	int			x;
	int			i;

	memset(cells, 0, sizeof(cells));
	memset(&model, 0, sizeof(model));
	model.dwelling = -1;
	for (x = 0; x < 8; x++)
	{
		double		pm = prior;
		double		pu = 1 - prior;
		uint64_t	gamma = 0;

		for (i = 0; i < 3; i++)
		{
			bool		agrees = (x >> i) & 1;

			pm *= agrees ? m[i] : 1 - m[i];
			pu *= agrees ? u[i] : 1 - u[i];
			gamma |= (uint64_t) (agrees ? 1 : 2) << (4 * i);
		}
		cells[n].gamma = gamma;
		cells[n].mask = 7;
		cells[n++].n = (int64_t) (total * (pm + pu) + 0.5);
	}
	model.ncomparisons = 3;
	model.total_pairs = total;
	model.prior = 0.001;
	for (i = 0; i < 3; i++)
	{
		CltFsComparison *c = &model.c[i];

		c->nlevels = 2;
		c->m0[1] = 0.7;
		c->m0[2] = 0.3;
		c->u_fixed = true;
		c->u[1] = u[i];
		c->u[2] = 1 - u[i];
		c->rules = UINT64_C(1) << i;
	}
	clt_fs_start(&model);
	clt_fs_em(&model, cells, (size_t) n, 500);
	for (i = 0; i < 3; i++)
		ok(fabs(model.c[i].m[1] - m[i]) < 0.01, "m of comparison %d", i);
	is_near(model.prior * model.recall, prior, 0.0005, "prior");
	ok(model.c[0].m[2] > 0, "no zero sticks");
}

/*
 * Strangers of one name and of different birth dates are not taken for one person's records with a wrong date where
 * records that are one person's for sure show none; where these do, dates may be wrong.
 */
static void
test_wrong_dates(void)
{
	enum
	{
		NAME,
		NUMBER,
		BORN,
		FIELDS
	};
	static const double u[FIELDS] = {1e-4, 1e-5, 3e-4};
	int			wrong;

	for (wrong = 0; wrong <= 100; wrong += 100)
	{
		const CltFsCell cells[] = {
			{.gamma = 0x111,.mask = 3,.n = 1000},	/* name, number and date */
			{.gamma = 0x211,.mask = 3,.n = wrong + 1},	/* name and number */
			{.gamma = 0x101,.mask = 3,.n = 500},	/* name and date, no numbers */
			{.gamma = 0x201,.mask = 3,.n = 2000},	/* name, another date, no numbers */
			{.gamma = 0x222,.mask = 3,.n = 20000},
		};
		CltFsModel	model;
		int			i;

		memset(&model, 0, sizeof(model));
		model.dwelling = -1;
		model.ncomparisons = FIELDS;
		model.total_pairs = 1e7;
		model.prior = 2e-4;
		for (i = 0; i < FIELDS; i++)
		{
			CltFsComparison *c = &model.c[i];

			c->nlevels = 2;
			c->u_fixed = true;
			c->u[1] = u[i];
			c->u[2] = 1 - u[i];
			c->m0[1] = .98;
			c->m0[2] = .02;
		}
		model.c[BORN].role = CLT_FS_BIRTH;
		model.c[BORN].loose.level = 2;
		model.c[BORN].loose.most = .12;
		clt_fs_start(&model);
		clt_fs_em(&model, cells, sizeof(cells) / sizeof(cells[0]), 200);
		if (wrong)
			ok(model.c[BORN].m[2] > .1, "dates that are wrong are believed to be: %.4f", model.c[BORN].m[2]);
		else
			ok(model.c[BORN].m[2] < .0201, "another date is hardly one person's: %.4f", model.c[BORN].m[2]);
	}
}

/* Twins and namesakes are no one, although all but one field agrees as one person's do. */
static void
test_relatives(void)
{
	static CltFsModel model;
	static CltFsTable with;
	static CltFsTable without;
	static const CltFsRole role[] = {CLT_FS_FAMILY, CLT_FS_HOME, CLT_FS_GIVEN, CLT_FS_BIRTH};
	CltFsHearing said;
	int			i;
	int			g;

	memset(&model, 0, sizeof(model));
	model.ncomparisons = 4;
	model.prior = 1e-4;
	model.household = 2e-4;
	model.twins = model.namesakes = 1e-5;
	for (i = 0; i < 4; i++)
	{
		CltFsComparison *c = &model.c[i];

		c->nlevels = 2;
		c->role = role[i];
		c->m[1] = .98;
		c->m[2] = .02;
		c->u[1] = .001;
		c->u[2] = .999;
		c->h[1] = i < 2 ? .7 : .002;
		c->h[2] = 1 - c->h[1];
	}
	clt_fs_table(&model, &without);
	model.relatives = true;
	clt_fs_table(&model, &with);
	ok(clt_fs_weight(&without, 0x1211, 0, 0, NULL) > 0, "twins would be one person");
	ok(clt_fs_weight(&with, 0x1211, 0, 0, NULL) < 0, "twins are two");
	ok(clt_fs_weight(&without, 0x2111, 0, 0, NULL) > 0, "a father and his namesake would be one person");
	ok(clt_fs_weight(&with, 0x2111, 0, 0, NULL) < 0, "a father and his namesake are two");
	ok(clt_fs_weight(&with, 0x1111, 0, 0, NULL) > 8, "who agrees in all is one");
	for (g = 0, i = 0; i < 81; i++)
	{
		uint64_t	gamma = (uint64_t) (i % 3) | (uint64_t) (i / 3 % 3) << 4 | (uint64_t) (i / 9 % 3) << 8 | (uint64_t) (i / 27) << 12;
		double		w = clt_fs_weight(&with, gamma, 0, 0, NULL);

		memset(&said, 0, sizeof(said));
		clt_fs_hear(&with, &said, gamma, 0, 0, 3);
		g += clt_fs_below(&with, gamma, 0, 0, w) || w > clt_fs_weight(&without, gamma, 0, 0, NULL) + 1e-9 || fabs(clt_fs_verdict(&with, &said) - w) > 1e-9;
	}
	is_int(g, 0, "relatives only take away; what is said three times is said once");
}

/*
 * What kinds do not tell of a household is learnt: the number of the flat agrees in
 * families, birth dates do not, and no more than bounds let them.
 */
static void
test_twins(void)
{
	enum
	{
		GIVEN,
		SURNAME,
		ADDRESS,
		FLAT,
		BORN,
		FIELDS
	};
	const double total = 1e8;
	const double m[FIELDS] = {0.95, 0.95, 0.90, 0.95, 0.95};
	const double u[FIELDS] = {0.02, 0.01, 1e-5, 0.03, 0.001};
	const double h[FIELDS] = {0.02, 0.95, 0.95, 0.95, 0.001};
	static CltFsCell cells[1 << FIELDS];
	CltFsModel	model;
	CltFsTable	table;
	int			learns;
	int			x;
	int			i;

	for (learns = 0; learns < 2; learns++)
	{
		memset(cells, 0, sizeof(cells));
		memset(&model, 0, sizeof(model));
		model.dwelling = -1;
		model.ncomparisons = FIELDS;
		model.total_pairs = total;
		model.prior = 1e-5;
		model.household = 1e-5;
		for (x = 0; x < 1 << FIELDS; x++)
		{
			double		pm = 4e-5;
			double		ph = 8e-5;
			double		pu = 1 - pm - ph;

			for (i = 0; i < FIELDS; i++)
			{
				bool		agrees = (x >> i) & 1;

				pm *= agrees ? m[i] : 1 - m[i];
				ph *= agrees ? h[i] : 1 - h[i];
				pu *= agrees ? u[i] : 1 - u[i];
				cells[x].gamma |= (uint64_t) (agrees ? 1 : 2) << (4 * i);
			}
			cells[x].mask = 3;
			cells[x].n = (int64_t) (total * (pm + ph + pu) + 0.5);
		}
		for (i = 0; i < FIELDS; i++)
		{
			CltFsComparison *c = &model.c[i];

			c->nlevels = 2;
			c->scope = i == SURNAME || i == ADDRESS ? CLT_FS_SHARED : CLT_FS_PERSONAL;
			c->m0[1] = 0.9;
			c->m0[2] = 0.1;
			c->h0[1] = 0.85;
			c->h0[2] = 0.15;
			c->rate[1] = u[i];
			c->rate[2] = 1 - u[i];
			c->most.most = 0.12;
			c->twin0 = 0.01;
			c->twin_most = !learns ? 0 : i == FLAT ? 0.98 : i == BORN ? 0.2 : 0;
		}
		clt_fs_start(&model);
		clt_fs_em(&model, cells, (1 << FIELDS), 200);
		clt_fs_table(&model, &table);
		if (!learns)
		{
			is_near(model.c[FLAT].twin, 0.01, 1e-12, "what is not learnt stays as it was expected");
			continue;
		}
		ok(model.c[FLAT].twin > 0.8, "the flat is shared: %.3f", model.c[FLAT].twin);
		ok(model.c[BORN].twin >= 0.01 && model.c[BORN].twin < 0.03, "birth dates are not: %.3f", model.c[BORN].twin);
		is_near(model.prior * total, 4e3, 4e2, "families are no matches");
		ok(clt_fs_weight(&table, 0x21112, 0, 0, NULL) < -5, "of one flat, of two names and birth dates: two people");
		ok(clt_fs_weight(&table, 0x11111, 0, 0, NULL) > 3, "all agrees: one person");
	}
}

/* fill_cells makes the histogram of what some classes of pairs agree in, all columns of two levels. */
static void
fill_cells(CltFsCell *cells, int fields, int classes, const double *share, const double (*agrees)[4], double total)
{
	int			x;
	int			k;
	int			i;

	memset(cells, 0, sizeof(CltFsCell) << fields);
	for (x = 0; x < 1 << fields; x++)
	{
		double		p = 0;

		for (k = 0; k < classes; k++)
		{
			double		q = share[k];

			for (i = 0; i < fields; i++)
				q *= (x >> i) & 1 ? agrees[k][i] : 1 - agrees[k][i];
			p += q;
		}
		for (i = 0; i < fields; i++)
			cells[x].gamma |= (uint64_t) ((x >> i) & 1 ? 1 : 2) << (4 * i);
		cells[x].mask = 3;
		cells[x].n = (int64_t) (total * p + 0.5);
	}
}

/*
 * A whole name, an address, an e-mail and a column that nobody's records agree in, no families and many records a person:
 * the class of households must not take these for its own.
 */
static void
test_namesakes(void)
{
	static const double agrees[2][4] = {{0.95, 0.95, 0.90, 0.05}, {0.001, 0.00001, 0.0001, 0.05}};
	static const double share[2] = {6e-4, 1 - 6e-4};
	static CltFsCell cells[16];
	CltFsModel	model;
	int			bounded;
	int			i;

	for (bounded = 0; bounded < 2; bounded++)
	{
		memset(&model, 0, sizeof(model));
		model.ncomparisons = 4;
		model.total_pairs = 1e7;
		model.prior = 1e-6;
		model.household = 4e-5;
		model.dwelling = 1;
		fill_cells(cells, 4, 2, share, agrees, model.total_pairs);
		for (i = 0; i < 4; i++)
		{
			CltFsComparison *c = &model.c[i];

			c->nlevels = 2;
			c->scope = i < 3 ? CLT_FS_SHARED : CLT_FS_PERSONAL;
			c->m0[1] = i < 3 ? 0.7 : 0.95;
			c->m0[2] = 1 - c->m0[1];
			c->h0[1] = i == 0 ? 0.03 : i == 1 ? 0.9 : 0.4;
			c->h0[2] = 1 - c->h0[1];
			c->rate[1] = share[0] * agrees[0][i] + share[1] * agrees[1][i];
			c->rate[2] = 1 - c->rate[1];
			c->twin0 = 0.01;
		}
		if (bounded)
		{
			model.c[0].alike.level = 1;
			model.c[0].alike.most = 0.1;
		}
		clt_fs_start(&model);
		clt_fs_em(&model, cells, 16, 60);
		if (bounded)
		{
			ok(model.matches > 5700 && model.matches < 6300, "who agrees in all is one person, not one household: %.0f", model.matches);
			ok(model.c[0].h[1] <= 0.1 + 1e-9, "namesakes are few in a household");
		}
		else
			ok(model.matches < 3000, "without the bound the classes change places");
	}
}

/* Columns that all come from names, no households: pairs who share a word of theirs are no matches, though there are more of them. */
static void
test_wandered(void)
{
	static const double agrees[3][4] = {{0.90, 0.85, 0.80, 0.5}, {0.45, 0.55, 0.50, 0.5}, {0.001, 0.001, 0.0002, 0.5}};
	static const double share[3] = {2e-4, 30e-4, 1 - 32e-4};
	static CltFsCell cells[16];
	CltFsModel	model;
	int			few;
	int			i;

	for (few = 0; few < 3; few++)
	{
		memset(&model, 0, sizeof(model));
		model.ncomparisons = 4;
		model.c[2].role = few == 2 ? CLT_FS_GIVEN : CLT_FS_PLAIN;
		model.total_pairs = 3e6;
		model.prior = 4e-5;
		model.dwelling = -1;
		fill_cells(cells, 4, 3, share, agrees, model.total_pairs);
		for (i = 0; i < 4; i++)
		{
			CltFsComparison *c = &model.c[i];

			c->nlevels = 2;
			c->m0[1] = 0.85;
			c->m0[2] = 0.15;
			c->rate[1] = share[0] * agrees[0][i] + share[1] * agrees[1][i] + share[2] * agrees[2][i];
			c->rate[2] = 1 - c->rate[1];
			c->most.most = i == 3 || (few == 1 && i == 2) ? 0 : 0.25;
			/* of families two common names may be less often than any two */
			if (few == 2 && i == 2)
				c->loose = (CltFsBound) {2, 0.40};
		}
		clt_fs_start(&model);
		clt_fs_em(&model, cells, 16, 60);
		if (few)
		{
			ok(!model.held, "two columns may differ as often as is thinkable%s", few == 2 ? ", and given names as often as families let them" : "");
			continue;
		}
		ok(model.held, "three may not");
		is_near(model.c[0].m[1], 0.85, 1e-9, "expectations stand then");
	}
}

/* Whatever the columns are, weights stay finite and probabilities add up. */
static void
test_degenerate(void)
{
	static CltFsCell cells[40];
	CltFsModel	model;
	CltFsTable	table;
	int			shape;
	int			bad = 0;
	int			i;
	int			g;
	int			n;

	for (shape = 0; shape < 8; shape++)
	{
		memset(cells, 0, sizeof(cells));
		memset(&model, 0, sizeof(model));
		model.dwelling = -1;
		model.ncomparisons = shape == 0 ? 1 : shape == 1 ? CLT_FS_MAX_COMPARISONS : 4;
		model.nrules = shape % 4;
		model.total_pairs = shape == 2 ? 1 : shape == 3 ? 1e14 : 5000;
		model.prior = 0.1 / model.total_pairs;
		model.household = shape == 4 ? 0.1 : 0;
		for (i = 0; i < model.ncomparisons; i++)
		{
			CltFsComparison *c = &model.c[i];

			c->nlevels = 2 + i % 5;
			c->scope = i % 2 ? CLT_FS_SHARED : CLT_FS_PERSONAL;
			c->most.most = i % 3 ? 0.1 : 0;
			c->tf = i % 2;
			c->sampled = shape == 5 ? 1 : 400000;
			for (g = 1; g <= c->nlevels; g++)
			{
				c->m0[g] = shape == 6 ? 0 : 1.0 / c->nlevels;
				c->h0[g] = 1.0 / c->nlevels;
				/* all agree, none does, or the column is empty */
				c->rate[g] = shape == 7 ? 0 : g == 1 ? (shape % 2) : 1.0 - (shape % 2);
			}
		}
		/* no pair at all, one pair, all with the same vector, all missing */
		n = shape % 4 == 0 ? 0 : shape % 4 == 1 ? 1 : 40;
		for (i = 0; i < n; i++)
		{
			for (g = 0; g < model.ncomparisons; g++)
				cells[i].gamma |= (uint64_t) (shape == 2 ? 1 : shape == 3 ? 0 : 1 + (i + g) % model.c[g].nlevels) << (4 * g);
			cells[i].mask = 1u << (i % 3);
			cells[i].n = 1 + i;
			cells[i].tf_u = shape == 5 ? -2000 * (1 + i) : 0;
		}
		clt_fs_start(&model);
		clt_fs_em(&model, cells, (size_t) n, 60);
		clt_fs_table(&model, &table);
		for (i = 0; i < model.ncomparisons; i++)
		{
			double		sum = 0;

			for (g = 1; g <= model.c[i].nlevels; g++)
			{
				sum += model.c[i].m[g];
				bad += !isfinite(table.lm[i][g]) || !isfinite(table.lu[i][g]) || !isfinite(table.lh[i][g]);
			}
			bad += fabs(sum - 1) > 1e-9;
		}
		bad += !(model.prior > 0 && model.prior <= 0.4) || !isfinite(clt_fs_weight(&table, 0, 0, 0, NULL));
		ok(bad == 0, "weights are finite, table %d", shape);
	}
}

/* Sorting edges digit by digit against the comparison it stands for. */
static void
test_edge_order(void)
{
	enum
	{
		E = 500
	};
	static const float weights[] = {-0.0f, 0.0f, 1.5f, -1.5f, 1e-30f, -1e-30f, 60.25f, -60.25f};
	CltEdge		edge[E];
	CltEdge		scratch[E];
	CltEdge		oracle[E];
	int			by_weight;
	int			shape;
	int			i;

	for (shape = 0; shape < 4; shape++)
	{
		/* ordinals of one digit, of two, of three; no edge but one */
		static const uint32_t ordinals[] = {7, 100000, 4000000000u, 1};
		size_t		n = shape == 3 ? 1 : E;
		int			bad[2] = {0, 0};

		for (by_weight = 0; by_weight < 2; by_weight++)
		{
			for (i = 0; i < E; i++)
			{
				edge[i].l = (uint32_t) (next() % ordinals[shape]);
				edge[i].r = (uint32_t) (next() % ordinals[shape]);
				edge[i].weight = by_weight ? weights[next() % (sizeof(weights) / sizeof(weights[0]))] : 0;
				edge[i].ref = (uint32_t) i;
				oracle[i] = edge[i];
			}
			clt_edges_sort(edge, scratch, n, by_weight);
			qsort(oracle, n, sizeof(CltEdge), clt_edge_compare);
			for (i = 0; i < (int) n; i++)
				bad[by_weight] += clt_edge_compare(&edge[i], &oracle[i]) != 0;
		}
		ok(bad[0] == 0, "edges are sorted by their ends, shape %d", shape);
		ok(bad[1] == 0, "edges are sorted by weight and ends, shape %d", shape);
	}
}

/* Components against a labelling by repeated relaxation. */
static void
test_components(void)
{
	enum
	{
		N = 400,
		E = 350
	};
	uint32_t	parent[N];
	uint32_t	ring[N];
	uint32_t	size[N];
	uint32_t	label[N];
	uint32_t	oracle[N];
	CltEdge		edge[E];
	CltClusters c;
	bool		moved = true;
	int			bad = 0;
	int			i;

	for (i = 0; i < E; i++)
	{
		edge[i].l = (uint32_t) (next() % N);
		edge[i].r = (uint32_t) (next() % N);
		edge[i].weight = (float) (next() % 5);
	}
	qsort(edge, E, sizeof(CltEdge), clt_edge_compare);
	memset(&c, 0, sizeof(c));
	c.n = N;
	c.parent = parent;
	c.next = ring;
	c.size = size;
	clt_clusters_init(&c);
	for (i = 0; i < E; i++)
		clt_clusters_join(&c, &edge[i]);
	clt_clusters_labels(&c, label);
	for (i = 0; i < N; i++)
		oracle[i] = (uint32_t) i;
	while (moved)
	{
		moved = false;
		for (i = 0; i < E; i++)
		{
			uint32_t	low = oracle[edge[i].l] < oracle[edge[i].r] ? oracle[edge[i].l] : oracle[edge[i].r];

			moved |= oracle[edge[i].l] != low || oracle[edge[i].r] != low;
			oracle[edge[i].l] = oracle[edge[i].r] = low;
		}
	}
	for (i = 0; i < N; i++)
		bad += label[i] != oracle[i];
	is_int(bad, 0, "components, labelled by their smallest member");
}

static double said;

static void
hear_families(void *arg, uint32_t a, uint32_t b, bool first, double times)
{
	(void) arg;
	if (first)
		said = 0;
	said += times * ((a < 3) == (b < 3) ? 6 : a == 2 && b == 3 ? 2 : -6);
}

static bool
families_agree(void *arg)
{
	(void) arg;
	return said > 0;
}

static void
test_repair(void)
{
	uint32_t	parent[6];
	uint32_t	ring[6];
	uint32_t	size[6];
	uint32_t	label[6];
	CltEdge		edge[] = {{0, 1, 6, 0}, {1, 2, 6, 0}, {3, 4, 6, 0}, {4, 5, 6, 0}, {2, 3, 2, 0}};
	CltClusters c;
	int			i;

	memset(&c, 0, sizeof(c));
	c.n = 6;
	c.parent = parent;
	c.next = ring;
	c.size = size;
	c.hear = hear_families;
	c.verdict = families_agree;
	clt_clusters_init(&c);
	for (i = 0; i < 5; i++)
		clt_clusters_join(&c, &edge[i]);
	clt_clusters_labels(&c, label);
	ok(label[0] == 0 && label[2] == 0 && label[3] == 3 && label[5] == 3, "one edge does not chain two families");
	is_int(c.refused, 1, "the refusal is counted");
	c.hear = NULL;
	c.max_size = 2;
	clt_clusters_init(&c);
	for (i = 0; i < 5; i++)
		clt_clusters_join(&c, &edge[i]);
	clt_clusters_labels(&c, label);
	ok(label[0] == label[1] && label[3] == label[4] && label[2] == 2 && label[5] == 5, "largest size");
}

enum
{
	TIED = 24
};

static int	family[TIED];		/* who is who */
static const uint32_t *shuffled;	/* who stands at a place */

/* hear_known adds up who is who; who is of no family speaks for everybody. */
static void
hear_known(void *arg, uint32_t a, uint32_t b, bool first, double times)
{
	int			x = family[shuffled[a]];
	int			y = family[shuffled[b]];

	(void) arg;
	if (first)
		said = 0;
	said += times * (x == 0 || y == 0 ? 1 : x == y ? 4 : -9);
}

static void
swap_numbers(uint32_t *a, uint32_t *b)
{
	uint32_t	t = *a;

	*a = *b;
	*b = t;
}

/* cluster_shuffled clusters records that stand at other places; label[] is by record again: the smallest of its cluster. */
static void
cluster_shuffled(CltClusters *c, const CltEdge *given, int n, const uint32_t *places, const uint32_t *records, uint32_t *label)
{
	CltEdge		edge[TIED * 4];
	CltTie		ties[TIED * 4];
	CltTied		tied[TIED * 8];
	uint32_t	at[TIED];
	int			from;
	int			to;
	int			i;
	int			j;

	shuffled = records;
	for (i = 0; i < n; i++)
	{
		edge[i] = given[i];
		edge[i].l = places[given[i].l];
		edge[i].r = places[given[i].r];
		if (edge[i].l > edge[i].r)
			swap_numbers(&edge[i].l, &edge[i].r);
	}
	qsort(edge, (size_t) n, sizeof(CltEdge), clt_edge_compare);
	clt_clusters_init(c);
	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && edge[to].weight == edge[from].weight; to++)
			;
		clt_clusters_join_equal(c, edge + from, (size_t) (to - from), ties, tied);
	}
	clt_clusters_labels(c, at);
	for (i = 0; i < TIED; i++)
		for (j = 0; j < TIED; j++)
			if (at[places[j]] == at[places[i]])
			{
				label[i] = (uint32_t) j;
				break;
			}
}

/* Edges that are equally strong: the order of records decides nothing. */
static void
test_ties(void)
{
	uint32_t	parent[TIED];
	uint32_t	ring[TIED];
	uint32_t	size[TIED];
	uint32_t	group[TIED];
	uint32_t	group_at[TIED];
	uint32_t	holder[8] = {0};
	uint32_t	mark[TIED] = {0};
	uint32_t	places[TIED];
	uint32_t	records[TIED];
	uint32_t	label[TIED];
	uint32_t	again[TIED];
	CltEdge		edge[TIED * 4] = {{0, 2, 5, 0}, {1, 2, 5, 0}};
	CltClusters c;
	int			moved = 0;
	int			joined = 0;
	int			broken = 0;
	int			round;
	int			i;
	int			j;

	memset(&c, 0, sizeof(c));
	c.n = TIED;
	c.parent = parent;
	c.next = ring;
	c.size = size;
	c.holder = holder;
	c.mark = mark;
	c.hear = hear_known;
	c.verdict = families_agree;
	for (i = 0; i < TIED; i++)
		places[i] = records[i] = (uint32_t) i;
	family[0] = 1;
	family[1] = 2;
	family[2] = 0;
	cluster_shuffled(&c, edge, 2, places, records, label);
	ok(label[0] == 0 && label[1] == 1 && label[2] == 2, "who might be the father as well as the son is neither");
	is_int(c.refused, 2, "both joins are counted as refused");
	family[1] = 1;
	cluster_shuffled(&c, edge, 2, places, records, label);
	ok(label[1] == 0 && label[2] == 0, "nobody objects: all are one");
	c.max_size = 2;
	cluster_shuffled(&c, edge, 2, places, records, label);
	ok(label[1] == 1 && label[2] == 2, "three where there may be two: nobody is taken");
	edge[0].weight = 6;
	cluster_shuffled(&c, edge, 2, places, records, label);
	ok(label[1] == 1 && label[2] == 0, "the stronger is, if one is stronger");
	c.max_size = 0;
	memset(group, 0, sizeof(group));
	group[0] = group[1] = 7;
	c.group = group;
	cluster_shuffled(&c, edge, 2, places, records, label);
	ok(label[1] == 1 && label[2] == 0, "one record of a group");
	for (round = 0; round < 300; round++)
	{
		int			n = TIED + (int) (next() % (TIED * 2));

		c.max_size = round % 3 == 1 ? 3 : 0;
		c.group = round % 3 == 2 ? group_at : NULL;
		for (i = 0; i < TIED; i++)
		{
			family[i] = (int) (next() % 5);
			group[i] = (uint32_t) (next() % 8);
		}
		for (i = 0; i < n; i++)
		{
			edge[i].l = (uint32_t) (next() % TIED);
			edge[i].r = (edge[i].l + 1 + (uint32_t) (next() % (TIED - 1))) % TIED;
			edge[i].weight = (float) (next() % 3);
		}
		memcpy(group_at, group, sizeof(group));
		for (i = 0; i < TIED; i++)
			places[i] = records[i] = (uint32_t) i;
		cluster_shuffled(&c, edge, n, places, records, label);
		for (i = TIED - 1; i > 0; i--)
			swap_numbers(&places[i], &places[next() % (uint64_t) (i + 1)]);
		for (i = 0; i < TIED; i++)
		{
			records[places[i]] = (uint32_t) i;
			group_at[places[i]] = group[i];
		}
		cluster_shuffled(&c, edge, n, places, records, again);
		for (i = 0; i < TIED; i++)
		{
			int			members = 0;

			moved += label[i] != again[i];
			joined += label[i] != (uint32_t) i;
			for (j = 0; j < TIED; j++)
			{
				members += label[j] == label[i];
				broken += c.group && i != j && label[j] == label[i] && group[i] && group[i] == group[j];
			}
			broken += c.max_size && members > (int) c.max_size;
		}
	}
	is_int(moved, 0, "the places of records decide nothing");
	is_int(broken, 0, "no person has too many records, or two of one group");
	ok(joined > 1000, "%d records were joined to others", joined);
}

/* hear_veto: everybody is for it, but for two who must never be one. */
static void
hear_veto(void *arg, uint32_t a, uint32_t b, bool first, double times)
{
	(void) arg;
	(void) times;
	if (first)
		said = 0;
	said += (a == 1 && b == 31) || (a == 31 && b == 1) ? -1e6 : 1;
}

/* So many clusters in one set of ties that not each is heard against each: a veto counts all the same. */
static void
test_veto_among_many(void)
{
	enum
	{
		N = 60
	};
	uint32_t	room[N * 3];
	CltEdge		edge[N];
	CltTie		ties[N];
	CltTied		tied[N * 2];
	CltClusters c;
	uint32_t	i;

	memset(&c, 0, sizeof(c));
	c.n = N;
	c.parent = room;
	c.next = room + N;
	c.size = room + N * 2;
	c.hear = hear_veto;
	c.verdict = families_agree;
	c.hear_all = true;
	clt_clusters_init(&c);
	for (i = 1; i < N; i++)
	{
		edge[i - 1].l = 0;
		edge[i - 1].r = i;
		edge[i - 1].weight = 5;
	}
	clt_clusters_join_equal(&c, edge, N - 1, ties, tied);
	ok(clt_uf_find(c.parent, 1) != clt_uf_find(c.parent, 31), "a veto among sixty equally strong edges counts");
	is_int((int) c.size[clt_uf_find(c.parent, 0)], N - 1, "and keeps one apart, not all");
}

/* Very many equally strong edges between clusters that have records of groups: looked at record by record, not pair by pair. */
static void
test_many_ties(void)
{
	enum
	{
		E = 20000,
		EACH = 12,
		N = (E + 1) * EACH
	};
	uint32_t   *room = calloc((size_t) N * 6 + 1, sizeof(uint32_t));
	uint32_t   *group = room + (size_t) N * 3;
	CltEdge    *edge = calloc(E, sizeof(CltEdge));
	CltTie	   *ties = calloc(E, sizeof(CltTie));
	CltTied    *tied = calloc((size_t) E * 2, sizeof(CltTied));
	CltClusters c;
	int			round;
	uint32_t	i;

	memset(&c, 0, sizeof(c));
	c.n = N;
	c.parent = room;
	c.next = room + N;
	c.size = room + (size_t) N * 2;
	c.group = group;
	c.mark = room + (size_t) N * 4;
	c.holder = room + (size_t) N * 5;	/* groups 0 to N */
	for (i = 0; i < N; i++)
		group[i] = i + 1;
	for (i = 0; i < E; i++)
		edge[i].weight = 5;
	for (round = 0; round < 2; round++)
	{
		uint32_t	left = 0;
		uint32_t	alone = 0;

		clt_clusters_init(&c);
		for (i = 0; i < N; i++)
			if (i % EACH)
				clt_clusters_force(&c, i - i % EACH, i);
		for (i = 0; i < E; i++)
		{
			edge[i].l = i * EACH;
			edge[i].r = (i + 1) * EACH;
		}
		clt_clusters_join_equal(&c, edge, E, ties, tied);
		for (i = 0; i < N; i++)
		{
			left += c.mark[i] != 0 || c.holder[i] != 0;
			alone += c.size[clt_uf_find(c.parent, i)] == EACH;
		}
		if (round == 0)
			is_int((int) c.size[clt_uf_find(c.parent, 0)], N, "with a group for each record, 20,000 equal edges make one");
		else
		{
			is_int((int) c.refused, 3, "where two far from each other have records of one group, their edges are refused");
			is_int((int) alone, 2 * EACH, "and they are left alone");
		}
		is_int((int) left, 0, "the scratch is zeros again");
		group[N - 1] = group[(E / 2) * EACH];
	}
	free(room);
	free(edge);
	free(ties);
	free(tied);
}

/* Records that say the same: what a record says follows from its number by sixteens. */
static double heard_pairs;
static int	hearings;

static void
hear_alike(void *arg, uint32_t a, uint32_t b, bool first, double times)
{
	const uint32_t *alike = (const uint32_t *) arg;

	if (first)
		said = 0;
	said += times * ((int) ((alike[a] * 7 + alike[b] * 7 + (alike[a] ^ alike[b])) % 11) - 4);
	heard_pairs += times;
	hearings++;
}

static void
test_alike(void)
{
	enum
	{
		N = 600,
		E = 3000
	};
	static uint32_t parent[2][N];
	static uint32_t ring[2][N];
	static uint32_t size[2][N];
	static uint32_t label[2][N];
	static uint32_t voice[N];
	static uint32_t times[N];
	static uint32_t speaker[N];
	static uint32_t alike[N];
	static CltEdge edge[E];
	CltClusters c;
	double		pairs[2];
	int			heard[2];
	int			refused[2];
	int			round;
	int			bad = 0;
	int			i;

	for (i = 0; i < N; i++)
		alike[i] = (uint32_t) i % 16;
	for (i = 0; i < E; i++)
	{
		edge[i].l = (uint32_t) (next() % N);
		edge[i].r = (uint32_t) (next() % N);
		edge[i].weight = (float) (next() % 5);
	}
	qsort(edge, E, sizeof(CltEdge), clt_edge_compare);
	for (round = 0; round < 2; round++)
	{
		memset(&c, 0, sizeof(c));
		c.n = N;
		c.parent = parent[round];
		c.next = ring[round];
		c.size = size[round];
		c.hear = hear_alike;
		c.verdict = families_agree;
		c.hear_all = true;
		c.arg = alike;
		if (round)
		{
			c.alike = alike;
			c.voice = voice;
			c.times = times;
			c.speaker = speaker;
		}
		heard_pairs = 0;
		hearings = 0;
		clt_clusters_init(&c);
		for (i = 0; i < E; i++)
			clt_clusters_join(&c, &edge[i]);
		clt_clusters_labels(&c, label[round]);
		pairs[round] = heard_pairs;
		heard[round] = hearings;
		refused[round] = (int) c.refused;
	}
	for (i = 0; i < N; i++)
		bad += label[0][i] != label[1][i];
	is_int(bad, 0, "one voice for all that say the same: the same clusters");
	ok(refused[0] == refused[1] && refused[0] > 100, "and the same refusals");
	ok(pairs[0] == pairs[1] && pairs[0] == heard[0], "all pairs count");
	ok(heard[1] * 5 < heard[0], "but few are heard: %d, not %d", heard[1], heard[0]);
}

static CltNormal one;

static const char *
normal(CltKind kind, const char *s)
{
	static char text[CLT_NORMAL_CAP];

	if (!clt_normalize(kind, s, strlen(s), &one))
		return "(none)";
	memcpy(text, one.s, one.len);
	text[		one.len] = 0;
	return text;
}

static void
test_normalize(void)
{
	static const char *const phones[] = {"+381 64 123-4567", "00381641234567", "064/123-4567", "+381 (0)64 123 4567", "381641234567"};
	static const char *const dates[] = {"1908-12-09", "19081209", "09.12.1908", "1908/12/09", "9. 12. 1908.", "1908-12-09T00:00:00",
	"9 December 1908", "Dec 9, 1908", "09-Dec-1908", "9th of December 1908", "9. prosinca 1908.", "9 grudnia 1908", "9. Dezember 1908", "9. децембар 1908."};
	static const char *const no_dates[] = {"9 Ivan 1908", "December 1908", "9 December", "32 December 1908"};
	static const char *const nothing[] = {"", "  ", "n/a", "N/A", "nepoznato", "-", "unknown", "NULL", "Baby Girl", "Newborn", "Novorođenče"};
	size_t		i;

	for (i = 0; i < sizeof(phones) / sizeof(*phones); i++)
		ok(strcmp(normal(CLT_KIND_PHONE, phones[i]), "641234567") == 0, "phone %s", phones[i]);
	for (i = 0; i < sizeof(dates) / sizeof(*dates); i++)
		ok(strcmp(normal(CLT_KIND_DATE, dates[i]), "19081209") == 0, "date %s", dates[i]);
	for (i = 0; i < sizeof(no_dates) / sizeof(*no_dates); i++)
		ok(strcmp(normal(CLT_KIND_DATE, no_dates[i]), "(none)") == 0, "no date: %s", no_dates[i]);
	ok(strcmp(normal(CLT_KIND_POSTCODE, "8016 Zürich"), "8016") == 0 && strcmp(normal(CLT_KIND_POSTCODE, "110 00 Praha 1"), "11000") == 0, "a postcode with its town");
	ok(strcmp(normal(CLT_KIND_POSTCODE, "1016 AB"), "1016ab") == 0 && strcmp(normal(CLT_KIND_POSTCODE, "SW1A 1AA"), "sw1a1aa") == 0, "letters of a postcode stay");
	ok(strcmp(normal(CLT_KIND_POSTCODE, "Dublin 8"), "dublin8") == 0, "and a town with a district");
	ok(strcmp(normal(CLT_KIND_LEGAL_FORM, "Garage Vidal Sàrl"), "GmbH") == 0 && strcmp(normal(CLT_KIND_LEGAL_FORM, "Vidal d.o.o."), "GmbH") == 0 &&
	   strcmp(normal(CLT_KIND_LEGAL_FORM, "Garage Vidal SA"), "AG") == 0 && strcmp(normal(CLT_KIND_LEGAL_FORM, "Vidal j.d.o.o."), "j.d.o.o.") == 0, "one form in several languages");
	ok(strcmp(normal(CLT_KIND_TEXT, "Bose TS-730W / 2000-2005"), "bose ts730w 2000 2005") == 0, "a code with and without its hyphen");
	ok(strcmp(normal(CLT_KIND_TEXT, "HTTPS://www.Alfa-Bau.rs/kontakt?x=1"), "alfa bau rs") == 0, "a website is its host");
	ok(strcmp(normal(CLT_KIND_TEXT, "alfa-bau.rs"), "alfa bau rs") == 0, "with and without http and www");
	ok(strcmp(normal(CLT_KIND_TEXT, "AC/DC live"), "ac dc live") == 0, "what is no website stays");
	for (i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		ok(strcmp(normal(CLT_KIND_GIVEN, nothing[i]), "(none)") == 0, "no evidence: \"%s\"", nothing[i]);
	ok(strcmp(normal(CLT_KIND_PHONE, "000000000"), "(none)") == 0, "a phone of zeros");
	ok(strcmp(normal(CLT_KIND_EMAIL, "test@test.com"), "(none)") == 0, "test@test.com");
	ok(strcmp(normal(CLT_KIND_EMAIL, " Ana@GMail.com "), "ana@gmail.com") == 0, "e-mail");
	ok(strcmp(normal(CLT_KIND_DATE, "1900-01-01"), "(none)") == 0, "the first day of the calendar");
	ok(strcmp(normal(CLT_KIND_GIVEN, "Dr. Ana"), "ana") == 0, "titles");
	normal(CLT_KIND_GIVEN, "A.");
	ok(one.flags & CLT_VALUE_INITIAL, "an initial");
	normal(CLT_KIND_STREET, "Kneza Miloša 12a");
	is_int(one.num, 12, "the house number in the street");
}

static void
value(CltKind kind, const char *s, CltNormal *buf, CltValue *v)
{
	memset(v, 0, sizeof(*v));
	clt_normalize(kind, s, strlen(s), buf);
	clt_value_set_text(v, buf->s);
	v->len = buf->len;
	v->hash = clt_block_hash(buf->s, buf->len, 2);
	memcpy(v->alt, buf->alt, sizeof(v->alt));
	v->sound = buf->sound;
	v->num = buf->num;
	v->flags = buf->flags;
	v->letters = clt_letters(buf->s, buf->len);
}

#define TEST_VALUES 64

/* A column of values with their words, each in as many records as said. */
typedef struct TestColumn
{
	CltColumn	column;
	CltValue	values[TEST_VALUES + 1];
	CltNormal	normal[TEST_VALUES];
	CltToken	tokens[TEST_VALUES * CLT_NORMAL_TOKENS];
	uint32_t	ids[TEST_VALUES * CLT_NORMAL_TOKENS];
} TestColumn;

static void
fill_column(TestColumn *t, CltKind kind, const char *const *text, int n, uint32_t count)
{
	uint32_t	nids = 0;
	int			i;
	int			j;
	uint32_t	k;

	memset(&t->column, 0, sizeof(t->column));
	memset(&t->values[0], 0, sizeof(t->values[0]));
	t->column.kind = kind;
	t->column.values = t->values;
	t->column.nvalues = (uint32_t) n + 1;
	t->column.tokens = t->tokens;
	t->column.token_ids = t->ids;
	for (i = 0; i < n; i++)
	{
		CltValue   *v = &t->values[i + 1];
		CltNormal  *m = &t->normal[i];

		value(kind, text[i], m, v);
		v->count = count;
		v->token = nids;
		v->ntokens = (uint16_t) m->ntokens;
		for (j = 0; j < m->ntokens; j++)
		{
			const char *s = m->s + m->token_off[j];

			for (k = 0; k < t->column.ntokens; k++)
				if (t->tokens[k].len == m->token_len[j] && memcmp(clt_token_text(&t->tokens[k]), s, m->token_len[j]) == 0)
					break;
			if (k == t->column.ntokens)
			{
				clt_token_set_text(&t->tokens[k], s);
				t->tokens[k].len = m->token_len[j];
				t->tokens[k].letters = clt_letters(s, m->token_len[j]);
				t->tokens[k].count = count;
				clt_token_of_name(&t->tokens[k]);
				t->tokens[k].idf = (float) (1 + k % 5);
				t->column.ntokens++;
			}
			t->ids[nids++] = k;
		}
	}
}

/* level of two values that so many records have, and that it is symmetric */
static int
level_of(CltKind kind, const char *a, const char *b, uint32_t count)
{
	static TestColumn t;
	const char *text[2];
	int			l;

	text[0] = a;
	text[1] = b;
	fill_column(&t, kind, text, 2, count);
	l = clt_compare_values(kind, &t.column, 1, 2);
	if (l != clt_compare_values(kind, &t.column, 2, 1))
		return -1;
	return l;
}

static int
level(CltKind kind, const char *a, const char *b)
{
	return level_of(kind, a, b, 1);
}

/* Whatever the values, a pair has one level, in whichever order it is read, and the level is one of the kind's. */
static void
test_symmetry(void)
{
	static const char *const text[] = {
		"Ana", "Anja", "Anna", "Jana", "Marko", "Марко", "M.", "Katarzyna Kowalska", "Kasia Kowalska", "Kowalska Katarzyna",
		"Jan Novák", "Novák", "Nováková Jana", "O'Brien", "van der Berg", "Müller", "Mueller", "Muller", "1980-03-04",
		"1980-04-03", "1980-01-01", "1.2.1990", "12", "12a", "12/3", "064 123 4567", "+381641234567", "641234568",
		"marko.novak@gmail.com", "marko.novak@gmial.com", "markonovak@gmail.com", "info@delta.rs", "m.novak@delta.rs",
		"Delta d.o.o.", "Delta Trade d.o.o. Beograd", "DELTA", "Kneza Miloša 12/III/7", "ul. Kneza Milosa 12", "Knez Mihailova 12",
		"854 7th ave. between 54th and 55th sts.", "854 seventh ave.", "34 e. 51st st.", "34 e. 61st st.", "Beograd", "Novi Beograd",
		"New York", "New York City", "11000", "110 00", "11001", "Μαρία Παπαδοπούλου", "王小明", "f", "žena", "12.5", "13",
		"a b c d e f g h i j k l m n o p q r s t", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	static TestColumn t;
	const int	n = (int) (sizeof(text) / sizeof(text[0]));
	int			asymmetric = 0;
	int			outside = 0;
	int			kind;
	int			i;
	int			j;

	for (kind = 0; kind < CLT_KIND_ADDRESS; kind++)
	{
		fill_column(&t, (CltKind) kind, text, n, 1);
		for (i = 1; i <= n; i++)
			for (j = 1; j <= n; j++)
			{
				int			x;

				if (i == j || t.values[i].len == 0 || t.values[j].len == 0 || t.values[i].hash == t.values[j].hash)
					continue;
				x = clt_compare_values((CltKind) kind, &t.column, (uint32_t) i, (uint32_t) j);
				asymmetric += x != clt_compare_values((CltKind) kind, &t.column, (uint32_t) j, (uint32_t) i);
				outside += x < 2 || x > clt_kind_info[kind].nlevels;
			}
	}
	is_int(asymmetric, 0, "a pair has one level in either order");
	is_int(outside, 0, "different values reach a level of their kind, below equality");
}

/* Words of a list that stand where words of another length belong would be found by nobody. */
static void
test_word_lists(void)
{
	static const struct
	{
		const CltWords *words;
		const char *one;
		const char *none;
	}			list[] = {
		{&clt_placeholders, "nicht angegeben", "nicht"},
		{&clt_unnamed, "baby girl", "girl"},
		{&clt_titles, "dr", "d"},
		{&clt_male, "g din", "din"},
		{&clt_female, "kvinna", "kvin"},
		{&clt_role_mailboxes, "administracija", "admini"},
		{&clt_hints, "at", "att"},
		{&clt_date_words, "godine", "a,g,r"},
	};
	size_t		i;

	for (i = 0; i < CLT_LENGTH(list); i++)
	{
		int			wrong = 0;
		size_t		len;

		for (len = 0; len < CLT_WORD_LENGTHS; len++)
		{
			const char *word = list[i].words->of_length[len];

			for (; word && *word; word += strcspn(word, ",") + (word[strcspn(word, ",")] == ','))
				wrong += strcspn(word, ",") != len || !clt_in_words(list[i].words, word, len);
		}
		ok(wrong == 0, "the words of the list of \"%s\" stand by their length", list[i].one);
		ok(clt_in_words(list[i].words, list[i].one, strlen(list[i].one)), "%s is one of them", list[i].one);
		ok(!clt_in_words(list[i].words, list[i].none, strlen(list[i].none)), "%s is none", list[i].none);
	}
	ok(!clt_in_words(&clt_titles, "", 0), "nothing is no title");
	ok(clt_is_placeholder("", 0), "nothing is nothing");
}

static void
test_sexes(void)
{
	static const struct
	{
		const char *said;
		char		sex;
	}			word[] = {
		{"Frau Dr.", 'f'}, {"g-din", 'm'}, {"G. Novak", 0}, {"gđa", 'f'}, {"g-đica", 'f'}, {"M.", 'm'}, {"ž", 'f'}, {"k. A.", 0},
		{"m / w", 0}, {"Mr. and Mrs.", 'm'}, {"unknown", 0}, {"", 0}
	};
	size_t		i;

	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		ok(clt_sex_said(word[i].said, strlen(word[i].said)) == word[i].sex, "the sex that \"%s\" says", word[i].said);
}

static void
test_levels(void)
{
	is_int(level(CLT_KIND_DATE, "1980-03-04", "1980-04-03"), 2, "day and month swapped");
	is_int(level(CLT_KIND_DATE, "1980-03-04", "1980-03-05"), 3, "one digit");
	is_int(level(CLT_KIND_DATE, "1980-03-14", "1980-03-25"), 4, "another day of the month");
	is_int(level(CLT_KIND_DATE, "1980-03-14", "1980-01-01"), 5, "only the year was known");
	is_int(level(CLT_KIND_DATE, "1980-03-14", "1965-11-30"), CLT_DATE_OTHER, "another date");
	is_int(level(CLT_KIND_DATE, "1980-03-14", "1955-11-30"), CLT_DATE_OTHER + 1, "a generation apart");
	is_int(level(CLT_KIND_DATE, "1980-03-14", "1955-01-01"), CLT_DATE_OTHER, "a year's first day stands for any date");
	is_int(level(CLT_KIND_PHONE, "+381641234567", "0111234567"), 2, "the last seven digits");
	is_int(level(CLT_KIND_PHONE, "+381641234567", "064 123 4568"), 3, "one digit of a phone");
	is_int(level(CLT_KIND_PHONE, "+381641234567", "064 999 1118"), 4, "another phone");
	is_int(level(CLT_KIND_TEXT, "Sony headphones WHX430s", "Sony headphones WHX410s"), 4, "another number is another model");
	is_int(level(CLT_KIND_TEXT, "Sony headphones WHX430s", "Sony headphnoes WHX430s"), 3, "a slip in another word is one");
	is_int(level(CLT_KIND_TEXT, "Sony headphones Philips", "Sony headphones Phil1ps"), 3, "one digit in a word, too");
	is_int(level(CLT_KIND_EMAIL, "a.novak+x@gmail.com", "anovak@gmial.com"), 2, "a typing error in the domain");
	is_int(level(CLT_KIND_EMAIL, "marko.novak@gmail.com", "marko.novk@gmail.com"), 3, "a typing error");
	is_int(level(CLT_KIND_EMAIL, "user12@x.com", "user13@x.com"), 6, "another number is another user");
	is_int(level(CLT_KIND_EMAIL, "marko.novak@gmail.com", "marko.novak@wp.pl"), 4, "another provider");
	is_int(level(CLT_KIND_GIVEN, "Aleksandar", "Aleksndar"), 3, "a given name with an error");
	is_int(level(CLT_KIND_GIVEN, "Katarzyna", "Kasia"), 2, "a pet form of a given name");
	is_int(level(CLT_KIND_GIVEN, "Aleksandar", "A."), 5, "an initial");
	is_int(level(CLT_KIND_GIVEN, "Aleksandar", "Milica"), 7, "another given name");
	is_int(level(CLT_KIND_SURNAME, "Novák", "Nováková"), 2, "one family");
	is_int(level(CLT_KIND_SURNAME, "Novák", "Svoboda"), 8, "another family");
	is_int(level_of(CLT_KIND_SURNAME, "Hofmann", "Hoffmann", 40), 4, "two names that many have are two names");
	is_int(level_of(CLT_KIND_GIVEN, "Marina", "Martina", 40), 4, "so with given names");
	is_int(level_of(CLT_KIND_GIVEN, "Martina", "Matrina", 1), 3, "what few have is an error");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Novák", "NOVAK, Jan"), 2, "the words in another order");
	is_int(level(CLT_KIND_FULL_NAME, "Katarzyna Kowalska", "Kasia Kowalski"), 3, "a pet form and the family's form");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Maria Novák", "Jan Novák"), 4, "a name left out");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Dvořák", "Petra Dvořáková"), 9, "the family in common, and another given name");
	is_int(level(CLT_KIND_FULL_NAME, "Petr Novák", "Petra Nováková"), 5, "a man and a woman whose names look alike are not taken for one");
	is_int(level(CLT_KIND_FULL_NAME, "Fiala Jan", "Jana Fialová"), 9, "whichever name stands first");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Němec", "Petra Němcová"), 9, "the family's form where it loses a letter");
	is_int(level(CLT_KIND_FULL_NAME, "Petra Němec", "Petra Němcová"), 2, "which is one name of one woman");
	is_int(level(CLT_KIND_FULL_NAME, "Petra Nemec", "Petr Nemcov"), 5, "what is nearly a known name may be it");
	is_int(level(CLT_KIND_FULL_NAME, "Ana Kovač", "Ana Horvat"), 5, "a given name in common");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Ivan", "Petr Ivan"), 5, "of which one nobody knows what it is");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Nowak", "J. Nowak"), 3, "an initial");
	is_int(level_of(CLT_KIND_FULL_NAME, "Jana Slováková", "Jana Nováková", 40), 5, "two surnames that many have");
	is_int(level(CLT_KIND_FULL_NAME, "Jan Novák", "Petra Svobodová"), 8, "somebody else");
	is_int(level(CLT_KIND_STREET, "854 7th ave. between 54th and 55th sts.", "854 seventh avenue"), 2, "where to look for it is not where it is");
	is_int(level(CLT_KIND_STREET, "34 e. 51st st.", "34 e. 61st st."), 4, "51st and 61st Street are two");
	is_int(level(CLT_KIND_STREET, "595 Piedmont Ave.", "595 Piedmont Avenue Rio Shopping Mall"), 2, "with the house's name");
	is_int(level(CLT_KIND_IDENTIFIER, "6988048", "6988084"), 2, "digits swapped");
	is_int(level(CLT_KIND_HOUSE_NUMBER, "12", "12a"), 2, "12 and 12a");
}

/* random_text writes what a column of a kind may hold: few words, and errors in them, so that many are nearly the same. */
static void
random_text(CltKind kind, char *out)
{
	static const char *const word[] = {
		"ana", "anna", "katarzyna", "kasia", "marko", "novak", "novakova", "kaberry", "place", "street", "road", "aleksandar", "bo", "k",
		"johnson", "johnston", "smith", "smythe", "hill", "park", "abcdefgh", "bacdefhg", "gmbh", "delta", "müller", "dž", "1", "22", "12a", "51st"
	};
	static const char *const domain[] = {"gmail.com", "gmial.com", "delta.rs", "wp.pl"};
	int			words = 1 + (int) (next() % (kind == CLT_KIND_COMPANY || kind == CLT_KIND_STREET || kind == CLT_KIND_TEXT ? 4 : 2));
	size_t		n = 0;
	int			i;

	*out = '\0';
	if (kind == CLT_KIND_DATE)
	{
		n = (size_t) sprintf(out, "19%02d-%02d-%02d", (int) (60 + next() % 3), (int) (1 + next() % 12), (int) (1 + next() % 28));
		return;
	}
	if (kind == CLT_KIND_PHONE || kind == CLT_KIND_POSTCODE || kind == CLT_KIND_IDENTIFIER || kind == CLT_KIND_HOUSE_NUMBER)
	{
		int			len = kind == CLT_KIND_PHONE ? 9 + (int) (next() % 3) : 1 + (int) (next() % 8);

		for (i = 0; i < len; i++)
			out[n++] = (char) (i < 2 ? '0' + 7 * i : '0' + (char) (next() % 3 + next() % 3 * (kind == CLT_KIND_PHONE)));
		if (kind == CLT_KIND_HOUSE_NUMBER && next() % 3 == 0)
			out[n++] = 'a';
		out[n] = '\0';
		return;
	}
	for (i = 0; i < words; i++)
		n += (size_t) sprintf(out + n, "%s%s", i ? (kind == CLT_KIND_EMAIL ? "." : " ") : "", word[next() % (sizeof(word) / sizeof(word[0]))]);
	/* an error or two: a letter is lost, changed, doubled, or two change places */
	for (i = (int) (next() % 3); i > 0; i--)
	{
		size_t		at = (size_t) (next() % n);

		if (n < 3 || (unsigned char) out[at] >= 0x80)
			continue;
		switch (next() % 4)
		{
			case 0:
				memmove(out + at, out + at + 1, n-- - at);
				break;
			case 1:
				out[at] = (char) ('a' + next() % 26);
				break;
			case 2:
				memmove(out + at + 1, out + at, n++ - at + 1);
				break;
			default:
				if (at + 1 < n && (unsigned char) out[at + 1] < 0x80)
				{
					char		c = out[at];

					out[at] = out[at + 1];
					out[at + 1] = c;
				}
				break;
		}
	}
	if (kind == CLT_KIND_EMAIL)
		sprintf(out + n, "@%s", domain[next() % 4]);
}

/* all_ways looks at pairs of records in any processor's way and in those of this one, and counts where these see something else. */
static CltSeen
all_ways(const CltComparer *comparer, const CltEight *left, const CltEight *right, int64_t *other)
{
	CltSeen		seen;
	CltSeen		wide;

	memset(&seen, 0, sizeof(seen));
	clt_see_eights_anywhere(comparer, left, right, 0xff, &seen);
	(void) other;
	(void) wide;
#ifdef CLT_WIDE
	memset(&wide, 0, sizeof(wide));
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"))
	{
		clt_see_eights_wide(comparer, left, right, 0xff, &wide);
		*other += memcmp(&seen, &wide, sizeof(seen)) != 0;
	}
	memset(&wide, 0, sizeof(wide));
	if (clt_processor_is_widest())
	{
		clt_see_eights_widest(comparer, left, right, 0xff, &wide);
		*other += memcmp(&seen, &wide, sizeof(seen)) != 0;
	}
#endif
	return seen;
}

/* Two records with one value each, which are looked at by themselves or as parts of an address. */
typedef struct Onlooker
{
	CltComparer comparer;
	CltComparison cmp;
	CltColumn	column;
	uint32_t	codes[2];
	CltEight	left;
	CltEight	right;
} Onlooker;

static void
look_on(Onlooker *o, CltKind kind, const CltColumn *column, const CltSketch *sketch, bool as_parts)
{
	o->column = *column;
	o->column.code = o->codes;
	o->column.stride = 1;
	o->column.sketch = sketch;
	memset(&o->cmp, 0, sizeof(o->cmp));
	o->cmp.kind = as_parts ? CLT_KIND_ADDRESS : kind;
	o->cmp.column = &o->column;
	o->cmp.part[CLT_PART_NUMBER] = as_parts ? &o->column : NULL;
	clt_comparer_init(&o->comparer, &o->cmp, NULL, 1);
}

static bool
told_apart(Onlooker *o, uint32_t a, uint32_t b, int64_t *other)
{
	CltSeen		seen;

	o->codes[0] = a;
	o->codes[1] = b;
	clt_eights_spread(&o->comparer, &o->left, 0);
	clt_eights_spread(&o->comparer, &o->right, 1);
	seen = all_ways(&o->comparer, &o->left, &o->right, other);
	return o->cmp.kind == CLT_KIND_ADDRESS ? seen.unsure[0][3] == 0 : (seen.apart[3] & 1) != 0;
}

/* A sketch never says "different" of values that are not; and of most that are, it does. */
static void
test_sketches(void)
{
	static TestColumn t;
	static char text[TEST_VALUES][128];
	static Onlooker alone;
	static Onlooker part;
	const char *list[TEST_VALUES];
	int			kind;

	for (kind = 0; kind < CLT_KIND_ADDRESS; kind++)
	{
		CltSketch	sketch[TEST_VALUES + 1];
		int64_t		wrong = 0;
		int64_t		too_far = 0;
		int64_t		told = 0;
		int64_t		different = 0;
		int64_t		other = 0;
		int			round;
		int			i;
		int			j;

		for (round = 0; round < 60; round++)
		{
			for (i = 0; i < TEST_VALUES; i++)
			{
				random_text((CltKind) kind, text[i]);
				list[i] = text[i];
			}
			fill_column(&t, (CltKind) kind, list, TEST_VALUES, 1);
			for (i = 1; i <= TEST_VALUES; i++)
				clt_sketch_make(&t.column, (uint32_t) i, &sketch[i]);
			look_on(&alone, (CltKind) kind, &t.column, sketch, false);
			look_on(&part, (CltKind) kind, &t.column, sketch, true);
			for (i = 1; i <= TEST_VALUES; i++)
				for (j = 1; j <= TEST_VALUES; j++)
				{
					int			level;
					bool		apart;
					bool		not_close;

					if (t.values[i].len == 0 || t.values[j].len == 0 || t.values[i].hash == t.values[j].hash)
						continue;
					level = clt_compare_values((CltKind) kind, &t.column, (uint32_t) i, (uint32_t) j);
					apart = told_apart(&alone, (uint32_t) i, (uint32_t) j, &other);
					not_close = told_apart(&part, (uint32_t) i, (uint32_t) j, &other);
					wrong += apart && level != clt_level_apart((CltKind) kind, &t.values[i], &t.values[j]);
					too_far += level == 2 && kind != CLT_KIND_SEX && not_close;
					told += apart;
					different += level >= clt_kind_info[kind].different;
				}
		}
		ok(wrong == 0, "%s: what a sketch tells apart is different (%lld of %lld told)", clt_kind_info[kind].name,
		   (long long) told, (long long) different);
		ok(other == 0, "%s: every processor tells the same apart", clt_kind_info[kind].name);
		ok(too_far == 0, "%s: what is close is not told apart", clt_kind_info[kind].name);
		if (kind != CLT_KIND_FULL_NAME && kind != CLT_KIND_NUMBER)
			ok(told * 4 > different, "%s: most of the different values are told apart", clt_kind_info[kind].name);
	}
}

static float
some_bits(int most)
{
	return (float) ((int) (next() % (unsigned) (2 * most * 16)) - most * 16) / 16;
}

/* left_rightly compares two records with bounds, and tells whether they were left; what is left must not come to the least, what is not left must be what comparing gives. */
static bool
left_rightly(Onlooker *o, const CltFsTable *table, double least, int64_t *wrong)
{
	CltCompared pair[CLT_EIGHT] = {{0}};
	float		tf_u;
	float		tf_h;
	uint64_t	gamma = clt_compare_vector(&o->cmp, NULL, 1, 0, 1, &tf_u, &tf_h);
	uint32_t	done;

	pair[3].r = 1;
	clt_eights_spread(&o->comparer, &o->left, 0);
	clt_eights_spread(&o->comparer, &o->right, 1);
	done = clt_compare_eights(&o->comparer, &o->left, &o->right, 8, pair);
	if (done)
		*wrong += done != 8 || pair[3].gamma != gamma || pair[3].tf_u != tf_u || pair[3].tf_h != tf_h;
	else
		*wrong += clt_fs_weight(table, gamma, tf_u, tf_h, NULL) >= least;
	return !done;
}

/* Pairs that are left before they are compared are those whose weight is too low, whatever the weights of levels and values. */
static void
test_bounds(void)
{
	static TestColumn t;
	static char text[TEST_VALUES][128];
	static Onlooker o[2];
	static CltBounds bounds[2];
	const char *list[TEST_VALUES];
	int			kind;

	for (kind = 0; kind < CLT_KIND_ADDRESS; kind++)
	{
		CltSketch	sketch[TEST_VALUES + 1];
		int64_t		wrong = 0;
		int64_t		left = 0;
		int64_t		other = 0;
		int			round;
		int			i;
		int			j;
		int			as_parts;

		for (round = 0; round < 4; round++)
		{
			CltFsTable	table = {.ncomparisons = 1,.household = round % 2};

			for (i = 0; i < 16; i++)
			{
				table.lm[0][i] = i ? some_bits(8) : 0;
				table.lu[0][i] = i ? some_bits(8) : 0;
				table.lh[0][i] = i ? some_bits(8) : 0;
			}
			for (i = 0; i < TEST_VALUES; i++)
			{
				random_text((CltKind) kind, text[i]);
				list[i] = text[i];
			}
			fill_column(&t, (CltKind) kind, list, TEST_VALUES, 1);
			for (i = 1; i <= TEST_VALUES; i++)
			{
				t.values[i].tf_u = some_bits(10);
				if (t.values[i].tf_u < t.column.least_u)
					t.column.least_u = t.values[i].tf_u;
				clt_sketch_make(&t.column, (uint32_t) i, &sketch[i]);
			}
			for (as_parts = 0; as_parts < 2; as_parts++)
			{
				look_on(&o[as_parts], (CltKind) kind, &t.column, sketch, as_parts);
				o[as_parts].cmp.tf = !as_parts;
				clt_bounds_make(&bounds[as_parts], &o[as_parts].comparer, &table, 0);
				clt_comparer_bound(&o[as_parts].comparer, &bounds[as_parts]);
			}
			for (i = 0; i <= TEST_VALUES; i++)
				for (j = 0; j <= TEST_VALUES; j++)
					for (as_parts = 0; as_parts < 2; as_parts++)
					{
						if (t.values[i].len == 0 || t.values[j].len == 0 || (i != j && t.values[i].hash == t.values[j].hash))
							continue;
						o[as_parts].codes[0] = (uint32_t) i;
						o[as_parts].codes[1] = (uint32_t) j;
						left += left_rightly(&o[as_parts], &table, 0, &wrong);
						(void) all_ways(&o[as_parts].comparer, &o[as_parts].left, &o[as_parts].right, &other);
					}
		}
		ok(wrong == 0, "%s: what bounds leave is not kept, and what they do not is compared", clt_kind_info[kind].name);
		ok(left > 0, "%s: bounds leave some", clt_kind_info[kind].name);
		ok(other == 0, "%s: every processor leaves the same", clt_kind_info[kind].name);
	}
}

/* A surname in the other's e-mail is the one before the wedding, but not if it is only a part of the present one. */
static void
test_surname_in_email(void)
{
	static const char *const surname[] = {"Wildbach", "Bach", "Novak", "Horvat"};
	static const char *const given[] = {"Alfred", "Ana"};
	static const char *const email[] = {"alfred.wildbach@gmx.de", "ana.novak@gmx.de"};
	static TestColumn names;
	static TestColumn firsts;
	static TestColumn mails;
	uint32_t	name_codes[4] = {1, 2, 4, 3};
	uint32_t	first_codes[4] = {1, 1, 2, 2};
	uint32_t	mail_codes[4] = {1, 0, 2, 0};
	CltComparison cmp;
	uint32_t	v;

	fill_column(&names, CLT_KIND_SURNAME, surname, 4, 1);
	fill_column(&firsts, CLT_KIND_GIVEN, given, 2, 1);
	fill_column(&mails, CLT_KIND_EMAIL, email, 2, 1);
	names.column.code = name_codes;
	firsts.column.code = first_codes;
	mails.column.code = mail_codes;
	names.column.stride = firsts.column.stride = mails.column.stride = 1;
	memset(&cmp, 0, sizeof(cmp));
	cmp.kind = CLT_KIND_SURNAME;
	cmp.column = &names.column;
	cmp.partner = &firsts.column;
	cmp.email = &mails.column;
	is_int(clt_compare_records(&cmp, NULL, 2, 3, &v), 5, "ana.novak@ is of Ana Horvat, once Ana Novak");
	is_int(clt_compare_records(&cmp, NULL, 0, 1, &v), 8, "alfred.wildbach@ is of Alfred Wildbach, never Bach");
}

/* An e-mail that is somebody's name says no more than the name does, but for the whole of it. */
static void
test_names_in_emails(void)
{
	static const char *const email[] = {"anna.farkas@gmx.de", "annafarkas@web.de", "anna_farkas@gmx.de", "anna.farkas84@gmx.de", "anna.farkas84@web.de",
	"ana.farkas@gmx.de"};
	static const char *const given[] = {"Anna"};
	static const char *const surname[] = {"Farkas"};
	static TestColumn mails;
	static TestColumn firsts;
	static TestColumn names;
	uint32_t	mail_codes[6] = {1, 2, 3, 4, 5, 6};
	uint32_t	same[6] = {1, 1, 1, 1, 1, 1};
	CltComparison cmp;
	uint32_t	v;

	fill_column(&mails, CLT_KIND_EMAIL, email, 6, 1);
	fill_column(&firsts, CLT_KIND_GIVEN, given, 1, 6);
	fill_column(&names, CLT_KIND_SURNAME, surname, 1, 6);
	mails.column.code = mail_codes;
	firsts.column.code = names.column.code = same;
	names.column.stride = firsts.column.stride = mails.column.stride = 1;
	memset(&cmp, 0, sizeof(cmp));
	cmp.kind = CLT_KIND_EMAIL;
	cmp.column = &mails.column;
	is_int(clt_compare_records(&cmp, NULL, 0, 1, &v), 4, "one local part at two domains");
	is_int(clt_compare_records(&cmp, NULL, 0, 2, &v), 3, "two that a letter tells apart");
	cmp.given = &firsts.column;
	cmp.surname = &names.column;
	is_int(clt_compare_records(&cmp, NULL, 0, 1, &v), 6, "the name at two domains: so has it everybody of that name");
	is_int(clt_compare_records(&cmp, NULL, 0, 2, &v), 6, "the name in two ways is no typing error");
	is_int(clt_compare_records(&cmp, NULL, 0, 5, &v), 3, "a misspelt name is one");
	is_int(clt_compare_records(&cmp, NULL, 3, 4, &v), 4, "the name with a number is somebody's own");
}

/* Two columns of one kind, as the lines of an address are: what was seen in one is not taken for the other's. */
static void
test_two_lines(void)
{
	static const char *const first[] = {"Kneza Milosa", "Kneza Milose"};
	static const char *const second[] = {"Zahumska", "Njegoseva"};
	static TestColumn a;
	static TestColumn b;
	static CltMemo memo;
	uint32_t	codes[4] = {1, 1, 2, 2};
	CltComparison cmp;
	uint32_t	v;
	int			with;

	fill_column(&a, CLT_KIND_STREET, first, 2, 1);
	fill_column(&b, CLT_KIND_STREET, second, 2, 1);
	a.column.code = codes;
	b.column.code = codes + 1;
	a.column.stride = b.column.stride = 2;
	b.column.number = 1;
	memset(&cmp, 0, sizeof(cmp));
	cmp.kind = CLT_KIND_ADDRESS;
	cmp.part[CLT_PART_STREET] = &a.column;
	cmp.part[CLT_PART_EXTRA] = &b.column;
	with = clt_compare_records(&cmp, &memo, 0, 1, &v);
	is_int(with, clt_compare_records(&cmp, NULL, 0, 1, &v), "both lines of an address are compared, with a memory as without");
	cmp.part[CLT_PART_STREET] = &b.column;
	cmp.part[CLT_PART_EXTRA] = &a.column;
	is_int(clt_compare_records(&cmp, &memo, 0, 1, &v), clt_compare_records(&cmp, NULL, 0, 1, &v), "and the other way round");
}

static void
test_names(void)
{
	static const struct
	{
		const char *name;
		CltRole		role;
	}			cases[] = {
		{"first_name", CLT_ROLE_GIVEN}, {"fname_c1", CLT_ROLE_GIVEN}, {"given_name", CLT_ROLE_GIVEN}, {"Vorname", CLT_ROLE_GIVEN},
		{"imie", CLT_ROLE_GIVEN}, {"ime", CLT_ROLE_GIVEN}, {"křestní jméno", CLT_ROLE_GIVEN}, {"firstName", CLT_ROLE_GIVEN},
		{"lname_c1", CLT_ROLE_SURNAME}, {"nazwisko", CLT_ROLE_SURNAME}, {"prezime", CLT_ROLE_SURNAME}, {"Příjmení", CLT_ROLE_SURNAME},
		{"data_ur", CLT_ROLE_BIRTH_DATE}, {"date_of_birth", CLT_ROLE_BIRTH_DATE}, {"dob", CLT_ROLE_BIRTH_DATE},
		{"Geburtsdatum", CLT_ROLE_BIRTH_DATE}, {"datum_rođenja", CLT_ROLE_BIRTH_DATE}, {"by", CLT_ROLE_YEAR}, {"szül_év", CLT_ROLE_YEAR}, {"rok_ur", CLT_ROLE_YEAR}, {"Ročník", CLT_ROLE_YEAR}, {"dat_nar", CLT_ROLE_BIRTH_DATE}, {"bm", CLT_ROLE_MONTH},
		{"soc_sec_id", CLT_ROLE_IDENTIFIER}, {"tax_number", CLT_ROLE_IDENTIFIER}, {"OIB", CLT_ROLE_IDENTIFIER},
		{"customer_id", CLT_ROLE_IGNORE}, {"id", CLT_ROLE_IGNORE}, {"created_at", CLT_ROLE_IGNORE}, {"cluster_id", CLT_ROLE_IGNORE},
		{"street_number", CLT_ROLE_HOUSE_NUMBER}, {"address_1", CLT_ROLE_STREET}, {"suburb", CLT_ROLE_CITY}, {"gmina", CLT_ROLE_CITY},
		{"kraj", CLT_ROLE_REGION}, {"PSČ", CLT_ROLE_POSTCODE}, {"plz", CLT_ROLE_POSTCODE}, {"e-mail", CLT_ROLE_EMAIL},
		{"telefon_komórkowy", CLT_ROLE_PHONE}, {"mobile_phone", CLT_ROLE_PHONE}, {"płeć", CLT_ROLE_SEX}, {"cuisine", CLT_ROLE_NONE}
	};
	size_t		i;
	int			strength;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ok(clt_role_by_name(cases[i].name, &strength) == cases[i].role, "column %s", cases[i].name);
}

/* What the letters of two texts say about their likeness is what the texts themselves say. */
static void
test_letters(void)
{
	static const double cutoff[] = {0.5, 0.8, 0.82, 0.85, 0.92};
	int			wrong = 0;
	int			spared = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		char		a[16];
		char		b[16];
		CltValue	va = {.flags = CLT_VALUE_ASCII};
		CltValue	vb = {.flags = CLT_VALUE_ASCII};
		double		c = cutoff[next() % 5];
		int			max = 1 + (int) (next() % 2);
		int			k;
		double		jw;
		int			osa;

		va.len = 1 + (uint32_t) (next() % sizeof(a));
		for (k = 0; k < (int) va.len; k++)
			a[k] = (char) ('a' + next() % 6);
		/* the same text with some edits, or another */
		vb.len = va.len;
		memcpy(b, a, sizeof(a));
		for (k = (int) (next() % 5); k > 0; k--)
			b[next() % vb.len] = (char) ('a' + next() % 9);
		if (next() % 2)
			vb.len = 1 + (uint32_t) (next() % vb.len);
		clt_value_set_text(&va, a);
		clt_value_set_text(&vb, b);
		jw = clt_value_jaro_winkler(&va, &vb, c);
		osa = clt_value_osa(&va, &vb, max);
		va.letters = clt_letters(a, va.len);
		vb.letters = clt_letters(b, vb.len);
		wrong += clt_value_jaro_winkler(&va, &vb, c) != jw || clt_value_osa(&va, &vb, max) != osa;
		spared += osa > max;
	}
	is_int(wrong, 0, "letters do not lie");
	ok(spared > 10000, "some texts are far apart");
	ok(clt_letters("\xC4\x8D", 2) == 0 && clt_letters("", 0) == 0, "no letters of what is not ASCII");
}

/* The longest and most varied strings: scratch memory suffices, and the ends of what is compared are right. */
static void
test_long_values(void)
{
	static char a[3 * 300],
				b[3 * 300];
	CltValue	va = {.len = sizeof(a)},
				vb = {.len = sizeof(b)};

	clt_value_set_text(&va, a);
	clt_value_set_text(&vb, b);
	ok(clt_jaro_scratch(CLT_COMPARED_BYTES, CLT_COMPARED_BYTES, true) <= CLT_COMPARE_SCRATCH, "scratch memory for Jaro");
	ok(clt_levenshtein_scratch(CLT_COMPARED_BYTES, CLT_COMPARED_BYTES, true) <= CLT_COMPARE_SCRATCH, "scratch memory for OSA");
	for (int i = 0; i < 300; i++)
	{
		/* U+4E00 + i and U+5E00 + i: six hundred different letters */
		uint32_t	c[2] = {0x4E00 + (uint32_t) i, 0x5E00 + (uint32_t) i};

		for (int k = 0; k < 2; k++)
		{
			char	   *at = (k ? b : a) + 3 * i;

			at[0] = (char) (0xE0 | (c[k] >> 12));
			at[1] = (char) (0x80 | ((c[k] >> 6) & 0x3F));
			at[2] = (char) (0x80 | (c[k] & 0x3F));
		}
	}
	ok(clt_value_jaro_winkler(&va, &vb, 0) == 0, "long values without a common letter are not alike");
	is_int(clt_value_osa(&va, &vb, 2), 3, "and far apart");
	is_int(clt_value_osa(&va, &va, 2), 0, "a long value is itself");
}

int
main(void)
{
	test_letters();
	test_long_values();
	test_sort();
	test_sorter();
	test_weight();
	test_hearing();
	test_em();
	test_wrong_dates();
	test_twins();
	test_namesakes();
	test_wandered();
	test_relatives();
	test_degenerate();
	test_edge_order();
	test_components();
	test_repair();
	test_ties();
	test_veto_among_many();
	test_many_ties();
	test_alike();
	test_normalize();
	test_word_lists();
	test_sexes();
	test_levels();
	test_surname_in_email();
	test_names_in_emails();
	test_two_lines();
	test_sketches();
	test_bounds();
	test_symmetry();
	test_names();
	return done();
}
