/* Unit tests of the kernels behind the type email. */
#include "types/email_parse.h"
#include "tap.h"

static void
test_split(void)
{
	static const struct
	{
		const char *text;
		EmailError	error;
	}			cases[] = {
		{"ana@example.rs", CLT_EMAIL_OK},
		{"A.b+c@Example.CO.UK", CLT_EMAIL_OK},
		{"!#$%&'*+-/=?^_`{|}~@a.bc", CLT_EMAIL_OK},
		{"\"a b\"@x.rs", CLT_EMAIL_OK},
		{"\"a@b\"@x.rs", CLT_EMAIL_OK},
		{"\"a\\\"b\\\\\"@x.rs", CLT_EMAIL_OK},
		{"\xD1\x98\xD0\xBE\xD0\xB2\xD0\xB0@x.rs", CLT_EMAIL_OK},
		{"a@\xD0\xBF\xD1\x80\xD0\xB8.\xD1\x81\xD1\x80\xD0\xB1", CLT_EMAIL_OK},
		{"a@1.2.x3", CLT_EMAIL_OK},
		{"a@b--c.rs", CLT_EMAIL_OK},
		{"", CLT_EMAIL_EMPTY},
		{"ana", CLT_EMAIL_NO_AT},
		{"ana marija", CLT_EMAIL_NO_AT},
		{"\"ana\"", CLT_EMAIL_NO_AT},
		{"@x.rs", CLT_EMAIL_NO_LOCAL},
		{"\"\"@x.rs", CLT_EMAIL_NO_LOCAL},
		{".a@x.rs", CLT_EMAIL_LOCAL_DOT},
		{"a.@x.rs", CLT_EMAIL_LOCAL_DOT},
		{"a..b@x.rs", CLT_EMAIL_LOCAL_DOT},
		{"a b@x.rs", CLT_EMAIL_LOCAL_CHAR},
		{" a@x.rs", CLT_EMAIL_LOCAL_CHAR},
		{"a,b@x.rs", CLT_EMAIL_LOCAL_CHAR},
		{"a(c)@x.rs", CLT_EMAIL_LOCAL_CHAR},
		{"Ana <a@x.rs>", CLT_EMAIL_LOCAL_CHAR},
		{"a\xC2\xA0" "b@x.rs", CLT_EMAIL_FORBIDDEN},
		{"a\xE2\x80\x8B" "b@x.rs", CLT_EMAIL_FORBIDDEN},
		{"a\xFF@x.rs", CLT_EMAIL_FORBIDDEN},
		{"a\xD1@x.rs", CLT_EMAIL_FORBIDDEN},
		{"\"a", CLT_EMAIL_QUOTE_OPEN},
		{"\"a\\", CLT_EMAIL_QUOTE_OPEN},
		{"\"a\t\"@x.rs", CLT_EMAIL_QUOTE_CHAR},
		{"\"a\"b@x.rs", CLT_EMAIL_QUOTE_TAIL},
		{"a@", CLT_EMAIL_NO_DOMAIN},
		{"a@[192.0.2.1]", CLT_EMAIL_LITERAL},
		{"a@[IPv6:2001:db8::1]", CLT_EMAIL_LITERAL},
		{"a@b@x.rs", CLT_EMAIL_TWO_AT},
		{"a@b@\xD1\x81.rs", CLT_EMAIL_TWO_AT},
		{"a@b_c.rs", CLT_EMAIL_DOMAIN_CHAR},
		{"a@x.rs ", CLT_EMAIL_DOMAIN_CHAR},
		{"a@x,rs", CLT_EMAIL_DOMAIN_CHAR},
		{"a@\xD1\x81_c.rs", CLT_EMAIL_DOMAIN_CHAR},
		{"a@.x.rs", CLT_EMAIL_LABEL_EMPTY},
		{"a@x..rs", CLT_EMAIL_LABEL_EMPTY},
		{"a@x.rs.", CLT_EMAIL_LABEL_EMPTY},
		{"a@-x.rs", CLT_EMAIL_LABEL_HYPHEN},
		{"a@x-.rs", CLT_EMAIL_LABEL_HYPHEN},
		{"a@x", CLT_EMAIL_ONE_LABEL},
		{"a@localhost", CLT_EMAIL_ONE_LABEL},
		{"a@1.2.3.4", CLT_EMAIL_TLD_NUMERIC},
	};
	EmailParts	parts;
	char		buf[400];
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		EmailError	got = clt_email_split(cases[i].text, strlen(cases[i].text), &parts);

		ok(got == cases[i].error, "split \"%s\"", cases[i].text);
		if (got != cases[i].error)
			printf("#   got: %s\n", clt_email_error_text(got));
	}

	/* the limits, at and one over */
	memset(buf, 'a', sizeof(buf));
	memcpy(buf + 64, "@x.rs", 5);
	is_int(clt_email_split(buf, 69, &parts), CLT_EMAIL_OK, "local part of 64 bytes");
	memcpy(buf + 64, "a@x.rs", 6);
	is_int(clt_email_split(buf, 70, &parts), CLT_EMAIL_LOCAL_TOO_LONG, "local part of 65 bytes");
	memset(buf, 'a', sizeof(buf));
	buf[1] = '@';
	buf[65] = '.';
	is_int(clt_email_split(buf, 69, &parts), CLT_EMAIL_OK, "label of 63 bytes");
	buf[65] = 'a';
	buf[66] = '.';
	is_int(clt_email_split(buf, 70, &parts), CLT_EMAIL_LABEL_TOO_LONG, "label of 64 bytes");
	for (i = 2; i < 400; i++)
		buf[i] = i % 2 == 0 ? 'a' : '.';
	buf[0] = 'a';
	buf[1] = '@';
	is_int(clt_email_split(buf, 253, &parts), CLT_EMAIL_OK, "253 bytes");
	buf[252] = 'b';
	buf[253] = 'b';
	buf[251] = '.';
	is_int(clt_email_split(buf, 254, &parts), CLT_EMAIL_OK, "254 bytes");
	is_int(clt_email_split(buf, 255, &parts), CLT_EMAIL_TOO_LONG, "255 bytes");

	clt_email_split("\"a b\"@x.rs", 10, &parts);
	ok(parts.quoted && parts.local_len == 5 && parts.domain_off == 6 && parts.domain_len == 4 &&
	   parts.local_ascii && !parts.domain_idna, "the parts of a quoted address");
	clt_email_split("a@XN--90a.rs", 12, &parts);
	ok(parts.domain_idna, "an A-label is left to IDNA");
	clt_email_split("a@axn--90a.rs", 13, &parts);
	ok(!parts.domain_idna, "xn-- inside a label is no A-label");
	clt_email_split("a\xE2\x80\x8B@x.rs", 9, &parts);
	is_int(parts.bad_char, 0x200B, "the invisible character is named");
	for (i = 0; i < CLT_EMAIL_N_ERRORS; i++)
		ok(clt_email_error_text((EmailError) i)[0] != '\0', "rule %d has a text", (int) i);
}

static void
test_canonical(void)
{
	static const char *const cases[][2] = {
		{"Ana.B+C", "ana.b+c"},
		{"\"Ana\"", "ana"},
		{"\"a.b\"", "a.b"},
		{"\"a..b\"", "\"a..b\""},
		{"\".a\"", "\".a\""},
		{"\"a b\"", "\"a b\""},
		{"\"\\A\\b\"", "ab"},
		{"\"a\\\"b\"", "\"a\\\"b\""},
		{"\"a\\\\\"", "\"a\\\\\""},
		{"\"a\\ b\"", "\"a b\""},
		{"\"a@b\"", "\"a@b\""},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		dst[CLT_EMAIL_MAX_LOCAL + 1];
		size_t		len = strlen(cases[i][0]);
		size_t		n = clt_email_canonical_local(cases[i][0], len, cases[i][0][0] == '"', dst);

		dst[n] = '\0';
		is_str(dst, cases[i][1], cases[i][0]);
		ok(n <= len, "not longer than the input");
	}
}

static void
test_mailbox(void)
{
	static const char *const cases[][3] = {
		{"ana.marija", "gmail.com", "anamarija@gmail.com"},
		{"ana.marija+shop", "googlemail.com", "anamarija@gmail.com"},
		{"ana.b+x", "outlook.com", "ana.b@outlook.com"},
		{"ana.b+x", "hotmail.com", "ana.b@hotmail.com"},
		{"ana-shop", "yahoo.com", "ana@yahoo.com"},
		{"ana-shop", "yahoo.co.uk", "ana@yahoo.co.uk"},
		{"ana-shop", "yahoo.example.com", "ana-shop@yahoo.example.com"},
		{"ana-shop", "notyahoo.com", "ana-shop@notyahoo.com"},
		{"ana-b+x", "firma.rs", "ana-b@firma.rs"},
		{"ana+x", "me.com", "ana@icloud.com"},
		{"ana", "mac.com", "ana@icloud.com"},
		{"a.n-a_b+x", "protonmail.com", "anab@proton.me"},
		{"anab", "pm.me", "anab@proton.me"},
		{"shop", "ana.fastmail.com", "ana@fastmail.com"},
		{"ana+shop", "fastmail.com", "ana@fastmail.com"},
		{"shop", "a.b.fastmail.com", "shop@a.b.fastmail.com"},
		{"shop", "xfastmail.com", "shop@xfastmail.com"},
		{"ana-b", "yandex.com", "ana.b@yandex.ru"},
		{"ana.b", "ya.ru", "ana.b@yandex.ru"},
		{"+tag", "firma.rs", "+tag@firma.rs"},
		{"+tag", "gmail.com", "+tag@gmail.com"},
		{"-", "proton.me", "-@proton.me"},
		{"\"a b+c\"", "gmail.com", "\"a b+c\"@gmail.com"},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		dst[1000];
		size_t		n = clt_email_mailbox_key(cases[i][0], strlen(cases[i][0]),
											  cases[i][1], strlen(cases[i][1]), dst);

		dst[n] = '\0';
		ok(strcmp(dst, cases[i][2]) == 0, "mailbox of %s@%s is %s", cases[i][0], cases[i][1], cases[i][2]);
		if (strcmp(dst, cases[i][2]) != 0)
			printf("#   got %s\n", dst);
	}
}

static void
test_find(void)
{
	static const char *const cases[][2] = {
		{"ana@x.rs", "ana@x.rs"},
		{"  ana@x.rs\n", "ana@x.rs"},
		{"Ana Babi\xC4\x87 <ana@x.rs>", "ana@x.rs"},
		{"<ana@x.rs>", "ana@x.rs"},
		{"mailto:ana@x.rs?subject=a", "ana@x.rs"},
		{"MAILTO:ana@x.rs", "ana@x.rs"},
		{"ana@x.rs, joca@y.rs", "ana@x.rs"},
		{"ana@x.rs;joca@y.rs", "ana@x.rs"},
		{"ana@x.rs / joca@y.rs", "ana@x.rs"},
		{"(ana@x.rs)", "ana@x.rs"},
		{"'ana@x.rs'", "ana@x.rs"},
		{"\"ana@x.rs\"", "ana@x.rs"},
		{"\"Ana B\" <ana@x.rs>", "ana@x.rs"},
		{"\"ana b\"@x.rs", "\"ana b\"@x.rs"},
		{"ana@x.rs.", "ana@x.rs"},
		{"e-mail: ana@x.rs", "ana@x.rs"},
		{"\xC2\xA0" "ana@x.rs\xE2\x80\x8B", "ana@x.rs"},
		{"nema", NULL},
		{"@", NULL},
		{"@instagram", NULL},
		{"ana @ x.rs", NULL},
		{"", NULL},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		dst[100];
		size_t		off = 0,
					len = 0;
		bool		found = clt_email_find(cases[i][0], strlen(cases[i][0]), &off, &len);

		snprintf(dst, sizeof(dst), "%.*s", (int) len, cases[i][0] + off);
		is_str(found ? dst : NULL, cases[i][1], "the address in a text");
	}
}

int
main(void)
{
	test_split();
	test_canonical();
	test_mailbox();
	test_find();
	return done();
}
