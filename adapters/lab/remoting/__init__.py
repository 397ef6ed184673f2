"""The wire of the pretend machines: WS-Management and PSRP."""
