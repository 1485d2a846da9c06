"""The judge: sees a device only from outside, through its Thing Description and the published protocol.

It shares no checking code with the gateway or the simulator: a mistake they have in common must not cancel out. The hand-written vectors in
`profiles/vectors` bind all three. (Needs the extra `conformance`.)
"""
