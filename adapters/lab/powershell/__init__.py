"""PowerShell as the lab needs it: values on the wire, the syntax of cmdlets, binding of parameters, filters."""
