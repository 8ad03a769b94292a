/*-------------------------------------------------------------------------
 *
 * score_type.c
 *	  Type rfm_score: the three classes of a customer, as in 543.
 *
 * The text form has one digit a class, or, if one of them is 10, numbers with
 * dashes: 10-4-3.  Both are read.  Scores sort by recency, then frequency,
 * then monetary value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "rfm/rfm.h"

static bool
class_is_sound(int class)
{
	return class >= 1 && class <= CLT_RFM_MAX_BINS;
}

static bool
parse_score(const char *s, RfmScore *score)
{
	int			class[CLT_RFM_DIMENSIONS];
	bool		dashed = strchr(s, '-') != NULL;

	for (int i = 0; i < CLT_RFM_DIMENSIONS; i++)
	{
		if (*s < '1' || *s > '9')
			return false;
		class[i] = *s++ - '0';
		if (!dashed)
			continue;
		if (class[i] == 1 && *s == '0')
		{
			class[i] = 10;
			s++;
		}
		if (i < CLT_RFM_DIMENSIONS - 1 && *s++ != '-')
			return false;
	}
	*score = CLT_RFM_SCORE(class[CLT_R], class[CLT_F], class[CLT_M]);
	return *s == '\0';
}

/* Writes a score into buf[CLT_RFM_SCORE_BUFSIZE]; returns the length. */
int
clt_rfm_score_print(char *buf, RfmScore score)
{
	int			r = CLT_RFM_SCORE_R(score);
	int			f = CLT_RFM_SCORE_F(score);
	int			m = CLT_RFM_SCORE_M(score);

	if (r > 9 || f > 9 || m > 9)
		return snprintf(buf, CLT_RFM_SCORE_BUFSIZE, "%d-%d-%d", r, f, m);
	buf[0] = (char) ('0' + r);
	buf[1] = (char) ('0' + f);
	buf[2] = (char) ('0' + m);
	buf[3] = '\0';
	return 3;
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_in);
Datum
clt_rfm_score_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	RfmScore	score;

	if (!parse_score(str, &score))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_score", str),
				 errdetail("A score is three digits from 1 to 9, or three numbers from 1 to 10 with dashes between them.")));
	PG_RETURN_RFM_SCORE(score);
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_out);
Datum
clt_rfm_score_out(PG_FUNCTION_ARGS)
{
	char	   *buf = palloc(CLT_RFM_SCORE_BUFSIZE);

	clt_rfm_score_print(buf, PG_GETARG_RFM_SCORE(0));
	PG_RETURN_CSTRING(buf);
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_recv);
Datum
clt_rfm_score_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	RfmScore	score;

	clt_wire_expect_version(buf, CLT_RFM_VERSION, "rfm_score");
	score = (RfmScore) pq_getmsgint(buf, 4);
	if ((score >> 24) != 0 || !class_is_sound(CLT_RFM_SCORE_R(score)) ||
		!class_is_sound(CLT_RFM_SCORE_F(score)) || !class_is_sound(CLT_RFM_SCORE_M(score)))
		clt_wire_error("rfm_score", "A class is not between 1 and 10.");
	PG_RETURN_RFM_SCORE(score);
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_send);
Datum
clt_rfm_score_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_RFM_VERSION);
	pq_sendint32(&buf, PG_GETARG_RFM_SCORE(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_make);
Datum
clt_rfm_score_make(PG_FUNCTION_ARGS)
{
	int32		r = PG_GETARG_INT32(0);
	int32		f = PG_GETARG_INT32(1);
	int32		m = PG_GETARG_INT32(2);

	if (!class_is_sound(r) || !class_is_sound(f) || !class_is_sound(m))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("each class of an rfm_score must be between 1 and %d", CLT_RFM_MAX_BINS)));
	PG_RETURN_RFM_SCORE(CLT_RFM_SCORE(r, f, m));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_r);
Datum
clt_rfm_score_r(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CLT_RFM_SCORE_R(PG_GETARG_RFM_SCORE(0)));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_f);
Datum
clt_rfm_score_f(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CLT_RFM_SCORE_F(PG_GETARG_RFM_SCORE(0)));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_m);
Datum
clt_rfm_score_m(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(CLT_RFM_SCORE_M(PG_GETARG_RFM_SCORE(0)));
}

#define SCORE_OPERATOR(name, op) \
CLT_FUNCTION_INFO_V1(clt_rfm_score_##name); \
Datum \
clt_rfm_score_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(PG_GETARG_RFM_SCORE(0) op PG_GETARG_RFM_SCORE(1)); \
} \
extern int	clt_rfm_score_no_semicolon

SCORE_OPERATOR(lt, <);
SCORE_OPERATOR(le, <=);
SCORE_OPERATOR(eq, ==);
SCORE_OPERATOR(ne, !=);
SCORE_OPERATOR(ge, >=);
SCORE_OPERATOR(gt, >);

CLT_FUNCTION_INFO_V1(clt_rfm_score_cmp);
Datum
clt_rfm_score_cmp(PG_FUNCTION_ARGS)
{
	RfmScore	a = PG_GETARG_RFM_SCORE(0);
	RfmScore	b = PG_GETARG_RFM_SCORE(1);

	PG_RETURN_INT32((a > b) - (a < b));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_hash);
Datum
clt_rfm_score_hash(PG_FUNCTION_ARGS)
{
	return hash_uint32(PG_GETARG_RFM_SCORE(0));
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_hash_extended);
Datum
clt_rfm_score_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_uint32_extended(PG_GETARG_RFM_SCORE(0), PG_GETARG_INT64(1));
}
