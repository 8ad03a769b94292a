/*
 * guess_names.c
 *		What a column's name says of it.
 *
 * Names are cut into words at underscores, digits and capitals and looked up
 * in a vocabulary of the languages that contact tables are written in; a whole
 * name counts more than one of its words, a word more than a part of one.
 */
#include "linkage/guess.h"

#include <string.h>

#include "linkage/normalize.h"

typedef struct RoleWord
{
	const char *word;
	CltRole		role;
} RoleWord;

/*
 * "=" in front: only as the whole name or as a word of it, never inside one.  "~": the same, and any other word of the
 * name says more (address_city is a town).  "!": only as the whole name (ad is a name in Turkish, ad_group is none).
 */
static const RoleWord vocabulary[] = {
	{"=id", CLT_ROLE_IGNORE}, {"=uuid", CLT_ROLE_IGNORE}, {"=guid", CLT_ROLE_IGNORE}, {"created", CLT_ROLE_IGNORE},
	{"updated", CLT_ROLE_IGNORE}, {"modified", CLT_ROLE_IGNORE}, {"deleted", CLT_ROLE_IGNORE}, {"timestamp", CLT_ROLE_IGNORE},
	{"inserted", CLT_ROLE_IGNORE}, {"registered", CLT_ROLE_IGNORE}, {"cluster", CLT_ROLE_IGNORE}, {"=note", CLT_ROLE_IGNORE},
	{"notes", CLT_ROLE_IGNORE}, {"comment", CLT_ROLE_IGNORE}, {"napomena", CLT_ROLE_IGNORE}, {"bemerkung", CLT_ROLE_IGNORE},
	{"poznamka", CLT_ROLE_IGNORE}, {"uwagi", CLT_ROLE_IGNORE}, {"status", CLT_ROLE_IGNORE}, {"=active", CLT_ROLE_IGNORE},
	{"password", CLT_ROLE_IGNORE}, {"=source", CLT_ROLE_IGNORE}, {"=origin", CLT_ROLE_IGNORE}, {"consent", CLT_ROLE_IGNORE},
	{"newsletter", CLT_ROLE_IGNORE}, {"=hash", CLT_ROLE_IGNORE}, {"=token", CLT_ROLE_IGNORE}, {"=url", CLT_ROLE_IGNORE},
	{"website", CLT_ROLE_WEBSITE}, {"=www", CLT_ROLE_WEBSITE}, {"=web", CLT_ROLE_WEBSITE}, {"homepage", CLT_ROLE_WEBSITE}, {"webseite", CLT_ROLE_WEBSITE},
	{"=webstranica", CLT_ROLE_WEBSITE}, {"=honlap", CLT_ROLE_WEBSITE}, {"webadresa", CLT_ROLE_WEBSITE}, {"stronawww", CLT_ROLE_WEBSITE}, {"=fax", CLT_ROLE_IGNORE}, {"=lang", CLT_ROLE_IGNORE}, {"language", CLT_ROLE_IGNORE},
	{"=score", CLT_ROLE_IGNORE}, {"=total", CLT_ROLE_IGNORE}, {"=type", CLT_ROLE_IGNORE}, {"=tags", CLT_ROLE_IGNORE},
	{"=segment", CLT_ROLE_IGNORE}, {"=since", CLT_ROLE_IGNORE}, {"=seen", CLT_ROLE_IGNORE}, {"=truth", CLT_ROLE_IGNORE},
	{"=entity", CLT_ROLE_IGNORE}, {"=label", CLT_ROLE_IGNORE}, {"=erdat", CLT_ROLE_IGNORE}, {"=ernam", CLT_ROLE_IGNORE},
	{"=aedat", CLT_ROLE_IGNORE}, {"=mandt", CLT_ROLE_IGNORE}, {"=lifnr", CLT_ROLE_IGNORE}, {"=kunnr", CLT_ROLE_IGNORE},
	{"=telfx", CLT_ROLE_IGNORE}, {"tussenvoegsel", CLT_ROLE_IGNORE}, {"observac", CLT_ROLE_IGNORE}, {"observaciones", CLT_ROLE_IGNORE},
	{"remarks", CLT_ROLE_IGNORE}, {"napomene", CLT_ROLE_IGNORE}, {"opombe", CLT_ROLE_IGNORE}, {"megjegyzes", CLT_ROLE_IGNORE},
	{"uwaga", CLT_ROLE_IGNORE}, {"anmerkung", CLT_ROLE_IGNORE}, {"=faks", CLT_ROLE_IGNORE}, {"=telefax", CLT_ROLE_IGNORE},
	{"avatar", CLT_ROLE_IGNORE}, {"=ip", CLT_ROLE_IGNORE}, {"useragent", CLT_ROLE_IGNORE}, {"latlng", CLT_ROLE_IGNORE},

	{"description", CLT_ROLE_DESCRIPTION}, {"beschreibung", CLT_ROLE_DESCRIPTION}, {"popis", CLT_ROLE_DESCRIPTION},
	{"=opis", CLT_ROLE_DESCRIPTION},

	{"amount", CLT_ROLE_AMOUNT}, {"=price", CLT_ROLE_AMOUNT}, {"=cena", CLT_ROLE_AMOUNT}, {"=cijena", CLT_ROLE_AMOUNT},
	{"=preis", CLT_ROLE_AMOUNT}, {"=prix", CLT_ROLE_AMOUNT}, {"=precio", CLT_ROLE_AMOUNT}, {"=prezzo", CLT_ROLE_AMOUNT},
	{"=preco", CLT_ROLE_AMOUNT}, {"=prijs", CLT_ROLE_AMOUNT},

	{"givenname", CLT_ROLE_GIVEN}, {"firstname", CLT_ROLE_GIVEN}, {"=given", CLT_ROLE_GIVEN}, {"=first", CLT_ROLE_GIVEN},
	{"=fname", CLT_ROLE_GIVEN}, {"forename", CLT_ROLE_GIVEN}, {"=ime", CLT_ROLE_GIVEN}, {"=imie", CLT_ROLE_GIVEN}, {"=imena", CLT_ROLE_GIVEN},
	{"=imiona", CLT_ROLE_GIVEN}, {"=jmeno", CLT_ROLE_GIVEN}, {"krestni", CLT_ROLE_GIVEN}, {"krstne", CLT_ROLE_GIVEN},
	{"=meno", CLT_ROLE_GIVEN}, {"vorname", CLT_ROLE_GIVEN}, {"rufname", CLT_ROLE_GIVEN}, {"prenom", CLT_ROLE_GIVEN},
	{"=nombre", CLT_ROLE_GIVEN}, {"=nombres", CLT_ROLE_GIVEN}, {"=nome", CLT_ROLE_GIVEN}, {"keresztnev", CLT_ROLE_GIVEN},
	{"utonev", CLT_ROLE_GIVEN}, {"osebnoime", CLT_ROLE_GIVEN}, {"voornaam", CLT_ROLE_GIVEN}, {"nomeproprio", CLT_ROLE_GIVEN},
	{"primeironome", CLT_ROLE_GIVEN}, {"primernombre", CLT_ROLE_GIVEN}, {"prenoms", CLT_ROLE_GIVEN}, {"=vornamen", CLT_ROLE_GIVEN},
	{"=jmena", CLT_ROLE_GIVEN}, {"=nomi", CLT_ROLE_GIVEN},
	{"!ad", CLT_ROLE_GIVEN}, {"!adi", CLT_ROLE_GIVEN}, {"=isim", CLT_ROLE_GIVEN}, {"prenume", CLT_ROLE_GIVEN},
	{"=fornavn", CLT_ROLE_GIVEN}, {"=fornamn", CLT_ROLE_GIVEN}, {"=etunimi", CLT_ROLE_GIVEN}, {"=eesnimi", CLT_ROLE_GIVEN},
	{"=vards", CLT_ROLE_GIVEN}, {"=vardas", CLT_ROLE_GIVEN}, {"=imja", CLT_ROLE_GIVEN}, {"=imya", CLT_ROLE_GIVEN},
	{"=onoma", CLT_ROLE_GIVEN}, {"=emri", CLT_ROLE_GIVEN},

	{"middle", CLT_ROLE_MIDDLE}, {"=midl", CLT_ROLE_MIDDLE}, {"=mid", CLT_ROLE_MIDDLE}, {"=mname", CLT_ROLE_MIDDLE},
	{"secondname", CLT_ROLE_MIDDLE}, {"drugieimie", CLT_ROLE_MIDDLE}, {"srednjeime", CLT_ROLE_MIDDLE}, {"=patronymic", CLT_ROLE_MIDDLE},
	{"imeoca", CLT_ROLE_MIDDLE}, {"ocevoime", CLT_ROLE_MIDDLE}, {"=mi", CLT_ROLE_MIDDLE}, {"zweitername", CLT_ROLE_MIDDLE},
	{"deuxiemeprenom", CLT_ROLE_MIDDLE}, {"segundonombre", CLT_ROLE_MIDDLE}, {"secondonome", CLT_ROLE_MIDDLE},
	{"tweedenaam", CLT_ROLE_MIDDLE},
	{"otchestvo", CLT_ROLE_MIDDLE}, {"otcestvo", CLT_ROLE_MIDDLE}, {"pobatkovi", CLT_ROLE_MIDDLE}, {"mellomnavn", CLT_ROLE_MIDDLE},
	{"mellannamn", CLT_ROLE_MIDDLE}, {"patronymo", CLT_ROLE_MIDDLE}, {"patronimo", CLT_ROLE_MIDDLE},

	{"surname", CLT_ROLE_SURNAME}, {"lastname", CLT_ROLE_SURNAME}, {"=last", CLT_ROLE_SURNAME}, {"=lname", CLT_ROLE_SURNAME},
	{"familyname", CLT_ROLE_SURNAME}, {"=sname", CLT_ROLE_SURNAME}, {"prezime", CLT_ROLE_SURNAME}, {"priimek", CLT_ROLE_SURNAME},
	{"nazwisko", CLT_ROLE_SURNAME}, {"prijmeni", CLT_ROLE_SURNAME}, {"priezvisko", CLT_ROLE_SURNAME}, {"nachname", CLT_ROLE_SURNAME},
	{"familienname", CLT_ROLE_SURNAME}, {"zuname", CLT_ROLE_SURNAME}, {"apellido", CLT_ROLE_SURNAME}, {"apellidos", CLT_ROLE_SURNAME},
	{"cognome", CLT_ROLE_SURNAME}, {"nomdefamille", CLT_ROLE_SURNAME}, {"=nom", CLT_ROLE_SURNAME}, {"vezeteknev", CLT_ROLE_SURNAME},
	{"csaladnev", CLT_ROLE_SURNAME}, {"achternaam", CLT_ROLE_SURNAME}, {"sobrenome", CLT_ROLE_SURNAME}, {"=apelido", CLT_ROLE_SURNAME},
	{"=apelidos", CLT_ROLE_SURNAME}, {"nomfamille", CLT_ROLE_SURNAME}, {"geburtsname", CLT_ROLE_SURNAME}, {"maidenname", CLT_ROLE_SURNAME},
	{"birthname", CLT_ROLE_SURNAME}, {"rodneprijmeni", CLT_ROLE_SURNAME}, {"nazwiskorodowe", CLT_ROLE_SURNAME},
	{"devojackoprezime", CLT_ROLE_SURNAME}, {"djevojackoprezime", CLT_ROLE_SURNAME}, {"dekliskipriimek", CLT_ROLE_SURNAME},
	{"primerapellido", CLT_ROLE_SURNAME},
	{"=soyad", CLT_ROLE_SURNAME}, {"=soyadi", CLT_ROLE_SURNAME}, {"soyisim", CLT_ROLE_SURNAME}, {"=nume", CLT_ROLE_SURNAME},
	{"familiya", CLT_ROLE_SURNAME}, {"familija", CLT_ROLE_SURNAME}, {"prizvisce", CLT_ROLE_SURNAME}, {"prizvyshche", CLT_ROLE_SURNAME},
	{"etternavn", CLT_ROLE_SURNAME}, {"efternavn", CLT_ROLE_SURNAME}, {"efternamn", CLT_ROLE_SURNAME}, {"sukunimi", CLT_ROLE_SURNAME},
	{"perekonnanimi", CLT_ROLE_SURNAME}, {"=perenimi", CLT_ROLE_SURNAME}, {"uzvards", CLT_ROLE_SURNAME}, {"pavarde", CLT_ROLE_SURNAME},
	{"eponymo", CLT_ROLE_SURNAME}, {"eponimo", CLT_ROLE_SURNAME}, {"epitheto", CLT_ROLE_SURNAME}, {"mbiemri", CLT_ROLE_SURNAME},

	{"~name", CLT_ROLE_NAME}, {"displayname", CLT_ROLE_NAME}, {"customername", CLT_ROLE_NAME}, {"~naziv", CLT_ROLE_NAME},
	{"~nazwa", CLT_ROLE_NAME}, {"~nazev", CLT_ROLE_NAME}, {"~nazov", CLT_ROLE_NAME}, {"~nev", CLT_ROLE_NAME}, {"~kunde", CLT_ROLE_NAME},
	{"~kupac", CLT_ROLE_NAME}, {"~klient", CLT_ROLE_NAME}, {"~zakaznik", CLT_ROLE_NAME}, {"~customer", CLT_ROLE_NAME},
	{"~naam", CLT_ROLE_NAME}, {"~client", CLT_ROLE_NAME}, {"~cliente", CLT_ROLE_NAME}, {"~klijent", CLT_ROLE_NAME},
	{"~stranka", CLT_ROLE_NAME}, {"~ugyfel", CLT_ROLE_NAME}, {"~klant", CLT_ROLE_NAME}, {"~supplier", CLT_ROLE_NAME},
	{"~vendor", CLT_ROLE_NAME}, {"~dobavljac", CLT_ROLE_NAME}, {"~dobavitelj", CLT_ROLE_NAME}, {"~lieferant", CLT_ROLE_NAME},
	{"~dodavatel", CLT_ROLE_NAME}, {"~dostawca", CLT_ROLE_NAME}, {"~fournisseur", CLT_ROLE_NAME}, {"~proveedor", CLT_ROLE_NAME},
	{"~fornitore", CLT_ROLE_NAME}, {"~buyer", CLT_ROLE_NAME}, {"~kontrahent", CLT_ROLE_NAME},

	{"fullname", CLT_ROLE_WHOLE_NAME}, {"contactname", CLT_ROLE_WHOLE_NAME}, {"personname", CLT_ROLE_WHOLE_NAME},
	{"imeiprezime", CLT_ROLE_WHOLE_NAME}, {"imeinpriimek", CLT_ROLE_WHOLE_NAME}, {"imieinazwisko", CLT_ROLE_WHOLE_NAME},
	{"jmenoaprijmeni", CLT_ROLE_WHOLE_NAME}, {"menoapriezvisko", CLT_ROLE_WHOLE_NAME}, {"ansprechpartner", CLT_ROLE_WHOLE_NAME},
	{"=kontaktosoba", CLT_ROLE_WHOLE_NAME}, {"nominativo", CLT_ROLE_WHOLE_NAME}, {"kontaktperson", CLT_ROLE_WHOLE_NAME},
	{"contactpersoon", CLT_ROLE_WHOLE_NAME}, {"nombrecompleto", CLT_ROLE_WHOLE_NAME}, {"nomecompleto", CLT_ROLE_WHOLE_NAME},
	{"nomcomplet", CLT_ROLE_WHOLE_NAME}, {"teljesnev", CLT_ROLE_WHOLE_NAME}, {"volledigenaam", CLT_ROLE_WHOLE_NAME},
	{"~patient", CLT_ROLE_WHOLE_NAME}, {"~guest", CLT_ROLE_WHOLE_NAME}, {"~osoba", CLT_ROLE_WHOLE_NAME}, {"~titular", CLT_ROLE_WHOLE_NAME},
	{"!fio", CLT_ROLE_WHOLE_NAME}, {"namalengkap", CLT_ROLE_WHOLE_NAME}, {"onomateponymo", CLT_ROLE_WHOLE_NAME},
	{"=navn", CLT_ROLE_WHOLE_NAME}, {"=namn", CLT_ROLE_WHOLE_NAME},

	{"=title", CLT_ROLE_NONE},

	{"=age", CLT_ROLE_AGE}, {"=alter", CLT_ROLE_AGE}, {"=wiek", CLT_ROLE_AGE}, {"=starost", CLT_ROLE_AGE}, {"=godine", CLT_ROLE_AGE},
	{"=vek", CLT_ROLE_AGE}, {"=eletkor", CLT_ROLE_AGE}, {"=edad", CLT_ROLE_AGE}, {"=eta", CLT_ROLE_AGE}, {"=leeftijd", CLT_ROLE_AGE},
	{"=idade", CLT_ROLE_AGE},
	{"=varsta", CLT_ROLE_AGE}, {"=yas", CLT_ROLE_AGE}, {"=alder", CLT_ROLE_AGE}, {"=ika", CLT_ROLE_AGE},
	{"=vozrast", CLT_ROLE_AGE}, {"=vik", CLT_ROLE_AGE}, {"=amzius", CLT_ROLE_AGE}, {"=vecums", CLT_ROLE_AGE}, {"=ilikia", CLT_ROLE_AGE},

	{"company", CLT_ROLE_COMPANY}, {"=firma", CLT_ROLE_COMPANY}, {"=firm", CLT_ROLE_COMPANY}, {"tvrtka", CLT_ROLE_COMPANY},
	{"podjetje", CLT_ROLE_COMPANY}, {"spolecnost", CLT_ROLE_COMPANY}, {"spolocnost", CLT_ROLE_COMPANY}, {"unternehmen", CLT_ROLE_COMPANY},
	{"organisation", CLT_ROLE_COMPANY}, {"organization", CLT_ROLE_COMPANY}, {"employer", CLT_ROLE_COMPANY}, {"=org", CLT_ROLE_COMPANY},
	{"businessname", CLT_ROLE_COMPANY}, {"preduzece", CLT_ROLE_COMPANY}, {"kompanija", CLT_ROLE_COMPANY}, {"poduzece", CLT_ROLE_COMPANY},
	{"empresa", CLT_ROLE_COMPANY}, {"entreprise", CLT_ROLE_COMPANY}, {"azienda", CLT_ROLE_COMPANY}, {"=societe", CLT_ROLE_COMPANY},
	{"=ceg", CLT_ROLE_COMPANY}, {"cegnev", CLT_ROLE_COMPANY}, {"affil", CLT_ROLE_COMPANY}, {"institution", CLT_ROLE_COMPANY},
	{"bedrijf", CLT_ROLE_COMPANY}, {"raisonsociale", CLT_ROLE_COMPANY}, {"razonsocial", CLT_ROLE_COMPANY}, {"razaosocial", CLT_ROLE_COMPANY},
	{"ragionesociale", CLT_ROLE_COMPANY}, {"denominazione", CLT_ROLE_COMPANY}, {"firmenname", CLT_ROLE_COMPANY},
	{"handelsname", CLT_ROLE_COMPANY}, {"obchodnimeno", CLT_ROLE_COMPANY}, {"obchodnijmeno", CLT_ROLE_COMPANY},
	{"obchodnemeno", CLT_ROLE_COMPANY}, {"nazwafirmy", CLT_ROLE_COMPANY}, {"=arbeitgeber", CLT_ROLE_COMPANY},
	{"bedrijfsnaam", CLT_ROLE_COMPANY}, {"universit", CLT_ROLE_COMPANY}, {"legalname", CLT_ROLE_COMPANY}, {"tradename", CLT_ROLE_COMPANY},

	{"email", CLT_ROLE_EMAIL}, {"emailaddress", CLT_ROLE_EMAIL}, {"adressemail", CLT_ROLE_EMAIL}, {"=mail", CLT_ROLE_EMAIL},
	{"eposta", CLT_ROLE_EMAIL}, {"elposta", CLT_ROLE_EMAIL}, {"emailadresse", CLT_ROLE_EMAIL}, {"imejl", CLT_ROLE_EMAIL},
	{"mejl", CLT_ROLE_EMAIL}, {"correo", CLT_ROLE_EMAIL}, {"courriel", CLT_ROLE_EMAIL}, {"=eml", CLT_ROLE_EMAIL}, {"=smtp", CLT_ROLE_EMAIL},
	{"mailcim", CLT_ROLE_EMAIL}, {"mailadres", CLT_ROLE_EMAIL},
	{"epost", CLT_ROLE_EMAIL}, {"sahkoposti", CLT_ROLE_EMAIL}, {"elektronnaposta", CLT_ROLE_EMAIL}, {"elpastas", CLT_ROLE_EMAIL},

	{"phone", CLT_ROLE_PHONE}, {"telefon", CLT_ROLE_PHONE}, {"=tel", CLT_ROLE_PHONE}, {"mobile", CLT_ROLE_PHONE}, {"mobil", CLT_ROLE_PHONE},
	{"=cell", CLT_ROLE_PHONE}, {"=handy", CLT_ROLE_PHONE}, {"=gsm", CLT_ROLE_PHONE}, {"komorka", CLT_ROLE_PHONE},
	{"komorkowy", CLT_ROLE_PHONE}, {"landline", CLT_ROLE_PHONE}, {"=fon", CLT_ROLE_PHONE}, {"celular", CLT_ROLE_PHONE},
	{"cellulare", CLT_ROLE_PHONE}, {"telephone", CLT_ROLE_PHONE}, {"telefoon", CLT_ROLE_PHONE}, {"mobitel", CLT_ROLE_PHONE},
	{"telemovel", CLT_ROLE_PHONE}, {"=movil", CLT_ROLE_PHONE}, {"=portable", CLT_ROLE_PHONE}, {"rufnummer", CLT_ROLE_PHONE},
	{"festnetz", CLT_ROLE_PHONE}, {"=telf", CLT_ROLE_PHONE}, {"=msisdn", CLT_ROLE_PHONE}, {"matkapuhelin", CLT_ROLE_PHONE},
	{"=fixe", CLT_ROLE_PHONE},
	{"!cep", CLT_ROLE_PHONE}, {"ceptel", CLT_ROLE_PHONE}, {"puhelin", CLT_ROLE_PHONE}, {"=matkap", CLT_ROLE_PHONE},
	{"=mobilnr", CLT_ROLE_PHONE}, {"kinito", CLT_ROLE_PHONE}, {"tilefono", CLT_ROLE_PHONE}, {"=tlf", CLT_ROLE_PHONE},
	{"=tlfnr", CLT_ROLE_PHONE}, {"=gsmnr", CLT_ROLE_PHONE},

	{"=dob", CLT_ROLE_BIRTH_DATE}, {"birthdate", CLT_ROLE_BIRTH_DATE}, {"dateofbirth", CLT_ROLE_BIRTH_DATE},
	{"birthday", CLT_ROLE_BIRTH_DATE}, {"=birth", CLT_ROLE_BIRTH_DATE}, {"=born", CLT_ROLE_BIRTH_DATE}, {"rodjenja", CLT_ROLE_BIRTH_DATE},
	{"rodenja", CLT_ROLE_BIRTH_DATE}, {"rojstva", CLT_ROLE_BIRTH_DATE}, {"=rojen", CLT_ROLE_BIRTH_DATE}, {"rodjen", CLT_ROLE_BIRTH_DATE},
	{"urodzenia", CLT_ROLE_BIRTH_DATE}, {"dataur", CLT_ROLE_BIRTH_DATE}, {"narozeni", CLT_ROLE_BIRTH_DATE},
	{"narodenia", CLT_ROLE_BIRTH_DATE}, {"narozen", CLT_ROLE_BIRTH_DATE}, {"geburt", CLT_ROLE_BIRTH_DATE}, {"geboren", CLT_ROLE_BIRTH_DATE},
	{"gebdat", CLT_ROLE_BIRTH_DATE}, {"nacimiento", CLT_ROLE_BIRTH_DATE}, {"naissance", CLT_ROLE_BIRTH_DATE},
	{"nascita", CLT_ROLE_BIRTH_DATE}, {"szuletesi", CLT_ROLE_BIRTH_DATE}, {"nascimento", CLT_ROLE_BIRTH_DATE},
	{"geboorte", CLT_ROLE_BIRTH_DATE}, {"birthdt", CLT_ROLE_BIRTH_DATE}, {"dateborn", CLT_ROLE_BIRTH_DATE}, {"szuletes", CLT_ROLE_BIRTH_DATE},
	{"dogumtarihi", CLT_ROLE_BIRTH_DATE}, {"=dogum", CLT_ROLE_BIRTH_DATE}, {"nasterii", CLT_ROLE_BIRTH_DATE},
	{"=nastere", CLT_ROLE_BIRTH_DATE}, {"fodselsdato", CLT_ROLE_BIRTH_DATE}, {"fodselsdag", CLT_ROLE_BIRTH_DATE},
	{"fodelsedatum", CLT_ROLE_BIRTH_DATE}, {"fodelsedag", CLT_ROLE_BIRTH_DATE}, {"=fodt", CLT_ROLE_BIRTH_DATE},
	{"=fodd", CLT_ROLE_BIRTH_DATE}, {"syntymaaika", CLT_ROLE_BIRTH_DATE}, {"sunniaeg", CLT_ROLE_BIRTH_DATE},
	{"synniaeg", CLT_ROLE_BIRTH_DATE}, {"dzimsanas", CLT_ROLE_BIRTH_DATE}, {"gimimo", CLT_ROLE_BIRTH_DATE},
	{"rozdenija", CLT_ROLE_BIRTH_DATE}, {"rozhdeniya", CLT_ROLE_BIRTH_DATE}, {"narodzenna", CLT_ROLE_BIRTH_DATE},
	{"narodzhennya", CLT_ROLE_BIRTH_DATE}, {"razdane", CLT_ROLE_BIRTH_DATE}, {"gennisis", CLT_ROLE_BIRTH_DATE},
	{"gennisi", CLT_ROLE_BIRTH_DATE}, {"datelindja", CLT_ROLE_BIRTH_DATE}, {"tgllahir", CLT_ROLE_BIRTH_DATE},
	{"tanggallahir", CLT_ROLE_BIRTH_DATE},
	{"=szulido", CLT_ROLE_BIRTH_DATE}, {"=szulidopont", CLT_ROLE_BIRTH_DATE}, {"=szuldatum", CLT_ROLE_BIRTH_DATE},
	{"=szuldat", CLT_ROLE_BIRTH_DATE}, {"=datrod", CLT_ROLE_BIRTH_DATE}, {"=datumrod", CLT_ROLE_BIRTH_DATE},
	{"=datrodj", CLT_ROLE_BIRTH_DATE}, {"=datumrodj", CLT_ROLE_BIRTH_DATE}, {"=datnar", CLT_ROLE_BIRTH_DATE},
	{"=datumnar", CLT_ROLE_BIRTH_DATE}, {"=fechanac", CLT_ROLE_BIRTH_DATE}, {"=fecnac", CLT_ROLE_BIRTH_DATE},
	{"=datanasc", CLT_ROLE_BIRTH_DATE}, {"=dtnasc", CLT_ROLE_BIRTH_DATE}, {"=datenaiss", CLT_ROLE_BIRTH_DATE},
	{"=ddn", CLT_ROLE_BIRTH_DATE}, {"=datanast", CLT_ROLE_BIRTH_DATE},

	{"=by", CLT_ROLE_YEAR}, {"=yob", CLT_ROLE_YEAR}, {"birthyear", CLT_ROLE_YEAR}, {"yearofbirth", CLT_ROLE_YEAR}, {"=year", CLT_ROLE_YEAR},
	{"geburtsjahr", CLT_ROLE_YEAR}, {"godinarodjenja", CLT_ROLE_YEAR}, {"godiste", CLT_ROLE_YEAR}, {"rokurodzenia", CLT_ROLE_YEAR},
	{"roknarozeni", CLT_ROLE_YEAR}, {"roknarodenia", CLT_ROLE_YEAR}, {"letorojstva", CLT_ROLE_YEAR},
	{"godrozdenija", CLT_ROLE_YEAR}, {"godrozhdeniya", CLT_ROLE_YEAR}, {"dogumyili", CLT_ROLE_YEAR}, {"fodselsar", CLT_ROLE_YEAR},
	{"fodelsear", CLT_ROLE_YEAR}, {"syntymavuosi", CLT_ROLE_YEAR}, {"annonascita", CLT_ROLE_YEAR}, {"anneenaissance", CLT_ROLE_YEAR},
	{"anonacimiento", CLT_ROLE_YEAR}, {"anonascimento", CLT_ROLE_YEAR}, {"szuletesiev", CLT_ROLE_YEAR}, {"geboortejaar", CLT_ROLE_YEAR},
	{"etosgennisis", CLT_ROLE_YEAR}, {"anulnasterii", CLT_ROLE_YEAR},
	{"=szulev", CLT_ROLE_YEAR}, {"=rokur", CLT_ROLE_YEAR}, {"=roknar", CLT_ROLE_YEAR}, {"=rocnik", CLT_ROLE_YEAR},
	{"=rocznik", CLT_ROLE_YEAR}, {"=gebjahr", CLT_ROLE_YEAR}, {"=jahrgang", CLT_ROLE_YEAR}, {"=godrod", CLT_ROLE_YEAR},
	{"=godrodj", CLT_ROLE_YEAR}, {"=godinarod", CLT_ROLE_YEAR}, {"=godinarodj", CLT_ROLE_YEAR}, {"=letoroj", CLT_ROLE_YEAR},
	{"=birthyr", CLT_ROLE_YEAR}, {"=byear", CLT_ROLE_YEAR}, {"=anneenaiss", CLT_ROLE_YEAR}, {"=annonasc", CLT_ROLE_YEAR},
	{"=anonac", CLT_ROLE_YEAR},

	{"=bm", CLT_ROLE_MONTH}, {"=mob", CLT_ROLE_MONTH}, {"birthmonth", CLT_ROLE_MONTH}, {"monthofbirth", CLT_ROLE_MONTH},
	{"=month", CLT_ROLE_MONTH},

	{"=bd", CLT_ROLE_DAY}, {"dayofbirth", CLT_ROLE_DAY}, {"=day", CLT_ROLE_DAY},

	{"street", CLT_ROLE_STREET}, {"~address", CLT_ROLE_STREET}, {"~addr", CLT_ROLE_STREET}, {"~adresa", CLT_ROLE_STREET},
	{"ulica", CLT_ROLE_STREET}, {"=ulice", CLT_ROLE_STREET}, {"strasse", CLT_ROLE_STREET}, {"=str", CLT_ROLE_STREET},
	{"~naslov", CLT_ROLE_STREET}, {"~adres", CLT_ROLE_STREET}, {"~adresse", CLT_ROLE_STREET}, {"~anschrift", CLT_ROLE_STREET},
	{"=calle", CLT_ROLE_STREET}, {"~direccion", CLT_ROLE_STREET}, {"=rue", CLT_ROLE_STREET}, {"=via", CLT_ROLE_STREET},
	{"~indirizzo", CLT_ROLE_STREET}, {"=utca", CLT_ROLE_STREET}, {"~cim", CLT_ROLE_STREET}, {"=addressline", CLT_ROLE_STREET},
	{"=straat", CLT_ROLE_STREET}, {"=morada", CLT_ROLE_STREET}, {"endereco", CLT_ROLE_STREET}, {"=rua", CLT_ROLE_STREET},
	{"=voie", CLT_ROLE_STREET}, {"domicilio", CLT_ROLE_STREET}, {"=stras", CLT_ROLE_STREET}, {"=lakcim", CLT_ROLE_STREET},
	{"=sidlo", CLT_ROLE_STREET}, {"=bydliste", CLT_ROLE_STREET}, {"=bydlisko", CLT_ROLE_STREET},
	{"=strada", CLT_ROLE_STREET}, {"=sokak", CLT_ROLE_STREET}, {"=cadde", CLT_ROLE_STREET}, {"=gateadresse", CLT_ROLE_STREET},
	{"=gatuadress", CLT_ROLE_STREET}, {"=katuosoite", CLT_ROLE_STREET}, {"=osoite", CLT_ROLE_STREET}, {"=tanav", CLT_ROLE_STREET},
	{"=iela", CLT_ROLE_STREET}, {"=gatve", CLT_ROLE_STREET}, {"=ulitsa", CLT_ROLE_STREET}, {"=vulyca", CLT_ROLE_STREET},
	{"=vulytsya", CLT_ROLE_STREET}, {"dieuthynsi", CLT_ROLE_STREET}, {"diefthynsi", CLT_ROLE_STREET}, {"diefthinsi", CLT_ROLE_STREET},
	{"=odos", CLT_ROLE_STREET}, {"=rruga", CLT_ROLE_STREET}, {"=adress", CLT_ROLE_STREET}, {"=adresi", CLT_ROLE_STREET},
	{"=alamat", CLT_ROLE_STREET}, {"=jalan", CLT_ROLE_STREET},

	{"streetnumber", CLT_ROLE_HOUSE_NUMBER}, {"streetno", CLT_ROLE_HOUSE_NUMBER}, {"housenumber", CLT_ROLE_HOUSE_NUMBER},
	{"houseno", CLT_ROLE_HOUSE_NUMBER}, {"hausnummer", CLT_ROLE_HOUSE_NUMBER}, {"hausnr", CLT_ROLE_HOUSE_NUMBER},
	{"kucnibroj", CLT_ROLE_HOUSE_NUMBER}, {"hisnastevilka", CLT_ROLE_HOUSE_NUMBER}, {"numerdomu", CLT_ROLE_HOUSE_NUMBER},
	{"nrdomu", CLT_ROLE_HOUSE_NUMBER}, {"cislopopisne", CLT_ROLE_HOUSE_NUMBER}, {"cislodomu", CLT_ROLE_HOUSE_NUMBER},
	{"buildingnumber", CLT_ROLE_HOUSE_NUMBER}, {"numerocivico", CLT_ROLE_HOUSE_NUMBER}, {"hazszam", CLT_ROLE_HOUSE_NUMBER},
	{"huisnummer", CLT_ROLE_HOUSE_NUMBER}, {"numerorue", CLT_ROLE_HOUSE_NUMBER}, {"numeroporta", CLT_ROLE_HOUSE_NUMBER},
	{"hausnum", CLT_ROLE_HOUSE_NUMBER}, {"cislopop", CLT_ROLE_HOUSE_NUMBER}, {"nrbudynku", CLT_ROLE_HOUSE_NUMBER},

	{"postcode", CLT_ROLE_POSTCODE}, {"postalcode", CLT_ROLE_POSTCODE}, {"=zip", CLT_ROLE_POSTCODE}, {"zipcode", CLT_ROLE_POSTCODE},
	{"=plz", CLT_ROLE_POSTCODE}, {"postleitzahl", CLT_ROLE_POSTCODE}, {"postanskibroj", CLT_ROLE_POSTCODE},
	{"postnastevilka", CLT_ROLE_POSTCODE}, {"kodpocztowy", CLT_ROLE_POSTCODE}, {"=psc", CLT_ROLE_POSTCODE},
	{"codigopostal", CLT_ROLE_POSTCODE}, {"codepostal", CLT_ROLE_POSTCODE}, {"=cap", CLT_ROLE_POSTCODE}, {"iranyitoszam", CLT_ROLE_POSTCODE},
	{"=pbroj", CLT_ROLE_POSTCODE}, {"=pobr", CLT_ROLE_POSTCODE}, {"=postal", CLT_ROLE_POSTCODE}, {"pstlz", CLT_ROLE_POSTCODE},
	{"=postnummer", CLT_ROLE_POSTCODE}, {"=kodpoczt", CLT_ROLE_POSTCODE},
	{"codpostal", CLT_ROLE_POSTCODE}, {"postakodu", CLT_ROLE_POSTCODE}, {"=postkod", CLT_ROLE_POSTCODE}, {"=postnr", CLT_ROLE_POSTCODE},
	{"postinumero", CLT_ROLE_POSTCODE}, {"sihtnumber", CLT_ROLE_POSTCODE}, {"pastaindekss", CLT_ROLE_POSTCODE},
	{"!tk", CLT_ROLE_POSTCODE},
	{"kodepos", CLT_ROLE_POSTCODE},

	{"=city", CLT_ROLE_CITY}, {"=town", CLT_ROLE_CITY}, {"suburb", CLT_ROLE_CITY}, {"=grad", CLT_ROLE_CITY}, {"=mesto", CLT_ROLE_CITY},
	{"=mjesto", CLT_ROLE_CITY}, {"=miasto", CLT_ROLE_CITY}, {"=obec", CLT_ROLE_CITY}, {"=gmina", CLT_ROLE_CITY}, {"=ort", CLT_ROLE_CITY},
	{"=stadt", CLT_ROLE_CITY}, {"wohnort", CLT_ROLE_CITY}, {"miejscowosc", CLT_ROLE_CITY}, {"locality", CLT_ROLE_CITY},
	{"=place", CLT_ROLE_CITY}, {"municipality", CLT_ROLE_CITY}, {"opstina", CLT_ROLE_CITY}, {"opcina", CLT_ROLE_CITY},
	{"obcina", CLT_ROLE_CITY}, {"=naselje", CLT_ROLE_CITY}, {"=ville", CLT_ROLE_CITY}, {"ciudad", CLT_ROLE_CITY}, {"=citta", CLT_ROLE_CITY},
	{"=comune", CLT_ROLE_CITY}, {"=varos", CLT_ROLE_CITY}, {"birthplace", CLT_ROLE_CITY}, {"mestorodjenja", CLT_ROLE_CITY},
	{"gemeinde", CLT_ROLE_CITY}, {"plaats", CLT_ROLE_CITY}, {"woonplaats", CLT_ROLE_CITY}, {"localidade", CLT_ROLE_CITY},
	{"=cidade", CLT_ROLE_CITY}, {"localidad", CLT_ROLE_CITY}, {"=localita", CLT_ROLE_CITY}, {"poblacion", CLT_ROLE_CITY},
	{"municipio", CLT_ROLE_CITY}, {"=commune", CLT_ROLE_CITY}, {"telepules", CLT_ROLE_CITY}, {"geburtsort", CLT_ROLE_CITY},
	{"=posta", CLT_ROLE_CITY},
	{"=oras", CLT_ROLE_CITY}, {"=localitate", CLT_ROLE_CITY}, {"=ilce", CLT_ROLE_CITY}, {"=sehir", CLT_ROLE_CITY},
	{"=poststed", CLT_ROLE_CITY}, {"=postort", CLT_ROLE_CITY}, {"=kaupunki", CLT_ROLE_CITY}, {"=paikkakunta", CLT_ROLE_CITY},
	{"=linn", CLT_ROLE_CITY}, {"=pilseta", CLT_ROLE_CITY}, {"=miestas", CLT_ROLE_CITY}, {"=gorod", CLT_ROLE_CITY},
	{"=misto", CLT_ROLE_CITY}, {"=poli", CLT_ROLE_CITY}, {"=qyteti", CLT_ROLE_CITY}, {"=kota", CLT_ROLE_CITY},
	{"dogumyeri", CLT_ROLE_CITY}, {"birthcity", CLT_ROLE_CITY}, {"geburtsstadt", CLT_ROLE_CITY},

	{"=state", CLT_ROLE_REGION}, {"region", CLT_ROLE_REGION}, {"province", CLT_ROLE_REGION}, {"=county", CLT_ROLE_REGION},
	{"country", CLT_ROLE_REGION}, {"=land", CLT_ROLE_REGION}, {"=zeme", CLT_ROLE_REGION}, {"drzava", CLT_ROLE_REGION},
	{"panstwo", CLT_ROLE_REGION}, {"=stat", CLT_ROLE_REGION}, {"krajina", CLT_ROLE_REGION}, {"=kraj", CLT_ROLE_REGION},
	{"powiat", CLT_ROLE_REGION}, {"wojewodztwo", CLT_ROLE_REGION}, {"zupanija", CLT_ROLE_REGION}, {"=okres", CLT_ROLE_REGION},
	{"=pais", CLT_ROLE_REGION}, {"=pays", CLT_ROLE_REGION}, {"paese", CLT_ROLE_REGION}, {"orszag", CLT_ROLE_REGION},
	{"district", CLT_ROLE_REGION}, {"nationality", CLT_ROLE_REGION}, {"obywatelstwo", CLT_ROLE_REGION}, {"provincia", CLT_ROLE_REGION},
	{"bundesland", CLT_ROLE_REGION}, {"=regio", CLT_ROLE_REGION}, {"departement", CLT_ROLE_REGION}, {"distrito", CLT_ROLE_REGION},
	{"=concelho", CLT_ROLE_REGION}, {"=megye", CLT_ROLE_REGION}, {"=provincie", CLT_ROLE_REGION}, {"=nation", CLT_ROLE_REGION},
	{"countrycode", CLT_ROLE_REGION}, {"landcode", CLT_ROLE_REGION},
	{"=judet", CLT_ROLE_REGION}, {"!il", CLT_ROLE_REGION}, {"=fylke", CLT_ROLE_REGION}, {"=maakunta", CLT_ROLE_REGION},
	{"=oblast", CLT_ROLE_REGION}, {"=strana", CLT_ROLE_REGION}, {"=nomos", CLT_ROLE_REGION}, {"=xora", CLT_ROLE_REGION},
	{"=ulke", CLT_ROLE_REGION}, {"=riik", CLT_ROLE_REGION}, {"=valsts", CLT_ROLE_REGION}, {"=salis", CLT_ROLE_REGION},

	{"=sex", CLT_ROLE_SEX}, {"gender", CLT_ROLE_SEX}, {"=pol", CLT_ROLE_SEX}, {"=spol", CLT_ROLE_SEX}, {"=plec", CLT_ROLE_SEX},
	{"pohlavi", CLT_ROLE_SEX}, {"pohlavie", CLT_ROLE_SEX}, {"geschlecht", CLT_ROLE_SEX}, {"=anrede", CLT_ROLE_SEX}, {"=sexo", CLT_ROLE_SEX},
	{"=sexe", CLT_ROLE_SEX}, {"=sesso", CLT_ROLE_SEX}, {"=salutation", CLT_ROLE_SEX}, {"=neme", CLT_ROLE_SEX}, {"geslacht", CLT_ROLE_SEX},
	{"=genero", CLT_ROLE_SEX}, {"civilite", CLT_ROLE_SEX},
	{"cinsiyet", CLT_ROLE_SEX}, {"kjonn", CLT_ROLE_SEX}, {"=kon", CLT_ROLE_SEX}, {"=sukupuoli", CLT_ROLE_SEX}, {"=sugu", CLT_ROLE_SEX},
	{"=dzimums", CLT_ROLE_SEX}, {"=lytis", CLT_ROLE_SEX}, {"=fylo", CLT_ROLE_SEX}, {"=gjinia", CLT_ROLE_SEX},
	{"=anredeschluessel", CLT_ROLE_SEX}, {"=titulatura", CLT_ROLE_SEX}, {"=osloveni", CLT_ROLE_SEX},
	{"=oslovenie", CLT_ROLE_SEX}, {"=pozdrav", CLT_ROLE_SEX}, {"=aanhef", CLT_ROLE_SEX},

	{"=ssn", CLT_ROLE_IDENTIFIER}, {"socsec", CLT_ROLE_IDENTIFIER}, {"socialsecurity", CLT_ROLE_IDENTIFIER}, {"jmbg", CLT_ROLE_IDENTIFIER},
	{"=oib", CLT_ROLE_IDENTIFIER}, {"emso", CLT_ROLE_IDENTIFIER}, {"pesel", CLT_ROLE_IDENTIFIER}, {"=nip", CLT_ROLE_IDENTIFIER},
	{"regon", CLT_ROLE_IDENTIFIER}, {"rodnecislo", CLT_ROLE_IDENTIFIER}, {"=ico", CLT_ROLE_IDENTIFIER}, {"=dic", CLT_ROLE_IDENTIFIER},
	{"=pib", CLT_ROLE_IDENTIFIER}, {"maticnibroj", CLT_ROLE_IDENTIFIER}, {"=vat", CLT_ROLE_IDENTIFIER}, {"vatnumber", CLT_ROLE_IDENTIFIER},
	{"taxid", CLT_ROLE_IDENTIFIER}, {"taxnumber", CLT_ROLE_IDENTIFIER}, {"nationalid", CLT_ROLE_IDENTIFIER},
	{"passport", CLT_ROLE_IDENTIFIER}, {"personalid", CLT_ROLE_IDENTIFIER}, {"steuernummer", CLT_ROLE_IDENTIFIER},
	{"ustid", CLT_ROLE_IDENTIFIER}, {"ustidnr", CLT_ROLE_IDENTIFIER}, {"=nino", CLT_ROLE_IDENTIFIER}, {"=nif", CLT_ROLE_IDENTIFIER},
	{"=dni", CLT_ROLE_IDENTIFIER}, {"=iban", CLT_ROLE_IDENTIFIER}, {"codicefiscale", CLT_ROLE_IDENTIFIER}, {"porezni", CLT_ROLE_IDENTIFIER},
	{"davcna", CLT_ROLE_IDENTIFIER}, {"licence", CLT_ROLE_IDENTIFIER}, {"cardnumber", CLT_ROLE_IDENTIFIER},
	{"loyaltycard", CLT_ROLE_IDENTIFIER}, {"adoszam", CLT_ROLE_IDENTIFIER}, {"=siren", CLT_ROLE_IDENTIFIER}, {"stceg", CLT_ROLE_IDENTIFIER},
	{"stcd", CLT_ROLE_IDENTIFIER}, {"partitaiva", CLT_ROLE_IDENTIFIER}, {"=piva", CLT_ROLE_IDENTIFIER}, {"=siret", CLT_ROLE_IDENTIFIER},
	{"=tva", CLT_ROLE_IDENTIFIER}, {"=cif", CLT_ROLE_IDENTIFIER}, {"=cpf", CLT_ROLE_IDENTIFIER}, {"=cnpj", CLT_ROLE_IDENTIFIER},
	{"=krs", CLT_ROLE_IDENTIFIER}, {"=mbs", CLT_ROLE_IDENTIFIER}, {"=bsn", CLT_ROLE_IDENTIFIER}, {"=kvk", CLT_ROLE_IDENTIFIER},
	{"=ein", CLT_ROLE_IDENTIFIER}, {"=duns", CLT_ROLE_IDENTIFIER}, {"documentnumber", CLT_ROLE_IDENTIFIER},
	{"documentno", CLT_ROLE_IDENTIFIER}, {"idcard", CLT_ROLE_IDENTIFIER}, {"=isbn", CLT_ROLE_IDENTIFIER}, {"=issn", CLT_ROLE_IDENTIFIER},
	{"=ean", CLT_ROLE_IDENTIFIER}, {"=gtin", CLT_ROLE_IDENTIFIER}, {"=upc", CLT_ROLE_IDENTIFIER}, {"=doi", CLT_ROLE_IDENTIFIER},
	{"=vin", CLT_ROLE_IDENTIFIER}, {"=imei", CLT_ROLE_IDENTIFIER}, {"modelno", CLT_ROLE_IDENTIFIER}, {"modelnumber", CLT_ROLE_IDENTIFIER},
	{"partnumber", CLT_ROLE_IDENTIFIER}, {"=mpn", CLT_ROLE_IDENTIFIER}, {"chassis", CLT_ROLE_IDENTIFIER}, {"sasije", CLT_ROLE_IDENTIFIER}, {"=sasija", CLT_ROLE_IDENTIFIER},
	{"fahrgestell", CLT_ROLE_IDENTIFIER}, {"kennzeichen", CLT_ROLE_IDENTIFIER}, {"licenseplate", CLT_ROLE_IDENTIFIER}, {"numberplate", CLT_ROLE_IDENTIFIER},
	{"=spz", CLT_ROLE_IDENTIFIER}, {"=ecv", CLT_ROLE_IDENTIFIER}, {"tablice", CLT_ROLE_IDENTIFIER}, {"registracija", CLT_ROLE_IDENTIFIER}, {"rejestracyjny", CLT_ROLE_IDENTIFIER}, {"taxno", CLT_ROLE_IDENTIFIER},
	{"vatid", CLT_ROLE_IDENTIFIER}, {"brojlicnekarte", CLT_ROLE_IDENTIFIER}, {"osobnaiskaznica", CLT_ROLE_IDENTIFIER},
	{"dokumentu", CLT_ROLE_IDENTIFIER},
	{"=cnp", CLT_ROLE_IDENTIFIER}, {"tckimlik", CLT_ROLE_IDENTIFIER}, {"=tckn", CLT_ROLE_IDENTIFIER}, {"kimlikno", CLT_ROLE_IDENTIFIER},
	{"personnummer", CLT_ROLE_IDENTIFIER}, {"=cpr", CLT_ROLE_IDENTIFIER}, {"henkilotunnus", CLT_ROLE_IDENTIFIER},
	{"=hetu", CLT_ROLE_IDENTIFIER}, {"isikukood", CLT_ROLE_IDENTIFIER}, {"asmenskodas", CLT_ROLE_IDENTIFIER},
	{"personaskods", CLT_ROLE_IDENTIFIER}, {"=egn", CLT_ROLE_IDENTIFIER}, {"=snils", CLT_ROLE_IDENTIFIER}, {"=inn", CLT_ROLE_IDENTIFIER},
	{"=afm", CLT_ROLE_IDENTIFIER}, {"=amka", CLT_ROLE_IDENTIFIER}, {"fodselsnummer", CLT_ROLE_IDENTIFIER},
	{"=nhs", CLT_ROLE_IDENTIFIER}, {"=nhsnumber", CLT_ROLE_IDENTIFIER},
	{"insuranceid", CLT_ROLE_IDENTIFIER}, {"policynumber", CLT_ROLE_IDENTIFIER}, {"membernumber", CLT_ROLE_IDENTIFIER},
	{"membershipno", CLT_ROLE_IDENTIFIER}, {"cardno", CLT_ROLE_IDENTIFIER}, {"kartennummer", CLT_ROLE_IDENTIFIER},
	{"brojkartice", CLT_ROLE_IDENTIFIER},

	{"latitude", CLT_ROLE_LATITUDE}, {"=lat", CLT_ROLE_LATITUDE}, {"=geolat", CLT_ROLE_LATITUDE}, {"breitengrad", CLT_ROLE_LATITUDE},
	{"szerokoscgeo", CLT_ROLE_LATITUDE}, {"latitud", CLT_ROLE_LATITUDE}, {"zemepisnasirka", CLT_ROLE_LATITUDE},
	{"geografskasirina", CLT_ROLE_LATITUDE}, {"szelesseg", CLT_ROLE_LATITUDE}, {"breedtegraad", CLT_ROLE_LATITUDE},
	{"latitudine", CLT_ROLE_LATITUDE},

	{"longitude", CLT_ROLE_LONGITUDE}, {"=lon", CLT_ROLE_LONGITUDE}, {"=lng", CLT_ROLE_LONGITUDE}, {"laengengrad", CLT_ROLE_LONGITUDE},
	{"langengrad", CLT_ROLE_LONGITUDE}, {"dlugoscgeo", CLT_ROLE_LONGITUDE}, {"zemepisnadelka", CLT_ROLE_LONGITUDE},
	{"geografskaduzina", CLT_ROLE_LONGITUDE}, {"longitud", CLT_ROLE_LONGITUDE}, {"hosszusag", CLT_ROLE_LONGITUDE},
	{"lengtegraad", CLT_ROLE_LONGITUDE}, {"longitudine", CLT_ROLE_LONGITUDE}
};

/* name_words splits a column name into lower-case ASCII words; returns how many. */
static int
name_words(const char *name, char words[][64], int max)
{
	char		folded[512];
	size_t		need;
	size_t		i;
	size_t		n = 0;
	int			count = 0;
	char		spaced[256];
	size_t		len = 0;
	size_t		name_len = strlen(name);

	/* a capital after a small letter begins a word */
	for (i = 0; i < name_len && len + 2 < sizeof(spaced); i++)
	{
		if (i > 0 && name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z')
			spaced[len++] = ' ';
		spaced[len++] = name[i];
	}
	need = clt_fold_name(spaced, len, folded, sizeof(folded));
	if (need > sizeof(folded))
		return 0;
	for (i = 0; i <= need; i++)
	{
		char		c = i < need ? folded[i] : ' ';

		if (c >= 'a' && c <= 'z')
		{
			if (n < 63 && count < max)
				words[count][n++] = c;
		}
		else if (n > 0)
		{
			words[count++][n] = 0;
			n = 0;
			if (count >= max)
				break;
		}
	}
	return count;
}

/* names_both tells whether one word of a column's name means the given name and another the surname. */
static bool
names_both(char words[][64], int n)
{
	bool		given = false;
	bool		surname = false;
	size_t		i;
	int			j;

	for (i = 0; i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++)
		for (j = 0; j < n; j++)
			if (strcmp(words[j], vocabulary[i].word + (vocabulary[i].word[0] == '=' || vocabulary[i].word[0] == '!')) == 0)
			{
				given |= vocabulary[i].role == CLT_ROLE_GIVEN;
				surname |= vocabulary[i].role == CLT_ROLE_SURNAME;
			}
	return given && surname;
}

/* of_relative tells whether a column's name speaks of somebody else: the mother, the guardian, whom to call. */
static bool
of_relative(char words[][64], int n)
{
	static const char *const relative[] = {
		"mother", "mothers", "father", "fathers", "parent", "parents", "guardian", "spouse", "emergency", "kin",
		"majka", "majke", "mati", "matere", "otac", "oca", "oce", "oceta", "roditelj", "roditelja", "staratelj", "starsi", "starsev", "skrbnik",
		"matka", "matki", "matky", "ojciec", "ojca", "otec", "otca", "rodic", "rodice", "rodica", "opiekun", "opiekuna", "zakonny",
		"mutter", "vater", "vaters", "eltern", "vormund", "ehepartner", "notfall", "notfallkontakt",
		"mere", "pere", "conjoint", "tuteur", "madre", "padre", "conyuge", "genitore", "coniuge", "mae", "pai", "conjuge",
		"anyja", "apja", "szulo", "moeder", "vader", "ouder"
	};
	size_t		i;
	int			j;

	for (j = 0; j < n; j++)
		for (i = 0; i < sizeof(relative) / sizeof(*relative); i++)
			if (strcmp(words[j], relative[i]) == 0)
				return true;
	return false;
}

/*
 * clt_role_by_name looks a column name up.  The strength tells a whole name (3)
 * from a word of it (2) and from a part of a word (1).
 */
CltRole
clt_role_by_name(const char *name, int *strength)
{
	char		words[12][64];
	char		joined[64 * 12] = "";
	int			n = name_words(name, words, 12);
	CltRole		best = CLT_ROLE_NONE;
	long		best_score = 0;
	size_t		i;
	int			j;

	*strength = 0;
	for (j = 0; j < n; j++)
		strcat(joined, words[j]);
	for (i = 0; i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++)
	{
		const char *w = vocabulary[i].word;
		bool		generic = *w == '~';
		bool		only = *w == '!';
		bool		whole = generic || only || *w == '=';
		size_t		len;
		long		score = 0;

		if (whole)
			w++;
		len = strlen(w);
		if (strcmp(joined, w) == 0)
			score = 3000;
		/* two or three words of the name together */
		for (j = 0; j < n && score < 1500 && !only; j++)
		{
			char		several[64 * 12] = "";
			int			k;

			for (k = j; k < n && k < j + 3; k++)
			{
				strcat(several, words[k]);
				if (strcmp(several, w) == 0)
					score = generic ? 1500 : 2000;
			}
		}
		if (score == 0 && !whole && len >= 4 && strstr(joined, w))
			score = 1000;
		if (score == 0)
			continue;
		score += (long) len;
		if (score > best_score)
		{
			best_score = score;
			best = vocabulary[i].role;
			/* part, word (generic or not), whole name */
			*strength = score < 1500 ? 1 : score < 3000 ? 2 : 3;
		}
	}
	/* first_and_surname, imie_nazwisko, nom_prenom: the whole name */
	if ((best == CLT_ROLE_GIVEN || best == CLT_ROLE_SURNAME) && names_both(words, n))
	{
		*strength = 2;
		return CLT_ROLE_WHOLE_NAME;
	}

	/*
	 * mother's name, ime oca: of somebody else, whom brothers and sisters
	 * have in common
	 */
	if (of_relative(words, n) && (best == CLT_ROLE_NONE || best == CLT_ROLE_GIVEN || best == CLT_ROLE_SURNAME || best == CLT_ROLE_NAME || best == CLT_ROLE_WHOLE_NAME || best == CLT_ROLE_BIRTH_DATE))
	{
		*strength = 2;
		return CLT_ROLE_RELATIVE;
	}
	/* customer_id names a row of another table, not a customer */
	if (n > 0 && strcmp(words[n - 1], "id") == 0 && best != CLT_ROLE_IDENTIFIER)
	{
		*strength = 3;
		return CLT_ROLE_IGNORE;
	}
	return best;
}

const char *
clt_role_label(CltRole role)
{
	static const char *const label[] = {
		"nothing known", "not about the person", "given name", "middle name", "surname", "name", "company", "e-mail",
		"phone", "birth date", "year of birth", "month of birth", "day of birth", "street", "house number", "postcode",
		"town", "region or country", "sex", "identifier", "age", "description", "person's whole name",
		"relative", "price", "latitude", "longitude", "website"
	};

	return label[role];
}
