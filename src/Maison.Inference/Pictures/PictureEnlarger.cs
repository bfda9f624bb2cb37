// Painted pictures to twice their sides.

using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Inference.Pictures;

/// <summary>Enlarges with an upscaler; one caller at a time.</summary>
public sealed class PictureEnlarger(Upscaler upscaler, Gang gang) : IDisposable
{
    readonly Arena arena = new();

    /// <summary>A picture of three bytes per pixel with twice its sides.</summary>
    /// <param name="side">Pixels of the given picture, down and across.</param>
    public byte[] Enlarge(ReadOnlySpan<byte> pixels, int side)
    {
        var signed = new float[pixels.Length];
        for (var i = 0; i < signed.Length; i++) signed[i] = pixels[i] / 127.5f - 1f;
        using var pass = new Pass(arena, gang);
        pass.Begin(1);
        var grid = new ImageGrid(1, side, side);
        return Painter.Bytes(pass.Read(upscaler.Forward(pass, pass.Input(signed, grid.Positions, 3), grid)));
    }

    public void Dispose() => arena.Dispose();
}
