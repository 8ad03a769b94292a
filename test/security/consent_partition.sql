-- Attack: read a partition by its own name.
\ir consent_setup.psql
SET ROLE sec_owner;
CREATE TABLE parted (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (100);
INSERT INTO parted VALUES (1, 'a'), (2, 'b');
SELECT clientele.create_consent_view('parted_mail', 'parted', 'marketing', 'email');
SELECT clientele.protect('parted', view_owner => 'sec_views');
SELECT is((SELECT count(*) FROM parted_mail), 1::bigint, 'the view over the parent (2 consents, 1 does not)');
RESET ROLE;
GRANT SELECT ON parted_1 TO sec_reader;
SET ROLE sec_reader;
SELECT is((SELECT count(*) FROM parted_1), 0::bigint, 'a right on the partition shows nothing');
RESET ROLE;
SET ROLE sec_owner;
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
SELECT isnt_empty($$ SELECT FROM clientele.lint() WHERE problem = 'row security of a protected table is off' AND object = 'public.parted_2' $$, 'lint() finds a partition added later');
SELECT clientele.protect('parted', view_owner => 'sec_views');
SELECT is_empty($$ SELECT FROM clientele.lint() WHERE problem = 'row security of a protected table is off' $$, 'protect() again closes it');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
