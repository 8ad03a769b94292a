/* Kernels of module rfm: decimals, summaries, cut points, accounts. */
#include "core/hash.h"
#include "rfm/accounts.h"
#include "rfm/cuts.h"
#include "rfm/decimal.h"
#include "rfm/summary.h"
#include "tap.h"

static void
check_print(CltInt128 value, int scale, const char *want)
{
	char		buf[CLT_DECIMAL_BUFSIZE];
	CltInt128	back = 0;
	int			places = -1;

	clt_decimal_print(buf, value, scale);
	ok(strcmp(buf, want) == 0, "%s is printed (got %s)", want, buf);
	ok(clt_decimal_parse(buf, strlen(buf), &back, &places) == CLT_DECIMAL_OK &&
	   back == value && places == scale, "%s is read back", want);
}

static void
check_double(double x, int digits, CltDecimalError error, long long value, int scale)
{
	CltInt128	got = 0;
	int			places = 0;
	CltDecimalError e = clt_decimal_from_double(x, digits, &got, &places);

	ok(e == error && (e != CLT_DECIMAL_OK || (got == value && places == scale)),
	   "%.17g is %lld at scale %d (got %lld, %d, error %d)", x, value, scale, (long long) got, places, e);
}

/* A stored numeric: header words and digits to the base of 10000. */
static void
check_numeric(const char *name, int nwords, const unsigned short *words, CltDecimalError error, long long value, int scale)
{
	CltInt128	got = 0;
	int			places = 0;
	CltDecimalError e = clt_decimal_from_numeric((const unsigned char *) words, (size_t) nwords * 2, &got, &places);

	ok(e == error && (e != CLT_DECIMAL_OK || (got == value && places == scale)),
	   "numeric %s (got %lld, %d, error %d)", name, (long long) got, places, e);
}

static void
test_decimals(void)
{
	CltInt128	v = 5;

	check_print(0, 0, "0");
	check_print(0, 2, "0.00");
	check_print(-1, 2, "-0.01");
	check_print(123456, 3, "123.456");
	check_print(CLT_INT128_MAX, 0, "170141183460469231731687303715884105727");
	check_print(CLT_INT128_MIN, 30, "-170141183.460469231731687303715884105728");
	{
		static const char *const bad[] = {"", "-", ".", "1.", "a", "1.2.3", " 1", "1e5"};
		CltInt128	x;
		int			s;

		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			ok(clt_decimal_parse(bad[i], strlen(bad[i]), &x, &s) == CLT_DECIMAL_SYNTAX, "\"%s\" is no number", bad[i]);
		ok(clt_decimal_parse("170141183460469231731687303715884105728", 39, &x, &s) == CLT_DECIMAL_RANGE, "one more than fits");
	}
	ok(clt_decimal_shift(&v, 37) && !clt_decimal_shift(&v, 2), "a shift that does not fit is refused");
	is_int(clt_decimal_compare(12, 1, 120, 2), 0, "1.2 = 1.20");
	is_int(clt_decimal_compare(CLT_INT128_MAX, 0, 1, 30), 1, "compared beyond the range");
	is_int(clt_decimal_compare(1, 30, CLT_INT128_MIN, 0), 1, "compared below the range");
	is_int((long long) clt_decimal_rescale(-15, 1, 0, true), -1, "-1.5 rounded up");
	is_int((long long) clt_decimal_rescale(-15, 1, 0, false), -2, "-1.5 rounded down");
	is_int((long long) clt_decimal_rescale(10000000000001, 13, 0, true), 2, "1.0000000000001 rounded up, in steps");

	check_double(0.1, 15, CLT_DECIMAL_OK, 10, 2);
	check_double(-19.99, 15, CLT_DECIMAL_OK, -1999, 2);
	check_double(1.005, 15, CLT_DECIMAL_OK, 10050, 4);
	check_double(1.0 / 3, 15, CLT_DECIMAL_OK, 333333333333, 12);
	check_double(1e-13, 15, CLT_DECIMAL_OK, 0, 2);
	check_double(1e15, 15, CLT_DECIMAL_OK, 100000000000000000, 2);
	check_double(1e300, 15, CLT_DECIMAL_RANGE, 0, 0);
	check_double(NAN, 15, CLT_DECIMAL_NAN, 0, 0);
	check_double(-INFINITY, 15, CLT_DECIMAL_INFINITE, 0, 0);
	check_double((double) 12.34f, 6, CLT_DECIMAL_OK, 1234, 2);

	{
		static const unsigned short cents[] = {0x8100, 12, 3400};	/* 12.34 */
		static const unsigned short minus[] = {0xA100, 12, 3400};
		static const unsigned short whole[] = {0x8002, 5};	/* 5 0000 0000 */
		static const unsigned short tiny[] = {0x8000 | (12 << 7) | 0x7D, 1};	/* 0.000000000001 */
		static const unsigned short trailing[] = {0x8000 | (20 << 7), 7};	/* 7.000... to 20 places */
		static const unsigned short zero[] = {0x8100};
		static const unsigned short nan[] = {0xC000};
		static const unsigned short infinite[] = {0xD000};
		static const unsigned short wide[] = {0x0002, 0, 12, 3400};
		static const unsigned short huge[] = {0x0000, 30, 1};

		check_numeric("12.34", 3, cents, CLT_DECIMAL_OK, 1234, 2);
		check_numeric("-12.34", 3, minus, CLT_DECIMAL_OK, -1234, 2);
		check_numeric("500000000", 2, whole, CLT_DECIMAL_OK, 500000000, 0);
		check_numeric("1e-12", 2, tiny, CLT_DECIMAL_OK, 1, 12);
		check_numeric("7 with 20 places", 2, trailing, CLT_DECIMAL_OK, 7000000, 6);
		check_numeric("0.00", 1, zero, CLT_DECIMAL_OK, 0, 2);
		check_numeric("NaN", 1, nan, CLT_DECIMAL_NAN, 0, 0);
		check_numeric("Infinity", 1, infinite, CLT_DECIMAL_INFINITE, 0, 0);
		check_numeric("12.34, long form", 4, wide, CLT_DECIMAL_OK, 1234, 2);
		check_numeric("1e120", 3, huge, CLT_DECIMAL_RANGE, 0, 0);
		check_numeric("nothing", 0, zero, CLT_DECIMAL_SYNTAX, 0, 0);
	}
}

static void
test_summaries(void)
{
	RfmSummary	a = {.version = CLT_RFM_VERSION};
	RfmSummary	b = {.version = CLT_RFM_VERSION};
	RfmSummary	c;

	is_int(sizeof(RfmSummary), 64, "a summary has 64 bytes");
	clt_rfm_summary_add(&a, CLT_RFM_INSTANT, 10, 500, 2);
	clt_rfm_summary_add(&a, CLT_RFM_INSTANT, 5, 1, 0);
	clt_rfm_summary_add(&a, CLT_RFM_INSTANT, 99, -25, 1);
	is_int(a.orders, 2, "a refund is no order");
	is_int(a.last_at, 10, "a refund is no sign of life");
	is_int(a.first_at, 5, "first order");
	is_int((long long) clt_rfm_summary_net(&a), 350, "5.00 + 1 - 2.5");
	ok(clt_rfm_summary_broken(&a) == NULL, "sound");
	c = b;
	is_int(clt_rfm_summary_merge(&c, &a), CLT_RFM_OK, "merged into an empty one");
	ok(memcmp(&c, &a, sizeof(a)) == 0, "which makes it the other");
	clt_rfm_summary_add(&b, CLT_RFM_WALL, 1, 1, 0);
	is_int(clt_rfm_summary_merge(&b, &a), CLT_RFM_MIXED_CLOCKS, "clocks do not mix");
	clt_rfm_summary_add(&c, CLT_RFM_INSTANT, 1, CLT_DECIMAL_LIMIT / 1000, 0);
	is_int(clt_rfm_summary_add(&c, CLT_RFM_INSTANT, 1, CLT_DECIMAL_LIMIT / 2, 2), CLT_RFM_OK, "room left");
	is_int(clt_rfm_summary_add(&c, CLT_RFM_INSTANT, 1, CLT_DECIMAL_LIMIT / 2, 2), CLT_RFM_SUM_RANGE, "no room left");
	c = a;
	c.first_at = 11;
	ok(clt_rfm_summary_broken(&c) != NULL, "first after last is broken");
	c = a;
	c.refunds = 0;
	ok(clt_rfm_summary_broken(&c) != NULL, "refunded without refunds is broken");
}

static unsigned long long seed = 12345;

static long long
next_random(long long below)
{
	seed = clt_hash_u64(seed, 1);
	return (long long) (seed % (unsigned long long) below);
}

/* The class of a value from the definition of the rule. */
static int
oracle(RfmRule rule, const int64_t *v, int n, int64_t x, int bins)
{
	int			less = 0,
				atmost = 0;

	for (int i = 0; i < n; i++)
	{
		less += v[i] < x;
		atmost += v[i] <= x;
	}
	if (rule == CLT_RFM_RULE_LOW)
	{
		int			class = n == 1 ? 1 : 1 + bins * less / (n - 1);

		return class > bins ? bins : class;
	}
	if (rule == CLT_RFM_RULE_HIGH)
		return (bins * atmost + n - 1) / n;
	/* disc: the first k for which k/bins of the values lie not above x */
	for (int k = 1; k < bins; k++)
	{
		/* percentile_disc(k / bins) >= x */
		if (less < (k * n + bins - 1) / bins)
			return k;
	}
	return bins;
}

static void
test_cuts(void)
{
	static const RfmRule rules[] = {CLT_RFM_RULE_LOW, CLT_RFM_RULE_HIGH, CLT_RFM_RULE_DISC};
	int			wrong = 0;
	int			unsorted = 0;

	for (int round = 0; round < 3000; round++)
	{
		int			n = 1 + (int) next_random(60);
		int			bins = 2 + (int) next_random(9);
		long long	spread = 1 + next_random(40);
		int64_t		narrow[60],
					scratch[60];
		CltInt128	wide[60],
					wide_scratch[60];
		CltInt128	cuts[CLT_RFM_MAX_BINS - 1];
		CltInt128	wide_cuts[CLT_RFM_MAX_BINS - 1];
		RfmValues	values = {.count = (size_t) n,.narrow = narrow};
		RfmValues	wide_values = {.count = (size_t) n,.wide = wide};

		for (int i = 0; i < n; i++)
			wide[i] = narrow[i] = next_random(spread) - spread / 2;
		clt_rfm_sort_narrow(narrow, scratch, (size_t) n);
		clt_rfm_sort_wide(wide, wide_scratch, (size_t) n);
		for (int i = 0; i < n; i++)
			unsorted += wide[i] != narrow[i] || (i > 0 && narrow[i] < narrow[i - 1]);
		for (int r = 0; r < 3; r++)
		{
			bool		strict = clt_rfm_cut_is_strict(rules[r], false);

			clt_rfm_cut_points(&values, rules[r], false, bins, 0, cuts);
			clt_rfm_cut_points(&wide_values, rules[r], false, bins, 0, wide_cuts);
			for (int i = 0; i < n; i++)
				wrong += clt_rfm_class(narrow[i], cuts, bins, strict) != oracle(rules[r], narrow, n, narrow[i], bins);
			wrong += memcmp(cuts, wide_cuts, (size_t) (bins - 1) * sizeof(CltInt128)) != 0;
		}
	}
	is_int(unsorted, 0, "both sorts sort");
	is_int(wrong, 0, "cut points give the classes that the rules define, 3000 random populations");
	{
		static int64_t big[5000],
					scratch[5000];
		static CltInt128 wide[5000],
			wide_scratch[5000];

		unsorted = 0;
		for (int i = 0; i < 5000; i++)
		{
			big[i] = (int64_t) (clt_hash_u64((uint64_t) i, 7) >> (i % 50));
			if (i % 3 == 0)
				big[i] = -big[i];
			wide[i] = (CltInt128) big[i] * (i % 2 ? 1 : INT64_MAX);
		}
		clt_rfm_sort_narrow(big, scratch, 5000);
		clt_rfm_sort_wide(wide, wide_scratch, 5000);
		for (int i = 1; i < 5000; i++)
			unsorted += big[i] < big[i - 1] || wide[i] < wide[i - 1];
		is_int(unsorted, 0, "radix sorts of 64 and 128 bits");
	}
	for (int n = 1; n < 30; n++)
	{
		int			count[11] = {0};
		int			previous = 1;
		bool		fine = true;

		for (int i = 0; i < n; i++)
		{
			int			class = clt_rfm_ntile((size_t) i, (size_t) n, 7);

			fine &= class >= previous && class <= 7;
			count[class]++;
			previous = class;
		}
		for (int c = 2; c <= 7; c++)
			fine &= count[c - 1] - count[c] >= 0 && count[1] - count[c] <= 1;
		ok(fine, "ntile of %d rows", n);
	}
}

static void
test_accounts(void)
{
	enum
	{
		CUSTOMERS = 3000, ROWS = 40000
	};
	static long long sum[CUSTOMERS];
	static unsigned orders[CUSTOMERS];
	static Account small[1024],
				large[8192];
	AccountTable t = {.slots = small,.mask = 1023};
	CltInt128	wide[CUSTOMERS];
	bool		grown = false;
	int			wrong = 0;

	is_int(sizeof(Account), 32, "an account has 32 bytes");
	t.wide = wide;
	t.wide_size = CUSTOMERS;
	for (int i = 0; i < ROWS; i++)
	{
		AccountRow	row = {.key = (uint64_t) next_random(CUSTOMERS),.at = i};
		Account    *slot;

		row.amount = next_random(2000) - 200;
		row.hash = clt_hash_u64(row.key, 0);
		sum[row.key] += (long long) row.amount;
		orders[row.key] += row.amount >= 0;
		if (clt_account_post(&t, &row, &slot) == CLT_ACCOUNT_DONE)
			continue;
		if (!clt_account_has_room(&t))
		{
			clt_account_move(&t, large, 8192);
			wrong += grown;
			grown = true;
			clt_account_post(&t, &row, &slot);
		}
		clt_account_open(&t, &row, slot);
	}
	ok(grown, "the table has grown");
	for (size_t i = 0; i <= t.mask; i++)
	{
		const Account *a = &t.slots[i];

		if (a->tag & CLT_ACCOUNT_USED)
			wrong += clt_account_sum(&t, a) != sum[a->key] || a->orders != orders[a->key];
	}
	is_int(wrong, 0, "sums and orders of all customers");
	ok(clt_account_rescale(&t, 17), "amounts of 17 more places");
	ok(t.wide_used > 0, "some sums have outgrown 64 bits");
	for (size_t i = 0; i <= t.mask; i++)
	{
		const Account *a = &t.slots[i];

		if (a->tag & CLT_ACCOUNT_USED)
			wrong += clt_account_sum(&t, a) != (CltInt128) sum[a->key] * 100000000000000000;
	}
	is_int(wrong, 0, "sums after the change of scale");
}

int
main(void)
{
	test_decimals();
	test_summaries();
	test_cuts();
	test_accounts();
	return done();
}
