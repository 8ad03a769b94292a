-- What the demo has printed must tie out; a difference ends it with an error.

-- @ties
DO $$
DECLARE
    lines record;
    totals record;
BEGIN
    SELECT count(*) AS n, count(DISTINCT order_id) AS orders, sum(sales) AS revenue FROM public.order_line INTO lines;
    ASSERT lines.n = 9994 AND lines.orders = 5009 AND lines.revenue = 2297200.8603, 'the order lines are not complete';
    SELECT sum(frequency) AS orders, sum(monetary) AS revenue, count(*) AS persons, count(segment) AS segmented FROM public.person_rfm INTO totals;
    ASSERT totals.orders = lines.orders, format('%s orders in segments, not %s', totals.orders, lines.orders);
    ASSERT totals.revenue = lines.revenue, format('%s of revenue in segments, not %s', totals.revenue, lines.revenue);
    ASSERT totals.persons = totals.segmented, 'a customer without a segment';
    ASSERT (SELECT count(*) FROM public.contact) = (SELECT count(*) FROM public.contact_person), 'a record without a person';
    ASSERT (SELECT count(DISTINCT person_id) FROM public.contact_person) = (SELECT persons FROM truth.quality), 'persons do not add up';
    ASSERT (SELECT count(*) = 1 AND bool_and(rows_before - rows_now = records AND persons_before - persons_now = 1)
            FROM truth.withdrawn WHERE view = 'may_email'),
           'the withdrawal has not hidden every record of one person and nobody else';
    ASSERT (SELECT count(*) = 5 AND bool_and(rows_before = rows_now) FROM truth.withdrawn WHERE view <> 'may_email'),
           'the withdrawal has changed another purpose or channel';
END
$$;
