"""What can be shown of a run of the conformance suite: signed, small enough for a QR code, checked without asking anybody.

    statement     what is said: a plain record          signing     a run becomes a certificate (COSE and JWS)
    cose, jws     the two signed forms, read strictly   verifying   the steps of the check, in the order of the standard
    status_list   what was withdrawn, and when          trust_list  who may sign what
    possession    an appliance proves its own key       shelf       the lists a home keeps

Nothing in here needs the network, and only `ed25519` needs a library of the extra `trust`.
"""
