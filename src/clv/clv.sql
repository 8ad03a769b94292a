--
-- clv: lifetime value.  Models are values: fitted by an aggregate, or built from
-- their parameters, stored in a column, read by functions.
--

CREATE TYPE @extschema@.bg_nbd;
CREATE FUNCTION @extschema@.bg_nbd_in(cstring) RETURNS @extschema@.bg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_bg_nbd_in';
COMMENT ON FUNCTION @extschema@.bg_nbd_in(cstring) IS
'Reads a bg_nbd from text.';

CREATE FUNCTION @extschema@.bg_nbd_out(@extschema@.bg_nbd) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_out';
COMMENT ON FUNCTION @extschema@.bg_nbd_out(@extschema@.bg_nbd) IS
'Prints a bg_nbd as text, exactly.';

CREATE FUNCTION @extschema@.bg_nbd_recv(internal) RETURNS @extschema@.bg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_bg_nbd_recv';
COMMENT ON FUNCTION @extschema@.bg_nbd_recv(internal) IS
'Reads a bg_nbd from its binary form.';

CREATE FUNCTION @extschema@.bg_nbd_send(@extschema@.bg_nbd) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_send';
COMMENT ON FUNCTION @extschema@.bg_nbd_send(@extschema@.bg_nbd) IS
'Writes the binary form of a bg_nbd.';

CREATE TYPE @extschema@.bg_nbd (
    INPUT = @extschema@.bg_nbd_in, OUTPUT = @extschema@.bg_nbd_out, RECEIVE = @extschema@.bg_nbd_recv, SEND = @extschema@.bg_nbd_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE @extschema@.bg_nbd IS
'BG/NBD (Fader, Hardie & Lee 2005): r, alpha, a, b > 0; as text a JSON object.';

CREATE FUNCTION @extschema@.bg_nbd(r float8, alpha float8, a float8, b float8) RETURNS @extschema@.bg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_bg_nbd_make';
COMMENT ON FUNCTION @extschema@.bg_nbd(r float8, alpha float8, a float8, b float8) IS
'A BG/NBD (Fader, Hardie & Lee 2005) model of these parameters, each finite and greater than zero.';

CREATE TYPE @extschema@.mbg_nbd;
CREATE FUNCTION @extschema@.mbg_nbd_in(cstring) RETURNS @extschema@.mbg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_mbg_nbd_in';
COMMENT ON FUNCTION @extschema@.mbg_nbd_in(cstring) IS
'Reads a mbg_nbd from text.';

CREATE FUNCTION @extschema@.mbg_nbd_out(@extschema@.mbg_nbd) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_out';
COMMENT ON FUNCTION @extschema@.mbg_nbd_out(@extschema@.mbg_nbd) IS
'Prints a mbg_nbd as text, exactly.';

CREATE FUNCTION @extschema@.mbg_nbd_recv(internal) RETURNS @extschema@.mbg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_mbg_nbd_recv';
COMMENT ON FUNCTION @extschema@.mbg_nbd_recv(internal) IS
'Reads a mbg_nbd from its binary form.';

CREATE FUNCTION @extschema@.mbg_nbd_send(@extschema@.mbg_nbd) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_send';
COMMENT ON FUNCTION @extschema@.mbg_nbd_send(@extschema@.mbg_nbd) IS
'Writes the binary form of a mbg_nbd.';

CREATE TYPE @extschema@.mbg_nbd (
    INPUT = @extschema@.mbg_nbd_in, OUTPUT = @extschema@.mbg_nbd_out, RECEIVE = @extschema@.mbg_nbd_recv, SEND = @extschema@.mbg_nbd_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE @extschema@.mbg_nbd IS
'MBG/NBD (Batislam et al. 2007): r, alpha, a, b > 0; as text a JSON object.';

CREATE FUNCTION @extschema@.mbg_nbd(r float8, alpha float8, a float8, b float8) RETURNS @extschema@.mbg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_mbg_nbd_make';
COMMENT ON FUNCTION @extschema@.mbg_nbd(r float8, alpha float8, a float8, b float8) IS
'A MBG/NBD (Batislam et al. 2007) model of these parameters, each finite and greater than zero.';

CREATE TYPE @extschema@.pareto_nbd;
CREATE FUNCTION @extschema@.pareto_nbd_in(cstring) RETURNS @extschema@.pareto_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_pareto_nbd_in';
COMMENT ON FUNCTION @extschema@.pareto_nbd_in(cstring) IS
'Reads a pareto_nbd from text.';

CREATE FUNCTION @extschema@.pareto_nbd_out(@extschema@.pareto_nbd) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_out';
COMMENT ON FUNCTION @extschema@.pareto_nbd_out(@extschema@.pareto_nbd) IS
'Prints a pareto_nbd as text, exactly.';

CREATE FUNCTION @extschema@.pareto_nbd_recv(internal) RETURNS @extschema@.pareto_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_pareto_nbd_recv';
COMMENT ON FUNCTION @extschema@.pareto_nbd_recv(internal) IS
'Reads a pareto_nbd from its binary form.';

CREATE FUNCTION @extschema@.pareto_nbd_send(@extschema@.pareto_nbd) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_send';
COMMENT ON FUNCTION @extschema@.pareto_nbd_send(@extschema@.pareto_nbd) IS
'Writes the binary form of a pareto_nbd.';

CREATE TYPE @extschema@.pareto_nbd (
    INPUT = @extschema@.pareto_nbd_in, OUTPUT = @extschema@.pareto_nbd_out, RECEIVE = @extschema@.pareto_nbd_recv, SEND = @extschema@.pareto_nbd_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE @extschema@.pareto_nbd IS
'Pareto/NBD (Schmittlein et al. 1987): r, alpha, s, beta > 0; as text a JSON object.';

CREATE FUNCTION @extschema@.pareto_nbd(r float8, alpha float8, s float8, beta float8) RETURNS @extschema@.pareto_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_pareto_nbd_make';
COMMENT ON FUNCTION @extschema@.pareto_nbd(r float8, alpha float8, s float8, beta float8) IS
'A Pareto/NBD (Schmittlein et al. 1987) model of these parameters, each finite and greater than zero.';

CREATE TYPE @extschema@.gamma_gamma;
CREATE FUNCTION @extschema@.gamma_gamma_in(cstring) RETURNS @extschema@.gamma_gamma
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_gamma_gamma_in';
COMMENT ON FUNCTION @extschema@.gamma_gamma_in(cstring) IS
'Reads a gamma_gamma from text.';

CREATE FUNCTION @extschema@.gamma_gamma_out(@extschema@.gamma_gamma) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_out';
COMMENT ON FUNCTION @extschema@.gamma_gamma_out(@extschema@.gamma_gamma) IS
'Prints a gamma_gamma as text, exactly.';

CREATE FUNCTION @extschema@.gamma_gamma_recv(internal) RETURNS @extschema@.gamma_gamma
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_gamma_gamma_recv';
COMMENT ON FUNCTION @extschema@.gamma_gamma_recv(internal) IS
'Reads a gamma_gamma from its binary form.';

CREATE FUNCTION @extschema@.gamma_gamma_send(@extschema@.gamma_gamma) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_model_send';
COMMENT ON FUNCTION @extschema@.gamma_gamma_send(@extschema@.gamma_gamma) IS
'Writes the binary form of a gamma_gamma.';

CREATE TYPE @extschema@.gamma_gamma (
    INPUT = @extschema@.gamma_gamma_in, OUTPUT = @extschema@.gamma_gamma_out, RECEIVE = @extschema@.gamma_gamma_recv, SEND = @extschema@.gamma_gamma_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE @extschema@.gamma_gamma IS
'Gamma-Gamma (Fader & Hardie, note 025): p, q, v > 0; as text a JSON object.';

CREATE FUNCTION @extschema@.gamma_gamma(p float8, q float8, v float8) RETURNS @extschema@.gamma_gamma
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_gamma_gamma_make';
COMMENT ON FUNCTION @extschema@.gamma_gamma(p float8, q float8, v float8) IS
'A Gamma-Gamma (Fader & Hardie, note 025) model of these parameters, each finite and greater than zero.';

CREATE TYPE @extschema@.clv_sample;
CREATE FUNCTION @extschema@.clv_sample_in(cstring) RETURNS @extschema@.clv_sample
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_sample_in';
COMMENT ON FUNCTION @extschema@.clv_sample_in(cstring) IS
'Reads a clv_sample from text.';

CREATE FUNCTION @extschema@.clv_sample_out(@extschema@.clv_sample) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_sample_out';
COMMENT ON FUNCTION @extschema@.clv_sample_out(@extschema@.clv_sample) IS
'Prints a clv_sample as text, exactly.';

CREATE FUNCTION @extschema@.clv_sample_recv(internal) RETURNS @extschema@.clv_sample
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_sample_recv';
COMMENT ON FUNCTION @extschema@.clv_sample_recv(internal) IS
'Reads a clv_sample from its binary form.';

CREATE FUNCTION @extschema@.clv_sample_send(@extschema@.clv_sample) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_sample_send';
COMMENT ON FUNCTION @extschema@.clv_sample_send(@extschema@.clv_sample) IS
'Writes the binary form of a clv_sample.';

CREATE TYPE @extschema@.clv_sample (
    INPUT = @extschema@.clv_sample_in, OUTPUT = @extschema@.clv_sample_out, RECEIVE = @extschema@.clv_sample_recv, SEND = @extschema@.clv_sample_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE @extschema@.clv_sample IS
'State of the aggregates that fit models: customers'' histories, equal ones counted once.';

CREATE TYPE @extschema@.clv_summary;
CREATE FUNCTION @extschema@.clv_summary_in(cstring) RETURNS @extschema@.clv_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_summary_in';
COMMENT ON FUNCTION @extschema@.clv_summary_in(cstring) IS
'Reads a clv_summary from text.';

CREATE FUNCTION @extschema@.clv_summary_out(@extschema@.clv_summary) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_summary_out';
COMMENT ON FUNCTION @extschema@.clv_summary_out(@extschema@.clv_summary) IS
'Prints a clv_summary as text, exactly.';

CREATE FUNCTION @extschema@.clv_summary_recv(internal) RETURNS @extschema@.clv_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_summary_recv';
COMMENT ON FUNCTION @extschema@.clv_summary_recv(internal) IS
'Reads a clv_summary from its binary form.';

CREATE FUNCTION @extschema@.clv_summary_send(@extschema@.clv_summary) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_summary_send';
COMMENT ON FUNCTION @extschema@.clv_summary_send(@extschema@.clv_summary) IS
'Writes the binary form of a clv_summary.';

CREATE TYPE @extschema@.clv_summary (
    INPUT = @extschema@.clv_summary_in, OUTPUT = @extschema@.clv_summary_out, RECEIVE = @extschema@.clv_summary_recv, SEND = @extschema@.clv_summary_send,
    INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE @extschema@.clv_summary IS
'Purchase days of one customer with the total of each, from clv_summary_agg: frequency, recency, age and mean value as of any day.';

--
-- reading a model
--

CREATE FUNCTION @extschema@.parameters(model @extschema@.bg_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_parameters';
COMMENT ON FUNCTION @extschema@.parameters(@extschema@.bg_nbd) IS
'Parameters in the order r, alpha, a, b.';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.bg_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(@extschema@.bg_nbd) IS
'Standard errors of the parameters, from the curvature of the likelihood; NULL elements where there are none.';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.bg_nbd) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(@extschema@.bg_nbd) IS
'Log-likelihood on the scale of the data; NULL for a model that was not fitted.';

CREATE FUNCTION @extschema@.converged(model @extschema@.bg_nbd) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_converged';
COMMENT ON FUNCTION @extschema@.converged(@extschema@.bg_nbd) IS
'Did the fit find a proper maximum? NULL for a model that was not fitted; see fit_status.';

CREATE FUNCTION @extschema@.fit_status(model @extschema@.bg_nbd) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_fit_status';
COMMENT ON FUNCTION @extschema@.fit_status(@extschema@.bg_nbd) IS
'given, converged, boundary (a parameter ran off: do not use), not_converged, or infinite_mean (Gamma-Gamma with q <= 1).';

CREATE FUNCTION @extschema@.customers(model @extschema@.bg_nbd) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.bg_nbd) IS
'Customers that the model was fitted to; 0 if it was not fitted.';

CREATE FUNCTION @extschema@.parameters(model @extschema@.mbg_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_parameters';
COMMENT ON FUNCTION @extschema@.parameters(@extschema@.mbg_nbd) IS
'Parameters in the order r, alpha, a, b.';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.mbg_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(@extschema@.mbg_nbd) IS
'Standard errors of the parameters, from the curvature of the likelihood; NULL elements where there are none.';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.mbg_nbd) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(@extschema@.mbg_nbd) IS
'Log-likelihood on the scale of the data; NULL for a model that was not fitted.';

CREATE FUNCTION @extschema@.converged(model @extschema@.mbg_nbd) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_converged';
COMMENT ON FUNCTION @extschema@.converged(@extschema@.mbg_nbd) IS
'Did the fit find a proper maximum? NULL for a model that was not fitted; see fit_status.';

CREATE FUNCTION @extschema@.fit_status(model @extschema@.mbg_nbd) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_fit_status';
COMMENT ON FUNCTION @extschema@.fit_status(@extschema@.mbg_nbd) IS
'given, converged, boundary (a parameter ran off: do not use), not_converged, or infinite_mean (Gamma-Gamma with q <= 1).';

CREATE FUNCTION @extschema@.customers(model @extschema@.mbg_nbd) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.mbg_nbd) IS
'Customers that the model was fitted to; 0 if it was not fitted.';

CREATE FUNCTION @extschema@.parameters(model @extschema@.pareto_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_parameters';
COMMENT ON FUNCTION @extschema@.parameters(@extschema@.pareto_nbd) IS
'Parameters in the order r, alpha, s, beta.';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.pareto_nbd) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(@extschema@.pareto_nbd) IS
'Standard errors of the parameters, from the curvature of the likelihood; NULL elements where there are none.';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.pareto_nbd) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(@extschema@.pareto_nbd) IS
'Log-likelihood on the scale of the data; NULL for a model that was not fitted.';

CREATE FUNCTION @extschema@.converged(model @extschema@.pareto_nbd) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_converged';
COMMENT ON FUNCTION @extschema@.converged(@extschema@.pareto_nbd) IS
'Did the fit find a proper maximum? NULL for a model that was not fitted; see fit_status.';

CREATE FUNCTION @extschema@.fit_status(model @extschema@.pareto_nbd) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_fit_status';
COMMENT ON FUNCTION @extschema@.fit_status(@extschema@.pareto_nbd) IS
'given, converged, boundary (a parameter ran off: do not use), not_converged, or infinite_mean (Gamma-Gamma with q <= 1).';

CREATE FUNCTION @extschema@.customers(model @extschema@.pareto_nbd) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.pareto_nbd) IS
'Customers that the model was fitted to; 0 if it was not fitted.';

CREATE FUNCTION @extschema@.parameters(model @extschema@.gamma_gamma) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_parameters';
COMMENT ON FUNCTION @extschema@.parameters(@extschema@.gamma_gamma) IS
'Parameters in the order p, q, v.';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.gamma_gamma) RETURNS float8[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(@extschema@.gamma_gamma) IS
'Standard errors of the parameters, from the curvature of the likelihood; NULL elements where there are none.';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.gamma_gamma) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(@extschema@.gamma_gamma) IS
'Log-likelihood on the scale of the data; NULL for a model that was not fitted.';

CREATE FUNCTION @extschema@.converged(model @extschema@.gamma_gamma) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_converged';
COMMENT ON FUNCTION @extschema@.converged(@extschema@.gamma_gamma) IS
'Did the fit find a proper maximum? NULL for a model that was not fitted; see fit_status.';

CREATE FUNCTION @extschema@.fit_status(model @extschema@.gamma_gamma) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_fit_status';
COMMENT ON FUNCTION @extschema@.fit_status(@extschema@.gamma_gamma) IS
'given, converged, boundary (a parameter ran off: do not use), not_converged, or infinite_mean (Gamma-Gamma with q <= 1).';

CREATE FUNCTION @extschema@.customers(model @extschema@.gamma_gamma) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_clv_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.gamma_gamma) IS
'Customers that the model was fitted to; 0 if it was not fitted.';

--
-- fitting
--

CREATE FUNCTION @extschema@.clv_purchases_trans(state @extschema@.clv_sample, frequency float8, recency float8, age float8) RETURNS @extschema@.clv_sample
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_purchases_trans';
COMMENT ON FUNCTION @extschema@.clv_purchases_trans(@extschema@.clv_sample, float8, float8, float8) IS
'Transition function of bg_nbd_agg and its relatives.';

CREATE FUNCTION @extschema@.clv_values_trans(state @extschema@.clv_sample, frequency float8, mean_value float8) RETURNS @extschema@.clv_sample
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_values_trans';
COMMENT ON FUNCTION @extschema@.clv_values_trans(@extschema@.clv_sample, float8, float8) IS
'Transition function of gamma_gamma_agg.';

CREATE FUNCTION @extschema@.clv_sample_combine(@extschema@.clv_sample, @extschema@.clv_sample) RETURNS @extschema@.clv_sample
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_sample_combine';
COMMENT ON FUNCTION @extschema@.clv_sample_combine(@extschema@.clv_sample, @extschema@.clv_sample) IS
'Combine function of the fitting aggregates.';

CREATE FUNCTION @extschema@.bg_nbd_final(@extschema@.clv_sample) RETURNS @extschema@.bg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_bg_nbd_final';
COMMENT ON FUNCTION @extschema@.bg_nbd_final(@extschema@.clv_sample) IS
'Fits a BG/NBD (Fader, Hardie & Lee 2005) model to the histories gathered.';

CREATE FUNCTION @extschema@.mbg_nbd_final(@extschema@.clv_sample) RETURNS @extschema@.mbg_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_mbg_nbd_final';
COMMENT ON FUNCTION @extschema@.mbg_nbd_final(@extschema@.clv_sample) IS
'Fits a MBG/NBD (Batislam et al. 2007) model to the histories gathered.';

CREATE FUNCTION @extschema@.pareto_nbd_final(@extschema@.clv_sample) RETURNS @extschema@.pareto_nbd
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_pareto_nbd_final';
COMMENT ON FUNCTION @extschema@.pareto_nbd_final(@extschema@.clv_sample) IS
'Fits a Pareto/NBD (Schmittlein et al. 1987) model to the histories gathered.';

CREATE FUNCTION @extschema@.gamma_gamma_final(@extschema@.clv_sample) RETURNS @extschema@.gamma_gamma
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_gamma_gamma_final';
COMMENT ON FUNCTION @extschema@.gamma_gamma_final(@extschema@.clv_sample) IS
'Fits a Gamma-Gamma (Fader & Hardie, note 025) model to the histories gathered.';

CREATE AGGREGATE @extschema@.bg_nbd_agg(frequency float8, recency float8, age float8) (
    SFUNC = @extschema@.clv_purchases_trans, STYPE = @extschema@.clv_sample, SSPACE = 65536,
    FINALFUNC = @extschema@.bg_nbd_final, COMBINEFUNC = @extschema@.clv_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.bg_nbd_agg(float8, float8, float8) IS
'Fits BG/NBD (Fader, Hardie & Lee 2005) by maximum likelihood to one row a customer: repeat purchases, age at the last of them, age now. Rows with a NULL are left out; NULL if nothing can be learnt.';

CREATE AGGREGATE @extschema@.mbg_nbd_agg(frequency float8, recency float8, age float8) (
    SFUNC = @extschema@.clv_purchases_trans, STYPE = @extschema@.clv_sample, SSPACE = 65536,
    FINALFUNC = @extschema@.mbg_nbd_final, COMBINEFUNC = @extschema@.clv_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.mbg_nbd_agg(float8, float8, float8) IS
'Fits MBG/NBD (Batislam et al. 2007) by maximum likelihood to one row a customer: repeat purchases, age at the last of them, age now. Rows with a NULL are left out; NULL if nothing can be learnt.';

CREATE AGGREGATE @extschema@.pareto_nbd_agg(frequency float8, recency float8, age float8) (
    SFUNC = @extschema@.clv_purchases_trans, STYPE = @extschema@.clv_sample, SSPACE = 65536,
    FINALFUNC = @extschema@.pareto_nbd_final, COMBINEFUNC = @extschema@.clv_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.pareto_nbd_agg(float8, float8, float8) IS
'Fits Pareto/NBD (Schmittlein et al. 1987) by maximum likelihood to one row a customer: repeat purchases, age at the last of them, age now. Rows with a NULL are left out; NULL if nothing can be learnt.';

CREATE AGGREGATE @extschema@.gamma_gamma_agg(frequency float8, mean_value float8) (
    SFUNC = @extschema@.clv_values_trans, STYPE = @extschema@.clv_sample, SSPACE = 65536,
    FINALFUNC = @extschema@.gamma_gamma_final, COMBINEFUNC = @extschema@.clv_sample_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.gamma_gamma_agg(float8, float8) IS
'Fits Gamma-Gamma (Fader & Hardie, note 025) by maximum likelihood to one row a customer: repeat purchases and their mean value. Rows with a NULL, without repeat purchases or without a positive mean are left out.';

--
-- predicting
--

CREATE FUNCTION @extschema@.p_alive(model @extschema@.bg_nbd, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 2
AS 'MODULE_PATHNAME', 'clt_p_alive';
COMMENT ON FUNCTION @extschema@.p_alive(@extschema@.bg_nbd, float8, float8, float8) IS
'Probability that a customer with this history still is one. frequency: repeat purchases; recency: age at the last of them; age: now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.bg_nbd, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.bg_nbd, float8, float8, float8, float8) IS
'Expected purchases of a customer with this history within the horizon from now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.bg_nbd, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.bg_nbd, float8) IS
'Expected repeat purchases of a new customer within the horizon after his first.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.bg_nbd, purchases integer, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.bg_nbd, integer, float8, float8, float8, float8) IS
'Probability of exactly so many purchases within the horizon from now.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.bg_nbd, purchases integer, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.bg_nbd, integer, float8) IS
'Probability of exactly so many repeat purchases of a new customer within the horizon.';

CREATE FUNCTION @extschema@.next_purchase(model @extschema@.bg_nbd, probability float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 2
AS 'MODULE_PATHNAME', 'clt_next_purchase';
COMMENT ON FUNCTION @extschema@.next_purchase(@extschema@.bg_nbd, float8, float8, float8, float8) IS
'Time from now by which the customer has bought again with this probability (0.5: the median); Infinity if he never does.';

CREATE FUNCTION @extschema@.discounted_purchases(model @extschema@.bg_nbd, rate float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_discounted_purchases';
COMMENT ON FUNCTION @extschema@.discounted_purchases(@extschema@.bg_nbd, float8, float8, float8, float8) IS
'Discounted expected residual transactions (DERT) at a continuous rate per unit of time.';

CREATE FUNCTION @extschema@.clv(model @extschema@.bg_nbd, value @extschema@.gamma_gamma, horizon float8, frequency float8, recency float8, age float8, mean_value float8, discount float8 DEFAULT 0, period float8 DEFAULT 1) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_clv';
COMMENT ON FUNCTION @extschema@.clv(@extschema@.bg_nbd, @extschema@.gamma_gamma, float8, float8, float8, float8, float8, float8, float8) IS
'Expected value of a customer''s purchases within the horizon; those of the j-th period are divided by (1 + discount)^j.';

CREATE FUNCTION @extschema@.p_alive(model @extschema@.mbg_nbd, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 2
AS 'MODULE_PATHNAME', 'clt_p_alive';
COMMENT ON FUNCTION @extschema@.p_alive(@extschema@.mbg_nbd, float8, float8, float8) IS
'Probability that a customer with this history still is one. frequency: repeat purchases; recency: age at the last of them; age: now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.mbg_nbd, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.mbg_nbd, float8, float8, float8, float8) IS
'Expected purchases of a customer with this history within the horizon from now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.mbg_nbd, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.mbg_nbd, float8) IS
'Expected repeat purchases of a new customer within the horizon after his first.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.mbg_nbd, purchases integer, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.mbg_nbd, integer, float8, float8, float8, float8) IS
'Probability of exactly so many purchases within the horizon from now.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.mbg_nbd, purchases integer, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.mbg_nbd, integer, float8) IS
'Probability of exactly so many repeat purchases of a new customer within the horizon.';

CREATE FUNCTION @extschema@.next_purchase(model @extschema@.mbg_nbd, probability float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 2
AS 'MODULE_PATHNAME', 'clt_next_purchase';
COMMENT ON FUNCTION @extschema@.next_purchase(@extschema@.mbg_nbd, float8, float8, float8, float8) IS
'Time from now by which the customer has bought again with this probability (0.5: the median); Infinity if he never does.';

CREATE FUNCTION @extschema@.discounted_purchases(model @extschema@.mbg_nbd, rate float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_discounted_purchases';
COMMENT ON FUNCTION @extschema@.discounted_purchases(@extschema@.mbg_nbd, float8, float8, float8, float8) IS
'Discounted expected residual transactions (DERT) at a continuous rate per unit of time.';

CREATE FUNCTION @extschema@.clv(model @extschema@.mbg_nbd, value @extschema@.gamma_gamma, horizon float8, frequency float8, recency float8, age float8, mean_value float8, discount float8 DEFAULT 0, period float8 DEFAULT 1) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_clv';
COMMENT ON FUNCTION @extschema@.clv(@extschema@.mbg_nbd, @extschema@.gamma_gamma, float8, float8, float8, float8, float8, float8, float8) IS
'Expected value of a customer''s purchases within the horizon; those of the j-th period are divided by (1 + discount)^j.';

CREATE FUNCTION @extschema@.p_alive(model @extschema@.pareto_nbd, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 6
AS 'MODULE_PATHNAME', 'clt_p_alive';
COMMENT ON FUNCTION @extschema@.p_alive(@extschema@.pareto_nbd, float8, float8, float8) IS
'Probability that a customer with this history still is one. frequency: repeat purchases; recency: age at the last of them; age: now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.pareto_nbd, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 30
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.pareto_nbd, float8, float8, float8, float8) IS
'Expected purchases of a customer with this history within the horizon from now.';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.pareto_nbd, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 30
AS 'MODULE_PATHNAME', 'clt_expected_purchases';
COMMENT ON FUNCTION @extschema@.expected_purchases(@extschema@.pareto_nbd, float8) IS
'Expected repeat purchases of a new customer within the horizon after his first.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.pareto_nbd, purchases integer, horizon float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.pareto_nbd, integer, float8, float8, float8, float8) IS
'Probability of exactly so many purchases within the horizon from now.';

CREATE FUNCTION @extschema@.probability_of_purchases(model @extschema@.pareto_nbd, purchases integer, horizon float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_probability_of_purchases';
COMMENT ON FUNCTION @extschema@.probability_of_purchases(@extschema@.pareto_nbd, integer, float8) IS
'Probability of exactly so many repeat purchases of a new customer within the horizon.';

CREATE FUNCTION @extschema@.next_purchase(model @extschema@.pareto_nbd, probability float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_next_purchase';
COMMENT ON FUNCTION @extschema@.next_purchase(@extschema@.pareto_nbd, float8, float8, float8, float8) IS
'Time from now by which the customer has bought again with this probability (0.5: the median); Infinity if he never does.';

CREATE FUNCTION @extschema@.discounted_purchases(model @extschema@.pareto_nbd, rate float8, frequency float8, recency float8, age float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_discounted_purchases';
COMMENT ON FUNCTION @extschema@.discounted_purchases(@extschema@.pareto_nbd, float8, float8, float8, float8) IS
'Discounted expected residual transactions (DERT) at a continuous rate per unit of time.';

CREATE FUNCTION @extschema@.clv(model @extschema@.pareto_nbd, value @extschema@.gamma_gamma, horizon float8, frequency float8, recency float8, age float8, mean_value float8, discount float8 DEFAULT 0, period float8 DEFAULT 1) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 100
AS 'MODULE_PATHNAME', 'clt_clv';
COMMENT ON FUNCTION @extschema@.clv(@extschema@.pareto_nbd, @extschema@.gamma_gamma, float8, float8, float8, float8, float8, float8, float8) IS
'Expected value of a customer''s purchases within the horizon; those of the j-th period are divided by (1 + discount)^j.';

CREATE FUNCTION @extschema@.expected_value(model @extschema@.gamma_gamma, frequency float8, mean_value float8) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(@extschema@.gamma_gamma, float8, float8) IS
'Expected value of a purchase of a customer with so many repeat purchases of this mean value; Infinity if the model has no mean.';

CREATE FUNCTION @extschema@.expected_value(model @extschema@.gamma_gamma) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(@extschema@.gamma_gamma) IS
'Expected value of a purchase of a new customer; Infinity if the population has no mean (q <= 1).';

--
-- from raw orders
--

CREATE FUNCTION @extschema@.clv_summary_trans(state @extschema@.clv_summary, at "any", amount "any") RETURNS @extschema@.clv_summary
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_summary_trans';
COMMENT ON FUNCTION @extschema@.clv_summary_trans(@extschema@.clv_summary, "any", "any") IS
'Transition function of clv_summary_agg.';

CREATE FUNCTION @extschema@.clv_summary_trans(state @extschema@.clv_summary, at "any") RETURNS @extschema@.clv_summary
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_summary_trans';
COMMENT ON FUNCTION @extschema@.clv_summary_trans(@extschema@.clv_summary, "any") IS
'Transition function of clv_summary_agg without amounts.';

CREATE FUNCTION @extschema@.clv_summary_combine(@extschema@.clv_summary, @extschema@.clv_summary) RETURNS @extschema@.clv_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_summary_combine';
COMMENT ON FUNCTION @extschema@.clv_summary_combine(@extschema@.clv_summary, @extschema@.clv_summary) IS
'Combine function of clv_summary_agg, transition function of rollup.';

CREATE FUNCTION @extschema@.clv_summary_final(@extschema@.clv_summary) RETURNS @extschema@.clv_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_summary_final';
COMMENT ON FUNCTION @extschema@.clv_summary_final(@extschema@.clv_summary) IS
'Final function of clv_summary_agg.';

CREATE AGGREGATE @extschema@.clv_summary_agg(at "any", amount "any") (
    SFUNC = @extschema@.clv_summary_trans, STYPE = @extschema@.clv_summary, SSPACE = 128,
    FINALFUNC = @extschema@.clv_summary_final, COMBINEFUNC = @extschema@.clv_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.clv_summary_agg("any", "any") IS
'Purchase days of a customer, from his orders: at is a date, timestamp or timestamptz (days of the session time zone), amount any number; negative amounts are refunds, rows with a NULL are left out.';

CREATE AGGREGATE @extschema@.clv_summary_agg(at "any") (
    SFUNC = @extschema@.clv_summary_trans, STYPE = @extschema@.clv_summary, SSPACE = 128,
    FINALFUNC = @extschema@.clv_summary_final, COMBINEFUNC = @extschema@.clv_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.clv_summary_agg("any") IS
'Purchase days of a customer, from his orders, without their value.';

CREATE AGGREGATE @extschema@.rollup(@extschema@.clv_summary) (
    SFUNC = @extschema@.clv_summary_combine, STYPE = @extschema@.clv_summary, SSPACE = 128,
    FINALFUNC = @extschema@.clv_summary_final, COMBINEFUNC = @extschema@.clv_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.clv_summary) IS
'Merges summaries of the same customer.';

CREATE FUNCTION @extschema@.frequency(summary @extschema@.clv_summary, as_of date DEFAULT NULL) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_frequency';
COMMENT ON FUNCTION @extschema@.frequency(@extschema@.clv_summary, date) IS
'Repeat purchases: purchase days after the first, up to as_of (NULL: all). NULL before the first purchase.';

CREATE FUNCTION @extschema@.recency(summary @extschema@.clv_summary, as_of date DEFAULT NULL, unit text DEFAULT 'day') RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_recency';
COMMENT ON FUNCTION @extschema@.recency(@extschema@.clv_summary, date, text) IS
'Age at the last purchase up to as_of, in units (day, week, month, quarter, year). This is the recency of the models, not the time since then.';

CREATE FUNCTION @extschema@.age(summary @extschema@.clv_summary, as_of date, unit text DEFAULT 'day') RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_age';
COMMENT ON FUNCTION @extschema@.age(@extschema@.clv_summary, date, text) IS
'Time from the first purchase to as_of, in units (day, week, month, quarter, year). NULL before the first purchase.';

CREATE FUNCTION @extschema@.mean_value(summary @extschema@.clv_summary, as_of date DEFAULT NULL) RETURNS float8
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_clv_mean_value';
COMMENT ON FUNCTION @extschema@.mean_value(@extschema@.clv_summary, date) IS
'Mean total of the purchase days after the first, refunds subtracted, up to as_of; NULL without repeat purchases.';
