// Words in capitals: said letter by letter, unless they are said as words (NASA), or are ordinary words that somebody shouts.

namespace Maison.Data.Speech.Reading;

static class Acronyms
{
    static readonly HashSet<string> Pronounced =
    [
        .. """
        NASA NATO UNESCO UNICEF AIDS OPEC LASER RADAR SCUBA SONAR RAM ROM SIM PIN ZIP FIFA UEFA SWAT NAFTA OSHA FEMA COVID YOLO ASCII BASIC BIOS CAPTCHA CERN COBOL
        DARPA DOS EPCOT FLOPS GIF GUI IKEA INTERPOL JAVA JSON LEGO MENSA MIDI MOMA NASCAR NASDAQ NIMBY OLED PEMEX POTUS SCOTUS FLOTUS SARS SIDS SOHO SONY
        TESOL TOEFL UNIX VISA WASP WIFI YAML ZIRP ACORN AMEX APEC ASEAN AWOL BAFTA BART CAD CALTECH CANOLA DINK EFTA FICA FOMO GATT HUD IMAX ISIS LORAN
        LIDAR MAD PAC PETA RICO SALT SNAP SPAM START TASER WAC WHOIS AUKUS BRICS GAAP HIPAA NORAD OXFAM TARP MAISON CUDA LINUX
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    ];

    // Ordinary words that are more often initials when they stand in capitals among small letters.
    static readonly HashSet<string> Spelled = ["US", "IT", "WHO", "AM", "PM", "ID", "OR", "AD", "AN", "AS", "SAT", "ACT", "CAT", "ALS", "POW", "TV", "PC", "AI", "UN", "EU", "UK", "PR", "HR", "IQ", "PA", "MA", "LA", "ER", "OS", "CD", "DVD", "CEO"];

    /// <summary>Whether capitals are said as a word.</summary>
    public static bool IsPronounced(string capitals) => Pronounced.Contains(capitals);

    /// <summary>Whether a word of at least two capitals is spelled.</summary>
    /// <param name="shouted">Its neighbours are in capitals too.</param>
    /// <param name="known">It is a common word.</param>
    public static bool IsSpelled(string capitals, bool shouted, bool known)
    {
        if (Pronounced.Contains(capitals)) return false;
        if (shouted) return !known && !Sayable(capitals);
        if (Spelled.Contains(capitals)) return true;
        if (known) return false;
        // Initials are rarely longer than five; longer capitals with vowels are names or shouted words.
        return capitals.Length <= 5 || !Sayable(capitals);
    }

    /// <summary>Has vowels, and never more than four consonants together.</summary>
    static bool Sayable(string capitals)
    {
        int run = 0, vowels = 0;
        foreach (var c in capitals)
        {
            var vowel = c is 'A' or 'E' or 'I' or 'O' or 'U' or 'Y';
            vowels += vowel ? 1 : 0;
            run = vowel ? 0 : run + 1;
            if (run > 4) return false;
        }
        return vowels * 5 >= capitals.Length;
    }
}
