-- ---- rfm_bins --------------------------------------------------------------

CREATE TYPE @extschema@.rfm_bins;

CREATE FUNCTION @extschema@.rfm_bins_in(cstring) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_in';
COMMENT ON FUNCTION @extschema@.rfm_bins_in(cstring) IS
'Input function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_out(@extschema@.rfm_bins) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_out';
COMMENT ON FUNCTION @extschema@.rfm_bins_out(@extschema@.rfm_bins) IS
'Output function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_recv(internal) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_recv';
COMMENT ON FUNCTION @extschema@.rfm_bins_recv(internal) IS
'Binary input function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_send(@extschema@.rfm_bins) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_send';
COMMENT ON FUNCTION @extschema@.rfm_bins_send(@extschema@.rfm_bins) IS
'Binary output function of type rfm_bins.';

CREATE TYPE @extschema@.rfm_bins (
    INPUT = @extschema@.rfm_bins_in, OUTPUT = @extschema@.rfm_bins_out,
    RECEIVE = @extschema@.rfm_bins_recv, SEND = @extschema@.rfm_bins_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = external
);
COMMENT ON TYPE @extschema@.rfm_bins IS
'Cut points between the classes of recency, frequency and monetary value, found by rfm_bins_agg or given by hand, with what psi needs.';

CREATE FUNCTION @extschema@.rfm_bins(recency integer[], frequency bigint[], monetary numeric[]) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_fixed';
COMMENT ON FUNCTION @extschema@.rfm_bins(integer[], bigint[], numeric[]) IS
'Cut points by hand, each ascending: at most so many days, at least so many orders, at least so much money.';

CREATE FUNCTION @extschema@.bins(bins @extschema@.rfm_bins) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_count';
COMMENT ON FUNCTION @extschema@.bins(@extschema@.rfm_bins) IS
'Number of classes.';

CREATE FUNCTION @extschema@.customers(bins @extschema@.rfm_bins) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.rfm_bins) IS
'Number of customers in which the cut points were found; zero if given by hand.';

CREATE FUNCTION @extschema@.rule(bins @extschema@.rfm_bins) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_rule';
COMMENT ON FUNCTION @extschema@.rule(@extschema@.rfm_bins) IS
'Tie rule of the cut points: low, high, disc, r or fixed.';

CREATE FUNCTION @extschema@.is_nested(bins @extschema@.rfm_bins) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_nested';
COMMENT ON FUNCTION @extschema@.is_nested(@extschema@.rfm_bins) IS
'Are frequency and monetary value cut within the classes above them?';

CREATE FUNCTION @extschema@.rfm_bins_cuts(@extschema@.rfm_bins, integer) RETURNS numeric[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_cuts';
COMMENT ON FUNCTION @extschema@.rfm_bins_cuts(@extschema@.rfm_bins, integer) IS
'Cut points of dimension 0, 1 or 2; behind recency_cuts, frequency_cuts and monetary_cuts.';

CREATE FUNCTION @extschema@.recency_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 0);
COMMENT ON FUNCTION @extschema@.recency_cuts(@extschema@.rfm_bins) IS
'Days since the last order at which the classes begin, worst first; null where no customer gets that far.';

CREATE FUNCTION @extschema@.frequency_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 1);
COMMENT ON FUNCTION @extschema@.frequency_cuts(@extschema@.rfm_bins) IS
'Numbers of orders at which the classes begin; null where no customer gets that far. Nested bins have one row a recency class.';

CREATE FUNCTION @extschema@.monetary_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 2);
COMMENT ON FUNCTION @extschema@.monetary_cuts(@extschema@.rfm_bins) IS
'Amounts at which the classes begin; null where no customer gets that far. Nested bins have one row a pair of classes.';

CREATE TYPE @extschema@.rfm_population;

CREATE FUNCTION @extschema@.rfm_population_in(cstring) RETURNS @extschema@.rfm_population
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_in';
COMMENT ON FUNCTION @extschema@.rfm_population_in(cstring) IS
'Input function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_out(@extschema@.rfm_population) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_out';
COMMENT ON FUNCTION @extschema@.rfm_population_out(@extschema@.rfm_population) IS
'Output function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_recv(internal) RETURNS @extschema@.rfm_population
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_recv';
COMMENT ON FUNCTION @extschema@.rfm_population_recv(internal) IS
'Binary input function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_send(@extschema@.rfm_population) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_send';
COMMENT ON FUNCTION @extschema@.rfm_population_send(@extschema@.rfm_population) IS
'Binary output function of type rfm_population.';

CREATE TYPE @extschema@.rfm_population (
    INPUT = @extschema@.rfm_population_in, OUTPUT = @extschema@.rfm_population_out,
    RECEIVE = @extschema@.rfm_population_recv, SEND = @extschema@.rfm_population_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE @extschema@.rfm_population IS
'State of rfm_bins_agg: the values of all customers, and the cut points asked for.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text, boolean) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_population_combine(@extschema@.rfm_population, @extschema@.rfm_population) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_population_combine';
COMMENT ON FUNCTION @extschema@.rfm_population_combine(@extschema@.rfm_population, @extschema@.rfm_population) IS
'Combine function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_final(@extschema@.rfm_population) RETURNS @extschema@.rfm_bins
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_final';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_final(@extschema@.rfm_population) IS
'Final function of rfm_bins_agg.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer) IS
'Finds the cut points between classes of customers, one row a customer, under tie rule low.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer, text) IS
'Finds the cut points between classes of customers, one row a customer.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text, nested boolean) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Finds the cut points between classes of customers, one row a customer.';

CREATE AGGREGATE @extschema@.rfm_population_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text, nested boolean) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_population_agg(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'What rfm_bins_agg would find cut points in, as a value: of a shard or a day, to be rolled up.';

CREATE AGGREGATE @extschema@.rollup(population @extschema@.rfm_population) (
    SFUNC = @extschema@.rfm_population_combine, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.rfm_population) IS
'Cut points of several populations taken together.';

CREATE FUNCTION @extschema@.rfm_score(bins @extschema@.rfm_bins, summary @extschema@.rfm_summary, as_of timestamptz) RETURNS @extschema@.rfm_score
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_bins';
COMMENT ON FUNCTION @extschema@.rfm_score(@extschema@.rfm_bins, @extschema@.rfm_summary, timestamptz) IS
'Score of a customer by given cut points; null without orders.';

CREATE FUNCTION @extschema@.rfm_score(summary @extschema@.rfm_summary, as_of timestamptz, bins integer DEFAULT 5,
    rule text DEFAULT 'low', nested boolean DEFAULT false) RETURNS @extschema@.rfm_score
LANGUAGE c WINDOW STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_score_window';
COMMENT ON FUNCTION @extschema@.rfm_score(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Window function: score of a customer among those of the same partition; null without orders.';

CREATE FUNCTION @extschema@.psi(expected @extschema@.rfm_bins, actual @extschema@.rfm_bins,
    OUT recency double precision, OUT frequency double precision, OUT monetary double precision)
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_psi';
COMMENT ON FUNCTION @extschema@.psi(@extschema@.rfm_bins, @extschema@.rfm_bins) IS
'Population stability index of each dimension between the customers of two bins, by the classes of the first.';
