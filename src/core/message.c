/*
 * message.c
 *		What error messages quote of long input.
 */
#include "postgres.h"

#include "core/clientele.h"
#include "mb/pg_wchar.h"

#define MOST_QUOTED		60		/* bytes */

/* The beginning of a text, cut between characters: half of one could not be sent to a client. */
const char *
clt_beginning(const char *text)
{
	int			len = strlen(text);

	return len <= MOST_QUOTED ? text : psprintf("%.*s...", pg_mbcliplen(text, len, MOST_QUOTED), text);
}
