// A pinhole camera that stands upright.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Looks from a place to another.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Target">What is in the middle of the picture.</param>
/// <param name="Opening">Tangent of half the angle that a picture's side covers.</param>
public sealed record Camera(Vector3 Origin, Vector3 Target, float Opening)
{
    readonly Vector3 forward = Vector3.Normalize(Target - Origin);
    readonly Vector3 right = Vector3.Normalize(Vector3.Cross(Target - Origin, Vector3.UnitY));
    readonly Vector3 up = Vector3.Normalize(Vector3.Cross(Vector3.Cross(Target - Origin, Vector3.UnitY), Target - Origin));

    /// <summary>Direction through a place of the picture: (0, 0) is its upper left corner, (1, 1) the lower right one.</summary>
    public Vector3 Through(float x, float y) => Vector3.Normalize(forward + Opening * ((2 * x - 1) * right + (1 - 2 * y) * up));

    /// <summary>Where in the picture a place appears, and how far in front of the camera it lies; behind it, that is negative.</summary>
    public (float X, float Y, float Depth) Project(Vector3 place)
    {
        var from = place - Origin;
        var depth = Vector3.Dot(from, forward);
        var scale = 1 / (MathF.Max(depth, 1e-6f) * Opening);
        return ((1 + Vector3.Dot(from, right) * scale) / 2, (1 - Vector3.Dot(from, up) * scale) / 2, depth);
    }
}
