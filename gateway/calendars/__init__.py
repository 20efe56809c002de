"""Calendars as files and feeds (F8): iCalendar, for Outlook, Google, Apple and whatever else reads it."""
