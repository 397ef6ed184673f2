"""The way to Teams and from it: who may come in, one turn at a time, and what is sent, at the channel's pace."""
