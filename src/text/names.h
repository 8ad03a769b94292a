/*
 * names.h
 *	  Short and pet forms of given names.
 *
 * Pure kernels.  They take a folded name (see fold.h) and answer with folded
 * names out of a table that lives as long as the program.
 */
#ifndef CLT_TEXT_NAMES_H
#define CLT_TEXT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nobody has more variants than this. */
#define CLT_NAME_VARIANTS_MAX	128

/*
 * Lists the names that may stand for the given one, itself among them, in byte
 * order.  Returns their number, 0 for a name that is not in the table.
 */
extern int	clt_name_variants(const char *name, size_t len,
							  const char *variants[CLT_NAME_VARIANTS_MAX]);

/* May the one name stand for the other?  Also true of equal names. */
extern bool clt_names_related(const char *a, size_t alen, const char *b, size_t blen);

/*
 * A bit for each set of related names that a name is in: different names whose marks
 * have none in common are not related.
 */
extern uint64_t clt_name_marks(const char *name, size_t len);

#endif							/* CLT_TEXT_NAMES_H */
