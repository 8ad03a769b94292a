/*
 * daitch_mokotoff.c
 *	  Daitch-Mokotoff soundex, with all its alternatives.
 *
 * A name is cut into sounds, always the longest that the table has.  Each has
 * three codes: at the start of the name, before a vowel, elsewhere; some have
 * a second reading.  All readings are followed at once as a set of states:
 * the digits so far, the last code, and the reading of the sound at hand,
 * whose column is known only when the reading of the next is chosen (J is a
 * vowel in one and not in the other).
 *
 * The table is the coding chart of Gary Mokotoff and Randy Daitch as published
 * at jewishgen.org, with "UE" read as every other implementation does.  The
 * answers are those of PostgreSQL 16's fuzzystrmatch, but sorted.
 *
 * A pure kernel: see phonetic.h.
 */
#include <stdbool.h>
#include <string.h>

#include "core/utf8.h"
#include "text/fold.h"
#include "text/phonetic.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Letters that are not A-Z: a and e with ogonek, t with cedilla or comma. */
#define A_OGONEK	'['
#define E_OGONEK	'\\'
#define T_CEDILLA	']'

/* A sound: start, before a vowel, elsewhere; "" is not coded. */
typedef struct DmSound
{
	const char *letters;
	const char *code[3];
	const char *other[3];		/* second reading; NULL for none */
} DmSound;

#define ONE(letters, a, b, c) {letters, {a, b, c}, {NULL, NULL, NULL}}
#define TWO(letters, a, b, c, d, e, f) {letters, {a, b, c}, {d, e, f}}

/* By first letter, the longer before the shorter. */
static const DmSound sounds[] = {
	ONE("AI", "0", "1", ""), ONE("AJ", "0", "1", ""), ONE("AY", "0", "1", ""),
	ONE("AU", "0", "7", ""), ONE("A", "0", "", ""),
	ONE("B", "7", "7", "7"),
	ONE("CHS", "5", "54", "54"), ONE("CSZ", "4", "4", "4"), ONE("CZS", "4", "4", "4"),
	TWO("CH", "5", "5", "5", "4", "4", "4"), TWO("CK", "5", "5", "5", "45", "45", "45"),
	ONE("CZ", "4", "4", "4"), ONE("CS", "4", "4", "4"),
	TWO("C", "5", "5", "5", "4", "4", "4"),
	ONE("DRZ", "4", "4", "4"), ONE("DRS", "4", "4", "4"), ONE("DSH", "4", "4", "4"),
	ONE("DSZ", "4", "4", "4"), ONE("DZH", "4", "4", "4"), ONE("DZS", "4", "4", "4"),
	ONE("DS", "4", "4", "4"), ONE("DZ", "4", "4", "4"), ONE("DT", "3", "3", "3"),
	ONE("D", "3", "3", "3"),
	ONE("EI", "0", "1", ""), ONE("EJ", "0", "1", ""), ONE("EY", "0", "1", ""),
	ONE("EU", "1", "1", ""), ONE("E", "0", "", ""),
	ONE("FB", "7", "7", "7"), ONE("F", "7", "7", "7"),
	ONE("G", "5", "5", "5"), ONE("H", "5", "5", ""),
	ONE("IA", "1", "", ""), ONE("IE", "1", "", ""), ONE("IO", "1", "", ""),
	ONE("IU", "1", "", ""), ONE("I", "0", "", ""),
	TWO("J", "1", "", "", "4", "4", "4"),
	ONE("KS", "5", "54", "54"), ONE("KH", "5", "5", "5"), ONE("K", "5", "5", "5"),
	ONE("L", "8", "8", "8"), ONE("MN", "66", "66", "66"), ONE("M", "6", "6", "6"),
	ONE("NM", "66", "66", "66"), ONE("N", "6", "6", "6"),
	ONE("OI", "0", "1", ""), ONE("OJ", "0", "1", ""), ONE("OY", "0", "1", ""),
	ONE("O", "0", "", ""),
	ONE("PF", "7", "7", "7"), ONE("PH", "7", "7", "7"), ONE("P", "7", "7", "7"),
	ONE("Q", "5", "5", "5"),
	TWO("RZ", "94", "94", "94", "4", "4", "4"), TWO("RS", "94", "94", "94", "4", "4", "4"),
	ONE("R", "9", "9", "9"),
	ONE("SCHTSCH", "2", "4", "4"), ONE("SCHTSH", "2", "4", "4"), ONE("SCHTCH", "2", "4", "4"),
	ONE("SHTCH", "2", "4", "4"), ONE("SHTSH", "2", "4", "4"), ONE("STSCH", "2", "4", "4"),
	ONE("SCHT", "2", "43", "43"), ONE("SCHD", "2", "43", "43"), ONE("SHCH", "2", "4", "4"),
	ONE("STCH", "2", "4", "4"), ONE("STRZ", "2", "4", "4"), ONE("STRS", "2", "4", "4"),
	ONE("STSH", "2", "4", "4"), ONE("SZCZ", "2", "4", "4"), ONE("SZCS", "2", "4", "4"),
	ONE("SCH", "4", "4", "4"), ONE("SHT", "2", "43", "43"), ONE("SHD", "2", "43", "43"),
	ONE("SZT", "2", "43", "43"), ONE("SZD", "2", "43", "43"),
	ONE("SC", "2", "4", "4"), ONE("SD", "2", "43", "43"), ONE("SH", "4", "4", "4"),
	ONE("ST", "2", "43", "43"), ONE("SZ", "4", "4", "4"), ONE("S", "4", "4", "4"),
	ONE("TTSCH", "4", "4", "4"), ONE("TTCH", "4", "4", "4"), ONE("TSCH", "4", "4", "4"),
	ONE("TTSZ", "4", "4", "4"), ONE("TCH", "4", "4", "4"), ONE("TRZ", "4", "4", "4"),
	ONE("TRS", "4", "4", "4"), ONE("TSH", "4", "4", "4"), ONE("TTS", "4", "4", "4"),
	ONE("TTZ", "4", "4", "4"), ONE("TZS", "4", "4", "4"), ONE("TSZ", "4", "4", "4"),
	ONE("TH", "3", "3", "3"), ONE("TS", "4", "4", "4"), ONE("TC", "4", "4", "4"),
	ONE("TZ", "4", "4", "4"), ONE("T", "3", "3", "3"),
	ONE("UI", "0", "1", ""), ONE("UJ", "0", "1", ""), ONE("UY", "0", "1", ""),
	ONE("UE", "0", "1", ""), ONE("U", "0", "", ""),
	ONE("V", "7", "7", "7"), ONE("W", "7", "7", "7"), ONE("X", "5", "54", "54"),
	ONE("Y", "1", "", ""),
	ONE("ZHDZH", "2", "4", "4"), ONE("ZDZH", "2", "4", "4"), ONE("ZSCH", "4", "4", "4"),
	ONE("ZDZ", "2", "4", "4"), ONE("ZHD", "2", "43", "43"), ONE("ZSH", "4", "4", "4"),
	ONE("ZD", "2", "43", "43"), ONE("ZH", "4", "4", "4"), ONE("ZS", "4", "4", "4"),
	ONE("Z", "4", "4", "4"),
	TWO("[", "", "", "6", "", "", ""),
	TWO("\\", "", "", "6", "", "", ""),
	TWO("]", "3", "3", "3", "4", "4", "4")
};

/* A way to read the name up to here. */
typedef struct DmState
{
	char		digits[CLT_DM_LENGTH];
	unsigned char n;
	char		last;			/* last digit, or 0 after what is not coded */
	unsigned char reading;		/* of the sound at hand */
} DmState;

#define MAX_STATES 1024

typedef struct DmStates
{
	DmState		state[MAX_STATES];
	int			n;
} DmStates;

int
clt_phonetic_letters(const char *src, size_t len, const unsigned int *special,
					 const char *special_as, char letters[CLT_PHONETIC_LETTERS])
{
	const unsigned char *p = (const unsigned char *) src;
	const unsigned char *end = p + len;
	int			n = 0;

	while (p < end && n < CLT_PHONETIC_LETTERS)
	{
		const unsigned char *run = p;
		char		found = 0;
		char		folded[CLT_PHONETIC_LETTERS * 4];
		size_t		flen;
		size_t		i;

		/* up to a special letter, or as many words as surely fit */
		while (p < end && (p - run < 64 || (p - run < 80 && *p > ' ')))
		{
			int			step;
			uint32_t	c = clt_utf8_decode(p, end, &step);

			for (i = 0; special[i] != 0 && special[i] != c; i++)
				;
			if (special[i] != 0)
			{
				found = special_as[i];
				break;
			}
			p += step;
		}
		flen = clt_fold_utf8((const char *) run, (size_t) (p - run), folded, sizeof(folded));
		for (i = 0; i < flen && n < CLT_PHONETIC_LETTERS; i++)
		{
			if (folded[i] >= 'a' && folded[i] <= 'z')
				letters[n++] = (char) (folded[i] - 'a' + 'A');
		}
		if (found != 0)
		{
			int			step;

			(void) clt_utf8_decode(p, end, &step);
			p += step;
			if (n < CLT_PHONETIC_LETTERS)
				letters[n++] = found;
		}
	}
	return n;
}

/* The longest sound at s, or NULL. */
static const DmSound *
find_sound(const char *s, int left)
{
	size_t		i;

	for (i = 0; i < LENGTH(sounds); i++)
	{
		const char *letters = sounds[i].letters;
		int			n;

		if (letters[0] != s[0])
			continue;
		for (n = 1; letters[n] != '\0' && n < left && letters[n] == s[n]; n++)
			;
		if (letters[n] == '\0')
			return &sounds[i];
	}
	return NULL;
}

static bool
is_vowel(const DmSound *sound, int reading)
{
	const char *code = reading == 0 ? sound->code[0] : sound->other[0];

	return code[0] == '0' || code[0] == '1';
}

static void
add_state(DmStates *states, const DmState *state)
{
	int			i;

	for (i = 0; i < states->n; i++)
	{
		const DmState *old = &states->state[i];

		if (old->n == state->n && old->last == state->last && old->reading == state->reading &&
			memcmp(old->digits, state->digits, state->n) == 0)
			return;
	}
	if (states->n < MAX_STATES)
		states->state[states->n++] = *state;
}

/*
 * Adds a code.  A digit that repeats the one before it is left out unless
 * something that is not coded stands between; of a code of two digits that
 * concerns the first.
 */
static void
append_code(DmState *state, const char *code)
{
	int			i;

	if (code[0] == '\0')
	{
		state->last = 0;
		return;
	}
	for (i = 0; code[i] != '\0'; i++)
	{
		if ((i > 0 || code[i] != state->last) && state->n < CLT_DM_LENGTH)
			state->digits[state->n++] = code[i];
	}
	state->last = code[i - 1];
}

static int
add_code(char codes[CLT_DM_MAX][CLT_DM_LENGTH + 1], int n, const DmState *state)
{
	char		code[CLT_DM_LENGTH + 1];
	int			at;

	memset(code, '0', CLT_DM_LENGTH);
	code[CLT_DM_LENGTH] = '\0';
	memcpy(code, state->digits, state->n);
	for (at = n; at > 0 && strcmp(codes[at - 1], code) > 0; at--)
		;
	if ((at > 0 && strcmp(codes[at - 1], code) == 0) || n == CLT_DM_MAX)
		return n;
	memmove(codes[at + 1], codes[at], (size_t) (n - at) * sizeof(codes[0]));
	memcpy(codes[at], code, sizeof(code));
	return n + 1;
}

int
clt_daitch_mokotoff(const char *src, size_t len, char codes[CLT_DM_MAX][CLT_DM_LENGTH + 1])
{
	static const unsigned int special[] = {
		0x104, 0x105, 0x118, 0x119, 0x162, 0x163, 0x21A, 0x21B, 0
	};
	static const char special_as[] = {
		A_OGONEK, A_OGONEK, E_OGONEK, E_OGONEK, T_CEDILLA, T_CEDILLA, T_CEDILLA, T_CEDILLA
	};
	char		letters[CLT_PHONETIC_LETTERS];
	int			left = clt_phonetic_letters(src, len, special, special_as, letters);
	const char *s = letters;
	const DmSound *sound;
	DmStates	now;
	DmStates	next;
	int			n = 0;
	int			i;
	bool		first = true;

	if (left == 0)
		return 0;
	sound = find_sound(s, left);
	now.n = 0;
	{
		DmState		start;

		memset(&start, 0, sizeof(start));
		add_state(&now, &start);
		if (sound->other[0] != NULL)
		{
			start.reading = 1;
			add_state(&now, &start);
		}
	}
	while (now.n > 0)
	{
		const DmSound *after = NULL;
		int			used = (int) strlen(sound->letters);

		s += used;
		left -= used;
		if (left > 0)
			after = find_sound(s, left);
		next.n = 0;
		for (i = 0; i < now.n; i++)
		{
			const DmState *state = &now.state[i];
			const char *const *code = state->reading == 0 ? sound->code : sound->other;
			int			reading;
			int			readings = after == NULL || after->other[0] == NULL ? 1 : 2;

			for (reading = 0; reading < readings; reading++)
			{
				DmState		to = *state;
				int			column = first ? 0 :
				after != NULL && is_vowel(after, reading) ? 1 : 2;

				append_code(&to, code[column]);
				to.reading = (unsigned char) reading;
				if (after == NULL || to.n == CLT_DM_LENGTH)
					n = add_code(codes, n, &to);
				else
					add_state(&next, &to);
			}
		}
		now = next;
		sound = after;
		first = false;
	}
	return n;
}
