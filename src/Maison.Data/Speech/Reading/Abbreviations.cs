// Abbreviations: what they stand for depends on their neighbours (Dr. Smith, Elm Dr.), and whether their dot ends the sentence too. The
// sentence splitter asks the same table, so that both agree.

using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Abbreviations
{
    /// <summary>How an abbreviation may stand.</summary>
    enum Use
    {
        /// <summary>Anywhere.</summary>
        Always,

        /// <summary>Before a name: the dot never ends a sentence.</summary>
        Title,

        /// <summary>Before a number.</summary>
        Number,

        /// <summary>After a name or at the end of one: the dot ends the sentence when a capital follows.</summary>
        Tail,
    }

    static readonly Dictionary<string, (Use Use, string Words)> Table = Read("""
        title|Mr mister|Mrs missus|Ms miz|Mx mix|Messrs messers|Prof professor|Gen general|Col colonel|Sgt sergeant|Capt captain|Lt lieutenant|Cpl corporal|Cmdr commander|Maj major|Adm admiral|Rev reverend|Hon honorable|Sen senator|Rep representative|Gov governor|Pres president|Supt superintendent|Mt mount|Ft fort|Mme madame|Mlle mademoiselle|Fr father|Sr. senior|Pvt private|Det detective|Insp inspector|Amb ambassador
        number|No number|Nos numbers|no number|nos numbers|Vol volume|vol volume|Vols volumes|Fig figure|fig figure|Figs figures|figs figures|Ch chapter|ch chapter|Sec section|sec section|Eq equation|eq equation|Ex example|p page|pp pages|pg page|Art article|art article|Op opus|op opus|Tab table|ver version|Ver version|ext extension|Ext extension|tel telephone|Tel telephone|chap chapter|para paragraph|Apt apartment|apt apartment|Rm room|Ste suite|Bldg building|c circa
        tail|Jr junior|Sr senior|Esq esquire|Inc incorporated|Ltd limited|Co company|Corp corporation|Bros brothers|LLC. l_l_c|Ave avenue|Blvd boulevard|Rd road|Ln lane|Ct court|Pl place|Sq square|Hwy highway|Pkwy parkway|Cir circle|Ter terrace|etc et_cetera|al al|Dept department|dept department|Univ university|Assn association|Mfg manufacturing|Intl international|Natl national
        always|vs versus|vs. versus|approx approximately|est established|govt government|Govt government|max maximum|min minimum|avg average|misc miscellaneous|temp temperature|attn attention|Attn attention|cf compare|ca circa|viz namely|incl including|excl excluding|esp especially|orig originally|Jan january|Feb february|Apr april|Aug august|Sept september|Sep september|Oct october|Nov november|Dec december|Mon monday|Tue tuesday|Tues tuesday|Wed wednesday|Thu thursday|Thur thursday|Thurs thursday|Fri friday|ed edition|eds editors|trans translated|Inc. incorporated|dist district|Dist district|mgr manager|Mgr manager|asst assistant|Asst assistant|Wm william|Geo george|Chas charles|wt weight|ht height|qty quantity|appt appointment|anon anonymous|dia diameter|fwd forward|abbr abbreviation|pron pronounced|pt part|Pt part
        """);

    // Without a dot only those that are no words.
    static readonly HashSet<string> Undotted = ["Mr", "Mrs", "Ms", "Mx", "Prof", "Sgt", "Capt", "Lt", "Cpl", "Cmdr", "Jr", "Sr", "vs", "etc", "Ltd", "Inc", "Corp", "Bros", "Ave", "Blvd", "Mt", "Ft", "Dept", "dept", "govt", "approx", "Messrs", "Hwy", "Pkwy", "Dr", "St", "Rd", "Mme", "Mlle"];

    static readonly HashSet<string> Undividing = ["e.g", "i.e", "a.m", "p.m", "cf", "vs", "approx", "ca", "viz", "incl", "esp"];

    static readonly Dictionary<string, string> Short = new()
    {
        ["w/o"] = "without",
        ["w/"] = "with",
        ["c/o"] = "care of",
        ["n/a"] = "not applicable",
        ["N/A"] = "not applicable",
        ["b/c"] = "because",
        ["and/or"] = "and or",
        ["a/k/a"] = "also known as",
        ["&c."] = "et cetera",
        ["Ph.D."] = "p h d",
        ["Ph.D"] = "p h d",
        ["PhD"] = "p h d",
        ["Ph.Ds"] = "p h d's",
        ["PhDs"] = "p h d's",
        ["e.g."] = "for example",
        ["i.e."] = "that is",
        ["et al."] = "et al",
        ["P.S."] = "p s",
        ["o'clock"] = "o'clock",
        ["OK"] = "okay",
        ["ok"] = "okay",
        ["Ok"] = "okay",
        ["O.K."] = "okay",
        ["Wi-Fi"] = "wi fi",
        ["wi-fi"] = "wi fi",
    };

    static readonly Dictionary<string, string> States = """
        AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,
        KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,
        NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,
        UT Utah,VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,DC d c
        """.Split(',', StringSplitOptions.TrimEntries).ToDictionary(s => s[..2], s => s[3..].ToLowerInvariant());

    static readonly HashSet<string> SingleLetters = ["p", "c"];

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("short form", c => char.IsLetter(c) || c == '&', ShortPattern(), (m, d) =>
        {
            foreach (var word in Short[m.Value].Split(' '))
                if (word.Length == 1) d.Spell(word);
                else d.Say(word);
            return true;
        }),
        new("state", Grammar.Capital, StatePattern(), (m, d) =>
        {
            if (!States.TryGetValue(m.Value, out var name)) return false;
            foreach (var word in name.Split(' '))
                if (word.Length == 1) d.Spell(word);
                else d.Say(word);
            return true;
        }),
        new("letters", Grammar.Letter, DottedPattern(), Dotted),
        new("letters", Grammar.Capital, AmpersandPattern(), (m, d) =>
        {
            var at = m.Value.IndexOf('&', StringComparison.Ordinal);
            d.Spell(m.Value[..at]);
            d.Say("and");
            d.Spell(m.Value[at..]);
            return true;
        }),
        new("initial", Grammar.Capital, InitialPattern(), (m, d) => { d.Spell(m.Value); return true; }),
        new("abbreviation", Grammar.Letter, WordPattern(), Expand),
    ];

    /// <summary>Whether the text before a zip code is the code of a state.</summary>
    public static bool IsState(string word) => States.ContainsKey(word);

    /// <summary>Whether the dot after a word belongs to the word alone.</summary>
    /// <param name="word">With its inner dots, without the last one: "Dr", "e.g", "J".</param>
    /// <param name="next">What follows the dot and blanks; empty at the end of the text.</param>
    public static bool KeepsSentence(string word, string next)
    {
        if (next.Length == 0) return false;
        var lower = char.IsLower(next[0]);
        if (lower || next[0] is ',' or ';' or ':') return true;
        if (word.Length == 1 && char.IsUpper(word[0]) && word != "I") return true;
        if (Undividing.Contains(word.ToLowerInvariant()) && word.ToLowerInvariant() is not ("a.m" or "p.m")) return true;
        if (word.Contains('.')) return word.Split('.').All(p => p.Length <= 2) && word.ToLowerInvariant() is not ("a.m" or "p.m") && !Starter(next);
        if (word is "Dr" or "St") return !Starter(next);
        if (!Table.TryGetValue(word, out var entry)) return false;
        return entry.Use switch
        {
            Use.Title => true,
            Use.Number => char.IsAsciiDigit(next[0]) || next[0] is 'I' or 'V' or 'X' && word.Length > 1 && char.IsUpper(word[0]) && word != "No",
            Use.Tail => false,
            _ => char.IsAsciiDigit(next[0]) || char.IsUpper(word[0]) && word.Length <= 4 && !Starter(next) || word is "vs" or "cf" or "ca",
        };
    }

    /// <summary>A word with a capital that mostly begins a sentence.</summary>
    static bool Starter(string next)
    {
        var end = 0;
        while (end < next.Length && (char.IsLetter(next[end]) || next[end] is '\'' or '’')) end++;
        return next[..end] is "The" or "A" or "An" or "He" or "She" or "It" or "They" or "We" or "I" or "You" or "This" or "That" or "These" or "But" or "And" or "In" or "On" or "At" or "When" or "There" or "His" or "Her" or "Their" or "My" or "Our" or "Then" or "If" or "So" or "For" or "After" or "What" or "Who" or "Why" or "How" or "Its" or "It's" or "As" or "Now" or "Yes" or "No" or "Please" or "Some" or "Many" or "However";
    }

    static bool Dotted(Match m, SentenceDraft d)
    {
        // "U.S.A.", "a.m.", "J.R.R."; one plural or possessive s may follow.
        d.Spell(m.Groups["letters"].Value);
        return true;
    }

    static bool Expand(Match m, SentenceDraft d)
    {
        var word = m.Groups["word"].Value;
        var dotted = m.Length > word.Length;
        if (!dotted && !Undotted.Contains(word)) return false;
        var after = d.WordFrom(m.Index + m.Length);
        var named = after.Length > 0 && char.IsUpper(after[0]);
        if (word is "Dr" or "St")
        {
            // After a name it is a street or a drive; before one a saint or a doctor.
            var before = d.WordBefore;
            var street = before.Length > 1 && (char.IsUpper(before[0]) || char.IsAsciiDigit(before[0])) && !IsOpening(before) && (!named || Starter(after) || word == "St" && before.EndsWith("th", StringComparison.Ordinal));
            if (!street && !named) return false;
            d.Say(street ? word == "Dr" ? "drive" : "street" : word == "Dr" ? "doctor" : "saint");
            return true;
        }
        if (!Table.TryGetValue(word, out var entry)) return false;
        if (entry.Use == Use.Number && !(after.Length > 0 && (char.IsAsciiDigit(after[0]) || NumberWords.Roman(after) is not null && word is not ("p" or "c" or "No" or "no")))) return false;
        if (entry.Use == Use.Title && word is "Gen" or "Col" or "Rep" or "Sen" or "Gov" or "Mt" or "Ft" or "Fr" or "Det" or "Amb" && !named) return false;
        if (word is "min" or "max" or "Mon" or "Wed" or "Fri" or "est" or "ed" or "trans" or "temp" or "pt" or "Pt" && !Dot(m, d, after)) return false;
        if (word is "al" && d.WordBefore != "et") return false;
        if (SingleLetters.Contains(word) && !(after.Length > 0 && char.IsAsciiDigit(after[0]))) return false;
        foreach (var spoken in entry.Words.Split('_'))
            if (spoken.Length == 1) d.Spell(spoken);
            else d.Say(spoken);
        return true;
    }

    /// <summary>For abbreviations that are words too: the sentence goes on after the dot.</summary>
    static bool Dot(Match m, SentenceDraft d, string after) => m.Length > m.Groups["word"].Length && (after.Length > 0 || d.At(m.Index + m.Length) == ',');

    static bool IsOpening(string before) => before is "The" or "A" or "And" or "But" or "In" or "On" or "At" or "To" or "From" or "With" or "By" or "Of" or "For" or "Dear" or "Thank" or "When" or "As" or "If" or "So" or "That" or "Yes" or "No" or "Hello" or "Hi" or "Ask" or "Call" or "Then" or "While" or "Is" or "Was";

    static Dictionary<string, (Use, string)> Read(string table)
    {
        var entries = new Dictionary<string, (Use, string)>();
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split('|');
            var use = Enum.Parse<Use>(fields[0].Trim(), ignoreCase: true);
            foreach (var field in fields.Skip(1).Select(f => f.Trim().Split(' '))) entries.TryAdd(field[0].TrimEnd('.'), (use, field[1]));
        }
        return entries;
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G(?:w/o|w/|c/o|n/a|N/A|b/c|and/or|a/k/a|&c\.|Ph\.Ds|Ph\.D\.?|PhDs?|e\.g\.|i\.e\.|et al\.|P\.S\.|O\.K\.|OK|ok|Ok|Wi-Fi|wi-fi)(?![\w'’])", Options)]
    private static partial Regex ShortPattern();

    [GeneratedRegex(@"\G(?<=[a-z], )[A-Z]{2}(?=\s+\d{5}\b|[.,;:)!?]|\s*$|\s+[a-z]|\s+[-–—])", Options)]
    private static partial Regex StatePattern();

    [GeneratedRegex(@"\G(?<letters>(?:[A-Za-z]\.){2,}|(?:[A-Z]\.\s?){2,}(?=[A-Z][a-z])|(?:[A-Za-z]\.)+[A-Za-z](?![\w.]))", Options)]
    private static partial Regex DottedPattern();

    [GeneratedRegex(@"\G[A-Z]{1,3}&[A-Z]{1,3}(?!\w)", Options)]
    private static partial Regex AmpersandPattern();

    [GeneratedRegex(@"\G[A-Z]\.(?=[\s-]?\s*[A-Z][\w.'’])", Options)]
    private static partial Regex InitialPattern();

    [GeneratedRegex(@"\G(?<word>[A-Za-z]+)\.?(?![\w])", Options)]
    private static partial Regex WordPattern();
}
