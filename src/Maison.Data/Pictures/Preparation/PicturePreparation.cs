// From folders of captioned pictures to one that training takes: every picture is opened once, so that a damaged one is found here and not in
// the middle of a run; its colours are measured and said in its captions; transparent ones are laid on plain backgrounds that are
// said as well; concepts are held out over all corpora at once. The same input gives the same bytes with any number of threads.

using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Corpora;
using Maison.Data.Preparation;

namespace Maison.Data.Pictures.Preparation;

/// <summary>Prepares pictures for training.</summary>
public static class PicturePreparation
{
    /// <summary>One concept in so many is held out.</summary>
    const int HeldOutOneIn = 33;

    /// <summary>Pictures are looked at in this size.</summary>
    const int Look = 48;

    const string PixelArt = "pixel-art";
    static readonly (string Name, byte[] Rgb)[] backgrounds = [("white", [255, 255, 255]), ("white", [255, 255, 255]), ("light blue", [205, 225, 250]), ("light yellow", [252, 243, 200]), ("light grey", [225, 225, 225]), ("pink", [250, 215, 225])];

    /// <summary>Reads all corpora under <paramref name="source"/> and writes the folder <paramref name="output"/>.</summary>
    /// <exception cref="InvalidDataException">A caption or picture cannot be used; the message names it and the remedy.</exception>
    public static IReadOnlyList<PictureLedgerEntry> Run(string source, string output, int threads, IProgress<DataProgress>? progress = null, CancellationToken stop = default)
    {
        var corpora = PictureCorpus.Find(source);
        Directory.CreateDirectory(output);
        List<PictureLedgerEntry> ledger = [];
        var index = new StringBuilder();
        foreach (var corpus in corpora)
        {
            var meter = new ProgressMeter(progress, $"look at {corpus.Name}", corpus.Pictures.Count);
            var made = new PreparedPicture[corpus.Pictures.Count];
            var bytes = new byte[corpus.Pictures.Count][];
            var done = 0;
            Parallel.For(0, made.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = stop }, i =>
            {
                bytes[i] = File.ReadAllBytes(Path.Combine(corpus.Folder, corpus.Pictures[i].File));
                made[i] = Prepared(corpus, corpus.Pictures[i], bytes[i]);
                meter.Report(Interlocked.Increment(ref done));
            });
            var file = corpus.Name + ".pictures";
            var offset = 0L;
            WholeFile.Write(Path.Combine(output, file), to =>
            {
                for (var i = 0; i < made.Length; i++)
                {
                    to.Write(bytes[i]);
                    made[i] = made[i] with { Offset = offset };
                    offset += bytes[i].Length;
                }
            });
            foreach (var picture in made) index.Append(JsonSerializer.Serialize(picture, WholeFile.JsonLine)).Append('\n');
            ledger.Add(new(corpus.Licence, file, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, file)))), made.Count(p => !p.HeldOut), made.Count(p => p.HeldOut)));
        }
        WholeFile.Write(Path.Combine(output, PreparedPictures.IndexName), file =>
        {
            using var packed = new BrotliStream(file, CompressionLevel.Optimal, leaveOpen: true);
            packed.Write(Encoding.UTF8.GetBytes(index.ToString()));
        });
        WholeFile.WriteText(Path.Combine(output, PreparedPictures.LedgerName), string.Concat(ledger.Select(e => JsonSerializer.Serialize(e, WholeFile.JsonLine) + "\n")));
        return ledger;
    }

    static PreparedPicture Prepared(PictureCorpus corpus, CaptionedPicture picture, byte[] file)
    {
        Picture whole;
        try { whole = PictureFile.Read(file); }
        catch (InvalidDataException e) { throw new InvalidDataException($"{Path.Combine(corpus.Folder, picture.File)}: {e.Message}", e); }
        var concept = picture.Name.ToLowerInvariant();
        var transparent = PictureFile.Transparent(whole);
        var nearest = picture.Style.Contains(PixelArt, StringComparison.Ordinal);
        var (background, rgb) = transparent ? backgrounds[Digest($"{corpus.Name}/{picture.File}") % (uint)backgrounds.Length] : backgrounds[0];
        var seen = PictureFile.Square(PictureFile.On(whole, (rgb[0], rgb[1], rgb[2])), Look, nearest);
        var captions = PictureCaptions.Of(picture, PictureColours.Of(seen), transparent ? background : null);
        // Of other forms a square is cut, in which things lie elsewhere.
        float side = whole.Width;
        PicturePart[] parts = whole.Width != whole.Height ? [] : [.. picture.Parts.Select(p => p with { Left = p.Left / side, Top = p.Top / side, Right = p.Right / side, Bottom = p.Bottom / side })];
        if (IsHeldOut(concept)) return new(corpus.Name, picture.File, 0, file.Length, picture.Style, concept, captions, rgb, nearest, HeldOut: true) { Parts = parts };
        var views = PictureViews.Of(picture, seen, ref captions, transparent ? background : null, nearest, Digest($"{corpus.Name}/{picture.File}"));
        return new(corpus.Name, picture.File, 0, file.Length, picture.Style, concept, captions, rgb, nearest, HeldOut: false) { Views = views, Parts = parts };
    }

    /// <summary>Whether a concept is never trained on.</summary>
    internal static bool IsHeldOut(string concept) => Digest(concept.ToLowerInvariant()) % HeldOutOneIn == 0;

    internal static uint Digest(string text) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
