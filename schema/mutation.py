"""The graph's changes."""

import strawberry

from auth.rules import Action
from schema.access import Access
from schema.asset_data_changes import set_custom_asset_data
from schema.calendar_feeds import create_calendar_feed, revoke_calendar_feed
from schema.case_changes import create_case, request_upload, update_case
from schema.exports.fields import cancel_export, start_export
from schema.request_changes import (
    answer_contact_request,
    grant_access_request,
    refuse_access_request,
    submit_access_request,
    submit_contact_request,
)
from schema.service_requests import cancel_service_request, request_service
from schema.session import confirm_professional_use, end_session, set_mail_topics, set_preferences
from schema.user_changes import (
    change_user_assignments,
    change_user_role,
    disable_user,
    enable_user,
    invite_user,
    resend_activation,
)


@strawberry.type(directives=[Access(action=Action.READ_SELF)])
class Mutation:
    create_case = create_case
    update_case = update_case
    request_upload = request_upload
    request_service = request_service
    cancel_service_request = cancel_service_request
    invite_user = invite_user
    change_user_role = change_user_role
    change_user_assignments = change_user_assignments
    disable_user = disable_user
    enable_user = enable_user
    resend_activation = resend_activation
    set_custom_asset_data = set_custom_asset_data
    confirm_professional_use = confirm_professional_use
    end_session = end_session
    set_preferences = set_preferences
    set_mail_topics = set_mail_topics
    create_calendar_feed = create_calendar_feed
    revoke_calendar_feed = revoke_calendar_feed
    start_export = start_export
    cancel_export = cancel_export
    submit_access_request = submit_access_request
    submit_contact_request = submit_contact_request
    grant_access_request = grant_access_request
    refuse_access_request = refuse_access_request
    answer_contact_request = answer_contact_request
