"""Am I affected? Asked by a number, to which a code goes, or by a place, which says nothing about anybody."""
