"""Sessions written down, and played again without the unit.

    hulian record DEVICE --to FILE       what both sides say, in clear and redacted, with the commands and the reports: one JSON line each
    tests/drivers/recordings/FILE        is a test: the driver is told what the unit said, and must say the same and report the same

A recording begins with the opening of a session, because what a unit says later means little without it. It goes on for as long as
somebody reads it. `recorder` writes, `player` plays; `plain` turns messages of any driver into JSON and back, `redaction` takes out what
says whose they are. What is played runs on a clock of its own (`clock`), and on the chance it was recorded with, so that numbers and
pauses come out the same.
"""
