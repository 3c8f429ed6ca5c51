"""Sixteen faults (faults.py) that other projects have shipped, and the demand (checks.py) that notices each.

`python tests/delivery/mutants.py` writes the table of them into docs/proof.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import checks
import faults
from bench import Bench

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
BEGINS, ENDS_HERE = "<!-- mutants begin -->", "<!-- mutants end -->"
Mutation = Callable[[Bench], Any]


@dataclass(frozen=True)
class Mutant:
    """One fault: who shipped it, what it does, how it is put in, and which demand it fails."""

    number: str
    fault: str
    shipped_by: str
    mutate: Mutation
    killed_by: Callable[[Bench], None]


MUTANTS = (
    Mutant("M1", "progress is recorded when a chunk is fetched", "listmonk #3022", faults.checkpoint_at_fetch,
           checks.what_was_fetched_before_a_kill_is_sent_after_it),
    Mutant("M2", "the rescuer does not look whether the work is alive", "River #1302", faults.rescue_without_a_look,
           checks.a_living_worker_is_not_rescued),
    Mutant("M3", "one refusal sends the whole window again", "LaunchNotes, July incident",
           faults.the_whole_window_again, checks.only_the_refused_of_a_window_are_sent_again),
    Mutant("M4", "a chunk is claimed in two steps", "Postal #198, #2222", faults.claim_in_two_steps,
           checks.a_chunk_has_one_holder),
    Mutant("M5", "housekeeping sweeps away what is stale", "Postal", faults.sweep_away_what_is_stale,
           checks.what_a_dead_worker_held_is_not_swept_away),
    Mutant("M6", "marked as sent before it is sent", "Healthchecks #212", faults.mark_before_sending,
           checks.a_message_counts_as_sent_only_when_a_carrier_took_it),
    Mutant("M7", "a timeout is simply tried again", "the shape of Notify's retries", faults.retry_a_timeout,
           checks.a_lost_answer_is_looked_up_before_anything_is_sent_again),
    Mutant("M8", "no look at the lease before the call", "our own prototype", faults.no_look_at_the_lease,
           checks.a_worker_that_was_stopped_past_its_lease_calls_nobody),
    Mutant("M9", "no unique key for notice, customer and channel", "many", faults.no_unique_key,
           checks.a_notice_planned_twice_is_one_message_each),
    Mutant("M10", "a receipt that comes late lowers the state", "webhooks out of order", faults.a_receipt_lowers,
           checks.a_receipt_never_lowers_a_state),
    Mutant("M11", "a word of the outage leaves after its end", "Oban #1018", faults.stale_after_resolution,
           checks.no_word_of_the_outage_leaves_after_the_all_clear),
    Mutant("M12", "what was due hours ago leaves after a restore", "listmonk #1801", faults.late_after_a_restore,
           checks.a_word_that_is_hours_late_is_not_sent),
    Mutant("M13", "the survey's gate reads that a notice was made, not that it was taken", "the story",
           faults.the_gate_reads_creation, checks.nobody_is_asked_who_was_not_told),
    Mutant("M14", "a promise is closed without a word about its being late", "many", faults.late_is_kept,
           checks.a_word_that_came_late_is_recorded_as_late),
    Mutant("M15", "whoever looks after lost work can get lost itself", "procrastinate #1408",
           faults.the_asker_leaves_a_mark, checks.whoever_dies_while_asking_is_followed_by_another_who_asks),
    Mutant("M16", "a worker that comes back hides what its namesake left", "Oban #862, procrastinate #1518",
           faults.its_own_orphans, checks.what_a_dead_worker_was_sending_is_in_doubt_for_the_next_one),
)  # fmt: skip


def table() -> str:
    """The page's table of mutants."""
    lines = ["| | The fault | Shipped by | Killed by (`tests/delivery/checks.py`) |", "|---|---|---|---|"]
    lines += [
        f"| {one.number} | {one.fault} | {one.shipped_by} | `{one.killed_by.__name__}` |" for one in MUTANTS
    ]
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(BEGINS)
    return f"{before}{BEGINS}\n\n{table()}\n\n{ENDS_HERE}{rest.partition(ENDS_HERE)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
