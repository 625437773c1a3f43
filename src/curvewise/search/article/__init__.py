"""The article's own policy: one configuration at a time, each the answer to what the last curve showed."""
