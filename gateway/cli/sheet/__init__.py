"""The hand-over sheet: what is asked of the hub (`facts`), what is still open (`problems`), and the page of both (`page`)."""
