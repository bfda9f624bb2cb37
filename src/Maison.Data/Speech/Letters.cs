// The names of the letters, also with the endings that initials take: "CDs", "IBM's".

namespace Maison.Data.Speech;

static class Letters
{
    static readonly Phone[][] Names = [.. """
        EY1|B IY1|S IY1|D IY1|IY1|EH1 F|JH IY1|EY1 CH|AY1|JH EY1|K EY1|EH1 L|EH1 M|EH1 N|OW1|P IY1|K Y UW1|AA1 R|EH1 S|T IY1|Y UW1|V IY1|D AH1 B AH0 L Y UW0|EH1 K S|W AY1|Z IY1
        """.Split('|').Select(Phone.Parse)];

    /// <summary>A letter, or a letter with an ending such as "s", "'s", "'d", "'ll".</summary>
    public static IReadOnlyList<Phone> Say(string letter)
    {
        var name = letter[0] is >= 'a' and <= 'z' ? Names[letter[0] - 'a'] : [];
        return letter.Length == 1 ? name : Inflection.WithEnding(name, letter[1..]) ?? name;
    }

    /// <summary>All letters of a word, one by one; a word without letters sounds like "uh".</summary>
    public static IReadOnlyList<Phone> SpellOut(string word)
    {
        var phones = word.Where(c => c is >= 'a' and <= 'z').SelectMany(c => Names[c - 'a']).ToArray();
        return phones.Length > 0 ? phones : Phone.Parse("AH1");
    }
}
