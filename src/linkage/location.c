/*
 * location.c
 *		Places given as latitude and longitude.
 *
 * A place is one integer: millionths of a degree, the latitude in the upper half.
 * Two places are compared by their distance.  For blocking the earth is covered with
 * squares; a place has the four corners of its square as keys, so that two places that
 * are no farther apart than the side of a square have a key in common wherever the
 * lines run.
 */
#include "linkage/location.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/levels.h"

#define MILLION 1000000
/* Side of a square, in millionths of a degree: about a kilometre. */
#define SQUARE 10000
/* Both places are within ten metres of each other. */
#define SAME_PLACE 0.01

/* clt_normalize_location reads two numbers with anything but a letter between them. */
bool
clt_normalize_location(CltNormal *out, const char *src, size_t len)
{
	double		part[2];
	size_t		i = 0;
	int64_t		lat;
	int64_t		lon;
	int			n;

	for (n = 0; n < 2; n++)
	{
		size_t		from;

		while (i < len && strchr(" ,;/()[]", src[i]) && src[i])
			i++;
		for (from = i; i < len && src[i] && strchr("0123456789+-.eE", src[i]); i++)
			;
		if (!clt_number_of(src + from, i - from, &part[n]))
			return false;
	}
	if (fabs(part[0]) > 90 || fabs(part[1]) > 180)
		return false;
	lat = llround(part[0] * MILLION);
	lon = llround(part[1] * MILLION);
	/* where nobody lives */
	if (lat == 0 && lon == 0)
		return false;
	out->num = (lat + 90 * MILLION) << 32 | (lon + 180 * MILLION);
	out->len = (uint32_t) snprintf(out->s, CLT_NORMAL_CAP, "%.6f %.6f", (double) lat / MILLION, (double) lon / MILLION);
	return true;
}

static double
latitude(int64_t place)
{
	return (double) (place >> 32) / MILLION - 90;
}

static double
longitude(int64_t place)
{
	return (double) (place & 0xffffffff) / MILLION - 180;
}

/* clt_location_level returns the level of two different places. */
int
clt_location_level(const CltValue *a, const CltValue *b)
{
	double		km = clt_kilometres(latitude(a->num), longitude(a->num), latitude(b->num), longitude(b->num));

	return km <= SAME_PLACE ? 1 : km <= 0.1 ? 2 : km <= 1 ? 3 : km <= 10 ? 4 : km <= 100 ? 5 : 6;
}

/* clt_location_corner is the key of a corner, 0 to 3, of the square that a place lies in. */
uint64_t
clt_location_corner(int64_t place, int corner)
{
	int64_t		lat = (place >> 32) / SQUARE + (corner & 1);
	int64_t		lon = (place & 0xffffffff) / SQUARE + (corner >> 1);

	if (place == 0 || corner > 3)
		return 0;
	return clt_block_mix(UINT64_C(4) << 60 | (uint64_t) lat << 20 | (uint64_t) (lon % (360 * MILLION / SQUARE))) | 1;
}
