"""The books in music21's corpus that we train on: origin, transcribers and terms, as the model card tells them.

Read from the files themselves (their `%` comments, `B:`, `S:` and `Z:` fields) and from the corpus's
`license.txt`; none of these folders has a licence text of its own. Transcribers are named without their
addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

_COMMON = (
    "The files state no licence and no restriction. music21's corpus/license.txt: distributed with the permission "
    "of the encoders; to the best of its makers' knowledge out of copyright in the United States or licensed for "
    "use, though there may be restrictions on commercial use; check them where you live."
)


@dataclass(frozen=True, slots=True)
class Book:
    """Book of tunes that we train on. name, origin, transcribers and terms: sentences for the model card.

    sections: (last number, dance) of each section that the printed book is divided into, () where it is not
    """

    name: str
    origin: str
    transcribers: str
    terms: str = _COMMON
    sections: tuple[tuple[int, str], ...] = ()

    def about(self) -> dict[str, str]:
        """What a model card says of it."""
        return {"name": self.name, "origin": self.origin, "transcribers": self.transcribers, "terms": self.terms}

    def dance(self, number: int) -> str | None:
        """The dance of the section in which the tune of that number stands."""
        return next((dance for last, dance in self.sections if number <= last), None)


#: folder in music21's corpus: the book
BOOKS = {
    "oneills1850": Book(
        "O'Neill's Music of Ireland",
        "Francis O'Neill, O'Neill's Music of Ireland: Eighteen Hundred and Fifty Melodies, Chicago 1903; out of "
        "copyright.",
        "Henrik Norbeck, Bob Safranek, John Chambers, Trish O'Neil, Dan G. Petersen, John B. Walsh, Michael Hogan, "
        "Stephen Foy, Michael D. Long, Tom Keays, Chris Falt, Norbert Paap, Dave Wooldridge, A. Lee Worman, Robert "
        "Thorpe, Nick Terhorst, Ted Hastings, mvhplank; corrections by Frank Nordberg and Colin McEwen; 78 tunes name "
        "none.",
        sections=(  # airs, Carolan's, double jigs, slip jigs, reels, hornpipes, long dances, marches and miscellany
            (625, "air"),
            (700, "air"),
            (1115, "jig"),
            (1175, "slip jig"),
            (1555, "reel"),
            (1780, "hornpipe"),
            (1800, "other"),
            (1850, "march"),
        ),
    ),
    "ryansMammoth": Book(
        "Ryan's Mammoth Collection",
        "William Bradbury Ryan, Ryan's Mammoth Collection of 1050 Reels and Jigs, Boston 1883, reprinted as Cole's "
        "1000 Fiddle Tunes; out of copyright.",
        "Ray Davies, John Chambers, Bob Puckette, John B. Walsh, Ivan Bradley, Bob Safranek; 120 tunes name none.",
    ),
    "airdsAirs": Book(
        "Aird's Airs",
        "James Aird, A Selection of Scotch, English, Irish and Foreign Airs, six volumes, Glasgow 1778 (often cited as "
        "1782) to about 1803; out of copyright.",
        "Jack Campin.",
    ),
    "nottingham-dataset": Book(
        "Nottingham Music Database, a few reels",
        "Traditional reels of the Nottingham Music Database (files A to C); sources named in the tunes: EF, Joy.",
        "the Nottingham Music Database.",
    ),
    "miscFolk": Book(
        "American fife tunes; Northumbrian Minstrelsy",
        "Colonial and Civil War American fife music, from a collection on the web that has since gone, thought by its "
        "editor to come from bandsmen's tune books of the period; Bruce and Stokoe, Northumbrian Minstrelsy, 1882; "
        "the printed book is out of copyright.",
        "Jack Campin (fife music edited May 2000, Northumbrian Minstrelsy May 2007).",
    ),
}

#: name of a file that is not in pip, which a user may give to `train folk --more`: the book
FILES = {
    "cre_lilt": Book(
        "Ceol Rince na hÉireann",
        "Breandán Breathnach, Ceol Rince na hÉireann, five volumes of Irish dance music taken from players, Dublin "
        "1963 to 1999; tunes that name a modern composer are left out.",
        "Bill Black; put in order by the Polifonia project, whose repository of Ceol Rince tunes the file comes from.",
        "The file's licence is the Unlicense (public domain); the README of its repository says CC BY 4.0.",
    ),
}


def book_of(name: str) -> Book | None:
    """The book of a tune named "folder/file X:number"; None for a user's own file."""
    folder, _, file = name.rpartition(" X:")[0].rpartition("/")
    return FILES.get(file) or BOOKS.get(folder)
