/*
 * gen_contacts.c
 *		Makes a table of contacts as firms in central Europe have it, with the truth beside it.
 *
 * People live in households (one address, one surname in its male and female forms, a shared landline, sometimes twins,
 * sometimes a son of his father's name); firms have contact persons behind one switchboard.  Every person or firm stands
 * in the table once or several times, each time as one of four systems would have written it: crm, webshop, mailing,
 * accounting.  What was done to a record is named in truth.csv, so that a missed or wrong match can be explained.
 *
 * The same options give the same bytes on every machine: a generator of our own, integers only, no locale, no clock.
 * A household is a function of (seed, its number) and a record one of (seed, household, member, copy), so memory is
 * eight bytes a record and the records come out shuffled; ten million rows need 80 MB.
 *
 * usage: see usage() below.  Names, streets and cities: gen_contacts_data/ beside this file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMBERS 8
#define LEN 128					/* of a field; the longest made is below 100 */

/* ---- random numbers --------------------------------------------------------------------------------------------- */

typedef struct Rng
{
	uint64_t	state;
} Rng;

static uint64_t seed = 1;

static uint64_t
mix(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static Rng
rng_for(uint64_t purpose, uint64_t a, uint64_t b)
{
	Rng			r;

	r.state = mix(seed ^ mix(purpose ^ mix(a ^ mix(b))));
	return r;
}

/* A number below n.  At most one call among the arguments of a function: compilers evaluate those in different orders. */
static uint32_t
rnd(Rng *r, uint32_t n)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t) (((mix(r->state) >> 32) * n) >> 32);
}

/* True in p of 1,000 cases. */
static int
chance(Rng *r, uint32_t p)
{
	return rnd(r, 1000) < p;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

typedef enum Country
{
	RS, HR, SI, PL, SK, CZ, DE, GB, COUNTRIES
} Country;

static const char *const country_code[COUNTRIES] = {"RS", "HR", "SI", "PL", "SK", "CZ", "DE", "GB"};

/* shares of people, in a hundred */
static const uint32_t country_share[COUNTRIES] = {24, 12, 10, 16, 8, 10, 12, 8};

typedef struct List
{
	const char **text;
	const char **more;			/* a second column: short forms, feminine,
								 * area code */
	const char **third;
	uint32_t   *upto;			/* running sum of weights */
	uint32_t	n;
	uint32_t	room;
} List;

static List given[COUNTRIES][2];	/* by sex: 0 men, 1 women */
static List surname[COUNTRIES];
static List head[COUNTRIES];
static List tail[COUNTRIES];
static List street[COUNTRIES];
static List street_head[COUNTRIES];
static List street_tail[COUNTRIES];
static List city[COUNTRIES];
static List form[COUNTRIES];
static List trade[COUNTRIES];
static List word[COUNTRIES];
static List mailer[COUNTRIES];

static void
die(const char *fmt,...)
{
	va_list		ap;

	va_start(ap, fmt);
	fprintf(stderr, "gen_contacts: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

/* Writes a text of less than room bytes, and dies rather than cut it: only a name too long in the lists can do that. */
static int	format(char *out, size_t room, const char *fmt,...) __attribute__((format(printf, 3, 4)));

static int
format(char *out, size_t room, const char *fmt,...)
{
	va_list		ap;
	int			n;

	va_start(ap, fmt);
	n = vsnprintf(out, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t) n >= room)
		die("\"%s...\" is too long", out);
	return n;
}

static void *
grow(void *p, size_t n)
{
	p = realloc(p, n);
	if (p == NULL)
		die("out of memory");
	return p;
}

static void
append(List *l, const char *text, const char *more, const char *third, uint32_t weight)
{
	if (l->n == l->room)
	{
		l->room = l->room ? l->room * 2 : 64;
		l->text = grow(l->text, l->room * sizeof(*l->text));
		l->more = grow(l->more, l->room * sizeof(*l->more));
		l->third = grow(l->third, l->room * sizeof(*l->third));
		l->upto = grow(l->upto, l->room * sizeof(*l->upto));
	}
	l->text[l->n] = text;

	l->more[l->n] = more;
	l->third[l->n] = third;
	l->upto[l->n] = weight + (l->n ? l->upto[l->n - 1] : 0);
	l->n++;
}

/* Picks an entry by weight. */
static uint32_t
pick(Rng *r, const List *l)
{
	uint32_t	x = rnd(r, l->upto[l->n - 1]);
	uint32_t	lo = 0,
				hi = l->n - 1;

	while (lo < hi)
	{
		uint32_t	mid = (lo + hi) / 2;

		if (l->upto[mid] > x)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static int
country_of(const char *code)
{
	int			c;

	for (c = 0; c < COUNTRIES; c++)
		if (strcmp(code, country_code[c]) == 0)
			return c;
	return -1;
}

/*
 * Reads a file of tab-separated lines and hands each to add().  The text stays in memory, the fields point into it.
 */
static void
load(const char *dir, const char *name, int fields, void (*add) (int c, char **f))
{
	char		path[4096];
	FILE	   *file;
	char	   *text,
			   *line;
	long		size;

	format(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "rb");
	if (file == NULL)
		die("cannot open %s (see --data)", path);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = grow(NULL, (size_t) size + 1);

	if (fread(text, 1, (size_t) size, file) != (size_t) size)
		die("cannot read %s", path);
	text[		size] = '\0';

	fclose(file);
	for (line = text; *line;)
	{
		char	   *end = strchr(line, '\n');
		char	   *f[5] = {"", "", "", "", ""};
		int			n,
					c;

		if (end == NULL)
			die("%s: the last line has no end", path);
		*end = '\0';
		if (line[0] != '#')
		{
			char	   *p = line;

			for (n = 0; n < fields && p; n++)
			{
				f[n] = p;
				p = strchr(p, '\t');
				if (p)
					*p++ = '\0';
			}
			c = country_of(f[0]);
			if (n != fields || p || c < 0)
				die("%s: bad line starting \"%s\"", path, line);
			add(c, f);
		}
		line = end + 1;
	}
}

/* Names are listed by falling frequency; weights fall with the rank as they do in real registers. */
static uint32_t
by_rank(const List *l)
{
	return 1000000 / (l->n + 8);
}

static void
add_given(int c, char **f)
{
	List	   *l = &given[c][f[1][0] == 'F'];

	append(l, f[2], f[3], "", by_rank(l));
}

static void
add_surname(int c, char **f)
{
	append(&surname[c], f[1], f[2], "", by_rank(&surname[c]));
}

static void
add_part(int c, char **f)
{
	List	   *l = f[1][0] == 'h' ? &head[c] : &tail[c];

	append(l, f[2], "", "", f[1][0] == 'h' ? 1 : 1000 / (l->n + 2));
}

static void
add_city(int c, char **f)
{
	append(&city[c], f[1], f[2], f[3], (uint32_t) atoi(f[4]));
}

static void
add_street(int c, char **f)
{
	List	   *l = f[1][0] == 'w' ? &street[c] : f[1][0] == 'h' ? &street_head[c] : &street_tail[c];

	append(l, f[2], "", "", 1000 / (l->n + (f[1][0] == 't' ? 1 : 20)));
}

static void
add_firm(int c, char **f)
{
	append(f[1][0] == 'f' ? &form[c] : f[1][0] == 't' ? &trade[c] : &word[c], f[2], "", "", 1);
}

static void
add_mailer(int c, char **f)
{
	append(&mailer[c], f[1], "", "", (uint32_t) atoi(f[2]));
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static int
decode(const char *s, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *) s;
	int			n = 0;

	while (*p && n < LEN)
	{
		if (*p < 0x80)
			out[n++] = *p++;
		else if (*p < 0xe0)
		{
			out[n++] = (uint32_t) (*p & 0x1f) << 6 | (p[1] & 0x3f);
			p += 2;
		}
		else
		{
			out[n++] = (uint32_t) (*p & 0x0f) << 12 | (uint32_t) (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
			p += 3;
		}
	}
	return n;
}

static void
encode(const uint32_t *in, int n, char *out)
{
	int			i,
				k = 0;

	for (i = 0; i < n && k < LEN - 4; i++)
	{
		if (in[i] < 0x80)
			out[k++] = (char) in[i];
		else if (in[i] < 0x800)
		{
			out[k++] = (char) (0xc0 | in[i] >> 6);
			out[k++] = (char) (0x80 | (in[i] & 0x3f));
		}
		else
		{
			out[k++] = (char) (0xe0 | in[i] >> 12);
			out[k++] = (char) (0x80 | (in[i] >> 6 & 0x3f));
			out[k++] = (char) (0x80 | (in[i] & 0x3f));
		}
	}
	out[k] = '\0';
}

static uint32_t
upper1(uint32_t c)
{
	if (c >= 'a' && c <= 'z')
		return c - 32;
	if (c >= 0xe0 && c <= 0xfe && c != 0xf7)
		return c - 32;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c & ~1u;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c % 2 ? c : c - 1;
	if (c >= 0x430 && c <= 0x44f)
		return c - 32;
	if (c >= 0x450 && c <= 0x45f)
		return c - 80;
	return c;
}

static uint32_t
lower1(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 32;
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		return c + 32;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c | 1u;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c % 2 ? c + 1 : c;
	if (c >= 0x410 && c <= 0x42f)
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c;
}

static void
recase(char *s, uint32_t (*f) (uint32_t))
{
	uint32_t	u[LEN],
				v[LEN];
	int			n = decode(s, u),
				i,
				k = 0;

	for (i = 0; i < n && k < LEN - 2; i++)
		if (u[i] == 0xdf && f == upper1)
		{
			v[k++] = 'S';
			v[k++] = 'S';
		}
		else
			v[k++] = f(u[i]);
	encode(v, k, s);
}

/*
 * Writes a text without diacritics as people do who have no such keys: loose says "Dordevic" and "Muller", otherwise
 * "Djordjevic" and "Mueller".
 */
static void
to_ascii(const char *s, char *out, int loose, int german)
{
	static const struct
	{
		uint32_t	c;
		const char *to;
	}			map[] = {
		{0xe0, "a"}, {0xe1, "a"}, {0xe2, "a"}, {0xe7, "c"}, {0xe8, "e"}, {0xe9, "e"}, {0xeb, "e"}, {0xed, "i"},
		{0xf3, "o"}, {0xf4, "o"}, {0xfa, "u"}, {0xfd, "y"}, {0xdf, "ss"}, {0x101, "a"}, {0x105, "a"}, {0x107, "c"},
		{0x10d, "c"}, {0x10f, "d"}, {0x119, "e"}, {0x11b, "e"}, {0x13a, "l"}, {0x13e, "l"}, {0x142, "l"},
		{0x144, "n"}, {0x148, "n"}, {0x151, "o"}, {0x155, "r"}, {0x159, "r"}, {0x15b, "s"}, {0x161, "s"},
		{0x165, "t"}, {0x16f, "u"}, {0x171, "u"}, {0x17a, "z"}, {0x17c, "z"}, {0x17e, "z"}, {0, NULL}
	};
	uint32_t	u[LEN];
	int			n = decode(s, u),
				i,
				j,
				k = 0;

	for (i = 0; i < n && k < LEN - 4; i++)
	{
		uint32_t	c = u[i],
					l = lower1(c);
		const char *to = NULL;

		if (c < 0x80)
		{
			out[k++] = (char) c;
			continue;
		}
		if (l == 0x111)
			to = loose ? "d" : "dj";
		else if (l == 0xe4)
			to = german && !loose ? "ae" : "a";
		else if (l == 0xf6)
			to = german && !loose ? "oe" : "o";
		else if (l == 0xfc)
			to = german && !loose ? "ue" : "u";
		else
			for (j = 0; map[j].to; j++)
				if (map[j].c == l)
					to = map[j].to;
		if (to == NULL)
			continue;
		for (j = 0; to[j]; j++)
			out[k++] = (char) (c != l && j == 0 ? to[j] - 32 : to[j]);
	}
	out[k] = '\0';
}

/* Serbian Latin to Cyrillic. */
static void
to_cyrillic(char *s)
{
	static const struct
	{
		uint32_t	a,
					b,
					to;
	}			map[] = {
		{'l', 'j', 0x459}, {'n', 'j', 0x45a}, {'d', 0x17e, 0x45f},
		{'a', 0, 0x430}, {'b', 0, 0x431}, {'v', 0, 0x432}, {'g', 0, 0x433}, {'d', 0, 0x434}, {0x111, 0, 0x452},
		{'e', 0, 0x435}, {0x17e, 0, 0x436}, {'z', 0, 0x437}, {'i', 0, 0x438}, {'j', 0, 0x458}, {'k', 0, 0x43a},
		{'l', 0, 0x43b}, {'m', 0, 0x43c}, {'n', 0, 0x43d}, {'o', 0, 0x43e}, {'p', 0, 0x43f}, {'r', 0, 0x440},
		{'s', 0, 0x441}, {'t', 0, 0x442}, {0x107, 0, 0x45b}, {'u', 0, 0x443}, {'f', 0, 0x444}, {'h', 0, 0x445},
		{'c', 0, 0x446}, {0x10d, 0, 0x447}, {0x161, 0, 0x448}, {0, 0, 0}
	};
	uint32_t	u[LEN],
				v[LEN];
	int			n = decode(s, u),
				i,
				j,
				k = 0;

	for (i = 0; i < n; i++)
	{
		uint32_t	l = lower1(u[i]);

		for (j = 0; map[j].a; j++)
			if (map[j].a == l && (map[j].b == 0 || (i + 1 < n && lower1(u[i + 1]) == map[j].b)))
				break;
		if (map[j].a == 0)
			v[k++] = u[i];
		else
		{
			v[k++] = l != u[i] ? upper1(map[j].to) : map[j].to;
			if (map[j].b)
				i++;
		}
	}
	encode(v, k, s);
}

static const char *const neighbour[26] = {
	"qsz", "vn", "xv", "sf", "wr", "dg", "fh", "gj", "uo", "hk", "jl", "k", "n",
	"bm", "ip", "o", "wa", "et", "ad", "ry", "yi", "cb", "qe", "zc", "tu", "xa"
};

/* One slip of the fingers: a letter left out, doubled, beside the right key, or two in the wrong order. */
static void
typo(Rng *r, char *s)
{
	uint32_t	u[LEN + 1];
	int			n = decode(s, u),
				kind,
				i;

	if (n < 3)
		return;
	kind = (int) rnd(r, 100);
	/* people rarely miss the first letter */
	i = (int) rnd(r, 100) < 6 ? 0 : 1 + (int) rnd(r, (uint32_t) n - 1);
	if (kind < 25)
	{
		memmove(u + i, u + i + 1, sizeof(*u) * (size_t) (n - i - 1));
		n--;
	}
	else if (kind < 40 && n < LEN - 1)
	{
		memmove(u + i + 1, u + i, sizeof(*u) * (size_t) (n - i));
		u[i + 1] = lower1(u[i]);
		n++;
	}
	else if (kind < 70)
	{
		uint32_t	l = lower1(u[i]);

		if (l >= 'a' && l <= 'z')
		{
			const char *near = neighbour[l - 'a'];
			uint32_t	x = (uint32_t) near[rnd(r, (uint32_t) strlen(near))];

			u[i] = l != u[i] ? upper1(x) : x;
		}
		else if (l >= '0' && l <= '9')
			u[i] = '0' + (l - '0' + 1 + rnd(r, 8)) % 10;
		else
			u[i] = l == 'e' ? 'a' : 'e';
	}
	else
	{
		uint32_t	t;

		if (i == n - 1)
			i--;
		if (i == 0)
			i = 1;
		t = u[i];
		u[i] = u[i + 1 < n ? i + 1 : i - 1];
		u[i + 1 < n ? i + 1 : i - 1] = t;
	}
	encode(u, n, s);
}

/* What a scanner reads wrongly; the first rule from a random place on that fits. */
static void
ocr(Rng *r, char *s)
{
	static const char *const rule[][2] = {
		{"m", "rn"}, {"rn", "m"}, {"l", "1"}, {"i", "l"}, {"o", "0"}, {"d", "cl"}, {"cl", "d"}, {"e", "c"},
		{"s", "5"}, {"u", "v"}, {"h", "b"}, {"li", "h"}, {"t", "f"}, {"a", "o"}, {"n", "ri"}, {"g", "q"}
	};
	uint32_t	n = sizeof(rule) / sizeof(rule[0]),
				from = rnd(r, n),
				i;
	char		out[LEN * 2];

	for (i = 0; i < n; i++)
	{
		const char *const *x = rule[(from + i) % n];
		char	   *at = s[0] ? strstr(s + 1, x[0]) : NULL;

		if (at)
		{
			format(out, sizeof out, "%.*s%s%s", (int) (at - s), s, x[1], at + strlen(x[0]));
			if (strlen(out) < LEN)
				strcpy(s, out);
			return;
		}
	}
}

static int
ends(const char *s, const char *with)
{
	size_t		a = strlen(s),
				b = strlen(with);

	return a > b && strcmp(s + a - b, with) == 0;
}

/* Takes the last n bytes off and puts something there. */
static void
ending(char *s, size_t n, const char *with)
{
	strcpy(s + strlen(s) - n, with);
}

/* The surname of a woman, by the rules of the country. */
static void
feminine(Country c, char *s)
{
	static const char *const soft[][2] = {{"něk", "ňková"}, {"děk", "ďková"}, {"těk", "ťková"}};
	int			i;

	if (c == PL)
	{
		if (ends(s, "ski") || ends(s, "cki") || ends(s, "dzki"))
			ending(s, 1, "a");
		else if (ends(s, "ny") || ends(s, "ry") || ends(s, "hy"))
			ending(s, 1, "a");
		return;
	}
	if (c != CZ && c != SK)
		return;
	for (i = 0; i < 3; i++)
		if (ends(s, soft[i][0]))
		{
			ending(s, strlen(soft[i][0]), soft[i][1]);
			return;
		}
	if (ends(s, "ý"))
		ending(s, strlen("ý"), "á");
	else if (ends(s, "í") || ends(s, "ů") || ends(s, "ě") || ends(s, "á"))
		return;
	else if (ends(s, "ěk"))
		ending(s, strlen("ěk"), "ková");
	else if (ends(s, "ek"))
		ending(s, 2, "ková");
	else if (ends(s, "ec"))
		ending(s, 2, "cová");
	else if (ends(s, "a") || ends(s, "o") || ends(s, "e"))
		ending(s, 1, "ová");
	else
		strcat(s, "ová");
}

/* A surname: from the list, or made of parts as the language makes them. */
static void
make_surname(Rng *r, Country c, char *man, char *woman)
{
	static const char *const middle[] = {"an", "in", "ul", "ak", "os", "el", "ur", "im", "ar", "en"};

	if (chance(r, 560))
	{
		uint32_t	i = pick(r, &surname[c]);

		strcpy(man, surname[c].text[i]);
		strcpy(woman, surname[c].more[i]);
	}
	else
	{
		const char *h = head[c].text[rnd(r, head[c].n)];
		const char *t = tail[c].text[pick(r, &tail[c])];

		format(man, LEN, "%s%s%s", h, c < DE && chance(r, 250) ? middle[rnd(r, 10)] : "", t);
		woman[0] = '\0';
	}
	if (woman[0] == '\0')
	{
		strcpy(woman, man);
		feminine(c, woman);
	}
}

/* ---- dates: days since 1970-01-01, proleptic Gregorian ----------------------------------------------------------- */

static int32_t
days_from(int32_t y, int32_t m, int32_t d)
{
	int32_t		era,
				yoe,
				doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
to_date(int32_t days, int32_t *y, int32_t *m, int32_t *d)
{
	int32_t		z = days + 719468,
				era = (z >= 0 ? z : z - 146096) / 146097,
				doe = z - era * 146097,
				yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
				doy = doe - (365 * yoe + yoe / 4 - yoe / 100),
				mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

static void
print_date(int32_t days, char *out)
{
	int32_t		y,
				m,
				d;

	to_date(days, &y, &m, &d);
	format(out, LEN, "%04d-%02d-%02d", y, m, d);
}

/* ---- numbers with check digits ----------------------------------------------------------------------------------- */

/* ISO 7064 MOD 11,10 over n digits: Serbian PIB, Croatian OIB, German USt-IdNr. */
static int
mod11_10(const char *s, int n)
{
	int			p = 10,
				i;

	for (i = 0; i < n; i++)
	{
		p = (p + s[i] - '0') % 10;
		if (p == 0)
			p = 10;
		p = p * 2 % 11;
	}
	return (11 - p) % 10;
}

static void
tax_number(Rng *r, Country c, char *out)
{
	static const int nip[] = {6, 5, 7, 2, 3, 4, 5, 6, 7};
	static const int digits[COUNTRIES] = {8, 10, 7, 9, 7, 7, 8, 7};
	char		s[16];
	int			i,
				sum,
				check;

	for (;;)
	{
		for (i = 0; i < digits[c]; i++)
			s[i] = (char) ('0' + (i == 0 ? 1 + rnd(r, 9) : rnd(r, 10)));
		if (c == RS)
			s[0] = '1';
		if (c == CZ || c == SK)
			s[0] = (char) ((c == CZ ? '2' : '3') + (int) rnd(r, 2) * 3);
		s[i] = '\0';
		sum = 0;
		switch (c)
		{
			case RS:
			case HR:
			case DE:
				check = mod11_10(s, digits[c]);
				break;
			case SI:
				for (i = 0; i < 7; i++)
					sum += (s[i] - '0') * (8 - i);
				check = 11 - sum % 11;
				if (check == 11)
					continue;
				check %= 10;
				break;
			case PL:
				for (i = 0; i < 9; i++)
					sum += (s[i] - '0') * nip[i];
				check = sum % 11;
				if (check == 10)
					continue;
				break;
			case CZ:
			case SK:
				for (i = 0; i < 7; i++)
					sum += (s[i] - '0') * (8 - i);
				check = (11 - sum % 11) % 10;
				break;
			default:
				for (i = 0; i < 7; i++)
					sum += (s[i] - '0') * (8 - i);
				check = 97 - sum % 97;
				break;
		}
		break;
	}
	format(out, LEN, c == GB ? "%s%02d" : "%s%d", s, check);
}

/* ---- the world --------------------------------------------------------------------------------------------------- */

typedef struct Address
{
	char		street[LEN];
	char		house[LEN];
	char		postcode[LEN];
	char		city[LEN];
	char		area[8];
} Address;

typedef enum Kind
{
	PERSON, FIRM, CONTACT, TRADER
} Kind;

static const char *const kind_name[] = {"person", "firm", "contact", "person"};

typedef struct Member
{
	Kind		kind;
	int			woman;
	char		first[LEN];
	char		last[LEN];
	char		maiden[LEN];	/* until married_on */
	char		company[LEN];
	char		legal_form[LEN];
	char		tax[LEN];
	char		email[LEN];
	char		email2[LEN];
	char		mobile[32];		/* national digits without trunk zero */
	char		short_form[LEN];
	int32_t		born;
	int32_t		married_on;		/* 0: no change of name */
	int32_t		moved_on;		/* 0: never moved */
	Address		home;
	Address		before;
	int			split;			/* digits of the mobile's prefix */
	int			copies;
} Member;

typedef struct Unit
{
	Country		country;
	int			firm;
	int			n;
	int			customer;		/* which member orders, or -1 */
	char		landline[32];
	int			landline_split;
	char		family_email[LEN];
	Member		m[MAX_MEMBERS];
} Unit;

typedef struct Customer
{
	char		id[32];
	char		segment;		/* C consumer, B business, H home office */
} Customer;

static Customer *customers;
static uint32_t ncustomers;

static const int32_t first_day = 15340; /* 2012-01-01 */
static const int32_t last_day = 17530;	/* 2017-12-30 */

static void
make_address(Rng *r, Country c, Address *a, int at)
{
	uint32_t	i = at >= 0 ? (uint32_t) at : pick(r, &city[c]);
	uint32_t	weight = city[c].upto[i] - (i ? city[c].upto[i - 1] : 0);
	uint32_t	zone;
	uint32_t	house;

	strcpy(a->city, city[c].text[i]);
	format(a->area, sizeof a->area, "%s", city[c].third[i]);
	if (street_head[c].n)
	{
		uint32_t	h = pick(r, &street_head[c]),
					t = pick(r, &street_tail[c]);
		const char *hs = street_head[c].text[h];
		const char *ts = street_tail[c].text[t];

		if (c == GB)
			format(a->street, LEN, "%s %s", hs, ts);
		else if (ends(hs, "-"))
			format(a->street, LEN, "%s%c%s", hs, ts[0] - 32, ts + 1);
		else
			format(a->street, LEN, "%s%s", hs, ts);
		zone = (h * 7 + t) % (1 + weight / 2);
	}
	else
	{
		uint32_t	s = pick(r, &street[c]);

		strcpy(a->street, street[c].text[s]);
		zone = s % (1 + weight / 2);
	}
	house = 1 + rnd(r, 20 + weight * 2);
	if (weight > 8 && chance(r, 550))
	{
		uint32_t	flat = 1 + rnd(r, 40);

		format(a->house, LEN, c == PL && chance(r, 300) ? "%u m. %u" : "%u/%u", house, flat);
	}
	else if (chance(r, 80))
		format(a->house, LEN, "%u%c", house, (int) ('a' + rnd(r, 4)));
	else
		format(a->house, LEN, "%u", house);
	if (c == GB)
	{
		uint32_t	end = rnd(r, 10 * 20 * 20);

		format(a->postcode, LEN, "%s%u %u%c%c", city[c].more[i], 1 + zone % 20, end % 10,
			   "ABDEFGHJLNPQRSTUWXYZ"[end / 10 % 20], "ABDEFGHJLNPQRSTUWXYZ"[end / 200]);
	}
	else
	{
		/* the first postcode of the town plus the zone, in the last digits */
		size_t		k;

		strcpy(a->postcode, city[c].more[i]);
		if (c == RS && strcmp(a->city, "Beograd") == 0)
			zone *= 10;
		for (k = strlen(a->postcode); zone && k-- > 0;)
			if (a->postcode[k] >= '0' && a->postcode[k] <= '9')
			{
				uint32_t	d = (uint32_t) (a->postcode[k] - '0') + zone;

				a->postcode[k] = (char) ('0' + d % 10);
				zone = d / 10;
			}
	}
}

static void
make_mobile(Rng *r, Country c, char *out, int *split)
{
	static const char *const prefix[COUNTRIES][12] = {
		{"60", "61", "62", "63", "64", "65", "66", "69", "63", "64", "62", "65"},
		{"91", "92", "95", "97", "98", "99", "91", "98", "95", "99", "91", "98"},
		{"30", "31", "40", "41", "51", "64", "68", "70", "31", "41", "40", "51"},
		{"501", "502", "503", "504", "505", "600", "602", "604", "660", "691", "721", "784"},
		{"902", "903", "904", "905", "907", "908", "910", "911", "915", "917", "918", "948"},
		{"601", "602", "603", "604", "605", "606", "721", "723", "731", "732", "774", "777"},
		{"151", "152", "157", "160", "162", "163", "170", "171", "172", "173", "175", "176"},
		{"7400", "7415", "7500", "7590", "7700", "7712", "7788", "7803", "7850", "7901", "7946", "7970"}
	};
	int			rest = c == RS ? 6 + (int) rnd(r, 2) : c == HR ? 6 + (int) rnd(r, 2) : c == DE ? 7 + (int) rnd(r, 2) : 6;
	int			n;

	strcpy(out, prefix[c][rnd(r, 12)]);
	n = *split = (int) strlen(out);

	/*
	 * the prefix of 2 digits in Serbia and Croatia takes 6 or 7 more; 152 and
	 * 157 in Germany always 8
	 */
	if (c == DE)
		rest = (strcmp(out, "151") == 0 || strcmp(out, "152") == 0 || strcmp(out, "157") == 0 ||
				strcmp(out, "176") == 0) ? 8 : 7;
	out[n++] = (char) ('2' + rnd(r, 8));
	while (--rest > 0)
		out[n++] = (char) ('0' + rnd(r, 10));
	out[n] = '\0';
}

static void
make_landline(Rng *r, Country c, const char *area, char *out, int *split)
{
	int			n,
				rest;

	if (area[0] == '0')
		area++;
	strcpy(out, area);
	n = *split = (int) strlen(out);
	switch (c)
	{
		case RS:
			rest = n == 2 ? 6 + (strcmp(area, "11") == 0) : 6;
			break;
		case HR:
			rest = n == 1 ? 7 : 6;
			break;
		case SI:
			rest = 7;
			break;
		case PL:
			rest = 7;
			break;
		case SK:
			rest = n == 1 ? 8 : 7;
			break;
		case CZ:
			rest = 9 - n;
			break;
		case DE:
			rest = n <= 2 ? 8 : n == 3 ? 7 : 6;
			break;
		default:
			rest = 10 - n;
			break;
	}
	out[n++] = (char) ('2' + rnd(r, c == SI ? 6 : 7));
	while (--rest > 0)
		out[n++] = (char) ('0' + rnd(r, 10));
	out[n] = '\0';
}

/* Letters and digits of a name in small ASCII, for mailboxes. */
static void
slug(const char *s, char *out, int german)
{
	char		a[LEN];
	int			i,
				k = 0;

	to_ascii(s, a, 0, german);
	for (i = 0; a[i]; i++)
	{
		char		ch = (char) lower1((uint32_t) a[i]);

		if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))
			out[k++] = ch;
	}
	out[k] = '\0';
}

static void
make_email(Rng *r, Country c, const Member *m, char *out)
{
	char		f[LEN],
				l[LEN],
				n[LEN];
	int32_t		y,
				mo,
				d;
	const char *at = mailer[c].text[pick(r, &mailer[c])];

	slug(m->first, f, c == DE);
	slug(m->last, l, c == DE);
	slug(m->short_form[0] ? m->short_form : m->first, n, c == DE);
	to_date(m->born, &y, &mo, &d);
	switch (rnd(r, 9))
	{
		case 0:
		case 1:
			format(out, LEN, "%s.%s@%s", f, l, at);
			break;
		case 2:
			format(out, LEN, "%.1s%s%02d@%s", f, l, y % 100, at);
			break;
		case 3:
			format(out, LEN, "%s%s@%s", f, l, at);
			break;
		case 4:
			format(out, LEN, "%s.%s%02d@%s", f, l, y % 100, at);
			break;
		case 5:
			format(out, LEN, "%s_%s@%s", l, f, at);
			break;
		case 6:
			format(out, LEN, "%s%d@%s", n, (int) rnd(r, 9000) + 100, at);
			break;
		case 7:
			format(out, LEN, "%s.%s%u@%s", n, l, rnd(r, 99) + 1, at);
			break;
		default:
			format(out, LEN, "%s%02d%02d@%s", l, d, mo, at);
			break;
	}
}

/* One of the short forms of a given name, or nothing. */
static void
short_form(Rng *r, const char *forms, char *out)
{
	uint32_t	n = 1,
				k;
	const char *p;

	out[0] = '\0';
	if (forms[0] == '\0')
		return;
	for (p = forms; *p; p++)
		n += *p == ',';
	for (k = rnd(r, n), p = forms; k > 0; k--)
		p = strchr(p, ',') + 1;
	format(out, LEN, "%.*s", (int) strcspn(p, ","), p);
}

static void
give_name(Rng *r, Country c, Member *m)
{
	uint32_t	i = pick(r, &given[c][m->woman]);

	strcpy(m->first, given[c][m->woman].text[i]);
	short_form(r, given[c][m->woman].more[i], m->short_form);
}

/* Records a person has: two thirds stand once. Customers have dealt with the firm more often. */
static int
copies(Rng *r, int customer)
{
	uint32_t	x = rnd(r, 100);

	if (customer)
		return x < 25 ? 1 : x < 60 ? 2 : x < 85 ? 3 : 4;
	return x < 66 ? 1 : x < 89 ? 2 : x < 97 ? 3 : 4;
}

static int32_t
some_day(Rng *r)
{
	return first_day + (int32_t) rnd(r, (uint32_t) (last_day - first_day));
}

static void make_unit(uint64_t number, Unit *u, int echo);

static void
make_household(Rng *r, uint64_t number, Unit *u, int echo)
{
	static const char *const family[COUNTRIES] = {"porodica", "obitelj", "druzina", "rodzina", "rodina", "rodina", "familie", "family"};
	static const int size[20] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5};
	char		man[LEN],
				woman[LEN];
	Country		c = u->country;
	char		l[LEN];
	Member	   *m;
	int			i;

	u->n = size[rnd(r, 20)];
	make_surname(r, c, man, woman);
	for (i = 0; i < u->n; i++)
	{
		m = &u->m[i];
		m->kind = PERSON;
		m->woman = i == 1 ? !u->m[0].woman : chance(r, 505);
		give_name(r, c, m);
		strcpy(m->last, m->woman ? woman : man);
		/* some women of the Hungarian minority keep the masculine form */
		if (m->woman && c == SK && ends(man, "th") && chance(r, 300))
			strcpy(m->last, man);
		m->born = days_from(1940, 1, 1) + (int32_t) rnd(r, 365 * 55);
		if (i == 1)
			m->born = u->m[0].born + (int32_t) rnd(r, 3650) - 1825;
		if (i >= 2)
			m->born = u->m[0].born + 365 * 21 + (int32_t) rnd(r, 365 * 16);
		if (m->born > days_from(2001, 12, 31))
			m->born = days_from(1983, 1, 1) + (int32_t) rnd(r, 365 * 18);
	}
	make_address(r, c, &u->m[0].home, -1);
	if (chance(r, 480))
		make_landline(r, c, u->m[0].home.area, u->landline, &u->landline_split);
	for (i = 1; i < u->n; i++)
	{
		u->m[i].home = u->m[0].home;

		/*
		 * the second adult: a spouse under another name, who took the name,
		 * or who carries both
		 */
		if (i == 1)
		{
			m = &u->m[i];
			if (m->woman)
			{
				char		fm[LEN],
							ff[LEN];

				make_surname(r, c, fm, ff);
				if (chance(r, 130))
					strcpy(m->last, ff);
				else
				{
					if (chance(r, 70))
					{
						size_t		room = strlen(m->last);

						format(m->last + room, LEN - room, "-%.40s", ff);
					}
					if (chance(r, 220))
					{
						strcpy(m->maiden, ff);
						m->married_on = first_day + 200 + (int32_t) rnd(r, 1800);
					}
				}
			}
			else if (chance(r, 100))
				make_surname(r, c, m->last, woman);
		}
		/* twins; the one is rarely called as the other */
		if (i >= 3 && chance(r, 60))
		{
			u->m[i].born = u->m[i - 1].born;
			if (strcmp(u->m[i].first, u->m[i - 1].first) == 0)
				give_name(r, c, &u->m[i]);
		}
		else if (i >= 2 && !u->m[i].woman && chance(r, 70))
		{
			/* a son of his father's name */
			const Member *father = &u->m[u->m[0].woman];

			if (!father->woman && strcmp(father->last, u->m[i].last) == 0)
			{
				strcpy(u->m[i].first, father->first);
				strcpy(u->m[i].short_form, father->short_form);
			}
		}
	}
	/* somebody of the same name in the same town as the household before */
	if (echo && number > 0 && chance(r, 12))
	{
		Unit		other;

		make_unit(number - 1, &other, 0);
		if (!other.firm && other.country == c)
		{
			uint32_t	k;

			u->m[0].woman = other.m[0].woman;
			strcpy(u->m[0].first, other.m[0].first);
			strcpy(u->m[0].short_form, other.m[0].short_form);
			strcpy(u->m[0].last, other.m[0].last);
			for (k = 0; k < city[c].n; k++)
				if (strcmp(city[c].text[k], other.m[0].home.city) == 0)
					make_address(r, c, &u->m[0].home, (int) k);
		}
	}
	slug(u->m[0].last, l, c == DE);
	if (chance(r, 60))
		format(u->family_email, LEN, "%s.%s@%s", family[c], l, mailer[c].text[pick(r, &mailer[c])]);
	for (i = 0; i < u->n; i++)
	{
		m = &u->m[i];
		if (chance(r, 800))
			make_mobile(r, c, m->mobile, &m->split);
		if (u->family_email[0] && chance(r, 500))
			strcpy(m->email, u->family_email);
		else if (chance(r, 820))
			make_email(r, c, m, m->email);
		if (chance(r, 180))
			make_email(r, c, m, m->email2);
		if (chance(r, 200))
		{
			uint32_t	k = pick(r, &city[c]);

			if (chance(r, 550))
				for (k = 0; k < city[c].n && strcmp(city[c].text[k], m->home.city) != 0; k++)
					;
			make_address(r, c, &m->before, (int) (k < city[c].n ? k : 0));
			m->moved_on = some_day(r);
		}
		m->copies = copies(r, i == u->customer);
	}
}

static void
make_firm(Rng *r, Unit *u)
{
	static const char *const tld[COUNTRIES] = {"rs", "hr", "si", "pl", "sk", "cz", "de", "co.uk"};
	static const char *const desk[COUNTRIES] = {"office", "info", "info", "biuro", "info", "info", "info", "info"};
	char		man[LEN],
				woman[LEN],
				site[LEN],
				name[LEN];
	Country		c = u->country;
	Member	   *f = &u->m[0];
	const char *w = word[c].text[rnd(r, word[c].n)];
	const char *t = trade[c].text[rnd(r, trade[c].n)];
	int			i;

	f->kind = FIRM;
	make_surname(r, c, man, woman);
	switch (rnd(r, 6))
	{
		case 0:
			format(name, LEN, "%s %s", man, t);
			break;
		case 1:
			format(name, LEN, "%s %s %s", w, man, t);
			break;
		case 2:
			format(name, LEN, "%s %s", w, man);
			break;
		default:
			format(name, LEN, "%s %s %s", w, t, chance(r, 400) ? man : "");
			break;
	}
	while (ends(name, " "))
		ending(name, 1, "");
	strcpy(f->company, name);
	strcpy(f->legal_form, form[c].text[rnd(r, form[c].n)]);
	tax_number(r, c, f->tax);
	make_address(r, c, &f->home, -1);
	make_landline(r, c, f->home.area, u->landline, &u->landline_split);
	slug(name, site, c == DE);
	site[28] = '\0';
	format(f->email, LEN, "%s@%s.%s", desk[c], site, tld[c]);
	f->copies = copies(r, u->customer >= 0);
	if (chance(r, 80))
	{
		make_address(r, c, &f->before, -1);
		f->moved_on = some_day(r);
	}
	u->n = 1 + (int) rnd(r, 4);
	if (u->customer >= 0 && u->n < 2)
		u->n = 2;
	for (i = 1; i < u->n; i++)
	{
		Member	   *m = &u->m[i];
		char		x[LEN],
					y[LEN];

		m->kind = CONTACT;
		m->woman = chance(r, 480);
		give_name(r, c, m);
		make_surname(r, c, man, woman);
		strcpy(m->last, m->woman ? woman : man);
		m->born = days_from(1950, 1, 1) + (int32_t) rnd(r, 365 * 46);
		strcpy(m->company, f->company);
		strcpy(m->legal_form, f->legal_form);
		strcpy(m->tax, f->tax);
		m->home = f->home;
		if (chance(r, 600))
			make_mobile(r, c, m->mobile, &m->split);
		slug(m->first, x, c == DE);
		slug(m->last, y, c == DE);
		if (chance(r, 700))
			format(m->email, LEN, chance(r, 600) ? "%s.%s@%s.%s" : "%.1s%s@%s.%s", x, y, site, tld[c]);
		if (chance(r, 150))
			make_email(r, c, m, m->email2);
		m->copies = copies(r, i == u->customer);
	}
}

/*
 * Makes household or firm number n: a function of the seed and n alone.  The first ones belong to the customers of
 * --customers, one each.
 */
static void
make_unit(uint64_t number, Unit *u, int echo)
{
	Rng			r = rng_for(1, number, 0);
	uint32_t	x = rnd(&r, 100),
				c = 0;
	int			i;

	for (i = 0; i < MAX_MEMBERS; i++)
	{
		Member	   *m = &u->m[i];

		m->first[0] = m->last[0] = m->maiden[0] = m->company[0] = m->legal_form[0] = m->tax[0] = '\0';
		m->email[0] = m->email2[0] = m->mobile[0] = m->short_form[0] = '\0';
		m->married_on = m->moved_on = m->born = 0;
		m->woman = m->copies = m->split = 0;
		m->kind = PERSON;
	}
	while (x >= country_share[c])
		x -= country_share[c++];
	u->country = (Country) c;
	u->customer = -1;
	u->landline[0] = u->family_email[0] = '\0';
	u->firm = chance(&r, 130);
	if (number < ncustomers)
	{
		u->firm = customers[number].segment == 'B';
		u->customer = u->firm ? 1 : 0;
	}
	if (u->firm)
		make_firm(&r, u);
	else
	{
		make_household(&r, number, u, echo);
		if (number < ncustomers && customers[number].segment == 'H')
		{
			Member	   *m = &u->m[0];

			m->kind = TRADER;
			format(m->company, LEN, "%s %s %s", trade[c].text[rnd(&r, trade[c].n)], m->first, m->last);
			tax_number(&r, u->country, m->tax);
		}
	}
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

typedef enum Source
{
	CRM, WEBSHOP, MAILING, ACCOUNTING
} Source;

static const char *const source_name[] = {"crm", "webshop", "mailing", "accounting"};

typedef struct Record
{
	char		first[LEN];
	char		last[LEN];
	char		company[LEN];
	char		tax[LEN];
	char		sex[4];
	char		born[LEN];
	char		email[LEN];
	char		phone[LEN];
	char		street[LEN];
	char		house[LEN];
	char		postcode[LEN];
	char		city[LEN];
	char		country[4];
	Source		source;
	int32_t		created;
	int32_t		updated;
	uint32_t	second;			/* of the day */
	char		errors[256];	/* what was done, for truth.csv */
	size_t		nerrors;
} Record;

static void
note(Record *o, const char *what)
{
	int			k = format(o->errors + o->nerrors, sizeof(o->errors) - o->nerrors, "%s%s", o->nerrors ? " " : "", what);

	if (k > 0 && o->nerrors + (size_t) k < sizeof(o->errors))
		o->nerrors += (size_t) k;
}

static const char *const calling_code[COUNTRIES] = {"381", "385", "386", "48", "421", "420", "49", "44"};

/* Writes a number as people write it: with and without the country, the trunk zero, the separators. */
static void
write_phone(Rng *r, Country c, const char *digits, int split, int extension, char *out)
{
	static const char *const ext[COUNTRIES] = {" lok. %u", " lok. %u", " int. %u", " wew. %u", " kl. %u", " l. %u", "-%u", " ext %u"};
	const char *cc = calling_code[c];
	const char *zero = c == PL || c == CZ ? "" : "0";
	const char *rest = digits + split;
	size_t		n = strlen(rest);
	char		groups[48];
	int			k;

	if (n > 6)
		format(groups, sizeof groups, "%.3s %.*s %s", rest, (int) (n - 5), rest + 3, rest + n - 2);
	else
		format(groups, sizeof groups, "%.3s %s", rest, rest + (n < 3 ? n : 3));
	switch (rnd(r, 14))
	{
		case 0:
		case 1:
			k = format(out, LEN, "+%s%s", cc, digits);
			break;
		case 2:
			k = format(out, LEN, "+%s %.*s %s", cc, split, digits, groups);
			break;
		case 3:
			k = format(out, LEN, "00%s%s", cc, digits);
			break;
		case 4:
		case 5:
			k = format(out, LEN, "%s%s", zero, digits);
			break;
		case 6:
			k = format(out, LEN, "%s%.*s/%.3s-%s", zero, split, digits, rest, rest + (n < 3 ? n : 3));
			break;
		case 7:
			k = format(out, LEN, "%s%.*s %s", zero, split, digits, groups);
			break;
		case 8:
			k = format(out, LEN, "%s%.*s-%s", zero, split, digits, rest);
			break;
		case 9:
			k = format(out, LEN, "(%s%.*s) %s", zero, split, digits, rest);
			break;
		case 10:
			k = zero[0] ? format(out, LEN, "+%s (0)%.*s %s", cc, split, digits, rest)
				: format(out, LEN, "+%s %s", cc, digits);
			break;
		case 11:
			k = format(out, LEN, "%s%s", cc, digits);
			break;
		case 12:
			k = format(out, LEN, "%s", digits); /* a spreadsheet took the zero */
			break;
		default:
			k = format(out, LEN, "+%s-%.*s-%s", cc, split, digits, rest);
			break;
	}
	if (extension && chance(r, 120))
		format(out + k, LEN - (size_t) k, ext[c], 10 + rnd(r, 80));
}

static void
write_company(Rng *r, Country c, const Member *m, Record *o)
{
	static const char *const doo[] = {"doo", "d. o. o.", "DOO", "d.o.o"};
	static const char *const sro[] = {"sro", "s. r. o.", "S.R.O.", "spol. s r. o."};
	static const char *const zoo[] = {"sp. z o. o.", "Sp. zo.o.", "SP. Z O.O.", "spółka z o.o."};
	const char *f = m->legal_form;
	char		town[LEN];

	if (m->kind != TRADER)
	{
		if (strcmp(f, "d.o.o.") == 0 && chance(r, 500))
			f = doo[rnd(r, 4)];
		else if (strcmp(f, "s.r.o.") == 0 && chance(r, 500))
			f = sro[rnd(r, 4)];
		else if (strcmp(f, "Sp. z o.o.") == 0 && chance(r, 500))
			f = zoo[rnd(r, 4)];
		else if (strcmp(f, "GmbH") == 0 && chance(r, 200))
			f = "Gesellschaft mbH";
		else if (strcmp(f, "Ltd") == 0 && chance(r, 400))
			f = chance(r, 500) ? "Limited" : "LTD.";
		if (chance(r, 150))
		{
			f = "";
			note(o, "no_legal_form");
		}
	}
	if (c == RS && m->kind == FIRM && strcmp(m->legal_form, "PR") == 0)
		format(o->company, LEN, "PR %s", m->company);
	else
		format(o->company, LEN, chance(r, 60) && f[0] ? "\"%s\" %s" : "%s %s", m->company, f);
	format(town, sizeof town, " %.40s", m->home.city);
	if (c <= SI && f[0] && chance(r, 60) && strlen(o->company) + strlen(town) < LEN)
		strcat(o->company, town);
	while (ends(o->company, " "))
		ending(o->company, 1, "");
}

static void
write_tax(Rng *r, Country c, const char *tax, char *out)
{
	switch (rnd(r, 4))
	{
		case 0:
			format(out, LEN, "%s%s", country_code[c], tax);
			break;
		case 1:
			if (c == PL)
				format(out, LEN, "%.3s-%.3s-%.2s-%s", tax, tax + 3, tax + 6, tax + 8);
			else if (c == GB)
				format(out, LEN, "GB %.3s %.4s %s", tax, tax + 3, tax + 7);
			else
				strcpy(out, tax);
			break;
		default:
			strcpy(out, tax);
			break;
	}
}

static void
write_email(Rng *r, const Unit *u, const Member *m, Record *o)
{
	static const char *const tag[] = {"shop", "news", "promo", "kupovina", "web"};
	char		local[LEN],
				domain[LEN];
	const char *at;
	uint32_t	x = rnd(r, 1000);

	if (m->kind == CONTACT && chance(r, 150))
	{
		strcpy(o->email, u->m[0].email);
		note(o, "email_role");
	}
	else if (m->email2[0] && chance(r, 350))
	{
		strcpy(o->email, m->email2);
		note(o, "email_other");
	}
	else
		strcpy(o->email, m->email);
	if (o->email[0] == '\0')
		return;
	if (u->family_email[0] && strcmp(o->email, u->family_email) == 0)
		note(o, "email_shared");
	at = strchr(o->email, '@');
	format(local, LEN, "%.*s", (int) (at - o->email), o->email);
	strcpy(domain, at + 1);
	if (x < 30)
	{
		if (strcmp(domain, "gmail.com") == 0 && strchr(local, '.'))
		{
			char	   *p = local,
					   *q = local;

			for (; *p; p++)
				if (*p != '.')
					*q++ = *p;
			*q = '\0';
			note(o, "email_dots");
			format(o->email, LEN, "%s@%s", local, domain);
		}
	}
	else if (x < 55)
	{
		format(o->email, LEN, "%s+%s@%s", local, tag[rnd(r, 5)], domain);
		note(o, "email_tag");
	}
	else if (x < 75 && strcspn(domain, ".") > 3)
	{
		/* gmial.com, gmail.con, gmal.com */
		size_t		n = strlen(domain);

		if (ends(domain, ".com") && rnd(r, 2))
			domain[n - 1] = 'n';
		else if (rnd(r, 2))
		{
			char		t = domain[2];

			domain[2] = domain[3];
			domain[3] = t;
		}
		else
			memmove(domain + 2, domain + 3, n - 2);
		format(o->email, LEN, "%s@%s", local, domain);
		note(o, "email_typo_domain");
	}
	else if (x < 105)
	{
		typo(r, local);
		format(o->email, LEN, "%s@%s", local, domain);
		note(o, "email_typo");
	}
	else if (x < 135)
		recase(o->email, upper1);
}

static void
write_born(Rng *r, int32_t born, Record *o)
{
	int32_t		y,
				m,
				d;
	uint32_t	x = rnd(r, 1000);

	to_date(born, &y, &m, &d);
	if (x < 22 && d <= 12 && d != m)
	{
		born = days_from(y, d, m);
		note(o, "dob_swapped");
	}
	else if (x < 52)
	{
		/*
		 * a digit of the year, the month or the day is wrong; the date stays
		 * one
		 */
		switch (rnd(r, 4))
		{
			case 0:
				y += y % 10 == 9 ? -1 : 1;
				break;
			case 1:
				y = y / 100 * 100 + y % 10 * 10 + y / 10 % 10;
				if (y > 2005 || y < 1915)
					y = 1950 + (int32_t) rnd(r, 50);
				break;
			case 2:
				m = 1 + (m + (int32_t) rnd(r, 11)) % 12;
				break;
			default:
				d = 1 + (d + 9) % 28;
				break;
		}
		if (d > 28)
			d = 28;
		born = days_from(y, m, d);
		note(o, "dob_typo");
	}
	else if (x < 62)
	{
		born = chance(r, 500) ? days_from(1900, 1, 1) : days_from(1970, 1, 1);
		note(o, "dob_placeholder");
	}
	else if (x < 75)
	{
		born = days_from(y, 1, 1);
		note(o, "dob_year_only");
	}
	print_date(born, o->born);
}

/* Where the street's kind is written before its name, people leave it out or shorten it. */
static void
write_street(Rng *r, Country c, char *s)
{
	char		t[LEN];

	if ((c == RS || c == HR || c == PL) && chance(r, 350) && strncmp(s, "Trg", 3) != 0 && strncmp(s, "Bulevar", 7) != 0)
	{
		format(t, LEN, "%s%.100s", chance(r, 600) ? "ul. " : c == PL ? "ulica " : "Ulica ", s);
		strcpy(s, t);
	}
	else if (strncmp(s, "Bulevar ", 8) == 0 && chance(r, 300))
	{
		format(t, LEN, "Bul. %.100s", s + 8);
		strcpy(s, t);
	}
	else if (c == DE && chance(r, 400) && ends(s, "straße"))
		ending(s, strlen("aße"), chance(r, 700) ? "." : "asse");
	else if (c == GB && chance(r, 350))
	{
		static const char *const shorter[][2] = {
			{" Street", " St"}, {" Road", " Rd"}, {" Avenue", " Ave"}, {" Lane", " Ln"}, {" Close", " Cl"},
			{" Drive", " Dr"}, {" Crescent", " Cres"}, {" Gardens", " Gdns"}, {" Terrace", " Terr"}
		};
		size_t		i;

		for (i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++)
			if (ends(s, shorter[i][0]))
			{
				ending(s, strlen(shorter[i][0]), shorter[i][1]);
				break;
			}
	}
	else if (c == SI && chance(r, 250) && ends(s, " ulica"))
		ending(s, strlen("ulica"), "ul.");
	else if (c == SI && chance(r, 250) && ends(s, " cesta"))
		ending(s, strlen("cesta"), "c.");
}

/* Does to every text of the record what one way of typing does to all of them. */
static void
each_text(Record *o, void (*f) (char *s, int arg), int arg)
{
	f(o->first, arg);
	f(o->last, arg);
	f(o->company, arg);
	f(o->street, arg);
	f(o->city, arg);
}

static void
ascii_field(char *s, int arg)
{
	char		t[LEN];

	to_ascii(s, t, arg & 1, arg & 2);
	strcpy(s, t);
}

static void
cyrillic_field(char *s, int arg)
{
	(void) arg;
	to_cyrillic(s);
}

static void
upper_field(char *s, int arg)
{
	(void) arg;
	recase(s, upper1);
}

static void
make_record(uint64_t number, const Unit *u, int p, int copy, Record *o)
{
	Rng			r = rng_for(2, number, (uint64_t) p << 8 | (uint64_t) copy);
	Rng			own = rng_for(3, number, (uint64_t) p);
	const Member *m = &u->m[p];
	Country		c = u->country;
	const Address *a = &m->home;

	/*
	 * at a firm's contacts and in accounting, a person's systems differ:
	 * start somewhere and go on
	 */
	int			from = (int) rnd(&own, 4);
	int			clean = copy == 0;
	char		t[LEN];

	memset(o, 0, offsetof(Record, errors) + 1);
	o->nerrors = 0;
	o->source = (Source) ((from + copy * (1 + 2 * (int) rnd(&own, 2))) % 4);
	if (m->kind == FIRM && o->source == MAILING)
		o->source = ACCOUNTING;
	o->created = some_day(&r);
	o->updated = o->created + (chance(&r, 600) ? (int32_t) rnd(&r, (uint32_t) (last_day - o->created + 1)) : 0);
	o->second = 8 * 3600 + rnd(&r, 12 * 3600);
	strcpy(o->country, country_code[c]);

	/* who */
	if (m->kind != FIRM)
	{
		strcpy(o->first, m->first);
		strcpy(o->last, m->last);
		if (m->maiden[0] && o->created < m->married_on)
		{
			strcpy(o->last, m->maiden);
			note(o, "maiden_name");
		}
		else if (strchr(o->last, '-') && chance(&r, 350))
		{
			if (chance(&r, 500))
				*strchr(o->last, '-') = ' ';
			else
				*strchr(o->last, '-') = '\0';
			note(o, "half_of_double_name");
		}
		if (m->short_form[0] && chance(&r, o->source == CRM ? 150 : o->source == ACCOUNTING ? 10 : 100))
		{
			strcpy(o->first, m->short_form);
			note(o, "nickname");
		}
		else if (chance(&r, clean ? 5 : 15))
		{
			uint32_t	v[LEN];

			decode(o->first, v);
			encode(v, 1, o->first);
			if (chance(&r, 700))
				strcat(o->first, ".");
			note(o, "initial");
		}
		strcpy(o->sex, m->woman ? "F" : "M");
		if (chance(&r, o->source == CRM ? 100 : 450))
			o->sex[0] = '\0';
		if (o->source != ACCOUNTING && chance(&r, m->kind == CONTACT ? 250 : 720))
			write_born(&r, m->born, o);
	}
	if (m->kind == FIRM || (m->kind == CONTACT && o->source != MAILING) ||
		(m->kind == TRADER && (o->source == ACCOUNTING || chance(&r, 300))))
	{
		write_company(&r, c, m, o);
		if (o->source == ACCOUNTING || (o->source != MAILING && chance(&r, m->kind == FIRM ? 500 : 200)))
			write_tax(&r, c, m->tax, o->tax);
	}

	/* where to reach them */
	if (chance(&r, o->source == WEBSHOP || o->source == MAILING ? 960 : o->source == CRM ? 600 : 250))
		write_email(&r, u, m, o);
	if (chance(&r, o->source == MAILING ? 250 : o->source == WEBSHOP ? 850 : 780))
	{
		uint32_t	x = rnd(&r, 1000);

		if (m->kind == FIRM || (m->kind == CONTACT && (m->mobile[0] == '\0' || x < 450)))
		{
			write_phone(&r, c, u->landline, u->landline_split, 1, o->phone);
			if (m->kind == CONTACT)
				note(o, "phone_switchboard");
		}
		else if (m->mobile[0] && (u->landline[0] == '\0' || x < 750))
		{
			if (x < 30)
			{
				int			split;

				make_mobile(&r, c, t, &split);
				write_phone(&r, c, t, split, 0, o->phone);
				note(o, "phone_other");
			}
			else if (x < 55)
			{
				size_t		k = strlen(m->mobile) - 1 - rnd(&r, 5);

				strcpy(t, m->mobile);
				t[k] = (char) ('0' + (t[k] - '0' + 1 + (int) rnd(&r, 8)) % 10);
				write_phone(&r, c, t, m->split, 0, o->phone);
				note(o, "phone_typo");
			}
			else
				write_phone(&r, c, m->mobile, m->split, 0, o->phone);
		}
		else if (u->landline[0])
		{
			write_phone(&r, c, u->landline, u->landline_split, 0, o->phone);
			note(o, "phone_shared");
		}
	}
	if (m->moved_on && o->created < m->moved_on)
	{
		a = &m->before;
		note(o, "moved");
	}
	if (chance(&r, o->source == MAILING ? 200 : o->source == CRM ? 850 : 970))
	{
		strcpy(o->street, a->street);
		strcpy(o->house, a->house);
		strcpy(o->postcode, a->postcode);
		strcpy(o->city, a->city);
		write_street(&r, c, o->street);
		if (strchr(o->house, '/') && chance(&r, 150))
		{
			*strchr(o->house, '/') = '\0';
			note(o, "no_flat");
		}
		else if (chance(&r, 15))
			strcpy(o->house, c <= SI ? "bb" : "");
		if (chance(&r, 60))
			o->postcode[0] = '\0';
		else if (strchr(o->postcode, ' ') && chance(&r, 300))
			memmove(strchr(o->postcode, ' '), strchr(o->postcode, ' ') + 1, strlen(strchr(o->postcode, ' ')));
		if (chance(&r, clean ? 10 : 30))
		{
			typo(&r, o->street);
			note(o, "typo_street");
		}
	}

	/* slips; further copies have more of them */
	if (m->kind != FIRM)
	{
		if (chance(&r, clean ? 15 : 55))
		{
			typo(&r, o->first);
			note(o, "typo_first");
		}
		if (chance(&r, clean ? 20 : 70))
		{
			typo(&r, o->last);
			note(o, "typo_last");
		}
		if (o->source == ACCOUNTING && chance(&r, 50))
		{
			ocr(&r, chance(&r, 400) ? o->first : o->last);
			note(o, "ocr");
		}
		if (chance(&r, o->source == CRM || o->source == ACCOUNTING ? 35 : 10))
		{
			strcpy(t, o->first);
			strcpy(o->first, o->last);
			strcpy(o->last, t);
			note(o, "swapped");
		}
		else if (chance(&r, clean ? 5 : 14))
		{
			format(t, LEN, "%.60s %.60s", o->first, o->last);
			strcpy(o->last, t);
			o->first[0] = '\0';
			note(o, "one_field");
		}
		else if (c == DE && o->source == CRM && chance(&r, 30))
		{
			format(t, LEN, "%s%.100s", chance(&r, 600) ? "Dr. " : m->woman ? "Frau " : "Herr ", o->first);
			strcpy(o->first, t);
			note(o, "title");
		}
	}
	else if (chance(&r, 40))
	{
		typo(&r, o->company);
		note(o, "typo_company");
	}

	/* the way the whole record was typed */
	if (c == RS && chance(&r, o->source == ACCOUNTING ? 450 : o->source == MAILING ? 60 : 200))
	{
		each_text(o, cyrillic_field, 0);
		note(o, "cyrillic");
	}
	else if (c != GB && chance(&r, o->source == WEBSHOP ? 330 : o->source == MAILING ? 300 : 120))
	{
		each_text(o, ascii_field, (int) rnd(&r, 10) < 3 ? 1 | (c == DE ? 2 : 0) : c == DE ? 2 : 0);
		note(o, "no_diacritics");
	}
	if (o->source == ACCOUNTING && chance(&r, 220))
		each_text(o, upper_field, 0);
	else if ((o->source == WEBSHOP || o->source == MAILING) && chance(&r, 60))
	{
		recase(o->first, lower1);
		recase(o->last, lower1);
	}
	if (chance(&r, 8))
	{
		static const char *const nothing[] = {"n/a", "-", "N/A", "xxx", "nepoznat", "unknown"};

		strcpy(o->phone, chance(&r, 500) ? "000000" : "000-000");
		if (chance(&r, 400))
			strcpy(o->email, chance(&r, 500) ? "test@test.com" : "nema@nema.rs");
		if (chance(&r, 300))
			strcpy(o->street, nothing[rnd(&r, 6)]);
		note(o, "placeholder");
	}
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static FILE *
create(const char *dir, const char *name, const char *columns)
{
	char		path[4096];
	FILE	   *f;

	format(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL)
		die("cannot write %s", path);
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	fprintf(f, "%s\n", columns);
	return f;
}

static void
finish(FILE *f, const char *name)
{
	if (ferror(f) | fclose(f))
		die("cannot write %s: is the disk full?", name);
}

static char *
put(char *q, const char *s, char after)
{
	if (strpbrk(s, ",\"") == NULL)
		while (*s)
			*q++ = *s++;
	else
	{
		*q++ = '"';
		for (; *s; s++)
		{
			if (*s == '"')
				*q++ = '"';
			*q++ = *s;
		}
		*q++ = '"';
	}
	*q++ = after;
	return q;
}

static char *
put_time(char *q, int32_t day, uint32_t second, char after)
{
	char		t[LEN];
	size_t		n;

	print_date(day, t);
	n = strlen(t);
	format(t + n, LEN - n, " %02u:%02u:%02u+00", second / 3600, second / 60 % 60, second % 60);
	return put(q, t, after);
}

static char *
put_number(char *q, uint64_t v, char after)
{
	char		t[24];

	format(t, sizeof t, "%llu", (unsigned long long) v);
	return put(q, t, after);
}

static void
write_record(FILE *f, uint64_t id, const Record *o)
{
	/* thirteen fields of at most LEN bytes, each of which may double */
	char		line[LEN * 2 * 16];
	char	   *q = line;

	q = put_number(q, id, ',');
	q = put(q, source_name[o->source], ',');
	q = put(q, o->first, ',');
	q = put(q, o->last, ',');
	q = put(q, o->company, ',');
	q = put(q, o->tax, ',');
	q = put(q, o->sex, ',');
	q = put(q, o->born, ',');
	q = put(q, o->email, ',');
	q = put(q, o->phone, ',');
	q = put(q, o->street, ',');
	q = put(q, o->house, ',');
	q = put(q, o->postcode, ',');
	q = put(q, o->city, ',');
	q = put(q, o->country, ',');
	q = put_time(q, o->created, o->second, ',');
	q = put_time(q, o->updated, o->second + 1800, '\n');
	fwrite(line, 1, (size_t) (q - line), f);
}

static uint64_t nevents;

static void
event(FILE *f, uint64_t id, const char *what, int32_t day, uint32_t second, const char *purpose, const char *channel,
	  const char *recipient, int32_t until, Source source)
{
	char		line[1024];
	char	   *q = line;

	if (day > last_day)
		return;
	q = put_number(q, id, ',');
	q = put(q, what, ',');
	q = put_time(q, day, second, ',');
	q = put(q, purpose, ',');
	q = put(q, channel, ',');
	q = put(q, recipient, ',');
	if (until)
		q = put_time(q, until, second, ',');
	else
		q = put(q, "", ',');
	q = put(q, source_name[source], '\n');
	fwrite(line, 1, (size_t) (q - line), f);
	nevents++;
}

/*
 * What a person said, per record: the notice, consent to marketing by channel and to profiling, its expiry or
 * withdrawal, an objection, a restriction, a partner.
 */
static void
write_events(FILE *f, uint64_t id, const Record *o)
{
	static const char *const channel[] = {"email", "sms", "phone"};
	Rng			r = rng_for(4, id, 0);
	uint32_t	s = o->second + 60;
	int			online = o->source == WEBSHOP || o->source == MAILING;
	uint32_t	rate[3];
	int			i;

	rate[0] = online ? 620 : 260;
	rate[1] = online ? 180 : 90;
	rate[2] = online ? 60 : 160;
	if (chance(&r, 920))
		event(f, id, "notice_served", o->created, s, "", "", "", 0, o->source);
	for (i = 0; i < 3; i++)
	{
		if (!chance(&r, rate[i]))
			continue;
		if (o->country[0] == 'D')
		{
			event(f, id, "requested", o->created, s + 10, "marketing", channel[i], "", 0, o->source);
			if (chance(&r, 100))
				continue;
			event(f, id, "confirmed", o->created, s + 600, "marketing", channel[i], "", 0, o->source);
		}
		else
			event(f, id, "given", o->created, s + 10, "marketing", channel[i], "",
				  chance(&r, 120) ? o->created + 730 : 0, o->source);
		if (chance(&r, 90))
			event(f, id, "withdrawn", o->created + 1 + (int32_t) rnd(&r, 900), s, "marketing", channel[i], "", 0, o->source);
	}
	if (chance(&r, online ? 300 : 120))
		event(f, id, "given", o->created, s + 20, "profiling.marketing", "", "", 0, o->source);
	if (chance(&r, 50))
		event(f, id, "given", o->created, s + 30, "share.partner", "", "partner", 0, o->source);
	if (chance(&r, 25))
		event(f, id, "objected", o->created + 1 + (int32_t) rnd(&r, 900), s, "marketing", "", "", 0, o->source);
	if (chance(&r, 4))
		event(f, id, "restricted", o->created + 1 + (int32_t) rnd(&r, 900), s, "", "", "", 0, o->source);
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

static void
usage(FILE *to)
{
	fputs("usage: gen_contacts [OPTIONS]\n"
		  "  --rows N          records to make (default 50000)\n"
		  "  --persons N       or: people and firms to make, each with its records\n"
		  "  --seed N          other seed, other people (default 42)\n"
		  "  --customers FILE  lines \"customer,segment\": a person for each, with records (-> customers.csv)\n"
		  "  --consent         also what they said about the use of their data (-> consent.csv)\n"
		  "  --out DIR         where to write contacts.csv and truth.csv (default .)\n"
		  "  --data DIR        lists of names (default gen_contacts_data beside the program)\n", to);
}

static void
read_customers(const char *path)
{
	FILE	   *f = fopen(path, "r");
	char		line[256];
	uint32_t	room = 0;

	if (f == NULL)
		die("cannot open %s", path);
	while (fgets(line, sizeof line, f))
	{
		char	   *comma = strchr(line, ',');

		if (comma == NULL || comma - line >= 32)
			die("%s: a line is not \"customer,segment\"", path);
		if (ncustomers == room)
		{
			room = room ? room * 2 : 1024;
			customers = grow(customers, room * sizeof(*customers));
		}
		format(customers[ncustomers].id, sizeof customers[0].id, "%.*s", (int) (comma - line), line);
		customers[ncustomers++].segment = strncmp(comma + 1, "Corporate", 9) == 0 ? 'B' : comma[1] == 'H' ? 'H' : 'C';
	}
	fclose(f);
}

static uint64_t
number(const char *option, const char *value, uint64_t max)
{
	char	   *end;
	unsigned long long v;

	if (value == NULL || value[0] < '0' || value[0] > '9')
		die("%s wants a number", option);
	v = strtoull(value, &end, 10);
	if (*end || v > max)
		die("%s %s: not a number from 0 to %llu", option, value, (unsigned long long) max);
	return v;
}

int
main(int argc, char **argv)
{
	static char data[4096];
	const char *out = ".",
			   *customer_file = NULL;
	uint64_t	rows = 50000,
				persons = 0,
				made = 0,
				nunits = 0,
				n = 0,
				room = 0,
				i;
	uint64_t   *entry = NULL;
	int			consent = 0,
				k;
	FILE	   *contacts,
			   *truth,
			   *map = NULL,
			   *events = NULL;
	Unit	   *u = grow(NULL, sizeof(Unit));
	Record	   *o = grow(NULL, sizeof(Record));
	Rng			r;
	const char *slash = strrchr(argv[0], '/');

	format(data, sizeof data, "%.*sgen_contacts_data", slash ? (int) (slash - argv[0] + 1) : 0, argv[0]);
	seed = 42;
	for (k = 1; k < argc; k++)
	{
		const char *a = argv[k];
		const char *v = k + 1 < argc ? argv[k + 1] : NULL;

		if (strcmp(a, "--consent") == 0)
		{
			consent = 1;
			continue;
		}
		if (strcmp(a, "--help") == 0)
		{
			usage(stdout);
			return 0;
		}
		if (v == NULL)
		{
			usage(stderr);
			return 2;
		}
		if (strcmp(a, "--rows") == 0)
			rows = number(a, v, 100000000);
		else if (strcmp(a, "--persons") == 0)
			persons = number(a, v, 100000000);
		else if (strcmp(a, "--seed") == 0)
			seed = number(a, v, UINT64_MAX);
		else if (strcmp(a, "--customers") == 0)
			customer_file = v;
		else if (strcmp(a, "--out") == 0)
			out = v;
		else if (strcmp(a, "--data") == 0)
			format(data, sizeof data, "%s", v);
		else
		{
			usage(stderr);
			return 2;
		}
		k++;
	}
	load(data, "given.tsv", 4, add_given);
	load(data, "surname.tsv", 3, add_surname);
	load(data, "surname_part.tsv", 3, add_part);
	load(data, "city.tsv", 5, add_city);
	load(data, "street.tsv", 3, add_street);
	load(data, "firm.tsv", 3, add_firm);
	load(data, "mail.tsv", 3, add_mailer);
	if (customer_file)
		read_customers(customer_file);

	/*
	 * Which records there are: household, member, copy, in eight bytes each;
	 * then in any order.
	 */
	while (persons ? made < persons : n < rows)
	{
		int			p,
					c;

		make_unit(nunits, u, 1);
		for (p = 0; p < u->n && (persons ? made < persons : n < rows); p++, made++)
			for (c = 0; c < u->m[p].copies && (persons || n < rows); c++)
			{
				if (n == room)
				{
					room = room ? room * 2 : 65536;
					entry = grow(entry, room * sizeof(*entry));
				}
				entry[n++] = nunits << 8 | (uint64_t) p << 4 | (uint64_t) c;
			}
		nunits++;
	}
	if (nunits < ncustomers)
		die("%u customers do not fit into %llu rows", ncustomers, (unsigned long long) n);
	r = rng_for(5, 0, 0);
	for (i = n; i > 1; i--)
	{
		uint64_t	j = rnd(&r, (uint32_t) i);
		uint64_t	t = entry[i - 1];

		entry[i - 1] = entry[j];
		entry[j] = t;
	}

	contacts = create(out, "contacts.csv", "id,source,first_name,last_name,company,tax_number,sex,birth_date,email,phone,"
					  "street,house_number,postcode,city,country,created_at,updated_at");
	truth = create(out, "truth.csv", "id,person_id,kind,household_id,errors");
	if (ncustomers)
		map = create(out, "customers.csv", "customer_id,contact_id,person_id");
	if (consent)
		events = create(out, "consent.csv", "contact_id,event,at,purpose,channel,recipient,expires_at,source");
	for (i = 0; i < n; i++)
	{
		uint64_t	e = entry[i];
		uint64_t	person = (e >> 8) * MAX_MEMBERS + (e >> 4 & 15) + 1;
		int			p = (int) (e >> 4 & 15);
		char		line[512];
		char	   *q = line;

		make_unit(e >> 8, u, 1);
		make_record(e >> 8, u, p, (int) (e & 15), o);
		write_record(contacts, i + 1, o);
		q = put_number(q, i + 1, ',');
		q = put_number(q, person, ',');
		q = put(q, kind_name[u->m[p].kind], ',');
		q = put_number(q, (e >> 8) + 1, ',');
		q = put(q, o->errors, '\n');
		fwrite(line, 1, (size_t) (q - line), truth);
		if (map && (e >> 8) < ncustomers && p == u->customer)
		{
			q = put(line, customers[e >> 8].id, ',');
			q = put_number(q, i + 1, ',');
			q = put_number(q, person, '\n');
			fwrite(line, 1, (size_t) (q - line), map);
		}
		if (events)
			write_events(events, i + 1, o);
	}
	finish(contacts, "contacts.csv");
	finish(truth, "truth.csv");
	if (map)
		finish(map, "customers.csv");
	if (events)
		finish(events, "consent.csv");
	printf("%llu records of %llu people and firms in %llu households and firms", (unsigned long long) n,
		   (unsigned long long) made, (unsigned long long) nunits);
	if (consent)
		printf(", %llu consent events", (unsigned long long) nevents);
	printf("\n");
	free(entry);
	free(u);
	free(o);
	return 0;
}
