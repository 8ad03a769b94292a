/*
 * fold_alphabets.c
 *	  In which alphabet and language a word is written.
 *
 * Some letters look alike in two alphabets.  The functions named so answer with
 * the twin, or 0 when the letter has none and so betrays its alphabet.
 */
#include "text/fold_parts.h"

uint32_t
clt_fold_latin_to_cyrillic(uint32_t c)
{
	switch (c)
	{
		case 'A':
		case 'a':
			return 0x430;
		case 'B':
			return 0x432;
		case 'C':
		case 'c':
			return 0x441;
		case 'E':
		case 'e':
			return 0x435;
		case 'H':
			return 0x43D;
		case 'I':
		case 'i':
			return 0x456;
		case 'J':
		case 'j':
			return 0x458;
		case 'K':
		case 'k':
			return 0x43A;
		case 'M':
		case 'm':
			return 0x43C;
		case 'O':
		case 'o':
			return 0x43E;
		case 'P':
		case 'p':
			return 0x440;
		case 'S':
		case 's':
			return 0x455;
		case 'T':
		case 't':
			return 0x442;
		case 'X':
		case 'x':
			return 0x445;
		case 'Y':
		case 'y':
			return 0x443;
		default:
			return 0;
	}
}

uint32_t
clt_fold_cyrillic_to_latin(uint32_t c)
{
	switch (c)
	{
		case 0x410:
		case 0x430:
			return 'a';
		case 0x412:
			return 'b';
		case 0x421:
		case 0x441:
			return 'c';
		case 0x415:
		case 0x435:
			return 'e';
		case 0x41D:
			return 'h';
		case 0x406:
		case 0x456:
			return 'i';
		case 0x408:
		case 0x458:
			return 'j';
		case 0x41A:
		case 0x43A:
			return 'k';
		case 0x41C:
		case 0x43C:
			return 'm';
		case 0x41E:
		case 0x43E:
			return 'o';
		case 0x420:
		case 0x440:
			return 'p';
		case 0x405:
		case 0x455:
			return 's';
		case 0x422:
		case 0x442:
			return 't';
		case 0x425:
		case 0x445:
			return 'x';
		case 0x423:
		case 0x443:
			return 'y';
		default:
			return 0;
	}
}

uint32_t
clt_fold_latin_to_greek(uint32_t c)
{
	switch (c)
	{
		case 'A':
		case 'a':
			return 0x3B1;
		case 'B':
			return 0x3B2;
		case 'E':
			return 0x3B5;
		case 'Z':
			return 0x3B6;
		case 'H':
			return 0x3B7;
		case 'I':
		case 'i':
			return 0x3B9;
		case 'K':
		case 'k':
			return 0x3BA;
		case 'M':
			return 0x3BC;
		case 'N':
		case 'v':
			return 0x3BD;
		case 'O':
		case 'o':
			return 0x3BF;
		case 'P':
		case 'p':
			return 0x3C1;
		case 'T':
		case 't':
			return 0x3C4;
		case 'Y':
		case 'u':
			return 0x3C5;
		case 'X':
		case 'x':
			return 0x3C7;
		default:
			return 0;
	}
}

uint32_t
clt_fold_greek_to_latin(uint32_t c)
{
	switch (c)
	{
		case 0x391:
		case 0x3B1:
			return 'a';
		case 0x392:
			return 'b';
		case 0x395:
			return 'e';
		case 0x396:
			return 'z';
		case 0x397:
			return 'h';
		case 0x399:
		case 0x3B9:
			return 'i';
		case 0x39A:
		case 0x3BA:
			return 'k';
		case 0x39C:
			return 'm';
		case 0x39D:
			return 'n';
		case 0x3BD:
			return 'v';
		case 0x39F:
		case 0x3BF:
			return 'o';
		case 0x3A1:
		case 0x3C1:
			return 'p';
		case 0x3A4:
		case 0x3C4:
			return 't';
		case 0x3A5:
			return 'y';
		case 0x3C5:
			return 'u';
		case 0x3A7:
		case 0x3C7:
			return 'x';
		default:
			return 0;
	}
}

/*
 * Decides in which alphabet a word of two alphabets is to be read.  a and b
 * count its letters, a_sure and b_sure those without a twin in the other.
 * Where only one alphabet has such letters it is the word's; otherwise the
 * majority decides, and where both have them, only a clear one: "Petrовић" is
 * a word of two halves, in which nothing is out of place.
 */
int
clt_fold_majority(int a, int a_sure, int b, int b_sure)
{
	if (a_sure == 0 && b_sure > 0)
		return 1;
	if (b_sure == 0 && a_sure > 0)
		return -1;
	if (a_sure == 0)
		return b > a ? 1 : -1;
	if (b > 2 * a)
		return 1;
	if (a > 2 * b)
		return -1;
	return 0;
}

/* Notes the letters by which the languages of Cyrillic differ. */
void
clt_fold_note_language(const unsigned char *p, const unsigned char *end, FoldWord *word)
{
	while (p < end)
	{
		int			len;

		switch (clt_utf8_decode(p, end, &len))
		{
			case 0x402:
			case 0x452:
			case 0x408:
			case 0x458:
			case 0x409:
			case 0x459:
			case 0x40A:
			case 0x45A:
			case 0x40B:
			case 0x45B:
			case 0x40F:
			case 0x45F:
				word->serbian = true;
				break;
			case 0x403:
			case 0x453:
			case 0x40C:
			case 0x45C:
			case 0x405:
			case 0x455:
				word->macedonian = true;
				break;
			case 0x404:
			case 0x454:
			case 0x406:
			case 0x456:
			case 0x407:
			case 0x457:
			case 0x490:
			case 0x491:
				word->ukrainian = true;
				break;
			default:
				break;
		}
		p += len;
	}
	if (word->macedonian)
		word->serbian = false;
}
