// Words that are written alike and said differently: "I read it yesterday", "a live show", "to record a record". Rules over the neighbours
// choose; where they say nothing, the more frequent form stands. The table is heteronyms.txt beside this file:
//   word  form  phones       form is noun, verb, or a case that this file knows by name (past, metal, wind, …); * marks the default

using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech;

/// <summary>Chooses between the ways to say a word by what stands around it.</summary>
static class Heteronyms
{
    sealed record Entry(string Default, Dictionary<string, Phone[]> Forms);

    static readonly Dictionary<string, Entry> Entries = Read();

    static readonly HashSet<string> VerbBefore =
    [
        "to", "will", "would", "can", "could", "may", "might", "must", "shall", "should", "do", "does", "did", "don't", "doesn't", "didn't", "can't", "won't", "cannot", "wouldn't",
        "couldn't", "shouldn't", "i", "you", "we", "they", "not", "let's", "please", "i'll", "you'll", "we'll", "they'll", "he'll", "she'll", "it'll", "i'd", "you'd", "we'd", "they'd",
        "never", "always", "often", "sometimes", "usually", "who", "also", "just", "us", "them", "him", "me", "help", "let", "really", "only", "then",
    ];

    static readonly HashSet<string> NounBefore =
    [
        "the", "a", "an", "this", "that", "these", "those", "my", "your", "his", "its", "our", "their", "her", "no", "some", "any", "each", "every", "another", "of", "in", "on", "for",
        "with", "by", "from", "at", "into", "one", "two", "three", "four", "five", "ten", "first", "second", "third", "last", "next", "new", "old", "good", "great", "bad", "big", "small", "little", "best",
        "own", "same", "such", "many", "few", "more", "most", "without", "under", "over", "between", "about", "whose", "which", "what", "both", "all", "other", "much", "several", "as", "than",
    ];

    static readonly HashSet<string> VerbAfter = ["the", "a", "an", "him", "them", "me", "us", "it", "you", "this", "that", "these", "those", "my", "your", "his", "our", "their", "its", "her", "himself", "themselves", "yourself", "myself"];
    static readonly HashSet<string> HaveOrBe = ["have", "has", "had", "having", "was", "were", "been", "be", "being", "is", "are", "am", "got", "gets", "get", "i've", "you've", "we've", "they've", "he's", "she's", "it's", "hasn't", "haven't", "hadn't", "wasn't", "weren't", "isn't", "aren't", "you're", "they're", "we're", "i'm"];
    static readonly HashSet<string> Determiners = ["the", "a", "an", "this", "that", "these", "those", "my", "your", "his", "its", "our", "their", "her", "some", "any", "each", "every", "no", "another"];
    static readonly HashSet<string> Adverbs = ["not", "never", "always", "often", "also", "just", "already", "been", "ever", "recently", "finally", "only", "really", "still", "now", "so", "very", "too", "more", "most", "quite"];

    /// <summary>Whether the rules know a word.</summary>
    public static bool Contains(string word) => Entries.ContainsKey(word);

    /// <summary>All words that the rules know.</summary>
    public static IEnumerable<string> Words => Entries.Keys;

    /// <summary>The phones of a heteronym where it stands; null for other words.</summary>
    public static Phone[]? Choose(string text, IReadOnlyList<SpokenForm> words, int at)
    {
        if (!Entries.TryGetValue(words[at].Text, out var entry)) return null;
        var place = new Place(text, words, at);
        var form = Special(entry, place) ?? Part(entry, place);
        return entry.Forms.GetValueOrDefault(form ?? entry.Default) ?? entry.Forms[entry.Default];
    }

    /// <summary>A word and its neighbours.</summary>
    sealed class Place(string text, IReadOnlyList<SpokenForm> words, int at)
    {
        public string Word => words[at].Text;
        public string Before(int steps = 1) => at >= steps && words[at - steps].Text is var w ? w : "";
        public string After(int steps = 1) => at + steps < words.Count ? words[at + steps].Text : "";
        public bool First => at == 0;

        /// <summary>Written with a capital inside a sentence.</summary>
        public bool Capital => at > 0 && words[at].Source.Length > 0 && char.IsUpper(text[words[at].Source.Start]) && words[at].Source.Length > 1 && char.IsLower(text[words[at].Source.Start + 1]);

        public bool Near(HashSet<string> set, int reach)
        {
            for (var i = Math.Max(0, at - reach); i <= Math.Min(words.Count - 1, at + reach); i++)
                if (i != at && set.Contains(words[i].Text)) return true;
            return false;
        }

        public bool AnyBefore(HashSet<string> set, int reach)
        {
            for (var i = Math.Max(0, at - reach); i < at; i++)
                if (set.Contains(words[i].Text)) return true;
            return false;
        }

        /// <summary>The nearest word before that is no adverb.</summary>
        public string Governor
        {
            get
            {
                for (var i = at - 1; i >= 0; i--)
                    if (!Adverbs.Contains(words[i].Text) && !(words[i].Text.Length > 4 && words[i].Text.EndsWith("ly", StringComparison.Ordinal))) return words[i].Text;
                return "";
            }
        }
    }

    /// <summary>noun or verb (adjective counts as noun); null when the neighbours do not tell.</summary>
    static string? Part(Entry entry, Place p)
    {
        if (!entry.Forms.ContainsKey("verb")) return null;
        var (before, after) = (p.Before(), p.After());
        if (before is "to" or "not" or "n't" && p.Before(2) is "to") return "verb";
        if (NounBefore.Contains(before) || before.EndsWith("'s", StringComparison.Ordinal) && before is not ("let's" or "it's" or "he's" or "she's" or "that's" or "what's" or "there's" or "who's")) return "noun";
        if (VerbBefore.Contains(before) || VerbBefore.Contains(p.Governor) && Adverbs.Contains(before)) return "verb";
        // An adjective between a determiner and the word: "the big present".
        if (Determiners.Contains(p.Before(2)) && !VerbAfter.Contains(after)) return "noun";
        if (p.First && VerbAfter.Contains(after)) return "verb";
        if (after is "of" or "is" or "was" or "are" or "were" or "has" or "had") return "noun";
        if (VerbAfter.Contains(after) && !HaveOrBe.Contains(before)) return "verb";
        if (before is "he" or "she" or "it") return p.Word.EndsWith('s') ? "verb" : null;
        return HaveOrBe.Contains(before) && entry.Forms.ContainsKey("adjective") ? "adjective" : null;
    }

    static readonly HashSet<string> Past = ["yesterday", "ago", "last", "was", "were", "had", "once", "before", "already", "then", "when", "said", "went", "came", "saw", "told", "took", "got"];
    static readonly HashSet<string> Metals = ["metal", "pipe", "pipes", "paint", "poisoning", "pencil", "pencils", "heavy", "zinc", "copper", "tin", "iron", "bullet", "bullets", "battery", "acid", "toxic", "free", "ore", "silver", "gold", "mercury"];
    static readonly HashSet<string> Fish = ["fish", "fishing", "sea", "lake", "caught", "catch", "striped", "trout", "river", "largemouth", "pond", "perch"];
    static readonly HashSet<string> Shooting = ["arrow", "arrows", "violin", "ribbon", "string", "tie", "tied", "cello", "hair", "rainbow", "quiver", "archer", "shot", "necktie", "window"];
    static readonly HashSet<string> Ships = ["ship", "stern", "boat", "deck", "captain", "king", "queen", "head", "audience", "stage", "down", "politely", "took"];
    static readonly HashSet<string> Air = ["north", "south", "east", "west", "strong", "cold", "blew", "blows", "blowing", "howling", "chill", "energy", "power", "turbine", "farm", "speed", "instruments", "gust", "gusts"];
    static readonly HashSet<string> Winding = ["up", "clock", "watch", "road", "around", "through", "down", "back", "wool", "yarn", "thread", "river"];
    static readonly HashSet<string> Eyes = ["eye", "eyes", "shed", "cheek", "cheeks", "cry", "crying", "single", "drop", "wept", "face", "ran", "duct", "gas", "sad"];
    static readonly HashSet<string> Garments = ["apart", "up", "down", "paper", "off", "it", "open", "muscle", "into", "a", "out", "cloth", "wear"];
    static readonly HashSet<string> Dove = ["in", "into", "headfirst", "down", "under", "off", "deep"];
    static readonly HashSet<string> Clothes = ["wool", "nails", "shoes", "language", "border", "people", "cavalry", "sausage", "poland"];
    static readonly HashSet<string> Tiny = ["details", "detail", "amount", "amounts", "traces", "particles", "quantities", "differences", "changes", "very", "so"];

    /// <summary>The words with rules of their own; null when they do not apply.</summary>
    static string? Special(Entry entry, Place p)
    {
        var (before, after, governor) = (p.Before(), p.After(), p.Governor);
        switch (p.Word)
        {
            case "read":
                if (before is "to" or "will" or "would" or "can" or "could" or "may" or "might" or "must" or "should" or "did" or "didn't" or "do" or "don't" or "doesn't" or "cannot" or "can't" or "let's" or "please" or "a" or "good" or "i'll" or "you'll" or "we'll" or "they'll" or "she'll" or "he'll") return "present";
                if (HaveOrBe.Contains(governor) || governor is "well" or "widely" or "he" or "she" or "it") return "past";
                return p.Near(Past, 6) ? "past" : null;
            case "lead":
                if (before is "of" or "contains" or "containing" || p.Near(Metals, 2) && !VerbBefore.Contains(before)) return "metal";
                return null;
            case "live" or "lives":
                if (p.Word == "lives") return NounBefore.Contains(before) || after is "of" or "were" or "are" || before.EndsWith("'s", StringComparison.Ordinal) || before is "save" or "saved" or "saves" or "lost" or "lose" or "saving" or "human" or "people's" or "daily" or "private" or "ordinary" ? "noun" : "verb";
                if (after is "music" or "show" or "shows" or "concert" or "concerts" or "broadcast" or "television" or "tv" or "audience" or "performance" or "performances" or "album" or "stream" or "coverage" or "wire" or "animals" or "band" or "recording" or "recordings" or "bait" or "ammunition" or "action") return "adjective";
                if (after is "on" && p.Near(["broadcast", "streamed", "shown", "went", "air", "television", "performed"], 3)) return "adjective";
                if (before is "the" or "a" or "some" or "broadcast" or "performed" or "recorded" or "streamed" or "go" or "went" or "going" or "are" or "is" or "was" or "were" && !VerbAfter.Contains(after) && after is not ("in" or "at" or "here" or "there" or "near" or "with" or "by")) return "adjective";
                return "verb";
            case "wind" or "winds":
                if (before is "to" or "will" or "would" or "must" or "you" or "they" or "i" or "we" || p.Word == "winds" && before is "road" or "river" or "path" or "it" or "he" or "she" or "that" or "trail" or "which" or "way") return "turn";
                if (p.First && after is "the" or "up" or "it") return "turn";
                return p.Near(Air, 3) || NounBefore.Contains(before) ? "air" : p.Near(Winding, 2) && VerbAfter.Contains(after) ? "turn" : null;
            case "tear" or "tears":
                if (p.Near(Eyes, 3) || before is "in" or "into" or "to" && p.Word == "tears" || before is "with" or "of" && p.Word == "tears") return "drop";
                if (VerbBefore.Contains(before) || before is "he" or "she" or "it" && p.Word == "tears" || p.Near(Garments, 2)) return "rip";
                return null;
            case "bow" or "bows":
                if (p.Near(Shooting, 5)) return "knot";
                if (VerbBefore.Contains(before) || p.Near(Ships, 3) || before is "he" or "she") return "bend";
                return null;
            case "row" or "rows": return p.Near(["argument", "quarrel", "angry", "shouting", "terrible", "neighbours"], 3) && NounBefore.Contains(before) ? "quarrel" : null;
            case "bass": return p.Near(Fish, 4) ? "fish" : null;
            case "dove": return NounBefore.Contains(before) || before is "white" or "turtle" or "peace" ? "bird" : Dove.Contains(after) || before is "he" or "she" or "they" or "i" or "we" or "who" ? "dived" : null;
            case "does": return p.Near(["deer", "bucks", "fawns", "stags"], 4) ? "deer" : null;
            case "wound": return before is "was" or "were" or "had" or "he" or "she" or "they" or "it" or "road" or "path" or "i" or "have" or "has" || after is "up" or "around" or "through" or "down" or "its" or "the" && !Determiners.Contains(before) && before is not ("to" or "could" or "can" or "did" or "not" or "or") ? "turned" : null;
            case "sow" or "sows": return NounBefore.Contains(before) || p.Near(["pig", "piglets", "pigs", "boar"], 4) ? "pig" : null;
            case "polish": return p.Capital && !VerbBefore.Contains(before) || p.First && after is not ("the" or "your" or "it" or "my" or "his" or "her") || p.Near(Clothes, 1) && p.Near(["poland", "language", "border"], 1) ? "nation" : null;
            case "minute": return p.Near(Tiny, 1) && before is not ("a" or "one" or "last" or "every" or "per") ? "tiny" : null;
            case "resume": return NounBefore.Contains(before) && before is not ("and") && !VerbAfter.Contains(after) ? "noun" : "verb";
            case "close":
                if (after is "to" or "by" or "friend" or "friends" or "together" or "enough" or "up" && !VerbBefore.Contains(before) || before is "very" or "so" or "too" or "as" or "how" or "quite" or "came" or "come" or "stay" or "stayed" or "stand" or "get" or "got" or "getting" or "comes" or "was" or "is" or "are" or "were" or "a" or "pretty") return before is "to" or "will" ? "verb" : "adjective";
                if (Determiners.Contains(before) && after is not ("of" or "")) return "adjective";
                return "verb";
            case "use" or "uses":
                if (before is "to" or "could" or "can" && p.Before() is not "of") return "verb";
                if (before is "of" or "no" or "make" or "makes" or "made" or "in" or "for" or "any" or "good" or "it's" || Determiners.Contains(before) || after is "of" || Determiners.Contains(p.Before(2)) && after is "of" or "is" or "was" or "in") return "noun";
                return VerbBefore.Contains(before) || VerbAfter.Contains(after) ? "verb" : NounBefore.Contains(before) ? "noun" : null;
            case "used": return after == "to" && !(HaveOrBe.Contains(before) && p.After(2) is "make" or "be" or "create" or "describe" or "treat" or "refer" or "help" or "measure" or "cook" or "build" or "control" or "produce" or "show" or "mean") ? "custom" : null;
            case "house" or "houses": return p.Word == "house" && VerbBefore.Contains(before) && before is not ("you" or "us" or "just" or "only") ? "verb" : null;
            case "august": return p.Capital || p.First || before is "in" or "of" or "last" or "next" or "since" or "until" ? "month" : "grand";
            case "job": return p.Capital && p.Near(["book", "god", "bible", "satan"], 5) ? "name" : null;
            case "mobile": return before is "in" or "near" && p.Capital || p.Near(["alabama"], 2) ? "city" : null;
            case "nice": return p.Capital && before is "in" or "to" or "from" or "of" ? "city" : null;
            case "reading": return p.Capital && before is "in" or "to" or "from" or "at" ? "city" : null;
            case "sewer": return p.Near(["thread", "needle", "cloth"], 5) ? "tailor" : null;
            case "number": return after is "and" && p.Near(["colder", "numb"], 3) ? "numb" : null;
            case "content": return before is "was" or "were" or "is" or "are" or "be" or "being" or "feel" or "feels" or "felt" or "quite" or "perfectly" or "am" || after is "with" or "to" && !Determiners.Contains(before) ? "verb" : "noun";
            case "invalid": return Determiners.Contains(before) && after is "" or "was" or "who" or "and" or "lay" or "sat" ? "person" : null;
            case "perfect": return before is "to" && !Determiners.Contains(after) && after is not ("it" or "his" or "her" or "their" or "our" or "my") ? "noun" : null;
            case "learned": return after is "man" or "men" or "professor" or "scholar" or "scholars" or "judge" or "people" or "friend" || before is "very" or "most" ? "wise" : null;
            case "blessed": return before is "the" or "this" or "every" ? "holy" : null;
            case "aged": return before is "the" && after is not ("from" or "in") || after is "man" or "woman" or "parents" or "mother" or "father" ? "old" : null;
            case "present": return after is "in" or "at" && !VerbBefore.Contains(before) || before is "at" or "the" or "is" or "was" or "were" or "are" or "be" ? "noun" : null;
            case "subject" or "subjects": return after == "to" && HaveOrBe.Contains(before) ? "noun" : null;
            case "object": return after == "to" && before is not ("an" or "the" or "this" or "that") ? "verb" : null;
            case "excuse": return after is "me" or "him" or "us" or "her" or "my" or "the" ? "verb" : null;
            case "separate" or "duplicate" or "elaborate" or "appropriate" or "deliberate" or "moderate" or "alternate" or "intimate" or "approximate" or "animate" or "degenerate" or "articulate" or "subordinate" or "coordinate":
                return HaveOrBe.Contains(governor) && !VerbBefore.Contains(before) || before is "very" or "more" or "most" or "so" || p.Before(2) is "keep" or "kept" or "keeps" or "keeping" ? "noun" : null;
        }
        return null;
    }

    static Dictionary<string, Entry> Read()
    {
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        using var stream = typeof(Heteronyms).Assembly.GetManifestResourceStream("heteronyms.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var fields = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            var form = fields[1].TrimEnd('*');
            if (!entries.TryGetValue(fields[0], out var entry)) entries[fields[0]] = entry = new(form, []);
            entry.Forms[form] = Phone.Parse(fields[2]);
            if (fields[1].EndsWith('*')) entries[fields[0]] = entry with { Default = form };
        }
        return entries;
    }
}
