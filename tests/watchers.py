"""Who looks: the story's personas, and a few more whose assignment makes an edge that none of those has."""

from weakref import WeakKeyDictionary

from auth.viewer import Viewer
from fixtures.world.loader import load_story
from fixtures.world.model import Persona
from tests.oracle import Sight
from tests.portal import Portal, viewer_of

_EDGES = (
    Persona(
        name="cardiology alone",
        role="user",
        parent_account="7100000",
        accounts=("7100011",),
        about="A contract that covers its equipment is its own hospital's: the account above is only RELATED",
    ),
    Persona(
        name="radiology alone",
        role="reader",
        parent_account="7100000",
        accounts=("7100012",),
        about="Its locations lie in one of the hospital's, which is not assigned",
    ),
    Persona(
        name="oncology alone",
        role="reader",
        parent_account="7100000",
        accounts=("7100021",),
        about="Its equipment is the second reference object of an order for somebody else's",
    ),
    Persona(
        name="munich alone",
        role="manager",
        parent_account="7200000",
        accounts=("7200020",),
        about="Stands on North's and the leasing company's",
    ),
    Persona(
        name="the leasing company",
        role="partner",
        accounts=("7300001",),
        about="Owns the contracts by which others know it; sees none of their equipment",
    ),
    Persona(
        name="astray",
        role="manager",
        parent_account="7100000",
        accounts=("7200010", "7300001"),
        about="Assigned to accounts beyond the parent account: they don't count (R2)",
    ),
    Persona(name="orphan", role="user", accounts=("7100010",), about="Belongs to no parent account: sees nothing"),
    Persona(name="partner of nobody", role="partner", about="A machine client that was granted no account"),
)

STORY = {persona.name: persona for persona in load_story().personas}
WATCHERS = STORY | {persona.name: persona for persona in _EDGES}
CUSTOMERS = [name for name, persona in STORY.items() if persona.role not in ("analyst", "helpdesk")]
READERS = [name for name, persona in WATCHERS.items() if persona.role != "helpdesk"]

_sights: WeakKeyDictionary[Portal, dict[str, Sight]] = WeakKeyDictionary()


def viewer(name: str) -> Viewer:
    return viewer_of(WATCHERS[name])


def sight_of(portal: Portal, name: str) -> Sight:
    """What the rules let that one see, at the portal's time."""
    sights = _sights.setdefault(portal, {})
    if name not in sights:
        sights[name] = Sight(portal.world, WATCHERS[name], portal.now)
    return sights[name]
