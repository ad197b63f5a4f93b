"""Exports of well-known systems, written by hand after their published headers: a few rows, and what each column is.

Each column's truth is a canonical column; "attribute": kept under its own name; "out": personal, not taken;
"asked": nobody can know without being told. Rows are invented.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Export:
    """One export: its file, its cells, and the truth of each column that is not an attribute."""

    name: str
    table: str
    header: list[str]
    rows: list[list[str]]
    truth: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)
    above: list[list[str]] = field(default_factory=list)
    encoding: str = "utf-8"

    @property
    def content(self) -> bytes:
        """The file."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.above, *self.rows])
        return out.getvalue().encode(self.encoding)

    def of(self, header: str) -> str:
        """What the column is."""
        return self.truth.get(header, "attribute")


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split("|")]


def _rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


QUALTRICS = Export(
    "qualtrics.csv",
    "feedback",
    _split(
        "StartDate|EndDate|Status|IPAddress|Progress|Duration (in seconds)|Finished|RecordedDate|ResponseId|"
        "RecipientLastName|RecipientFirstName|RecipientEmail|ExternalReference|LocationLatitude|LocationLongitude|"
        "DistributionChannel|UserLanguage|Q1_NPS_GROUP|Q1|Q3"
    ),
    _rows(
        """
        2026-03-01 10:00:00|2026-03-01 10:02:00|0|10.0.0.1|100|120|1|2026-03-01 10:02:01|R_1|Roe|Ann|a@x.org|C0001|1.5|2.5|email|EN|3|9|4
        2026-03-02 10:00:00|2026-03-02 10:02:00|0|10.0.0.2|100|95|1|2026-03-02 10:02:01|R_2|Poe|Bea|b@x.org|C0002|1.5|2.5|email|EN|1|4|2
        2026-03-03 10:00:00|2026-03-03 10:02:00|1|10.0.0.3|100|95|1|2026-03-03 10:02:01|R_3|Doe|Cid|c@x.org|C0003|1.5|2.5|email|EN|2|8|2
        """
    ),
    {
        "RecordedDate": "at",
        "ResponseId": "feedback_id",
        "ExternalReference": "customer_id",
        "UserLanguage": "language",
        "Q1": "score",
        "IPAddress": "out",
        "RecipientLastName": "out",
        "RecipientFirstName": "out",
        "RecipientEmail": "out",
        "LocationLatitude": "out",
        "LocationLongitude": "out",
    },
    {"metric": "nps", "channel": "survey"},
    above=[
        ["Start", "End", "Response\nType", *["text"] * 14, "Group", "How likely are you to recommend us?", "Ease"],
        [f'{{"ImportId":"QID{n}","timeZone":"America/Denver"}}' for n in range(20)],
    ],
)
SURVEYMONKEY = Export(
    "surveymonkey.csv",
    "feedback",
    _split(
        "Respondent ID|Collector ID|Start Date|End Date|IP Address|Email Address|First Name|Last Name|Custom Data 1|"
        "How likely is it that you would recommend us to a friend?"
    ),
    _rows(
        """
        114|55|03/21/2026 10:00:00 AM|03/21/2026 10:04:00 AM|10.0.0.1|a@x.org|Ann|Roe|C0001|9
        115|55|03/22/2026 10:00:00 AM|03/22/2026 10:04:00 AM|10.0.0.2|b@x.org|Bea|Poe|C0002|3
        116|55|03/23/2026 10:00:00 AM|03/23/2026 10:04:00 PM|10.0.0.3|c@x.org|Cid|Doe|C0003|7
        """
    ),
    {
        "Respondent ID": "feedback_id",
        "End Date": "at",
        "How likely is it that you would recommend us to a friend?": "score",
        "IP Address": "out",
        "Email Address": "out",
        "First Name": "out",
        "Last Name": "out",
    },
    {"metric": "nps", "channel": "survey"},
    above=[["", "", "", "", "", "", "", "", "", "Open-Ended Response"]],
)
DELIGHTED = Export(
    "delighted.csv",
    "feedback",
    _split("id|person|survey_type|score|comment|permalink|created_at|updated_at|notes|tags"),
    _rows(
        """
        9001|771|nps|9|Great people and quick too|https://d.example/9001|1772359321|1772359399|.|.
        9002|772|nps|2|Nobody ever called me back|https://d.example/9002|1772445721|1772445799|.|.
        """
    ),
    {
        "id": "feedback_id",
        "person": "customer_id",
        "survey_type": "metric",
        "score": "score",
        "comment": "text",
        "created_at": "at",
        "updated_at": "updated_at",
    },
    {"channel": "survey"},
)
ZENDESK = Export(
    "zendesk_tickets.csv",
    "interactions",
    _split(
        "Summation column|Id|Requester|Requester id|Requester external id|Requester email|Requester domain|Submitter|"
        "Assignee|Group|Subject|Tags|Status|Priority|Via|Ticket type|Created at|Updated at|Assigned at|Organization|"
        "Due date|Initially assigned at|Solved at|Resolution time|Satisfaction Score|Group stations|Assignee stations|"
        "Reopens|Replies|First reply time in minutes|First reply time in minutes within business hours"
    ),
    _rows(
        """
        1|501|Ann Roe|7001||a@x.org|x.org|Ann Roe|Tim|L1|No signal|net|Closed|High|Mail|Incident|2026-03-01 10:00|2026-03-02 10:00|2026-03-01 10:05|Acme||2026-03-01 10:05|2026-03-02 09:00|23|Good|1|1|0|2|12|12
        1|502|Bea Poe|7002||b@x.org|x.org|Bea Poe|Tim|L1|Bill|bill|Solved|Low|Chat|Question|2026-03-03 10:00|2026-03-04 10:00|2026-03-03 10:05|Acme||2026-03-03 10:05|2026-03-04 09:00|23|Offered|1|1|0|2|15|15
        """
    ),
    {
        "Id": "case_id",
        "Requester id": "customer_id",
        "Created at": "at",
        "Via": "channel",
        "Status": "resolved",
        "First reply time in minutes": "wait_seconds",
        "Updated at": "at",
        "Satisfaction Score": "query",
        "Requester": "out",
        "Requester email": "out",
        "Submitter": "out",
    },
    {"touchpoint": "support ticket"},
)
FRESHDESK = Export(
    "freshdesk.csv",
    "interactions",
    _split(
        "Ticket ID|Subject|Status|Priority|Source|Type|Agent|Group|Created time|Due by Time|Resolved time|Closed time|"
        "Last update time|Initial response time|Time tracked|First response time (in hrs)|Resolution time (in hrs)|"
        "Agent interactions|Customer interactions|Resolution status|First response status|Tags|Survey results|Full name|"
        "Contact ID"
    ),
    _rows(
        """
        11|No signal|Closed|High|Phone|Incident|Tim|L1|2026-03-01 10:00:00|2026-03-02 10:00:00|2026-03-01 12:00:00|2026-03-01 12:00:00|2026-03-01 12:00:00|2026-03-01 10:10:00|00:10:00|00:10:00|02:00:00|2|1|Within SLA|Within SLA|net||Ann Roe|8001
        12|Bill|Closed|Low|Email|Question|Tim|L1|2026-03-02 10:00:00|2026-03-03 10:00:00|2026-03-02 12:00:00|2026-03-02 12:00:00|2026-03-02 12:00:00|2026-03-02 10:10:00|00:10:00|00:10:00|02:00:00|2|1|Within SLA|Within SLA|bill||Bea Poe|8002
        """
    ),
    {
        "Ticket ID": "case_id",
        "Status": "resolved",
        "First response time (in hrs)": "wait_seconds",
        "Source": "channel",
        "Created time": "at",
        "Contact ID": "customer_id",
        "Full name": "out",
    },
    {"touchpoint": "support ticket"},
)
INTERCOM = Export(
    "intercom.csv",
    "feedback",
    _split(
        "Conversation ID|Updated at (America/New_York)|Conversation rating|Conversation rating remark|Agent rated type|"
        "Company name|User name|Fin AI Agent involved|Fin AI Agent resolution state"
    ),
    _rows(
        """
        4001|2026-03-01 10:00:00|5|Quick and kind|human|Acme|Ann Roe|false|
        4002|2026-03-02 10:00:00|1|Still waiting for a refund|bot|Acme|Bea Poe|true|unresolved
        """
    ),
    {
        "Conversation ID": "feedback_id",
        "Updated at (America/New_York)": "at",
        "Conversation rating": "score",
        "Conversation rating remark": "text",
        "User name": "out",
    },
    {"metric": "csat", "scale": "1-5"},
)
SALESFORCE = Export(
    "OPPORTUNITY.csv",
    "transactions",
    _split("ID|ACCOUNTID|STAGENAME|AMOUNT|CLOSEDATE|ISWON|ISCLOSED|CURRENCYISOCODE"),
    _rows(
        """
        006A|001X|Closed Won|1200.00|2026-03-01|true|true|EUR
        006B|001Y|Closed Lost|900.00|2026-03-02|false|true|EUR
        """
    ),
    {
        "ID": "transaction_id",
        "ACCOUNTID": "customer_id",
        "AMOUNT": "amount",
        "CLOSEDATE": "at",
        "CURRENCYISOCODE": "currency",
    },
)
STRIPE_SUBSCRIPTIONS = Export(
    "subscriptions.csv",
    "subscriptions",
    _split(
        "id|Customer ID|Customer Email|Customer Name|Status|Cancellation Reason|Amount|Created (UTC)|Start (UTC)|"
        "Current Period Start (UTC)|Current Period End (UTC)|Trial Start (UTC)|Trial End (UTC)|Canceled At (UTC)|"
        "Ended At (UTC)|plan_tier (metadata)"
    ),
    _rows(
        """
        sub_1|cus_1|a@x.org|Ann Roe|active||20.00|2026-01-01 10:00|2026-01-01 10:00|2026-03-01 10:00|2026-04-01 10:00|||||gold
        sub_2|cus_2|b@x.org|Bea Poe|canceled|too_expensive|30.00|2026-01-02 10:00|2026-01-02 10:00|2026-02-02 10:00|2026-03-02 10:00|||2026-02-10 10:00|2026-03-02 10:00|
        """
    ),
    {
        "Customer ID": "customer_id",
        "Customer Email": "out",
        "Customer Name": "out",
        "Status": "status",
        "Cancellation Reason": "end_reason",
        "Amount": "fee",
        "Start (UTC)": "started_on",
        "Current Period End (UTC)": "renews_on",
        "Ended At (UTC)": "ended_on",
    },
)
STRIPE_PAYMENTS = Export(
    "payments.csv",
    "transactions",
    _split(
        "id|Created date (UTC)|Amount|Amount Refunded|Currency|Captured|Fee|Refunded date (UTC)|Status|Invoice ID|Customer ID"
    ),
    _rows(
        """
        ch_1|2026-03-01 10:00:00|20.00|0.00|usd|true|0.88||Paid|in_1|cus_1
        ch_2|2026-03-02 10:00:00|30.00|10.00|usd|true|1.17|2026-03-05 09:00:00|Refunded|in_2|cus_2
        ch_3|2026-03-03 10:00:00|99.00|0.00|usd|false|0.00||Failed|in_3|cus_3
        """
    ),
    {
        "id": "query",
        "Created date (UTC)": "query",
        "Amount": "query",
        "Amount Refunded": "query",
        "Refunded date (UTC)": "query",
        "Captured": "query",
        "Currency": "currency",
        "Customer ID": "customer_id",
    },
)
SHOPIFY = Export(
    "orders_export.csv",
    "transactions",
    _split(
        "Name|Email|Financial Status|Paid at|Fulfillment Status|Currency|Subtotal|Shipping|Taxes|Total|Discount Amount|"
        "Created at|Lineitem quantity|Lineitem name|Lineitem price|Lineitem sku|Cancelled at|Refunded Amount|Id|Tags"
    ),
    _rows(
        """
        #1001|a@x.org|paid|2026-03-01 10:00:00 -0500|fulfilled|USD|30.00|5.00|0.00|35.00|0.00|2026-03-01 10:00:00 -0500|1|Mug|10.00|'0012||0.00|'9001|
        #1001|a@x.org||||||||||2026-03-01 10:00:00 -0500|2|Bowl|10.00|'0013||||
        #1002|b@x.org|partially_refunded|2026-03-02 10:00:00 -0500|fulfilled|USD|20.00|0.00|0.00|20.00|0.00|2026-03-02 10:00:00 -0500|1|Jug|20.00|'0014||8.00|'9002|
        #1003|b@x.org|voided||unfulfilled|USD|50.00|0.00|0.00|50.00|0.00|2026-03-03 10:00:00 -0500|1|Pot|50.00|'0015|2026-03-03 11:00:00 -0500|0.00|'9003|
        """
    ),
    {
        "Name": "query",
        "Email": "out",
        "Financial Status": "query",
        "Total": "query",
        "Created at": "query",
        "Refunded Amount": "query",
        "Currency": "currency",
    },
)
CHARGEBEE = Export(
    "chargebee.csv",
    "subscriptions",
    _split(
        "subscriptions.id|subscriptions.plan_id|subscriptions.status|subscriptions.created_at|subscriptions.started_at|"
        "subscriptions.trial_start|subscriptions.trial_end|subscriptions.current_term_start|subscriptions.current_term_end|"
        "subscriptions.cancelled_at|subscriptions.mrr|customers.id|customers.email"
    ),
    _rows(
        """
        s1|gold|Active|2026-01-01 10:00:00|2026-01-01 10:00:00|||2026-03-01 10:00:00|2026-04-01 10:00:00||20.00|c1|a@x.org
        s2|tin|Cancelled|2026-01-02 10:00:00|2026-01-02 10:00:00|||2026-02-02 10:00:00|2026-03-02 10:00:00|2026-03-02 10:00:00|30.00|c2|b@x.org
        """
    ),
    {
        "customers.id": "customer_id",
        "customers.email": "out",
        "subscriptions.started_at": "started_on",
        "subscriptions.mrr": "fee",
        "subscriptions.plan_id": "product",
        "subscriptions.cancelled_at": "ended_on",
        "subscriptions.current_term_end": "renews_on",
        "subscriptions.status": "status",
    },
)
GOOGLE_PLAY = Export(
    "reviews_202603.csv",
    "feedback",
    _split(
        "Package Name|App Version Name|Reviewer Language|Device|Review Submit Date and Time|"
        "Review Submit Millis Since Epoch|Star Rating|Review Title|Review Text|Developer Reply Text|Review Link"
    ),
    _rows(
        """
        org.x|1.2|en|pixel|2026-03-01T10:00:00Z|1772359200000|5||Works every time for me||https://p.example/1
        org.x|1.2|de|pixel|2026-03-02T10:00:00Z|1772445600000|1||Stürzt ständig ab, schade||https://p.example/2
        """
    ),
    {
        "Reviewer Language": "language",
        "Review Submit Date and Time": "at",
        "Star Rating": "score",
        "Review Text": "text",
    },
    {"metric": "stars", "channel": "review"},
    encoding="utf-16",
)
TRUSTPILOT = Export(
    "trustpilot.csv",
    "feedback",
    _split(
        "Review Id|Review Created (UTC)|Review Consumer User Id|Review Username|Review Title|Review Content|"
        "Review Stars|Business Unit Id"
    ),
    _rows(
        """
        t1|2026-03-01 10:00:00|u1|Ann R|Fine|Came on the day that was promised|5|b1
        t2|2026-03-02 10:00:00|u2|Bea P|Poor|Two weeks late and no word at all|1|b1
        """
    ),
    {
        "Review Id": "feedback_id",
        "Review Created (UTC)": "at",
        "Review Consumer User Id": "out",
        "Review Username": "author",
        "Review Content": "text",
        "Review Stars": "score",
    },
    {"metric": "stars", "channel": "review"},
)
HUBSPOT = Export(
    "hubspot-contacts.csv",
    "customers",
    _split(
        "Record ID|First Name|Last Name|Email|Phone Number|Contact owner|Lifecycle Stage|Lead Status|Create Date|"
        "Became a Customer Date"
    ),
    _rows(
        """
        51|Ann|Roe|a@x.org|+1 555 010 0101|Tim|Customer|Open|2025-03-01 10:00|2025-04-01 10:00
        52|Bea|Poe|b@x.org|+1 555 010 0102|Tim|Customer|Open|2025-03-02 10:00|2025-04-02 10:00
        53|Cid|Doe|c@x.org|+1 555 010 0103|Tim|Lead|New|2025-03-03 10:00|
        """
    ),
    {
        "Record ID": "customer_id",
        "First Name": "out",
        "Last Name": "out",
        "Email": "email",
        "Phone Number": "phone",
        "Became a Customer Date": "joined_on",
    },
)

EXPORTS = [
    QUALTRICS,
    SURVEYMONKEY,
    DELIGHTED,
    ZENDESK,
    FRESHDESK,
    INTERCOM,
    SALESFORCE,
    STRIPE_SUBSCRIPTIONS,
    STRIPE_PAYMENTS,
    SHOPIFY,
    CHARGEBEE,
    GOOGLE_PLAY,
    TRUSTPILOT,
    HUBSPOT,
]
