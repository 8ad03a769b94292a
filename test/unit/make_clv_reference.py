#!/usr/bin/python3
"""High-precision reference values for test_clv.c: prints clv_reference.h (needs python3-mpmath).

The formulas are the published ones, with hypergeometric functions and in 60 digits, so that they share nothing with
the sums and quadratures under test. Parameters are drawn log-uniformly over the whole range, by a fixed seed; the
singular points of the published forms (a = 1, s = 1) are approached to 1e-20, which 60 digits bear.
"""
import random
from mpmath import mp, mpf, hyp2f1, gamma, loggamma, log, exp, quad, betainc, beta, inf, expm1

mp.dps = 60
R = random.Random(20240511)


def loguniform(low, high):
    return float('%.6g' % exp(R.uniform(float(log(low)), float(log(high)))))


def bg_alive(r, al, a, b, first, x, tx, T):
    if x + first == 0:
        return mpf(1)
    return 1 / (1 + a / (b + first + x - 1) * ((al + T) / (al + tx)) ** (r + x))


def btd_expected(r, al, a, b, first, t, x, tx, T):
    """P(alive) times the published conditional expectation of survivors, with B = b + x (+ 1)."""
    B = b + first + x
    s = r + x
    if abs(a - 1) < mpf(10) ** -18:
        a = a + mpf(10) ** -25
    A = al + T
    z = t / (A + t)
    c = a + B - 1
    if abs(c) < mpf(10) ** -18:
        B = B + mpf(10) ** -25
        c = a + B - 1
    value = c / (a - 1) * (1 - (A / (A + t)) ** s * hyp2f1(s, B, c, z))
    return bg_alive(r, al, a, b, first, x, tx, T) * value


def btd_ll(r, al, a, b, first, x, tx, T):
    head = loggamma(r + x) - loggamma(r) + r * log(al) + loggamma(a + b) + loggamma(b + first + x) - loggamma(b) - loggamma(a + b + first + x)
    alive = (al + T) ** -(r + x)
    gone = a / (b + first + x - 1) * (al + tx) ** -(r + x) if x + first > 0 else mpf(0)
    return head + log(alive + gone)


def pareto_dead(r, al, s, be, x, tx, T):
    """Published closed form of the integral over the time of death (note 009), both cases."""
    def A0(y):
        if al >= be:
            return hyp2f1(r + s + x, s + 1, r + s + x + 1, (al - be) / (al + y), maxterms=20000) / (al + y) ** (r + s + x)
        return hyp2f1(r + s + x, r + x, r + s + x + 1, (be - al) / (be + y), maxterms=20000) / (be + y) ** (r + s + x)
    return (A0(tx) - A0(T)) / (r + s + x)


def pareto_ll(r, al, s, be, x, tx, T):
    head = loggamma(r + x) - loggamma(r) + r * log(al) + s * log(be)
    return head + log((al + T) ** -(r + x) * (be + T) ** -s + s * pareto_dead(r, al, s, be, x, tx, T))


def pareto_alive(r, al, s, be, x, tx, T):
    a = (al + T) ** -(r + x) * (be + T) ** -s
    return a / (a + s * pareto_dead(r, al, s, be, x, tx, T))


def pareto_expected(r, al, s, be, t, x, tx, T):
    if abs(s - 1) < mpf(10) ** -18:
        s = s + mpf(10) ** -25
    k = (be + T) / (be + T + t)
    return pareto_alive(r, al, s, be, x, tx, T) * (r + x) * (be + T) / ((al + T) * (s - 1)) * (1 - k ** (s - 1))


def row(*values):
    print('\t{' + ', '.join('%d' % v if isinstance(v, int) else mp.nstr(mpf(v), 20, strip_zeros=False, min_fixed=-1, max_fixed=-1) if not isinstance(v, float) else repr(v) for v in values) + '},')


def extreme(pareto):
    """The corners: shapes of 1e-3 to 1e3, rates of 1e-6 to 1e6, a and b down to 1e-9, 100,000 purchases (1,000 and rates of 1e-3 to 1e3 for Pareto/NBD), t_x = T."""
    D = random.Random(5)
    shapes, rates = [1e-3, .03, .25, 1.0, 10.0, 1000.0], [1e-3, 1.0, 30.0, 1000.0] if pareto else [1e-6, 1e-3, 1.0, 30.0, 1e6]
    leaving = [1e-9, 1e-3, .3, 1.0, 2.0, 50.0]
    rows = 0
    while rows < 70:
        first = D.randrange(2)
        p = [D.choice(shapes), D.choice(rates), D.choice(leaving), D.choice(rates if pareto else leaving)]
        x = float(D.choice([0, 1, 2, 30, 1000, 1000 if pareto else 100000]))
        T, t = D.choice([1e-3, 1.0, 100.0, 1e4]), D.choice([1e-3, 1.0, 50.0, 1e4, 1e6])
        tx = 0.0 if x == 0 else D.choice([T, T * (1 - 1e-9), T / 2])
        v, h = [mpf(y) for y in p], [mpf(y) for y in (x, tx, T)]
        try:
            if pareto:
                got = pareto_alive(*v, *h), pareto_expected(*v, mpf(t), *h), pareto_ll(*v, *h)
            else:
                got = bg_alive(*v, first, *h), btd_expected(*v, first, mpf(t), *h), btd_ll(*v, first, *h)
        except (ValueError, ZeroDivisionError, mp.NoConvergence):
            continue    # where the published form does not converge in 60 digits
        if not all(mp.isfinite(g) and mp.im(g) == 0 for g in got) or min(got[0], got[1]) < mpf(10) ** -290 or got[0] > 1:
            continue    # nothing left in a double, or of the digits
        row(*p, *([] if pareto else [first]), t, x, tx, T, *got)
        rows += 1


print('''/* Written by make_clv_reference.py: do not edit. */
typedef struct BtdReference
{
	double		r, alpha, a, b;
	int			first;
	double		t, x, t_x, T;
	double		alive, expected, log_likelihood;
} BtdReference;

typedef struct ParetoReference
{
	double		r, alpha, s, beta;
	double		t, x, t_x, T;
	double		alive, expected, log_likelihood;
} ParetoReference;

static const BtdReference btd_reference[] = {''')
special = [(1.0, None), (0.3, 0.7), (1e-3, None), (0.5, 0.5), (1.0, 1.0), (1 + 1e-9, None), (20.0, None)]
for i in range(260):
    first = i % 2
    r, al = loguniform(.03, 10), loguniform(.1, 1000)
    a, b = loguniform(.03, 10), loguniform(.1, 32)
    if i < 28:
        a, b0 = special[i % 7]
        b = b0 or b
    x = float(R.choice([0, 0, 1, 2, 3, 7, 20, 80, 300]))
    if i >= 250:
        x = float(R.choice([1000, 2500]))
    T = loguniform(.1, 1000)
    tx = float('%.6g' % (T * (R.random() if x < 1000 else 1 - R.random() / 100))) if x > 0 else 0.0
    if i % 13 == 0 and x > 0:
        tx = T
    t = loguniform(.1, 1000)
    v = [mpf(y) for y in (r, al, a, b)]
    h = [mpf(y) for y in (x, tx, T)]
    row(r, al, a, b, first, t, x, tx, T, bg_alive(*v, first, *h), btd_expected(*v, first, mpf(t), *h), btd_ll(*v, first, *h))
extreme(False)
print('};\n\nstatic const ParetoReference pareto_reference[] = {')
for i in range(160):
    r, al, s, be = loguniform(.03, 10), loguniform(.1, 1000), loguniform(.03, 10), loguniform(.1, 1000)
    if i < 12:
        s = [1.0, 1 + 1e-9, 1e-3, 20.0][i % 4]
    if i % 17 == 0:
        be = al
    x = float(R.choice([0, 0, 1, 2, 3, 7, 20, 80, 300]))
    T = loguniform(.1, 1000)
    tx = float('%.6g' % (T * R.random())) if x > 0 else 0.0
    if i % 11 == 0 and x > 0:
        tx = T
    t = loguniform(.1, 1000)
    v = [mpf(y) for y in (r, al, s, be)]
    h = [mpf(y) for y in (x, tx, T)]
    row(r, al, s, be, t, x, tx, T, pareto_alive(*v, *h), pareto_expected(*v, mpf(t), *h), pareto_ll(*v, *h))
extreme(True)
print('};')
