"""The same workload on the SQL model, and rounds of its decisions."""

from uuid import UUID

from services.cli.bench.rounds import NothingToMeasure
from services.cli.bench.sql_model import Member, SqlModel, Strategy
from services.cli.bench.timing import Round, now_ns
from services.cli.bench.workload import Workload


class SqlFloor:
    """Agents and members of a workload in the model's database. Skills are left out: the method has none."""

    def __init__(self, workload: Workload, strategy: Strategy, *, indexed: bool = False) -> None:
        self.model = SqlModel(strategy, indexed=indexed)
        self.busy: list[str] = []
        self._chance = workload.chance
        self._arrivals = workload.arrivals()
        free = dict.fromkeys(workload.free)
        for agent in workload.agents:
            idle_s = 100 + self._chance.randrange(3600)
            self.model.add_agent(agent.id, agent.groups, free=agent.id in free, idle_s=idle_s)
            if agent.id not in free:
                self.busy.append(agent.id)
        for _ in range(workload.size.waiting):
            self._arrive()

    def round(self, decisions: int) -> Round:
        """Members are evaluated in the order of one pass; its look at all members is not timed. Many agents are free.

        Raises NothingToMeasure when none of them gets an agent.
        """
        done = Round()
        for member in tuple(self.model.waiting()):
            began = now_ns()
            agent = self.model.assign(member)
            taken = now_ns() - began
            if not agent:
                done.vain_ns += taken
                continue
            done.taken_ns.append(taken)
            self._go_on(member, agent)
            if len(done.taken_ns) == decisions:
                return done
        if not done.taken_ns:
            raise NothingToMeasure("No member gets an agent: look at the workload's free agents.")
        return done

    def freed_round(self, decisions: int) -> Round:
        """Agents, one by one, become free; a pass begins, and evaluates who waits until the agent is taken.

        Nobody else is free. What the pass goes on to evaluate after that is not timed, nor the tick it waited for.
        """
        done = Round()
        for _ in range(decisions):
            self.model.free(self._chance.choice(self.busy))
            began = now_ns()
            member = self._served_in_a_pass()
            done.taken_ns.append(now_ns() - began)
            self.model.leave(member)
            self._arrive()
        return done

    def _served_in_a_pass(self) -> Member:
        """Raises NothingToMeasure when nobody waits in a queue of the agent's."""
        for member in self.model.waiting():
            if self.model.assign(member):
                return member
        raise NothingToMeasure("No member gets the agent: look at what waits in the workload.")

    def _go_on(self, member: Member, taken: str) -> None:
        """The member has gone with the agent; another agent, by chance, is free, and another member waits."""
        self.model.leave(member)
        place = self._chance.randrange(len(self.busy))
        self.busy[place], freed = taken, self.busy[place]
        self.model.free(freed)
        self._arrive()

    def _arrive(self) -> None:
        contact_id, signature = next(self._arrivals)
        self.model.join(Member(str(UUID(contact_id)), signature.queue))
