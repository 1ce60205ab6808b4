"""Microsoft Teams: draws what is shown and reports what was typed, pressed and filled in.

``library`` alone knows the bot library; everything else speaks in ``activities``. What a change of library would take
stands in docs/decisions/0040-teams-library.md.
"""
