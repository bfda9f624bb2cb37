// Another way to see a prepared picture: mirrored, smaller and elsewhere on its plain ground, a part of it from nearer, or in another colour. Only what to do is kept; it is done
// when the pixels are asked for, so views take no room beside the pictures.

namespace Maison.Data.Pictures.Preparation;

/// <summary>A view.</summary>
/// <param name="Captions">Its wordings; none where those of the picture hold for it too.</param>
/// <param name="Mirrored">Left is right.</param>
/// <param name="Size">Its side in the frame's: less than 1 stands on its plain ground, more than 1 is cut.</param>
/// <param name="Across">Where it lies in the room that leaves, or which part is seen, from 0 at the left to 1.</param>
/// <param name="Down">The same, from 0 at the top.</param>
/// <param name="Dye">Its new colour; null leaves the picture's own.</param>
public sealed record PictureView(IReadOnlyList<string> Captions, bool Mirrored, float Size = 1, float Across = 0, float Down = 0, PictureDye? Dye = null)
{
    /// <summary>A square picture of three channels as this view shows it, of the same size.</summary>
    public Picture Of(Picture square)
    {
        if (Dye is not null) square = Dye.On(square);
        if (Mirrored) square = PictureFile.Mirrored(square);
        var side = square.Width;
        if (Size > 1 && Math.Max(1, (int)MathF.Round(side / Size)) is var edge) return PictureFile.Scaled(square, new((int)MathF.Round(Across * (side - edge)), (int)MathF.Round(Down * (side - edge)), edge, edge), side, side);
        var inner = Math.Max(1, (int)MathF.Round(Size * side));
        return inner == side ? square : Placed(square, side, inner);
    }

    Picture Placed(Picture square, int side, int inner)
    {
        var small = PictureFile.Scaled(square, new(0, 0, square.Width, square.Height), inner, inner);
        var pixels = new byte[side * side * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = square.Pixels[i % 3];
        int left = (int)MathF.Round(Across * (side - inner)), top = (int)MathF.Round(Down * (side - inner));
        for (var y = 0; y < inner; y++) small.Pixels.AsSpan(y * inner * 3, inner * 3).CopyTo(pixels.AsSpan(((top + y) * side + left) * 3));
        return new(side, side, pixels);
    }
}
