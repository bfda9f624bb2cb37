namespace Maison.Cli.Terminal;

/// <summary>Aligned columns of plain text: readable on a terminal, splittable in a script.</summary>
static class TextTable
{
    const string gap = "  ";

    /// <summary>Writes a head and rows of as many cells; the last column is not padded.</summary>
    public static void Write(TextWriter to, IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = head.Select((h, c) => rows.Select(r => r[c].Length).Append(h.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(head))
            to.WriteLine(string.Join(gap, row.Select((cell, c) => c == row.Count - 1 ? cell : cell.PadRight(widths[c]))).TrimEnd());
    }
}
