// A story as turns of a narrator and of the people who speak in it. Deterministic rules of reading: quotation marks give the speech, "said Anna"
// beside it the role; "he" and "she" are whoever was named last and fits; without any of it two people take turns from paragraph to
// paragraph. It knows nothing about voices: who gives a role its voice is told the role's name and gender.

using System.Text.RegularExpressions;

namespace Maison.Data.Speech;

/// <summary>What a text tells of somebody by a name, a title or a pronoun.</summary>
public enum Gender { Any, He, She }

/// <summary>Somebody who speaks in a story.</summary>
/// <param name="Name">As the text names them.</param>
public sealed record Role(string Name, Gender Gender);

/// <summary>A stretch that one role speaks.</summary>
/// <param name="Role">Who speaks; null is the narrator.</param>
/// <param name="Span">In the text, quotation marks left out.</param>
public sealed record Turn(Role? Role, TextSpan Span);

/// <summary>Splits stories into turns.</summary>
public static partial class Dialogue
{
    /// <summary>Name of whoever speaks when nothing tells who it is.</summary>
    public const string Unknown = "unknown";

    static readonly HashSet<string> Men = ["he", "mr", "sir", "lord", "king", "prince", "father", "brother", "uncle", "grandfather", "man", "boy", "son", "husband", "gentleman", "wizard", "john", "james", "tom", "jack", "peter", "paul", "david", "george", "henry", "william", "robert", "charles", "thomas", "ben", "sam", "max", "daniel", "michael", "joe", "bill", "harry", "arthur", "oliver", "leo", "dad", "grandpa", "papa", "frank", "edward", "martin", "simon", "lucas", "noah", "adam", "karl", "hans"];
    static readonly HashSet<string> Women = ["she", "mrs", "ms", "miss", "lady", "queen", "princess", "mother", "sister", "aunt", "grandmother", "woman", "girl", "daughter", "wife", "witch", "anna", "mary", "jane", "emma", "alice", "sarah", "elizabeth", "kate", "lucy", "maria", "julia", "clara", "ella", "lily", "rose", "sophie", "helen", "martha", "grace", "nora", "eva", "mum", "mom", "grandma", "mama", "ruth", "laura", "lena", "ida", "molly", "susan", "margaret", "betty", "dorothy"];

    // Capitalised words that are no names.
    static readonly HashSet<string> Openers = ["The", "A", "An", "But", "And", "Then", "So", "When", "After", "Before", "In", "On", "At", "Her", "His", "Their", "My", "Its", "It", "They", "We", "You", "There", "That", "This", "What", "Why", "How", "Where", "If", "As", "Now", "Yes", "No", "Oh", "Well", "Suddenly", "Once", "One", "For", "With", "Not", "Just", "Still", "Only", "Nobody", "Everyone", "Finally", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Slowly", "Later", "Outside", "Inside", "Both", "All", "Every", "Some", "To", "From", "Of", "Meanwhile", "Perhaps", "Good", "Please", "Hello", "Chapter"];

    sealed record Quote(TextSpan Inner, TextSpan Outer, int Paragraph);

    /// <summary>The turns of a text in order. Spans of one role that only a quotation mark divides stay apart; blanks belong to nobody.</summary>
    public static IReadOnlyList<Turn> Turns(string text)
    {
        var quotes = Quotes(text);
        var turns = new List<Turn>();
        var (at, before, last, people) = (0, (string?)null, (string?)null, new People());
        for (var i = 0; i < quotes.Count; i++)
        {
            var quote = quotes[i];
            var lead = new TextSpan(at, quote.Outer.Start - at);
            var tailEnd = i + 1 < quotes.Count ? quotes[i + 1].Outer.Start : text.Length;
            var tail = new TextSpan(quote.Outer.End, tailEnd - quote.Outer.End);
            Narrate(turns, text, lead);
            people.Hear(text.Substring(lead.Start, lead.Length));
            var sameParagraph = i > 0 && quotes[i - 1].Paragraph == quote.Paragraph;
            var named = After(text, tail, people) ?? Before(text, lead, people);
            // A quotation over several paragraphs is attributed at its end.
            for (var j = i + 1; named is null && j < quotes.Count && Continues(quotes[j - 1], quotes[j]); j++)
                named = After(text, new(quotes[j].Outer.End, (j + 1 < quotes.Count ? quotes[j + 1].Outer.Start : text.Length) - quotes[j].Outer.End), people);
            var continued = sameParagraph && (named is null || After(text, tail, people) is null && !EndsSpeech(text, quotes[i - 1], quote));
            var speaker = continued && last is not null ? last : named ?? (i > 0 && Continues(quotes[i - 1], quote) ? last : OnlyOne(text, lead, people) ?? (i > 0 && !sameParagraph ? before : null)) ?? Unknown;
            turns.Add(new(new(speaker, GenderOf(speaker)), quote.Inner));
            if (speaker != last) (before, last) = (last, speaker);
            people.Name(speaker);
            at = quote.Outer.End;
        }
        Narrate(turns, text, new(at, text.Length - at));
        return turns;
    }

    /// <summary>Whoever has been named so far, the latest last.</summary>
    sealed class People
    {
        readonly List<string> names = [];

        public void Name(string name)
        {
            if (name is Unknown or "I") return;
            names.Remove(name);
            names.Add(name);
        }

        public void Hear(string narration)
        {
            foreach (Match match in NamePattern().Matches(narration))
                if (!Openers.Contains(match.Groups["name"].Value) && !(match.Groups["name"].Value.Length < 2)) Name(Plain(match));
        }

        public string? Latest(Gender gender) => names.LastOrDefault(n => GenderOf(n) == gender) ?? names.LastOrDefault(n => GenderOf(n) == Gender.Any);

        static string Plain(Match match) => match.Groups["title"].Success ? $"{match.Groups["title"].Value} {match.Groups["name"].Value}" : match.Groups["name"].Value;
    }

    static Gender GenderOf(string name)
    {
        foreach (var word in name.ToLowerInvariant().Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries))
            if (Men.Contains(word)) return Gender.He;
            else if (Women.Contains(word)) return Gender.She;
        return Gender.Any;
    }

    /// <summary>"… ," said Anna. / … Anna said. / … she asked.</summary>
    static string? After(string text, TextSpan tail, People people)
    {
        var clause = FirstClause(text, tail);
        var match = AfterPattern().Match(clause);
        return match.Success ? Resolve(match, people) : null;
    }

    /// <summary>Anna said, "…" / Then the old man whispered: "…"</summary>
    static string? Before(string text, TextSpan lead, People people)
    {
        var clause = text.Substring(lead.Start, lead.Length);
        var paragraph = clause.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (paragraph >= 0) clause = clause[(paragraph + 2)..];
        clause = clause.TrimEnd();
        if (!(clause.EndsWith(',') || clause.EndsWith(':'))) return null;
        var start = clause.LastIndexOfAny(['.', '!', '?', ';', '”', '"'], clause.Length - 1);
        while (start > 1 && TitlePattern().IsMatch(clause[..(start + 1)])) start = clause.LastIndexOfAny(['.', '!', '?', ';', '”', '"'], start - 1);
        var matches = BeforePattern().Matches(clause[(start + 1)..]);
        return matches.Count > 0 ? Resolve(matches[0], people) : null;
    }

    static string FirstClause(string text, TextSpan tail)
    {
        var clause = text.Substring(tail.Start, Math.Min(tail.Length, 160));
        var end = clause.IndexOf('\n');
        return end >= 0 ? clause[..end] : clause;
    }

    static string? Resolve(Match match, People people)
    {
        var name = WordsPattern().Replace(match.Groups["who"].Value.Trim(), " ");
        return name.ToLowerInvariant() switch
        {
            "he" => people.Latest(Gender.He) ?? "he",
            "she" => people.Latest(Gender.She) ?? "she",
            "they" => people.Latest(Gender.Any) ?? "they",
            "i" => "I",
            _ => name.StartsWith("The ", StringComparison.Ordinal) ? "the " + name[4..] : name,
        };
    }

    /// <summary>A paragraph that begins with somebody: "Anna shook her head. "No.""</summary>
    static string? OnlyOne(string text, TextSpan lead, People people)
    {
        var clause = text.Substring(lead.Start, lead.Length);
        var paragraph = clause.LastIndexOf("\n\n", StringComparison.Ordinal);
        clause = paragraph >= 0 ? clause[(paragraph + 2)..] : clause;
        var names = NamePattern().Matches(clause).Select(m => m.Groups["title"].Success ? $"{m.Groups["title"].Value} {m.Groups["name"].Value}" : m.Groups["name"].Value).Where(n => !Openers.Contains(n) && n.Length > 1).Distinct().ToArray();
        if (names.Length > 0) return names[0];
        return clause.TrimStart() is ['H', 'e', ' ', ..] ? people.Latest(Gender.He) : clause.TrimStart() is ['S', 'h', 'e', ' ', ..] ? people.Latest(Gender.She) : null;
    }

    /// <summary>A quotation over paragraphs: the one before was not closed.</summary>
    static bool Continues(Quote before, Quote quote) => before.Outer.End == before.Inner.End && quote.Paragraph == before.Paragraph + 1;

    /// <summary>Between two quotations of a paragraph somebody else takes the floor: the narration begins a new sentence with a name.</summary>
    static bool EndsSpeech(string text, Quote before, Quote quote)
    {
        var between = text[before.Outer.End..quote.Outer.Start];
        return between.Contains('.') && BeforePattern().IsMatch(between[(between.IndexOf('.') + 1)..]);
    }

    static void Narrate(List<Turn> turns, string text, TextSpan span)
    {
        var (start, end) = (span.Start, span.End);
        while (start < end && (char.IsWhiteSpace(text[start]) || char.IsPunctuation(text[start]) && text[start] is not ('“' or '"' or '(' or '[' or '#' or '@'))) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        // Signs alone say nothing; whatever else there is, the front end says or reports.
        for (var i = start; i < end; i++)
            if (!char.IsPunctuation(text[i]) && !char.IsWhiteSpace(text[i]))
            {
                turns.Add(new(null, new(start, end - start)));
                return;
            }
    }

    static List<Quote> Quotes(string text)
    {
        var quotes = new List<Quote>();
        var single = text.AsSpan().IndexOfAny('"', '“') < 0;
        var (open, paragraph) = (-1, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                if (open >= 0) quotes.Add(new(Trim(text, open + 1, i), new(open, i - open), paragraph));
                open = -1;
                paragraph++;
                while (i + 1 < text.Length && text[i + 1] == '\n') i++;
                continue;
            }
            if (open < 0)
            {
                var begins = c is '“' || c == '"' && (i == 0 || !char.IsLetterOrDigit(text[i - 1]))
                    || single && (c == '‘' || c == '\'') && (i == 0 || char.IsWhiteSpace(text[i - 1]) || text[i - 1] == '—') && i + 1 < text.Length && char.IsUpper(text[i + 1]);
                if (begins) open = i;
                continue;
            }
            var ends = c is '”' || c == '"' || single && c is '’' or '\'' && single && (i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1])) && i > 0 && text[i - 1] is '.' or ',' or '!' or '?' or '—' or '…';
            if (!ends) continue;
            var inner = Trim(text, open + 1, i);
            // A quoted word inside narration is no speech: it has no mark of its own and is short.
            if (IsSpeech(text, inner, i)) quotes.Add(new(inner, new(open, i + 1 - open), paragraph));
            open = -1;
        }
        if (open >= 0) quotes.Add(new(Trim(text, open + 1, text.Length), new(open, text.Length - open), paragraph));
        return quotes;
    }

    static bool IsSpeech(string text, TextSpan inner, int close)
    {
        if (inner.Length == 0) return false;
        return text[inner.End - 1] is '.' or ',' or '!' or '?' or '—' or '-' or '…' or ';' or ':' || close + 1 < text.Length && text[close + 1] is '.' or ',' or '?' or '!' && inner.Length > 20;
    }

    static TextSpan Trim(string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return new(start, end - start);
    }

    const string Verbs = "(?:said|says|asked|asks|replied|answered|whispered|shouted|cried|called|yelled|murmured|muttered|exclaimed|added|continued|began|went on|explained|laughed|sighed|screamed|demanded|agreed|announced|begged|insisted|remarked|observed|suggested|grumbled|growled|snapped|roared|sobbed|repeated|admitted|warned|promised|told|interrupted|returned|thought|breathed|hissed|declared|wondered|protested|gasped|giggled|groaned|inquired|retorted|responded|ordered|urged|stammered|smiled|nodded)";
    const string Who = @"(?<who>(?:[Hh]e|[Ss]he|[Tt]hey|I)(?!\w)|[Tt]he(?:\s+(?!with\b|in\b|at\b|to\b|and\b|as\b|from\b|who\b|when\b|of\b|on\b|by\b)[a-z][\w-]+){1,3}|(?:[Hh]is|[Hh]er|[Mm]y)\s+[a-z][\w-]+|(?!The\b|Then\b|But\b|And\b|When\b|So\b|A\b|An\b|Nobody\b|Everyone\b|Everybody\b|Someone\b|Somebody\b|No\b|It\b|There\b|That\b|This\b|What\b|We\b|You\b|All\b|Both\b)(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Captain|Sir|Lady|Lord|King|Queen|Prince|Princess|Aunt|Uncle|Old|Little)\.?\s+)?[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)?)";
    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"^[\s,—–-]*(?:" + Verbs + @"\s+" + Who + @"|" + Who + @"(?:\s+(?!" + Verbs + @")[a-z]+ly)?\s+" + Verbs + @")(?!\w)", Options)]
    private static partial Regex AfterPattern();

    [GeneratedRegex(@"(?<!\w)" + Who + @"(?:\s+(?!and\b)[a-z]+){0,3}?\s+" + Verbs + @"(?!\w)", Options)]
    private static partial Regex BeforePattern();

    [GeneratedRegex(@"(?<![\w’'])(?:(?<title>Mr|Mrs|Ms|Miss|Dr|Professor|Captain|Sir|Lady|Lord|King|Queen|Aunt|Uncle)\.?\s+)?(?<name>[A-Z][a-z]+)(?![\w])", Options)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"(?:Mr|Mrs|Ms|Dr|St)\.$", Options)]
    private static partial Regex TitlePattern();

    [GeneratedRegex(@"\s+", Options)]
    private static partial Regex WordsPattern();
}
