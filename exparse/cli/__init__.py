"""The command: one module a verb. The only room that prints, and a thin user of the rooms below."""
