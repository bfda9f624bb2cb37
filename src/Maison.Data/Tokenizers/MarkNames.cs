// The added tokens of the vocabularies trained here, in the order of their ids. Names and meaning are Qwen3's, so that other
// engines' chat code knows them; the reserved ones let a later tuning name a mark without changing the embedding's shape.
namespace Maison.Data.Tokenizers;

/// <summary>The special tokens of a vocabulary trained here.</summary>
public static class MarkNames
{
    /// <summary>Stands between documents, and ends a plain completion.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Opens a chat message; the role follows.</summary>
    public const string MessageStart = "<|im_start|>";

    /// <summary>Closes a chat message; generation of an answer stops here.</summary>
    public const string MessageEnd = "<|im_end|>";

    /// <summary>Opens the assistant's reasoning.</summary>
    public const string ThinkStart = "<think>";

    /// <summary>Closes the assistant's reasoning.</summary>
    public const string ThinkEnd = "</think>";

    /// <summary>Opens a call of a tool.</summary>
    public const string CallStart = "<tool_call>";

    /// <summary>Closes a call of a tool.</summary>
    public const string CallEnd = "</tool_call>";

    /// <summary>Opens what a tool answered.</summary>
    public const string ResultStart = "<tool_response>";

    /// <summary>Closes what a tool answered.</summary>
    public const string ResultEnd = "</tool_response>";

    /// <summary>All of them: those above, and seven without a meaning yet.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        EndOfText, MessageStart, MessageEnd, ThinkStart, ThinkEnd,
        CallStart, CallEnd, ResultStart, ResultEnd,
        .. Enumerable.Range(0, 7).Select(i => $"<|reserved_{i}|>"),
    ];
}
