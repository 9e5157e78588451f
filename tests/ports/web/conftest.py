"""Fixtures of the page: the instrument and its remote, and browsers on them, on a computer and on a phone."""

from tests.fakes.browser import no_browser_stays as no_browser_stays
from tests.fakes.browser import phone as phone
from tests.fakes.browser import puppet as puppet
from tests.fakes.browser import stage as stage
from tests.fakes.puppet import served as served
