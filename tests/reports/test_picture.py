"""The README's picture: the same run gives the same bytes, and it fetches nothing from elsewhere."""

import re
from xml.etree import ElementTree as ET

from scripts import picture
from tests.reports.fake_run import publish
from worthline.reports import overview


def test_picture_is_the_same_again_and_holds_the_overview(tmp_path):
    page = overview.page(publish(tmp_path))
    drawn = picture.picture(page)
    assert drawn == picture.picture(page)
    text = "".join(ET.fromstring(drawn).itertext()).replace("\xa0", " ")
    assert "12-month retention" in text
    assert "+10 to +14" in text


def test_picture_in_the_repository_is_small_and_names_nothing_outside():
    drawn = picture.PICTURE.read_text("utf-8")
    assert len(drawn) < 150_000
    assert set(re.findall(r"https?://[^\"\s]+", drawn)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert not re.search(r"/(work|tmp|home|root|Users)/", drawn)
