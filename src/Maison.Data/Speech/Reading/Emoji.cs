// Emoji and emoticons: found as a whole (skin tones, joined families, flags), then named or passed over as the caller wishes.

using System.Text;

namespace Maison.Data.Speech.Reading;

/// <summary>What becomes of emoji.</summary>
public enum EmojiReading
{
    /// <summary>They are not spoken; the report names them.</summary>
    Skip,

    /// <summary>They are spoken by name: "red heart".</summary>
    Name,
}

static class Emoji
{
    static readonly Dictionary<string, string> Names = """
        😀 grinning face|😃 smiling face|😄 smiling face|😁 beaming face|😆 laughing face|😅 sweating smile|😂 tears of joy|🤣 rolling with laughter|🙂 slight smile|🙃 upside down face|😉 winking face|😊 blushing smile|😇 angel face|🥰 loving face|😍 heart eyes|🤩 star eyes|😘 blowing a kiss|😋 yummy face|😛 tongue out|😜 winking with tongue out|🤪 zany face
        🤔 thinking face|🤨 raised eyebrow|😐 neutral face|😑 blank face|😶 no mouth|😏 smirk|😒 unamused face|🙄 rolling eyes|😬 grimace|😌 relieved face|😔 sad face|😴 sleeping face|🤒 sick face|🤯 exploding head|😎 cool face|🤓 nerd face|😕 confused face|😟 worried face|🙁 frown|☹ frown|😮 surprised face|😢 crying face|😭 sobbing face|😱 screaming face|😡 angry face|😠 angry face|🤬 swearing face|😈 little devil|💀 skull|💩 pile of poo|🤡 clown|👻 ghost|👽 alien|🤖 robot
        ❤ red heart|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|🖤 black heart|💔 broken heart|💕 two hearts|💖 sparkling heart|💯 hundred points|💥 collision|💦 splash|💤 sleep|👋 waving hand|✋ raised hand|👌 okay hand|✌ victory hand|🤞 crossed fingers|🤘 rock on|👈 pointing left|👉 pointing right|👆 pointing up|👇 pointing down|☝ pointing up|👍 thumbs up|👎 thumbs down|✊ raised fist|👊 fist|👏 clapping hands|🙌 raised hands|🙏 folded hands|🤝 handshake|💪 strong arm|👀 eyes|🧠 brain|👶 baby|👩 woman|👨 man|👧 girl|👦 boy|👪 family|🤷 shrug|🤦 face palm
        🐶 dog|🐱 cat|🐭 mouse|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐯 tiger|🦁 lion|🐮 cow|🐷 pig|🐸 frog|🐵 monkey|🐔 chicken|🐧 penguin|🐦 bird|🦄 unicorn|🐝 bee|🦋 butterfly|🐢 turtle|🐍 snake|🐙 octopus|🐟 fish|🐬 dolphin|🐳 whale|🌸 blossom|🌹 rose|🌻 sunflower|🌳 tree|🌲 evergreen|🌴 palm tree|🍀 four leaf clover|🍎 apple|🍌 banana|🍓 strawberry|🍕 pizza|🍔 hamburger|🍟 fries|🍰 cake|🎂 birthday cake|🍫 chocolate|🍪 cookie|☕ coffee|🍺 beer|🍷 wine|🥂 clinking glasses
        🚗 car|🚕 taxi|🚌 bus|🚲 bicycle|✈ airplane|🚀 rocket|🚂 train|🏠 house|🏢 office building|⛪ church|🌍 globe|🌎 globe|🌙 moon|☀ sun|⭐ star|🌟 glowing star|✨ sparkles|⚡ lightning|🔥 fire|❄ snowflake|🌈 rainbow|☁ cloud|🌧 rain|☔ umbrella|🌊 wave|🎉 party|🎊 confetti|🎁 gift|🎈 balloon|🎄 christmas tree|🏆 trophy|🥇 gold medal|⚽ soccer ball|🏀 basketball|🎵 note|🎶 notes|🎤 microphone|🎧 headphones|🎸 guitar|🎬 movie|🎨 palette|🎮 game controller
        📱 phone|💻 laptop|⌚ watch|📷 camera|📺 television|📚 books|📖 book|✏ pencil|📝 note|📅 calendar|📌 pin|📎 paper clip|🔒 lock|🔑 key|🔔 bell|💡 light bulb|💰 money bag|💵 dollars|📈 rising chart|📉 falling chart|✅ check mark|✔ check mark|❌ cross mark|❗ exclamation mark|❓ question mark|⚠ warning|🚫 forbidden|🔴 red circle|🟢 green circle|🔵 blue circle|➡ right arrow|⬅ left arrow|⬆ up arrow|⬇ down arrow|🔁 repeat|🆗 okay|🆕 new|🔗 link|⏰ alarm clock|⏳ hourglass|🎯 bull's eye
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(e => e.Split(' ', 2)).DistinctBy(e => e[0]).ToDictionary(e => e[0], e => e[1]);

    static readonly (string Text, string Name)[] Emoticons = [(":-)", "smile"), (":)", "smile"), (":-(", "frown"), (":(", "frown"), (";-)", "wink"), (";)", "wink"), (":-D", "grin"), (":D", "grin"), (":-P", "tongue out"), (":P", "tongue out"), (":'(", "crying"), ("<3", "heart"), ("XD", "laughing")];

    /// <summary>Length of the emoji or emoticon at a place; 0 when there is none.</summary>
    public static int LengthAt(string text, int at, int end)
    {
        foreach (var (written, _) in Emoticons)
            if (string.CompareOrdinal(text, at, written, 0, written.Length) == 0 && at + written.Length <= end && (at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (at + written.Length == end || !char.IsLetterOrDigit(text[at + written.Length])))
                return written.Length;
        var i = at;
        if (!Next(out var first, out var length) || !IsEmoji(first)) return 0;
        i += length;
        for (var joined = false; Next(out var rune, out length); i += length)
        {
            var flag = IsFlag(first) && IsFlag(rune) && i - at == 2;
            if (!(rune.Value is 0xfe0f or 0x20e3 or 0x200d or (>= 0x1f3fb and <= 0x1f3ff) || joined && IsEmoji(rune) || flag || rune.Value is >= 0xe0020 and <= 0xe007f)) break;
            joined = rune.Value == 0x200d;
        }
        return i - at;

        bool Next(out Rune rune, out int length)
        {
            (rune, length) = (default, 0);
            return i < end && Rune.DecodeFromUtf16(text.AsSpan(i, end - i), out rune, out length) == System.Buffers.OperationStatus.Done;
        }
    }

    /// <summary>The name of an emoji or emoticon: that of its first sign when the whole has none; null when that has none.</summary>
    public static string? NameOf(string emoji)
    {
        foreach (var (written, name) in Emoticons)
            if (written == emoji) return name;
        Rune.DecodeFromUtf16(emoji, out var first, out var length);
        if (IsFlag(first)) return "flag";
        return Names.GetValueOrDefault(emoji.Replace("\ufe0f", "", StringComparison.Ordinal)) ?? Names.GetValueOrDefault(emoji[..length]);
    }

    static bool IsFlag(Rune rune) => rune.Value is >= 0x1f1e6 and <= 0x1f1ff;

    static bool IsEmoji(Rune rune) => rune.Value is (>= 0x1f000 and <= 0x1faff) or (>= 0x2600 and <= 0x27bf and not (0x2605 or 0x2606 or 0x2610 or 0x2611 or 0x2660 or 0x2663 or 0x2665 or 0x2666 or 0x266a or 0x266b or 0x2713 or 0x2717 or 0x2718)) or 0x231a or 0x231b or (>= 0x23e9 and <= 0x23fa) or (>= 0x2b05 and <= 0x2b07) or 0x2b50 or 0x2b55;
}
