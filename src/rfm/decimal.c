/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Exact money in 128-bit whole numbers.  See decimal.h.
 *
 *-------------------------------------------------------------------------
 */
#include "rfm/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The stored form of numeric, which pg_upgrade has kept since 9.1: a 16-bit
 * header (in the long form a second word with the weight), then digits to the
 * base of 10000, most significant first, without leading or trailing zeros.
 */
#define NUM_SIGN_MASK		0xC000
#define NUM_NEG				0x4000
#define NUM_SHORT			0x8000
#define NUM_SPECIAL			0xC000
#define NUM_EXT_MASK		0xF000
#define NUM_NAN				0xC000
#define NUM_SHORT_SIGN		0x2000
#define NUM_SHORT_DSCALE	0x1F80
#define NUM_SHORT_DSCALE_SHIFT 7
#define NUM_SHORT_WEIGHT_SIGN 0x0040
#define NUM_SHORT_WEIGHT	0x003F
#define NUM_LONG_DSCALE		0x3FFF
#define NUM_NBASE			10000
#define NUM_DIGIT_PLACES	4

static const int64_t small_power[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000
};

/* Multiplies by ten to the power of places; false if that does not fit. */
bool
clt_decimal_shift(CltInt128 * value, int places)
{
	CltInt128	v = *value;

	if (v == 0)
		return true;
	while (places > 0)
	{
		int			step = places > 9 ? 9 : places;

		if (__builtin_mul_overflow(v, (CltInt128) small_power[step], &v))
			return false;
		places -= step;
	}
	*value = v;
	return true;
}

/* Less, equal, greater: -1, 0, 1, whatever the scales. */
int
clt_decimal_compare(CltInt128 a, int scale_a, CltInt128 b, int scale_b)
{
	if (scale_a < scale_b)
	{
		/* what does not fit is farther from zero than anything that does */
		if (!clt_decimal_shift(&a, scale_b - scale_a))
			return a < 0 ? -1 : 1;
	}
	else if (scale_b < scale_a)
	{
		if (!clt_decimal_shift(&b, scale_a - scale_b))
			return b < 0 ? 1 : -1;
	}
	return (a > b) - (a < b);
}

/*
 * The value at another scale: exact when it gains places, else rounded up
 * (towards plus infinity) or down.  Out of range saturates, which is what a
 * cut point needs: no value lies beyond it.
 */
CltInt128
clt_decimal_rescale(CltInt128 value, int from, int to, bool up)
{
	if (to >= from)
	{
		if (!clt_decimal_shift(&value, to - from))
			return value < 0 ? CLT_INT128_MIN : CLT_INT128_MAX;
		return value;
	}
	while (from > to)
	{
		int			step = from - to > 9 ? 9 : from - to;
		CltInt128	quotient = value / small_power[step];
		CltInt128	rest = value % small_power[step];

		/* rounding in one direction may be done in steps */
		if (rest > 0 && up)
			quotient++;
		else if (rest < 0 && !up)
			quotient--;
		value = quotient;
		from -= step;
	}
	return value;
}

/* Reads [+-]digits[.digits]; the scale is the number of places written. */
CltDecimalError
clt_decimal_parse(const char *text, size_t len, CltInt128 * value, int *scale)
{
	CltInt128	v = 0;
	size_t		i = 0;
	int			places = -1;
	int			digits = 0;
	bool		negative = false;

	if (i < len && (text[i] == '-' || text[i] == '+'))
		negative = text[i++] == '-';

	for (; i < len; i++)
	{
		if (text[i] == '.' && places < 0)
		{
			places = 0;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return CLT_DECIMAL_SYNTAX;

		/* towards the sign, so that the least value can be read */
		if (__builtin_mul_overflow(v, (CltInt128) 10, &v) ||
			__builtin_add_overflow(v, (CltInt128) (negative ? '0' - text[i] : text[i] - '0'), &v))
			return CLT_DECIMAL_RANGE;
		digits++;
		if (places >= 0)
			places++;
	}
	if (digits == 0 || places == 0)
		return CLT_DECIMAL_SYNTAX;
	if (places > CLT_DECIMAL_MOST_PLACES)
		return CLT_DECIMAL_RANGE;
	*value = v;
	*scale = places < 0 ? 0 : places;
	return CLT_DECIMAL_OK;
}

/* Writes the value with scale places into buf[CLT_DECIMAL_BUFSIZE]; returns the length. */
int
clt_decimal_print(char *buf, CltInt128 value, int scale)
{
	char		digits[48];
	unsigned	__int128 rest = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;
	int			n = 0;
	int			len = 0;

	while (rest > UINT64_MAX)
	{
		digits[n++] = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	}
	for (uint64_t low = (uint64_t) rest; low > 0; low /= 10)
		digits[n++] = (char) ('0' + (int) (low % 10));
	while (n <= scale)
		digits[n++] = '0';
	if (value < 0)
		buf[len++] = '-';
	while (n > 0)
	{
		if (n == scale)
			buf[len++] = '.';
		buf[len++] = digits[--n];
	}
	buf[len] = '\0';
	return len;
}

/*
 * The digits of a stored numeric, without its varlena header.  Up to
 * CLT_DECIMAL_PLAIN_SCALE places are kept as declared; of more, only those
 * that are not trailing zeros.  This is decided by each value alone, so the
 * scale of a sum, the greatest of its members, does not depend on the order.
 */
CltDecimalError
clt_decimal_from_numeric(const unsigned char *data, size_t len, CltInt128 * value, int *scale)
{
	uint16_t	header;
	size_t		pos = 2;
	size_t		ndigits;
	int			weight;
	int			dscale;
	int			exponent;
	bool		negative;
	CltInt128	v = 0;

	if (len < 2)
		return CLT_DECIMAL_SYNTAX;
	memcpy(&header, data, 2);
	if ((header & NUM_SIGN_MASK) == NUM_SPECIAL)
		return (header & NUM_EXT_MASK) == NUM_NAN ? CLT_DECIMAL_NAN : CLT_DECIMAL_INFINITE;
	if (header & NUM_SHORT)
	{
		negative = (header & NUM_SHORT_SIGN) != 0;
		dscale = (header & NUM_SHORT_DSCALE) >> NUM_SHORT_DSCALE_SHIFT;
		weight = header & NUM_SHORT_WEIGHT;
		if (header & NUM_SHORT_WEIGHT_SIGN)
			weight -= NUM_SHORT_WEIGHT + 1;
	}
	else
	{
		int16_t		w;

		if (len < 4)
			return CLT_DECIMAL_SYNTAX;
		memcpy(&w, data + 2, 2);
		negative = (header & NUM_SIGN_MASK) == NUM_NEG;
		dscale = header & NUM_LONG_DSCALE;
		weight = w;
		pos = 4;
	}

	ndigits = (len - pos) / 2;
	exponent = NUM_DIGIT_PLACES * (weight - (int) ndigits + 1);
	if (ndigits <= 4)
	{
		int64_t		small = 0;

		for (size_t i = 0; i < ndigits; i++)
		{
			int16_t		d;

			memcpy(&d, data + pos + 2 * i, 2);
			small = small * NUM_NBASE + d;
		}
		v = small;
		/* money: at most 16 digits and a few places */
		if (dscale <= CLT_DECIMAL_PLAIN_SCALE)
		{
			int			shift = exponent + dscale;

			*scale = dscale;
			if (shift <= 0 && shift >= -9)
			{
				small /= small_power[-shift];
				*value = negative ? -small : small;
				return CLT_DECIMAL_OK;
			}
		}
	}
	else
	{
		for (size_t i = 0; i < ndigits; i++)
		{
			int16_t		d;

			memcpy(&d, data + pos + 2 * i, 2);
			if (__builtin_mul_overflow(v, (CltInt128) NUM_NBASE, &v) ||
				__builtin_add_overflow(v, (CltInt128) d, &v))
			{
				/* the last digit's padding zeros may be what does not fit */
				return CLT_DECIMAL_RANGE;
			}
		}
	}

	if (v == 0)
	{
		*value = 0;
		*scale = dscale > CLT_DECIMAL_PLAIN_SCALE ? CLT_DECIMAL_PLAIN_SCALE : dscale;
		return CLT_DECIMAL_OK;
	}
	if (dscale > CLT_DECIMAL_PLAIN_SCALE)
	{
		while (exponent < -CLT_DECIMAL_PLAIN_SCALE && v % 10 == 0)
		{
			v /= 10;
			exponent++;
		}
		dscale = -exponent > CLT_DECIMAL_PLAIN_SCALE ? -exponent : CLT_DECIMAL_PLAIN_SCALE;
	}
	if (dscale > CLT_DECIMAL_MAX_SCALE)
		return CLT_DECIMAL_RANGE;
	for (; exponent + dscale < 0; exponent++)
		v /= 10;				/* padding of the last digit: zeros */
	if (exponent + dscale > 38 || !clt_decimal_shift(&v, exponent + dscale))
		return CLT_DECIMAL_RANGE;
	*value = negative ? -v : v;
	*scale = dscale;
	return CLT_DECIMAL_OK;
}

/*
 * The decimal that a float was written as: the one of 15 (float8) or 6
 * (float4) significant digits nearest to it, rounded to
 * CLT_DECIMAL_FLOAT_SCALE places, half away from zero.  So 0.1 is one tenth.
 */
CltDecimalError
clt_decimal_from_double(double x, int digits, CltInt128 * value, int *scale)
{
	char		buf[40];
	CltInt128	v = 0;
	int			n = 0;
	int			exponent;
	const char *p;

	if (isnan(x))
		return CLT_DECIMAL_NAN;
	if (isinf(x))
		return CLT_DECIMAL_INFINITE;

	/*
	 * Nearly all amounts are whole cents: if k/100 is the float itself, then
	 * k/100 is a decimal of at most 15 digits that reads as x, and there is
	 * only one.
	 */
	if (digits >= 15)
	{
		for (int places = 2; places <= CLT_DECIMAL_PLAIN_SCALE; places += 2)
		{
			double		power = (double) small_power[places];
			double		k = rint(x * power);

			if (fabs(k) >= 1e15)
				break;
			if (k / power == x)
			{
				*value = (CltInt128) (int64_t) k;
				*scale = places;
				return CLT_DECIMAL_OK;
			}
		}
	}

	/* d.ddde+xx */
	snprintf(buf, sizeof(buf), "%.*e", digits - 1, x);
	for (p = buf; *p != 'e' && *p != '\0'; p++)
	{
		if (*p >= '0' && *p <= '9')
		{
			v = v * 10 + (*p - '0');
			n++;
		}
	}
	exponent = *p == 'e' ? atoi(p + 1) - (n - 1) : 0;
	while (v != 0 && exponent < -2 && v % 10 == 0)
	{
		v /= 10;
		exponent++;
	}
	if (exponent < -CLT_DECIMAL_FLOAT_SCALE)
	{
		CltInt128	unit = 1;

		if (-CLT_DECIMAL_FLOAT_SCALE - exponent > 20)
			v = 0;
		else
		{
			clt_decimal_shift(&unit, -CLT_DECIMAL_FLOAT_SCALE - exponent);
			v = (v + unit / 2) / unit;
		}
		exponent = -CLT_DECIMAL_FLOAT_SCALE;
		while (exponent < -2 && v % 10 == 0)
		{
			v /= 10;
			exponent++;
		}
	}
	*scale = exponent < -2 ? -exponent : 2;
	if (exponent + *scale > 38 || !clt_decimal_shift(&v, exponent + *scale))
		return CLT_DECIMAL_RANGE;
	*value = x < 0 ? -v : v;
	return CLT_DECIMAL_OK;
}
