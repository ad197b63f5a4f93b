"""Support, billing, shop and sales tools, and event logs: 1,000 rows each. Written from published headers alone.

Sources of the headers: the conventions of this project (1a) for Zendesk, Freshdesk, Stripe, Chargebee and Shopify; Data
Loader's capitals for Salesforce; HubSpot's contact export; the standard names of XES attributes (xes-standard.org) as
CSV writes them.
"""

from __future__ import annotations

from tests.ingest.exports.made import Made, address, day, name

_LOCAL = "Requester|Requester email|Submitter"
ZENDESK = Made(
    "zendesk_tickets.csv",
    "interactions",
    {
        "Summation column": lambda i: "1",
        "Id": lambda i: str(50_000 + i),
        "Requester": name,
        "Requester id": lambda i: str(7_000_000 + i % 600),
        "Requester external id": lambda i: "",
        "Requester email": address,
        "Requester domain": lambda i: "example.org",
        "Submitter": name,
        "Assignee": lambda i: ("Tim", "Kim")[i % 2],
        "Group": lambda i: ("L1", "L2")[i % 2],
        "Subject": lambda i: ("No signal", "Bill", "Late parcel")[i % 3],
        "Tags": lambda i: ("net", "bill late")[i % 2],
        "Status": lambda i: ("Closed", "Solved", "Open")[i % 3],
        "Priority": lambda i: ("High", "Low", "Normal")[i % 3],
        "Via": lambda i: ("Mail", "Chat", "Web form")[i % 3],
        "Ticket type": lambda i: ("Incident", "Question")[i % 2],
        "Created at": lambda i: day(i, " 10:00"),
        "Updated at": lambda i: day(i + 3, " 10:00"),
        "Assigned at": lambda i: day(i, " 10:05"),
        "Organization": lambda i: f"Company {i % 50}",
        "Due date": lambda i: "",
        "Initially assigned at": lambda i: day(i, " 10:05"),
        "Solved at": lambda i: "" if i % 3 == 2 else day(i + 3, " 09:00"),
        "Resolution time": lambda i: "" if i % 3 == 2 else str(1 + i % 90),
        "Satisfaction Score": lambda i: ("Good", "Offered", "Bad", "Not Offered")[i % 4],
        "Group stations": lambda i: "1",
        "Assignee stations": lambda i: str(1 + i % 3),
        "Reopens": lambda i: str(i % 2),
        "Replies": lambda i: str(1 + i % 6),
        "First reply time in minutes": lambda i: str(5 + i % 200),
        "First reply time in minutes within business hours": lambda i: str(5 + i % 90),
        "First resolution time in minutes": lambda i: str(60 + i % 4000),
        "Full resolution time in minutes": lambda i: str(90 + i % 5000),
        "Agent wait time in minutes": lambda i: str(i % 400),
        "Requester wait time in minutes": lambda i: str(i % 500),
        "On hold time in minutes": lambda i: "0",
        "Product [list]": lambda i: ("Phone", "Web")[i % 2],
    },
    {
        "Id": "case_id",
        "Requester id": "customer_id",
        "Created at": "at",
        "Via": "channel",
        "Status": "resolved",
        "First reply time in minutes": "wait_seconds",
        "Updated at": "at",
        "Satisfaction Score": "query",
        **dict.fromkeys(_LOCAL.split("|"), "out"),
    },
)
FRESHDESK = Made(
    "freshdesk.csv",
    "interactions",
    {
        "Ticket ID": lambda i: str(11_000 + i),
        "Subject": lambda i: ("No signal", "Bill", "Late parcel")[i % 3],
        "Status": lambda i: ("Closed", "Open")[i % 2],
        "Priority": lambda i: ("High", "Low")[i % 2],
        "Source": lambda i: ("Phone", "Email", "Portal")[i % 3],
        "Type": lambda i: ("Incident", "Question")[i % 2],
        "Agent": lambda i: ("Tim", "Kim")[i % 2],
        "Group": lambda i: "L1",
        "Created time": lambda i: day(i, " 10:00:00"),
        "Due by Time": lambda i: day(i + 3, " 10:00:00"),
        "Resolved time": lambda i: "" if i % 2 else day(i, " 12:00:00"),
        "Closed time": lambda i: "" if i % 2 else day(i, " 12:00:00"),
        "Last update time": lambda i: day(i, " 12:00:00"),
        "Initial response time": lambda i: day(i, " 10:10:00"),
        "Time tracked": lambda i: "00:10:00",
        "First response time (in hrs)": lambda i: f"{i % 20:02}:{i % 60:02}:00",
        "Resolution time (in hrs)": lambda i: f"{i % 70:02}:{i % 60:02}:00",
        "Agent interactions": lambda i: str(1 + i % 4),
        "Customer interactions": lambda i: str(1 + i % 3),
        "Resolution status": lambda i: "Within SLA",
        "First response status": lambda i: "Within SLA",
        "Tags": lambda i: ("net", "bill")[i % 2],
        "Survey results": lambda i: "",
        "Full name": name,
        "Contact ID": lambda i: str(8_000_000 + i % 500),
    },
    {
        "Ticket ID": "case_id",
        "Status": "resolved",
        "First response time (in hrs)": "wait_seconds",
        "Source": "channel",
        "Created time": "at",
        "Contact ID": "customer_id",
        "Full name": "out",
    },
)
STRIPE_SUBSCRIPTIONS = Made(
    "subscriptions.csv",
    "subscriptions",
    {
        "id": lambda i: f"sub_{i:05}",
        "Customer ID": lambda i: f"cus_{i % 700:05}",
        "Customer Email": address,
        "Customer Name": name,
        "Status": lambda i: ("active", "canceled")[i % 2],
        "Cancellation Reason": lambda i: ("", "too_expensive")[i % 2],
        "Amount": lambda i: f"{20 + i % 30}.00",
        "Created (UTC)": lambda i: day(i, " 10:00"),
        "Start Date (UTC)": lambda i: day(i, " 10:00"),
        "Current Period Start (UTC)": lambda i: day(i + 90, " 10:00"),
        "Current Period End (UTC)": lambda i: day(i + 180, " 10:00"),
        "Trial Start (UTC)": lambda i: "",
        "Trial End (UTC)": lambda i: "",
        "Canceled At (UTC)": lambda i: day(i + 120, " 10:00") if i % 2 else "",
        "Ended At (UTC)": lambda i: day(i + 180, " 10:00") if i % 2 else "",
        "plan_tier (metadata)": lambda i: ("gold", "tin")[i % 2],
    },
    {
        "Customer ID": "customer_id",
        "Customer Email": "out",
        "Customer Name": "out",
        "Status": "status",
        "Cancellation Reason": "end_reason",
        "Amount": "fee",
        "Start Date (UTC)": "started_on",
        "Current Period End (UTC)": "renews_on",
        "Ended At (UTC)": "ended_on",
    },
)
STRIPE_PAYMENTS = Made(
    "payments.csv",
    "transactions",
    {
        "id": lambda i: f"ch_{i:05}",
        "Created date (UTC)": lambda i: day(i, " 10:00:00"),
        "Amount": lambda i: f"{20 + i % 60}.00",
        "Amount Refunded": lambda i: "10.00" if i % 10 == 1 else "0.00",
        "Currency": lambda i: "usd",
        "Captured": lambda i: "false" if i % 20 == 0 else "true",
        "Fee": lambda i: "0.88",
        "Refunded date (UTC)": lambda i: day(i + 9, " 09:00:00") if i % 10 == 1 else "",
        "Status": lambda i: "Failed" if i % 20 == 0 else "Paid",
        "Invoice ID": lambda i: f"in_{i:05}",
        "Customer ID": lambda i: f"cus_{i % 700:05}",
    },
    {
        **dict.fromkeys(
            ("id", "Created date (UTC)", "Amount", "Amount Refunded", "Refunded date (UTC)", "Captured"), "query"
        ),
        "Currency": "currency",
        "Customer ID": "customer_id",
    },
    rows_read=950 + 100,  # 50 failed; 100 gave something back
)
CHARGEBEE = Made(
    "chargebee.csv",
    "subscriptions",
    {
        "subscriptions.id": lambda i: f"s{i:05}",
        "subscriptions.plan_id": lambda i: ("gold", "tin")[i % 2],
        "subscriptions.status": lambda i: ("Active", "Cancelled", "Non Renewing")[i % 3],
        "subscriptions.created_at": lambda i: day(i, " 10:00:00"),
        "subscriptions.started_at": lambda i: day(i, " 10:00:00"),
        "subscriptions.trial_start": lambda i: "",
        "subscriptions.trial_end": lambda i: "",
        "subscriptions.current_term_start": lambda i: day(i + 90, " 10:00:00"),
        "subscriptions.current_term_end": lambda i: day(i + 180, " 10:00:00"),
        "subscriptions.cancelled_at": lambda i: day(i + 180, " 10:00:00") if i % 3 else "",
        "subscriptions.mrr": lambda i: f"{20 + i % 30}.00",
        "customers.id": lambda i: f"c{i % 800:05}",
        "customers.email": address,
    },
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


def _first_line(i: int, cell: str) -> str:
    """What stands on an order's first line alone: two lines an order."""
    return "" if i % 2 else cell


SHOPIFY = Made(
    "orders_export.csv",
    "transactions",
    {
        "Name": lambda i: f"#{1001 + i // 2}",
        "Email": lambda i: address(i // 2),
        "Financial Status": lambda i: _first_line(i, "voided" if i % 40 == 0 else "paid"),
        "Paid at": lambda i: _first_line(i, day(i, " 10:00:00 -0500")),
        "Fulfillment Status": lambda i: _first_line(i, "fulfilled"),
        "Currency": lambda i: _first_line(i, "USD"),
        "Subtotal": lambda i: _first_line(i, "30.00"),
        "Shipping": lambda i: _first_line(i, "5.00"),
        "Taxes": lambda i: _first_line(i, "0.00"),
        "Total": lambda i: _first_line(i, f"{35 + i % 9}.00"),
        "Discount Amount": lambda i: _first_line(i, "0.00"),
        "Created at": lambda i: day(i - i % 2, " 10:00:00 -0500"),
        "Lineitem quantity": lambda i: str(1 + i % 3),
        "Lineitem name": lambda i: ("Mug", "Bowl", "Jug")[i % 3],
        "Lineitem price": lambda i: "10.00",
        "Lineitem sku": lambda i: f"'00{i % 30:02}",
        "Cancelled at": lambda i: _first_line(i, day(i, " 11:00:00 -0500") if i % 40 == 0 else ""),
        "Refunded Amount": lambda i: _first_line(i, "0.00"),
        "Id": lambda i: _first_line(i, f"'{900_000 + i}"),
        "Tags": lambda i: "",
    },
    {
        "Email": "out",
        **dict.fromkeys(("Name", "Financial Status", "Total", "Created at", "Refunded Amount"), "query"),
        "Currency": "currency",
    },
    rows_read=500 - 25,  # 500 orders, 25 of them voided
)
SALESFORCE = Made(
    "OPPORTUNITY.csv",
    "transactions",
    {
        "ID": lambda i: f"006A{i:011}",
        "ACCOUNTID": lambda i: f"001X{i % 300:011}",
        "STAGENAME": lambda i: ("Closed Won", "Closed Lost")[i % 2],
        "AMOUNT": lambda i: f"{900 + i}.00",
        "CLOSEDATE": day,
        "ISWON": lambda i: ("true", "false")[i % 2],
        "ISCLOSED": lambda i: "true",
        "CURRENCYISOCODE": lambda i: "EUR",
    },
    {
        "ID": "transaction_id",
        "ACCOUNTID": "customer_id",
        "AMOUNT": "amount",
        "CLOSEDATE": "at",
        "CURRENCYISOCODE": "currency",
    },
    rows_read=500,  # half were lost
)
HUBSPOT = Made(
    "hubspot-contacts.csv",
    "customers",
    {
        "Record ID": lambda i: str(51_000 + i),
        "First Name": lambda i: name(i).split()[0],
        "Last Name": lambda i: name(i).split()[1],
        "Email": lambda i: f"p{i}@example.org",
        "Phone Number": lambda i: f"+1 555 010 {i:04}",
        "Contact owner": lambda i: ("Tim", "Kim")[i % 2],
        "Lifecycle Stage": lambda i: ("Customer", "Lead")[i % 2],
        "Lead Status": lambda i: ("Open", "New")[i % 2],
        "Create Date": lambda i: day(i, " 10:00"),
        "Became a Customer Date": lambda i: "" if i % 2 else day(i + 30, " 10:00"),
    },
    {
        "Record ID": "customer_id",
        "First Name": "out",
        "Last Name": "out",
        "Email": "email",
        "Phone Number": "phone",
        "Became a Customer Date": "joined_on",
    },
)
XES = Made(
    "event_log.csv",
    "interactions",
    {
        "case:concept:name": lambda i: f"case_{i // 4:04}",
        "concept:name": lambda i: ("submitted", "validated", "reviewed", "approved")[i % 4],
        "time:timestamp": lambda i: day(i, f" {8 + i % 4:02}:00:00+00:00"),
        "org:resource": lambda i: f"clerk_{i % 5:03}",
        "lifecycle:transition": lambda i: "complete",
    },
    {"case:concept:name": "case_id", "concept:name": "touchpoint", "time:timestamp": "at"},
    is_asked=True,
)
BUSINESS = (*(ZENDESK, FRESHDESK, STRIPE_SUBSCRIPTIONS, STRIPE_PAYMENTS, CHARGEBEE, SHOPIFY, SALESFORCE, HUBSPOT, XES),)
