"""The scenes that come along: ordinary documents, to be taken as they are, or exported and changed."""
