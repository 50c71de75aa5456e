"""Names that users of other SDKs try by habit, and the right ones.

The names are those of stripe, openai, Segment, PostHog and Mixpanel, and of version 0.5. A table is made of lines: some
names, and what to use in their place.
"""

from collections.abc import Mapping
from typing import Final

_EVENT = 'Use tracking.event(event_key, visitor_id=...), such as client.tracking.event("ev_signup", visitor_id=...).'
_IDENTITY = "Use tracking.identity(client_id, visitor_id=...)."
_GET = "Use customers.get(client_id, include=[...])."
_ONE = f"The API reads one customer at a time, by the id given in an identity call. {_GET}"
_NO_WRITE = f"The API makes a customer when an identity is posted, and has no other write. {_IDENTITY}"
_AT_ONCE = (
    "A call returns when its requests are answered. To deliver in the background, use pyttributionio.outbox.Outbox."
)
_PAGES = "The vendor's snippet counts pageviews. The API has no call for them, and none for groups."
_OPTIONS = "Use client.with_options(timeout=..., max_retries=..., deadline=...) for the options of some calls."
_REVENUE = "No field for a revenue is known in a request. docs/what-is-known.md says what to do."
_HTTP = "Pass http_client=httpx.Client(...), which has such options."
_SERVERS = "Use base_url=... for the server of reads, and tracking_url=... for the server of posts."
_MODULE = "The module has no settings and no calls. Make a client: Client(api_key=..., api_secret=...)."


def _table(*lines: tuple[str, str]) -> dict[str, str]:
    return {name: hint for names, hint in lines for name in names.split()}


_EVENTS = (
    "track capture send_event log_event track_event post_event create_event record record_event trigger_event "
    "conversion purchase"
)
_IDENTITIES = (
    "identify alias link people_set set set_once post_identity create_identity trigger_identity group_identify"
)
_TRACKING = (
    (_EVENTS, _EVENT),
    (_IDENTITIES, _IDENTITY),
    ("page screen pageview group", _PAGES),
)
ATTRIBUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "Client": _table(
        *_TRACKING,
        ("event events", _EVENT),
        ("identity identities", _IDENTITY),
        ("retrieve fetch find read customer get_customer users people persons contacts profiles v1", _GET),
        ("fetch_customer_info_base", "Use customers.get(client_id)."),
        ("fetch_customer_info_full", 'Use customers.get(client_id, include="all").'),
        ("fetch_customer_info_pageviews pageviews", 'Use customers.get(client_id, include=["pageviews"]).pageviews.'),
        (
            "fetch_customer_info_touchpoints touchpoints",
            'Use customers.get(client_id, include=["touchpoints"]).touchpoints.',
        ),
        ("fetch_customer_info_events", 'Use customers.get(client_id, include=["events"]).events.'),
        ("fetch_customer_info_identities", 'Use customers.get(client_id, include=["identities"]).identities.'),
        ("list all search", _ONE),
        ("flush shutdown join drain enqueue batch", _AT_ONCE),
        ("aclose disconnect stop quit", "Use close()."),
        ("request put patch delete", "The API has reads and posts: client.get(path, ...) and client.post(path, ...)."),
        ("options configure copy", _OPTIONS),
    ),
    "Customers": _table(
        ("retrieve fetch find read show load get_one get_customer get_by_id customer", _GET),
        ("list all search filter query iter auto_paging_iter", _ONE),
        ("create update modify upsert delete save", _NO_WRITE),
        ("pageviews touchpoints events identities journey", _GET),
    ),
    "Tracking": _table(
        *_TRACKING,
        ("events send post create log add", _EVENT),
        ("identities", _IDENTITY),
        ("flush shutdown join enqueue batch import_data", _AT_ONCE),
    ),
    "Outbox": _table(
        (_EVENTS, "Use outbox.event(event_key, visitor_id=...)."),
        (_IDENTITIES, "Use outbox.identity(client_id, visitor_id=...)."),
        ("page screen pageview group", _PAGES),
        ("tracking events", "An outbox has the calls itself: outbox.event(...) and outbox.identity(...)."),
        ("customers", "An outbox only posts. Use client.customers to read."),
        ("shutdown stop join quit", "Use close(), or flush(timeout=...) to wait for deliveries."),
        ("drain", "Use flush(timeout=...)."),
        ("pending size qsize queue empty", "Use stats(), such as outbox.stats().pending."),
    ),
    "package": _table(
        ("Outbox", "Use `from pyttributionio.outbox import Outbox`."),
        ("outbox", "Use `import pyttributionio.outbox`, or `from pyttributionio.outbox import Outbox`."),
        ("Sandbox sandbox", "Use `from pyttributionio.sandbox import Sandbox`."),
        ("track capture identify alias page group flush shutdown init configure setup", _MODULE),
        ("api_key api_secret write_key secret_key project_api_key token host base_url default_client", _MODULE),
        ("client customers tracking Customers Tracking Mixpanel Posthog Analytics", _MODULE),
        ("Attribution AttributionClient AttributionIo AttributionIO Pyttributionio PyttributionIO", _MODULE),
        ("StripeClient APIClient SyncClient PyttributionioClient", _MODULE),
        ("AsyncAttribution AsyncPyttributionio", "Use AsyncClient(api_key=..., api_secret=...)."),
        ("error errors exceptions", "The errors are in the package itself, such as pyttributionio.NotFoundError."),
    ),
}
"""What to use in place of an attribute that does not exist, by the class that is asked for it."""

_PERSON = (
    ("user_id customer_id distinct_id external_id person_id user customer id", "Use client_id=..."),
    (
        "anonymous_id anon_id cookie cookie_id device_id attributionio_id visitor session_id aliases alias",
        "Use visitor_id=..., the value of the snippet's cookie.",
    ),
    (
        "properties props params context traits data metadata attributes custom_data extra event_properties "
        "user_properties set",
        "Use meta={...} for further members.",
    ),
    ("timestamp time occurred_at date at sent_at created", "Use created_at=..., a datetime with a time zone."),
    ("agent ua browser", "Use user_agent=..."),
)
_CALL = ("timeout max_retries retry_posts deadline retries headers extra_headers request_options", _OPTIONS)
_CLIENT = (
    ("key public_key write_key token project_api_key project_token apikey app_key account", "Use api_key=..."),
    ("secret secret_key private_key personal_api_key password api_secret_key", "Use api_secret=..."),
    ("host api_host endpoint url api_base api_url server gateway base", _SERVERS),
    ("retries max_network_retries num_retries retry retry_count", "Use max_retries=..."),
    ("total_timeout request_timeout", "Use timeout=... for each attempt, and deadline=... for the whole call."),
    ("http session transport client httpx_client", "Use http_client=..."),
    ("verify verify_ssl ssl_context proxy proxies headers default_headers", _HTTP),
    ("debug verbose log_level log", "Set the environment variable PYTTRIBUTIONIO_LOG=debug, or configure `logging`."),
    ("sync_mode send flush_at flush_interval max_queue_size upload_size upload_interval thread on_error", _AT_ONCE),
)
_EVENT_ARGUMENTS = (
    ("event name event_name key event_type action", "The event key is the first argument."),
    *_PERSON,
    (
        "idempotency_key message_id insert_id uuid event_id order_id dedupe_id deduplication_id",
        "Use transaction_id=...",
    ),
    ("revenue value amount price total currency", _REVENUE),
    ("page page_url last_url path current_url", "Use url=..."),
    ("informational non_interaction", "Use is_informational=..."),
    ("identity with_identity send_identity", "Use identify=..."),
)
ARGUMENTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "Client": {"__init__": _table(*_CLIENT), "with_options": _table(*_CLIENT)},
    "Customers": {
        "get": _table(
            (
                "id customer_id user_id distinct_id external_id person_id customer user",
                "The customer's id is the first argument.",
            ),
            (
                "expand expands fields with_ includes included collections show params properties select",
                'Use include=[...] with names of collections, or include="all".',
            ),
            _CALL,
        )
    },
    "Tracking": {
        "event": _table(*_EVENT_ARGUMENTS, _CALL),
        "identity": _table(*_PERSON, _CALL),
    },
    "Outbox": {
        "event": _table(*_EVENT_ARGUMENTS),
        "identity": _table(*_PERSON),
        "__init__": _table(
            ("path folder dir db file database filename", "Use directory=..."),
            ("max_queue_size max_size size queue_size", "Use max_bytes=..."),
            ("threads workers thread concurrency max_workers", "Use in_flight=..."),
            ("on_error on_failure", "Use on_dead=..."),
            ("api_key write_key host base_url tracking_url timeout", "Pass a client: Outbox(Client(...), directory)."),
            ("flush_at flush_interval send sync_mode", "An outbox sends at once. Use flush(timeout=...) to wait."),
            ("max_retries retries", "An outbox tries until an entry is delivered. max_age_days=... limits that."),
        ),
    },
}
"""What to use in place of an argument that a call does not have, by class and method."""
