"""Two sites are down, HYD0004 and HYD0005, and all were told: customer 1 behind one, 2 behind the other, 3 both."""

from databases import fixtures
from one_incident import told_of_two_sites

told, told_small = fixtures(told_of_two_sites)
