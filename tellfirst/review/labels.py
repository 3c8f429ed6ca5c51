"""The house's words as a head of operations reads them; a word that is not listed is shown as it is."""

from tellfirst.domain.occasion import Channel, Locale, Occasion

LABELS: dict[str, str] = {
    Channel.SMS: "SMS",
    Channel.EMAIL: "Mail",
    Channel.NONE: "No contact point",
    **{locale.value: locale.name.title() for locale in Locale},
    Occasion.RESTORED: "All-clear",
    Occasion.OVERRUN: "Estimate will not hold",
}


def label(word: str) -> str:
    return LABELS.get(word) or word.replace("_", " ").capitalize()
