/*
 * word_lists.c
 *		Words that mean the same to everybody who writes them into a table: folded, by their length.
 */
#include "linkage/words.h"

/* Written where a value was demanded and none was known. */
const CltWords clt_placeholders = {{
		[1] = "?,x",
		[2] = "na,no,xx",
		[3] = "bez,k a,n a,n n,nan,nic,nil,o a,tba,tbd,xxx",
		[4] = "asdf,brak,leer,nema,none,null,ohne,test,xxxx",
		[5] = "empty,keine,proba,xxxxx,zadny",
		[6] = "anonim,neznam,tester",
		[7] = "inconnu,missing,neznama,nezname,neznamy,neznano,no name,unknown",
		[8] = "anonymus,inserire,jane doe,john doe,nepoznat,neuveden,nieznana,nieznany",
		[9] = "anonymous,ne zna se,nepoznata,nepoznato,neuvedene,neuvedeno,not known,test test,unbekannt,undefined",
		[10] = "ismeretlen,ni podatka,nie podano",
		[11] = "bez podatka,brak danych,desconocido,nie dotyczy,sconosciuto",
		[12] = "keine angabe,nema podatka,not provided",
		[13] = "nema podataka,not available",
		[14] = "not applicable",
		[15] = "nicht angegeben",
}};

/* Written in the place of a given name that a child has not got yet. */
const CltWords clt_unnamed = {{
		[4] = "baby",
		[7] = "babyboy,newborn",
		[8] = "baby boy,babygirl",
		[9] = "baby girl,noworodek,ujszulott",
		[10] = "novorodene",
		[11] = "novorodenec",
		[12] = "neugeborenes,novorodjence",
}};

/* What stands before names, and behind them. */
const CltWords clt_titles = {{
		[2] = "bc,dr,fr,hr,ii,iv,jr,mr,ms,mx,sr",
		[3] = "bay,csc,dhr,fam,hab,ifj,iii,ing,inz,lek,mag,mba,mgr,mme,mrs,ozv,pan,phd,sig,sir,sra",
		[4] = "dipl,dott,frau,gdin,gdja,gosp,herr,judr,mddr,mevr,miss,mlle,mudr,mvdr,pani,phdr,prof,rndr,srta,univ",
		[5] = "bayan,gospa,herrn,madam,sayin,senor,sigra",
		[6] = "gdjica,madame,meneer,mister,senora,signor,slecna",
		[7] = "dottssa,familie,mevrouw,signora",
		[8] = "fraulein,gospodin,gospodja,monsieur",
		[10] = "gospodjica",
		[12] = "mademoiselle",
}};

/* What says that somebody is a man, be it a way to address him. */
const CltWords clt_male = {{
		[1] = "h,m",
		[2] = "hr,mr,sr",
		[3] = "bay,dhr,man,mez,muz,pan,sig,sir",
		[4] = "gdin,gosp,heer,herr,male,mand,mann,mies",
		[5] = "erkek,ferfi,g din,herrn,homme,moski,muski,musko,senor",
		[6] = "barbat,hombre,meneer,mister,muzsky,signor",
		[7] = "maschio,muzskoj",
		[8] = "gospodin,mannlich,monsieur,muzhskoy",
		[9] = "maennlich,masculino,mezczyzna",
}};

/* The same of a woman. */
const CltWords clt_female = {{
		[1] = "f,k,w,z",
		[2] = "fr,ms",
		[3] = "mme,mrs,sra",
		[4] = "frau,gdja,mevr,miss,mlle,pani,srta,zena",
		[5] = "bayan,femme,g dja,gospa,kadin,madam,mujer,sigra,vrouw,woman",
		[6] = "female,femeie,gdjica,kvinde,kvinna,kvinne,madame,nainen,senora,slecna,zenska,zenski,zensko,zensky",
		[7] = "femmina,g djica,kobieta,mevrouw,signora,zenskij",
		[8] = "femenino,feminino,fraulein,gospodja,weiblich,zhenskiy",
		[10] = "gospodjica",
		[12] = "mademoiselle",
}};

/* Mailboxes of an office, not of a person. */
const CltWords clt_role_mailboxes = {{
		[4] = "info,mail,post,shop,team",
		[5] = "admin,biuro,hello,posta,sales",
		[6] = "office,poczta,prodej,uprava",
		[7] = "contact,kontakt,noreply,podrska,prodaja,service,support",
		[8] = "vertrieb",
		[9] = "marketing,recepcija,reception,webmaster",
		[11] = "kancelarija,sekretariat",
		[14] = "administracija",
}};

/* What stands behind these says where to look for the house, not what its address is. */
const CltWords clt_hints = {{
		[2] = "at",
		[3] = "off",
		[4] = "near",
		[5] = "blizu,pored,preko",
		[7] = "between,naspram",
		[8] = "opposite",
		[9] = "gegenuber",
}};

/* What else may stand in a date, and says nothing. */
const CltWords clt_date_words = {{
		[1] = "a,g,r",
		[2] = "de,di,nd,of,rd,st,th",
		[3] = "god,rok",
		[4] = "roku",
		[6] = "godine",
}};
