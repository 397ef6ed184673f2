"""Which application permission a Graph request needs, so that a refusal can name it.

https://learn.microsoft.com/graph/permissions-reference, where two rows of the merged table mislead: `/organization` does
not need an Intune permission, and `checkMemberGroups` of a user needs no service-principal one.
"""

import re

from bot.calls import GraphCall

NEEDED = {
    "GET /organization": "Organization.Read.All",
    "GET /subscribedSkus": "LicenseAssignment.Read.All",
    "GET /users/{id}/licenseDetails": "LicenseAssignment.Read.All",
    "GET /domains": "Domain.Read.All",
    "POST /domains": "Domain.ReadWrite.All",
    "PATCH /domains": "Domain.ReadWrite.All",
    "DELETE /domains": "Domain.ReadWrite.All",
    "POST /users/{id}/assignLicense": "LicenseAssignment.ReadWrite.All",
    "POST /users/{id}/checkMemberGroups": "User.Read.All and GroupMember.Read.All",
    "POST /directoryObjects/getByIds": "User.Read.All and GroupMember.Read.All",
    "GET /directory/deletedItems": "User.Read.All",
    "GET /directory/onPremisesSynchronization": "none: this can only be read by a signed-in Global Administrator",
    "GET /users": "User.Read.All",
    "PATCH /users": "User.ReadWrite.All",
    "GET /groups": "GroupMember.Read.All",
    "POST /groups/{id}/members": "GroupMember.ReadWrite.All",
    "DELETE /groups/{id}/members": "GroupMember.ReadWrite.All",
    "GET /admin/teams/userConfigurations": "TeamsUserConfiguration.Read.All",
    "GET /servicePrincipals": "Application.Read.All",
    "PATCH /servicePrincipals": "Application.ReadWrite.All",
    "GET /auditLogs": "AuditLog.Read.All",
    "GET /admin/serviceAnnouncement": "ServiceHealth.Read.All",
}
MORE = {
    "signInActivity": "AuditLog.Read.All"
}  # properties that take one more: https://learn.microsoft.com/graph/api/resources/signinactivity


def required_permission(call: GraphCall) -> str:
    """The permission for this request: that of the longest path in the table that it begins with; "" when none is known."""
    fitting = [template for template in NEEDED if _is_prefix(f"{call.method} {call.path}", template)]
    own = [NEEDED[max(fitting, key=len)]] if fitting else []
    return " and ".join([*own, *(MORE[name] for name in str(call.query.get("$select", "")).split(",") if name in MORE)])


def _is_prefix(line: str, template: str) -> bool:
    pattern = re.escape(template).replace(re.escape("{id}"), "[^/]+")
    return re.match(rf"{pattern}([/(]|$)", line) is not None
