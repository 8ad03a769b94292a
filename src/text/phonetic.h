/*
 * phonetic.h
 *	  Codes that are equal for names which sound alike.
 *
 * Pure kernels.  Letters of all alphabets that fold() knows are read; what is
 * no letter is passed over.  So is what stands behind the first
 * CLT_PHONETIC_LETTERS letters.
 */
#ifndef CLT_TEXT_PHONETIC_H
#define CLT_TEXT_PHONETIC_H

#include <stddef.h>

#define CLT_PHONETIC_LETTERS	256

#define CLT_DM_LENGTH			6
#define CLT_DM_MAX				512
#define CLT_METAPHONE_LENGTH	4

/*
 * Daitch-Mokotoff soundex: writes the codes (each of CLT_DM_LENGTH digits and a
 * zero), in byte order; returns their number, 0 when there is no letter.
 */
extern int	clt_daitch_mokotoff(const char *src, size_t len,
								char codes[CLT_DM_MAX][CLT_DM_LENGTH + 1]);

/*
 * Double Metaphone (Lawrence Philips): writes the first code and the second,
 * which may be equal, each with a zero.  Both are empty when there is no
 * letter.
 */
extern void clt_double_metaphone(const char *src, size_t len,
								 char primary[CLT_METAPHONE_LENGTH + 1],
								 char secondary[CLT_METAPHONE_LENGTH + 1]);

/*
 * Reads the letters of src as capital A-Z for these functions.  special, a list
 * of code points that ends with 0, names letters to be written as the byte in
 * special_as at the same place.  Returns their number.
 */
extern int	clt_phonetic_letters(const char *src, size_t len,
								 const unsigned int *special, const char *special_as,
								 char letters[CLT_PHONETIC_LETTERS]);

#endif							/* CLT_TEXT_PHONETIC_H */
