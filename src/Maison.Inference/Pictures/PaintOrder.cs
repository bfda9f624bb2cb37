// What is asked of a painter of whole prompts, and what comes of it.

namespace Maison.Inference.Pictures;

/// <summary>A picture that is wanted.</summary>
/// <param name="Seeds">Of its noise; of several the one is painted whose picture shows best what the prompt says.</param>
public sealed record PaintOrder(string Prompt, params IReadOnlyList<ulong> Seeds);
