"""Who may come in, and as what: roles, clients and their keys, the home's certificate authority, pairing, the vault of secrets.

Nothing here opens a socket or a file of the store: faces carry the messages, `app` hands in where things are kept.
"""
