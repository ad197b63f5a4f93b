"""Survey and review tools: 1,000 answers each, as their exports write them. Written from published headers alone.

Sources of the headers: Qualtrics: gist.github.com/drio/1b79aeccdaeb9a227782803c012d04b9. SurveyMonkey, Delighted, Intercom,
Trustpilot: the conventions of this project (1a). Typeform: exports in public repositories ("#", questions, Start Date
(UTC), Submit Date (UTC), Network ID). Formbricks: `headers` of its response download (lib/response/service.ts). Google
Play: the monthly reviews of the Play Console (UTF-16).
"""

from __future__ import annotations

from tests.ingest.exports.made import Made, address, day, name, words


def _nps(i: int) -> str:
    return str((9, 10, 8, 3, 6, 10, 0, 7, 9, 5)[i % 10])


QUALTRICS = Made(
    "qualtrics.csv",
    "feedback",
    {
        "StartDate": lambda i: day(i, " 10:00:00"),
        "EndDate": lambda i: day(i, " 10:02:00"),
        "Status": lambda i: "1" if i % 50 == 0 else "0",
        "IPAddress": lambda i: f"10.0.{i % 250}.{i // 250}",
        "Progress": lambda i: "60" if i % 20 == 7 else "100",
        "Duration (in seconds)": lambda i: str(60 + i % 300),
        "Finished": lambda i: "0" if i % 20 == 7 else "1",
        "RecordedDate": lambda i: day(i, " 10:02:01"),
        "ResponseId": lambda i: f"R_{i:05}",
        "RecipientLastName": lambda i: name(i).split()[1],
        "RecipientFirstName": lambda i: name(i).split()[0],
        "RecipientEmail": address,
        "ExternalReference": lambda i: f"C{i % 700:05}",
        "LocationLatitude": lambda i: f"{40 + i % 10}.71",
        "LocationLongitude": lambda i: f"-{70 + i % 10}.01",
        "DistributionChannel": lambda i: "email",
        "UserLanguage": lambda i: ("EN", "DE")[i % 2],
        "Q1_NPS_GROUP": lambda i: str(1 + i % 3),
        "Q1": _nps,
        "Q1_6_TEXT": words,
        "Q3_4": lambda i: str(1 + i % 5),
    },
    {
        "RecordedDate": "at",
        "ResponseId": "feedback_id",
        "ExternalReference": "customer_id",
        "UserLanguage": "language",
        "Q1": "score",
        **dict.fromkeys(
            (
                *("IPAddress", "RecipientLastName", "RecipientFirstName", "RecipientEmail"),
                *("LocationLatitude", "LocationLongitude"),
            ),
            "out",
        ),
    },
    above=[
        [
            *["Start Date", "End Date", "Response\nType", *["text"] * 14, "Group"],
            *["How likely are you to recommend us\nto a friend?", "Why?", "How easy was it?"],
        ],
        [f'{{"ImportId":"QID{n}","timeZone":"America/Denver"}}' for n in range(21)],
    ],
    rows_read=980,  # previews are left out
)
SURVEYMONKEY = Made(
    "surveymonkey.csv",
    "feedback",
    {
        "Respondent ID": lambda i: str(11_400_000 + i),
        "Collector ID": lambda i: "55",
        "Start Date": lambda i: day(i, " 10:00:00 AM", "{m}/{d}/{y}"),
        "End Date": lambda i: day(i, " 10:04:00 AM", "{m}/{d}/{y}"),
        "IP Address": lambda i: f"10.1.{i % 250}.{i // 250}",
        "Email Address": address,
        "First Name": lambda i: name(i).split()[0],
        "Last Name": lambda i: name(i).split()[1],
        "Custom Data 1": lambda i: f"C{i % 800:05}",
        "How likely is it that you would recommend us to a friend?": _nps,
        "What did you use?": lambda i: "Shop" if i % 2 else "",
        "": lambda i: "Phone" if i % 3 else "",
    },
    {
        "Respondent ID": "feedback_id",
        "End Date": "at",
        "How likely is it that you would recommend us to a friend?": "score",
        **dict.fromkeys(("IP Address", "Email Address", "First Name", "Last Name"), "out"),
    },
    above=[["", "", "", "", "", "", "", "", "", "Open-Ended Response", "Shop", "Phone"]],
    read_as={"What did you use?": "What did you use? - Shop", "": "What did you use? - Phone"},
)
TYPEFORM = Made(
    "typeform.csv",
    "feedback",
    {
        "#": lambda i: f"{i:032x}",
        "How likely are you to recommend us to a friend or colleague?": _nps,
        "What should we do better?": words,
        "customer_id": lambda i: f"C{i % 900:05}",
        "Start Date (UTC)": lambda i: day(i, " 09:05:14"),
        "Submit Date (UTC)": lambda i: day(i, " 09:05:40"),
        "Network ID": lambda i: f"{i * 7919:010x}",
    },
    {
        "How likely are you to recommend us to a friend or colleague?": "score",
        "customer_id": "customer_id",
        "#": "feedback_id",
        "Submit Date (UTC)": "at",
    },
)
DELIGHTED = Made(
    "delighted.csv",
    "feedback",
    {
        "id": lambda i: str(900_000 + i),
        "person": lambda i: str(77_000 + i % 800),
        "survey_type": lambda i: "nps",
        "score": _nps,
        "comment": words,
        "permalink": lambda i: f"https://d.example/{900_000 + i}",
        "created_at": lambda i: str(1_735_700_000 + 30_000 * i),
        "updated_at": lambda i: str(1_735_700_100 + 30_000 * i),
        "person_properties": lambda i: "",
        "notes": lambda i: "",
        "tags": lambda i: ("", "vip")[i % 2],
        "additional_answers": lambda i: "",
    },
    {
        "id": "feedback_id",
        "person": "customer_id",
        "survey_type": "metric",
        "score": "score",
        "comment": "text",
        "created_at": "at",
        "updated_at": "updated_at",
    },
)
FORMBRICKS = Made(
    "formbricks.csv",
    "feedback",
    {
        "No.": lambda i: str(i + 1),
        "Response ID": lambda i: f"clx{i:08}",
        "Timestamp": lambda i: day(i, " 10:00:00"),
        "Finished": lambda i: "No" if i % 20 == 7 else "Yes",
        "Survey ID": lambda i: "clsurvey1",
        "Formbricks ID (internal)": lambda i: f"clp{i % 800:08}",
        "User ID": lambda i: f"C{i % 800:05}",
        "Tags": lambda i: ("", "important, vip")[i % 2],
        "source": lambda i: "web",
        "url": lambda i: "https://x.example/app",
        "userAgent - browser": lambda i: "Chrome",
        "userAgent - os": lambda i: "Windows 11",
        "userAgent - device": lambda i: "Desktop",
        "1. How likely are you to recommend us to a friend?": _nps,
        "2. What can we do better?": words,
    },
    {
        "Response ID": "feedback_id",
        "Timestamp": "at",
        "User ID": "customer_id",
        "1. How likely are you to recommend us to a friend?": "score",
    },
)
INTERCOM = Made(
    "intercom.csv",
    "feedback",
    {
        "Conversation ID": lambda i: str(400_000 + i),
        "Updated at (America/New_York)": lambda i: day(i, " 10:00:00"),
        "Conversation rating": lambda i: str(1 + i % 5),
        "Conversation rating remark": words,
        "Agent rated type": lambda i: ("human", "bot")[i % 2],
        "Company name": lambda i: f"Company {i % 60}",
        "User name": name,
        "Fin AI Agent involved": lambda i: ("true", "false")[i % 2],
        "Fin AI Agent resolution state": lambda i: ("unresolved", "")[i % 2],
    },
    {
        "Conversation ID": "feedback_id",
        "Updated at (America/New_York)": "at",
        "Conversation rating": "score",
        "Conversation rating remark": "text",
        "User name": "out",
    },
)
GOOGLE_PLAY = Made(
    "reviews_202603.csv",
    "feedback",
    {
        "Package Name": lambda i: "org.x",
        "App Version Name": lambda i: f"1.{i % 9}",
        "Reviewer Language": lambda i: ("en", "de")[i % 2],
        "Device": lambda i: "pixel",
        "Review Submit Date and Time": lambda i: day(i, "T10:00:00Z"),
        "Review Submit Millis Since Epoch": lambda i: str(1_735_700_000_000 + 30_000_000 * i),
        "Star Rating": lambda i: str(1 + i % 5),
        "Review Title": lambda i: "",
        "Review Text": words,
        "Developer Reply Text": lambda i: "",
        "Review Link": lambda i: f"https://p.example/{i}",
    },
    {
        "Reviewer Language": "language",
        "Review Submit Date and Time": "at",
        "Star Rating": "score",
        "Review Text": "text",
    },
    encoding="utf-16",
)
TRUSTPILOT = Made(
    "trustpilot.csv",
    "feedback",
    {
        "Review Id": lambda i: f"t{i:06}",
        "Review Created (UTC)": lambda i: day(i, " 10:00:00"),
        "Review Consumer User Id": lambda i: f"u{i:06}",
        "Review Username": name,
        "Review Title": lambda i: ("Fine", "Poor")[i % 2],
        "Review Content": words,
        "Review Stars": lambda i: str(1 + i % 5),
        "Business Unit Id": lambda i: "b1",
    },
    {
        "Review Id": "feedback_id",
        "Review Created (UTC)": "at",
        "Review Consumer User Id": "out",
        "Review Username": "author",
        "Review Content": "text",
        "Review Stars": "score",
    },
)
SURVEYS = (QUALTRICS, SURVEYMONKEY, TYPEFORM, DELIGHTED, FORMBRICKS, INTERCOM, GOOGLE_PLAY, TRUSTPILOT)
