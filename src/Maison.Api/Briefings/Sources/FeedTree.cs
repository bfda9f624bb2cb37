// The XML of a feed as a small tree. Feeds are written by hand and by broken programs, and some by enemies: HTML entities, bare ampersands,
// undeclared prefixes and forbidden characters are mended; a document type is skipped unread, so no entity of it exists; depth, nodes and
// characters are limited.

using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Maison.Api.Briefings.Sources;

/// <summary>An element, or a piece of text where Name is null.</summary>
sealed class FeedNode(string? name, string space)
{
    public string? Name => name;

    /// <summary>The namespace.</summary>
    public string Space => space;
    public Dictionary<string, string> Attributes { get; } = [];
    public List<FeedNode> Children { get; } = [];
    public string Value { get; init; } = "";

    public IEnumerable<FeedNode> Elements(string local) => Children.Where(c => c.Name == local);

    /// <summary>The first child of a name in one of the namespaces.</summary>
    public FeedNode? Child(string local, params ReadOnlySpan<string> spaces)
    {
        foreach (var child in Children)
            if (child.Name == local && spaces.Contains(child.Space)) return child;
        return null;
    }

    /// <summary>All text inside.</summary>
    public string Text()
    {
        if (Name is null) return Value;
        if (Children is [{ Name: null } only]) return only.Value;
        var text = new StringBuilder();
        Add(this);
        return text.ToString();

        // As deep as the tree at most, which is limited.
        void Add(FeedNode node)
        {
            if (node.Name is null) text.Append(node.Value);
            foreach (var child in node.Children) Add(child);
        }
    }

    /// <summary>The elements inside as HTML again, for content that was sent as markup.</summary>
    public string Markup()
    {
        var html = new StringBuilder();
        foreach (var child in Children) Add(child);
        return html.ToString();

        void Add(FeedNode node)
        {
            if (node.Name is null)
            {
                html.Append(WebUtility.HtmlEncode(node.Value));
                return;
            }
            html.Append('<').Append(node.Name);
            foreach (var (key, value) in node.Attributes) html.Append(' ').Append(key).Append("=\"").Append(WebUtility.HtmlEncode(value)).Append('"');
            html.Append('>');
            foreach (var child in node.Children) Add(child);
            html.Append("</").Append(node.Name).Append('>');
        }
    }
}

/// <summary>Reads XML into nodes.</summary>
static partial class FeedTree
{
    public const int MostBytes = 8 << 20;
    const int MostDepth = 100, MostNodes = 150_000;

    /// <summary>Namespaces that feeds forget to declare.</summary>
    static readonly Dictionary<string, string> Usual = new()
    {
        ["content"] = FeedReader.ContentSpace,
        ["dc"] = FeedReader.DublinSpace,
        ["atom"] = FeedReader.AtomSpace,
        ["xml"] = "http://www.w3.org/XML/1998/namespace",
    };

    /// <exception cref="InvalidDataException">It is no XML, even after mending, or beyond the limits.</exception>
    public static FeedNode Read(byte[] bytes, string? charset)
    {
        if (bytes.Length > MostBytes) throw new InvalidDataException($"The feed has {bytes.Length >> 20} MB; {MostBytes >> 20} MB are read at most.");
        var text = Mended(Decode(bytes, charset));
        try
        {
            // The older reader can leave prefixes alone, which is what makes undeclared ones readable.
            using var reader = new XmlTextReader(new StringReader(text)) { Namespaces = false, DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, WhitespaceHandling = WhitespaceHandling.Significant };
            return Read(reader);
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"It is no XML that can be read: {e.Message}", e);
        }
    }

    static FeedNode Read(XmlTextReader reader)
    {
        var root = new FeedNode("", "");
        var open = new Stack<FeedNode>([root]);
        var spaces = new Stack<Dictionary<string, string>>([Usual]);
        var nodes = 0;
        while (reader.Read())
        {
            if (++nodes > MostNodes || open.Count > MostDepth) throw new InvalidDataException($"The feed is too large or nested too deep: {MostNodes} nodes and {MostDepth} levels are read at most.");
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var (qualified, empty) = (reader.Name, reader.IsEmptyElement);
                    var known = spaces.Peek();
                    var attributes = new List<(string Name, string Value)>();
                    while (reader.MoveToNextAttribute())
                    {
                        attributes.Add((reader.Name, reader.Value));
                        if (reader.Name != "xmlns" && !reader.Name.StartsWith("xmlns:", StringComparison.Ordinal)) continue;
                        if (ReferenceEquals(known, spaces.Peek())) known = new(known);
                        known[reader.Name.Length > 5 ? reader.Name[6..] : ""] = reader.Value.Trim();
                    }
                    var colon = qualified.IndexOf(':', StringComparison.Ordinal);
                    var prefix = colon < 0 ? "" : qualified[..colon];
                    var node = new FeedNode(qualified[(colon + 1)..], known.GetValueOrDefault(prefix, prefix));
                    foreach (var (name, value) in attributes) node.Attributes.TryAdd(name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], value);
                    open.Peek().Children.Add(node);
                    if (empty) break;
                    open.Push(node);
                    spaces.Push(known);
                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    spaces.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                    open.Peek().Children.Add(new(null, "") { Value = reader.Value });
                    break;
            }
        }
        return root.Children.FirstOrDefault(c => c.Name is not null) ?? throw new InvalidDataException("It holds no element.");
    }

    static string Decode(byte[] bytes, string? charset)
    {
        if (bytes is [0xef, 0xbb, 0xbf, ..]) return Encoding.UTF8.GetString(bytes, 3, bytes.Length - 3);
        if (bytes is [0xff, 0xfe, ..]) return Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2);
        if (bytes is [0xfe, 0xff, ..]) return Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2);
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 200));
        foreach (var name in (string?[])[Declared().Match(head) is { Success: true } m ? m.Groups[1].Value : null, charset])
            if (name is not null)
                try
                {
                    // What calls itself Latin-1 is Windows-1252 in practice, which has every sign of it.
                    return Encoding.GetEncoding(name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) ? "windows-1252" : name).GetString(bytes);
                }
                catch (Exception e) when (e is ArgumentException or NotSupportedException)
                {
                    // No encoding of that name, or one that is not trusted: the bytes tell.
                }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.GetEncoding(1252).GetString(bytes);
        }
    }

    /// <summary>Text that an XML reader accepts: entities of HTML as characters, other ampersands escaped, forbidden characters gone. CDATA stays as it is.</summary>
    static string Mended(string text)
    {
        var start = text.IndexOf('<', StringComparison.Ordinal);
        if (start < 0) throw new InvalidDataException("It holds no element.");
        var mended = new StringBuilder(text.Length);
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '<' && text.AsSpan(i).StartsWith("<![CDATA["))
            {
                var end = text.IndexOf("]]>", i, StringComparison.Ordinal);
                end = end < 0 ? text.Length : end + 3;
                for (; i < end; i++)
                    if (Allowed(text, i)) mended.Append(text[i]);
                i--;
                continue;
            }
            if (text[i] == '&')
            {
                var end = text.IndexOf(';', i, Math.Min(12, text.Length - i));
                var entity = end < 0 ? "" : text[i..(end + 1)];
                if (entity is "&lt;" or "&gt;" or "&amp;" or "&quot;" or "&apos;")
                {
                    mended.Append(entity);
                    i = end;
                    continue;
                }
                var decoded = entity.Length > 3 ? WebUtility.HtmlDecode(entity) : entity;
                if (decoded != entity && decoded.Length > 0)
                {
                    for (var at = 0; at < decoded.Length; at++)
                        if (decoded[at] is '<') mended.Append("&lt;");
                        else if (decoded[at] is '&') mended.Append("&amp;");
                        else if (Allowed(decoded, at)) mended.Append(decoded[at]);
                    i = end;
                }
                else mended.Append("&amp;");
                continue;
            }
            if (Allowed(text, i)) mended.Append(text[i]);
        }
        return mended.ToString();
    }

    static bool Allowed(string text, int at) => text[at] switch
    {
        '\t' or '\n' or '\r' => true,
        < ' ' or '\ufffe' or '\uffff' => false,
        var c when char.IsHighSurrogate(c) => at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]),
        var c when char.IsLowSurrogate(c) => at > 0 && char.IsHighSurrogate(text[at - 1]),
        _ => true,
    };

    [GeneratedRegex("""<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")]
    private static partial Regex Declared();
}
