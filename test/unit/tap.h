/*-------------------------------------------------------------------------
 *
 * tap.h
 *	  Test output of the C unit tests: TAP, as prove(1) reads it.
 *
 * A test program includes this once, calls the checks from main() and ends
 * with "return done();".
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_TAP_H
#define CLT_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	tap_run = 0;
static int	tap_failed = 0;

/* One test: passes if cond; the rest is its name, as for printf. */
__attribute__((format(printf, 2, 3), unused))
static bool
ok(bool cond, const char *name,...)
{
	va_list		args;

	tap_run++;
	if (!cond)
		tap_failed++;
	printf("%s %d - ", cond ? "ok" : "not ok", tap_run);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	return cond;
}

/* got and want are the same integer. */
__attribute__((unused))
static bool
is_int(long long got, long long want, const char *name)
{
	bool		same = ok(got == want, "%s", name);

	if (!same)
		printf("#   got %lld, want %lld\n", got, want);
	return same;
}

/* got and want are the same string; NULL equals NULL only. */
__attribute__((unused))
static bool
is_str(const char *got, const char *want, const char *name)
{
	bool		same = ok(got == want || (got && want && strcmp(got, want) == 0), "%s", name);

	if (!same)
		printf("#   got '%s'\n#  want '%s'\n", got ? got : "(null)", want ? want : "(null)");
	return same;
}

/* |got - want| <= tolerance * max(1, |want|); NaN is near nothing. */
__attribute__((unused))
static bool
is_near(double got, double want, double tolerance, const char *name)
{
	double		scale = fabs(want) > 1 ? fabs(want) : 1;
	bool		same = ok(fabs(got - want) <= tolerance * scale, "%s", name);

	if (!same)
		printf("#   got %.17g, want %.17g, tolerance %g\n", got, want, tolerance);
	return same;
}

/* The plan, and the exit status for main(). */
__attribute__((unused))
static int
done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif							/* CLT_TAP_H */
