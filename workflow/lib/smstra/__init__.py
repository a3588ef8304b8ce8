"""smstra: which small and medium-sized towns and rural areas to study, from official figures."""

__version__ = "0.2.0"
