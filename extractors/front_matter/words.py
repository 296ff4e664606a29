"""Key words that give away what a piece of front matter is, in many languages. Patterns match folded text."""

import re

# An organisation of its own.
ORGANISATION = re.compile(
    r"\buniv(?!ers(e|al)\b)|universita?t\b|universiteit|\buniwers|\begyetem|\buni\.|"
    r"insti?tut|\binst\b|\bacad\b|\bcoll\.|\bsynchrotron|"
    r"\bfundacao|\bclinica\b|\bbank\b|\bbanco\b|\bcollege|\bcollegium|\bhospital|\bhopita|\bospedale|\bklinik|"
    r"\bclinic\b|\bclinique|\blaborato|"
    r"\bacadem|\bakadem|\baccademia|\bobservato[ri]|\bpolitec|\bpolytech|\becole\b|\bescuela|\bescola|\bscuola\b|"
    r"hochschule\b|"
    r"\bcent(er|re|ro|rum|res|ers)\b|\bzentrum|zentrum\b|\bfoundation|\bfundaci|\bfondation|\bstiftung|\binc\b|\bltd\b|"
    r"\blimited\b|\bgmbh|\bllc\b|\bcorp\b|\bcorporation|\bcompany\b|\bcompanies\b|\bs\.a\.?s?\b|\bs\.p\.a|\bco\.|"
    r"\bplc\b|"
    r"\blabs?\b|\bresearch\b(?=\s*(?:$|[,;)\n]))|\bcouncil\b|\bagency\b|\bministry\b|\bmuseum|\bmuseo|\bsociety\b|"
    r"\bsecretariat\b|"
    r"\bassociation\b|"
    r"\bconsortium\b|\btechnologies\b|\btechnion\b|\bbureau\b|\bsurvey\b(?=\s*(?:$|[,;)\n]))|\bheadquarters\b|"
    r"\binfirmary\b|\btrust\b|"
    r"\bhealth service$|\bservicio \w+ de salud\b|\bosservatorio|"
    r"\btechnische u|\bparistech|\btelecom\b|\bpharmaceutic|\bsystems? inc|\barsenal\b|\breactor\b|\baccelerator\b|"
    r"\borganiz?s?ation\b|\badministration\b|\bauthority\b|\bgroup plc|\bmedical school\b|\bbusiness school\b|"
    r"\b(communications|innovations|incorporated|industries|consulting|solutions|therapeutics|semiconductors?|"
    r"aerospace|"
    r"biosciences|networks|software|pharma|robotics)\b(?=\s*(?:$|[,;)\n]|inc|ltd))|"
    r"\bfraunhofer|\bmax.planck|\bfacility\b|\bconservat|\bthink tank|\bcommission\b|\bsanatorium|\bnational park"
)
# A part of an organisation.
DEPARTMENT = re.compile(
    r"\bdep(artment|artments|artement|artamento|t|ts|artament)?\b\.?|\bdipartimento|\bdivision|\bdirection\b|"
    r"\bsection\b|"
    r"\bsezione\b|\bgroupe?s?\b|\bgruppo\b|\bchair\b|\bfacult|\bfakult|\bfacolta|\bfac\.|\bunite?\b|\bunits\b|"
    r"\bprogram(me)?\b|\bteam\b|\bbranch\b|\babteilung|\blehrstuhl|\bfachbereich|\bgraduate school|\bservice\b|"
    r"\bward\b|"
    r"\bsub-?department|\bschools?\b|\bkatedra|\bulusal|\bseminar\b|\bdisciplin|\blaboratory of\b(?!.*\bof\b.*\buniv)"
)
DEPARTMENT_START = re.compile(
    r"(the )?((sub-?)?dep(artment|artments|artement|artamento|artament|t|ts)?\b|dipartimento|division|section\b|"
    r"sezione\b|"
    r"chair\b|facult|fakult|facolta|fac\b|unit\b|unita\b|team\b|branch\b|abteilung|lehrstuhl|fachbereich|"
    r"graduate school\b|"
    r"(post)?graduate program|service\b|ward\b|schools? of|scuola di|group\b|programs? (in|of|for)|programme\b|"
    r"school of|discipline|chaire|equipe|direction)"
)
STREET = re.compile(
    r"\bstreet\b|\bst\.?$|\bavenue|\bave\b|\broad\b|\brd\b|\bblvd|\bboulevard|\bdrive\b|\blane\b|\bp\.? ?o\.? ?box|"
    r"\bbox \d|"
    r"\brue\b|\bstrasse|strasse\b|straße\b|\bstr\.|\bvia\b|\bcalle\b|\bplaza\b|\bplace\b|\bsquare\b|\bfloor\b|"
    r"\bsuite\b|"
    r"\broom\b|\bbuilding\b|\bbldg|\bcedex\b|\bpostbus|\bpostfach|\bparkway\b|\bhighway\b|\bdistrict\b|\bprovince\b|"
    r"\bstate route|\bzip\b|\bkm \d|\bcampus de\b|\bmail ?stop|\bms \d|\bc\.?p\.? \d|\bumr\b|\bpmb\b|\bmain campus|"
    r"\bway$|"
    r"\bcourt\b|"
    r"\bquai\b|\bweg\b|\ballee\b|\bplatz\b|\bchemin\b|\broute de\b"
)
COUNTRY = re.compile(
    r"^(the )?(u\.?s\.?a\.?|u\.?k\.?|united states( of america)?|united kingdom|england|scotland|wales|"
    r"northern ireland|"
    r"p\.? ?r\.? ?(of )?china|people.?s republic of china|republic of korea|south korea|korea|r\.? ?o\.? ?c\.?|taiwan|"
    r"hong kong|deutschland|espana|italia|brasil|schweiz|suisse|osterreich|belgique|uae|viet ?nam|russia|iran|"
    r"holland|the netherlands|lao p\.?d\.?r\.?|laos|brunei|kingdom of saudi arabia|turkiye|myanmar|cambodia|mongolia|"
    r"kuwait|bosnia and herzegovina|north macedonia|"
    r"czech republic|cote d.ivoire|algeria|argentina|armenia|australia|austria|bangladesh|"
    r"belgium|brazil|bulgaria|cameroon|canada|chile|china|colombia|croatia|cuba|cyprus|czechia|denmark|ecuador|egypt|estonia|"
    r"ethiopia|finland|france|germany|ghana|greece|hungary|iceland|india|indonesia|iraq|ireland|israel|italy|japan|"
    r"kazakhstan|kenya|latvia|lebanon|lithuania|luxembourg|malaysia|malta|mexico|morocco|nepal|netherlands|new zealand|"
    r"nigeria|norway|pakistan|peru|philippines|poland|portugal|qatar|romania|russian federation|saudi arabia|senegal|"
    r"serbia|singapore|slovakia|slovenia|south africa|spain|sri lanka|sweden|switzerland|tanzania|thailand|tunisia|"
    r"turkey|uganda|ukraine|united arab emirates|uruguay|uzbekistan|venezuela|vietnam|zimbabwe)$"
)
STATE = re.compile(
    r"^(a[lkzr]|c[aot]|d[ec]|fl|ga|hi|i[dlna]|k[sy]|la|m[eadinsot]|n[evhjmycd]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[ta]|"
    r"w[aviy]|"
    r"nsw|act|qld|vic|on|qc|bc|ab|ontario|quebec|calif|mass|ill|mich|penn)\.?$"
)
# Well known organisations that no key word gives away; the first word or two of a piece.
KNOWN = re.compile(
    r"(the )?(google|microsoft|ibm|facebook|meta ai|meta platforms|meta$|fair$|amazon|aws|apple$|nvidia|intel$|"
    r"intel labs|openai|"
    r"deepmind|bloomberg|yahoo|baidu|tencent|alibaba|huawei|samsung|bytedance|adobe|netflix|uber|twitter|linkedin|"
    r"salesforce|naver|kakao|yandex|siemens|bosch|philips|toyota|honda|hitachi|toshiba|nec\b|ntt\b|sony|xerox|"
    r"hewlett|hp labs|"
    r"at ?& ?t|bell lab|lucent|nokia|ericsson|motorola|qualcomm|cisco|oracle|sun microsystems|digital equipment|bbn|"
    r"sri international|rand corp|mitre|raytheon|lockheed|boeing|airbus|thales|novartis|pfizer|roche|merck|bayer|basf|"
    r"glaxo|astrazeneca|sanofi|genentech|inria|cnrs|cea\b|cern\b|inserm|inra\b|inrae|ird\b|ifremer|onera|cnes|infn|"
    r"enea\b|inaf\b|"
    r"csic\b|desy|gsi\b|dlr\b|dfki|csiro|nasa|noaa|nist\b|usgs|usda|nih\b|nrel|esa\b|eso\b|ecmwf|kek\b|riken|jaist|"
    r"jaxa|aist\b|"
    r"kaist|postech|unist|etri\b|a ?\* ?star|iit\b|iiit|tifr|barc\b|cwi\b|tno\b|imec\b|vtt\b|ethz?\b|eth zurich|epfl|"
    r"kth\b|ntnu|mit\b|"
    r"mit csail|ucla|ucsd|ucsf|usc\b|ucl\b|caltech|cmu\b|nyu\b|suny|cuny|lmu\b|rwth|kit\b|max planck|mpi\b|"
    r"ecole|supelec|centralesupelec|mines |enst\b|ens\b|irit\b|loria|lip6|limsi|lri\b|irisa|isir\b|verimag|vmware|"
    r"databricks|"
    r"hugging ?face|anthropic|mozilla|allen ai|ai2\b|snap inc|spotify|ebay|pinterest|airbnb|jp ?morgan|goldman)"
)
KNOWN_CAPITALS = re.compile(r"(TU|VU|UC|UT|CU|KU|FU|HU|IIT) \w")  # as printed, not folded
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2}\b")  # of the United Kingdom, as printed
ORCID = re.compile(r"[\[(]?\b\d{4}[-−–‐]\d{4}[-−–‐]\d{4}[-−–‐]\d{3}[\dX]\b[\])]?")
MEMBERSHIP = re.compile(
    r"(?:(?:student|senior|life|graduate|associate|affiliate)\s+)*(?:member|fellow)s?\s*,\s*"
    r"(?:IEEE|ACM|OSA|SIAM|AAAI|IET|SPIE)\b",
    re.IGNORECASE,
)
EMAIL = re.compile(
    r"(?:[{\[(<][^{}\[\]()<>]*[}\])>]|(?:[\w.+-]+\s?[,|/;]\s?)*[\w.+-]*\w)\s?[@＠]\s?[\w-]+(?:\.[\w-]+)+|"
    r"\b(?:e-?mails?|url|https?)\s*(?:address(?:es)?)?\s*:?|\bwww\.\S+|https?:\S+",
    re.IGNORECASE,
)
FUNDING = re.compile(
    r"support|fund(ed|ing)|grants?\b|fellows?(hip)?\b|contract|sponsor|thank|acknowledg|contribut|correspond|"
    r"work (was |is )?(partly |partially )?(done|performed|conducted|carried|completed)|intern(ship)?\b|deceased|"
    r"permission|copyright|licen[sc]|editor|reviewe|conducted (while|during)|visiting|scholar",
    re.IGNORECASE,
)
NOTICE = re.compile(
    r"^\W*(printed in|a preliminary|an? (early|extended|shorter) version|licensee |contact information|"
    r"s?\s?supporting information|received|accepted|"
    r"revised|published|submitted|dated|date|available online|communicated|edited|"
    r"handling|"
    r"correspond|address for|copyright|©|\(c\)|doi|https?:|issn|isbn|preprint|draft|version|volume|vol\.|arxiv|"
    r"to appear|in proceedings|proceedings|technical report|tr-|presented|keywords?|key words|index terms|"
    r"acm |ccs concepts|categories|general terms|contents|manuscript|cite this|citation|open access|article|"
    r"research|review|original|short|letter|supplementary|equal contribution|these authors|\d+ (january|february|march|"
    r"april|may|june|july|august|september|october|november|december)|(january|february|march|april|may|june|july|"
    r"august|"
    r"september|october|november|december)\b.*\d{4}|under review|workshop|accepted|conference)",
    re.IGNORECASE,
)
