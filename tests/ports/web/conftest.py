"""Fixtures of the page: a browser on a desk, another on a phone, and the instrument that they look at."""

from tests.fakes.browser import phone as phone
from tests.fakes.browser import puppet as puppet
from tests.fakes.browser import stage as stage
