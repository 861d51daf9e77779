"""What invented people are called, and the names that hurt a careless program.

No name below is an English word, so that a page which shows one has taken it from a person.
"""

from __future__ import annotations

_FIRST = """
Adaeze Amaury Anneliese Apolonia Aurelio Beatriz Benedikt Bronwyn Caoimhe Casimir Catalina Chidera Corentin
Dagny Damaris Desmonda Dimitri Eberhard Eilidh Eleftheria Emeka Esperanza Fabrizio Fiammetta Gwendolyn Hadriana
Haruki Hildegard Ignatius Ilsabet Ingvild Ioannis Jedediah Joaquina Kalliope Katarzyna Kenjiro Lakshmi Leocadia
Leontyne Lysander Maeve Magnolia Mateusz Mireille Nikolai Nokomis Octavia Oluwaseun Orsolya Paloma Perpetua
Quentin Rafaela Rosalind Saoirse Severin Shoshana Soledad Tadeusz Thandiwe Ulrika Valentina Wilhelmina Xiomara
Yevgenia Zebulon
"""
_LAST = """
Abernathy Achterberg Adeyemi Alvarado Anastasiou Appelbaum Arrington Baczynski Balasubramanian Bartholomew
Beaumont Bergstrom Bielecki Bonaventura Brzezinski Cavendish Chakraborty Chevalier Christodoulou Czerwinski
Delacroix Dimopoulos Dombrowski Eberhardt Ehrenberg Esquivel Fairweather Featherstone Fitzwilliam Fontainebleau
Gallagher Georgiadis Gianopoulos Goldschmidt Grabowski Guadarrama Hathaway Hendrickson Huntington Ibarra
Iwaszkiewicz Jankowski Juarez Kaczmarek Katzenberg Kierkegaard Kobayashi Kowalczyk Lachapelle Lindqvist Lopresti
Macnamara Mascarenhas Montenegro Mwangi Nakamura Nguyenova Nieuwenhuis Obermeyer Okonkwo Oppenheimer Ostrowski
Oyelaran Papadakis Pemberton Petropoulos Quattrocchi Quisenberry Rajagopalan Ravenscroft Rosenquist Rutherford
Santamaria Schwarzkopf Seversky Stavropoulos Szymanski Tchaikova Thistlewood Tremblay Uzoma Vandenberg
Villanueva Vinogradov Wadsworth Weatherby Wojciechowski Yamamoto Yellowhorse Zaragoza Zielinski Zuberbuhler
"""
FIRST = tuple(_FIRST.split())
LAST = tuple(_LAST.split())

HOSTILE = {
    "name_html": ("<script>alert(1)</script>", '<img src=x onerror="alert(2)">'),
    "name_formula": ('=HYPERLINK("https://evil.example","click")', "+1+cmd|' /C calc'!A0"),
    "name_quote": ("Siobhan'); DROP TABLE users;--", "O'Brien"),
    "name_null": ("Null", "NaN"),
    "name_right_to_left": ("\u202e\u05dc\u05d9\u05d0\u05d5\u05e8", "\u05d0\u05d1\u05e8\u05d4\u05de\u05d9"),
    "name_zero_width": ("Zo\u200be\ufeff", "Van\u200dder\u00admeer"),
    "name_escape": ("\x1b[31mRed\x1b[0m", "Tab\tand\r\nline"),
}
"""For each hostile kind: a first and a last name."""

TREES = ("Alder", "Birch", "Cypress", "Dogwood", "Elm", "Fir", "Hawthorn", "Juniper", "Larch", "Maple", "Oak", "Poplar")
SCHOOL_KINDS = ("Elementary School", "Middle School", "High School", "Academy")
DISTRICTS = ("Example", "Northfield", "Lakeshore", "Stonebridge", "Riverbend", "Hillcrest", "Fairmeadow", "Westbrook")


def school_name(number: int) -> str:
    """Return the name of a school; numbered once the trees are used up."""
    tree, kind = TREES[number % len(TREES)], SCHOOL_KINDS[number % len(SCHOOL_KINDS)]
    turn = number // len(TREES)
    return f"{tree} {kind}" + (f" {turn + 1}" if turn else "")


def district_word(seed: int) -> str:
    """Return the word that names the district of a seed: `Example` for the first."""
    turn, number = divmod(seed - 1, len(DISTRICTS))
    return DISTRICTS[number] + (str(turn + 1) if turn else "")
