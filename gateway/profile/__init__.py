"""The standard, read: profiles become models, models become instances, instances become Thing Descriptions.

A `Library` reads the folder `profiles/`. It gives one `Model` a kind: the flat Thing Model after `tm:extends` and
`tm:ref` are resolved, with its features and constraints. A model and a `Description` (which features this device has,
where it is narrower than its kind) give an `Instance`, which checks every value, write and action input.
`thing_description` writes the instance down for clients; `description_of` reads such a text back.
"""
