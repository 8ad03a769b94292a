/*-------------------------------------------------------------------------
 *
 * clv_model.c
 *	  The SQL types of the lifetime-value models: input, output, reading.
 *
 * The text form is a JSON object, exact to the last bit:
 * {"r": 0.2425, "alpha": 4.4136, ..., "se": [...], "log_likelihood": ...,
 *  "customers": 2357, "evaluations": 24, "status": "converged"}.  Only the
 * parameters are required on input.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "clv/clv_model.h"
#include "clv/clv_sample.h"
#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* 2^53: beyond it a JSON number is not exact */
#define MAX_CUSTOMERS INT64CONST(9007199254740992)

typedef struct KindInfo
{
	const char *name;
	int			parameters;
	const char *parameter[CLV_MAX_PARAMETERS];
} KindInfo;

static const KindInfo kinds[] = {
	[CLV_BG_NBD] = {"bg_nbd", 4, {"r", "alpha", "a", "b"}},
	[CLV_MBG_NBD] = {"mbg_nbd", 4, {"r", "alpha", "a", "b"}},
	[CLV_PARETO_NBD] = {"pareto_nbd", 4, {"r", "alpha", "s", "beta"}},
	[CLV_GAMMA_GAMMA] = {"gamma_gamma", 3, {"p", "q", "v"}},
};

static const char *const statuses[] = {
	[CLV_GIVEN] = "given",
	[CLV_CONVERGED] = "converged",
	[CLV_BOUNDARY] = "boundary",
	[CLV_NOT_CONVERGED] = "not_converged",
	[CLV_INFINITE_MEAN] = "infinite_mean",
};

int
clt_clv_parameter_count(ClvKind kind)
{
	return kinds[kind].parameters;
}

static ClvModel *
empty_model(ClvKind kind)
{
	ClvModel   *m = palloc0(sizeof(ClvModel));

	SET_VARSIZE(m, sizeof(ClvModel));
	m->version = CLV_MODEL_VERSION;
	m->kind = kind;
	m->status = CLV_GIVEN;
	m->log_likelihood = NAN;
	for (int i = 0; i < kinds[kind].parameters; i++)
		m->error[i] = NAN;
	return m;
}

/* The rule that m breaks, or NULL: the one place where a model is validated. */
static const char *
broken_rule(const ClvModel *m)
{
	for (int i = 0; i < kinds[m->kind].parameters; i++)
	{
		if (!isfinite(m->parameter[i]) || m->parameter[i] <= 0)
			return psprintf("Parameter \"%s\" must be finite and greater than zero.", kinds[m->kind].parameter[i]);
		if (isinf(m->error[i]) || m->error[i] < 0)
			return "A standard error must not be negative or infinite.";
	}
	if (isinf(m->log_likelihood))
		return "The log-likelihood must be finite.";
	if (m->customers < 0 || m->customers > MAX_CUSTOMERS || m->evaluations < 0)
		return "Counts must not be negative, nor customers above 2^53.";
	if (m->status >= lengthof(statuses))
		return "The status is not known.";
	/* what the text form of a given model leaves out is not there */
	if (m->status == CLV_GIVEN && (m->customers != 0 || m->evaluations != 0 || !isnan(m->log_likelihood)))
		return "A model that was not fitted has no customers, evaluations or log-likelihood.";
	for (int i = 0; m->status == CLV_GIVEN && i < kinds[m->kind].parameters; i++)
		if (!isnan(m->error[i]))
			return "A model that was not fitted has no standard errors.";
	return NULL;
}

ClvModel *
clt_clv_make(ClvKind kind, const double *parameter)
{
	ClvModel   *m = empty_model(kind);
	const char *rule;

	memcpy(m->parameter, parameter, kinds[kind].parameters * sizeof(double));
	rule = broken_rule(m);
	if (rule)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid parameters of model %s", kinds[kind].name),
				 errdetail("%s", rule)));
	return m;
}

/*
 * A reader of flat JSON objects: strings without escapes, numbers, null, and
 * arrays of numbers.
 */
typedef struct Scanner
{
	const char *at;
} Scanner;

static bool
eat(Scanner *s, char c)
{
	s->at += strspn(s->at, " \t\r\n");
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

/* A quoted word of at most size - 1 characters. */
static bool
eat_word(Scanner *s, char *word, size_t size)
{
	size_t		length;

	if (!eat(s, '"'))
		return false;
	length = strcspn(s->at, "\"\\");
	if (length >= size || s->at[length] != '"')
		return false;
	memcpy(word, s->at, length);
	word[length] = '\0';
	s->at += length + 1;
	return true;
}

/* A JSON number; null is NaN. */
static bool
eat_number(Scanner *s, double *value)
{
	char	   *end;

	s->at += strspn(s->at, " \t\r\n");
	if (strncmp(s->at, "null", 4) == 0)
	{
		s->at += 4;
		*value = NAN;
		return true;
	}
	/* strtod() knows more than JSON does */
	if (strchr("-0123456789", *s->at) == NULL || *s->at == '\0' ||
		s->at[strspn(s->at, "-0")] == 'x' || s->at[strspn(s->at, "-0")] == 'X')
		return false;
	*value = strtod(s->at, &end);
	if (end == s->at)
		return false;
	s->at = end;
	return true;
}

static bool
eat_count(Scanner *s, double high, int64 *value)
{
	double		number;

	if (!eat_number(s, &number) || !(number >= 0 && number <= high) || number != floor(number))
		return false;
	*value = (int64) number;
	return true;
}

static bool
eat_field(Scanner *s, const char *key, ClvModel *m, int *found)
{
	const KindInfo *kind = &kinds[m->kind];
	int64		count;

	for (int i = 0; i < kind->parameters; i++)
		if (strcmp(key, kind->parameter[i]) == 0)
		{
			*found |= 1 << i;
			return eat_number(s, &m->parameter[i]);
		}
	if (strcmp(key, "log_likelihood") == 0)
		return eat_number(s, &m->log_likelihood);
	if (strcmp(key, "customers") == 0)
		return eat_count(s, MAX_CUSTOMERS, &m->customers);
	if (strcmp(key, "evaluations") == 0)
	{
		if (!eat_count(s, PG_INT32_MAX, &count))
			return false;
		m->evaluations = (int32) count;
		return true;
	}
	if (strcmp(key, "se") == 0)
	{
		for (int i = 0; i < kind->parameters; i++)
			if (!eat(s, i == 0 ? '[' : ',') || !eat_number(s, &m->error[i]))
				return false;
		return eat(s, ']');
	}
	if (strcmp(key, "status") == 0)
	{
		char		word[16];

		if (!eat_word(s, word, sizeof(word)))
			return false;
		for (size_t i = 0; i < lengthof(statuses); i++)
			if (strcmp(word, statuses[i]) == 0)
			{
				m->status = i;
				return true;
			}
	}
	return false;
}

static bool
eat_model(Scanner *s, ClvModel *m)
{
	int			found = 0;
	char		key[16];

	if (!eat(s, '{'))
		return false;
	do
	{
		if (!eat_word(s, key, sizeof(key)) || !eat(s, ':') || !eat_field(s, key, m, &found))
			return false;
	} while (eat(s, ','));
	if (!eat(s, '}'))
		return false;
	s->at += strspn(s->at, " \t\r\n");
	return *s->at == '\0' && found == (1 << kinds[m->kind].parameters) - 1;
}

static Datum
model_in(FunctionCallInfo fcinfo, ClvKind kind)
{
	char	   *string = PG_GETARG_CSTRING(0);
	ClvModel   *m = empty_model(kind);
	Scanner		s = {string};
	const char *rule;

	if (!eat_model(&s, m))
		rule = psprintf("Expected a JSON object with %s%s%s%s%s%s%s, and at most \"se\", \"log_likelihood\", \"customers\", \"evaluations\", \"status\".",
						kinds[kind].parameter[0], ", ", kinds[kind].parameter[1], ", ", kinds[kind].parameter[2],
						kinds[kind].parameters > 3 ? ", " : "", kinds[kind].parameters > 3 ? kinds[kind].parameter[3] : "");
	else
		rule = broken_rule(m);
	if (rule)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", kinds[kind].name, string),
				 errdetail("%s", rule)));
	PG_RETURN_POINTER(m);
}

static void
append_or_null(StringInfo out, double value)
{
	if (isnan(value))
		appendStringInfoString(out, "null");
	else
		clt_clv_append_number(out, value);
}

/* clt_clv_model_out prints a model of any kind. */
CLT_FUNCTION_INFO_V1(clt_clv_model_out);
Datum
clt_clv_model_out(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	const KindInfo *kind = &kinds[m->kind];
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < kind->parameters; i++)
	{
		appendStringInfo(&out, "%s\"%s\": ", i == 0 ? "{" : ", ", kind->parameter[i]);
		append_or_null(&out, m->parameter[i]);
	}
	if (m->status != CLV_GIVEN)
	{
		for (int i = 0; i < kind->parameters; i++)
		{
			appendStringInfoString(&out, i == 0 ? ", \"se\": [" : ", ");
			append_or_null(&out, m->error[i]);
		}
		appendStringInfoString(&out, "], \"log_likelihood\": ");
		append_or_null(&out, m->log_likelihood);
		appendStringInfo(&out, ", \"customers\": " INT64_FORMAT ", \"evaluations\": %d, \"status\": \"%s\"",
						 m->customers, m->evaluations, statuses[m->status]);
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* A number that may be missing: of the many NaNs there are, one. */
static double
receive_optional(StringInfo buf)
{
	double		value = pq_getmsgfloat8(buf);

	return isnan(value) ? NAN : value;
}

static Datum
model_recv(FunctionCallInfo fcinfo, ClvKind kind)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	const char *name = kinds[kind].name;
	ClvModel   *m = empty_model(kind);
	const char *rule;

	clt_wire_expect_version(buf, CLV_MODEL_VERSION, name);
	m->status = (uint8) pq_getmsgbyte(buf);
	m->evaluations = (int32) pq_getmsgint(buf, 4);
	m->customers = pq_getmsgint64(buf);
	m->log_likelihood = receive_optional(buf);
	for (int i = 0; i < kinds[kind].parameters; i++)
		m->parameter[i] = pq_getmsgfloat8(buf);
	for (int i = 0; i < kinds[kind].parameters; i++)
		m->error[i] = receive_optional(buf);
	rule = broken_rule(m);
	if (rule)
		clt_wire_error(name, rule);
	PG_RETURN_POINTER(m);
}

/* clt_clv_model_send writes a model of any kind. */
CLT_FUNCTION_INFO_V1(clt_clv_model_send);
Datum
clt_clv_model_send(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLV_MODEL_VERSION);
	pq_sendbyte(&buf, m->status);
	pq_sendint32(&buf, m->evaluations);
	pq_sendint64(&buf, m->customers);
	pq_sendfloat8(&buf, m->log_likelihood);
	for (int i = 0; i < kinds[m->kind].parameters; i++)
		pq_sendfloat8(&buf, m->parameter[i]);
	for (int i = 0; i < kinds[m->kind].parameters; i++)
		pq_sendfloat8(&buf, m->error[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static Datum
model_make(FunctionCallInfo fcinfo, ClvKind kind)
{
	double		parameter[CLV_MAX_PARAMETERS];

	for (int i = 0; i < kinds[kind].parameters; i++)
		parameter[i] = PG_GETARG_FLOAT8(i);
	PG_RETURN_POINTER(clt_clv_make(kind, parameter));
}

/* Input, receive and constructor of each type: a type's functions cannot know which type they serve. */
#define MODEL_FUNCTIONS(prefix, kind) \
CLT_FUNCTION_INFO_V1(prefix##_in); \
Datum prefix##_in(PG_FUNCTION_ARGS) { return model_in(fcinfo, kind); } \
CLT_FUNCTION_INFO_V1(prefix##_recv); \
Datum prefix##_recv(PG_FUNCTION_ARGS) { return model_recv(fcinfo, kind); } \
CLT_FUNCTION_INFO_V1(prefix##_make); \
Datum prefix##_make(PG_FUNCTION_ARGS) { return model_make(fcinfo, kind); }

MODEL_FUNCTIONS(clt_bg_nbd, CLV_BG_NBD)
MODEL_FUNCTIONS(clt_mbg_nbd, CLV_MBG_NBD)
MODEL_FUNCTIONS(clt_pareto_nbd, CLV_PARETO_NBD)
MODEL_FUNCTIONS(clt_gamma_gamma, CLV_GAMMA_GAMMA)

static ArrayType *
float_array(const double *value, int n)
{
	Datum		datum[CLV_MAX_PARAMETERS];
	bool		isnull[CLV_MAX_PARAMETERS];
	int			dims[1] = {n},
				lower[1] = {1};

	for (int i = 0; i < n; i++)
	{
		datum[i] = Float8GetDatum(value[i]);
		isnull[i] = isnan(value[i]);
	}
	return construct_md_array(datum, isnull, 1, dims, lower, FLOAT8OID, sizeof(float8),
							  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/* clt_clv_parameters returns the parameters in the order of the constructor. */
CLT_FUNCTION_INFO_V1(clt_clv_parameters);
Datum
clt_clv_parameters(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);

	PG_RETURN_ARRAYTYPE_P(float_array(m->parameter, kinds[m->kind].parameters));
}

/* clt_clv_standard_errors returns those of the parameters; NULL elements where there are none. */
CLT_FUNCTION_INFO_V1(clt_clv_standard_errors);
Datum
clt_clv_standard_errors(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);

	PG_RETURN_ARRAYTYPE_P(float_array(m->error, kinds[m->kind].parameters));
}

/* clt_clv_log_likelihood returns the log-likelihood on the scale of the data; NULL for a model that was not fitted. */
CLT_FUNCTION_INFO_V1(clt_clv_log_likelihood);
Datum
clt_clv_log_likelihood(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);

	if (isnan(m->log_likelihood))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(m->log_likelihood);
}

/* clt_clv_converged tells whether the fit found a proper optimum; NULL for a model that was not fitted. */
CLT_FUNCTION_INFO_V1(clt_clv_converged);
Datum
clt_clv_converged(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);

	if (m->status == CLV_GIVEN)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(m->status == CLV_CONVERGED);
}

/* clt_clv_fit_status says how the fit ended. */
CLT_FUNCTION_INFO_V1(clt_clv_fit_status);
Datum
clt_clv_fit_status(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(statuses[PG_GETARG_CLV_MODEL_P(0)->status]));
}

/* clt_clv_customers returns how many customers the model was fitted to. */
CLT_FUNCTION_INFO_V1(clt_clv_customers);
Datum
clt_clv_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CLV_MODEL_P(0)->customers);
}
