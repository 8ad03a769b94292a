/*-------------------------------------------------------------------------
 *
 * decimal.h
 *	  Exact money: a 128-bit whole number and the decimal places it counts
 *	  in.  12.34 is (1234, 2).  No server header.
 *
 * Sums of such numbers do not depend on the order in which they are added,
 * which sums of floats do, and ties are broken by such dust.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_DECIMAL_H
#define CLT_RFM_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Aligned as palloc() aligns, which is less than the compiler would assume. */
typedef __int128 CltInt128 __attribute__((aligned(8)));

#define CLT_INT128_MAX ((CltInt128) (((unsigned __int128) 1 << 127) - 1))
#define CLT_INT128_MIN (-CLT_INT128_MAX - 1)

/* Sums stay below this, on both sides of zero: 38 digits. */
#define CLT_DECIMAL_LIMIT ((CltInt128) INT64_C(1000000000000000000) * INT64_C(1000000000000000000) * 100)

/* More places than this are refused: nothing would be left before the point. */
#define CLT_DECIMAL_MAX_SCALE 30

/* Places that can be read and written: cut points may lie between two amounts. */
#define CLT_DECIMAL_MOST_PLACES 36

/* What is written with up to this many places keeps them ("20.00"). */
#define CLT_DECIMAL_PLAIN_SCALE 6

/* A float amount is rounded to this many places. */
#define CLT_DECIMAL_FLOAT_SCALE 12

/* sign, 39 digits, point, leading zeros up to the scale, NUL */
#define CLT_DECIMAL_BUFSIZE 80

typedef enum CltDecimalError
{
	CLT_DECIMAL_OK = 0,
	CLT_DECIMAL_NAN,			/* not a number */
	CLT_DECIMAL_INFINITE,
	CLT_DECIMAL_RANGE,			/* more than 38 digits or too many places */
	CLT_DECIMAL_SYNTAX
} CltDecimalError;

extern bool clt_decimal_shift(CltInt128 * value, int places);
extern int	clt_decimal_compare(CltInt128 a, int scale_a, CltInt128 b, int scale_b);
extern CltInt128 clt_decimal_rescale(CltInt128 value, int from, int to, bool up);
extern CltDecimalError clt_decimal_parse(const char *text, size_t len, CltInt128 * value, int *scale);
extern int	clt_decimal_print(char *buf, CltInt128 value, int scale);
extern CltDecimalError clt_decimal_from_numeric(const unsigned char *data, size_t len,
												CltInt128 * value, int *scale);
extern CltDecimalError clt_decimal_from_double(double x, int digits, CltInt128 * value, int *scale);

/*
 * clt_decimal_from_numeric() of what most amounts are: at most three digits to
 * the base of 10000, at most CLT_DECIMAL_PLAIN_SCALE places; false if it is
 * not one of these.
 */
static inline bool
clt_decimal_from_short_numeric(const unsigned char *data, size_t len, int64_t *value, int *scale)
{
	static const int64_t power[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	uint16_t	header;
	int16_t		digit;
	int			digits = (int) (len / 2) - 1;
	int			places;
	int			weight;
	int			shift;
	int64_t		v;

	memcpy(&header, data, sizeof(header));
	places = (header & 0x1F80) >> 7;
	/* the short form, and no NaN or infinity */
	if ((header & 0xC000) != 0x8000 || digits < 1 || digits > 3 || places > CLT_DECIMAL_PLAIN_SCALE)
		return false;
	weight = (header & 0x003F) - (header & 0x0040);
	memcpy(&digit, data + 2, sizeof(digit));
	v = digit;
	if (digits > 1)
	{
		memcpy(&digit, data + 4, sizeof(digit));
		v = v * 10000 + digit;
	}
	if (digits > 2)
	{
		memcpy(&digit, data + 6, sizeof(digit));
		v = v * 10000 + digit;
	}
	shift = 4 * (weight - digits + 1) + places;
	switch (shift)
	{
		case -3:
			v /= 1000;
			break;
		case -2:
			v /= 100;
			break;
		case -1:
			v /= 10;
			break;
		default:
			if (shift < 0 || shift > 6)
				return false;
			v *= power[shift];
	}
	*value = header & 0x2000 ? -v : v;
	*scale = places;
	return true;
}

#endif							/* CLT_RFM_DECIMAL_H */
