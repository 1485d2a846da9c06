"""Appliances without a network that an infrared transmitter speaks for: virtual things of the real kinds, and what a transmitter is itself.

What an appliance does nobody knows, for light comes from one side only. So a virtual thing tells what was *sent* last, and every value of
it has the quality `assumed`; what was never sent it does not tell, and what nothing in its codes can say it lets nobody set. A true reading
from elsewhere (the power its plug measures) is `believed`, until something is sent again.

    burst       one transmission: marks and gaps; what would harm a diode is refused
    encoding    how a number becomes marks and gaps, and back
    codes       what a remote can say: its whole state in each frame (`state`), or a code for each key (`keys`), or what was learned
    library     the code sets there are (`codes/*.yaml`), and whose a burst is
    notebook    what is kept of one transmitter: learned codes, its things, what was sent last
    thing       one virtual thing
    session     the transmitter and its things, over whatever wire it is spoken to (`Transmitter`)
"""
