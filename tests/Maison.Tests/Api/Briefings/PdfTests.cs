// PDF files as sources: columns, parted words and headlines of a small file made here; what is damaged, empty, locked or a bomb is refused in words.

using System.IO.Compression;
using System.Text;
using Maison.Api.Briefings.Sources;

namespace Maison.Tests.Api.Briefings;

public sealed class PdfTests
{
    /// <summary>A file of one page with that content.</summary>
    static byte[] Pdf(string content, bool packed = true)
    {
        using var stream = new MemoryStream();
        if (packed)
            using (var to = new ZLibStream(stream, CompressionLevel.SmallestSize, leaveOpen: true)) to.Write(Encoding.Latin1.GetBytes(content));
        else stream.Write(Encoding.Latin1.GetBytes(content));
        var data = Encoding.Latin1.GetString(stream.ToArray());
        var file = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        foreach (var one in (string[])["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>", $"<</Length {data.Length}{(packed ? "/Filter/FlateDecode" : "")}>>\nstream\n{data}\nendstream"])
        {
            places.Add(file.Length);
            file.Append($"{places.Count} 0 obj\n{one}\nendobj\n");
        }
        var table = file.Length;
        file.Append($"xref\n0 {places.Count + 1}\n0000000000 65535 f \n");
        foreach (var place in places) file.Append($"{place:0000000000} 00000 n \n");
        file.Append($"trailer\n<</Root 1 0 R/Size {places.Count + 1}>>\nstartxref\n{table}\n%%EOF");
        return Encoding.Latin1.GetBytes(file.ToString());
    }

    static string Lines(int size, int x, int y, params string[] lines) => $"BT /F1 {size} Tf {size * 1.2:0} TL {x} {y} Td {string.Join(" T* ", lines.Select(l => $"({l}) Tj"))} ET\n";

    static readonly string Page =
        Lines(24, 60, 780, "Bridge closes for a year")
        + Lines(10, 60, 720, "The old bridge over the river Ash will close on 3 March for about", "twelve months, the city said on Monday. Some 14,000 cars cross it ev-", "ery day, and they will have to take the ring road instead.")
        + Lines(10, 60, 640, "Engineer Paula Reyes said that the bearings had been worn since the", "flood of 2019. The works cost 8.4 million euros.");

    [Fact]
    public async Task AnArticleIsReadWithItsHeadline()
    {
        var read = await Material.Read(new GivenText("bridge.pdf", Pdf(Page)));
        Assert.Empty(read.Notes);
        var source = Assert.Single(read.Sources);
        Assert.Equal("Bridge closes for a year", source.Title);
        Assert.Contains("Some 14,000 cars cross it every day, and they will have to take the ring road instead.", source.Passages);
        Assert.Contains("The works cost 8.4 million euros.", source.Passages);
        Assert.Equal(RightsKind.Own, source.Rights.Kind);
    }

    [Fact]
    public async Task WhatCanNotBeReadIsToldInWords()
    {
        var nested = new string('[', 100_000);
        var read = await Material.Read(
            new GivenText("broken.pdf", "%PDF-1.7"u8.ToArray()), new GivenText("scan.pdf", Pdf("q Q")), new GivenText("nested.pdf", Pdf(nested)), new GivenText("bomb.pdf", Pdf(new string('q', 40 << 20))),
            new GivenText("letters.pdf", Pdf(string.Concat(Enumerable.Repeat(Lines(10, 60, 700, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 500)))),
            new GivenText("cut.pdf", Pdf(Page)[..500]));
        Assert.Empty(read.Sources);
        Assert.Equal(6, read.Notes.Count);
        string Of(string name) => Assert.Single(read.Notes, n => n.StartsWith(name, StringComparison.Ordinal));
        Assert.Contains("scanned", Of("scan.pdf"));
        Assert.Contains("24 MB", Of("bomb.pdf"));
        Assert.Contains("25000 letters", Of("letters.pdf"));
        foreach (var name in new[] { "broken.pdf", "nested.pdf", "cut.pdf" }) Assert.Matches("damaged|no text|no article", Of(name));
    }
}
