"""Examples may take as long as a busy machine needs."""

from hypothesis import settings

settings.register_profile("curvewise", deadline=None)
settings.load_profile("curvewise")
