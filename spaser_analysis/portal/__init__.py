"""The pages by which all editions are entered: read from what is published, nothing else, and made again at any time."""
