// What a judge makes of pictures: features, styles, names. Each picture is seen as if it were alone.

using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Inference.Pictures;

/// <summary>A picture as a judge sees it.</summary>
/// <param name="Features">What pictures are compared by.</param>
/// <param name="Styles">A logit per style of the judge.</param>
/// <param name="Names">A logit per name of the judge.</param>
public sealed record Appraisal(float[] Features, float[] Styles, float[] Names)
{
    /// <summary>What several looks at one thing say together.</summary>
    public static Appraisal Mean(IReadOnlyList<Appraisal> looks)
    {
        return new(Of(a => a.Features), Of(a => a.Styles), Of(a => a.Names));

        float[] Of(Func<Appraisal, float[]> part) => [.. Enumerable.Range(0, part(looks[0]).Length).Select(i => looks.Average(a => part(a)[i]))];
    }
}

/// <summary>Looks at pictures with a judge; one caller at a time.</summary>
public sealed class PictureAppraiser(PictureJudge judge, Gang gang) : IDisposable
{
    /// <summary>Pictures that are looked at together.</summary>
    const int Together = 16;

    readonly Arena arena = new();

    /// <summary>Appraisals of pictures of three bytes per pixel and the judge's side, in their order.</summary>
    /// <exception cref="ArgumentException">A picture is of another size.</exception>
    public IReadOnlyList<Appraisal> Look(IReadOnlyList<byte[]> pictures, Action<int>? onPictures = null, CancellationToken stop = default)
    {
        var size = judge.Config.Side * judge.Config.Side * 3;
        if (pictures.FirstOrDefault(p => p.Length != size) is { } wrong) throw new ArgumentException($"A judge of {judge.Config.Side} × {judge.Config.Side} pixels does not look at {wrong.Length} bytes. Scale the picture first.");
        List<Appraisal> seen = [];
        using var pass = new Pass(arena, gang);
        foreach (var few in pictures.Chunk(Together))
        {
            stop.ThrowIfCancellationRequested();
            var signed = new float[few.Length * size];
            for (var i = 0; i < few.Length; i++)
                for (var k = 0; k < size; k++) signed[i * size + k] = few[i][k] / 127.5f - 1f;
            pass.Begin(few.Length);
            var features = judge.Features(pass, pass.Input(signed, signed.Length / 3, 3));
            Tensor styles = judge.Styles.Forward(pass, features), names = judge.Names.Forward(pass, features);
            for (var i = 0; i < few.Length; i++) seen.Add(new(features.Row(i).ToArray(), styles.Row(i).ToArray(), names.Row(i).ToArray()));
            onPictures?.Invoke(seen.Count);
        }
        return seen;
    }

    public void Dispose() => arena.Dispose();
}
