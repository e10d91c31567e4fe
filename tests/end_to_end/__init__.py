"""The product as its users meet it: the real programs, called by real SIP phones."""
