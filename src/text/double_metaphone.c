/*
 * double_metaphone.c
 *	  Double Metaphone, the English pronunciation key of Lawrence Philips
 *	  (C/C++ Users Journal, June 2000), in two readings.
 *
 * Written after the published rules; a test holds it against fuzzystrmatch.
 * The letters of other alphabets are read as fold() writes them, so that the
 * rules for Slavic and Germanic names apply to Cyrillic as well.
 *
 * A pure kernel: see phonetic.h.
 */
#include <stdbool.h>
#include <string.h>

#include "text/phonetic.h"

typedef struct Metaphone
{
	const char *word;			/* capital letters */
	int			len;
	int			at;				/* the letter at hand */
	bool		slavic;			/* looks Slavic or Germanic */
	char	   *code[2];
	int			n[2];
} Metaphone;

/* The letter at a place; a blank outside of the word. */
static char
letter(const Metaphone *m, int i)
{
	return i >= 0 && i < m->len ? m->word[i] : ' ';
}

static bool
is_vowel(const Metaphone *m, int i)
{
	char		c = letter(m, i);

	return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' || c == 'Y';
}

/*
 * Does one of the words of a list, divided by bars, stand at a place?  Places
 * before the word match nothing.
 */
static bool
has(const Metaphone *m, int i, const char *list)
{
	if (i < 0)
		return false;
	while (*list != '\0')
	{
		int			n = 0;

		while (list[n] != '\0' && list[n] != '|' && letter(m, i + n) == list[n])
			n++;
		if (list[n] == '\0' || list[n] == '|')
			return true;
		while (*list != '\0' && *list != '|')
			list++;
		if (*list == '|')
			list++;
	}
	return false;
}

static void
add_one(Metaphone *m, int which, const char *s)
{
	for (; *s != '\0' && m->n[which] < CLT_METAPHONE_LENGTH; s++)
		m->code[which][m->n[which]++] = *s;
}

/* Adds to both codes and moves on. */
static void
add2(Metaphone *m, const char *primary, const char *secondary, int step)
{
	add_one(m, 0, primary);
	add_one(m, 1, secondary);
	m->at += step;
}

static void
add(Metaphone *m, const char *both, int step)
{
	add2(m, both, both, step);
}

/* A letter that counts once when doubled. */
static void
add_letter(Metaphone *m, const char *both)
{
	add(m, both, letter(m, m->at + 1) == letter(m, m->at) ? 2 : 1);
}

/* German and Dutch: Schmidt. */
static bool
is_germanic(const Metaphone *m)
{
	return has(m, 0, "VAN |VON |SCH");
}

static void
read_ch(Metaphone *m)
{
	int			at = m->at;

	if (at > 0 && has(m, at, "CHAE"))
		add2(m, "K", "X", 2);	/* Michael */
	else if (at == 0 && has(m, 1, "HARAC|HARIS|HOR|HYM|HIA|HEM") && !has(m, 0, "CHORE"))
		add(m, "K", 2);			/* chorus */
	else if (is_germanic(m) || has(m, at - 2, "ORCHES|ARCHIT|ORCHID") || has(m, at + 2, "T|S") ||
			 ((at == 0 || has(m, at - 1, "A|O|U|E")) && has(m, at + 2, "L|R|N|M|B|H|F|V|W| ")))
		add(m, "K", 2);
	else if (at == 0)
		add(m, "X", 2);
	else if (has(m, 0, "MC"))
		add(m, "K", 2);			/* McHugh */
	else
		add2(m, "X", "K", 2);
}

static void
read_c(Metaphone *m)
{
	int			at = m->at;

	if (at > 1 && !is_vowel(m, at - 2) && has(m, at - 1, "ACH") && letter(m, at + 2) != 'I' &&
		(letter(m, at + 2) != 'E' || has(m, at - 2, "BACHER|MACHER")))
		add(m, "K", 2);
	else if (at == 0 && has(m, at, "CAESAR"))
		add(m, "S", 2);
	else if (has(m, at, "CHIA"))
		add(m, "K", 2);			/* chianti */
	else if (has(m, at, "CH"))
		read_ch(m);
	else if (has(m, at, "CZ") && !has(m, at - 2, "WICZ"))
		add2(m, "S", "X", 2);	/* Czerny */
	else if (has(m, at + 1, "CIA"))
		add(m, "X", 3);			/* focaccia */
	else if (has(m, at, "CC") && !(at == 1 && letter(m, 0) == 'M'))
	{
		if (!has(m, at + 2, "I|E|H") || has(m, at + 2, "HU"))
			add(m, "K", 2);
		else if ((at == 1 && letter(m, 0) == 'A') || has(m, at - 1, "UCCEE|UCCES"))
			add(m, "KS", 3);	/* accident */
		else
			add(m, "X", 3);		/* bacci */
	}
	else if (has(m, at, "CK|CG|CQ"))
		add(m, "K", 2);
	else if (has(m, at, "CIO|CIE|CIA"))
		add2(m, "S", "X", 2);
	else if (has(m, at, "CI|CE|CY"))
		add(m, "S", 2);
	else
		add(m, "K", has(m, at + 1, "C|K|Q") && !has(m, at + 1, "CE|CI") ? 2 : 1);
}

static void
read_gh(Metaphone *m)
{
	int			at = m->at;

	if (at > 0 && !is_vowel(m, at - 1))
		add(m, "K", 2);
	else if (at == 0)
		add(m, letter(m, at + 2) == 'I' ? "J" : "K", 2);	/* Ghislane */
	else if (has(m, at - 2, "B|H|D") || has(m, at - 3, "B|H|D") || has(m, at - 4, "B|H"))
		m->at += 2;				/* Hugh, bough, broughton */
	else if (at > 2 && letter(m, at - 1) == 'U' && has(m, at - 3, "C|G|L|R|T"))
		add(m, "F", 2);			/* laugh */
	else if (letter(m, at - 1) != 'I')
		add(m, "K", 2);
	else
		m->at += 2;
}

static void
read_g(Metaphone *m)
{
	int			at = m->at;

	if (letter(m, at + 1) == 'H')
		read_gh(m);
	else if (letter(m, at + 1) == 'N')
	{
		if (at == 1 && is_vowel(m, 0) && !m->slavic)
			add2(m, "KN", "N", 2);
		else if (!has(m, at + 2, "EY") && !m->slavic)
			add2(m, "N", "KN", 2);
		else
			add(m, "KN", 2);
	}
	else if (has(m, at + 1, "LI") && !m->slavic)
		add2(m, "KL", "L", 2);	/* tagliaro */
	else if (at == 0 && has(m, 1, "Y|ES|EP|EB|EL|EY|IB|IL|IN|IE|EI|ER"))
		add2(m, "K", "J", 2);
	else if (has(m, at + 1, "ER|Y") && !has(m, 0, "DANGER|RANGER|MANGER") &&
			 !has(m, at - 1, "E|I") && !has(m, at - 1, "RGY|OGY"))
		add2(m, "K", "J", 2);
	else if (has(m, at + 1, "E|I|Y") || has(m, at - 1, "AGGI|OGGI"))
	{
		if (is_germanic(m) || has(m, at + 1, "ET"))
			add(m, "K", 2);
		else if (has(m, at + 1, "IER "))
			add(m, "J", 2);
		else
			add2(m, "J", "K", 2);	/* biaggi */
	}
	else
		add_letter(m, "K");
}

static void
read_j(Metaphone *m)
{
	int			at = m->at;
	int			step = letter(m, at + 1) == 'J' ? 2 : 1;

	if (has(m, at, "JOSE"))
	{
		if (at == 0 && letter(m, at + 4) == ' ')
			add(m, "H", 1);		/* José */
		else
			add2(m, "J", "H", 1);
	}
	else if (at == 0)
		add2(m, "J", "A", step);	/* Yankelovich, Jankelowicz */
	else if (is_vowel(m, at - 1) && !m->slavic && has(m, at + 1, "A|O"))
		add2(m, "J", "H", step);	/* bajador */
	else if (at == m->len - 1)
		add2(m, "J", "", step);
	else if (!has(m, at + 1, "L|T|K|S|N|M|B|Z") && !has(m, at - 1, "S|K|L"))
		add(m, "J", step);
	else
		m->at += step;
}

static void
read_l(Metaphone *m)
{
	int			at = m->at;
	int			last = m->len - 1;

	if (letter(m, at + 1) != 'L')
		add(m, "L", 1);
	else if ((at == m->len - 3 && has(m, at - 1, "ILLO|ILLA|ALLE")) ||
			 ((has(m, last - 1, "AS|OS") || has(m, last, "A|O")) && has(m, at - 1, "ALLE")))
		add2(m, "L", "", 2);	/* Cabrillo, Gallegos */
	else
		add(m, "L", 2);
}

static void
read_sc(Metaphone *m)
{
	int			at = m->at;

	if (letter(m, at + 2) == 'H')
	{
		if (has(m, at + 3, "ER|EN"))
			add2(m, "X", "SK", 3);	/* Schermerhorn, Schenker */
		else if (has(m, at + 3, "OO|UY|ED|EM"))
			add(m, "SK", 3);	/* school, schooner: Dutch */
		else if (at == 0 && !is_vowel(m, 3) && letter(m, 3) != 'W')
			add2(m, "X", "S", 3);
		else
			add(m, "X", 3);
	}
	else if (has(m, at + 2, "I|E|Y"))
		add(m, "S", 3);
	else
		add(m, "SK", 3);
}

static void
read_s(Metaphone *m)
{
	int			at = m->at;

	if (has(m, at - 1, "ISL|YSL"))
		m->at++;				/* island, Carlisle */
	else if (at == 0 && has(m, at, "SUGAR"))
		add2(m, "X", "S", 1);
	else if (has(m, at, "SH"))
		add(m, has(m, at + 1, "HEIM|HOEK|HOLM|HOLZ") ? "S" : "X", 2);
	else if (has(m, at, "SIO|SIA"))
		add2(m, "S", m->slavic ? "S" : "X", 3);
	else if ((at == 0 && has(m, 1, "M|N|L|W")) || letter(m, at + 1) == 'Z')
		add2(m, "S", "X", letter(m, at + 1) == 'Z' ? 2 : 1);	/* Smith, Schmidt */
	else if (has(m, at, "SC"))
		read_sc(m);
	else
	{
		int			step = has(m, at + 1, "S|Z") ? 2 : 1;

		if (at == m->len - 1 && has(m, at - 2, "AI|OI"))
			add2(m, "", "S", step); /* French: resnais */
		else
			add(m, "S", step);
	}
}

static void
read_t(Metaphone *m)
{
	int			at = m->at;

	if (has(m, at, "TION|TIA|TCH"))
		add(m, "X", 3);
	else if (has(m, at, "TH|TTH"))
	{
		if (has(m, at + 2, "OM|AM") || is_germanic(m))
			add(m, "T", 2);		/* Thomas */
		else
			add2(m, "0", "T", 2);
	}
	else
		add(m, "T", has(m, at + 1, "T|D") ? 2 : 1);
}

static void
read_w(Metaphone *m)
{
	int			at = m->at;

	if (has(m, at, "WR"))
	{
		add(m, "R", 2);
		return;
	}
	if (at == 0 && is_vowel(m, 1))
		add2(m, "A", "F", 0);	/* Wasserman, Vasserman */
	else if (at == 0 && has(m, at, "WH"))
		add(m, "A", 0);
	if ((at == m->len - 1 && is_vowel(m, at - 1)) ||
		has(m, at - 1, "EWSKI|EWSKY|OWSKI|OWSKY") || has(m, 0, "SCH"))
		add2(m, "", "F", 1);	/* Arnow, Arnoff */
	else if (has(m, at, "WICZ|WITZ"))
		add2(m, "TS", "FX", 4);
	else
		m->at++;
}

static void
read_letter(Metaphone *m)
{
	int			at = m->at;

	switch (letter(m, at))
	{
		case 'A':
		case 'E':
		case 'I':
		case 'O':
		case 'U':
		case 'Y':
			add(m, at == 0 ? "A" : "", 1);
			break;
		case 'B':
			add_letter(m, "P");
			break;
		case 'C':
			read_c(m);
			break;
		case 'D':
			if (has(m, at, "DGI|DGE|DGY"))
				add(m, "J", 3); /* edge */
			else if (has(m, at, "DG"))
				add(m, "TK", 2);	/* Edgar */
			else
				add(m, "T", has(m, at, "DT|DD") ? 2 : 1);
			break;
		case 'F':
			add_letter(m, "F");
			break;
		case 'G':
			read_g(m);
			break;
		case 'H':
			if ((at == 0 || is_vowel(m, at - 1)) && is_vowel(m, at + 1))
				add(m, "H", 2);
			else
				m->at++;
			break;
		case 'J':
			read_j(m);
			break;
		case 'K':
			add_letter(m, "K");
			break;
		case 'L':
			read_l(m);
			break;
		case 'M':
			add(m, "M", letter(m, at + 1) == 'M' ||
				(has(m, at - 1, "UMB") && (at + 1 == m->len - 1 || has(m, at + 2, "ER"))) ? 2 : 1);
			break;
		case 'N':
			add_letter(m, "N");
			break;
		case 'P':
			if (letter(m, at + 1) == 'H')
				add(m, "F", 2);
			else
				add(m, "P", has(m, at + 1, "P|B") ? 2 : 1);
			break;
		case 'Q':
			add_letter(m, "K");
			break;
		case 'R':
			if (at == m->len - 1 && !m->slavic && has(m, at - 2, "IE") && !has(m, at - 4, "ME|MA"))
				add2(m, "", "R", 1);	/* French: Rogier */
			else
				add_letter(m, "R");
			break;
		case 'S':
			read_s(m);
			break;
		case 'T':
			read_t(m);
			break;
		case 'V':
			add_letter(m, "F");
			break;
		case 'W':
			read_w(m);
			break;
		case 'X':
			add(m, at == m->len - 1 && (has(m, at - 3, "IAU|EAU") || has(m, at - 2, "AU|OU")) ? "" : "KS",
				has(m, at + 1, "C|X") ? 2 : 1);
			break;
		case 'Z':
			if (letter(m, at + 1) == 'H')
				add(m, "J", 2); /* Chinese: Zhao */
			else if (has(m, at + 1, "ZO|ZI|ZA") || (m->slavic && at > 0 && letter(m, at - 1) != 'T'))
				add2(m, "S", "TS", letter(m, at + 1) == 'Z' ? 2 : 1);
			else
				add_letter(m, "S");
			break;
		default:
			m->at++;
			break;
	}
}

void
clt_double_metaphone(const char *src, size_t len, char primary[CLT_METAPHONE_LENGTH + 1],
					 char secondary[CLT_METAPHONE_LENGTH + 1])
{
	/* c with cedilla sounds like s */
	static const unsigned int special[] = {0xC7, 0xE7, 0};
	char		letters[CLT_PHONETIC_LETTERS];
	Metaphone	m;
	int			i;

	m.word = letters;
	m.len = clt_phonetic_letters(src, len, special, "SS", letters);
	m.at = 0;
	m.slavic = false;
	m.code[0] = primary;
	m.code[1] = secondary;
	m.n[0] = m.n[1] = 0;
	for (i = 0; i < m.len; i++)
		m.slavic |= has(&m, i, "W|K|CZ");

	if (has(&m, 0, "GN|KN|PN|WR|PS"))
		m.at = 1;
	if (letter(&m, 0) == 'X')
		add(&m, "S", 1);		/* Xavier */
	while (m.at < m.len && (m.n[0] < CLT_METAPHONE_LENGTH || m.n[1] < CLT_METAPHONE_LENGTH))
		read_letter(&m);
	primary[m.n[0]] = '\0';
	secondary[m.n[1]] = '\0';
}
