"""A scene tried on a simulated copy of the home before it moves anything in the real one.

copy         the home as it stands, as a home file of the simulator, and what of it cannot be copied
faults       what is to go wrong on the stage: a device that is away, silent, slow, ...
order        what the process that plays it is told
outcome      what came of it: the report, time to complete, watts
comparison   whether a real run went as rehearsed
rehearsals   the door: rehearse a scene that is kept, or a text that is not; the last rehearsal of each scene is kept
"""
