"""Where visits come from: assumptions of the sandbox, not the vendor's rules.

- `channels`: the table of rules that give a visit its channel.
- `sites`: the table of well-known sites.
- `touchpoints`: which pageviews are touchpoints, and the members of a touchpoint.
"""
