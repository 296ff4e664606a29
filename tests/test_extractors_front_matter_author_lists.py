"""Author lists as journals print them: names in printed order, whatever stands between them."""

import re

import pytest

from extractors.front_matter.people import FAIR_NAME, read_people
from extractors.front_matter.strip import Strip

LISTS = [  # raised text in ^{}
    (
        "Smith, John A.^{1}; Jones, Mary^{2}; Van Dyke, Peter^{1,3}",
        ["Smith, John A.", "Jones, Mary", "Van Dyke, Peter"],
    ),
    ("SMITH J.A.^{1}, JONES M.^{2}, DE LA CRUZ P.^{3}", ["SMITH J.A.", "JONES M.", "DE LA CRUZ P."]),
    (
        "John A. Smith, MD, PhD,^{1,2} Mary Jones, MSc, RN;^{3} and Peter O’Neil, FRCP^{4}",
        ["John A. Smith", "Mary Jones", "Peter O’Neil"],
    ),
    ("^{1}John Smith, ^{2}Mary Jones, ^{1,2}Wei Zhang", ["John Smith", "Mary Jones", "Wei Zhang"]),
    ("1 Ahmed Ali Khan, 2 Sara Bano", ["Ahmed Ali Khan", "Sara Bano"]),
    (
        "K. Abe^{1}, I. Adachi^{10}, H. Aihara^{49}, D. M. Asner^{36}, V. Aulchenko^{5} and the Belle Collaboration",
        ["K. Abe", "I. Adachi", "H. Aihara", "D. M. Asner", "V. Aulchenko"],
    ),
    (
        "Jean-Pierre de la Tour, María José García-López, Þóra Jónsdóttir",
        ["Jean-Pierre de la Tour", "María José García-López", "Þóra Jónsdóttir"],
    ),
    (
        "Martin Luther King, Jr.,^{a} Henry Ford III^{b} and William Gates II",
        ["Martin Luther King, Jr.", "Henry Ford III", "William Gates II"],
    ),
    ("Prof. Dr. Hans Müller, Dr. rer. nat. Eva Schmidt", ["Hans Müller", "Eva Schmidt"]),
    ("Suharto^{1}, Budi Santoso^{2}, Sukarno Putra^{1}", ["Suharto", "Budi Santoso", "Sukarno Putra"]),
    ("Xiaoming Li* · Hong Wang† · Jun Chen‡", ["Xiaoming Li", "Hong Wang", "Jun Chen"]),
    ("Xiaoming Li (李晓明), Hong Wang (王红) and Jun Chen (陈军)", ["Xiaoming Li", "Hong Wang", "Jun Chen"]),
    ("Anna Kowalska | Piotr Nowak | Ewa Lis", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Anna Kowalska / Piotr Nowak / Ewa Lis", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("By ANNA KOWALSKA, PIOTR NOWAK, AND EWA LIS", ["ANNA KOWALSKA", "PIOTR NOWAK", "EWA LIS"]),
    ("A. Kowalska^{1,a)}, P. Nowak^{2,b)} and E. Lis^{1}", ["A. Kowalska", "P. Nowak", "E. Lis"]),
    ("Anna Kowalska[1,2], Piotr Nowak[1], Ewa Lis[2]", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Anna Kowalska (1), Piotr Nowak (2), and Ewa Lis (1 and 2)", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Nguyễn Văn An^{1}, Trần Thị Bích^{2}", ["Nguyễn Văn An", "Trần Thị Bích"]),
    ("Ö. Yıldız, Ş. Çelik, and Ğ. Öz", ["Ö. Yıldız", "Ş. Çelik", "Ğ. Öz"]),
    ("J.-P. Serre, M. F. Atiyah and I. M. Singer", ["J.-P. Serre", "M. F. Atiyah", "I. M. Singer"]),
    ("Laura Bianchi and Marco Rossi on behalf of the PANDA Study Group", ["Laura Bianchi", "Marco Rossi"]),
    ("Laura Bianchi, Marco Rossi, for the ALICE Collaboration", ["Laura Bianchi", "Marco Rossi"]),
    ("Laura Bianchi, Marco Rossi; European Heart Network Investigators", ["Laura Bianchi", "Marco Rossi"]),
    ("Abdul-Rahman bin Mohammed al-Saud, Fatima el-Zahra", ["Abdul-Rahman bin Mohammed al-Saud", "Fatima el-Zahra"]),
    ("Ronald L. Rivest, Adi Shamir, Leonard M. Adleman", ["Ronald L. Rivest", "Adi Shamir", "Leonard M. Adleman"]),
    ("R Smith^{1,2}, J van der Berg^{3} and T O’Brien^{1}", ["R Smith", "J van der Berg", "T O’Brien"]),
    ("Anna Kowalska^{1 2 *}  Piotr Nowak^{1 *}  Ewa Lis^{2}", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Dipl.-Ing. Karl Huber, Univ.-Prof. Maria Gruber", ["Karl Huber", "Maria Gruber"]),
    (
        "Anna Kowalska, Student Member, IEEE, Piotr Nowak, Member, IEEE, and Ewa Lis, Fellow, IEEE",
        ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"],
    ),
    ("José Ortega y Gasset, Ana Gómez y Luis Pérez", ["José Ortega y Gasset", "Ana Gómez", "Luis Pérez"]),
    ("Maria da Silva e Souza, João Costa e Pedro Lima", ["Maria da Silva e Souza", "João Costa", "Pedro Lima"]),
    ("A. Dupont¹, B. Martin², C. Petit¹,²", ["A. Dupont", "B. Martin", "C. Petit"]),
    ("Li Na, Wang Wei, Zhang San", ["Li Na", "Wang Wei", "Zhang San"]),
    ("Guido van Rossum, Barry Warsaw & Nick Coghlan", ["Guido van Rossum", "Barry Warsaw", "Nick Coghlan"]),
    ("Kim Min-jun^{1}, Park Ji-woo^{2}, Lee Seo-yeon^{1,*}", ["Kim Min-jun", "Park Ji-woo", "Lee Seo-yeon"]),
    ("Virginia Woolf, Paris Hilton, Jack London", ["Virginia Woolf", "Paris Hilton", "Jack London"]),
    ("Georgia Brown, Austin Powers and Dallas Green", ["Georgia Brown", "Austin Powers", "Dallas Green"]),
    (
        "Tanmoy Das Gupta, K. R. Srinivasa Rao, S. Subramaniam",
        ["Tanmoy Das Gupta", "K. R. Srinivasa Rao", "S. Subramaniam"],
    ),
    ("Tinashe Moyo,^{1} Zanele Dlamini,^{2} Thabo Nkosi^{1,2}", ["Tinashe Moyo", "Zanele Dlamini", "Thabo Nkosi"]),
    ("WANG Li-Juan^{1)}, ZHAO Qiang^{1,2)}", ["WANG Li-Juan", "ZHAO Qiang"]),
    ("Anna Kowalska ID ^{1}, Piotr Nowak ID ^{2} and Ewa Lis ID ^{1,*}", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Anna Kowalska ^{1,†}, Piotr Nowak ^{2,†} and Ewa Lis ^{1,2,*}", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Anna B.\nKowalska^{1}, Piotr\nNowak^{2}, Ewa Lis^{1}", ["Anna B.\nKowalska", "Piotr\nNowak", "Ewa Lis"]),
    (
        "Anna Kowalska, Piotr Nowak\nEwa Lis, Jan Zielinski",
        ["Anna Kowalska", "Piotr Nowak", "Ewa Lis", "Jan Zielinski"],
    ),
    ("Hsin-\nYi Lee, Mei Chen", ["Hsin-\nYi Lee", "Mei Chen"]),
    ("Anna Kowalska, BSc(Hons), MRCS;  Piotr Nowak, MB BCh, FRCS(Ed)", ["Anna Kowalska", "Piotr Nowak"]),
    ("Anna Kowalska (corresponding author), Piotr Nowak", ["Anna Kowalska", "Piotr Nowak"]),
    ("Anna Kowalska^{1}✉, Piotr Nowak^{2}✉", ["Anna Kowalska", "Piotr Nowak"]),
    ("Anna Kowalska^{∗1}, Piotr Nowak^{†2}, and Ewa Lis^{‡1}", ["Anna Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("Anna M. Kowalska PhD, Piotr Nowak MD PhD, Ewa Lis RN", ["Anna M. Kowalska", "Piotr Nowak", "Ewa Lis"]),
    ("A. KOWALSKA, P. NOWAK, JR., AND E. LIS", ["A. KOWALSKA", "P. NOWAK, JR.", "E. LIS"]),
    ("Authors: Anna Kowalska, Piotr Nowak", ["Anna Kowalska", "Piotr Nowak"]),
    ("with contributions from Anna Kowalska", []),
    ("Rosa María Pérez-Ibáñez^{1}*, José Mª. Gutiérrez^{2}", ["Rosa María Pérez-Ibáñez", "José Mª. Gutiérrez"]),
    ("Aad, G.; Abbott, B.; Abdallah, J.", ["Aad, G.", "Abbott, B.", "Abdallah, J."]),
    ("G. Aad et al. (ATLAS Collaboration)", ["G. Aad"]),
    ("Chen, X.,^{1} Li, Y.,^{2} and Wu, Z.^{1}", ["Chen, X.", "Li, Y.", "Wu, Z."]),
    ("X. F. Chen^{1,⋆}, Y. Li^{2,⋆⋆}", ["X. F. Chen", "Y. Li"]),
]


def strip_of(printed: str) -> Strip:
    text, raised = "", []
    for part in re.split(r"(\^\{.*?\})", printed):
        content = part[2:-1] if part.startswith("^{") else part
        text += content
        raised += [part.startswith("^{")] * len(content)
    return Strip(text, tuple(range(len(text))), tuple(raised))


@pytest.mark.parametrize(("printed", "names"), LISTS, ids=range(len(LISTS)))
def test_author_list(printed, names):
    strip = strip_of(printed)
    people = [person for person in read_people(strip) if person.likeness > FAIR_NAME - 1.5]
    assert [strip.text[person.start : person.end] for person in people] == names
