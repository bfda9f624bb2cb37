// Sections of a card that is already written: a measure that comes later, or a stage that a packed model went through again, takes the place of what stood there.

namespace Maison.Training.Packing;

static class CardSections
{
    const string Mark = "## ", Next = "\n## ";

    /// <summary>A card without a section.</summary>
    /// <param name="heading">Its heading, without marks.</param>
    public static string Without(string card, string heading)
    {
        if (At(card, heading) is not (>= 0 and var from)) return card;
        var to = card.IndexOf(Next, from, StringComparison.Ordinal);
        return to < 0 ? card[..from] : card.Remove(from, to + 1 - from);
    }

    /// <summary>A card with a section more, that ends with an empty line: before the first of these that it has, or at its end.</summary>
    public static string With(string card, string section, params ReadOnlySpan<string> before)
    {
        foreach (var heading in before)
            if (At(card, heading) is >= 0 and var at) return card.Insert(at, section);
        return card + section;
    }

    static int At(string card, string heading) => card.IndexOf($"\n{Mark}{heading}\n", StringComparison.Ordinal) is >= 0 and var at ? at + 1 : -1;
}
