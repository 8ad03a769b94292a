#!/usr/bin/env python3
"""Tables of many shapes with the truth beside them, to see how dedupe() and link() do on what nobody tuned them to.

usage: tables.py FOLDER [SEED] [TABLE ...]

Each table is FOLDER/name.csv with FOLDER/name.truth.csv (id, who it is), tables to be linked name.a.csv and name.b.csv.
The same seed gives the same tables. Names, streets and towns are those of tools/gen_contacts_data.
"""
import csv, os, random, subprocess, sys, string, unicodedata

out = sys.argv[1]; seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
only = sys.argv[3:]
tools = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tools')
here = os.path.join(tools, 'gen_contacts_data')
os.makedirs(out, exist_ok=True)
def tsv(name): return [l.rstrip('\n').split('\t') for l in open(f'{here}/{name}.tsv') if not l.startswith('#')]
GIVEN, SUR, STREET, CITY, FORM, TRADE, WORD = {}, {}, {}, {}, {}, {}, {}
for r in tsv('given'): GIVEN.setdefault((r[0], r[1]), []).append((r[2], r[3].split(',') if len(r) > 3 and r[3] else []))
for r in tsv('surname'): SUR.setdefault(r[0], []).append(r[1])
PART = {}
for r in tsv('surname_part'): PART.setdefault((r[0], r[1]), []).append(r[2])
for r in tsv('street'):
    if r[1] == 'whole': STREET.setdefault(r[0], []).append(r[2])
SH = [r for r in tsv('street')]
for r in SH:
    if r[1] == 'head': STREET.setdefault(r[0], []).extend((r[2]+('' if r[0]=='DE' else ' ')+t[2]) for t in SH if t[0]==r[0] and t[1]=='tail')
for r in tsv('city'): CITY.setdefault(r[0], []).append((r[1], r[2], r[3]))
for r in tsv('firm'): {'form': FORM, 'trade': TRADE, 'word': WORD}[r[1]].setdefault(r[0], []).append(r[2])
def zipf(rng, lst, a=0.8):  # earlier ones are commoner
    n = len(lst); return lst[min(n-1, int(n * rng.random() ** (1/(1-a*0.75))))]
def plain(s):
    s = s.replace('đ','dj').replace('Đ','Dj').replace('ł','l').replace('Ł','L').replace('ß','ss')
    return ''.join(c for c in unicodedata.normalize('NFD', s) if not unicodedata.combining(c))
CYR = {'lj':'љ','nj':'њ','dž':'џ','a':'а','b':'б','v':'в','g':'г','d':'д','đ':'ђ','e':'е','ž':'ж','z':'з','i':'и','j':'ј','k':'к','l':'л','m':'м','n':'н','o':'о','p':'п','r':'р','s':'с','t':'т','ć':'ћ','u':'у','f':'ф','h':'х','c':'ц','č':'ч','š':'ш','q':'к','w':'в','x':'кс','y':'и'}
def cyr(s):
    o = ''; i = 0
    while i < len(s):
        two = s[i:i+2].lower()
        if two in ('lj','nj','dž'): c = CYR[two]; k = 2
        else: c = CYR.get(s[i].lower(), s[i]); k = 1
        o += c.upper() if s[i].isupper() else c; i += k
    return o
def typo(rng, s):
    if len(s) < 3: return s
    i = rng.randrange(len(s)); k = rng.random(); al = string.digits if s[i].isdigit() else string.ascii_lowercase
    if k < .3: return s[:i] + rng.choice(al) + s[i+1:]
    if k < .55: return s[:i] + s[i+1:]
    if k < .8: return s[:i] + rng.choice(al) + s[i:]
    i = min(i, len(s)-2); return s[:i] + s[i+1] + s[i] + s[i+2:]
OCR = {'m':'rn','rn':'m','l':'1','o':'0','e':'c','c':'e','h':'b','u':'n','n':'u','i':'l','a':'o','s':'5','t':'f'}
def ocr(rng, s):
    p = [i for i,c in enumerate(s) if c.lower() in OCR]
    if not p: return s
    i = rng.choice(p); return s[:i] + OCR[s[i].lower()] + s[i+1:]
def digits(rng, n, first='123456789'): return rng.choice(first) + ''.join(rng.choice(string.digits) for _ in range(n-1))
def surname(rng, c):
    if rng.random() < .55 or (c,'head') not in PART: return zipf(rng, SUR[c])
    return rng.choice(PART[(c,'head')]) + rng.choice(PART[(c,'tail')])
def person(rng, c):
    sex = rng.choice('MF'); g = zipf(rng, GIVEN[(c, sex)])
    return dict(sex=sex, given=g[0], short=g[1], sur=surname(rng, c), y=rng.randint(1930, 2004), m=rng.randint(1,12), d=rng.randint(1,28), c=c)
def iso(p): return '%04d-%02d-%02d' % (p['y'], p['m'], p['d'])
def phone(rng, c, style=None):
    nat = {'RS':'6%d'%rng.randint(0,6)+digits(rng,7,string.digits),'HR':'9%d'%rng.randint(1,9)+digits(rng,7,string.digits),'GB':'7'+digits(rng,9),'DE':'15'+digits(rng,9),'PL':'5'+digits(rng,8),'CZ':'7'+digits(rng,8),'SK':'9'+digits(rng,8),'SI':'4'+digits(rng,7)}[c]
    return nat
CC = {'RS':'381','HR':'385','GB':'44','DE':'49','PL':'48','CZ':'420','SK':'421','SI':'386'}
def showphone(rng, c, nat):
    k = rng.randrange(4); t = '' if c in ('PL','CZ') else '0'
    if k == 0: return '+'+CC[c]+' '+nat[:2]+' '+nat[2:]
    if k == 1: return t+nat
    if k == 2: return t+nat[:2]+'/'+nat[2:5]+'-'+nat[5:]
    return '00'+CC[c]+nat
DOM = ['gmail.com','gmail.com','gmail.com','yahoo.com','hotmail.com','outlook.com','mail.com','gmx.net','live.com']
def mail(rng, p):
    g, s = plain(p['given']).lower().replace(' ',''), plain(p['sur']).lower().replace(' ','').replace('-','')
    k = rng.random()
    l = f'{g}.{s}' if k<.35 else f'{g}{s}' if k<.5 else f'{g[0]}{s}' if k<.65 else f'{g}{rng.randint(60,99)}' if k<.8 else f'{s}{rng.randint(1,999)}' if k<.92 else ''.join(rng.choice(string.ascii_lowercase) for _ in range(7))
    if rng.random() < .35: l += str(rng.randint(1,99))
    return l+'@'+rng.choice(DOM)
def address(rng, c):
    ci = zipf(rng, CITY[c]); return dict(street=rng.choice(STREET[c]), no=str(rng.randint(1,150)), city=ci[0], pc=(ci[1] if c!='GB' else ci[1]+str(rng.randint(1,20))+' '+str(rng.randint(1,9))+rng.choice('ABDEFGHJLN')+rng.choice('ABDEFGHJLN')))
def copies(rng, mean_extra):
    n = 1
    while rng.random() < mean_extra/(1+mean_extra): n += 1
    return n
def maybe(rng, p, v): return v if rng.random() >= p else ''
def write(name, cols, rows, part=None):
    # rows: (cluster, {col: value})
    with open(f'{out}/{name}.csv','w',newline='') as f, open(f'{out}/{name}.truth.csv','w',newline='') as t:
        w = csv.writer(f); w.writerow(['id']+cols); tw = csv.writer(t)
        for i,(cl,r) in enumerate(rows,1):
            w.writerow([i]+[r.get(c,'') for c in cols]); tw.writerow([i,cl])
SETS = {}
def make(fn): SETS[fn.__name__] = fn; return fn

def household(rng, c):
    """members of one household: couples, children, twins, father and son of one name"""
    a = address(rng, c); s = surname(rng, c); land = phone(rng, c); n = rng.choice([1,1,1,2,2,3,4]); ms = []
    for i in range(n):
        p = person(rng, c); p['sur'] = s; p.update(a); p['land'] = land; p['mob'] = phone(rng, c); p['email'] = mail(rng, p)
        if i >= 2: p['y'] = ms[0]['y'] + rng.randint(22, 35)
        ms.append(p)
    if n >= 3 and rng.random() < .08: # twins
        for k in 'ymd': ms[2][k] = ms[-1][k]
    if n >= 3 and rng.random() < .08: # namesake
        ms[2]['given'], ms[2]['sex'] = ms[0]['given'], ms[0]['sex']
    return ms
def field_noise(rng, s, rate):
    if rng.random() < rate: s = typo(rng, s)
    return s

@make
def febrl4_link(rng):
    A, B = [], []
    for i in range(2500):
        p = person(rng, 'GB'); p.update(address(rng, 'GB')); p['ssn'] = digits(rng, 7)
        r = dict(given_name=p['given'].lower(), surname=p['sur'].lower(), street_number=p['no'], address_1=p['street'].lower(), suburb=p['city'].lower(), postcode=digits(rng,4), state=rng.choice(['nsw','vic','qld','sa','wa']), date_of_birth='%04d%02d%02d'%(p['y'],p['m'],p['d']), soc_sec_id=p['ssn'])
        q = dict(r)
        for _ in range(rng.choice([1,1,2,2,3])):
            k = rng.choice(list(q))
            q[k] = rng.choice([typo(rng,q[k]), typo(rng,q[k]), '', ])
        if rng.random() < .05: q['given_name'], q['surname'] = q['surname'], q['given_name']
        A.append((i, r)); B.append((i, q))
    rng.shuffle(A); rng.shuffle(B)
    cols = ['given_name','surname','street_number','address_1','suburb','postcode','state','date_of_birth','soc_sec_id']
    write('febrl4_link.a', cols, A); write('febrl4_link.b', cols, B)

@make
def historical(rng):
    rows = []; occ = ['politician','writer','painter','cricketer','soldier','botanist','architect','engineer','composer','clergyman','judge','physician','actor']
    for i in range(500):
        p = person(rng, 'GB'); a = address(rng, 'GB'); n = max(1, int(rng.gauss(10, 5)))
        mid = zipf(rng, GIVEN[('GB', p['sex'])])[0] if rng.random() < .4 else ''
        for k in range(n):
            g = p['given']; s = p['sur']
            if k and rng.random() < .15 and p['short']: g = rng.choice(p['short'])
            if k and rng.random() < .2: g = rng.choice([ocr, typo])(rng, g)
            if k and rng.random() < .2: s = rng.choice([ocr, typo])(rng, s)
            if k and rng.random() < .08: g = g[0]
            full = f'{g} {mid} {s}' if mid and rng.random() < .6 else f'{g} {s}'
            if k and rng.random() < .05: full = 'Sir '+full
            pc = a['pc'] if rng.random() < .6 or not k else a['pc'].split(' ')[0]+' '+str(rng.randint(1,9))+'XX'
            dob = iso(p) if rng.random() < .6 or not k else '%04d-01-01'%p['y'] if rng.random()<.5 else '%04d-%02d-%02d'%(p['y']+rng.randint(-1,1),p['m'],rng.randint(1,28))
            rows.append((i, dict(full_name=full, first_and_surname=f'{g} {s}', dob=maybe(rng,.25 if k else 0,dob), birth_place=maybe(rng,.2,field_noise(rng,a['city'],.1)), postcode_fake=maybe(rng,.2,pc), gender=maybe(rng,.15,{'M':'male','F':'female'}[p['sex']]), occupation=maybe(rng,.35,occ[i*7%len(occ)] if rng.random()<.8 else rng.choice(occ)))))
    rng.shuffle(rows); write('historical', ['full_name','first_and_surname','dob','birth_place','postcode_fake','gender','occupation'], rows)

@make
def voters(rng):
    rows = []; i = 0
    while len(rows) < 5000:
        hh = household(rng, 'GB')
        for p in hh:
            i += 1; mid = zipf(rng, GIVEN[('GB', p['sex'])])[0]; age = 2012 - p['y']
            zipc = '27'+digits(rng,3,string.digits) if 'zip' not in hh[0] else hh[0]['zip']; hh[0]['zip'] = zipc
            for k in range(copies(rng, .35)):
                moved = k and rng.random() < .15; a = address(rng,'GB') if moved else p
                rows.append((i, dict(first_name=field_noise(rng,p['given'].upper(),.06), midl_name=maybe(rng,.15,mid.upper() if rng.random()<.7 else mid[0].upper()), last_name=field_noise(rng,p['sur'].upper(),.06) if not(k and p['sex']=='F' and rng.random()<.06) else surname(rng,'GB').upper(), age=str(age+rng.choice([0,0,0,1])), sex_code=p['sex'], race_code=rng.choice('WWWBBAIO') if not k else '', street_name=f"{a['no']} {a['street'].upper()}", res_city_desc=a['city'].upper(), zip_code=zipc if not moved else '28'+digits(rng,3))))
    rng.shuffle(rows); write('voters', ['last_name','first_name','midl_name','age','sex_code','street_name','res_city_desc','zip_code'], rows)

def firm(rng, c):
    k = rng.random(); w = rng.choice(WORD[c]); t = rng.choice(TRADE[c])
    name = f'{w} {t}' if k<.6 else f'{w} {rng.choice(WORD[c])}' if k<.8 else f"{rng.choice(SUR[c])} {t}"
    return name
@make
def companies(rng):
    rows = []; i = 0
    while len(rows) < 4000:
        c = rng.choice(['RS','HR','SI','PL','CZ','SK','DE']); i += 1; n = firm(rng, c); f = rng.choice(FORM[c]); a = address(rng,c); tax = digits(rng, {'RS':9,'HR':11,'SI':8,'PL':10,'CZ':8,'SK':8,'DE':9}[c]); web = plain(n).lower().replace(' ','')+'.'+c.lower(); ph = phone(rng,c)
        for k in range(copies(rng,.5)):
            nm = n if rng.random() < .9 else typo(rng, n)
            ff = rng.choice([f, f, f.replace('.',''), f.upper(), '', f.replace('. ','.')])
            full = f'{nm} {ff}'.strip()
            if rng.random() < .12: full = full.upper()
            if rng.random() < .12: full = plain(full)
            if rng.random() < .06: full = f'{full} {a["city"]}'
            if c=='RS' and rng.random() < .2: full = cyr(full)
            b = a if rng.random() < .9 else address(rng,c)
            rows.append((i, dict(naziv=full, pib=maybe(rng,.35, ('' if rng.random()<.7 else c)+tax if rng.random()<.96 else typo(rng,tax)), adresa=maybe(rng,.15,field_noise(rng,f"{b['street']} {b['no']}",.08)), mesto=maybe(rng,.1,b['city'] if rng.random()<.9 else plain(b['city'])), email=maybe(rng,.4,rng.choice(['info@','office@','kontakt@'])+web), telefon=maybe(rng,.4,showphone(rng,c,ph)))))
    rng.shuffle(rows); write('companies', ['naziv','pib','adresa','mesto','email','telefon'], rows)

@make
def mailing(rng):
    rows = []; i = 0
    while len(rows) < 4000:
        c = rng.choice(['RS','HR','PL','DE','GB']); p = person(rng,c); e = mail(rng,p); i += 1
        for k in range(copies(rng,.35)):
            g = p['given'] if rng.random() < .88 or not p['short'] else rng.choice(p['short'])
            nm = f"{g} {p['sur']}"
            if rng.random() < .1: nm = f"{p['sur']} {g}"
            if rng.random() < .05: nm = g
            if rng.random() < .1: nm = plain(nm)
            if rng.random() < .1: nm = nm.lower()
            nm = field_noise(rng,nm,.05)
            em = e if not k or rng.random() < .75 else mail(rng,p)
            em = field_noise(rng,em,.03)
            rows.append((i, dict(name=maybe(rng,.08,nm), email=em.upper() if rng.random()<.05 else em)))
    rng.shuffle(rows); write('mailing', ['name','email'], rows)

@make
def phones(rng):
    rows = []; i = 0
    while len(rows) < 4000:
        c = rng.choice(['RS','HR','SI']); hh = household(rng,c)
        for p in hh:
            i += 1
            for k in range(copies(rng,.35)):
                ph = p['mob'] if rng.random() < .6 else p['land']
                if k and rng.random() < .1: ph = phone(rng,c)
                nm = field_noise(rng, f"{p['given']} {p['sur']}", .06)
                if rng.random() < .15: nm = plain(nm)
                rows.append((i, dict(kupac=nm, telefon=showphone(rng,c,ph if rng.random()>.03 else typo(rng,ph)))))
    rng.shuffle(rows); write('phones', ['kupac','telefon'], rows)

@make
def uk(rng):
    rows = []; i = 0
    while len(rows) < 4000:
        for p in household(rng,'GB'):
            i += 1
            for k in range(copies(rng,.4)):
                f = rng.randrange(5); y,m,d = p['y'],p['m'],p['d']
                if k and rng.random() < .04: d = rng.randint(1,28)
                dob = [f'{d:02d}/{m:02d}/{y}', f'{d}.{m}.{y}', f'{y}-{m:02d}-{d:02d}', f'{d} '+['January','February','March','April','May','June','July','August','September','October','November','December'][m-1]+f' {y}', f'{d:02d}-'+['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec'][m-1]+f'-{y}'][f]
                pc = p['pc'] if rng.random()<.5 else p['pc'].replace(' ','').lower()
                if k and rng.random() < .12: pc = address(rng,'GB')['pc']
                rows.append((i, dict(Forename=field_noise(rng,p['given'] if rng.random()<.9 or not p['short'] else rng.choice(p['short']),.05), Surname=field_noise(rng,p['sur'],.05), DOB=maybe(rng,.15,dob), Postcode=maybe(rng,.08,pc), Title=maybe(rng,.3,{'M':'Mr','F':rng.choice(['Mrs','Ms','Miss'])}[p['sex']]))))
    rng.shuffle(rows); write('uk', ['Title','Forename','Surname','DOB','Postcode'], rows)

def cee_rows(rng, n, countries, extra=.4, noise=.05, dup=True):
    rows = []; i = 0
    while len(rows) < n:
        c = rng.choice(countries)
        for p in household(rng,c):
            i += 1
            for k in range(copies(rng,extra) if dup else 1):
                g, s = p['given'], p['sur']
                if rng.random() < .06 and p['short']: g = rng.choice(p['short'])
                g, s = field_noise(rng,g,noise), field_noise(rng,s,noise)
                if rng.random() < .12: g, s = plain(g), plain(s)
                a = p if not k or rng.random() > .12 else address(rng,c)
                st = f"{a['street']} {a['no']}"
                ci = a['city']
                if c == 'RS' and rng.random() < .35: g, s, st, ci = cyr(g), cyr(s), cyr(st), cyr(ci)
                ph = p['mob'] if rng.random()<.7 else p['land']
                em = p['email'] if not k or rng.random()<.8 else mail(rng,p)
                b = dict(p); 
                if rng.random() < .02: b['d'] = rng.randint(1,28)
                rows.append((i, dict(given=g,sur=s,sex=p['sex'],dob=b,phone=maybe(rng,.4,showphone(rng,c,ph)),email=maybe(rng,.4,em),street=maybe(rng,.25,st),city=maybe(rng,.15,ci),pc=maybe(rng,.25,a['pc']),country=c)))
    rng.shuffle(rows); return rows
def out_rows(name, rows, cols):
    """cols: name -> function of record"""
    write(name, list(cols), [(cl, {c: fn(r) for c,fn in cols.items()}) for cl,r in rows])
DOT = lambda r: '%d.%d.%d.'%(r['dob']['d'],r['dob']['m'],r['dob']['y'])
@make
def cyrillic(rng):
    r = cee_rows(rng,4000,['RS']); b = random.Random(seed+5)
    out_rows('cyrillic', r, {'ime':lambda x:x['given'],'prezime':lambda x:x['sur'],'adresa':lambda x:x['street'],'grad':lambda x:x['city'],'telefon':lambda x:x['phone'],'datum_rodjenja':lambda x:DOT(x) if b.random()<.6 else ''})
@make
def nodup(rng):
    r = cee_rows(rng,4000,['RS','HR','PL','DE'],dup=False); b = random.Random(seed+5)
    out_rows('nodup', r, {'first_name':lambda x:x['given'],'last_name':lambda x:x['sur'],'email':lambda x:x['email'],'phone':lambda x:x['phone'],'address':lambda x:x['street'],'city':lambda x:x['city'],'birth_date':lambda x:iso(x['dob']) if b.random()<.6 else ''})
@make
def nodup_names(rng):
    r = cee_rows(rng,3000,['RS','HR'],dup=False); b = random.Random(seed+5)
    out_rows('nodup_names', r, {'first_name':lambda x:x['given'],'last_name':lambda x:x['sur'],'city':lambda x:x['city'],'phone':lambda x:x['phone']})
@make
def one_company(rng):
    rows = []; i = 0
    while len(rows) < 1500:
        p = person(rng,'DE'); i += 1; g, s = plain(p['given']).lower(), plain(p['sur']).lower()
        em = rng.choice([f'{g}.{s}',f'{g[0]}.{s}'])+'@musterwerke.de'; ext = digits(rng,3)
        for k in range(copies(rng,.25)):
            gg = p['given'] if rng.random()<.9 else p['given'][0]+'.'
            rows.append((i, dict(vorname=field_noise(rng,gg,.05), nachname=field_noise(rng,p['sur'],.05), email=maybe(rng,.25,em if rng.random()<.85 else 'info@musterwerke.de'), telefon=maybe(rng,.2,'+49 89 4711-0' if rng.random()<.6 else '+49 89 4711-'+ext), firma=maybe(rng,.1,rng.choice(['Musterwerke GmbH','Musterwerke','MUSTERWERKE GMBH'])), strasse=maybe(rng,.2,'Industriestraße 7'), ort=maybe(rng,.1,'München'), abteilung=rng.choice(['Einkauf','Vertrieb','IT','Produktion','']) )))
    rng.shuffle(rows); write('one_company', ['vorname','nachname','firma','email','telefon','strasse','ort','abteilung'], rows)
TOPIC = 'query optimization distributed databases spatial index temporal data mining association rules stream processing XML schema mapping semantic web ontology view maintenance materialized transaction concurrency control recovery main memory parallel join algorithms cost model adaptive sampling approximate answering top ranking text search similarity nearest neighbor high dimensional clustering classification workflow mobile caching replication web services integration warehouse OLAP cube compression storage buffer management object oriented relational deductive active rules triggers security privacy sensor networks peer graph pattern matching time series'.split()
def paper(rng):
    k = rng.randint(4,9); t = rng.sample(TOPIC,k)
    if k > 5: t.insert(2, rng.choice(['for','in','of','with','over']))
    t = ' '.join(t); t = t[0].upper()+t[1:]
    au = [(zipf(rng,GIVEN[(rng.choice(['GB','DE','PL']),rng.choice('MF'))])[0], surname(rng,rng.choice(['GB','DE','PL']))) for _ in range(rng.choice([1,2,2,3,3,4]))]
    return t, au, rng.choice([('SIGMOD Conference','International Conference on Management of Data'),('VLDB','Very Large Data Bases'),('SIGMOD Record','ACM SIGMOD Record'),('ACM Trans. Database Syst.','ACM Transactions on Database Systems (TODS)'),('VLDB J.','The VLDB Journal')]), rng.randint(1995,2004)
def cite(rng, P, style):
    t, au, v, y = P
    if style == 0: return dict(title=t+'.', authors=', '.join(f'{g} {s}' for g,s in au), venue=v[0], year=str(y))
    tt = field_noise(rng,t,.15); 
    if rng.random() < .05: tt = ' '.join(tt.split()[:-1])
    aa = ', '.join(f'{g[0]}. {s}' if rng.random()<.25 else f'{g} {s}' for g,s in au) 
    if rng.random() < .1: aa = ', '.join(aa.split(', ')[:-1])
    return dict(title=tt, authors=maybe(rng,.01,aa), venue=v[1], year=str(y))
def papers_for(rng, n):
    ps = []
    for i in range(n):
        P = paper(rng); ps.append(P)
        if rng.random() < .05: # journal version by the same authors a year later, another paper of the same name
            ps.append((P[0],P[1],paper(rng)[2],P[3]+rng.choice([1,2])))
        elif rng.random() < .05:
            ps.append((paper(rng)[0],P[1],P[2],P[3]))
    return ps
@make
def dblp_dedupe(rng):
    rows = []
    for i,P in enumerate(papers_for(rng,1800)):
        if rng.random() < .9: rows.append((i,cite(rng,P,0)))
        if rng.random() < .8: rows.append((i,cite(rng,P,1)))
    rng.shuffle(rows); write('dblp_dedupe', ['title','authors','venue','year'], rows)
@make
def dblp_link(rng):
    A, B = [], []
    for i,P in enumerate(papers_for(rng,1800)):
        if rng.random() < .95: A.append((i,cite(rng,P,0)))
        if rng.random() < .85: B.append((i,cite(rng,P,1)))
    rng.shuffle(A); rng.shuffle(B); c = ['title','authors','venue','year']; write('dblp_link.a',c,A); write('dblp_link.b',c,B)
@make
def products_link(rng):
    brands = 'Sony Panasonic Canon Nikon Bose LG Samsung Frigidaire Whirlpool Toshiba Yamaha Pioneer Garmin Netgear Linksys Logitech Denon Kenwood Sharp Philips'.split()
    things = 'Digital Camera|LCD HDTV|Home Theater System|Headphones|Cordless Phone|Microwave Oven|Dishwasher|Camcorder|GPS Receiver|Wireless Router|Keyboard|Speaker|Receiver|DVD Player|Refrigerator|Air Conditioner|Battery Charger|Remote Control'.split('|')
    adj = 'Black|White|Silver|Stainless Steel|Red|Pink|with Remote|Compact|Wireless|Portable|Energy Star|High Definition'.split('|')
    A, B = [], []
    for i in range(1100):
        b, t = rng.choice(brands), rng.choice(things); mod = rng.choice(string.ascii_uppercase)+rng.choice(string.ascii_uppercase)+'-'*rng.randint(0,1)+digits(rng,rng.choice([2,3,4]))+rng.choice(['','W','B','S','/B']); ad = rng.sample(adj,3); pr = rng.uniform(15,1800)
        A.append((i, dict(name=f'{b} {ad[0]} {t} - {mod.replace("-","")}', description=f'{b} {t} {mod}/ {ad[0]}, {ad[1]}, {ad[2]} Finish', price=maybe(rng,.6,'$%.2f'%pr))))
        if rng.random() < .9:
            nm = rng.choice([f'{b} {mod} {t}', f'{b} {t} {mod}', f'{b} {mod} {ad[0]} {t}', f'{b} {mod}'])
            B.append((i, dict(name=nm if rng.random()<.8 else nm.upper(), description=maybe(rng,.4,f'{t} {ad[1]} {rng.choice(adj)}'), price=maybe(rng,.3,'$%.2f'%(pr*rng.uniform(.8,1.15))))))
    rng.shuffle(A); rng.shuffle(B); c = ['name','description','price']; write('products_link.a',c,A); write('products_link.b',c,B)
@make
def orders(rng):
    """guest orders: clusters of ten to fifty; names, e-mails and telephones as typed at each order"""
    rows = []
    for i in range(250):
        p = household(rng,'PL')[0]; em = [p['email']]+[mail(rng,p)]; n = rng.randint(5,50)
        for k in range(n):
            g, s = p['given'], p['sur']
            if rng.random()<.1 and p['short']: g = rng.choice(p['short'])
            if rng.random()<.3: g, s = plain(g), plain(s)
            if rng.random()<.15: g, s = g.lower(), s.lower()
            g, s = field_noise(rng,g,.05), field_noise(rng,s,.05)
            a = p if rng.random()<.85 else address(rng,'PL')
            rows.append((i, dict(klient=f'{g} {s}', email=maybe(rng,.15,em[0] if rng.random()<.8 else em[1]), telefon=maybe(rng,.3,showphone(rng,'PL',p['mob'])), ulica=f"ul. {a['street']} {a['no']}" if rng.random()<.5 else f"{a['street']} {a['no']}", miasto=a['city'] if rng.random()<.8 else plain(a['city']), kod=a['pc'])))
    rng.shuffle(rows); write('orders', ['klient','email','telefon','ulica','miasto','kod'], rows)
@make
def abc(rng):
    r = cee_rows(rng,4000,['RS','HR','PL','DE']); b = random.Random(seed+5)
    out_rows('abc', r, {'a':lambda x:x['given'],'b':lambda x:x['sur'],'c':lambda x:x['email'],'d':lambda x:x['phone'],'e':lambda x:iso(x['dob']) if b.random()<.6 else '','f':lambda x:x['street'],'g':lambda x:x['city'],'h':lambda x:x['pc'],'i':lambda x:x['sex']})
@make
def abc_named(rng):
    r = cee_rows(rng,4000,['RS','HR','PL','DE']); b = random.Random(seed+5)
    out_rows('abc_named', r, {'first_name':lambda x:x['given'],'last_name':lambda x:x['sur'],'email':lambda x:x['email'],'phone':lambda x:x['phone'],'birth_date':lambda x:iso(x['dob']) if b.random()<.6 else '','street':lambda x:x['street'],'city':lambda x:x['city'],'postcode':lambda x:x['pc'],'sex':lambda x:x['sex']})
@make
def hungarian(rng):
    r = cee_rows(rng,4000,['HR','SK','DE'],noise=.1); b = random.Random(seed+5)
    fm = lambda x: rng.choice([lambda: iso(x['dob']).replace('-','.')+'.', lambda: iso(x['dob']), lambda: iso(x['dob']).replace('-','')])()
    out_rows('hungarian', r, {'Vezetéknév':lambda x:x['sur'].upper(),'Keresztnév':lambda x:x['given'],'E-mail cím':lambda x:x['email'],'Telefonszám':lambda x:x['phone'],'Születési dátum':lambda x:fm(x) if b.random()<.5 else '','Cím':lambda x:x['street'],'Város':lambda x:x['city'].upper(),'Irányítószám':lambda x:x['pc']})
@make
def half_name(rng):
    """half of the records have the name in one column, half in two"""
    r = cee_rows(rng,4000,['RS','HR','PL']); b = random.Random(seed+5)
    for _,x in r: x['one'] = b.random() < .4
    out_rows('half_name', r, {'first_name':lambda x:'' if x['one'] else x['given'],'last_name':lambda x:x['given']+' '+x['sur'] if x['one'] else x['sur'],'phone':lambda x:x['phone'],'email':lambda x:x['email'],'city':lambda x:x['city'],'birth_date':lambda x:iso(x['dob']) if b.random()<.5 else ''})
@make
def us_dates(rng):
    r = cee_rows(rng,3000,['GB'],noise=.03)
    out_rows('us_dates', r, {'name':lambda x:x['given']+' '+x['sur'],'dob':lambda x:'%02d/%02d/%04d'%(x['dob']['m'],x['dob']['d'],x['dob']['y']),'city':lambda x:x['city'],'zip':lambda x:x['pc']})
def slip(rng, s, p): return typo(rng, s) if rng.random() < p else s
@make
def flats(rng):
    """customers whose flat has a column of its own: couples and children share it"""
    rows = []; i = 0
    while len(rows) < 4000:
        hh = household(rng,'PL'); flat = str(rng.randint(1,60)) if rng.random() < .5 else ''
        for p in hh:
            i += 1
            for k in range(copies(rng,.4)):
                moved = k and rng.random() < .15; a = address(rng,'PL') if moved else p
                g, s = slip(rng,p['given'],.04), slip(rng,p['sur'],.04)
                if rng.random() < .05: g, s = s, g
                if rng.random() < .2: g, s = plain(g), plain(s)
                rows.append((i, {'Imię':g,'Nazwisko':s,'E-mail':maybe(rng,.2,p['email'] if not k or rng.random()<.8 else mail(rng,p)),'Nr tel':maybe(rng,.35,showphone(rng,'PL',p['mob'])),'Ulica':maybe(rng,.1,slip(rng,rng.choice(['ul. ',''])+a['street'],.04)),'Nr domu':a['no'],'Nr mieszkania':flat if not moved else str(rng.randint(1,60)),'Kod pocztowy':maybe(rng,.1,a['pc']),'Miejscowość':a['city']}))
    rng.shuffle(rows); write('flats', ['Imię','Nazwisko','E-mail','Nr tel','Ulica','Nr domu','Nr mieszkania','Kod pocztowy','Miejscowość'], rows)
@make
def baptisms(rng):
    """a register without addresses: brothers and sisters share surname, parents and village, and few surnames are a village"""
    rows = []; i = 0; villages = {v[0]: [surname(rng,'HR') for _ in range(25)] for v in CITY['HR'][-8:]}
    name = lambda sex: zipf(rng,GIVEN[('HR',sex)])[0]
    while len(rows) < 4000:
        v = rng.choice(list(villages)); s = rng.choice(villages[v]); father, mother, y = name('M'), name('F'), rng.randint(1760,1880)
        for _ in range(rng.choice([1,2,3,5,7])):
            i += 1; y += rng.randint(1,4); g = name(rng.choice('MF'))
            for k in range(copies(rng,.4)):
                rows.append((i, dict(ime=slip(rng,g,.06), prezime=slip(rng,s,.06), otac=maybe(rng,.1,slip(rng,father,.05)), majka=maybe(rng,.25,slip(rng,mother,.05)), godina_rodjenja=str(y+(rng.choice([-1,1]) if k and rng.random()<.1 else 0)), mesto=v)))
    rng.shuffle(rows); write('baptisms', ['ime','prezime','otac','majka','godina_rodjenja','mesto'], rows)
@make
def pupils(rng):
    """address, telephone and e-mail are the parents'; twins"""
    rows = []; i = 0
    while len(rows) < 3000:
        hh = household(rng,'SI'); born = None
        for j in range(rng.choice([1,1,2,2,3])):
            p = person(rng,'SI'); p['y'] = rng.randint(2006,2016); i += 1
            if born and rng.random() < .1: p['y'], p['m'], p['d'] = born
            born = p['y'], p['m'], p['d']
            for k in range(copies(rng,.4)):
                rows.append((i, dict(ime=slip(rng,p['given'],.04), priimek=slip(rng,hh[0]['sur'],.04), datum_rojstva=maybe(rng,.2,'%d.%d.%d'%(p['d'],p['m'],p['y'])), spol=maybe(rng,.1,p['sex']), razred=f"{2023-p['y']-rng.randint(5,6)}{rng.choice('abc')}", naslov=maybe(rng,.1,f"{hh[0]['street']} {hh[0]['no']}"), posta=hh[0]['pc']+' '+hh[0]['city'], starsi_email=maybe(rng,.15,hh[0]['email']), starsi_telefon=maybe(rng,.15,showphone(rng,'SI',hh[0]['mob'])))))
    rng.shuffle(rows); write('pupils', ['ime','priimek','datum_rojstva','spol','razred','naslov','posta','starsi_email','starsi_telefon'], rows)
@make
def partners(rng):
    """one column for names of firms and of people; firms have several who speak for them"""
    rows = []; i = 0
    while len(rows) < 4000:
        of = rng.random() < .45; f = firm(rng,'HR'); form = rng.choice(FORM['HR']); oib = digits(rng,11); a = address(rng,'HR'); web = plain(f).lower().replace(' ','')+'.hr'
        for p in ([person(rng,'HR') for _ in range(rng.choice([1,1,2,3]))] if of else household(rng,'HR')):
            i += 1; ph = phone(rng,'HR'); b = a if of else p
            em = (plain(p['given'][0]+p['sur']).lower().replace(' ','')+'@'+web if of else p['email'])
            for k in range(copies(rng,.35)):
                g, s = slip(rng,p['given'],.03), slip(rng,p['sur'],.03); who = rng.choice([f'{g} {s}',f'{g} {s}',f'{s} {g}',f'{g[0]}. {s}' if of else f'{s} {g}'.upper()])
                nm = f'{f} {rng.choice([form,form.upper(),""])}'.strip() if of else who
                rows.append((i, dict(naziv=nm, kontakt_osoba=maybe(rng,.12,who) if of else '', oib=maybe(rng,.3,oib) if of else '', e_posta=maybe(rng,.3,em), telefon=maybe(rng,.4,showphone(rng,'HR',ph)), adresa=maybe(rng,.2,f"{b['street']} {b['no']}"), mjesto=maybe(rng,.1,b['city']))))
    rng.shuffle(rows); write('partners', ['naziv','kontakt_osoba','oib','e_posta','telefon','adresa','mjesto'], rows)
@make
def suppliers(rng):
    """supplier master data as SAP names its columns: groups of firms under one roof, firms of one name and another legal form"""
    rows, i = [], 0
    while len(rows) < 3000:
        c = rng.choice(['RS','HR','SI','PL','CZ','SK','DE']); base = firm(rng, c); names = [base]; roof = address(rng, c)
        if rng.random() < .15: names += [base.split()[0]+' '+w for w in rng.sample(['Holding','Transport','Invest','Trade','Energo'], rng.randint(1,3))]
        for n in names:
            forms = [rng.choice(FORM[c])]
            if rng.random() < .06: forms.append(rng.choice([f for f in FORM[c] if f != forms[0]] or FORM[c]))
            for f in forms:
                i += 1; a = roof if rng.random() < .7 else address(rng, c); tax = c+digits(rng, 9); ph = phone(rng, c)
                for k in range(copies(rng, .4)):
                    x = f"{field_noise(rng,n,.12)} {rng.choice([f,f,f.replace('.',''),f.upper()]) if rng.random()<.9 else ''}".strip(); b = a if rng.random()<.92 else address(rng, c)
                    rows.append((i, dict(MANDT='100', LIFNR=str(100000+len(rows)), NAME1=x.upper() if rng.random()<.3 else x, STRAS=maybe(rng,.05,f"{b['street']} {b['no']}"), ORT01=b['city'], PSTLZ=b['pc'], LAND1=c,
                        STCEG=maybe(rng,.4,tax), TELF1=maybe(rng,.3,showphone(rng,c,ph)), KTOKK=rng.choice(['KRED','CPD']), ERDAT='20%02d%02d%02d'%(rng.randint(5,24),rng.randint(1,12),rng.randint(1,28)))))
    rng.shuffle(rows); write('suppliers', ['MANDT','LIFNR','NAME1','STRAS','ORT01','PSTLZ','LAND1','STCEG','TELF1','KTOKK','ERDAT'], rows)
@make
def siblings(rng):
    """brothers and sisters: one surname, address, mother and telephone"""
    rows, i = [], 0
    while len(rows) < 2500:
        s = surname(rng,'HR'); a = address(rng,'HR'); mother = rng.choice(GIVEN[('HR','F')])[0]; tel = phone(rng,'HR'); y = rng.randint(2008,2016)
        for k in range(rng.choice([1,1,2,2,3])):
            i += 1; sex = rng.choice('MF'); g = zipf(rng,GIVEN[('HR',sex)])[0]; born = '%d.%d.%d'%(rng.randint(1,28),rng.randint(1,12),y+2*k)
            for _ in range(copies(rng,.4)):
                rows.append((i, {'Ime učenika':field_noise(rng,g,.05),'Prezime učenika':field_noise(rng,s,.05),'Datum rođenja':maybe(rng,.1,born),'Razred':f'{rng.randint(1,8)}.{rng.choice("abc")}','Ime majke':f'{mother} {s}',
                    'Telefon roditelja':maybe(rng,.3,showphone(rng,'HR',tel)),'Adresa':f"{a['street']} {a['no']}",'Mjesto':a['city'],'Spol':{'M':'M','F':'Ž'}[sex]}))
    rng.shuffle(rows); write('siblings', list(rows[0][1]), rows)
@make
def songs_link(rng):
    """songs of albums of artists, two shops"""
    words = 'Love Night Heart Blue Rain Dance Fire Baby Time World Dream Girl Summer Moon Light River Road Home Sky Star Lonely Crazy Sweet Wild Young Forever Never Always Falling Running Broken Golden Silver Angel'.split()
    title = lambda: ' '.join(rng.sample(words, rng.choice([1,2,2,3])))
    A, B, i = [], [], 0
    for _ in range(150):
        artist = f"{rng.choice(GIVEN[('GB','F')])[0]} {rng.choice(SUR['GB'])}" if rng.random()<.5 else ' '.join(rng.sample(words,2))+'s'
        for _ in range(rng.randint(1,3)):
            album = title(); y = rng.randint(2005,2015); label = f'{y} {rng.choice(SUR["GB"])} Records'
            for _ in range(rng.randint(2,8)):
                i += 1; t = title(); n = rng.randint(120,330); length = f'{n//60}:{n%60:02d}'
                if rng.random()<.8: A.append((i,dict(Song_Name=t,Artist_Name=artist,Album_Name=album,Genre='Pop, Music',Price='$ 1.29',CopyRight=label,Time=length)))
                if rng.random()<.7: B.append((i,dict(Song_Name=t+rng.choice(['',' [Explicit]','']),Artist_Name=artist,Album_Name=album+rng.choice(['',' (Deluxe Edition)']),Genre='Pop',Price='$1.29',CopyRight='(C) '+label,Time=length if rng.random()<.8 else f'{(n+1)//60}:{(n+1)%60:02d}')))
    rng.shuffle(A); rng.shuffle(B); c = list(A[0][1]); write('songs_link.a',c,A); write('songs_link.b',c,B)
@make
def places(rng):
    """names and positions, many of one name"""
    rows, i = [], 0
    for _ in range(1500):
        i += 1; n = rng.choice(['Hotel '+rng.choice(SUR['HR']),'Pharmacy','Post Office','Bakery '+rng.choice(SUR['HR']),'Supermarket','Bar '+rng.choice(SUR['HR'])]); la, lo = rng.uniform(45.7,45.9), rng.uniform(15.8,16.1)
        for _ in range(copies(rng,.5)):
            rows.append((i, dict(name=field_noise(rng,n,.12),latitude='%.6f'%(la+rng.gauss(0,.0001)),longitude='%.6f'%(lo+rng.gauss(0,.0001)),category=rng.choice(['food','shop','poi']))))
    rng.shuffle(rows); write('places', ['name','latitude','longitude','category'], rows)
@make
def dutch(rng):
    """a counter beside the name: customers' numbers that follow each other"""
    r = cee_rows(rng,2500,['DE','GB']); b = random.Random(seed+5)
    out_rows('dutch', r, {'voornaam':lambda x:x['given'],'achternaam':lambda x:x['sur'],'geboortedatum':lambda x:DOT(x) if b.random()<.6 else '','straat':lambda x:x['street'],'postcode':lambda x:x['pc'],'woonplaats':lambda x:x['city'],
        'telefoonnummer':lambda x:x['phone'],'emailadres':lambda x:x['email'],'geslacht':lambda x:{'M':'man','F':'vrouw'}[x['sex']],'klantnummer':lambda x,n=iter(range(100000,200000)):str(next(n))})
def alike(rng, p, noise):
    """one more record of somebody: typing errors, another e-mail or telephone, a new address"""
    r = dict(p)
    if rng.random() < .08 and p['short']: r['given'] = rng.choice(p['short'])
    for f in ('given','sur','street','city'): r[f] = field_noise(rng, r[f], noise)
    if rng.random() < .08: r['email'] = mail(rng, p)
    if rng.random() < .08: r['mob'] = phone(rng, p['c'])
    if rng.random() < .1: r.update(address(rng, p['c']))
    return r
def families(rng, n, countries, extra, noise):
    rows = []; i = 0
    while len(rows) < n:
        for p in household(rng, rng.choice(countries)):
            i += 1
            for k in range(copies(rng, extra)): rows.append((i, alike(rng, p, noise) if k else p))
    rng.shuffle(rows); return rows
@make
def order_rows(rng):
    """a row an order: whole name, address, e-mail, and the article"""
    rows = []; i = 0
    while len(rows) < 5000:
        p = household(rng,'DE')[0]; i += 1
        for k in range(min(25, 1+int(rng.expovariate(.5)))):
            q = alike(rng,p,.03) if rng.random()<.3 else p
            rows.append((i, dict(order_no='SO-%d' % (100000+len(rows)), customer_name=f"{q['given']} {q['sur']}", customer_email=maybe(rng,.15,q['email']), ship_street=f"{q['street']} {q['no']}", ship_city=q['city'], ship_zip=q['pc'], phone=maybe(rng,.4,showphone(rng,'DE',q['mob'])), sku='SKU%04d' % rng.randint(1,300), qty=str(rng.randint(1,5)), total='%.2f' % rng.uniform(5,300), payment=rng.choice(['paypal','card','invoice']))))
    rng.shuffle(rows); write('order_rows', ['order_no','customer_name','customer_email','ship_street','ship_city','ship_zip','phone','sku','qty','total','payment'], rows)
@make
def wide(rng):
    """thirty columns of which five are about the person"""
    words = [''.join(rng.choice('bcdfgklmnprst')+rng.choice('aeiou') for _ in range(3)) for _ in range(400)]
    noise = [lambda: rng.choice('YN'), lambda: str(rng.randint(0,100)), lambda: rng.choice(words), lambda: '20%02d-%02d-%02d' % (rng.randint(15,24),rng.randint(1,12),rng.randint(1,28)), lambda: '%.2f' % rng.uniform(0,500), lambda: rng.choice(['red','green','blue','']), lambda: ' '.join(rng.sample(words,3)), lambda: '%08x' % rng.getrandbits(32)]
    rows = [(i, dict(f_name=p['given'],l_name=p['sur'],dob=maybe(rng,.3,iso(p)),mail=maybe(rng,.4,p['email']),mob=maybe(rng,.4,showphone(rng,'GB',p['mob'])),**{f'attr_{k}':noise[k%8]() for k in range(25)})) for i,p in families(rng,3000,['GB'],.4,.06)]
    write('wide', ['f_name','l_name','dob','mail','mob']+[f'attr_{k}' for k in range(25)], rows)
@make
def titled(rng):
    """whole names behind titles, of families"""
    t = {'M':['Herr','Herrn','Herr Dr.','Hr.'],'F':['Frau','Frau Dr.','Fr.']}
    rows = [(i, dict(kunde=maybe(rng,.4,rng.choice(t[p['sex']])+' ')+(f"{p['given']} {p['sur']}" if rng.random()<.85 else f"{p['given'][0]}. {p['sur']}"),strasse=f"{p['street']} {p['no']}",plz=p['pc'],ort=p['city'],tel=maybe(rng,.4,showphone(rng,'DE',p['land'] if rng.random()<.5 else p['mob'])))) for i,p in families(rng,3000,['DE'],.4,.05)]
    write('titled', ['kunde','strasse','plz','ort','tel'], rows)
@make
def accounts(rng):
    """the name three times: user, e-mail, display name"""
    rows = []; i = 0
    while len(rows) < 2300:
        p = person(rng,'GB'); e = mail(rng,p); i += 1
        for k in range(copies(rng,.3)):
            rows.append((i, dict(username=e.split('@')[0]+(str(k) if k and rng.random()<.3 else ''),email=e if rng.random()<.9 else mail(rng,p),display_name=f"{p['given']} {p['sur']}" if rng.random()<.7 else e.split('@')[0],locale=rng.choice(['en_GB','de_DE']))))
    rng.shuffle(rows); write('accounts', ['username','email','display_name','locale'], rows)
def gc(name, rows, sd, f):
    d = f'{out}/gc{rows}_{sd}'
    if not os.path.exists(d+'/contacts.csv'):
        os.makedirs(d, exist_ok=True); subprocess.run([os.path.join(tools, 'gen_contacts'),'--rows',str(rows),'--seed',str(sd),'--out',d],check=True,stdout=subprocess.DEVNULL)
    tr = {r['id']: r['person_id'] for r in csv.DictReader(open(d+'/truth.csv'))}
    rs = [(tr[r['id']], r) for r in csv.DictReader(open(d+'/contacts.csv'))]
    f = f or (lambda r: r); rs = [(t, f(r)) for t,r in rs]
    write(name, [c for c in rs[0][1] if c != 'id'], rs)
@make
def gc_seed7(rng): gc('gc_seed7', 10000, 7, None)
@make
def gc_nodob(rng):
    gc('gc_nodob', 10000, 8, lambda r: {k:v for k,v in r.items() if k != 'birth_date'})
@make
def gc_fullname(rng):
    gc('gc_fullname', 10000, 9, lambda r: {'id':r['id'],'ime_i_prezime':(r['first_name']+' '+r['last_name']).strip(),**{k:v for k,v in r.items() if k not in('id','first_name','last_name')}})
@make
def gc_contactless(rng):
    gc('gc_contactless', 10000, 10, lambda r: {k:v for k,v in r.items() if k not in('email','phone')})
if __name__ == '__main__':
    for name, fn in SETS.items():
        if only and name not in only: continue
        fn(random.Random(f'{seed}:{name}'))
