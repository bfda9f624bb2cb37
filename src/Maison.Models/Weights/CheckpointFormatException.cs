// The one exception that every reader of this folder throws for a file that is not what it claims to be.
// It always names the file, the field inside it, what is wrong and what the reader can do about it.

namespace Maison.Models.Weights;

/// <summary>A checkpoint file is malformed, truncated or asks for something that is not run here.</summary>
/// <param name="file">Path of the offending file or folder.</param>
/// <param name="field">Where in it: a header field, tensor name or metadata key.</param>
/// <param name="problem">What was found, as a sentence without its full stop.</param>
/// <param name="remedy">What to do about it, as a sentence without its full stop.</param>
/// <param name="inner">The parser's own complaint, if there was one.</param>
public sealed class CheckpointFormatException(string file, string field, string problem, string remedy, Exception? inner = null)
    : Exception($"{file}: {field}: {problem}. {remedy}.", inner)
{
    public string File { get; } = file;
    public string Field { get; } = field;
    public string Problem { get; } = problem;
    public string Remedy { get; } = remedy;
}
