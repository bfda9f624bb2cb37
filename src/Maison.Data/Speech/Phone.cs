// The sounds of English as the voice knows them: the 39 phones of ARPAbet, vowels with their stress, and the marks that stand between
// words. Knows nothing about text or models. The ids are the rows of an acoustic model's embedding and are never renumbered:
//   0…15   marks (sil sp comma period question exclaim colon dash ellipsis; 9…15 are free)
//   16…39  the 24 consonants, in the alphabetical order of ARPAbet
//   40…84  the 15 vowels, in that order, three ids each: stress 0, 1, 2 ("AA0" is 40, "AA1" 41, "AA2" 42, "AE0" 43 …)

namespace Maison.Data.Speech;

/// <summary>What kind of sound a phone is; stops and affricates are what does not stretch when speech gets slower.</summary>
public enum PhoneKind { Mark, Vowel, Stop, Affricate, Fricative, Aspirate, Nasal, Liquid, Semivowel }

/// <summary>One symbol of the inventory.</summary>
public readonly struct Phone : IEquatable<Phone>
{
    const int FirstConsonant = 16, FirstVowel = 40, Stresses = 3;

    /// <summary>Ids go from 0 to Count - 1, the free ones included: the rows an embedding needs.</summary>
    public const int Count = 85;

    static readonly string[] MarkNames = ["sil", "sp", "comma", "period", "question", "exclaim", "colon", "dash", "ellipsis"];
    static readonly string[] Consonants = ["B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V", "W", "Y", "Z", "ZH"];
    static readonly string[] Vowels = ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"];

    static readonly PhoneKind[] ConsonantKinds =
    [
        PhoneKind.Stop, PhoneKind.Affricate, PhoneKind.Stop, PhoneKind.Fricative, PhoneKind.Fricative, PhoneKind.Stop, PhoneKind.Aspirate, PhoneKind.Affricate,
        PhoneKind.Stop, PhoneKind.Liquid, PhoneKind.Nasal, PhoneKind.Nasal, PhoneKind.Nasal, PhoneKind.Stop, PhoneKind.Liquid, PhoneKind.Fricative,
        PhoneKind.Fricative, PhoneKind.Stop, PhoneKind.Fricative, PhoneKind.Fricative, PhoneKind.Semivowel, PhoneKind.Semivowel, PhoneKind.Fricative, PhoneKind.Fricative,
    ];

    static readonly string?[] Symbols = MakeSymbols();
    static readonly Dictionary<string, Phone> BySymbol = Symbols.Index().Where(s => s.Item is not null).ToDictionary(s => s.Item!, s => new Phone(s.Index), StringComparer.Ordinal);

    readonly byte id;

    Phone(int id) => this.id = (byte)id;

    /// <summary>Silence before and after an utterance.</summary>
    public static Phone Silence => new(0);

    /// <summary>A short pause inside an utterance that no punctuation stands for; also a pause asked for by a tag.</summary>
    public static Phone ShortPause => new(1);

    public static Phone Comma => new(2);
    public static Phone Period => new(3);
    public static Phone Question => new(4);
    public static Phone Exclaim => new(5);

    /// <summary>A colon or a semicolon.</summary>
    public static Phone Colon => new(6);

    /// <summary>A dash, a bracket or the border of an aside.</summary>
    public static Phone Dash => new(7);
    public static Phone Ellipsis => new(8);

    /// <summary>All phones and marks, by id; the free ids are left out.</summary>
    public static IReadOnlyList<Phone> All { get; } = [.. Symbols.Index().Where(s => s.Item is not null).Select(s => new Phone(s.Index))];

    /// <summary>The row in an embedding, 0…<see cref="Count"/> - 1.</summary>
    public int Id => id;

    /// <summary>As ARPAbet writes it, with its stress: "AH0", "NG", "comma".</summary>
    public string Symbol => Symbols[id]!;

    /// <summary>Without stress: "AH", "NG", "comma".</summary>
    public string Name => IsVowel ? Vowels[(id - FirstVowel) / Stresses] : Symbol;

    /// <summary>A mark is no sound: it is punctuation or a pause.</summary>
    public bool IsMark => id < FirstConsonant;
    public bool IsVowel => id >= FirstVowel;

    /// <summary>0 none, 1 primary, 2 secondary; 0 for whatever is no vowel.</summary>
    public int Stress => IsVowel ? (id - FirstVowel) % Stresses : 0;

    public PhoneKind Kind => IsMark ? PhoneKind.Mark : IsVowel ? PhoneKind.Vowel : ConsonantKinds[id - FirstConsonant];

    /// <summary>Spoken with the voice; a mark is not.</summary>
    public bool IsVoiced => !IsMark && (IsVowel || Symbol is "B" or "D" or "DH" or "G" or "JH" or "L" or "M" or "N" or "NG" or "R" or "V" or "W" or "Y" or "Z" or "ZH");

    /// <summary>The same vowel with another stress (0…2); anything else as it is.</summary>
    public Phone WithStress(int stress)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)stress, 2u, nameof(stress));
        return IsVowel ? new(id - Stress + stress) : this;
    }

    /// <summary>The phone of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No phone has it.</exception>
    public static Phone Of(int id) => (uint)id < Count && Symbols[id] is not null ? new(id) : throw new ArgumentOutOfRangeException(nameof(id), id, $"No phone has this id; ids go from 0 to {Count - 1}, {MarkNames.Length} to {FirstConsonant - 1} are free.");

    /// <summary>Reads one symbol; a vowel needs its stress.</summary>
    public static bool TryParse(string symbol, out Phone phone) => BySymbol.TryGetValue(symbol, out phone);

    /// <summary>Reads symbols with blanks between them, such as "HH AH0 L OW1".</summary>
    /// <exception cref="FormatException">Names the first symbol that is none, and what is missing.</exception>
    public static Phone[] Parse(string text) => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(One)];

    /// <summary>Symbols with blanks between them.</summary>
    public static string Print(IEnumerable<Phone> phones) => string.Join(' ', phones.Select(p => p.Symbol));

    public bool Equals(Phone other) => id == other.id;
    public override bool Equals(object? obj) => obj is Phone other && Equals(other);
    public override int GetHashCode() => id;
    public override string ToString() => Symbol;
    public static bool operator ==(Phone a, Phone b) => a.id == b.id;
    public static bool operator !=(Phone a, Phone b) => a.id != b.id;

    static Phone One(string symbol) => TryParse(symbol, out var phone) ? phone : throw new FormatException(
        Vowels.Contains(symbol) ? $"\"{symbol}\" is a vowel without stress: write {symbol}0, {symbol}1 or {symbol}2."
        : TryParse(symbol.ToUpperInvariant(), out var upper) ? $"\"{symbol}\" is no phone: write it in capitals, {upper}."
        : $"\"{symbol}\" is no phone of ARPAbet. Consonants: {string.Join(' ', Consonants)}. Vowels, followed by 0, 1 or 2: {string.Join(' ', Vowels)}.");

    static string?[] MakeSymbols()
    {
        var symbols = new string?[Count];
        MarkNames.CopyTo(symbols, 0);
        Consonants.CopyTo(symbols, FirstConsonant);
        for (var v = 0; v < Vowels.Length; v++)
            for (var stress = 0; stress < Stresses; stress++)
                symbols[FirstVowel + Stresses * v + stress] = $"{Vowels[v]}{stress}";
        return symbols;
    }
}
