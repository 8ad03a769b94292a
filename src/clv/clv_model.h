/*-------------------------------------------------------------------------
 *
 * clv_model.h
 *	  The SQL types bg_nbd, mbg_nbd, pareto_nbd and gamma_gamma: one layout,
 *	  told apart by "kind".
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_CLV_MODEL_H
#define CLT_CLV_MODEL_H

#define CLV_MODEL_VERSION 1
#define CLV_MAX_PARAMETERS 4

typedef enum ClvKind
{
	CLV_BG_NBD = 1,
	CLV_MBG_NBD = 2,
	CLV_PARETO_NBD = 3,
	CLV_GAMMA_GAMMA = 4
} ClvKind;

typedef enum ClvStatus
{
	CLV_GIVEN = 0,				/* built from parameters, not fitted */
	CLV_CONVERGED,
	CLV_BOUNDARY,				/* a parameter ran off, or the optimum is not
								 * a point */
	CLV_NOT_CONVERGED,
	CLV_INFINITE_MEAN			/* Gamma-Gamma with q <= 1: the population has
								 * no mean */
} ClvStatus;

typedef struct ClvModel
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		kind;			/* ClvKind */
	uint8		status;			/* ClvStatus */
	uint8		reserved;		/* zero */
	int32		evaluations;	/* of the likelihood; 0 if not fitted */
	int32		reserved2;		/* zero */
	int64		customers;		/* fitted to; 0 if not fitted */
	double		log_likelihood; /* natural scale of the data; NaN if not
								 * fitted */
	double		parameter[CLV_MAX_PARAMETERS];	/* > 0; unused ones zero */
	double		error[CLV_MAX_PARAMETERS];	/* standard errors; NaN where
											 * there is none */
} ClvModel;

#define PG_GETARG_CLV_MODEL_P(n) ((ClvModel *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

extern int	clt_clv_parameter_count(ClvKind kind);

/* A model with these parameters and nothing else known; raises if one is not finite and > 0. */
extern ClvModel *clt_clv_make(ClvKind kind, const double *parameter);

/* Raise ERRCODE_INVALID_PARAMETER_VALUE unless this is a history, or a value, that a customer can have. */
extern void clt_clv_check_history(double x, double t_x, double T);
extern void clt_clv_check_value(double x, double mean);

#endif							/* CLT_CLV_MODEL_H */
