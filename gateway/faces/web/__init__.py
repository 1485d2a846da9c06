"""The pages: what people look at, on a phone and on a desk, in two languages; built from the profile, served by NiceGUI.

face   the ASGI application that `app` mounts behind the API's guard and login        sheet, parts   what every page is made of
home_page, appliance_page, scenes_page ... one page each                              widgets, control   controls made from schemas
phrases.yaml, words.yaml, kinds.yaml   everything they say, and how kinds are shown: data
"""
