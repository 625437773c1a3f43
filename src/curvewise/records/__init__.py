"""Every frozen record that crosses a border between the parts of curvewise."""

from curvewise.records.configuration import Configuration as Configuration
from curvewise.records.configuration import Value as Value
from curvewise.records.decision import Action as Action
from curvewise.records.decision import Decision as Decision
from curvewise.records.diagnosis import Diagnosis as Diagnosis
from curvewise.records.diagnosis import Verdict as Verdict
from curvewise.records.event import Compared as Compared
from curvewise.records.event import Decided as Decided
from curvewise.records.event import Event as Event
from curvewise.records.event import Failed as Failed
from curvewise.records.event import Found as Found
from curvewise.records.event import Noted as Noted
from curvewise.records.event import Observed as Observed
from curvewise.records.event import Opened as Opened
from curvewise.records.event import Restored as Restored
from curvewise.records.event import Resumed as Resumed
from curvewise.records.event import Scored as Scored
from curvewise.records.event import Snapshotted as Snapshotted
from curvewise.records.finding import Direction as Direction
from curvewise.records.finding import Finding as Finding
from curvewise.records.point import Point as Point
from curvewise.records.trial import Origin as Origin
from curvewise.records.trial import Trial as Trial
