-- Attack: names, keys and values that are SQL.
\ir linkage_setup.psql
CREATE TABLE public.victim (a int);
CREATE SCHEMA "s""; DROP TABLE public.victim; --";
CREATE TABLE "s""; DROP TABLE public.victim; --"."t'; DROP TABLE public.victim; --" ("k""; --" text PRIMARY KEY, "first_name'; --" text, "last_name""" text, email text);
INSERT INTO "s""; DROP TABLE public.victim; --"."t'; DROP TABLE public.victim; --"
SELECT 'k''; DROP TABLE public.victim; --' || id, first_name || ''';', last_name, email FROM data.contact;
CREATE TABLE public."o"";" AS SELECT id, first_name AS vorname, last_name AS nachname, email FROM data.contact;
ALTER TABLE public."o"";" ADD PRIMARY KEY (id);
CREATE TABLE public."p'" AS SELECT id, first_name AS vorname, last_name AS nachname, email FROM data.contact;
ALTER TABLE public."p'" ADD PRIMARY KEY (id);
SELECT '"s""; DROP TABLE public.victim; --"."t''; DROP TABLE public.victim; --"'::regclass::oid AS odd \gset
SELECT lives_ok(format('CALL clientele.dedupe(%s::regclass, %L)', :odd, 'm"; --'''), 'dedupe');
SELECT lives_ok(format('CALL clientele.link(%s::regclass, %L, %L)', :odd, 'public."o"";"', 'two''"'), 'link');
SELECT lives_ok(format('CALL clientele.link_all(ARRAY[%s, %L, %L]::regclass[], %L)', :odd, 'public."o"";"', 'public."p''"', 'three''"'), 'link_all');
SELECT lives_ok($q$SELECT clientele.merge('m"; --''', 'k''; DROP TABLE public.victim; --1', 'k''; DROP TABLE public.victim; --2', 'r''; DROP TABLE public.victim; --')$q$, 'merge');
SELECT lives_ok($q$SELECT clientele.assert_different('m"; --''', 'k''; DROP TABLE public.victim; --5', 'k''; DROP TABLE public.victim; --1005')$q$, 'assert_different');
SELECT lives_ok($q$SELECT * FROM clientele.review_queue('m"; --''')$q$, 'review_queue');
SELECT lives_ok($q$SELECT * FROM clientele.explain_path('m"; --''', 'k''; DROP TABLE public.victim; --1', 'k''; DROP TABLE public.victim; --2')$q$, 'explain_path');
SELECT lives_ok($q$SELECT * FROM clientele.search('m"; --''', '{"first_name''; --": "x'';", "email": "''; DROP TABLE public.victim; --"}')$q$, 'search');
SELECT lives_ok($q$SELECT clientele.identify('m"; --''', 'k''; DROP TABLE public.victim; --7')$q$, 'identify');
SELECT lives_ok($q$SELECT * FROM clientele.explain('three''"', 'k''; DROP TABLE public.victim; --7', '7', NULL, 'public."o"";"')$q$, 'explain');
SELECT lives_ok($q$SELECT clientele.current_person('m"; --''', 1)$q$, 'current_person');
SELECT lives_ok($q$SELECT clientele.undo_decision('m"; --''', decision) FROM clientele.decisions('m"; --''') WHERE kind = 'same'$q$, 'undo_decision');
SELECT lives_ok($q$CALL clientele.resolve('m"; --''')$q$, 'resolve');
SELECT is((SELECT count(*) FROM "s""; DROP TABLE public.victim; --"."three'""_golden"), (SELECT count(DISTINCT person_id) FROM "s""; DROP TABLE public.victim; --"."three'""_person"), 'golden records');
SELECT throws_ok($q$SELECT clientele.create_model('x', 'data.contact', '{"comparisons": [{"kind": "sql", "columns": ["email"], "levels": [{"sql": "true); DROP TABLE public.victim; --"}]}]}')$q$, NULL, NULL, 'a condition is one expression');
SELECT throws_ok($q$SELECT clientele.create_model('x', 'data.contact', '{"comparisons": [{"kind": "sql", "columns": ["email"], "levels": [{"sql": "(SELECT true FROM public.victim)"}]}]}')$q$, NULL, NULL, 'and no query');
SELECT has_table('public', 'victim', 'the table is still there');
SELECT * FROM finish();
ROLLBACK;
