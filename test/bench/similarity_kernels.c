/*
 * Nanoseconds per pair of the similarity kernels without a server: a pattern
 * prepared once against many, and pair by pair.  Reads a name per line; the
 * time is that on the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/pattern.h"

#define NAMES		4096
#define PATTERNS	500
#define ROUNDS		5

static CltChars names[NAMES];
static uint8_t bytes[NAMES][64];
static uint32_t points[NAMES][64];
static int	count;
static volatile double sink;
static uint64_t scratch[4096];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

#define MEASURE(what, prepare, call) \
do { \
	double		best = 1e18; \
	int			round, \
				i, \
				j; \
	for (round = 0; round < ROUNDS; round++) \
	{ \
		double		sum = 0, \
					began = now(); \
		for (i = 0; i < PATTERNS; i++) \
		{ \
			CltChars	a = names[i * 7 % count]; \
			(void) a; \
			prepare; \
			for (j = 0; j < count; j++) \
			{ \
				CltChars	b = names[j]; \
				sum += call; \
			} \
		} \
		began = now() - began; \
		sink = sum; \
		if (began < best) \
			best = began; \
	} \
	printf("%-44s %6.1f ns\n", what, best / ((double) PATTERNS * count)); \
} while (0)

int
main(void)
{
	char		line[256];
	CltPattern	pattern;

	while (count < NAMES && fgets(line, 60, stdin))
	{
		size_t		len = strcspn(line, "\n");
		uint32_t	n = clt_utf8_to_wide((uint8_t *) line, len, points[count], NULL);

		memcpy(bytes[count], line, len);
		names[count] = clt_chars_ascii((uint8_t *) line, len) ?
			clt_chars(bytes[count], len, false) : clt_chars(points[count], n, true);
		count++;
	}
#define PREPARE clt_pattern_prepare(&pattern, a)
	MEASURE("one with many: jaro-winkler", PREPARE, clt_pattern_jaro_winkler(&pattern, b, 0, NULL));
	MEASURE("one with many: jaro-winkler, cutoff 0.92", PREPARE, clt_pattern_jaro_winkler(&pattern, b, 0.92, NULL));
	MEASURE("pair by pair: jaro-winkler", , clt_jaro_winkler(a, b, 0, scratch, NULL));
	MEASURE("pair by pair: levenshtein", , clt_levenshtein(a, b, UINT32_MAX, scratch, NULL));
	MEASURE("pair by pair: levenshtein <= 2", , clt_levenshtein(a, b, 2, scratch, NULL));
	MEASURE("pair by pair: osa", , clt_osa(a, b, UINT32_MAX, scratch, NULL));
	MEASURE("pair by pair: damerau", , clt_damerau(a, b, UINT32_MAX, scratch, NULL));
	return 0;
}
